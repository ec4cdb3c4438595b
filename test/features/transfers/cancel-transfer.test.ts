import { describe, expect, test } from 'vitest';
import { encodeId } from '../../../src/graphql/ids.js';
import { openTestApp, type Answer } from '../../support/app.js';
import { serveMany } from '../../support/crowd.js';
import { brokenInvariants } from '../../support/invariants.js';
import { departing, ownGroup, serve, standing, type Departing } from '../../support/seed.js';
import { settled } from '../../support/settled.js';
import { begin, transferCustomers } from './begin.js';
import { change, codeOf } from './change.js';

const baton = await openTestApp();
const { app, clock } = baton;
const { prisma } = app.db;

const shown = 'transfer { id status finishedAt counts { total waiting completed cancelled } }';
const cancel = (story: Departing, transferId: string, more: object = {}) =>
  change(baton, story.admin, 'cancelTransfer', { transferId, ...more }, shown);

async function holders({ enterpriseId }: Departing): Promise<string[]> {
  const relations = await prisma.relation.findMany({
    where: { enterpriseId, status: 'ACTIVE' },
    include: { member: true, customer: true },
    orderBy: { customer: { name: 'asc' } },
  });
  return relations.map(({ customer, member }) => `${customer.name}: ${member.name}`);
}

async function read(token: string, document: string): Promise<Answer> {
  await settled(app.db);
  const { data, errors } = await baton.ask(token, document);
  expect(errors).toBeUndefined();
  return Object.values(data)[0]!['nodes']!;
}

const told = '{ assignmentNotifications { nodes { type customerCount } } }';
const noticed = '{ customerNotices { nodes { type text } } }';

describe('cancelling a transfer whose customers wait', () => {
  test('leaves every customer with the leaver, counts nothing as waiting, and tells both sides', async () => {
    const story = await departing(baton, { customers: 3, waitHours: 4 });
    const { enterpriseId, ana, ben, customers } = story;
    const transferId = await transferCustomers(baton, story, { successorIds: [ana.id, ben.id] });

    const { transfer, userErrors } = await cancel(story, transferId);

    expect(userErrors).toEqual([]);
    expect(transfer).toEqual({
      id: transferId,
      status: 'CANCELLED',
      finishedAt: clock.now().toISOString(),
      counts: { total: 3, waiting: 0, completed: 0, cancelled: 3 },
    });
    expect(await read(ana.token, told)).toEqual([
      { type: 'CUSTOMERS_SCHEDULED', customerCount: 2 },
      { type: 'CUSTOMERS_CANCELLED', customerCount: 2 },
    ]);
    expect(await read(ben.token, told)).toEqual([
      { type: 'CUSTOMERS_SCHEDULED', customerCount: 1 },
      { type: 'CUSTOMERS_CANCELLED', customerCount: 1 },
    ]);
    expect(await read(customers[1]!.token, noticed)).toMatchObject([
      { type: 'SCHEDULED' },
      { type: 'CANCELLED', text: 'Hello, Ben will not take over after all. We will tell you who does.' },
    ]);
    clock.advance(5);
    await app.settle();
    expect(await holders(story)).toEqual(['Customer 1: Lee', 'Customer 2: Lee', 'Customer 3: Lee']);
    expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
  });

  test('leaves with the successors what has moved', async () => {
    const story = await departing(baton, { customers: 2, waitHours: 4 });
    const { enterpriseId, admin, leaver, ana, customers } = story;
    await ownGroup(baton, { enterpriseId, member: leaver, name: 'Buyers', customers: [...customers] });
    const transferId = await transferCustomers(baton, story, { groups: { all: true } });
    expect(await codeOf(baton, customers[0]!, 'acceptTakeover', { transferId })).toBeNull();
    await app.settle();

    const { transfer } = await cancel(story, transferId);

    expect(transfer).toMatchObject({
      status: 'CANCELLED',
      counts: { total: 3, waiting: 0, completed: 2, cancelled: 1 },
    });
    expect(await holders(story)).toEqual(['Customer 1: Ana', 'Customer 2: Lee']);
    expect(await prisma.customerGroup.findFirst({ where: { enterpriseId } })).toMatchObject({
      ownerId: ana.uuid,
      status: 'INHERITED',
    });
    expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
    expect(await codeOf(baton, admin, 'retryTransfer', { transferId, statuses: ['CANCELLED'] })).toBeNull();
    expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
  });

  test.each([
    ['RESIGNED', true, 'OWNER_RESIGNED'],
    ['ON_JOB', false, 'NORMAL'],
  ] as const)('gives groups that wait back as their owner is: %s', async (kind, resigned, status) => {
    const story = await departing(baton, { customers: 0, resigned });
    const { enterpriseId, admin, leaver, ana } = story;
    await ownGroup(baton, { enterpriseId, member: leaver, name: 'Buyers' });
    const transferId = await begin(baton, admin, 'transferGroups', {
      kind,
      leaverId: leaver.id,
      selection: { all: true },
      successorIds: [ana.id],
    });

    const { transfer } = await cancel(story, transferId);

    expect(transfer).toMatchObject({ status: 'CANCELLED', counts: { total: 1, cancelled: 1 } });
    expect(await prisma.customerGroup.findFirst({ where: { enterpriseId } })).toMatchObject({
      ownerId: leaver.uuid,
      status,
    });
    expect(await read(ana.token, told)).toEqual([]);
    expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
  });

  test.each([
    [false, 'Hello, Ana will not take over after all. Lee goes on serving you.'],
    [true, 'Hello, Ana will not take over after all. We will tell you who does.'],
  ])('promises the member who stays, and not one who has resigned meanwhile: %s', async (resigns, text) => {
    const story = await departing(baton, { customers: 1, waitHours: 4, resigned: false });
    const { enterpriseId, admin, leaver, customers } = story;
    const transferId = await transferCustomers(baton, story, { kind: 'ON_JOB' });
    if (resigns) expect(await codeOf(baton, admin, 'resignMember', { memberId: leaver.id })).toBeNull();

    await cancel(story, transferId);

    expect(await read(customers[0]!.token, noticed)).toMatchObject([
      { type: 'SCHEDULED' },
      { type: 'CANCELLED', text },
    ]);
    expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
  });

  test('tells nobody who had not been told: without a waiting time', async () => {
    const story = await departing(baton, { customers: 2 });
    const transferId = await transferCustomers(baton, story);

    await cancel(story, transferId);

    expect(await prisma.inboxEvent.count({ where: { enterpriseId: story.enterpriseId } })).toBe(0);
    expect(await brokenInvariants(app.db, story.enterpriseId)).toEqual([]);
  });
});

describe('a transfer that cannot be cancelled', () => {
  test('twice, and with the same key, answers the same and does nothing', async () => {
    const story = await departing(baton, { customers: 2, waitHours: 4 });
    const transferId = await transferCustomers(baton, story);
    const first = await cancel(story, transferId, { idempotencyKey: 'once' });
    const before = await standing(baton, story.enterpriseId);
    clock.advance(1);

    const again = [await cancel(story, transferId), await cancel(story, transferId, { idempotencyKey: 'once' })];

    expect(again).toEqual([first, first]);
    expect(await standing(baton, story.enterpriseId)).toEqual(before);
    expect(
      (await change(baton, story.admin, 'cancelTransfer', { transferId: otherId(), idempotencyKey: 'once' }))
        .userErrors,
    ).toMatchObject([{ code: 'IDEMPOTENCY_KEY_REUSED' }]);
  });

  test('is one that has ended, or is not there: nothing moves', async () => {
    const story = await departing(baton, { customers: 2 });
    const stranger = await departing(baton, { customers: 1, waitHours: 4 });
    const transferId = await transferCustomers(baton, story);
    const foreign = await transferCustomers(baton, stranger);
    await app.settle();
    const before = [await standing(baton, story.enterpriseId), await standing(baton, stranger.enterpriseId)];

    expect((await cancel(story, transferId)).userErrors).toMatchObject([
      { code: 'TRANSFER_FINISHED', path: ['input', 'transferId'] },
    ]);
    for (const id of [foreign, otherId()]) {
      expect((await cancel(story, id)).userErrors).toEqual([
        { code: 'NOT_FOUND', message: 'There is no such transfer.', path: ['input', 'transferId'] },
      ]);
    }

    expect([await standing(baton, story.enterpriseId), await standing(baton, stranger.enterpriseId)]).toEqual(before);
  });
});

test('what was cancelled can be handed over anew, and a leaver can come back', async () => {
  const story = await departing(baton, { customers: 2, waitHours: 4 });
  const { enterpriseId, admin, leaver } = story;
  await cancel(story, await transferCustomers(baton, story));

  const second = await transferCustomers(baton, story);
  expect(await codeOf(baton, admin, 'reinstateMember', { memberId: leaver.id })).toBe('MEMBER_IN_TRANSFER');
  await cancel(story, second);

  expect(await codeOf(baton, admin, 'reinstateMember', { memberId: leaver.id })).toBeNull();
  await serve(baton, { enterpriseId, member: leaver });
  expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
});

test('of a thousand each customer is told once, and the successor by one notification', async () => {
  const story = await departing(baton, { customers: 0, waitHours: 4 });
  const { enterpriseId, leaver } = story;
  await serveMany(app, enterpriseId, leaver.uuid, 1000);
  const transferId = await transferCustomers(baton, story);

  const { transfer } = await cancel(story, transferId);

  expect(transfer).toMatchObject({ status: 'CANCELLED', counts: { total: 1000, waiting: 0, cancelled: 1000 } });
  expect(await prisma.fact.count({ where: { enterpriseId, type: 'CALL_OFF' } })).toBe(1);
  expect(await prisma.inboxEvent.count({ where: { enterpriseId, type: 'TAKEOVER_CANCELLED' } })).toBe(1000);
  expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
});

function otherId(): string {
  return encodeId('Transfer', app.ids.next());
}
