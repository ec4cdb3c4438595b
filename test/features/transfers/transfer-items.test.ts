import { describe, expect, test } from 'vitest';
import { encodeId } from '../../../src/graphql/ids.js';
import { openTestApp, type Answer } from '../../support/app.js';
import { brokenInvariants } from '../../support/invariants.js';
import { departing, ownGroup, serve, type Departing } from '../../support/seed.js';
import { begin, transferCustomers } from './begin.js';

const baton = await openTestApp();
const { prisma } = baton.app.db;

describe('the counts of a transfer', () => {
  test('a successor who is full by the time of the takeover is counted as that, and the list finds the customer by it', async () => {
    const story = await departing(baton, { customers: 2, waitHours: 1 });
    const { enterpriseId, admin, leaver, ana } = story;
    await ownGroup(baton, { enterpriseId, member: leaver, name: 'Buyers' });
    const transferId = await transferCustomers(baton, story, { groups: { all: true } });
    await prisma.member.update({ where: { id: ana.uuid }, data: { customerLimit: 1 } });
    baton.clock.advance(1);
    await baton.app.settle();

    const { data } = await baton.ask(
      admin.token,
      `query ($id: ID!) {
        transfer(id: $id) {
          status
          counts { total waiting completed rejected refused cancelled successorFull failed undone }
          full: items(filter: { status: [SUCCESSOR_FULL] }) { totalCount nodes { status reason wecomCode customer { name } } }
          some: items(filter: { status: [SUCCESSOR_FULL, COMPLETED, COMPLETED] }) { totalCount nodes { position } }
          none: items(filter: { status: [REFUSED, CANCELLED, UNDONE, FAILED, WAITING] }) { totalCount nodes { position } }
        }
        member(userId: "leaver") {
          portfolio { customers groups waiting handedOver refused failed groupsWaiting groupsHandedOver }
        }
      }`,
      { id: transferId },
    );

    expect(data['transfer']).toEqual({
      status: 'COMPLETED_WITH_FAILURES',
      counts: {
        total: 3,
        waiting: 0,
        completed: 2,
        rejected: 0,
        refused: 0,
        cancelled: 0,
        successorFull: 1,
        failed: 0,
        undone: 0,
      },
      full: {
        totalCount: 1,
        nodes: [{ status: 'SUCCESSOR_FULL', reason: null, wecomCode: null, customer: { name: 'Customer 2' } }],
      },
      some: { totalCount: 3, nodes: [{ position: 0 }, { position: 1 }, { position: 2 }] },
      none: { totalCount: 0, nodes: [] },
    });
    expect(data['member']).toEqual({
      portfolio: {
        customers: 1,
        groups: 0,
        waiting: 0,
        handedOver: 1,
        refused: 0,
        failed: 0,
        groupsWaiting: 0,
        groupsHandedOver: 1,
      },
    });
    expect(await brokenInvariants(baton.app.db, enterpriseId)).toEqual([]);
  });
});

const links = `{
  transferId transferKind position kind status reason wecomCode attempt takeoverDueAt takenOverAt endedAt requestedId
  customer { name } group { name } leaver { name } successor { name }
  inTransfer { id leaver { name } } follows { transferId position status } retriedBy { transferId position status attempt } }`;

async function itemsOf({ admin }: Departing, id: string, filter: object = {}) {
  const { data, errors } = await baton.ask(
    admin.token,
    `query ($id: ID!, $filter: TransferItemFilter) {
      transfer(id: $id) { items(filter: $filter) { totalCount nodes ${links} } } }`,
    { id, filter },
  );
  expect(errors).toBeUndefined();
  return data['transfer']!['items'] as unknown as { totalCount: number | null; nodes: Answer[] };
}

describe('an item', () => {
  test('names the transfer in which the customer or group waits already', async () => {
    const story = await departing(baton, { customers: 1, waitHours: 2 });
    const { enterpriseId, leaver } = story;
    await ownGroup(baton, { enterpriseId, member: leaver, name: 'Buyers' });
    const first = await transferCustomers(baton, story, { groups: { all: true } });
    const second = await transferCustomers(baton, story, { groups: { all: true } });

    const { nodes } = await itemsOf(story, second);

    const common = {
      transferId: second,
      transferKind: 'RESIGNED',
      status: 'REJECTED',
      attempt: 1,
      takeoverDueAt: null,
      takenOverAt: null,
      endedAt: null,
      requestedId: null,
      leaver: { name: 'Lee' },
      successor: null,
      inTransfer: { id: first, leaver: { name: 'Lee' } },
      follows: null,
      retriedBy: null,
    };
    expect(nodes).toEqual([
      {
        ...common,
        position: 0,
        kind: 'CUSTOMER',
        reason: 'ALREADY_IN_TRANSFER',
        wecomCode: 40129,
        customer: { name: 'Customer 1' },
        group: null,
      },
      {
        ...common,
        position: 1,
        kind: 'GROUP',
        reason: 'GROUP_IN_PROGRESS',
        wecomCode: 90507,
        customer: null,
        group: { name: 'Buyers' },
      },
    ]);
    expect((await itemsOf(story, first)).nodes).toMatchObject([{ inTransfer: null }, { inTransfer: null }]);
  });

  test('gives back the id that nothing is known of, as the id of a customer or of a group', async () => {
    const story = await departing(baton, { customers: 1 });
    const unknown = ['Customer', 'CustomerGroup'].map((type) => encodeId(type, baton.app.ids.next()));
    const id = await transferCustomers(baton, story, {
      selection: { customerIds: [unknown[0]] },
      groups: { groupIds: [unknown[1]] },
    });

    const { nodes } = await itemsOf(story, id);

    expect(nodes).toMatchObject([
      { kind: 'CUSTOMER', reason: 'INVALID_CUSTOMER', customer: null, group: null, requestedId: unknown[0] },
      { kind: 'GROUP', reason: 'NOT_CUSTOMER_GROUP', customer: null, group: null, requestedId: unknown[1] },
    ]);
  });

  test('and the later try name each other', async () => {
    const story = await departing(baton, { customers: 1, waitHours: 1 });
    const { admin, ana, ben } = story;
    await prisma.member.update({ where: { id: ana.uuid }, data: { customerLimit: 1 } });
    const first = await transferCustomers(baton, story);
    await prisma.member.update({ where: { id: ana.uuid }, data: { status: 'DISABLED' } });
    baton.clock.advance(1);
    await baton.app.settle();
    const endedAt = baton.clock.now().toISOString();
    const later = await begin(baton, admin, 'retryTransfer', { transferId: first, successorIds: [ben.id] });

    const [earlier] = (await itemsOf(story, first)).nodes;
    const [retry] = (await itemsOf(story, later)).nodes;

    expect(earlier).toMatchObject({
      status: 'FAILED',
      reason: 'SUCCESSOR_DISABLED',
      endedAt,
      takenOverAt: null,
      follows: null,
      retriedBy: { transferId: later, position: 0, status: 'WAITING', attempt: 2 },
    });
    expect(retry).toMatchObject({
      status: 'WAITING',
      attempt: 2,
      endedAt: null,
      follows: { transferId: first, position: 0, status: 'FAILED' },
      retriedBy: null,
    });
  });

  test('is found by kind, status and reason, and the counters say how many of a kind or status there are', async () => {
    const story = await departing(baton, { customers: 2 });
    const { enterpriseId, leaver } = story;
    await ownGroup(baton, { enterpriseId, member: leaver, name: 'Buyers' });
    const unknown = encodeId('Customer', baton.app.ids.next());
    const id = await transferCustomers(baton, story, {
      selection: { customerIds: [story.customers[0]!.id, unknown, story.customers[1]!.id] },
      groups: { all: true },
    });
    await baton.app.settle();
    const found = async (filter: object) => {
      const { totalCount, nodes } = await itemsOf(story, id, filter);
      return { totalCount, places: nodes.map(({ position }) => position) };
    };

    expect(await found({})).toEqual({ totalCount: 4, places: [0, 1, 2, 3] });
    expect(await found({ kind: 'GROUP' })).toEqual({ totalCount: 1, places: [3] });
    expect(await found({ kind: 'CUSTOMER' })).toEqual({ totalCount: 3, places: [0, 1, 2] });
    expect(await found({ kind: 'CUSTOMER', status: ['COMPLETED'] })).toEqual({ totalCount: null, places: [0, 2] });
    expect(await found({ reason: ['INVALID_CUSTOMER'] })).toEqual({ totalCount: null, places: [1] });
    expect(await found({ reason: ['NOT_FOLLOWER'] })).toEqual({ totalCount: null, places: [] });
  });

  test('of a group is on the history of that group, for administrators alone', async () => {
    const story = await departing(baton, { customers: 1 });
    const { enterpriseId, leaver, admin, ana, ben } = story;
    const group = await ownGroup(baton, { enterpriseId, member: leaver, name: 'Buyers' });
    const selection = { groupIds: [group.id] };
    const first = await begin(baton, admin, 'transferGroups', {
      leaverId: leaver.id,
      successorIds: [ana.id],
      selection,
    });
    await baton.app.settle();
    const onJob = { kind: 'ON_JOB', leaverId: ana.id, successorIds: [ben.id], selection };
    const second = await begin(baton, admin, 'transferGroups', onJob);
    await baton.app.settle();
    const history = async (token: string) =>
      (
        await baton.ask(
          token,
          `query ($id: ID!) { node(id: $id) { ... on CustomerGroup {
             all: transferItems { nodes { transferId transferKind status leaver { name } successor { name } } }
             one: transferItems(first: 1) { nodes { transferId } pageInfo { hasNextPage endCursor } } } } }`,
          { id: group.id },
        )
      ).data['node'];

    const seen = await history(admin.token);

    expect(seen!['all']).toEqual({
      nodes: [
        {
          transferId: second,
          transferKind: 'ON_JOB',
          status: 'COMPLETED',
          leaver: { name: 'Ana' },
          successor: { name: 'Ben' },
        },
        {
          transferId: first,
          transferKind: 'RESIGNED',
          status: 'COMPLETED',
          leaver: { name: 'Lee' },
          successor: { name: 'Ana' },
        },
      ],
    });
    expect(seen!['one']).toMatchObject({ nodes: [{ transferId: second }], pageInfo: { hasNextPage: true } });
    expect(await history(ben.token)).toEqual({ all: null, one: null });
  });
});

describe('what did not go along', () => {
  const leftBehind = `{ items { nodes { outcome leftBehind { remark description tags { name } personalTagCount } } } }`;

  async function tagged(story: Departing, relationId: string) {
    const { enterpriseId, leaver } = story;
    const [group, corp, own, other] = Array.from({ length: 4 }, () => baton.app.ids.next()) as [
      string,
      string,
      string,
      string,
    ];
    await prisma.tagGroup.create({ data: { id: group, enterpriseId, name: 'Level' } });
    const personal = { enterpriseId, kind: 'PERSONAL', memberId: leaver.uuid } as const;
    await prisma.tag.createMany({
      data: [
        { id: corp, enterpriseId, kind: 'CORP', name: 'VIP', groupId: group },
        { ...personal, id: own, name: 'Likes tea' },
        { ...personal, id: other, name: 'Call late' },
      ],
    });
    await prisma.relationTag.createMany({
      data: [corp, own, other].map((tagId) => ({ relationId, tagId, enterpriseId })),
    });
    await prisma.relation.update({ where: { id: relationId }, data: { description: 'Three shops.' } });
  }

  async function leftBehindBy({ admin }: Departing, id: string) {
    const { data } = await baton.ask(admin.token, `query ($id: ID!) { transfer(id: $id) ${leftBehind} }`, { id });
    return data['transfer']!['items']!['nodes'];
  }

  test('is PERSONAL tags alone, where the transfer lets all travel; before the takeover it is nothing', async () => {
    const story = await departing(baton, { customers: 2, waitHours: 1 });
    await tagged(story, story.relations[0]!);
    const id = await transferCustomers(baton, story);
    const before = await leftBehindBy(story, id);
    baton.clock.advance(1);
    await baton.app.settle();

    expect(before).toEqual(Array(2).fill({ outcome: null, leftBehind: null }));
    const nothing = { remark: null, description: null, tags: [] };
    expect(await leftBehindBy(story, id)).toEqual([
      { outcome: 'MOVED', leftBehind: { ...nothing, personalTagCount: 2 } },
      { outcome: 'MOVED', leftBehind: { ...nothing, personalTagCount: 0 } },
    ]);
  });

  test('is what the transfer held back besides', async () => {
    const story = await departing(baton, { customers: 1 });
    await tagged(story, story.relations[0]!);
    const id = await transferCustomers(baton, story, { travels: { tags: false, remark: false, description: false } });
    await baton.app.settle();

    expect(await leftBehindBy(story, id)).toEqual([
      {
        outcome: 'MOVED',
        leftBehind: {
          remark: 'remark on Customer 1',
          description: 'Three shops.',
          tags: [{ name: 'VIP' }],
          personalTagCount: 2,
        },
      },
    ]);
  });

  test('is PERSONAL tags alone, where the successor served the customer already', async () => {
    const story = await departing(baton, { customers: 1 });
    const { enterpriseId, ana, customers } = story;
    await tagged(story, story.relations[0]!);
    await serve(baton, { enterpriseId, member: ana, customer: customers[0]! });
    const id = await transferCustomers(baton, story, { travels: { tags: false, remark: false } });
    await baton.app.settle();

    expect(await leftBehindBy(story, id)).toEqual([
      { outcome: 'MERGED', leftBehind: { remark: null, description: null, tags: [], personalTagCount: 2 } },
    ]);
  });
});
