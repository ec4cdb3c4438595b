import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { describe, expect, inject, onTestFinished, test, vi } from 'vitest';
import { readConfig } from '../../src/app/config.js';
import { issueToken } from '../../src/app/tokens.js';
import { systemClock } from '../../src/platform/clock.js';
import type { Database } from '../../src/platform/db/database.js';
import { PlainClient } from '../app/open-doors.js';
import { openChildDatabase } from '../support/child-database.js';
import { serveMany } from '../support/crowd.js';
import { brokenInvariants } from '../support/invariants.js';
import { appOn } from '../support/leaving.js';
import { startProcess, type Process } from '../support/process.js';
import { departing, type Departing } from '../support/seed.js';

vi.setConfig({ testTimeout: 90_000 });

const kind = inject('databaseTemplate').kind;
const { env, open } = await openChildDatabase();
const settings = { ...env, NODE_ENV: 'test', PORT: '0', RUNNER: 'false' };
const customers = kind === 'postgres' ? 5000 : 1500;

async function withDatabase<Result>(work: (db: Database) => Promise<Result>): Promise<Result> {
  await using db = await open();
  return await work(db);
}

/** Somebody who left many customers, all of whom can be handed over by one mutation. */
function departed(): Promise<Departing> {
  return withDatabase(async (db) => {
    await using app = await appOn(db);
    const clock = { now: () => app.clock.now(), advance: () => undefined, set: () => undefined };
    const tokenOf = ({ kind, id, enterpriseId }: { kind: 'member' | 'customer'; id: string; enterpriseId: string }) =>
      issueToken({ config: readConfig({}), clock: systemClock }, { kind, personId: id, enterpriseId });
    const story = await departing({ app, clock, tokenOf }, { customers: 0 });
    await db.prisma.enterprise.update({ where: { id: story.enterpriseId }, data: { customerLimit: 1_000_000 } });
    await serveMany(app, story.enterpriseId, story.leaver.uuid, customers);
    return story;
  });
}

async function addressOf(server: Process): Promise<string> {
  const url = /http:\S+?:\d+/.exec(await server.line('Listening on'))?.[0];
  if (url === undefined) throw new Error(`It did not say where it listens:\n${server.stdout}`);
  return `${url}/graphql`;
}

const query = `mutation ($input: TransferCustomersInput!) {
  transferCustomers(input: $input) { transfer { id counts { total } } userErrors { code } } }`;
interface Answered {
  readonly transfer: { readonly id: string; readonly counts: { readonly total: number } };
  readonly userErrors: readonly object[];
}

/** The same call with the same key, however often. */
function callOf({ leaver, ana }: Departing) {
  const input = {
    leaverId: leaver.id,
    selection: { all: true },
    successorIds: [ana.id],
    idempotencyKey: 'the one handover',
  };
  return { query, variables: { input } };
}

/** Calls over HTTP; null when the line is torn before the answer. */
async function callOverHttp(url: string, story: Departing, sent?: () => void): Promise<Answered | null> {
  try {
    const answering = fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${story.admin.token}` },
      body: JSON.stringify(callOf(story)),
    });
    sent?.();
    const response = await answering;
    return ((await response.json()) as { data: { transferCustomers: Answered } }).data.transferCustomers;
  } catch {
    return null;
  }
}

/** Calls over a socket; null when it closes before the answer. It must close with 1001 in either case. */
async function callOverSocket(url: string, story: Departing, sent?: () => void): Promise<Answered | null> {
  const client = await PlainClient.signIn(url.replace('http', 'ws'), story.admin.token);
  const call = callOf(story);
  client.subscribe('1', call.query, call.variables);
  sent?.();
  expect((await client.closed).code).toBe(1001);
  if (client.waiting === 0) return null;
  const { payload } = await client.next('next');
  await client.next('complete');
  return payload?.data?.['transferCustomers'] as unknown as Answered;
}

const doors = [
  ['HTTP', callOverHttp],
  ['a socket', callOverSocket],
] as const;

/** Repeats the call by its key at a new process, twice: whatever became of it, it has been done once then. */
async function expectDoneOnce(story: Departing, told: Answered | null): Promise<void> {
  const next = startProcess([], settings);
  const url = await addressOf(next);
  const [again, once] = [await callOverHttp(url, story), await callOverHttp(url, story)];
  expect(await next.end('SIGTERM')).toBe(0);

  expect(again).toMatchObject({ transfer: { counts: { total: customers } }, userErrors: [] });
  expect(once).toEqual(again);
  if (told) expect(told.transfer.id).toBe(again?.transfer.id);
  await withDatabase(async (db) => {
    const { enterpriseId } = story;
    expect(await db.prisma.transfer.count({ where: { enterpriseId } })).toBe(1);
    const { id: transferId } = await db.prisma.transfer.findFirstOrThrow({ where: { enterpriseId } });
    expect(await db.prisma.transferItem.count({ where: { transferId } })).toBe(customers);
    expect(await db.prisma.idempotencyKey.count({ where: { enterpriseId } })).toBe(1);
    expect(await brokenInvariants(db, enterpriseId)).toEqual([]);
  });
}

/** Stops the process in the usual way, and answers its exit code and how long it took. */
async function stop(server: Process): Promise<{ code: number | null; took: number }> {
  const since = performance.now();
  const code = await server.end('SIGTERM');
  return { code, took: performance.now() - since };
}

/** Keeps the leaver's row, for which the mutation then has to wait; answers when it does. */
async function hold({ leaver }: Departing): Promise<{ waitedFor(): Promise<boolean>; release(): Promise<void> }> {
  const client = new pg.Client({ connectionString: env['DATABASE_URL'] });
  await client.connect();
  let ended: Promise<void> | undefined;
  const release = () => (ended ??= client.end());
  onTestFinished(release);
  await client.query('BEGIN');
  await client.query('SELECT 1 FROM portfolio WHERE member_id = $1 FOR UPDATE', [leaver.uuid]);
  return {
    release,
    async waitedFor() {
      // A transaction sees who is active as it was when it first asked.
      await client.query('SELECT pg_stat_clear_snapshot()');
      const { rowCount } = await client.query(`SELECT 1 FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock' AND state = 'active'`);
      return rowCount === 1;
    },
  };
}

describe.runIf(kind === 'postgres').each(doors)('SIGTERM in the middle of a mutation over %s', (_door, call) => {
  test('is answered before the server goes, if it can be in some seconds', async () => {
    const story = await departed();
    const server = startProcess([], settings);
    const held = await hold(story);
    const answer = call(await addressOf(server), story);
    await expect.poll(() => held.waitedFor(), { timeout: 10_000 }).toBe(true);

    const stopped = stop(server);
    await delay(1000);
    await held.release();
    const told = await answer;

    const { code, took } = await stopped;
    expect(`${code} ${server.stderr}`).toBe('0 ');
    expect(took).toBeLessThan(10_000);
    expect(told).toMatchObject({ transfer: { counts: { total: customers } }, userErrors: [] });
    await expectDoneOnce(story, told);
  });

  test('is cut after some seconds, the process ends with 0 within 10, and the key tells what became of it', async () => {
    const story = await departed();
    const server = startProcess([], settings);
    const held = await hold(story);
    const answer = call(await addressOf(server), story);
    await expect.poll(() => held.waitedFor(), { timeout: 10_000 }).toBe(true);

    const { code, took } = await stop(server);

    expect(`${code} ${server.stderr}`).toBe('0 ');
    expect(took).toBeLessThan(10_000);
    expect(await answer).toBeNull();
    await held.release();
    await expectDoneOnce(story, null);
  });
});

/** Calls, and is gone once the mutation runs. */
const leavers = [
  [
    'HTTP',
    async (url: string, story: Departing, running: () => Promise<void>) => {
      const gone = new AbortController();
      const answering = fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${story.admin.token}` },
        body: JSON.stringify(callOf(story)),
        signal: gone.signal,
      });
      const torn = expect(answering).rejects.toMatchObject({ name: 'AbortError' });
      await running();
      gone.abort();
      await torn;
    },
  ],
  [
    'a socket',
    async (url: string, story: Departing, running: () => Promise<void>) => {
      const client = await PlainClient.signIn(url.replace('http', 'ws'), story.admin.token);
      const call = callOf(story);
      client.subscribe('1', call.query, call.variables);
      await running();
      client.socket.terminate();
      await client.closed;
    },
  ],
] as const;

describe.runIf(kind === 'postgres').each(leavers)('SIGTERM after a client of %s went away', (_door, callAndGo) => {
  test('what it asked for is done before the database is closed', async () => {
    const story = await departed();
    const server = startProcess([], settings);
    const held = await hold(story);
    await callAndGo(await addressOf(server), story, () =>
      expect.poll(() => held.waitedFor(), { timeout: 10_000 }).toBe(true),
    );

    const stopped = stop(server);
    await delay(1000);
    await held.release();

    const { code, took } = await stopped;
    expect(`${code} ${server.stderr}`).toBe('0 ');
    expect(server.stdout).not.toContain('"level":50');
    expect(took).toBeLessThan(10_000);
    await withDatabase(async (db) => {
      expect(await db.prisma.transfer.count({ where: { enterpriseId: story.enterpriseId } })).toBe(1);
    });
    await expectDoneOnce(story, null);
  });
});

describe.each(doors)('SIGTERM at any moment of a mutation over %s', (_door, call) => {
  test.each([0, 150])('%i ms after it was sent: done once, whether or not it was answered', async (after) => {
    const story = await departed();
    const server = startProcess([], settings);
    const url = await addressOf(server);
    let tell: () => void = () => undefined;
    const sent = new Promise<void>((resolve) => (tell = resolve));
    const answer = call(url, story, tell);
    await sent;
    await delay(after);

    const { code, took } = await stop(server);

    expect(`${code} ${server.stderr}`).toBe('0 ');
    expect(took).toBeLessThan(10_000);
    await expectDoneOnce(story, await answer);
  });
});
