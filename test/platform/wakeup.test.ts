import { Redis } from 'ioredis';
import pg from 'pg';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createLogger } from '../../src/platform/log.js';
import { createLocalWakeup } from '../../src/platform/wakeup/local-wakeup.js';
import { createPostgresWakeup } from '../../src/platform/wakeup/postgres-wakeup.js';
import { createRedisWakeup } from '../../src/platform/wakeup/redis-wakeup.js';
import { createSender } from '../../src/platform/wakeup/sender.js';
import type { Wakeup } from '../../src/platform/wakeup/wakeup.js';
import { openTestDatabase } from '../support/database.js';
import { createGate } from '../support/gate.js';
import { openWay } from '../support/way.js';

const log = createLogger({ level: 'silent' });
const open: Wakeup[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((wakeup) => wakeup[Symbol.asyncDispose]()));
});

function keep(wakeup: Wakeup): Wakeup {
  open.push(wakeup);
  return wakeup;
}

function count(wakeup: Wakeup): () => number {
  let wakes = 0;
  wakeup.onWake(() => void wakes++);
  return () => wakes;
}

const soon = () => new Promise<void>((resolve) => setTimeout(resolve, 10));

describe('in one process', () => {
  test('a burst wakes each listener once, after the caller has gone on', async () => {
    const wakeup = keep(createLocalWakeup());
    const [one, two] = [count(wakeup), count(wakeup)];

    for (let i = 0; i < 100; i++) wakeup.wake();
    expect([one(), two()]).toEqual([0, 0]);
    await soon();

    expect([one(), two()]).toEqual([1, 1]);
  });

  test('a wake during the listeners wakes them again', async () => {
    const wakeup = keep(createLocalWakeup());
    let rounds = 0;
    wakeup.onWake(() => {
      if (++rounds < 3) wakeup.wake();
    });

    wakeup.wake();
    await soon();

    expect(rounds).toBe(3);
  });

  test('a listener that throws stops no other, and one that left hears nothing', async () => {
    const wakeup = keep(createLocalWakeup());
    wakeup.onWake(() => {
      throw new Error('mine');
    });
    const wakes = count(wakeup);
    let left = 0;
    wakeup.onWake(() => void left++)();

    wakeup.wake();
    await soon();

    expect([wakes(), left]).toEqual([1, 0]);
  });
});

test('signals that come while one is on its way become one more; a failed one is dropped', async () => {
  const gates = [createGate(), createGate()];
  let sent = 0;
  const send = createSender(async () => {
    await gates[sent++]?.opened;
    throw new Error('unreachable');
  });

  for (let i = 0; i < 10; i++) send();
  expect(sent).toBe(1);
  gates[0]?.open();
  await soon();
  expect(sent).toBe(2);
  gates[1]?.open();
  await soon();

  expect(sent).toBe(2);
});

const { url: testUrl } = await openTestDatabase();
const servers: { name: string; url?: string; create: (url: string) => Wakeup; cut: (url: string) => Promise<void> }[] =
  [
    {
      name: 'Redis',
      // A database number of its own, to cut these connections and nobody else's. Channels do not belong to a number.
      url: process.env.TEST_REDIS_URL && new URL('/9', process.env.TEST_REDIS_URL).href,
      create: (url) => createRedisWakeup(url, log),
      async cut(url) {
        const redis = new Redis(url);
        const clients = String(await redis.client('LIST')).split('\n');
        for (const client of clients.filter((line) => /name=baton-wakeup .*db=9 /.test(line))) {
          await redis.client('KILL', 'ID', /^id=(\d+)/.exec(client)?.[1] ?? '');
        }
        redis.disconnect();
      },
    },
    {
      name: 'PostgreSQL',
      url: testUrl,
      create: (url) => createPostgresWakeup(url, log),
      async cut(url) {
        const client = new pg.Client({ connectionString: url });
        await client.connect();
        await client.query(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'baton wakeup' AND datname = current_database()",
        );
        await client.end();
      },
    },
  ];

describe.each(servers)('over $name', ({ url, create, cut }) => {
  const at = url ?? '';

  test.runIf(url)('one instance wakes the other, and itself once', async () => {
    const [here, there] = [keep(create(at)), keep(create(at))];
    await vi.waitFor(() => expect([here.healthy, there.healthy]).toEqual([true, true]), 5_000);
    await soon();
    const [mine, theirs] = [count(here), count(there)];

    here.wake();
    await vi.waitFor(() => expect(theirs()).toBe(1), 5_000);
    await soon();

    expect(mine()).toBe(1);
  });

  test.runIf(url)('after a lost connection everyone looks again, and is reached again', async () => {
    const [here, there] = [keep(create(at)), keep(create(at))];
    await vi.waitFor(() => expect([here.healthy, there.healthy]).toEqual([true, true]), 5_000);
    await soon();
    const theirs = count(there);

    await cut(at);
    await vi.waitFor(() => expect(theirs()).toBe(1), 10_000);
    await vi.waitFor(() => expect([here.healthy, there.healthy]).toEqual([true, true]), 10_000);
    here.wake();

    await vi.waitFor(() => expect(theirs()).toBe(2), 5_000);
  });

  test.runIf(url)('lines that carry nothing any more are noticed within seconds, and replaced', async () => {
    const target = new URL(at);
    await using way = await openWay(() => ({ host: target.hostname, port: Number(target.port) }));
    const [here, there] = [keep(create(at)), keep(create(way.through(at)))];
    await vi.waitFor(() => expect([here.healthy, there.healthy]).toEqual([true, true]), 5_000);
    await soon();
    const theirs = count(there);

    way.set('silent');
    here.wake();
    await vi.waitFor(() => expect(there.healthy).toBe(false), 6_000);
    expect(theirs()).toBe(0);
    way.set('open');
    await vi.waitFor(() => expect(there.healthy).toBe(true), 10_000);
    await soon();

    expect(theirs()).toBe(1);
    here.wake();
    await vi.waitFor(() => expect(theirs()).toBe(2), 5_000);
  });
});

describe.each([
  ['Redis', createRedisWakeup, 'redis://127.0.0.1:1'],
  ['PostgreSQL', createPostgresWakeup, 'postgresql://nobody@127.0.0.1:1/none'],
])('while %s cannot be reached', (_name, create, url) => {
  test('this process is still woken, and nothing throws', async () => {
    const wakeup = keep(create(url, log));
    const wakes = count(wakeup);

    wakeup.wake();
    await soon();
    await new Promise((resolve) => setTimeout(resolve, 300));
    wakeup.wake();
    await soon();

    expect(wakes()).toBe(2);
    expect(wakeup.healthy).toBe(false);
  });
});
