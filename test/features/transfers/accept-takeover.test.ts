import { expect, test } from 'vitest';
import { openTestApp } from '../../support/app.js';
import { brokenInvariants } from '../../support/invariants.js';
import { departing, standing, type Departing, type Person } from '../../support/seed.js';
import { transferCustomers } from './begin.js';
import { change, codeOf } from './change.js';

const baton = await openTestApp();
const { app, clock } = baton;
const { prisma } = app.db;

const shown = 'takeover { status takeoverDueAt successor { name } }';
const accept = (customer: Person, transferId: string, more: object = {}) =>
  change(baton, customer, 'acceptTakeover', { transferId, ...more }, shown);

async function statuses({ enterpriseId }: Departing): Promise<string[]> {
  const items = await prisma.transferItem.findMany({ where: { enterpriseId }, orderBy: { position: 'asc' } });
  return items.map(({ status }) => status);
}

test('who accepts is taken over at once, and the others when they are due', async () => {
  const story = await departing(baton, { customers: 3, waitHours: 4 });
  const transferId = await transferCustomers(baton, story);
  clock.advance(1);
  await app.settle();
  expect(await statuses(story)).toEqual(['WAITING', 'WAITING', 'WAITING']);

  const { takeover, userErrors } = await accept(story.customers[1]!, transferId);

  expect(userErrors).toEqual([]);
  expect(takeover).toEqual({
    status: 'WAITING',
    takeoverDueAt: clock.now().toISOString(),
    successor: { name: 'Ana' },
  });
  expect(await brokenInvariants(app.db, story.enterpriseId)).toEqual([]);
  await app.settle();
  expect(await statuses(story)).toEqual(['WAITING', 'COMPLETED', 'WAITING']);
  clock.advance(2);
  await app.settle();
  expect(await statuses(story)).toEqual(['WAITING', 'COMPLETED', 'WAITING']);
  clock.advance(1);
  await app.settle();
  expect(await statuses(story)).toEqual(['COMPLETED', 'COMPLETED', 'COMPLETED']);
  const [record] = await prisma.auditEvent.findMany({
    where: { enterpriseId: story.enterpriseId, action: 'acceptTakeover' },
  });
  expect(record).toMatchObject({ actorKind: 'CUSTOMER', actorName: 'Customer 2', subjectId: story.relations[1] });
  expect(await brokenInvariants(app.db, story.enterpriseId)).toEqual([]);
});

test('the last place goes to who accepted, and not to who comes first in the list and has not answered', async () => {
  const story = await departing(baton, { customers: 2, waitHours: 4 });
  const transferId = await transferCustomers(baton, story);
  await prisma.member.update({ where: { id: story.ana.uuid }, data: { customerLimit: 1 } });
  clock.advance(1);
  expect((await accept(story.customers[1]!, transferId)).userErrors).toEqual([]);
  clock.advance(3);

  await app.settle();

  expect(await statuses(story)).toEqual(['SUCCESSOR_FULL', 'COMPLETED']);
  expect(await brokenInvariants(app.db, story.enterpriseId)).toEqual([]);
});

test('accepting again, before and after the takeover, answers how it stands and does nothing', async () => {
  const story = await departing(baton, { customers: 2, waitHours: 4 });
  const customer = story.customers[0]!;
  const transferId = await transferCustomers(baton, story);
  const first = await accept(customer, transferId, { idempotencyKey: 'yes' });
  const before = await standing(baton, story.enterpriseId);
  clock.advance(-1);

  expect([await accept(customer, transferId), await accept(customer, transferId, { idempotencyKey: 'yes' })]).toEqual([
    first,
    first,
  ]);
  expect(await standing(baton, story.enterpriseId)).toEqual(before);

  clock.advance(1);
  await app.settle();
  const after = await standing(baton, story.enterpriseId);
  expect(await accept(customer, transferId)).toEqual({
    ...first,
    takeover: { ...first['takeover'], status: 'COMPLETED' },
  });
  expect(await standing(baton, story.enterpriseId)).toEqual(after);
});

test('who has accepted cannot decline any more', async () => {
  const story = await departing(baton, { customers: 1, waitHours: 4 });
  const transferId = await transferCustomers(baton, story);
  await accept(story.customers[0]!, transferId);
  const before = await standing(baton, story.enterpriseId);

  expect(await codeOf(baton, story.customers[0]!, 'declineTakeover', { transferId })).toBe('TOO_LATE');

  expect(await standing(baton, story.enterpriseId)).toEqual(before);
});

test.each([
  [-1, null],
  [0, 'TOO_LATE'],
])('%i ms from takeoverDueAt: %s', async (ms, code) => {
  const story = await departing(baton, { customers: 1, waitHours: 4 });
  const due = clock.now().getTime() + 4 * 3600_000;
  const transferId = await transferCustomers(baton, story);
  clock.set(new Date(due + ms));
  const before = await standing(baton, story.enterpriseId);

  expect(await codeOf(baton, story.customers[0]!, 'acceptTakeover', { transferId })).toBe(code);

  if (code !== null) expect(await standing(baton, story.enterpriseId)).toEqual(before);
});

test('what was declined, or called off, is NOT_WAITING; what came by itself TOO_LATE; what is not theirs NOT_FOUND', async () => {
  const story = await departing(baton, { customers: 4, waitHours: 4 });
  const [first, second, third, fourth] = story.customers as [Person, Person, Person, Person];
  const some = await transferCustomers(baton, story, { selection: { customerIds: [first.id, second.id] } });
  const other = await transferCustomers(baton, story, { selection: { customerIds: [third.id] } });
  await codeOf(baton, first, 'declineTakeover', { transferId: some });
  await codeOf(baton, story.admin, 'cancelTransfer', { transferId: other });
  clock.advance(4);
  await app.settle();
  const before = await standing(baton, story.enterpriseId);

  const codes = [
    await codeOf(baton, first, 'acceptTakeover', { transferId: some }),
    await codeOf(baton, second, 'acceptTakeover', { transferId: some }),
    await codeOf(baton, third, 'acceptTakeover', { transferId: other }),
    await codeOf(baton, fourth, 'acceptTakeover', { transferId: some }),
  ];

  expect(codes).toEqual(['NOT_WAITING', 'TOO_LATE', 'NOT_WAITING', 'NOT_FOUND']);
  expect(await standing(baton, story.enterpriseId)).toEqual(before);
});
