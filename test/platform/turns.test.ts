import { setImmediate as loop } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { fewAtOnce, nextTurn, oneAtATime } from '../../src/platform/turns.js';
import { createGate } from '../support/gate.js';

test('between any two turns everything else that has happened is served', async () => {
  const order: string[] = [];
  const busy = (name: string) => async () => {
    for (let piece = 1; piece <= 2; piece++) {
      await nextTurn();
      order.push(`${name}${piece}`);
    }
  };
  const other = async () => {
    for (let time = 1; time <= 4; time++) {
      await loop();
      order.push('other');
    }
  };

  await Promise.all([busy('a')(), busy('b')(), other()]);

  // Whoever asked first goes first, and nobody goes twice before the others.
  expect(order.filter((name) => name !== 'other')).toEqual(['a1', 'b1', 'a2', 'b2']);
  expect(order.join(' ')).not.toMatch(/[ab]\d [ab]\d/);
});

test('only so many run at once, in the order in which they came; one that fails makes room too', async () => {
  const limited = fewAtOnce(2);
  const gates = [createGate(), createGate(), createGate()];
  const begun: number[] = [];
  const runs = gates.map((gate, index) =>
    limited(async () => {
      begun.push(index);
      await gate.opened;
      if (index === 0) throw new Error('mine');
      return index;
    }),
  );
  await loop();
  expect(begun).toEqual([0, 1]);

  gates[0]?.open();
  await expect(runs[0]).rejects.toThrow('mine');
  await loop();
  expect(begun).toEqual([0, 1, 2]);
  gates[2]?.open();
  gates[1]?.open();

  expect(await Promise.all(runs.slice(1))).toEqual([1, 2]);
});

test('one runs at a time, and the next after a rest as long as agreed; after one that fails, or takes for ever, too', async () => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const inTurn = oneAtATime({ restFor: 3 });
  const begun: string[] = [];
  const run = (name: string, ms: number, fails = false) =>
    inTurn(async () => {
      begun.push(`${name} at ${performance.now()}`);
      await new Promise<void>((resolve) => setTimeout(resolve, ms));
      if (fails) throw new Error(name);
      return name;
    });
  const runs = [run('short', 10), run('failing', 20, true), run('long', 5_000), run('last', 1)];
  const outcomes = Promise.allSettled(runs);

  await vi.advanceTimersByTimeAsync(10_000);

  expect(begun).toEqual(['short at 0', 'failing at 40', 'long at 120', 'last at 5220']);
  expect((await outcomes).map((each) => (each.status === 'fulfilled' ? each.value : String(each.reason)))).toEqual([
    'short',
    'Error: failing',
    'long',
    'last',
  ]);
});
