import { describe, expect, test } from 'vitest';
import { decodeId, encodeId } from '../../../src/graphql/ids.js';
import { openTestApp } from '../../support/app.js';
import { brokenInvariants } from '../../support/invariants.js';
import { departing, ownGroup, serve, standing, type Departing, type Person } from '../../support/seed.js';

const baton = await openTestApp();
const { prisma } = baton.app.db;

interface Begun {
  readonly transfer: { id: string; status: string; counts: Record<string, number> } | null;
  readonly preview: { total: number; accepted: number; rejected: object[]; successors: object[] } | null;
  readonly userErrors: readonly { code: string; message: string; path: string[] }[];
}

async function mutate(story: Departing, mutation: string, input: object): Promise<Begun> {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input!`;
  const { data, errors } = await baton.ask<Record<string, Begun>>(
    story.admin.token,
    `mutation ($input: ${type}) { ${mutation}(input: $input) {
       transfer { id status counts { total waiting completed rejected failed } }
       preview { total accepted rejected { reason count } successors { assigned groupsAssigned } }
       userErrors { code message path } } }`,
    { input: { leaverId: story.leaver.id, successorIds: [story.ana.id], ...input } },
  );
  expect(errors).toBeUndefined();
  return data[mutation] as Begun;
}

async function itemsOf(transferId: string | undefined) {
  const items = await prisma.transferItem.findMany({
    where: { transferId: uuidOfTransfer(transferId) },
    orderBy: { position: 'asc' },
  });
  return items.map(({ kind, status, reason }) => [kind, status, reason].filter(Boolean).join(' '));
}

const uuidOfTransfer = (id: string | undefined) => decodeId(id ?? '').id;

async function groupNow(uuid: string) {
  const group = await prisma.customerGroup.findUniqueOrThrow({
    where: { id: uuid },
    include: { owner: true, participants: { include: { member: true, customer: true }, orderBy: { id: 'asc' } } },
  });
  const participants = group.participants.map(({ member, customer }) => member?.name ?? customer?.name);
  return { owner: group.owner.name, status: group.status, participants };
}

async function inboxOf(person: Person) {
  const events = await prisma.inboxEvent.findMany({
    where: { recipientId: person.uuid },
    orderBy: [{ xid: 'asc' }, { id: 'asc' }],
  });
  return Promise.all(
    events.map(async ({ type, factId }) => {
      const { customerText, itemCount } = await prisma.fact.findUniqueOrThrow({ where: { id: factId } });
      return { type, text: customerText, count: itemCount };
    }),
  );
}

describe('handing groups over', () => {
  test('the new owner joins, nobody leaves, and the customers in the group are told, whatever the waiting time', async () => {
    const story = await departing(baton, { customers: 2, waitHours: 24 });
    const { enterpriseId, leaver, ana, customers } = story;
    const group = await ownGroup(baton, { enterpriseId, member: leaver, name: 'Buyers', customers });

    const { transfer, userErrors } = await mutate(story, 'transferGroups', { selection: { all: true } });

    expect(userErrors).toEqual([]);
    expect(transfer).toMatchObject({ status: 'RUNNING', counts: { total: 1, waiting: 1 } });
    expect(await groupNow(group.uuid)).toEqual({
      owner: 'Lee',
      status: 'INHERITING',
      participants: ['Lee', 'Customer 1', 'Customer 2'],
    });
    expect(await brokenInvariants(baton.app.db, enterpriseId)).toEqual([]);

    await baton.app.settle();

    expect(await itemsOf(transfer?.id)).toEqual(['GROUP COMPLETED']);
    expect(await groupNow(group.uuid)).toEqual({
      owner: 'Ana',
      status: 'INHERITED',
      participants: ['Lee', 'Customer 1', 'Customer 2', 'Ana'],
    });
    for (const customer of customers) {
      expect(await inboxOf(customer)).toEqual([
        {
          type: 'GROUP_OWNER_CHANGED',
          text: 'Hello, the group "Buyers" is now looked after by Ana (+86 ana).',
          count: 1,
        },
      ]);
    }
    expect(await inboxOf(ana)).toEqual([{ type: 'GROUPS_ASSIGNED', text: null, count: 1 }]);
    expect(await prisma.portfolio.findUnique({ where: { memberId: leaver.uuid } })).toMatchObject({
      groups: 0,
      groupsWaiting: 0,
      groupsHandedOver: 1,
      customers: 2,
    });
    expect(await prisma.portfolio.findUnique({ where: { memberId: ana.uuid } })).toMatchObject({ groups: 1 });
    expect(await brokenInvariants(baton.app.db, enterpriseId)).toEqual([]);
  });

  test('one transfer takes customers and groups: groups at once, customers when they are due', async () => {
    const story = await departing(baton, { customers: 3, waitHours: 2 });
    const { enterpriseId, leaver } = story;
    await ownGroup(baton, { enterpriseId, member: leaver, name: 'One' });
    await ownGroup(baton, { enterpriseId, member: leaver, name: 'Two' });

    const input = { selection: { all: true }, groups: { all: true }, successorIds: [story.ana.id, story.ben.id] };
    const dry = await mutate(story, 'transferCustomers', { ...input, dryRun: true });
    const { transfer } = await mutate(story, 'transferCustomers', input);
    await baton.app.settle();

    expect(dry.preview).toEqual({
      total: 5,
      accepted: 5,
      rejected: [],
      successors: [
        { assigned: 2, groupsAssigned: 1 },
        { assigned: 1, groupsAssigned: 1 },
      ],
    });
    const waits = 'CUSTOMER WAITING';
    expect(await itemsOf(transfer?.id)).toEqual([waits, waits, waits, 'GROUP COMPLETED', 'GROUP COMPLETED']);
    expect(await brokenInvariants(baton.app.db, enterpriseId)).toEqual([]);

    baton.clock.advance(2);
    await baton.app.settle();
    const done = 'CUSTOMER COMPLETED';
    expect(await itemsOf(transfer?.id)).toEqual([done, done, done, 'GROUP COMPLETED', 'GROUP COMPLETED']);
    expect(await brokenInvariants(baton.app.db, enterpriseId)).toEqual([]);
  });

  test('each group that cannot be handed over says why, and the others go', async () => {
    const story = await departing(baton, { customers: 0 });
    const { enterpriseId, leaver, ana, ben } = story;
    const [good, inherited, anas, bens] = await Promise.all([
      ownGroup(baton, { enterpriseId, member: leaver, name: 'Good' }),
      ownGroup(baton, { enterpriseId, member: leaver, name: 'Inherited' }),
      ownGroup(baton, { enterpriseId, member: ana, name: 'Of Ana' }),
      ownGroup(baton, { enterpriseId, member: ben, name: 'Of Ben' }),
    ]);
    await mutate(story, 'transferGroups', { selection: { groupIds: [inherited.id] }, successorIds: [ben.id] });
    await baton.app.settle();
    const unknown = encodeId('CustomerGroup', baton.app.ids.next());

    const groupIds = [unknown, inherited.id, anas.id, bens.id, good.id];
    const { transfer } = await mutate(story, 'transferGroups', { selection: { groupIds } });

    expect(await itemsOf(transfer?.id)).toEqual([
      'GROUP REJECTED NOT_CUSTOMER_GROUP',
      'GROUP REJECTED GROUP_ALREADY_INHERITED',
      'GROUP REJECTED GROUP_OWNER_UNCHANGED',
      'GROUP REJECTED GROUP_OWNER_NOT_RESIGNED',
      'GROUP WAITING',
    ]);
    const again = await mutate(story, 'transferGroups', { selection: { groupIds: [good.id] } });
    expect(await itemsOf(again.transfer?.id)).toEqual(['GROUP REJECTED GROUP_IN_PROGRESS']);
    await baton.app.settle();
    expect(await groupNow(anas.uuid)).toMatchObject({ owner: 'Ana', status: 'NORMAL' });
    expect(await groupNow(good.uuid)).toMatchObject({ owner: 'Ana', status: 'INHERITED' });
    expect(await brokenInvariants(baton.app.db, enterpriseId)).toEqual([]);
  });

  test('a successor who left meanwhile gets nothing: the group waits in the pool again', async () => {
    const story = await departing(baton, { customers: 0 });
    const { enterpriseId, leaver, ana } = story;
    const group = await ownGroup(baton, { enterpriseId, member: leaver, name: 'Buyers' });
    const { transfer } = await mutate(story, 'transferGroups', { selection: { all: true } });
    await prisma.member.update({ where: { id: ana.uuid }, data: { status: 'RESIGNED' } });

    await baton.app.settle();

    expect(await itemsOf(transfer?.id)).toEqual(['GROUP FAILED SUCCESSOR_RESIGNED']);
    expect(await groupNow(group.uuid)).toEqual({ owner: 'Lee', status: 'OWNER_RESIGNED', participants: ['Lee'] });
    expect(await inboxOf(ana)).toEqual([]);
    expect(await brokenInvariants(baton.app.db, enterpriseId)).toEqual([]);
  });

  test('a leaver who owns none refuses, and nothing is written', async () => {
    const story = await departing(baton, { customers: 1 });
    const before = await standing(baton, story.enterpriseId);

    const { transfer, userErrors } = await mutate(story, 'transferGroups', { selection: { all: true } });

    expect(transfer).toBeNull();
    expect(userErrors).toEqual([
      {
        code: 'EMPTY_SELECTION',
        message: 'The leaver owns no customer groups any more.',
        path: ['input', 'selection'],
      },
    ]);
    expect(await standing(baton, story.enterpriseId)).toEqual(before);
  });
});

describe('what waits is announced', () => {
  test('each customer reads who comes and when, and each successor how many', async () => {
    const story = await departing(baton, { customers: 3, waitHours: 24 });

    await mutate(story, 'transferCustomers', { selection: { all: true }, successorIds: [story.ana.id, story.ben.id] });

    const [first, second] = story.customers as [Person, Person];
    expect(await inboxOf(first)).toEqual([
      {
        type: 'TAKEOVER_SCHEDULED',
        text: 'Hello, Lee is moving on, and Ana (+86 ana) takes over. In 24 hours Ana becomes your contact by itself; you may also decline.',
        count: 2,
      },
    ]);
    expect((await inboxOf(second))[0]?.text).toContain('Ben (+86 ben) takes over');
    expect(await inboxOf(story.ana)).toMatchObject([{ type: 'CUSTOMERS_SCHEDULED', count: 2 }]);
    expect(await inboxOf(story.ben)).toMatchObject([{ type: 'CUSTOMERS_SCHEDULED', count: 1 }]);
  });

  test('nothing is announced where customers are taken over at once', async () => {
    const story = await departing(baton, { customers: 1, waitHours: 0 });
    await mutate(story, 'transferCustomers', { selection: { all: true } });
    await baton.app.settle();
    expect((await inboxOf(story.customers[0] as Person)).map(({ type }) => type)).toEqual(['TAKEOVER_COMPLETED']);
    expect((await inboxOf(story.ana)).map(({ type }) => type)).toEqual(['CUSTOMERS_ASSIGNED']);
  });
});

describe('what travels', () => {
  test('a transfer narrows what travels, and the item keeps what stayed', async () => {
    const story = await departing(baton, { customers: 1 });
    const { transfer } = await mutate(story, 'transferCustomers', {
      selection: { all: true },
      travels: { remark: false },
    });
    await baton.app.settle();
    const relation = await prisma.relation.findUniqueOrThrow({ where: { id: story.relations[0] ?? '' } });
    expect(relation).toMatchObject({ memberId: story.ana.uuid, remark: '' });
    const [item] = await prisma.transferItem.findMany({ where: { transferId: uuidOfTransfer(transfer?.id) } });
    expect(item?.leftBehind).toEqual({ remark: 'remark on Customer 1' });
  });

  test('it cannot widen what the enterprise lets travel', async () => {
    const story = await departing(baton, { customers: 1 });
    await prisma.enterprise.update({ where: { id: story.enterpriseId }, data: { travelTags: false } });
    const before = await standing(baton, story.enterpriseId);
    const { userErrors } = await mutate(story, 'transferCustomers', {
      selection: { all: true },
      travels: { tags: true },
    });
    expect(userErrors).toEqual([
      {
        code: 'INVALID_INPUT',
        message:
          'travelTags is off for the enterprise, and a transfer can only narrow it. Leave tags out, or switch it on with updateSettings.',
        path: ['input', 'travels', 'tags'],
      },
    ]);
    expect(await standing(baton, story.enterpriseId)).toEqual(before);
  });
});

describe('trying again', () => {
  async function retry(story: Departing, input: object) {
    const { data, errors } = await baton.ask<{ retryTransfer: Begun }>(
      story.admin.token,
      `mutation ($input: RetryTransferInput!) { retryTransfer(input: $input) {
         transfer { id status counts { total waiting completed rejected failed } } userErrors { code message path } } }`,
      { input },
    );
    expect(errors).toBeUndefined();
    return data.retryTransfer;
  }

  test('what failed goes to other successors, in items that name those they follow', async () => {
    const story = await departing(baton, { customers: 2, waitHours: 1 });
    const { enterpriseId, leaver, ana, ben } = story;
    await ownGroup(baton, { enterpriseId, member: leaver, name: 'Buyers' });
    const first = await mutate(story, 'transferCustomers', { selection: { all: true }, groups: { all: true } });
    await prisma.member.update({ where: { id: ana.uuid }, data: { status: 'DISABLED' } });
    baton.clock.advance(1);
    await baton.app.settle();
    const failed = 'CUSTOMER FAILED SUCCESSOR_DISABLED';
    expect(await itemsOf(first.transfer?.id)).toEqual([failed, failed, 'GROUP FAILED SUCCESSOR_DISABLED']);

    const { transfer, userErrors } = await retry(story, { transferId: first.transfer?.id, successorIds: [ben.id] });
    expect(userErrors).toEqual([]);
    baton.clock.advance(1);
    await baton.app.settle();

    const done = 'CUSTOMER COMPLETED';
    expect(await itemsOf(transfer?.id)).toEqual([done, done, 'GROUP COMPLETED']);
    const items = await prisma.transferItem.findMany({
      where: { transferId: uuidOfTransfer(transfer?.id) },
      orderBy: { position: 'asc' },
    });
    const follows = uuidOfTransfer(first.transfer?.id);
    expect(items.map((item) => [item.attempt, item.followsTransfer, item.followsPosition])).toEqual([
      [2, follows, 0],
      [2, follows, 1],
      [2, follows, 2],
    ]);
    expect(await brokenInvariants(baton.app.db, enterpriseId)).toEqual([]);
  });

  test('a second retry finds nothing left, and writes nothing; the same key answers the same transfer', async () => {
    const story = await departing(baton, { customers: 0 });
    const { customer } = await serve(baton, { enterpriseId: story.enterpriseId, member: story.ana });
    const selection = { customerIds: [customer.id] };
    const first = await mutate(story, 'transferCustomers', { selection });
    expect(await itemsOf(first.transfer?.id)).toEqual(['CUSTOMER REJECTED NOT_FOLLOWER']);
    const input = { transferId: first.transfer?.id, idempotencyKey: 'again' };
    const once = await retry(story, input);
    expect(await itemsOf(once.transfer?.id)).toEqual(['CUSTOMER REJECTED NOT_FOLLOWER']);
    const before = await standing(baton, story.enterpriseId);

    expect((await retry(story, input)).transfer?.id).toBe(once.transfer?.id);
    const { userErrors } = await retry(story, { transferId: first.transfer?.id });

    expect(userErrors.map(({ code, path }) => [code, path])).toEqual([['EMPTY_SELECTION', ['input', 'transferId']]]);
    expect(await standing(baton, story.enterpriseId)).toEqual(before);
  });
});
