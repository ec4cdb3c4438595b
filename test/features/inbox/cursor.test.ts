import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { createApp } from '../../../src/app/app.js';
import { createGraphqlHandler, type BatonYoga } from '../../../src/app/http.js';
import { pruneDue } from '../../../src/app/pruner.js';
import { encodeCursor } from '../../../src/features/inbox/inbox-cursor.js';
import { markRestored } from '../../../src/features/inbox/inbox.js';
import { readHorizon } from '../../../src/features/inbox/inbox.store.js';
import { Prisma } from '../../../src/generated/prisma/client.js';
import { decodeId } from '../../../src/graphql/ids.js';
import { openTestApp } from '../../support/app.js';
import { openEventStream } from '../../support/event-stream.js';
import { departing } from '../../support/seed.js';
import { notes, occur } from './inbox-seed.js';
import { settled } from '../../support/settled.js';

/*
 * The acceptance table for a cursor, whole: every way to use one, for both inboxes and both ways to read them. What is said of a
 * cursor is the same for all four, and so is what comes after it.
 */

const baton = await openTestApp();
const { app, clock } = baton;
const { prisma } = app.db;

const inboxes = [
  { inbox: 'assignmentNotifications', node: 'AssignmentNotification', type: 'CUSTOMERS_ASSIGNED' },
  { inbox: 'customerNotices', node: 'CustomerNotice', type: 'TAKEOVER_COMPLETED' },
] as const;
type Inbox = (typeof inboxes)[number];

/** A reader of an inbox of this kind, whose events are told apart by notes. */
async function someone({ inbox, node, type }: Inbox) {
  const { enterpriseId, ana, customers } = await departing(baton, { customers: 1 });
  const [customer] = customers;
  if (!customer) throw new Error('The story has a customer.');
  const kind = inbox === 'customerNotices' ? ('customer' as const) : ('member' as const);
  const me = kind === 'customer' ? customer : ana;
  const recipient = { enterpriseId, recipientId: me.uuid };
  // Time passes in these stories, and tokens do not last so long.
  const token = () => baton.tokenOf({ kind, id: me.uuid, enterpriseId });
  const list = async (args: object, yoga: BatonYoga = baton.yoga): Promise<Listed> => {
    const response = await yoga.fetch('http://baton.test/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${await token()}` },
      body: JSON.stringify({
        query: `query ($after: String, $first: Int) { inbox: ${inbox}(after: $after, first: $first) {
          headCursor nodes { id cursor } pageInfo { hasNextPage endCursor } } }`,
        variables: args,
      }),
    });
    return (await response.json()) as Listed;
  };
  return {
    recipient,
    token,
    list,
    subscription: `subscription ($after: String) { inbox: ${inbox}(after: $after) {
      ... on ${node} { id cursor } ... on ResyncRequired { reason message cursor } } }`,
    happen: async (first: number, count = 1) => {
      await occur(app.db, recipient, { first, count, type });
      app.wakeup.wake();
    },
    /** The cursor of each event there is, and of the head. */
    cursors: async () => {
      await settled(app.db);
      const { data } = await list({ first: 100 });
      return { head: data?.inbox.headCursor ?? '', of: data?.inbox.nodes.map(({ cursor }) => cursor) ?? [] };
    },
    forge: (epoch: string, xid: bigint, id = 0n, of = me.uuid) => encodeCursor(of, { epoch, position: { xid, id } }),
  };
}
type Someone = Awaited<ReturnType<typeof someone>>;

interface Listed {
  readonly data: {
    readonly inbox: {
      readonly headCursor: string;
      readonly nodes: { readonly id: string; readonly cursor: string }[];
      readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
    };
  } | null;
  readonly errors?: { readonly extensions: { code: string; reason?: string; cursor?: string } }[];
}

/** What comes after a cursor, one by one: an event as its id, a resync as its reason, a refusal as its code. */
type Following = AsyncGenerator<string, void, undefined>;

async function* subscribed(who: Someone, after: string, yoga: BatonYoga = baton.yoga): Following {
  const stream = await openEventStream({ yoga }, await who.token(), who.subscription, { after });
  try {
    for (;;) {
      const { data, errors } = await stream.next();
      if (errors) return void (yield String(errors[0]?.extensions.code));
      yield String(data?.['inbox']?.['id'] ?? data?.['inbox']?.['reason']);
    }
  } finally {
    await stream.close();
  }
}

async function* pulled(who: Someone, after: string, yoga: BatonYoga = baton.yoga): Following {
  for (let place = after; ;) {
    const { data, errors } = await who.list({ after: place, first: 100 }, yoga);
    if (data) {
      for (const { id } of data.inbox.nodes) yield id;
      // At the end, the head is as good a place as the last event.
      place = data.inbox.pageInfo.hasNextPage ? String(data.inbox.pageInfo.endCursor) : data.inbox.headCursor;
      if (data.inbox.nodes.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      continue;
    }
    const { code, reason, cursor } = errors?.[0]?.extensions ?? { code: 'nothing' };
    yield reason ?? code;
    if (cursor === undefined) return;
    place = cursor;
  }
}

/** The next so many, events by their notes. */
async function take(who: Someone, following: Following, count: number): Promise<string[]> {
  const taken: string[] = [];
  while (taken.length < count) {
    const next = await following.next();
    if (next.done) break;
    taken.push(next.value);
  }
  const rows = await app.db.query<{ place: string; note: string }>(Prisma.sql`
    SELECT e.xid || '-' || e.id AS place, f.note FROM inbox_event e JOIN fact f ON f.id = e.fact_id
    WHERE e.recipient_id = ${who.recipient.recipientId}::uuid`);
  const noteAt = new Map(rows.map(({ place, note }) => [place, note]));
  return taken.map((name) => (/^[A-Z_]+$/.test(name) ? name : (noteAt.get(decodeId(name).id) ?? name)));
}

const ways = [
  ['the subscription', subscribed],
  ['the pull query', pulled],
] as const;
const all = inboxes.flatMap((inbox) => ways.map(([way, read]) => ({ ...inbox, way, read })));

/** A position: what has happened, which cursor is given, and what comes then, before what happens next. */
const honoured: Record<string, (who: Someone) => Promise<{ cursor: string; expected: string[] }>> = {
  'an empty inbox': async (who) => ({ cursor: (await who.cursors()).head, expected: [] }),
  'from a position': async (who) => {
    await who.happen(1, 2);
    await who.happen(3, 3);
    return { cursor: (await who.cursors()).of[1] ?? '', expected: ['3', '4', '5'] };
  },
  'from a position within a transaction': async (who) => {
    await who.happen(1, 5);
    return { cursor: (await who.cursors()).of[2] ?? '', expected: ['4', '5'] };
  },
  'more than one page': async (who) => {
    const { head } = await who.cursors();
    for (const first of [1, 401, 801]) await who.happen(first, 400);
    await settled(app.db);
    return { cursor: head, expected: notes(1, 1200) };
  },
  'a position at the head': async (who) => {
    await who.happen(1, 3);
    return { cursor: (await who.cursors()).head, expected: [] };
  },
  'the position of the last event': async (who) => {
    await who.happen(1, 3);
    return { cursor: (await who.cursors()).of[2] ?? '', expected: [] };
  },
  'a position ahead of the head': async (who) => {
    await who.happen(1);
    await settled(app.db);
    const { epoch, xid } = await readHorizon(app);
    return { cursor: who.forge(epoch, xid + 1_000_000n), expected: ['AHEAD'] };
  },
  'a position that has expired': async (who) => {
    const { head } = await who.cursors();
    await who.happen(1, 3);
    await settled(app.db);
    clock.advance(2);
    await pruneDue(app);
    await who.happen(4, 2);
    clock.advance(90 * 24);
    await pruneDue(app);
    return { cursor: head, expected: ['EXPIRED', '4', '5'] };
  },
  'the position of an event that has expired': async (who) => {
    await who.happen(1, 3);
    const { of } = await who.cursors();
    clock.advance(2);
    await pruneDue(app);
    clock.advance(90 * 24);
    await pruneDue(app);
    return { cursor: of[2] ?? '', expected: ['EXPIRED'] };
  },
  'a position from another epoch': async (who) => {
    await who.happen(1, 3);
    const { of } = await who.cursors();
    await markRestored(app);
    return { cursor: of[0] ?? '', expected: ['OTHER_EPOCH'] };
  },
};

/** What is no cursor of this inbox. */
const refused: Record<string, (who: Someone, inbox: Inbox) => Promise<string>> = {
  "another recipient's cursor": async (who, inbox) => {
    const other = await someone(inbox);
    await who.happen(1);
    await other.happen(1);
    return (await other.cursors()).of[0] ?? '';
  },
  "another recipient's head": async (_who, inbox) => (await (await someone(inbox)).cursors()).head,
  'a malformed cursor': async () => 'x',
  'an empty text': async () => '',
  'a cursor with something behind it': async (who) => `${(await who.cursors()).head}AA`,
  'a cursor of a number that is none': async (who) => who.forge((await readHorizon(app)).epoch, 2n ** 63n),
};

describe.each(all)('a cursor in $way of $inbox', (inbox) => {
  const { read } = inbox;

  test.each(Object.entries(honoured))('%s', async (_name, given) => {
    const who = await someone(inbox);
    const { cursor, expected } = await given(who);
    const following = read(who, cursor);

    expect(await take(who, following, expected.length)).toEqual(expected);

    // And nothing else: the next is what happens next.
    const next = take(who, following, 1);
    await who.happen(9999);
    expect(await next).toEqual(['9999']);
    await following.return();
  });

  test.each(Object.entries(refused))('%s is BAD_USER_INPUT, and yields nothing', async (_name, given) => {
    const who = await someone(inbox);
    await who.happen(1);
    const following = read(who, await given(who, inbox));

    expect(await take(who, following, 2)).toEqual(['BAD_USER_INPUT']);
  });

  test('events committed between replay and follow', async () => {
    const who = await someone(inbox);
    const { head } = await who.cursors();
    await who.happen(1, 300);
    const following = read(who, head);
    const got = take(who, following, 900);

    for (let first = 301; first <= 900; first += 20) await who.happen(first, 20);

    expect(await got).toEqual(notes(1, 900));
    await following.return();
  });

  test('the same cursor on another instance', async () => {
    const who = await someone(inbox);
    await who.happen(1, 3);
    const cursor = (await who.cursors()).of[0] ?? '';
    await using other = await createApp(app.config, { clock, db: app.db, log: app.log });
    const there = read(who, cursor, createGraphqlHandler(other));
    const here = read(who, cursor);

    expect(await take(who, there, 2)).toEqual(['2', '3']);
    expect(await take(who, here, 2)).toEqual(['2', '3']);
    await who.happen(4);
    other.wakeup.wake();
    expect(await take(who, there, 1)).toEqual(['4']);
    expect(await take(who, here, 1)).toEqual(['4']);
    await there.return();
    await here.return();
  });

  // PGlite has one connection, and so no transaction that is late.
  test.runIf(process.env['TEST_DATABASE_URL'])('a late commit below the head', async () => {
    const who = await someone(inbox);
    const { head } = await who.cursors();
    const [own] = await prisma.$queryRaw<{ name: string }[]>`SELECT current_database() AS name`;
    const url = new URL(process.env['TEST_DATABASE_URL'] ?? '');
    url.pathname = `/${own?.name}`;
    const slow = new pg.Client({ connectionString: url.href });
    await slow.connect();
    await slow.query('BEGIN');
    await slow.query(
      `WITH happened AS (
         INSERT INTO fact (id, enterprise_id, type, occurred_at, note)
         VALUES (gen_random_uuid(), $1, 'TAKEOVER', now(), '1') RETURNING id)
       INSERT INTO inbox_event (enterprise_id, recipient_id, type, fact_id) SELECT $1, $2, $3::"InboxEventType", id FROM happened`,
      [who.recipient.enterpriseId, who.recipient.recipientId, inbox.type],
    );
    const following = read(who, head);
    const got = take(who, following, 3);

    await who.happen(2);
    const { data } = await who.list({ after: head });
    await slow.query('COMMIT');
    await slow.end();
    await who.happen(3);

    expect(data?.inbox.nodes).toEqual([]);
    expect(await got).toEqual(['1', '2', '3']);
    await following.return();
  });
});
