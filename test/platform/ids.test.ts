import { expect, test } from 'vitest';
import { createIds } from '../../src/platform/ids.js';

const form = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test('ids ascend, also when more are made in a millisecond than it can count, and when the clock goes back', () => {
  let now = 1_800_000_000_000;
  const ids = createIds({ now: () => new Date(now) });

  const made = Array.from({ length: 10_000 }, () => ids.next());
  now -= 60_000;
  made.push(ids.next());
  now += 120_000;
  made.push(ids.next());

  expect(made.filter((id) => !form.test(id))).toEqual([]);
  expect([...made].sort()).toEqual(made);
  expect(new Set(made).size).toBe(made.length);
});

test('an id begins with its time, and its random part comes from the given source', () => {
  const ids = createIds({ now: () => new Date(0x0123456789ab) }, (bytes) => bytes.fill(0xff));

  expect(ids.next()).toBe('01234567-89ab-7000-bfff-ffffffffffff');
});
