import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { inTransaction, type Tx } from '../../../src/platform/db/transaction.js';
import { openTestApp } from '../../support/app.js';
import { foundCompany, type Made } from '../../support/company.js';
import { createGate } from '../../support/gate.js';

const baton = await openTestApp();
const { app } = baton;

async function story() {
  const company = await foundCompany(baton);
  const group = await company.tagGroup('Tags');
  const tags = [
    await company.tag('a', { group }),
    await company.tag('b', { group }),
    await company.tag('c', { group }),
  ];
  const [a, b, c] = tags as [Made, Made, Made];
  const member = await company.member('ana');
  const personal = await company.tag('mine', { member });
  const relation = await company.relation(member, await company.customer('kim'));
  const put = (tx: Pick<Tx, 'relationTag'>, ...put: readonly Made[]) =>
    tx.relationTag.createMany({
      data: put.map(({ id }) => ({ relationId: relation.id, tagId: id, enterpriseId: company.id })),
    });
  const atHand = async () => {
    const { corpTagIds } = await app.db.prisma.relation.findUniqueOrThrow({ where: { id: relation.id } });
    return corpTagIds;
  };
  return { a, b, c, personal, relation, put, atHand };
}

test('a relation has its corp tags at hand, by id, whoever puts them on and takes them off, and in whatever order', async () => {
  const { a, b, c, personal, relation, put, atHand } = await story();
  expect(await atHand()).toEqual([]);

  await put(app.db.prisma, c, a);
  expect(await atHand()).toEqual([a.id, c.id]);
  await put(app.db.prisma, personal, b);
  expect(await atHand()).toEqual([a.id, b.id, c.id]);
  await app.db.prisma.relationTag.deleteMany({
    where: { relationId: relation.id, tagId: { in: [a.id, personal.id] } },
  });
  expect(await atHand()).toEqual([b.id, c.id]);
  await app.db.prisma.relationTag.deleteMany({ where: { relationId: relation.id } });
  expect(await atHand()).toEqual([]);
});

test('what is taken back with its transaction was never at hand', async () => {
  const { a, b, put, atHand } = await story();
  await put(app.db.prisma, a);

  const failing = inTransaction(app, async (tx) => {
    await put(tx, b);
    throw new Error('taken back');
  });
  await expect(failing).rejects.toThrow('taken back');

  expect(await atHand()).toEqual([a.id]);
});

test('of two who tag a relation at once, none loses the tag of the other', async () => {
  const { a, b, put, atHand } = await story();
  const [tagged, mayEnd] = [createGate(), createGate()];
  const first = inTransaction(app, async (tx) => {
    await put(tx, a);
    tagged.open();
    await mayEnd.opened;
  });
  await tagged.opened;
  const second = inTransaction(app, (tx) => put(tx, b));
  // Long enough to come as far as it can: it cannot end before the first one.
  await sleep(200);
  mayEnd.open();
  await Promise.all([first, second]);

  expect(await atHand()).toEqual([a.id, b.id]);
});
