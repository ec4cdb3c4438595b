import { describe, expect, test } from 'vitest';
import {
  FindTransferDocument,
  TransferCustomersDocument,
  type TransferCustomersInput,
} from '../../../src/generated/graphql/graphql.js';
import { openTestApp } from '../../support/app.js';
import { departing, serve, standing, type Departing, type Person } from '../../support/seed.js';

const baton = await openTestApp();
const { app } = baton;

async function hand(story: Departing, input: Partial<TransferCustomersInput> = {}) {
  const { data, errors } = await baton.ask(story.admin.token, TransferCustomersDocument, {
    input: {
      leaverId: story.leaver.id,
      selection: { all: true },
      successorIds: [story.ana.id, story.ben.id],
      dryRun: false,
      ...input,
    },
  });
  expect(errors).toBeUndefined();
  return data.transferCustomers;
}

async function holders(story: Departing): Promise<string[]> {
  const relations = await app.db.prisma.relation.findMany({
    where: { enterpriseId: story.enterpriseId, status: 'ACTIVE' },
    include: { member: true, customer: true },
    orderBy: { customer: { name: 'asc' } },
  });
  return relations.map(({ customer, member }) => `${customer.name}: ${member.name}`);
}

async function refreshed(story: Departing, id: string | undefined) {
  const { data } = await baton.ask(story.admin.token, FindTransferDocument, { id: id ?? '' });
  return data.transfer;
}

describe('handing all customers over', () => {
  test('shares differ by at most one, in the order of the successors, and the relation keeps its row', async () => {
    const story = await departing(baton, { customers: 5 });
    const before = await app.db.prisma.relation.findMany({
      where: { id: { in: [...story.relations] } },
      orderBy: { id: 'asc' },
    });

    const { transfer, userErrors } = await hand(story, { note: 'Be kind.' });
    expect(userErrors).toEqual([]);
    expect(transfer).toMatchObject({
      status: 'RUNNING',
      counts: { total: 5, waiting: 5, completed: 0, rejected: 0, failed: 0 },
      successors: [
        { member: { name: 'Ana' }, assigned: 3, completed: 0 },
        { member: { name: 'Ben' }, assigned: 2, completed: 0 },
      ],
    });
    expect(await holders(story)).toEqual([
      'Customer 1: Lee',
      'Customer 2: Lee',
      'Customer 3: Lee',
      'Customer 4: Lee',
      'Customer 5: Lee',
    ]);

    await app.settle();
    expect(await holders(story)).toEqual([
      'Customer 1: Ana',
      'Customer 2: Ben',
      'Customer 3: Ana',
      'Customer 4: Ben',
      'Customer 5: Ana',
    ]);
    const after = await app.db.prisma.relation.findMany({
      where: { id: { in: [...story.relations] } },
      orderBy: { id: 'asc' },
    });
    expect(after.map((row) => ({ ...row, memberId: null, revision: row.revision - 1 }))).toEqual(
      before.map((row) => ({ ...row, memberId: null })),
    );
    expect(await refreshed(story, transfer?.id)).toMatchObject({
      status: 'COMPLETED',
      finishedAt: app.clock.now().toISOString(),
      counts: { total: 5, waiting: 0, completed: 5, rejected: 0, failed: 0 },
      successors: [
        { assigned: 3, completed: 3 },
        { assigned: 2, completed: 2 },
      ],
    });
    const portfolios = await app.db.prisma.portfolio.findMany({
      where: { enterpriseId: story.enterpriseId },
      include: { member: true },
    });
    const counts = Object.fromEntries(
      portfolios.map(({ member, customers, waiting, incoming, handedOver }) => [
        member.name,
        [customers, waiting, incoming, handedOver],
      ]),
    );
    expect(counts).toEqual({ Ada: [0, 0, 0, 0], Lee: [0, 0, 0, 5], Ana: [3, 0, 0, 0], Ben: [2, 0, 0, 0] });
  });

  test('each customer gets one notice and each successor one notification, written with the takeover', async () => {
    const story = await departing(baton, { customers: 3 });
    await hand(story, {
      note: 'See the open orders.',
      customerMessage: '{successor} ({contact}) of {enterprise} follows {leaver}.',
    });
    expect(await app.db.prisma.inboxEvent.count({ where: { enterpriseId: story.enterpriseId } })).toBe(0);

    await app.settle();
    await app.settle();
    const events = await app.db.prisma.inboxEvent.findMany({
      where: { enterpriseId: story.enterpriseId },
      orderBy: { id: 'asc' },
    });
    const recipients = (type: string) =>
      events
        .filter((event) => event.type === type)
        .map(({ recipientId }) => recipientId)
        .sort();
    expect(recipients('TAKEOVER_COMPLETED')).toEqual(story.customers.map(({ uuid }) => uuid).sort());
    expect(recipients('CUSTOMERS_ASSIGNED')).toEqual([story.ana.uuid, story.ben.uuid].sort());
    const facts = await app.db.prisma.fact.findMany({
      where: { enterpriseId: story.enterpriseId },
      orderBy: { successorName: 'asc' },
    });
    expect(
      facts.map(({ successorName, itemCount, note, customerText }) => [successorName, itemCount, note, customerText]),
    ).toEqual([
      ['Ana', 2, 'See the open orders.', 'Ana (+86 ana) of Lantern Trading follows Lee.'],
      ['Ben', 1, 'See the open orders.', 'Ben (+86 ben) of Lantern Trading follows Lee.'],
    ]);
  });

  test('nobody moves before the waiting time is over, and everybody at that moment', async () => {
    const story = await departing(baton, { customers: 2, waitHours: 24 });
    await hand(story);

    baton.clock.advance(24 - 1 / 3600);
    await app.settle();
    expect(await holders(story)).toEqual(['Customer 1: Lee', 'Customer 2: Lee']);

    baton.clock.advance(1 / 3600);
    await app.settle();
    expect(await holders(story)).toEqual(['Customer 1: Ana', 'Customer 2: Ben']);
  });

  test("a customer whom the successor serves already is merged: tags united, the successor's remark kept, one holder", async () => {
    const story = await departing(baton, { customers: 1 });
    const { prisma } = app.db;
    const [shared] = story.customers;
    const { relation: own } = await serve(baton, {
      enterpriseId: story.enterpriseId,
      member: story.ana,
      customer: shared!,
      remark: 'Ana knows',
    });
    const groupId = app.ids.next();
    await prisma.tagGroup.create({ data: { id: groupId, enterpriseId: story.enterpriseId, name: 'Level' } });
    const [vip, old, secret] = [app.ids.next(), app.ids.next(), app.ids.next()];
    await prisma.tag.createMany({
      data: [
        { id: vip, enterpriseId: story.enterpriseId, kind: 'CORP', name: 'VIP', groupId },
        { id: old, enterpriseId: story.enterpriseId, kind: 'CORP', name: 'Old', groupId },
        { id: secret, enterpriseId: story.enterpriseId, kind: 'PERSONAL', name: 'Secret', memberId: story.leaver.uuid },
      ],
    });
    const [theirs] = story.relations;
    for (const [relationId, tagId] of [
      [theirs!, vip],
      [theirs!, secret],
      [own, vip],
      [own, old],
    ] as const) {
      await prisma.relationTag.create({ data: { relationId, tagId, enterpriseId: story.enterpriseId } });
    }

    const { transfer } = await hand(story, { successorIds: [story.ana.id] });
    await app.settle();
    expect(await refreshed(story, transfer?.id)).toMatchObject({
      status: 'COMPLETED',
      items: { nodes: [{ status: 'COMPLETED', outcome: 'MERGED' }] },
    });
    expect(await holders(story)).toEqual(['Customer 1: Ana']);
    expect(await prisma.relation.findUnique({ where: { id: own } })).toMatchObject({
      remark: 'Ana knows',
      status: 'ACTIVE',
    });
    expect(await prisma.relation.findUnique({ where: { id: theirs! } })).toMatchObject({
      status: 'MERGED',
      mergedIntoId: own,
    });
    const united = await prisma.relationTag.findMany({ where: { relationId: own } });
    expect(united.map(({ tagId }) => tagId).sort()).toEqual([vip, old].sort());
    expect(await prisma.portfolio.findUnique({ where: { memberId: story.ana.uuid } })).toMatchObject({
      customers: 1,
      incoming: 0,
    });
    expect(await prisma.inboxEvent.count({ where: { enterpriseId: story.enterpriseId } })).toBe(2);
  });
});

describe('choosing customers', () => {
  test('one bad customer never stops the good ones: each id has its own outcome', async () => {
    const story = await departing(baton, { customers: 2 });
    const stranger = await departing(baton, { customers: 1 });
    const { customer: notTheirs } = await serve(baton, {
      enterpriseId: story.enterpriseId,
      member: story.ana,
      name: 'Customer 9',
    });
    const ids = [story.customers[1]!.id, stranger.customers[0]!.id, notTheirs.id, story.customers[0]!.id];

    const { transfer } = await hand(story, { selection: { customerIds: ids } });
    expect(transfer).toMatchObject({
      counts: { total: 4, waiting: 2, rejected: 2 },
      items: {
        totalCount: 4,
        nodes: [
          {
            position: 0,
            status: 'WAITING',
            reason: null,
            customer: { name: 'Customer 2' },
            successor: { name: 'Ana' },
          },
          {
            position: 1,
            status: 'REJECTED',
            reason: 'INVALID_CUSTOMER',
            wecomCode: 40096,
            customer: null,
            successor: null,
            requestedId: stranger.customers[0]!.id,
          },
          {
            position: 2,
            status: 'REJECTED',
            reason: 'NOT_FOLLOWER',
            wecomCode: 40131,
            customer: { name: 'Customer 9' },
            successor: null,
          },
          {
            position: 3,
            status: 'WAITING',
            reason: null,
            customer: { name: 'Customer 1' },
            successor: { name: 'Ben' },
          },
        ],
      },
    });
    await app.settle();
    expect(await refreshed(story, transfer?.id)).toMatchObject({ status: 'COMPLETED_WITH_FAILURES' });
    expect(await holders(stranger)).toEqual(['Customer 1: Lee']);
  });

  test('a customer who waits in a transfer is refused in the next one', async () => {
    const story = await departing(baton, { customers: 2, waitHours: 1 });
    await hand(story, { selection: { customerIds: [story.customers[0]!.id] } });

    const { transfer } = await hand(story);
    expect(transfer).toMatchObject({
      counts: { total: 2, waiting: 1, rejected: 1 },
      items: { nodes: [{ reason: 'ALREADY_IN_TRANSFER', wecomCode: 40129 }, { status: 'WAITING' }] },
    });
  });

  test('a successor is filled up to the limit, with those that wait counted; the others take the rest, up to theirs', async () => {
    const story = await departing(baton, { customers: 5, waitHours: 1 });
    const limit = (member: Person, customerLimit: number) =>
      app.db.prisma.member.update({ where: { id: member.uuid }, data: { customerLimit } });
    await limit(story.ana, 2);
    await limit(story.ben, 3);
    await hand(story, { selection: { customerIds: [story.customers[4]!.id] }, successorIds: [story.ana.id] });

    const { transfer } = await hand(story, { selection: { customerIds: story.customers.map(({ id }) => id) } });
    expect(transfer?.items.nodes.map(({ reason, successor }) => reason ?? successor?.name)).toEqual([
      'Ana',
      'Ben',
      'Ben',
      'Ben',
      'ALREADY_IN_TRANSFER',
    ]);

    const other = await departing(baton, { customers: 4 });
    await app.db.prisma.enterprise.update({ where: { id: other.enterpriseId }, data: { customerLimit: 1 } });
    const { transfer: crowded } = await hand(other);
    expect(crowded).toMatchObject({ counts: { waiting: 2, rejected: 2 } });
    expect(crowded?.items.nodes.map(({ reason, wecomCode }) => [reason, wecomCode])).toEqual([
      [null, null],
      [null, null],
      ['SUCCESSOR_LIMIT_REACHED', 40099],
      ['SUCCESSOR_LIMIT_REACHED', 40099],
    ]);
  });

  test('a dry run tells what the transfer then does, and changes nothing', async () => {
    const story = await departing(baton, { customers: 5 });
    const before = await standing(baton, story.enterpriseId);

    const { preview, transfer } = await hand(story, { dryRun: true });
    expect(transfer).toBeNull();
    expect(preview).toEqual({
      total: 5,
      accepted: 5,
      rejected: [],
      successors: [
        { member: { name: 'Ana' }, assigned: 3, customersBefore: 0, customersAfter: 3 },
        { member: { name: 'Ben' }, assigned: 2, customersBefore: 0, customersAfter: 2 },
      ],
    });
    expect(await standing(baton, story.enterpriseId)).toEqual(before);
  });

  test('an idempotency key answers the same transfer, also to fifty at once, and refuses other arguments', async () => {
    const story = await departing(baton, { customers: 2 });
    const answers = await Promise.all(Array.from({ length: 50 }, () => hand(story, { idempotencyKey: 'monday' })));
    expect(new Set(answers.map((answer) => answer.transfer?.id)).size).toBe(1);
    expect(await app.db.prisma.transfer.count({ where: { enterpriseId: story.enterpriseId } })).toBe(1);

    const { userErrors } = await hand(story, { idempotencyKey: 'monday', note: 'other' });
    expect(userErrors).toMatchObject([{ code: 'IDEMPOTENCY_KEY_REUSED', path: ['input', 'idempotencyKey'] }]);
    expect(await app.db.prisma.transfer.count({ where: { enterpriseId: story.enterpriseId } })).toBe(1);
  });
});

describe('refusals of the whole request move nothing and are on the audit log', () => {
  const unknown = 'TWVtYmVyOjAwMDAwMDAwLTAwMDAtNzAwMC04MDAwLTAwMDAwMDAwMDAwMA';
  type Given = Partial<TransferCustomersInput>;
  const cases: [string, (story: Departing) => Given | Promise<Given>, object][] = [
    ['an unknown leaver', () => ({ leaverId: unknown }), { code: 'NOT_FOUND', path: ['input', 'leaverId'] }],
    [
      'an unknown successor',
      ({ ana }) => ({ successorIds: [ana.id, unknown] }),
      { code: 'NOT_FOUND', path: ['input', 'successorIds', '1'] },
    ],
    [
      'a leaver who is still here',
      ({ ana, ben }) => ({ leaverId: ana.id, successorIds: [ben.id] }),
      { code: 'HANDOVER_NOT_RESIGNED' },
    ],
    [
      'the leaver as successor',
      ({ leaver }) => ({ successorIds: [leaver.id] }),
      { code: 'SAME_MEMBER', wecomCode: 40130 },
    ],
    [
      'a successor who left',
      async ({ ben }) => {
        await app.db.prisma.member.update({
          where: { id: ben.uuid },
          data: { status: 'RESIGNED', resignedAt: app.clock.now() },
        });
        return {};
      },
      { code: 'SUCCESSOR_RESIGNED', path: ['input', 'successorIds', '1'], member: { name: 'Ben' } },
    ],
    ['no successor', () => ({ successorIds: [] }), { code: 'INVALID_INPUT', path: ['input', 'successorIds'] }],
    ['one successor twice', ({ ana }) => ({ successorIds: [ana.id, ana.id] }), { code: 'INVALID_INPUT' }],
    ['an empty list', () => ({ selection: { customerIds: [] } }), { code: 'EMPTY_SELECTION' }],
    [
      'a filter that matches nobody',
      () => ({ selection: { filter: { city: { eq: 'Nowhere' } } } }),
      { code: 'EMPTY_SELECTION' },
    ],
    ['an empty filter', () => ({ selection: { filter: {} } }), { code: 'INVALID_INPUT' }],
    ['all: false', () => ({ selection: { all: false } }), { code: 'INVALID_INPUT' }],
    [
      '10,001 ids',
      ({ customers }) => ({ selection: { customerIds: Array.from({ length: 10_001 }, () => customers[0]!.id) } }),
      { __typename: 'LimitError', code: 'SELECTION_TOO_LARGE', limit: 10_000, given: 10_001 },
    ],
    [
      'a note of 1,001 characters',
      () => ({ note: 'x'.repeat(1001) }),
      { code: 'INVALID_INPUT', path: ['input', 'note'] },
    ],
    [
      'a message of 201 characters',
      () => ({ customerMessage: 'x'.repeat(201) }),
      { code: 'INVALID_INPUT', path: ['input', 'customerMessage'] },
    ],
  ];

  test.each(cases)('%s', async (_name, input, error) => {
    const story = await departing(baton, { customers: 2 });
    const given = await input(story);
    const before = await standing(baton, story.enterpriseId);

    const { transfer, userErrors } = await hand(story, given);
    await app.settle();
    expect(transfer).toBeNull();
    expect(userErrors).toMatchObject([error]);
    expect(await standing(baton, story.enterpriseId)).toEqual(before);
    const refused = await app.db.prisma.auditEvent.findMany({
      where: { enterpriseId: story.enterpriseId, outcome: 'REFUSED' },
    });
    expect(refused).toMatchObject([
      { action: 'transferCustomers', actorName: 'Ada', code: (error as { code: string }).code },
    ]);
  });

  test('a year and a moment after the resignation the customers cannot be handed on; at the year they can', async () => {
    const story = await departing(baton, { customers: 1 });
    const now = app.clock.now().getTime();
    const year = 365 * 24 * 3600_000;
    const resign = (at: number) =>
      app.db.prisma.member.update({ where: { id: story.leaver.uuid }, data: { resignedAt: new Date(at) } });

    await resign(now - year - 1);
    expect((await hand(story)).userErrors).toMatchObject([{ code: 'INHERITANCE_EXPIRED' }]);
    await resign(now - year);
    expect((await hand(story)).userErrors).toEqual([]);
  });
});
