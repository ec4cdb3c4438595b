import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { schema } from '../../../src/app/schema.js';
import { itemTransitions } from '../../../src/features/transfers/item-transitions.js';

/** The steps that the README draws, as the table writes them. */
function drawn(): { from: string | null; to: string; when: string }[] {
  const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
  const [, diagram = ''] = /```mermaid\nstateDiagram-v2\n(.*?)```/s.exec(readme) ?? [];
  return diagram
    .trim()
    .split('\n')
    .map((line) => {
      const [, from, to, when] = /^(\S+) --> (\w+): (.+)$/.exec(line.trim()) ?? [];
      if (from === undefined || to === undefined || when === undefined) throw new Error(`Not a step: ${line}`);
      return { from: from === '[*]' ? null : from, to, when };
    });
}

test('the README draws every step of an item, and no other', () => {
  expect(drawn()).toEqual(itemTransitions);
});

test('the steps lead to every status that clients see, each with what leads there', () => {
  const type = schema.getType('TransferItemStatus') as unknown as { getValues(): readonly { name: string }[] };

  const reached = new Set<string>(itemTransitions.map(({ to }) => to));

  expect([...reached].sort()).toEqual(
    type
      .getValues()
      .map(({ name }) => name)
      .sort(),
  );
});

test('what a step is called by exists: each mutation it names is one', () => {
  const mutations = Object.keys(schema.getMutationType()!.getFields());

  const named = itemTransitions.flatMap(({ when }) => when.match(/\b[a-z]+[A-Z]\w+/g) ?? []);

  expect(named.filter((name) => !mutations.includes(name))).toEqual([]);
  expect([...new Set(named)].sort()).toEqual([
    ...['acceptTakeover', 'cancelTransfer', 'declineTakeover', 'disapproveTransfer', 'endRelation', 'undoTransfer'],
  ]);
});
