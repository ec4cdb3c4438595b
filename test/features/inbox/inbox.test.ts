import { describe, expect, test } from 'vitest';
import { encodeCursor } from '../../../src/features/inbox/inbox-cursor.js';
import { readHorizon } from '../../../src/features/inbox/inbox.store.js';
import { openTestApp, type Answer } from '../../support/app.js';
import { departing, type Departing, type Person } from '../../support/seed.js';
import { notes, occur } from './inbox-seed.js';
import { settled } from '../../support/settled.js';

const baton = await openTestApp();
const { app } = baton;

async function handOver(story: Departing, input: object = {}): Promise<void> {
  const { data } = await baton.ask(
    story.admin.token,
    'mutation ($input: TransferCustomersInput!) { transferCustomers(input: $input) { userErrors { message } } }',
    {
      input: {
        leaverId: story.leaver.id,
        selection: { all: true },
        successorIds: [story.ana.id, story.ben.id],
        ...input,
      },
    },
  );
  expect(data['transferCustomers']).toEqual({ userErrors: [] });
  await app.settle();
  await settled(app.db);
}

describe('after a takeover', () => {
  test('the successor reads what came, from whom, and with which note', async () => {
    const story = await departing(baton, { customers: 5 });
    await handOver(story, { note: 'See the open orders.' });

    const { data } = await baton.ask(
      story.ana.token,
      `{ assignmentNotifications { nodes {
           createdAt acknowledgedAt transferKind leaverName leaver { name } note customerCount
           customers(first: 2) { nodes { customer { name } } pageInfo { hasNextPage endCursor } } } } }`,
    );

    expect(data['assignmentNotifications']).toEqual({
      nodes: [
        {
          createdAt: app.clock.now().toISOString(),
          acknowledgedAt: null,
          transferKind: 'RESIGNED',
          leaverName: 'Lee',
          leaver: { name: 'Lee' },
          note: 'See the open orders.',
          customerCount: 3,
          customers: {
            nodes: [{ customer: { name: 'Customer 1' } }, { customer: { name: 'Customer 3' } }],
            pageInfo: { hasNextPage: true, endCursor: expect.any(String) as string },
          },
        },
      ],
    });
  });

  test('the customers of a notification page on, and leave out who was handed on since', async () => {
    const story = await departing(baton, { customers: 5 });
    await handOver(story);
    await app.db.prisma.relation.updateMany({
      where: { enterpriseId: story.enterpriseId, customerId: story.customers[2]?.uuid ?? '' },
      data: { memberId: story.ben.uuid },
    });
    const page = async (after?: string) => {
      const { data } = await baton.ask<{ assignmentNotifications: { nodes: { customers: Answer }[] } }>(
        story.ana.token,
        `query ($after: String) { assignmentNotifications { nodes {
           customers(first: 1, after: $after) { nodes { customer { name } } pageInfo { hasNextPage endCursor } } } } }`,
        { after },
      );
      return data.assignmentNotifications.nodes[0]?.customers as unknown as {
        nodes: { customer: { name: string } }[];
        pageInfo: { hasNextPage: boolean; endCursor: string };
      };
    };

    const first = await page();
    const second = await page(first.pageInfo.endCursor);

    const names = [first, second].map(({ nodes }) => nodes.map(({ customer }) => customer.name));
    expect(names).toEqual([['Customer 1'], ['Customer 5']]);
    expect(second.pageInfo.hasNextPage).toBe(false);
  });

  test('the customer reads who serves them now, in the words of the transfer', async () => {
    const story = await departing(baton, { customers: 1 });
    await handOver(story, { customerMessage: '{successor} follows {leaver}.' });

    const { data } = await baton.ask(
      story.customers[0]?.token ?? null,
      '{ customerNotices { nodes { type text leaverName successorName contact } } }',
    );

    expect(data['customerNotices']).toEqual({
      nodes: [
        {
          type: 'COMPLETED',
          text: 'Ana follows Lee.',
          leaverName: 'Lee',
          successorName: 'Ana',
          contact: expect.stringContaining('ana') as string,
        },
      ],
    });
  });
});

const inboxes = [
  ['assignmentNotifications', 'note', 'ana', 'CUSTOMERS_ASSIGNED'],
  ['customerNotices', 'id', 'customer', 'TAKEOVER_COMPLETED'],
] as const;

describe.each(inboxes)('the list %s', (list, _field, who, type) => {
  const open = async (events: number) => {
    const story = await departing(baton, { customers: 1 });
    const [first] = story.customers;
    if (!first) throw new Error('The story has a customer.');
    const reader: Person = who === 'ana' ? story.ana : first;
    const recipient = { enterpriseId: story.enterpriseId, recipientId: reader.uuid };
    if (events > 0) await occur(app.db, recipient, { first: 1, count: events, type });
    await settled(app.db);
    const read = (args: Record<string, unknown> = {}) =>
      baton.ask<Record<string, Answer & { nodes: { id: string; cursor: string }[] }>>(
        reader.token,
        `query ($after: String, $first: Int, $filter: InboxFilter) {
           ${list}(after: $after, first: $first, filter: $filter) {
             headCursor edges { cursor } nodes { id cursor } pageInfo { hasNextPage endCursor } } }`,
        args,
      );
    return { story, reader, recipient, read };
  };

  test('of an empty inbox is empty, and names the place from which to follow', async () => {
    const { read, recipient } = await open(0);
    const { data } = await read();
    expect(data[list]).toMatchObject({ nodes: [], pageInfo: { hasNextPage: false, endCursor: null } });

    await occur(app.db, recipient, { first: 1, type });
    await settled(app.db);
    const after = await read({ after: data[list]?.['headCursor'] });
    expect(after.data[list]?.nodes).toHaveLength(1);
  });

  test('pages on from a cursor, oldest first, until the head', async () => {
    const { read } = await open(5);
    const all = (await read()).data[list]?.nodes ?? [];
    const seen: string[] = [];
    let after: unknown = null;
    for (let page = 0; page < 3; page++) {
      const { data } = await read({ first: 2, after });
      seen.push(...(data[list]?.nodes ?? []).map(({ id }) => id));
      after = data[list]?.['pageInfo']?.['endCursor'];
    }
    const end = await read({ after });

    expect(all).toHaveLength(5);
    expect(seen).toEqual(all.map(({ id }) => id));
    expect(end.data[list]?.nodes).toEqual([]);
  });

  test.each([
    ['malformed', () => 'x'],
    ['malformed within', () => Buffer.from('a/b/c/d').toString('base64url')],
    ['empty', () => ''],
    [
      'beyond a number',
      (epoch: string, me: string) => encodeCursor(me, { epoch, position: { xid: 2n ** 63n, id: 1n } }),
    ],
    ["another recipient's", (epoch: string) => encodeCursor('another', { epoch, position: { xid: 1n, id: 1n } })],
  ])('refuses a cursor that is %s', async (_what, cursorOf) => {
    const { read, reader } = await open(1);
    const { epoch } = await readHorizon(app);
    const { data, errors } = await read({ after: cursorOf(epoch, reader.uuid) });
    expect(data).toBeNull();
    expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  });

  test.each([
    ['ahead of the head', 'AHEAD', { ahead: 1000n }],
    ['of another epoch', 'OTHER_EPOCH', { epoch: 'another' }],
  ])(
    'asks for a resync from a cursor %s, and says from where to go on',
    async (_what, reason, { ahead = 0n, epoch }: { ahead?: bigint; epoch?: string }) => {
      const { read, reader } = await open(2);
      const horizon = await readHorizon(app);
      const position = { xid: horizon.xid + ahead, id: 0n };
      const { errors } = await read({ after: encodeCursor(reader.uuid, { epoch: epoch ?? horizon.epoch, position }) });

      expect(errors?.[0]?.extensions).toMatchObject({ code: 'RESYNC_REQUIRED', reason });
      const { cursor } = errors?.[0]?.extensions as unknown as { cursor: string };
      expect((await read({ after: cursor })).data[list]?.nodes).toEqual([]);
    },
  );

  test('asks for a resync from a cursor that has expired, and goes on with what is kept', async () => {
    const { read, recipient, reader } = await open(1);
    await occur(app.db, recipient, { first: 2, type });
    await settled(app.db);
    const [first, second] = (await read()).data[list]?.nodes ?? [];
    const rows = await app.db.prisma.inboxEvent.findMany({
      where: { recipientId: reader.uuid },
      orderBy: { xid: 'asc' },
    });
    const { enterpriseId } = recipient;
    await app.db.prisma.inboxPruning.create({ data: { enterpriseId, prunedXid: rows[1]?.xid ?? 0n } });

    const { errors } = await read({ after: first?.cursor });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'RESYNC_REQUIRED', reason: 'EXPIRED' });
    const { cursor } = errors?.[0]?.extensions as unknown as { cursor: string };
    expect((await read({ after: cursor })).data[list]?.nodes).toEqual([second]);
  });

  test('more than 100 at a time is refused', async () => {
    const { read } = await open(0);
    expect((await read({ first: 101 })).errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  });

  test('its events are nodes to their reader, and to nobody else', async () => {
    const { read, reader, story } = await open(2);
    const ids = (await read()).data[list]?.nodes.map(({ id }) => id) ?? [];
    const nodes = async (token: string) =>
      (await baton.ask<{ nodes: unknown }>(token, 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids })).data;

    expect(await nodes(reader.token)).toEqual({ nodes: ids.map((id) => ({ id })) });
    for (const other of [story.ben, story.admin]) {
      const answer = await nodes(other.token);
      expect(answer?.nodes ?? [null, null]).toEqual([null, null]);
    }
  });
});

test('acknowledging what is not in the own inbox changes nothing, and says so to nobody', async () => {
  const story = await departing(baton, { customers: 1 });
  const mine = { enterpriseId: story.enterpriseId, recipientId: story.ana.uuid };
  await occur(app.db, mine, { first: 1, count: 2 });
  await settled(app.db);
  const { data } = await baton.ask<{ assignmentNotifications: { nodes: { id: string; note: string }[] } }>(
    story.ana.token,
    '{ assignmentNotifications { nodes { id note } } }',
  );
  const ids = data.assignmentNotifications.nodes.map(({ id }) => id);

  const answer = await baton.ask(
    story.ben.token,
    `mutation ($input: AcknowledgeNotificationsInput!) {
       acknowledgeNotifications(input: $input) { acknowledgedCount unreadCount userErrors { code } } }`,
    { input: { ids } },
  );

  expect(data.assignmentNotifications.nodes.map(({ note }) => note)).toEqual(notes(1, 2));
  expect(answer.data['acknowledgeNotifications']).toEqual({ acknowledgedCount: 0, unreadCount: 0, userErrors: [] });
  const left = await app.db.prisma.inboxEvent.count({ where: { recipientId: story.ana.uuid, acknowledgedAt: null } });
  expect(left).toBe(2);
});
