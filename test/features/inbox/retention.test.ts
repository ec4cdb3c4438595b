import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterEach, describe, expect, test } from 'vitest';
import { pruneDue, startPruner } from '../../../src/app/pruner.js';
import { expireOldEvents, removeExpiredEvents } from '../../../src/features/inbox/inbox.js';
import { keyDays } from '../../../src/platform/idempotency.js';
import { openTestApp, type Answer } from '../../support/app.js';
import { openEventStream } from '../../support/event-stream.js';
import { departing } from '../../support/seed.js';
import { occur } from './inbox-seed.js';
import { settled } from '../../support/settled.js';

const baton = await openTestApp();
const { app, clock } = baton;
const { prisma } = app.db;
const url = process.env['TEST_DATABASE_URL'];

// What one test leaves would expire in the next.
afterEach(async () => {
  await prisma.inboxEvent.deleteMany();
  await prisma.fact.deleteMany();
  await prisma.inboxMark.deleteMany();
  await prisma.inboxPruning.deleteMany();
  await prisma.inboxEpoch.update({ where: { id: 1 }, data: { prunedXid: 0n } });
});

/** A member of a company that keeps events for so many days. */
async function someMember(eventRetentionDays: number) {
  const { enterpriseId, ana } = await departing(baton, { customers: 0 });
  await prisma.enterprise.update({ where: { id: enterpriseId }, data: { eventRetentionDays } });
  const token = () => baton.tokenOf({ kind: 'member', id: ana.uuid, enterpriseId });
  return { enterpriseId, recipientId: ana.uuid, token };
}
type SomeMember = Awaited<ReturnType<typeof someMember>>;

/** Lets so many days go by, with a pruning at the end of each. */
async function pass(days: number, limit?: number): Promise<{ events: number; facts: number; keys: number }> {
  const sum = { events: 0, facts: 0, keys: 0 };
  await settled(app.db);
  for (let day = 0; day < days; day++) {
    if (day === 0) await pruneDue(app);
    clock.advance(24);
    const { events, facts, keys } = await pruneDue(app, undefined, limit);
    sum.events += events;
    sum.facts += facts;
    sum.keys += keys;
  }
  return sum;
}

const list = `query ($after: String) { assignmentNotifications(after: $after, first: 100) { headCursor nodes { note cursor } } }`;
type Listed = { assignmentNotifications: { headCursor: string; nodes: { note: string; cursor: string }[] } };

/** The notes in a member's inbox, or why they cannot be read from there. */
async function read(member: SomeMember, after: string | null = null) {
  const { data, errors } = await baton.ask<Listed | null>(await member.token(), list, { after });
  const reason = (errors?.[0]?.extensions as { reason?: string } | undefined)?.reason;
  return {
    got: reason ?? data?.assignmentNotifications.nodes.map(({ note }) => note),
    nodes: data?.assignmentNotifications.nodes ?? [],
    head: data?.assignmentNotifications.headCursor ?? '',
    errors,
  };
}

const left = async () => ({ events: await prisma.inboxEvent.count(), facts: await prisma.fact.count() });

describe('events', () => {
  test.each([1, 2, 1000])(
    'are removed with their facts when they are older than their company keeps, in chunks of %d, and no others',
    async (limit) => {
      const [short, long] = [await someMember(2), await someMember(5)];
      await occur(app.db, short, { first: 1, count: 3 });
      await occur(app.db, long, { first: 1, count: 3 });
      await occur(app.db, short, { first: 4, count: 2 });
      expect(await pass(1, limit)).toEqual({ events: 0, facts: 0, keys: 0 });
      await occur(app.db, short, { first: 6 });
      await occur(app.db, long, { first: 4 });

      expect(await pass(1, limit)).toEqual({ events: 5, facts: 5, keys: 0 });
      expect([(await read(short)).got, (await read(long)).got]).toEqual([['6'], ['1', '2', '3', '4']]);
      // That day's mark was made before the sixth event, and the next one stands for it; or after it, where the server's horizon was
      // held back until then.
      expect(await pass(2, limit)).toEqual({ events: 1, facts: 1, keys: 0 });
      expect(await pass(1, limit)).toEqual({ events: 3, facts: 3, keys: 0 });

      expect([(await read(short)).got, (await read(long)).got]).toEqual([[], ['4']]);
      expect(await left()).toEqual({ events: 1, facts: 1 });
    },
  );

  test('are all there until the last moment, whatever prunes', async () => {
    const member = await someMember(2);
    const before = await read(member);
    await occur(app.db, member, { first: 1, count: 3 });
    await settled(app.db);
    await pruneDue(app);
    const kept = await read(member);

    clock.advance(48 - 1 / 3600);
    expect(await pruneDue(app)).toEqual({ events: 0, facts: 0, keys: 0 });
    expect((await read(member, before.head)).got).toEqual(['1', '2', '3']);
    expect(await left()).toEqual({ events: 3, facts: 3 });

    clock.advance(1 / 3600);
    expect(await pruneDue(app)).toEqual({ events: 3, facts: 3, keys: 0 });
    expect((await read(member, before.head)).got).toBe('EXPIRED');
    expect((await read(member, kept.nodes.at(-1)?.cursor)).got).toBe('EXPIRED');
    expect((await read(member, kept.head)).got).toEqual([]);
  });

  test('that are told to many are removed with the one fact, though a chunk ends between them', async () => {
    const [one, other] = [await someMember(1), await someMember(1)];
    const factId = randomUUID();
    const { enterpriseId } = one;
    await prisma.$transaction(async (tx) => {
      await tx.fact.create({ data: { id: factId, enterpriseId, type: 'TAKEOVER', occurredAt: clock.now() } });
      for (let told = 0; told < 10; told++) {
        const recipientId = told % 2 ? one.recipientId : other.recipientId;
        await tx.inboxEvent.create({ data: { enterpriseId, recipientId, type: 'CUSTOMERS_ASSIGNED', factId } });
      }
    });

    expect(await pass(1, 3)).toEqual({ events: 10, facts: 1, keys: 0 });
    expect(await left()).toEqual({ events: 0, facts: 0 });
  });

  test('have expired for every cursor before the first of them is gone, and a crash in between changes nothing', async () => {
    const member = await someMember(1);
    for (const first of [1, 2, 3]) await occur(app.db, member, { first });
    await settled(app.db);
    await expireOldEvents(app);
    const { nodes } = await read(member);
    const cursors = nodes.map(({ cursor }) => cursor);
    await occur(app.db, member, { first: 4 });
    await settled(app.db);
    clock.advance(24);

    await expireOldEvents(app);
    const readAll = () => Promise.all(cursors.map(async (cursor) => (await read(member, cursor)).got));

    expect(await left()).toEqual({ events: 4, facts: 4 });
    expect(await readAll()).toEqual(['EXPIRED', 'EXPIRED', 'EXPIRED']);
    for (const remain of [3, 2, 1]) {
      expect(await removeExpiredEvents(app, 1)).toEqual({ events: 1, facts: 1 });
      expect((await read(member)).got).toEqual(['1', '2', '3', '4'].slice(-remain));
      expect(await readAll()).toEqual(['EXPIRED', 'EXPIRED', 'EXPIRED']);
    }
    // Nothing was full, so the last chunk has yet to find that nothing is left.
    while (await removeExpiredEvents(app, 1));
    expect((await read(member)).got).toEqual(['4']);
  });

  test('go on from the resync, by the list and by the subscription, with all that is kept', async () => {
    const member = await someMember(1);
    const { head } = await read(member);
    await occur(app.db, member, { first: 1, count: 2 });
    expect(await pass(1)).toMatchObject({ events: 2 });
    await occur(app.db, member, { first: 3, count: 2 });
    await settled(app.db);

    const { errors } = await read(member, head);
    const word = errors?.[0]?.extensions as unknown as { code: string; reason: string; cursor: string };
    expect(word).toMatchObject({ code: 'RESYNC_REQUIRED', reason: 'EXPIRED' });
    expect((await read(member, word.cursor)).got).toEqual(['3', '4']);

    const stream = await openEventStream(
      baton,
      await member.token(),
      `subscription ($after: String) { assignmentNotifications(after: $after) {
         ... on AssignmentNotification { note } ... on ResyncRequired { reason cursor } } }`,
      { after: head },
    );
    const pushed = [await stream.next(), await stream.next(), await stream.next()];
    await stream.close();
    expect(pushed.map(({ data }) => data?.['assignmentNotifications'])).toEqual([
      { reason: 'EXPIRED', cursor: word.cursor },
      { note: '3' },
      { note: '4' },
    ]);
  });

  test('are kept by the setting as it is: less expires more at once, more brings nothing back', async () => {
    const member = await someMember(5);
    const { head } = await read(member);
    await occur(app.db, member, { first: 1 });
    await pass(2);
    await occur(app.db, member, { first: 2 });
    await settled(app.db);
    expect((await read(member, head)).got).toEqual(['1', '2']);
    const setTo = (eventRetentionDays: number) =>
      prisma.enterprise.update({ where: { id: member.enterpriseId }, data: { eventRetentionDays } });

    await setTo(1);
    expect(await pruneDue(app)).toMatchObject({ events: 1 });
    await setTo(3650);
    expect(await pruneDue(app)).toMatchObject({ events: 0 });

    expect((await read(member)).got).toEqual(['2']);
    expect((await read(member, head)).got).toBe('EXPIRED');
  });

  test('are pruned by any number of instances at once, each of them once', async () => {
    const members = await Promise.all(Array.from({ length: 4 }, () => someMember(1)));
    for (const member of members) for (const first of [1, 11, 21]) await occur(app.db, member, { first, count: 10 });
    await settled(app.db);
    await pruneDue(app);
    clock.advance(24);

    const pruned = await Promise.all(Array.from({ length: 6 }, () => pruneDue(app, undefined, 7)));
    // Whoever found all companies taken by others went home: what those left is the next one's.
    pruned.push(await pruneDue(app));

    expect(pruned.reduce((sum, { events }) => sum + events, 0)).toBe(120);
    expect(pruned.reduce((sum, { facts }) => sum + facts, 0)).toBe(120);
    expect(await left()).toEqual({ events: 0, facts: 0 });
  });

  test.runIf(url)('of a transaction that still ran when time was marked are not older for it', async () => {
    const member = await someMember(1);
    const database = await prisma.$queryRaw<{ name: string }[]>`SELECT current_database() AS name`;
    const address = new URL(url ?? '');
    address.pathname = `/${database[0]?.name}`;
    const slow = new pg.Client({ connectionString: address.href });
    await slow.connect();
    await slow.query('BEGIN');
    await slow.query(
      `WITH happened AS (
         INSERT INTO fact (id, enterprise_id, type, occurred_at, note)
         VALUES (gen_random_uuid(), $1, 'TAKEOVER', now(), 'late') RETURNING id)
       INSERT INTO inbox_event (enterprise_id, recipient_id, type, fact_id)
       SELECT $1, $2, 'CUSTOMERS_ASSIGNED', id FROM happened`,
      [member.enterpriseId, member.recipientId],
    );
    await occur(app.db, member, { first: 1 });
    await pruneDue(app);
    await slow.query('COMMIT');
    await slow.end();
    await settled(app.db);
    clock.advance(23);
    await pruneDue(app);
    clock.advance(1);

    expect(await pruneDue(app)).toEqual({ events: 0, facts: 0, keys: 0 });
    expect((await read(member)).got).toEqual(['late', '1']);
    clock.advance(23);
    expect(await pruneDue(app)).toEqual({ events: 2, facts: 2, keys: 0 });
  });
});

test('a key is remembered for 30 days, and forgotten in chunks', async () => {
  const { admin, enterpriseId } = await departing(baton, { customers: 0 });
  const create = async (name: string, idempotencyKey: string) => {
    const token = await baton.tokenOf({ kind: 'member', id: admin.uuid, enterpriseId });
    const { data } = await baton.ask<{ createTag: Answer }>(
      token,
      `mutation ($input: CreateTagInput!) { createTag(input: $input) { tag { id } userErrors { code } } }`,
      { input: { name, kind: 'PERSONAL', idempotencyKey } },
    );
    return data.createTag;
  };
  const first = await create('one', 'a');
  for (const key of ['b', 'c', 'd']) await create(key, key);
  const keys = () => prisma.idempotencyKey.count({ where: { enterpriseId } });

  clock.advance(keyDays * 24);
  expect(await pruneDue(app)).toMatchObject({ keys: 0 });
  expect(await create('one', 'a')).toEqual(first);
  expect(await keys()).toBe(4);

  clock.advance(1);
  expect(await pruneDue(app, undefined, 3)).toMatchObject({ keys: 4 });
  expect(await keys()).toBe(0);
});

test('the pruner prunes by itself, and ends when it is told to', async () => {
  const member = await someMember(1);
  await occur(app.db, member, { first: 1, count: 10 });
  await settled(app.db);
  await pruneDue(app);
  clock.advance(24);

  {
    await using _pruner = startPruner(app, { first: 0 });
    await expect.poll(left).toEqual({ events: 0, facts: 0 });
  }

  expect((await read(member)).got).toEqual([]);
});
