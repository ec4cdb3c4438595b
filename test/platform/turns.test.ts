import { setImmediate as loop } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { fewAtOnce, nextTurn } from '../../src/platform/turns.js';
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
