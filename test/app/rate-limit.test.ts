import { afterAll, describe, expect, test } from 'vitest';
import { createApp } from '../../src/app/app.js';
import { createRateLimit } from '../../src/app/rate-limit.js';
import { createGraphqlHandler } from '../../src/app/http.js';
import { createLogger } from '../../src/platform/log.js';
import { openTestApp } from '../support/app.js';
import { departing } from '../support/seed.js';
import { openWay } from '../support/way.js';
import { notifications, openDoors, PlainClient } from './open-doors.js';
import { PlainStream } from './plain-stream.js';

const log = createLogger({ level: 'silent' });
const redisUrl = process.env['TEST_REDIS_URL'];
const redis: Record<string, string> = redisUrl === undefined ? {} : { REDIS_URL: redisUrl };
/** Enough for ten small operations, of 101 each. */
const budget = { MOST_COST_PER_MINUTE: '1010' };

const here = await openTestApp({ ...budget, ...redis });
const doors = await openDoors(here);
const story = await departing(here, { customers: 1 });

interface Told {
  readonly data?: unknown;
  readonly errors?: { readonly extensions: Record<string, unknown> }[];
}

async function post(token: string | null, query: string, port = doors.port) {
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token !== null && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query }),
  });
  const { data, errors } = (await response.json()) as Told;
  return { status: response.status, retryAfter: response.headers.get('retry-after'), data, errors };
}

const refused = {
  code: 'RATE_LIMITED',
  retryAfterSeconds: expect.toSatisfy((seconds) => seconds >= 1 && seconds <= 60) as number,
  cost: 101,
  requestId: expect.any(String) as string,
};

test('every answer says what it cost, over HTTP and WebSocket, also where a resolver refuses', async () => {
  const { leaver, ben, customers } = story;
  const cost = async (token: string | null, query: string) => {
    const response = await fetch(`http://127.0.0.1:${doors.port}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token !== null && { authorization: `Bearer ${token}` }) },
      body: JSON.stringify({ query }),
    });
    return ((await response.json()) as { extensions?: { cost: number } }).extensions;
  };
  const client = await PlainClient.signIn(doors.url, ben.token);
  client.subscribe('1', '{ viewer { id: __typename } }');

  expect(await cost(ben.token, '{ __typename }')).toEqual({ cost: 101 });
  expect(await cost(ben.token, '{ members(first: 3) { nodes { name } } }')).toEqual({ cost: 107 });
  expect(await cost(customers[0]!.token, '{ members(first: 3) { nodes { name } } }')).toEqual({ cost: 107 });
  expect((await client.next('next')).payload).toMatchObject({ extensions: { cost: 102 } });
  expect(await cost(leaver.token, '{ nothing }')).toBeUndefined();
  client.socket.terminate();
});

describe('whoever has spent a minute', () => {
  test('is refused by 429 with Retry-After, over WebSocket by the same error, and nothing is done; others go on', async () => {
    const { admin, ana, ben } = story;
    const client = await PlainClient.signIn(doors.url, ana.token);

    for (let n = 0; n < 10; n++) expect((await post(ana.token, '{ __typename }')).status).toBe(200);
    const over = await post(ana.token, '{ __typename }');
    client.subscribe('1', '{ __typename }');
    const overSocket = await client.next('next');
    client.subscribe('2', 'subscription { assignmentNotifications { __typename } }');
    const subscribed = await client.next(await client.next('complete').then(() => 'next'));

    expect(over).toMatchObject({ status: 429, data: undefined });
    expect(over.errors?.map(({ extensions }) => extensions)).toEqual([refused]);
    expect(over.retryAfter).toBe(String(over.errors?.[0]?.extensions['retryAfterSeconds']));
    expect(overSocket.payload?.errors?.map(({ extensions }) => extensions)).toEqual([refused]);
    expect(subscribed.payload?.errors?.[0]?.extensions.code).toBe('RATE_LIMITED');
    expect((await post(ben.token, '{ __typename }')).status).toBe(200);
    expect((await post(admin.token, '{ __typename }')).status).toBe(200);
    client.socket.terminate();
  });

  test('a refused mutation moves nothing', async () => {
    const { leaver, ben, admin } = story;
    const moved = () => here.app.db.prisma.transfer.count();
    const mutation = `mutation { transferCustomers(input: { leaverId: "${leaver.id}", successorIds: ["${ben.id}"], selection: { all: true } }) { userErrors { code } } }`;
    while ((await post(admin.token, '{ __typename }')).status === 200);

    expect((await post(admin.token, mutation)).status).toBe(429);

    expect(await moved()).toBe(0);
  });

  test('without a token the address counts, and those who signed in from there go on', async () => {
    while ((await post(null, '{ __typename }')).status === 200);

    expect((await post(null, '{ __typename }')).errors?.[0]?.extensions).toEqual(refused);
    expect((await post(story.ben.token, '{ __typename }')).status).toBe(200);
  });

  test('a page costs its size times what is asked of each row', async () => {
    const stranger = await departing(here, { customers: 1 });
    const page = await post(stranger.admin.token, '{ members(first: 100) { nodes { id name } } }');
    const larger = await post(
      stranger.admin.token,
      '{ members(first: 100) { nodes { id name mobile email status } } }',
    );

    // 100 for the operation, 1 for the list, and of each of 100 rows itself and its fields.
    expect([page.status, larger.status]).toEqual([200, 429]);
    expect(larger.errors?.[0]?.extensions['cost']).toBe(701);
  });
});

test('spends of different keys and instances: in memory each instance counts by itself', async () => {
  const [one, other] = [0, 1].map(() => createRateLimit({ mostCostPerMinute: 100, redisUrl: undefined }, log));

  expect(await one!.spend('a', 100)).toBeNull();
  expect(await one!.spend('a', 1)).toBe(60);
  expect(await one!.spend('b', 1)).toBeNull();
  expect(await other!.spend('a', 1)).toBeNull();
});

test('what costs more than a minute may be asked for once a minute, and 0 is no limit', async () => {
  const limit = createRateLimit({ mostCostPerMinute: 100, redisUrl: undefined }, log);
  const none = createRateLimit({ mostCostPerMinute: 0, redisUrl: undefined }, log);

  expect(await limit.spend('a', 5_000)).toBeNull();
  expect(await limit.spend('a', 1)).toBe(60);
  for (let n = 0; n < 100; n++) expect(await none.spend('a', 1_000_000)).toBeNull();
});

test('with Redis away nobody is locked out: the instance counts by itself', async () => {
  await using limit = createRateLimit({ mostCostPerMinute: 100, redisUrl: 'redis://127.0.0.1:1' }, log);

  expect(await limit.spend('a', 100)).toBeNull();
  expect(await limit.spend('a', 1)).toBe(60);
  expect(await limit.spend('b', 1)).toBeNull();
});

test.runIf(redisUrl)('two instances on one Redis spend the same minute', async () => {
  const second = await createApp(here.app.config, { ...here.app, log });
  afterAll(() => second[Symbol.asyncDispose]());
  const theirs = await openDoors({ app: second, yoga: createGraphqlHandler(second) });
  const { ana, ben } = await departing(here, { customers: 1 });
  // Both count by themselves until they have reached Redis.
  const probe = () => Promise.all([here, { app: second }].map(({ app }) => app.rateLimit.spend(`of ${ana.uuid}`, 600)));
  await expect.poll(probe).toContainEqual(expect.any(Number));

  for (let n = 0; n < 5; n++) {
    expect((await post(ana.token, '{ __typename }')).status).toBe(200);
    expect((await post(ana.token, '{ __typename }', theirs.port)).status).toBe(200);
  }
  const over = [await post(ana.token, '{ __typename }'), await post(ana.token, '{ __typename }', theirs.port)];

  expect(over.map(({ status }) => status)).toEqual([429, 429]);
  expect((await post(ben.token, '{ __typename }', theirs.port)).status).toBe(200);
});

test.runIf(redisUrl)('a line to Redis that falls silent holds up nobody, and is replaced', async () => {
  const to = new URL(redisUrl ?? '');
  await using way = await openWay(() => ({ host: to.hostname, port: Number(to.port || 6379) }));
  await using limit = createRateLimit({ mostCostPerMinute: 100, redisUrl: way.through(to.href) }, log);
  await using other = createRateLimit({ mostCostPerMinute: 100, redisUrl }, log);
  let tries = 0;
  const shared = async () => {
    const key = `of ${story.ana.uuid} ${++tries}`;
    return (await limit.spend(key, 100)) === null && (await other.spend(key, 1)) !== null;
  };
  await expect.poll(shared).toBe(true);

  way.freeze();
  const since = performance.now();
  expect(await limit.spend(`alone ${story.ana.uuid}`, 100)).toBeNull();
  expect(await limit.spend(`alone ${story.ana.uuid}`, 1)).toBeGreaterThan(0);

  expect(performance.now() - since).toBeLessThan(2_000);
  await expect.poll(shared, { timeout: 10_000 }).toBe(true);
});

test('an event stream is refused as any request, with 429 and Retry-After', async () => {
  const { ana } = await departing(here, { customers: 1 });
  while ((await post(ana.token, '{ __typename }')).status === 200);
  const stream = await PlainStream.open(doors.port, ana.token, notifications);

  expect(stream.response.statusCode).toBe(429);
  expect(Number(stream.response.headers['retry-after'])).toBeGreaterThan(0);
  stream.stop();
});
