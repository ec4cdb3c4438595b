import { setTimeout as delay } from 'node:timers/promises';
import { expect, inject, test } from 'vitest';
import { readConfig } from '../../src/app/config.js';
import { issueToken } from '../../src/app/tokens.js';
import { systemClock } from '../../src/platform/clock.js';
import type { Database } from '../../src/platform/db/database.js';
import { PlainClient } from '../app/open-doors.js';
import { openChildDatabase } from '../support/child-database.js';
import { brokenInvariants } from '../support/invariants.js';
import { appOn, leave, transferIdOf } from '../support/leaving.js';
import { startProcess, type Process } from '../support/process.js';
import type { Departing } from '../support/seed.js';
import { openWay } from '../support/way.js';

const kind = inject('databaseTemplate').kind;
const { env, open } = await openChildDatabase();
const settings = { ...env, NODE_ENV: 'test', PORT: '0' };

async function addressOf(server: Process): Promise<string> {
  const url = /http:\S+?:\d+/.exec(await server.line('Listening on'))?.[0];
  if (url === undefined) throw new Error(`It did not say where it listens:\n${server.stdout}`);
  return url;
}

/** Good for the processes that these tests start: they have the default secret. */
function tokenOf({ admin, enterpriseId }: Departing): Promise<string> {
  const config = readConfig({});
  return issueToken({ config, clock: systemClock }, { kind: 'member', personId: admin.uuid, enterpriseId });
}

async function withDatabase<Result>(work: (db: Database) => Promise<Result>): Promise<Result> {
  await using db = await open();
  return await work(db);
}

/** A company whose handover of so many customers begins with the next runner. */
function departed(customers: number): Promise<Departing & { transferId: string }> {
  return withDatabase(async (db) => {
    await using app = await appOn(db);
    return await leave(app, customers);
  });
}

const progress = `subscription ($id: ID!) { transferProgress(id: $id) { counts { total waiting completed } } }`;

test('SIGTERM in the middle of a handover: doors closed, chunk finished or undone, exit code 0 within 10 seconds', async () => {
  const customers = kind === 'postgres' ? 20_000 : 3000;
  const story = await departed(customers);
  const server = startProcess([], settings);
  const url = await addressOf(server);
  const client = await PlainClient.signIn(`${url.replace('http', 'ws')}/graphql`, await tokenOf(story));
  client.subscribe('progress', progress, { id: transferIdOf(story) });
  await client.next('next');

  const since = performance.now();
  const code = await server.end('SIGTERM');
  const took = performance.now() - since;

  expect(`${code} ${server.stderr}`).toBe('0 ');
  expect(took).toBeLessThan(10_000);
  expect((await client.closed).code).toBe(1001);
  await withDatabase(async (db) => {
    expect(await brokenInvariants(db, story.enterpriseId)).toEqual([]);
    await using app = await appOn(db);
    await app.settle();
    expect(await brokenInvariants(db, story.enterpriseId)).toEqual([]);
    const transfer = await db.prisma.transfer.findUniqueOrThrow({ where: { id: story.transferId } });
    expect(transfer).toMatchObject({ status: 'COMPLETED', completed: customers });
  });
}, 60_000);

test.runIf(kind === 'postgres').each(['torn', 'silent'] as const)(
  'the way to the database is %s in the middle of a handover: the server stays, says so, and goes on afterwards',
  async (how) => {
    const story = await departed(20_000);
    const target = new URL(env['DATABASE_URL'] ?? '');
    await using way = await openWay(() => ({ host: target.hostname, port: Number(target.port || 5432) }));
    const server = startProcess([], { ...settings, DATABASE_URL: way.through(target.href) });
    const url = await addressOf(server);
    const token = await tokenOf(story);
    const readiness = async () => (await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(8000) })).status;
    const resign = async () => {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({
          query: `mutation ($id: ID!) { resignMember(input: { memberId: $id }) { member { id } userErrors { code } } }`,
          variables: { id: story.ana.id },
        }),
        signal: AbortSignal.timeout(25_000),
      });
      return (await response.json()) as { errors?: { message: string; extensions: { code: string } }[] };
    };
    await expect.poll(readiness, { timeout: 10_000 }).toBe(200);

    way.set(how);
    await expect.poll(readiness, { timeout: 10_000 }).toBe(503);
    // A silent line costs a request its whole patience, which is longer than this test's.
    if (how === 'torn') {
      const { errors } = await resign();
      expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['UNAVAILABLE']);
      expect(errors?.[0]?.message).not.toMatch(/ECONN|postgres|terminated|127\.0\.0\.1|prisma/i);
    }
    await delay(1000);
    expect(server.child.exitCode).toBeNull();
    expect((await fetch(`${url}/livez`)).status).toBe(200);

    way.set('open');
    await expect.poll(readiness, { timeout: 20_000 }).toBe(200);
    await using db = await open();
    const waiting = () => db.prisma.transferItem.count({ where: { transferId: story.transferId, status: 'WAITING' } });
    await expect.poll(waiting, { timeout: 40_000, interval: 200 }).toBe(0);
    expect(await brokenInvariants(db, story.enterpriseId)).toEqual([]);
    expect((await resign()).errors).toBeUndefined();
    expect(await server.end('SIGTERM')).toBe(0);
    expect(server.stdout).not.toContain(token);
  },
  120_000,
);

test.runIf(kind === 'postgres')(
  'the lines to the database go dead without a word in the middle of a handover: it goes on over new ones within seconds',
  async () => {
    const story = await departed(20_000);
    const target = new URL(env['DATABASE_URL'] ?? '');
    await using way = await openWay(() => ({ host: target.hostname, port: Number(target.port || 5432) }));
    await using db = await open();
    const waiting = () => db.prisma.transferItem.count({ where: { transferId: story.transferId, status: 'WAITING' } });
    const worker = startProcess(['worker'], { ...settings, DATABASE_URL: way.through(target.href) });
    await expect.poll(waiting, { timeout: 20_000, interval: 10 }).toBeLessThan(20_000);

    way.freeze();
    const since = performance.now();
    await expect.poll(waiting, { timeout: 50_000, interval: 50 }).toBe(0);

    // A transaction whose process has vanished is ended by the server itself only after a minute.
    expect(performance.now() - since).toBeLessThan(25_000);
    expect(worker.stdout).toContain('were dead');
    expect(await brokenInvariants(db, story.enterpriseId)).toEqual([]);
    expect(await worker.end('SIGTERM')).toBe(0);
  },
  120_000,
);
