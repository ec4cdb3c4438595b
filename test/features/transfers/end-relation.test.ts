import { describe, expect, test } from 'vitest';
import { encodeId } from '../../../src/graphql/ids.js';
import { openTestApp, type Answer } from '../../support/app.js';
import { brokenInvariants } from '../../support/invariants.js';
import { departing, serve, standing, type Departing, type Person } from '../../support/seed.js';
import { settled } from '../../support/settled.js';
import { transferCustomers } from './begin.js';
import { change, codeOf } from './change.js';

const baton = await openTestApp();
const { app, clock } = baton;
const { prisma } = app.db;

const end = (by: Person, relation: string) =>
  change(baton, by, 'endRelation', { relationId: encodeId('Relation', relation) }, 'relationId end endedAt');

/** Status and reason of each item, the latest transfer last. */
async function items({ enterpriseId }: Departing): Promise<string[]> {
  const rows = await prisma.transferItem.findMany({
    where: { enterpriseId },
    orderBy: [{ transferId: 'asc' }, { position: 'asc' }],
  });
  return rows.map(({ status, reason }) => `${status} ${reason}`);
}

async function typesOf(token: string, list: 'assignmentNotifications' | 'customerNotices'): Promise<Answer> {
  await settled(app.db);
  const more = list === 'customerNotices' ? 'text' : 'customerCount';
  const { data } = await baton.ask(token, `{ ${list} { nodes { type ${more} } } }`);
  return data[list]!['nodes']!;
}

describe('who may end a relation, and what it is then', () => {
  test.each([
    ['the customer', 'DELETED_BY_CUSTOMER', ({ customers }: Departing) => customers[0]!],
    ['the member who serves', 'DELETED_BY_MEMBER', ({ ana }: Departing) => ana],
    ['an administrator', 'DELETED_BY_MEMBER', ({ admin }: Departing) => admin],
  ] as const)('%s: %s; again, it answers the same and does nothing', async (_who, status, by) => {
    const story = await departing(baton, { customers: 1 });
    const { enterpriseId, ana, customers } = story;
    const { relation } = await serve(baton, { enterpriseId, member: ana, customer: customers[0]! });

    const first = await end(by(story), relation);

    expect(first).toEqual({
      relationId: encodeId('Relation', relation),
      end: status,
      endedAt: clock.now().toISOString(),
      userErrors: [],
    });
    expect(await prisma.relation.findUnique({ where: { id: relation } })).toMatchObject({
      status,
      endedAt: clock.now(),
      remark: 'remark on Customer 1',
    });
    expect(await prisma.portfolio.findUnique({ where: { memberId: ana.uuid } })).toMatchObject({ customers: 0 });
    expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
    const before = await standing(baton, enterpriseId);
    clock.advance(1);
    expect(await end(by(story), relation)).toEqual(first);
    expect(await end(story.admin, relation)).toEqual(first);
    expect(await standing(baton, enterpriseId)).toEqual(before);
  });

  test("others', foreign, unknown and lost ones are NOT_FOUND, and nothing moves", async () => {
    const story = await departing(baton, { customers: 2, waitHours: 4 });
    const { enterpriseId, admin, ana, relations } = story;
    const second = story.customers[1]!;
    const stranger = await departing(baton, { customers: 1 });
    await prisma.enterprise.update({ where: { id: enterpriseId }, data: { reassignAfterRefusal: false } });
    const transferId = await transferCustomers(baton, story, { selection: { customerIds: [second.id] } });
    expect(await codeOf(baton, second, 'declineTakeover', { transferId })).toBeNull();
    const before = await standing(baton, enterpriseId);

    const answers = [
      await end(ana, relations[0]!),
      await end(second, relations[0]!),
      await end(stranger.admin, relations[0]!),
      await end(admin, app.ids.next()),
      await end(admin, relations[1]!),
    ];

    for (const { userErrors } of answers) {
      expect(userErrors).toEqual([
        {
          code: 'NOT_FOUND',
          message: 'There is no such relation, or it is not yours.',
          path: ['input', 'relationId'],
        },
      ]);
    }
    expect(await standing(baton, enterpriseId)).toEqual(before);
  });

  test('with customer contact off a member may not, and a customer may', async () => {
    const story = await departing(baton, { customers: 1 });
    const { enterpriseId, admin, customers, relations } = story;
    await prisma.enterprise.update({ where: { id: enterpriseId }, data: { customerContactEnabled: false } });
    const before = await standing(baton, enterpriseId);

    expect((await end(admin, relations[0]!)).userErrors).toMatchObject([{ code: 'CUSTOMER_CONTACT_DISABLED' }]);
    expect(await standing(baton, enterpriseId)).toEqual(before);

    expect((await end(customers[0]!, relations[0]!)).userErrors).toEqual([]);
  });
});

describe('a takeover that waits for the relation', () => {
  test('fails at once as CUSTOMER_DELETED_MEMBER: the successor is told, the customer knows', async () => {
    const story = await departing(baton, { customers: 2, waitHours: 4 });
    const { enterpriseId, ana, leaver, customers, relations } = story;
    const transferId = await transferCustomers(baton, story);

    await end(customers[0]!, relations[0]!);

    expect(await items(story)).toEqual(['FAILED CUSTOMER_DELETED_MEMBER', 'WAITING null']);
    expect(await typesOf(ana.token, 'assignmentNotifications')).toEqual([
      { type: 'CUSTOMERS_SCHEDULED', customerCount: 2 },
      { type: 'CUSTOMERS_CANCELLED', customerCount: 1 },
    ]);
    expect(await typesOf(customers[0]!.token, 'customerNotices')).toMatchObject([{ type: 'SCHEDULED' }]);
    expect(await prisma.portfolio.findUnique({ where: { memberId: leaver.uuid } })).toMatchObject({
      customers: 1,
      waiting: 1,
      failed: 1,
    });
    expect(await codeOf(baton, customers[0]!, 'declineTakeover', { transferId })).toBe('NOT_WAITING');
    expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
  });

  test('fails at once as NO_RELATION when a member ended it: the customer is told as well, and promised nobody', async () => {
    const story = await departing(baton, { customers: 1, waitHours: 4, resigned: false });
    const { enterpriseId, ana, leaver, customers, relations } = story;
    await transferCustomers(baton, story, { kind: 'ON_JOB' });

    await end(leaver, relations[0]!);

    expect(await items(story)).toEqual(['FAILED NO_RELATION']);
    expect(await typesOf(ana.token, 'assignmentNotifications')).toMatchObject([
      { type: 'CUSTOMERS_SCHEDULED' },
      { type: 'CUSTOMERS_CANCELLED' },
    ]);
    expect(await typesOf(customers[0]!.token, 'customerNotices')).toMatchObject([
      { type: 'SCHEDULED' },
      { type: 'CANCELLED', text: 'Hello, Ana will not take over: your contact with Lee has ended.' },
    ]);
    const [transfer] = await prisma.transfer.findMany({ where: { enterpriseId } });
    expect(transfer).toMatchObject({ status: 'COMPLETED_WITH_FAILURES', waiting: 0, failed: 1, runAt: null });
    expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
  });

  test('a later transfer rejects each for how it ended', async () => {
    const story = await departing(baton, { customers: 3 });
    const { enterpriseId, admin, customers, relations } = story;
    await end(customers[0]!, relations[0]!);
    await end(admin, relations[1]!);

    await transferCustomers(baton, story, { selection: { customerIds: customers.map(({ id }) => id) } });

    expect(await items(story)).toEqual(['REJECTED CUSTOMER_DELETED_MEMBER', 'REJECTED NO_RELATION', 'WAITING null']);
    expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
  });
});

describe('a takeover that was announced and could not be done when it was due', () => {
  test('is called off to customers and successors: full, and no longer allowed', async () => {
    const story = await departing(baton, { customers: 4, waitHours: 4 });
    const { enterpriseId, admin, ana, ben, customers } = story;
    await transferCustomers(baton, story, { successorIds: [ana.id, ben.id] });
    await prisma.member.update({ where: { id: ana.uuid }, data: { customerLimit: 1 } });
    expect(await codeOf(baton, admin, 'resignMember', { memberId: ben.id })).toBeNull();
    clock.advance(4);

    await app.settle();

    expect((await items(story)).sort()).toEqual([
      'COMPLETED null',
      'FAILED SUCCESSOR_RESIGNED',
      'FAILED SUCCESSOR_RESIGNED',
      'SUCCESSOR_FULL null',
    ]);
    const cancelled = await prisma.inboxEvent.findMany({ where: { enterpriseId, type: 'CUSTOMERS_CANCELLED' } });
    expect(cancelled.map(({ recipientId }) => recipientId).sort()).toEqual([ana.uuid, ben.uuid].sort());
    expect(await typesOf(customers[1]!.token, 'customerNotices')).toMatchObject([
      { type: 'SCHEDULED' },
      { type: 'CANCELLED', text: 'Hello, Ben will not take over after all. We will tell you who does.' },
    ]);
    expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
  });

  test.each([
    [false, 'Hello, Ana will not take over after all. Lee goes on serving you.'],
    [true, 'Hello, Ana will not take over after all. We will tell you who does.'],
  ])('of a member who stayed, and has resigned meanwhile: %s', async (resigns, text) => {
    const story = await departing(baton, { customers: 2, waitHours: 4, resigned: false });
    const { enterpriseId, admin, ana, leaver, customers } = story;
    await transferCustomers(baton, story, { kind: 'ON_JOB' });
    await prisma.member.update({ where: { id: ana.uuid }, data: { customerLimit: 1 } });
    if (resigns) expect(await codeOf(baton, admin, 'resignMember', { memberId: leaver.id })).toBeNull();
    clock.advance(4);

    await app.settle();

    expect((await items(story)).sort()).toEqual(['COMPLETED null', 'SUCCESSOR_FULL null']);
    const [left] = await prisma.transferItem.findMany({ where: { enterpriseId, status: 'SUCCESSOR_FULL' } });
    const reader = customers.find(({ uuid }) => uuid === left?.customerId)!;
    expect(await typesOf(reader.token, 'customerNotices')).toMatchObject([
      { type: 'SCHEDULED' },
      { type: 'CANCELLED', text },
    ]);
    expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
  });
});
