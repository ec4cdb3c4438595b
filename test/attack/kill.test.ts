import { setTimeout as delay } from 'node:timers/promises';
import { expect, inject, test } from 'vitest';
import type { Database } from '../../src/platform/db/database.js';
import { Prisma } from '../../src/generated/prisma/client.js';
import { openChildDatabase } from '../support/child-database.js';
import { brokenInvariants } from '../support/invariants.js';
import { appOn, leave } from '../support/leaving.js';
import { startProcess } from '../support/process.js';
import type { Departing } from '../support/seed.js';

const kind = inject('databaseTemplate').kind;
const { env, open } = await openChildDatabase();
const settings = { ...env, NODE_ENV: 'test', LOG_LEVEL: 'info' };

/** How the items of the company stand, and whether anything is wrong with it. */
async function state(db: Database, { enterpriseId }: Departing): Promise<{ waiting: number; completed: number }> {
  expect(await brokenInvariants(db, enterpriseId)).toEqual([]);
  const count = (status: 'WAITING' | 'COMPLETED') => db.prisma.transferItem.count({ where: { enterpriseId, status } });
  return { waiting: await count('WAITING'), completed: await count('COMPLETED') };
}

/** That everybody has exactly one holder, the right one, and was told exactly once. */
async function expectAllDone(db: Database, story: Departing, customers: number): Promise<void> {
  const { enterpriseId, ana, ben } = story;
  expect(await state(db, story)).toEqual({ waiting: 0, completed: customers });
  const holders = await db.query<{ customers: number; held: number; by: string[] }>(Prisma.sql`
    SELECT count(DISTINCT customer_id) AS customers, count(*) AS held, array_agg(DISTINCT member_id::text) AS by
    FROM relation WHERE enterprise_id = ${enterpriseId}::uuid AND status = 'ACTIVE'`);
  expect(holders).toEqual([{ customers, held: customers, by: [ana.uuid, ben.uuid].sort() }]);
  const notices = await db.query<{ notices: number; customers: number }>(Prisma.sql`
    SELECT count(*) AS notices, count(DISTINCT recipient_id) AS customers FROM inbox_event
    WHERE enterprise_id = ${enterpriseId}::uuid AND type = 'TAKEOVER_COMPLETED'`);
  expect(notices).toEqual([{ notices: customers, customers }]);
  const told = await db.prisma.fact.aggregate({ where: { enterpriseId }, _sum: { itemCount: true } });
  expect(told._sum.itemCount).toBe(customers);
  expect(await db.prisma.transfer.findMany({ where: { enterpriseId } })).toMatchObject([{ status: 'COMPLETED' }]);
}

/** Waits for it, looking often: the moment is what the test is about. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await delay(3);
}

test.runIf(kind === 'postgres')(
  'killed five times in the middle of 20,000 customers, the next process finishes',
  { timeout: 300_000 },
  async () => {
    await using db = await open();
    await using app = await appOn(db);
    const story = await leave(app, 20_000);
    const workers = `SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`;
    const moving = async () =>
      (await count(db, `${workers} AND state = 'active' AND query LIKE '%WITH share AS MATERIALIZED%'`)) > 0;
    const completed = () =>
      db.prisma.transferItem.count({ where: { transferId: story.transferId, status: 'COMPLETED' } });

    const left: number[] = [];
    for (const moment of ['at once', 'a little later', 'after a commit', 'in the statement', 'after a commit']) {
      const before = await completed();
      const worker = startProcess(['worker'], settings);
      if (moment === 'after a commit') await until(async () => (await completed()) > before);
      else await until(moving);
      await delay(moment === 'in the statement' ? 60 : moment === 'a little later' ? 200 : 0);
      expect(await worker.end('SIGKILL')).toBeNull();
      // The server goes on with what it was told until it finds the line broken.
      await until(async () => !(await moving()));
      left.push((await state(db, story)).waiting);
    }
    expect(left[4]).toBeGreaterThan(0);

    const last = startProcess(['worker'], settings);
    await until(async () => (await completed()) === 20_000);
    expect(await last.end('SIGTERM')).toBe(0);
    await expectAllDone(db, story, 20_000);
  },
);

async function count(db: Database, sql: string): Promise<number> {
  const [row] = await db.query<{ n: number }>(Prisma.raw(sql));
  return row?.n ?? 0;
}

test.runIf(kind === 'pglite')(
  'killed in the middle of 3,000 customers in a data folder, the next process finishes',
  { timeout: 300_000 },
  async () => {
    const story = await reopened(async (db) => {
      await using app = await appOn(db);
      return await leave(app, 3000);
    });

    const left: number[] = [];
    // In the first chunk, after some, and wherever that is.
    for (const pause of [0, 700, 1500]) {
      const worker = startProcess(['worker'], settings);
      await worker.line('The worker takes over what is due');
      await delay(pause);
      expect(await worker.end('SIGKILL')).toBeNull();
      left.push((await reopened((db) => state(db, story))).waiting);
    }
    expect(left[0]).toBeGreaterThan(0);

    // The folder is this process's alone: it tells itself when nothing is left to do.
    const last = startProcess([], { ...settings, PORT: '0' });
    const url = /http:\S+?:\d+/.exec(await last.line('Listening on'))?.[0];
    await until(async () => /^baton_transfers_due 0$/m.test(await (await fetch(`${url}/metrics`)).text()));
    expect(await last.end('SIGTERM')).toBe(0);
    await reopened((db) => expectAllDone(db, story, 3000));
  },
);

/** Opens the folder, while no other process has it, for this work. */
async function reopened<Result>(work: (db: Database) => Promise<Result>): Promise<Result> {
  await using db = await open();
  return await work(db);
}
