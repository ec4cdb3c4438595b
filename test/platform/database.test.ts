import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { Prisma } from '../../src/generated/prisma/client.js';
import { openDatabase } from '../../src/platform/db/database.js';
import { currentScope, withinEnterprise } from '../../src/platform/db/scope.js';
import { inTransaction } from '../../src/platform/db/transaction.js';
import { StartupError } from '../../src/platform/errors.js';
import { createLogger } from '../../src/platform/log.js';
import { createLocalWakeup } from '../../src/platform/wakeup/local-wakeup.js';
import { openTestDatabase } from '../support/database.js';
import { createGate } from '../support/gate.js';
import { ownerDatabase } from '../support/owner-database.js';

const { db, url } = await openTestDatabase();
const app = { db, wakeup: createLocalWakeup() };
const log = createLogger({ level: 'silent' });

test('rows of a query read the same on both databases', async () => {
  const rows = await db.query(Prisma.sql`
    SELECT 7::bigint AS small, 9007199254740993::bigint AS large, ARRAY[1, 9007199254740993]::bigint[] AS many,
      '{"a": [1]}'::jsonb AS json, 1.50::numeric AS numeric, ${['a', 'b']}::text[] AS texts,
      ${new Date(1_000)}::timestamptz AS instant, DATE '2026-02-03' AS date, NULL::bigint AS nothing,
      current_setting('TimeZone') AS zone`);

  expect(rows).toEqual([
    {
      small: 7,
      large: 9007199254740993n,
      many: [1, 9007199254740993n],
      json: { a: [1] },
      numeric: '1.50',
      texts: ['a', 'b'],
      instant: new Date(1_000),
      date: new Date('2026-02-03T00:00:00Z'),
      nothing: null,
      zone: 'UTC',
    },
  ]);
});

test('a query does not see, and is not part of, a transaction that runs meanwhile', async () => {
  const read = () => db.query<{ pruned: number }>(Prisma.sql`SELECT pruned_xid AS pruned FROM inbox_epoch`);
  const started = createGate();
  const finish = createGate();

  const transaction = inTransaction(app, async (tx) => {
    await tx.$executeRaw`UPDATE inbox_epoch SET pruned_xid = 99`;
    started.open();
    await finish.opened;
    throw new Error('undone');
  });
  await started.opened;
  // From outside: PGlite's only connection is inside the transaction now.
  const seen = read();
  const broken = db.query(Prisma.sql`SELECT 1 / 0`).catch((error: unknown) => error);
  await new Promise((resolve) => setTimeout(resolve, 50));
  finish.open();

  await expect(transaction).rejects.toThrow('undone');
  expect(await seen).toEqual([{ pruned: 0 }]);
  expect(await broken).toBeInstanceOf(Error);
  expect(await read()).toEqual([{ pruned: 0 }]);
});

test('a query inside a transaction is refused instead of waiting for ever', async () => {
  await expect(inTransaction(app, () => db.query(Prisma.sql`SELECT 1`))).rejects.toThrow('use tx');
});

test('each hands on what a query answers, in its order and in the scope of who asks, and waits for a transaction as that does', async () => {
  const numbers = Prisma.sql`
    SELECT n, n::bigint * 4503599627370496 AS large, current_setting('role') AS role FROM generate_series(1, 250) n ORDER BY n DESC`;
  const enterpriseId = '01930000-0000-7000-8000-00000000000e';
  const rows: unknown[] = [];
  const scopes = new Set<unknown>();

  await withinEnterprise(enterpriseId, () =>
    db.each(numbers, (row) => {
      rows.push(row);
      scopes.add(currentScope());
    }),
  );

  expect(rows).toHaveLength(250);
  expect(rows).toEqual(await withinEnterprise(enterpriseId, () => db.query(numbers)));
  expect(rows[0]).toEqual({ n: 250, large: 1125899906842624000n, role: 'baton_app' });
  expect([...scopes]).toEqual([enterpriseId]);
  const inside = inTransaction(app, () => db.each(numbers, () => undefined));
  await expect(inside).rejects.toThrow('use tx');
});

test('each ends with the first fault of who is handed the rows, and of the statement', async () => {
  const handed: number[] = [];
  const each = (sql: Prisma.Sql, until = Infinity) =>
    db.each<{ n: number }>(sql, ({ n }) => {
      handed.push(n);
      if (n === until) throw new Error(`enough at ${n}`);
    });

  await expect(each(Prisma.sql`SELECT n FROM generate_series(1, 250) n`, 3)).rejects.toThrow('enough at 3');
  expect(handed).toEqual([1, 2, 3]);
  await expect(each(Prisma.sql`SELECT 1 / (n - 4) AS n FROM generate_series(4, 5) n`)).rejects.toThrow(
    'division by zero',
  );
  expect(handed).toEqual([1, 2, 3]);
  await each(Prisma.sql`SELECT 7 AS n`);
  expect(handed).toEqual([1, 2, 3, 7]);
});

test('a script happens whole or not at all', async () => {
  await expect(db.script('CREATE TABLE half (id int); SELECT 1 / 0;')).rejects.toThrow('division by zero');

  expect(await db.query(Prisma.sql`SELECT to_regclass('half') AS half`)).toEqual([{ half: null }]);
});

describe('an address that leads nowhere is explained without the password', () => {
  test.each([
    ['nothing listens', 'postgresql://me:hunter2@127.0.0.1:1/db', 'Nothing listens there'],
    ['unknown host', 'postgresql://me:hunter2@nowhere.invalid/db', 'host name'],
    ['not an address', 'hunter2', 'looks like postgresql://'],
    ['another database', 'mysql://me:hunter2@127.0.0.1/db', 'looks like postgresql://'],
  ])('%s', async (_name, url, expected) => {
    const error: unknown = await openDatabase({ url, log }).catch((reason: unknown) => reason);

    expect(error).toBeInstanceOf(StartupError);
    expect((error as Error).message).toContain(expected);
    expect((error as Error).message).not.toContain('hunter2');
  });
});

test.runIf(db.kind === 'postgres')('a lost idle connection ends neither the process nor the next query', async () => {
  await db.query(Prisma.sql`SELECT 1`);
  await db.query(Prisma.sql`
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'baton'`);
  await Promise.allSettled([db.ping(), db.ping(), db.ping()]);

  await expect(db.ping()).resolves.toBeUndefined();
});

test.runIf(db.kind === 'postgres')('a statement that is slow is not taken for one on a dead line', async () => {
  const asleep = db.query(Prisma.sql`SELECT 1 AS one, pg_sleep(3)::text AS slept`);
  const inside = inTransaction(app, async (tx) => {
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    return tx.$queryRaw`SELECT 2 AS two, pg_sleep(1)::text AS slept`;
  });

  expect(await Promise.all([asleep, inside])).toEqual([[{ one: 1, slept: '' }], [{ two: 2, slept: '' }]]);
});

test.runIf(db.kind === 'postgres')(
  'a plan that suits a small table is given up seconds after the table has grown',
  async () => {
    const began = performance.now();
    let passed = 0;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => began + passed);
    onTestFinished(() => void clock.mockRestore());
    await using opened = await openDatabase({ url, log, poolSize: 1 });
    const one = ownerDatabase(opened);
    await one.script('CREATE TABLE grown (id int PRIMARY KEY)');
    await one.script('ANALYZE grown');
    const look = (id: number) => one.query<{ id: number }>(Prisma.sql`SELECT id FROM grown WHERE id = ${id}::int`);
    // A server settles on a plan at the sixth time.
    for (let time = 1; time <= 6; time++) await look(time);
    const [statement] = await one.query<{ name: string }>(Prisma.sql`
    SELECT name FROM pg_prepared_statements WHERE statement LIKE 'SELECT id FROM grown%'`);
    const planOf = async () => {
      const lines = await one.query<{ 'QUERY PLAN': string }>(Prisma.raw(`EXPLAIN EXECUTE "${statement?.name}"(7)`));
      return lines[0]?.['QUERY PLAN'];
    };

    await one.script('INSERT INTO grown SELECT generate_series(1, 10000)');
    expect(await look(7)).toEqual([{ id: 7 }]);
    expect(await planOf()).toMatch(/^Seq Scan on grown/);
    passed = 6_000;

    expect(await look(7)).toEqual([{ id: 7 }]);
    expect(await planOf()).toMatch(/^Index Only Scan using grown_pkey on grown/);
  },
);
