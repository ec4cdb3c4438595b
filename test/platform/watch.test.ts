import { expect, test, vi } from 'vitest';
import { createLogger } from '../../src/platform/log.js';
import { createLocalWakeup } from '../../src/platform/wakeup/local-wakeup.js';
import { watch } from '../../src/platform/wakeup/watch.js';

const log = createLogger({ level: 'silent' });

function watched(read: () => Promise<number | null>) {
  const wakeup = createLocalWakeup(log);
  const states = watch({ wakeup, log }, read, { same: (a, b) => a === b, done: (state) => state >= 10 });
  return { wakeup, states };
}

test('yields the state at once, then each change that a wake-up tells of, and ends when it is done', async () => {
  let state = 1;
  const { wakeup, states } = watched(() => Promise.resolve(state));
  expect(await states.next()).toEqual({ done: false, value: 1 });

  const second = states.next();
  wakeup.wake();
  await new Promise((resolve) => setImmediate(resolve));
  state = 10;
  wakeup.wake();

  expect(await second).toEqual({ done: false, value: 10 });
  expect(await states.next()).toEqual({ done: true, value: undefined });
});

test('looks no more often than ten times a second, however many wake-ups there are', async () => {
  const read = vi.fn(() => Promise.resolve(1));
  const { wakeup, states } = watched(read);
  await states.next();
  const waits = states.next();

  for (let times = 0; times < 30; times++) {
    wakeup.wake();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await states.return?.();
  await waits;

  expect(read.mock.calls.length).toBeLessThanOrEqual(6);
});

test('goes on when the database comes back', async () => {
  const answers = [() => Promise.resolve(1), () => Promise.reject(new Error('away')), () => Promise.resolve(2)];
  const { wakeup, states } = watched(() => (answers.shift() ?? (() => Promise.resolve(2)))());
  await states.next();
  const timer = setInterval(() => wakeup.wake(), 20);

  expect(await states.next()).toEqual({ done: false, value: 2 });
  clearInterval(timer);
  await states.return?.();
});

test('ends at once when it is told to, though it waits', async () => {
  const { states } = watched(() => Promise.resolve(1));
  await states.next();
  const waits = states.next();
  const began = performance.now();

  await states.return?.();

  expect(await waits).toEqual({ done: true, value: undefined });
  expect(performance.now() - began).toBeLessThan(500);
});

test('ends when there is nothing to watch', async () => {
  const { states } = watched(() => Promise.resolve(null));
  expect(await states.next()).toEqual({ done: true, value: undefined });
});
