import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { issueToken } from '../../src/app/tokens.js';
import { notes, occur } from '../features/inbox/inbox-seed.js';
import { openTestApp } from '../support/app.js';
import { hire, notifications, openDoors, PlainClient, type Message } from './open-doors.js';

const here = await openTestApp();
const { app, tokenOf, ask } = here;
const doors = await openDoors(here);

async function signedIn() {
  const member = await hire(here);
  const token = await tokenOf({ kind: 'member', ...member });
  return { member, token, client: await PlainClient.signIn(doors.url, token) };
}

async function headOf(token: string): Promise<string> {
  const { data } = await ask<{ assignmentNotifications: { headCursor: string } }>(
    token,
    '{ assignmentNotifications { headCursor } }',
  );
  return data.assignmentNotifications.headCursor;
}

function noteOf(message: Message): string | undefined {
  return message.payload?.data?.assignmentNotifications?.note;
}

describe('who may open a socket', () => {
  test.each([
    ['a program, without an Origin', undefined, 101],
    ['a page of the own address', 'http://127.0.0.1', 101],
    ['a page of another site', 'https://evil.example', 403],
    ['a page without an address', 'null', 403],
  ])('%s', async (_who, origin, expected) => {
    const own = origin === 'http://127.0.0.1' ? `${origin}:${doors.port}` : origin;
    const socket = new WebSocket(doors.url, 'graphql-transport-ws', own === undefined ? {} : { origin: own });

    const status = await new Promise((resolve) => {
      socket.on('unexpected-response', (_request, response) => resolve(response.statusCode));
      socket.on('error', () => undefined);
      socket.on('open', () => resolve(101));
    });
    socket.terminate();

    expect(status).toBe(expected);
  });

  test.each([
    ['a token of nobody', { Authorization: 'Bearer x' }, 4401],
    ['another scheme', { Authorization: 'Basic x' }, 4401],
    ['no text', { token: 7 }, 4401],
  ])('%s closes with %s', async (_what, payload, code) => {
    const client = await PlainClient.open(doors.url);
    client.send({ type: 'connection_init', payload });
    expect((await client.closed).code).toBe(code);
  });

  test('an expired token, and one of a member who left, close with 4403: a client may come back with a new one', async () => {
    const member = await hire(here);
    const expired = await issueToken(app, { kind: 'member', personId: member.id, ...member }, -1);
    const left = await issueToken(app, { kind: 'member', personId: randomUUID(), ...member });

    for (const token of [expired, left]) {
      const client = await PlainClient.open(doors.url);
      client.send({ type: 'connection_init', payload: { token } });
      expect((await client.closed).code).toBe(4403);
    }
  });

  test('without a token a subscription that needs a person answers UNAUTHENTICATED, and the socket stays', async () => {
    const client = await PlainClient.signIn(doors.url, null);
    client.subscribe('1', notifications);
    const { payload } = await client.next('next');
    await client.next('complete');
    client.subscribe('2', '{ __typename }');

    expect(payload?.errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
    expect((await client.next('next')).payload?.data).toEqual({ __typename: 'Query' });
    client.socket.terminate();
  });
});

describe('what is wrong with an operation', () => {
  test.each([
    ['its syntax', 'subscription {', 'BAD_USER_INPUT'],
    ['its fields', 'subscription { nothing }', 'GRAPHQL_VALIDATION_FAILED'],
    [
      'a cursor that is malformed',
      'subscription { assignmentNotifications(after: "x") { __typename } }',
      'BAD_USER_INPUT',
    ],
    ['that it is for customers', 'subscription { customerNotices { __typename } }', 'FORBIDDEN'],
  ])('%s is its error with code and requestId, and the socket lives on', async (_what, document, code) => {
    const { client } = await signedIn();
    client.subscribe('1', document);
    const message = await client.next(document.includes('(') || document.includes('Notices') ? 'next' : 'error');
    client.send({ type: 'ping' });

    const errors = message.payload?.errors ?? message.payload;
    expect(errors?.[0]?.extensions).toMatchObject({ code, requestId: expect.any(String) as string });
    if (message.type === 'next') await client.next('complete');
    await client.next('pong');
    client.socket.terminate();
  });

  test("another recipient's cursor is refused as a malformed one is", async () => {
    const [one, other] = [await signedIn(), await signedIn()];
    one.client.subscribe('1', notifications, { after: await headOf(other.token) });
    const { payload } = await one.client.next('next');

    expect(payload?.errors?.[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } });
    one.client.socket.terminate();
    other.client.socket.terminate();
  });

  test('more than 50 operations at once on a socket are refused, and the others live on', async () => {
    const { client, member, token } = await signedIn();
    const after = await headOf(token);
    for (let id = 1; id <= 51; id++) client.subscribe(String(id), notifications, { after });
    const refused = await client.next('error');
    await occur(app.db, member, { first: 1 });
    app.wakeup.wake();

    expect(refused.id).toBe('51');
    expect(refused.payload?.[0]?.extensions.code).toBe('TOO_MANY_OPERATIONS');
    for (let id = 1; id <= 50; id++) expect(noteOf(await client.next('next'))).toBe('1');
    client.socket.terminate();
  });

  test('a message above 256 KiB closes the socket', async () => {
    const { client } = await signedIn();
    client.subscribe('1', `{ __typename } #${'x'.repeat(300_000)}`);
    expect((await client.closed).code).toBe(1009);
  });
});

describe('what a subscriber gets', () => {
  test('a burst of 5,000 events, complete and in order, at once and again from a cursor', async () => {
    const { client, member, token } = await signedIn();
    client.subscribe('1', notifications, { after: await headOf(token) });

    await occur(app.db, member, { first: 1, count: 5000 });
    app.wakeup.wake();
    const got: Message[] = [];
    while (got.length < 5000) got.push(await client.next('next'));
    client.subscribe('2', notifications, { after: got[3998]?.payload?.data?.assignmentNotifications?.cursor });
    const again: Message[] = [];
    while (again.length < 1001) again.push(await client.next('next'));

    expect(got.map(noteOf)).toEqual(notes(1, 5000));
    expect(again.map(noteOf)).toEqual(notes(4000, 5000));
    client.socket.terminate();
  });

  test('nothing more, within 5 seconds, once the member may not sign in: the socket closes with 4403', async () => {
    const { client, member, token } = await signedIn();
    client.subscribe('1', notifications, { after: await headOf(token) });

    const began = performance.now();
    await app.db.prisma.member.update({ where: { id: member.id }, data: { status: 'DISABLED' } });
    const { code } = await client.closed;

    expect(code).toBe(4403);
    expect(performance.now() - began).toBeLessThan(5000);
    expect(client.waiting).toBe(0);
  });

  test('nothing more once the token has expired, not even what happens in that moment', async () => {
    const { client, member, token } = await signedIn();
    client.subscribe('1', notifications, { after: await headOf(token) });
    await occur(app.db, member, { first: 1 });
    app.wakeup.wake();
    expect(noteOf(await client.next('next'))).toBe('1');

    here.clock.advance(13);
    try {
      await occur(app.db, member, { first: 2 });
      app.wakeup.wake();
      expect((await client.closed).code).toBe(4403);
      expect(client.waiting).toBe(0);
    } finally {
      here.clock.advance(-13);
    }
  });

  test('the same rows as the list, which `acknowledge` marks as read for both', async () => {
    const { client, member, token } = await signedIn();
    client.subscribe('1', notifications, { after: await headOf(token) });
    await occur(app.db, member, { first: 1, count: 3 });
    app.wakeup.wake();
    const pushed = [await client.next('next'), await client.next('next'), await client.next('next')];
    const events = pushed.map((message) => message.payload?.data?.assignmentNotifications);
    client.socket.terminate();

    const list = (filter: string) =>
      ask<{ assignmentNotifications: { nodes: object[] } }>(
        token,
        `{ assignmentNotifications(filter: ${filter}) { nodes { __typename id cursor note } } }`,
      );
    const acknowledge = (input: object) =>
      ask(
        token,
        `mutation ($input: AcknowledgeNotificationsInput!) {
          acknowledgeNotifications(input: $input) { acknowledgedCount unreadCount userErrors { code } } }`,
        { input },
      );
    expect((await list('{}')).data.assignmentNotifications.nodes).toEqual(events);

    const once = await acknowledge({ ids: [events[2]?.id] });
    const twice = await acknowledge({ ids: [events[2]?.id] });
    expect((await list('{ unacknowledged: true }')).data.assignmentNotifications.nodes).toEqual(events.slice(0, 2));
    const through = await acknowledge({ through: events[1]?.cursor });

    const counts = [once, twice, through].map(({ data }) => data.acknowledgeNotifications);
    expect(counts).toEqual([
      { acknowledgedCount: 1, unreadCount: 2, userErrors: [] },
      { acknowledgedCount: 0, unreadCount: 2, userErrors: [] },
      { acknowledgedCount: 2, unreadCount: 0, userErrors: [] },
    ]);
    expect((await list('{ unacknowledged: true }')).data.assignmentNotifications.nodes).toEqual([]);
  });
});
