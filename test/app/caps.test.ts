import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import { addressOf, networkOf, readNetworks } from '../../src/app/client-address.js';
import { readConfig } from '../../src/app/config.js';
import { feedOf } from '../../src/features/inbox/inbox.js';
import { occur } from '../features/inbox/inbox-seed.js';
import { openTestApp } from '../support/app.js';
import { hire, notifications, openDoors, PlainClient, type Message } from './open-doors.js';
import { PlainStream } from './plain-stream.js';

const here = await openTestApp({
  MOST_OPERATIONS_PER_SOCKET: '3',
  MOST_SUBSCRIPTIONS_PER_PERSON: '4',
  MOST_CONNECTIONS_PER_PERSON: '5',
  MOST_CONNECTIONS_PER_ADDRESS: '8',
  TRUSTED_PROXIES: '127.0.0.1',
});
const { app } = here;
const doors = await openDoors(here);

async function someMember() {
  const member = await hire(here);
  return { member, token: await here.tokenOf({ kind: 'member', ...member }) };
}
type Somebody = Awaited<ReturnType<typeof someMember>>;

let addresses = 0;
/** An address that no other test comes from: the proxy's word counts here. */
function someAddress(): Record<string, string> {
  return { 'x-forwarded-for': `203.0.113.${++addresses}` };
}

async function connect(headers: Record<string, string>): Promise<PlainClient> {
  return PlainClient.open(doors.url, { headers });
}

async function signIn({ token }: Somebody, headers = someAddress()): Promise<PlainClient> {
  const client = await connect(headers);
  client.send({ type: 'connection_init', payload: { token } });
  return client;
}

function stream({ token }: Somebody, headers = someAddress()): Promise<PlainStream> {
  return PlainStream.open(doors.port, token, notifications, { headers });
}

/** What a stream that is not let in says. */
async function refusal(refused: PlainStream): Promise<unknown> {
  const told = refused.response.statusCode === 200 ? null : (await refused.next()).data?.errors?.[0];
  return [refused.response.statusCode, told?.extensions.code, told?.message, refused.response.headers['retry-after']];
}

const noteOf = (message: Message) => message.payload?.data?.['assignmentNotifications']?.['note'];

async function allGone(...clients: readonly (PlainClient | PlainStream)[]): Promise<void> {
  for (const client of clients) {
    if (client instanceof PlainStream) client.stop();
    else client.socket.terminate();
  }
  await expect.poll(() => feedOf(here.served).size, { timeout: 5_000 }).toBe(0);
}

describe('one socket', () => {
  test('runs as many operations as the setting says; one more is refused until one is completed', async () => {
    const one = await someMember();
    const client = await signIn(one);
    await client.next('connection_ack');
    for (const id of ['1', '2', '3', '4']) client.subscribe(id, notifications);

    const refused = await client.next('error');
    await expect.poll(() => feedOf(here.served).size).toBe(3);
    client.send({ type: 'complete', id: '1' });
    await expect.poll(() => feedOf(here.served).size).toBe(2);
    client.subscribe('5', notifications);
    await expect.poll(() => feedOf(here.served).size).toBe(3);
    await occur(app.db, one.member, { first: 1 });
    app.wakeup.wake();
    const got = [await client.next('next'), await client.next('next'), await client.next('next')];

    expect([refused.id, refused.payload?.[0]?.extensions.code]).toEqual(['4', 'TOO_MANY_OPERATIONS']);
    expect(got.map(({ id }) => id).sort()).toEqual(['2', '3', '5']);
    expect(got.map(noteOf)).toEqual(['1', '1', '1']);
    await allGone(client);
  });
});

describe('one person', () => {
  test('has so many subscriptions over sockets and streams together; one more is refused until one ends', async () => {
    const one = await someMember();
    const [first, second] = [await signIn(one), await signIn(one)];
    for (const client of [first, second]) await client.next('connection_ack');
    first.subscribe('1', notifications);
    first.subscribe('2', notifications);
    second.subscribe('1', notifications);
    await expect.poll(() => feedOf(here.served).size).toBe(3);
    const fourth = await stream(one);

    second.subscribe('2', notifications);
    const overSocket = await second.next('next');
    await second.next('complete');
    const overStream = await refusal(await stream(one));
    expect(overSocket.payload?.errors?.[0]).toMatchObject({
      message: 'At most 4 subscriptions of one person are served at once. End one first.',
      extensions: { code: 'TOO_MANY_SUBSCRIPTIONS' },
    });
    expect(overStream).toEqual([
      429,
      'TOO_MANY_SUBSCRIPTIONS',
      'At most 4 subscriptions of one person are served at once. End one first.',
      '5',
    ]);
    expect(feedOf(here.served).size).toBe(4);

    fourth.stop();
    await expect.poll(() => feedOf(here.served).size).toBe(3);
    second.subscribe('3', notifications);
    await expect.poll(() => feedOf(here.served).size).toBe(4);
    await allGone(first, second);
  });

  test('has so many connections; one more is closed with 1013, or refused with 429, until one goes', async () => {
    const one = await someMember();
    const clients = [];
    for (let count = 0; count < 4; count++) clients.push(await signIn(one));
    for (const client of clients) await client.next('connection_ack');
    const fifth = await stream(one);
    expect(fifth.response.statusCode).toBe(200);

    expect(await (await signIn(one)).closed).toEqual({
      code: 1013,
      reason: 'At most 5 connections of one person are served at once: end one',
    });
    const message = 'At most 5 connections of one person are served at once. End one first.';
    expect(await refusal(await stream(one))).toEqual([429, 'TOO_MANY_CONNECTIONS', message, '5']);
    const other = await signIn(await someMember());
    await other.next('connection_ack');

    clients[0]?.socket.close();
    await clients[0]?.closed;
    const next = await signIn(one);
    await next.next('connection_ack');
    await allGone(...clients, fifth, other, next);
  });
});

describe('one address', () => {
  test('has so many connections, signed in or not; one more is closed with 1013, or refused with 429, until one goes', async () => {
    const headers = someAddress();
    const people = [await someMember(), await someMember(), await someMember()] as const;
    const silent = await connect(headers);
    const clients = [silent];
    for (const person of people) clients.push(await signIn(person, headers), await signIn(person, headers));
    const eighth = await stream(people[0], headers);
    expect(eighth.response.statusCode).toBe(200);

    expect(await (await connect(headers)).closed).toEqual({
      code: 1013,
      reason: 'At most 8 connections from your address are served at once: end one',
    });
    const message = 'At most 8 connections from one address are served at once. End one first.';
    expect(await refusal(await stream(people[1], headers))).toEqual([429, 'TOO_MANY_CONNECTIONS', message, '5']);
    // What comes from elsewhere is served, and queries are no connections that stay.
    const elsewhere = await signIn(people[2]);
    await elsewhere.next('connection_ack');
    const { errors } = await here.ask(people[1].token, '{ assignmentNotifications { headCursor } }');
    expect(errors).toBeUndefined();

    silent.socket.terminate();
    await expect
      .poll(async () => {
        const again = await signIn(people[1], headers);
        const acknowledged = await Promise.race([again.next('connection_ack'), again.closed]);
        return 'type' in acknowledged;
      })
      .toBe(true);
    await allGone(...clients, eighth, elsewhere);
  });
});

describe('where a request comes from', () => {
  const from = (remoteAddress: string, forwarded?: string) =>
    ({ headers: { 'x-forwarded-for': forwarded }, socket: { remoteAddress } }) as unknown as IncomingMessage;
  const proxies = readNetworks(['10.0.0.0/8', '::1']);

  test.each([
    ['a line', '203.0.113.7', undefined, '203.0.113.7'],
    ['a line that claims to be forwarded', '203.0.113.7', '198.51.100.1', '203.0.113.7'],
    ['a proxy of ours', '10.1.2.3', '198.51.100.1', '198.51.100.1'],
    ['a proxy of ours, told tales', '10.1.2.3', '192.0.2.1, 198.51.100.1', '198.51.100.1'],
    ['two proxies of ours', '::1', '192.0.2.1, 198.51.100.1, 10.9.9.9', '198.51.100.1'],
    ['a proxy of ours that says nothing', '10.1.2.3', undefined, '10.1.2.3'],
    ['a proxy of ours that says nonsense', '10.1.2.3', 'unknown, <script>', '10.1.2.3'],
    ['a line written as IPv6', '::ffff:203.0.113.7', undefined, '203.0.113.7'],
  ])('%s', (_what, remote, forwarded, expected) => {
    expect(addressOf(from(remote, forwarded), proxies)).toBe(expected);
  });

  test.each([
    ['203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2:ffff::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
  ])('%s is counted as %s', (address, expected) => {
    expect(networkOf(address)).toBe(expected);
  });

  test('proxies that are no addresses are no settings', () => {
    for (const wrong of ['proxy.example.com', '10.0.0.0/99', '10.0.0']) {
      expect(() => readConfig({ TRUSTED_PROXIES: wrong })).toThrow(
        'TRUSTED_PROXIES must be addresses or networks such as 10.0.0.0/8',
      );
    }
  });
});
