import { afterEach, describe, expect, test } from 'vitest';
import { createGraphqlHandler } from '../../src/app/http.js';
import { encodeCursor } from '../../src/features/inbox/inbox-cursor.js';
import { feedOf } from '../../src/features/inbox/inbox.js';
import { readHorizon } from '../../src/features/inbox/inbox.store.js';
import { notes, occur } from '../features/inbox/inbox-seed.js';
import { settled } from '../support/settled.js';
import { openTestApp } from '../support/app.js';
import { departing } from '../support/seed.js';
import { hire, notifications, openDoors } from './open-doors.js';
import { PlainStream, type StreamEvent } from './plain-stream.js';

const here = await openTestApp();
const { app, ask, tokenOf } = here;
const limits = { heartbeatMs: 1_000, stallMs: 2_000 };
const yoga = createGraphqlHandler(app, limits);
const doors = await openDoors({ app, yoga });
const streams: PlainStream[] = [];

afterEach(async () => {
  for (const stream of streams.splice(0)) stream.stop();
  await expect.poll(() => feedOf(here.served).size, { timeout: 10_000 }).toBe(0);
});

async function someMember() {
  const member = await hire(here);
  return { member, token: await tokenOf({ kind: 'member', ...member }) };
}
type Somebody = Awaited<ReturnType<typeof someMember>>;

async function follow({ token }: Somebody, { after, lastEventId }: { after?: string; lastEventId?: string } = {}) {
  const stream = await PlainStream.open(doors.port, token, notifications, {
    variables: { after },
    ...(lastEventId !== undefined && { headers: { 'last-event-id': lastEventId } }),
  });
  streams.push(stream);
  return stream;
}

async function happen({ member }: Somebody, first: number, count = 1): Promise<void> {
  await occur(app.db, member, { first, count });
  app.wakeup.wake();
}

async function headOf({ token }: Somebody): Promise<string> {
  const { data } = await ask(token, '{ assignmentNotifications { headCursor } }');
  return data['assignmentNotifications']?.['headCursor'] as unknown as string;
}

/** What an event is for a test: its note, the reason of a resync, or the code of a refusal. */
function nameOf({ data }: StreamEvent): unknown {
  const event = data?.data?.['assignmentNotifications'];
  return event?.['note'] ?? event?.['reason'] ?? data?.errors?.[0]?.extensions.code;
}

async function take(stream: PlainStream, count: number): Promise<unknown[]> {
  const taken: unknown[] = [];
  while (taken.length < count) taken.push(nameOf(await stream.next()));
  return taken;
}

describe('what goes over the line', () => {
  test('the id of each event is its cursor, whether or not the document asks for that', async () => {
    const one = await someMember();
    const stream = await follow(one, { after: await headOf(one) });
    await happen(one, 1, 3);
    const events = [await stream.next(), await stream.next(), await stream.next()];

    const cursors = events.map(({ data }) => data?.data?.['assignmentNotifications']?.['cursor']);
    expect(events.map(({ id }) => id)).toEqual(cursors);
    const plain = await PlainStream.open(
      doors.port,
      one.token,
      'subscription { assignmentNotifications { __typename } }',
      {
        headers: { 'last-event-id': events[0]?.id ?? '' },
      },
    );
    streams.push(plain);
    expect([await plain.next(), await plain.next()]).toEqual([
      {
        id: cursors[1],
        event: 'next',
        data: { data: { assignmentNotifications: { __typename: 'AssignmentNotification' } } },
      },
      {
        id: cursors[2],
        event: 'next',
        data: { data: { assignmentNotifications: { __typename: 'AssignmentNotification' } } },
      },
    ]);
  });

  test('it begins with the place from which it follows and when to come back, and comments go out while nothing happens', async () => {
    const one = await someMember();
    const stream = await follow(one);
    await expect.poll(() => stream.comments, { timeout: 10_000 }).toBeGreaterThan(1);

    expect(stream.waiting).toBe(0);
    expect(stream.lastId).toEqual(expect.stringMatching(/^\S+$/));
    expect(stream.retryMs).toBeGreaterThanOrEqual(1000);
    expect(stream.retryMs).toBeLessThan(3000);
    expect(stream.response.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache',
      'x-accel-buffering': 'no',
    });
  });

  test('a token that is none is refused with 401', async () => {
    const stream = await PlainStream.open(doors.port, 'x', notifications);
    expect(stream.response.statusCode).toBe(401);
    stream.stop();
  });

  test('a state has no id, and a subscription that is over says complete', async () => {
    const { admin, leaver, ana } = await departing(here, { waitHours: 0 });
    const { data } = await ask(
      admin.token,
      'mutation ($input: TransferCustomersInput!) { transferCustomers(input: $input) { transfer { id } } }',
      { input: { leaverId: leaver.id, selection: { all: true }, successorIds: [ana.id] } },
    );
    const stream = await PlainStream.open(
      doors.port,
      admin.token,
      'subscription ($id: ID!) { transferProgress(id: $id) { status } }',
      { variables: { id: data['transferCustomers']?.['transfer']?.['id'] } },
    );
    expect(await stream.next()).toEqual({ event: 'next', data: { data: { transferProgress: { status: 'RUNNING' } } } });
    await app.settle();

    expect(await stream.next()).toEqual({
      event: 'next',
      data: { data: { transferProgress: { status: 'COMPLETED' } } },
    });
    expect(await stream.next()).toEqual({ event: 'complete' });
    expect(await stream.closed).toBe('ended');
    expect(stream.lastId).toBeUndefined();
  });
});

describe('a stream that comes back with Last-Event-ID', () => {
  test('goes on after it, though `after` still says where it once began', async () => {
    const one = await someMember();
    const after = await headOf(one);
    await happen(one, 1, 5);
    const first = await follow(one, { after });
    expect(await take(first, 3)).toEqual(['1', '2', '3']);
    first.stop();

    const second = await follow(one, { after, lastEventId: await cursorOf(one, 3) });
    expect(await take(second, 2)).toEqual(['4', '5']);
  });

  test('misses nothing that happened before its first event came', async () => {
    const one = await someMember();
    const first = await follow(one);
    await expect.poll(() => first.lastId).toBeDefined();
    first.stop();
    await happen(one, 1, 2);

    expect(await take(await follow(one, { lastEventId: first.lastId ?? '' }), 2)).toEqual(['1', '2']);
  });

  test('in an empty inbox, and at the head, gets what comes then', async () => {
    const one = await someMember();
    const empty = await follow(one, { lastEventId: await headOf(one) });
    await happen(one, 1);
    expect(await take(empty, 1)).toEqual(['1']);
    await settled(app.db);

    const head = await follow(one, { lastEventId: await headOf(one) });
    await happen(one, 2);
    expect(await take(head, 1)).toEqual(['2']);
  });

  test('gets more than one page, and what is committed meanwhile, once and in order', async () => {
    const one = await someMember();
    const start = await headOf(one);
    await happen(one, 1, 1200);
    const stream = await follow(one, { lastEventId: start });
    await happen(one, 1201, 100);

    expect(await take(stream, 1300)).toEqual(notes(1, 1300));
    expect(stream.waiting).toBe(0);
  });

  test.each([
    ['ahead of the head', 'AHEAD'],
    ['from another life of the database', 'OTHER_EPOCH'],
  ])('%s: is told %s, gets a place to go on from as its id, and goes on', async (_what, reason) => {
    const one = await someMember();
    const { epoch, xid } = await readHorizon(app);
    const position = { xid: xid + 1_000_000n, id: 0n };
    const cursor =
      reason === 'AHEAD'
        ? encodeCursor(one.member.id, { epoch, position })
        : encodeCursor(one.member.id, { epoch: 'another', position: { xid: 1n, id: 1n } });
    const stream = await follow(one, { lastEventId: cursor });
    const told = await stream.next();
    await happen(one, 1);

    expect(nameOf(told)).toBe(reason);
    expect(told.id).toBe(told.data?.data?.['assignmentNotifications']?.['cursor']);
    expect(told.id).not.toBe(cursor);
    expect(await take(stream, 1)).toEqual(['1']);
    expect(await take(await follow(one, { lastEventId: told.id ?? '' }), 1)).toEqual(['1']);
  });

  test('to events that are no longer kept: is told EXPIRED, and goes on with the oldest that is', async () => {
    const one = await someMember();
    const cursor = await headOf(one);
    await happen(one, 1);
    await settled(app.db);
    const { xid: prunedXid } = await readHorizon(app);
    await happen(one, 2);
    await app.db.prisma.inboxPruning.create({ data: { enterpriseId: one.member.enterpriseId, prunedXid } });

    expect(await take(await follow(one, { lastEventId: cursor }), 2)).toEqual(['EXPIRED', '2']);
  });

  test.each([
    ["another member's", async () => headOf(await someMember())],
    ['no cursor at all', () => Promise.resolve('x')],
  ])('that is %s: is refused with BAD_USER_INPUT, whatever `after` says', async (_what, lastEventId) => {
    const one = await someMember();
    const stream = await follow(one, { after: await headOf(one), lastEventId: await lastEventId() });

    expect(nameOf(await stream.next())).toBe('BAD_USER_INPUT');
    expect(await stream.closed).toBe('ended');
  });
});

async function cursorOf({ token }: Somebody, place: number): Promise<string> {
  const { data } = await ask(token, '{ assignmentNotifications { nodes { cursor } } }');
  return data['assignmentNotifications']?.['nodes']?.[place - 1]?.['cursor'] as unknown as string;
}

/** Two kilobytes an event: the line takes some megabytes by itself. */
const wide = `subscription ($after: String) { assignmentNotifications(after: $after) {
  ... on AssignmentNotification { note ${Array.from({ length: 40 }, (_, n) => `a${n}: id`).join(' ')} } } }`;
const many = 10_000;

test('a stream that nobody reads is cut, and its client gets all the rest with Last-Event-ID', async () => {
  const one = await someMember();
  const start = await headOf(one);
  const open = async (lastEventId: string) => {
    const stream = await PlainStream.open(doors.port, one.token, wide, { headers: { 'last-event-id': lastEventId } });
    streams.push(stream);
    return stream;
  };
  const stuck = await open(start);
  stuck.response.pause();
  const heap = process.memoryUsage().heapUsed;
  for (let first = 1; first <= many; first += 2000) await happen(one, first, 2000);
  await settled(app.db);
  await new Promise((resolve) => setTimeout(resolve, limits.stallMs + 3_000));

  expect(process.memoryUsage().heapUsed - heap).toBeLessThan(64 * 1024 * 1024);
  stuck.response.resume();
  expect(await stuck.closed).toBe('torn');
  const got = await take(stuck, stuck.waiting);
  expect(got.length).toBeLessThan(many);
  const again = await open(stuck.lastId ?? start);
  got.push(...(await take(again, many - got.length)));
  expect(got).toEqual(notes(1, many));
}, 60_000);

test('when the server goes, streams end without complete, and go on elsewhere', async () => {
  const one = await someMember();
  const leaving = await openDoors({ app, yoga });
  const stream = await PlainStream.open(leaving.port, one.token, notifications);
  await expect.poll(() => stream.lastId).toBeDefined();

  const closing = leaving.close();
  expect(await stream.closed).toBe('ended');
  await closing;
  await happen(one, 1);

  expect(stream.waiting).toBe(0);
  expect(await take(await follow(one, { lastEventId: stream.lastId ?? '' }), 1)).toEqual(['1']);
});
