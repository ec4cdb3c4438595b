import { appendFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { diff, migrationNames, migrationsPath, postgresFactory, targets } from '../../.ci/schema-engine.js';
import { Prisma } from '../../src/generated/prisma/client.js';
import { openDatabase } from '../../src/platform/db/database.js';
import type { Database } from '../../src/platform/db/database.js';
import { applyMigrations } from '../../src/platform/db/migrate.js';
import { StartupError } from '../../src/platform/errors.js';
import { createLogger } from '../../src/platform/log.js';
import { openTestDatabase } from '../support/database.js';

const { db, url } = await openTestDatabase();
const log = createLogger({ level: 'silent' });
const home = mkdtempSync(join(tmpdir(), 'baton-migrations-'));
const folder = join(home, 'migrations');
const added = '29990101000000_added';

afterAll(() => rmSync(home, { recursive: true }));

beforeEach(async () => {
  await db.script(`DROP TABLE IF EXISTS added; DELETE FROM "_prisma_migrations" WHERE migration_name = '${added}';`);
  rmSync(folder, { recursive: true, force: true });
  cpSync(migrationsPath, folder, { recursive: true });
});

function add(sql: string): void {
  mkdirSync(join(folder, added));
  writeFileSync(join(folder, added, 'migration.sql'), sql);
}

const applied = (to: Database = db) =>
  to.query<{ name: string; steps: number }>(Prisma.sql`
    SELECT migration_name AS name, applied_steps_count AS steps FROM "_prisma_migrations"
    WHERE finished_at IS NOT NULL ORDER BY migration_name`);

test('a new migration is applied once, and the second time is dull', async () => {
  add('CREATE TABLE added (id int)');

  expect(await applyMigrations(db, folder)).toEqual([added]);
  expect(await applyMigrations(db, folder)).toEqual([]);
  expect((await applied()).map(({ name }) => name)).toEqual([...migrationNames(), added]);
});

test('the start refuses a migration that was changed after it was applied, and changes nothing', async () => {
  add('CREATE TABLE added (id int)');
  const [first] = migrationNames();
  appendFileSync(join(folder, first ?? '', 'migration.sql'), '\n-- a later thought\n');

  const error: unknown = await applyMigrations(db, folder).catch((reason: unknown) => reason);

  expect(error).toBeInstanceOf(StartupError);
  expect((error as Error).message).toContain(`${first} was changed`);
  expect((await applied()).map(({ name }) => name)).toEqual(migrationNames());
});

test('the start refuses a database that a newer version has used', async () => {
  add('CREATE TABLE added (id int)');
  await applyMigrations(db, folder);

  await expect(applyMigrations(db)).rejects.toThrow(`has migration ${added}, which this version does not know`);
});

test('the start refuses a database that another tool left half migrated', async () => {
  add('CREATE TABLE added (id int)');
  await db.script(`INSERT INTO "_prisma_migrations" (id, checksum, migration_name) VALUES ('1', '', '${added}')`);

  await expect(applyMigrations(db, folder)).rejects.toThrow(`--rolled-back ${added}`);
});

test('a migration that fails leaves nothing behind and can be tried again', async () => {
  add('CREATE TABLE added (id int); SELECT 1 / 0;');
  await expect(applyMigrations(db, folder)).rejects.toThrow(`Migration ${added} failed, and nothing of it was kept`);
  expect(await db.query(Prisma.sql`SELECT to_regclass('added') AS added`)).toEqual([{ added: null }]);

  writeFileSync(join(folder, added, 'migration.sql'), 'CREATE TABLE added (id int)');
  expect(await applyMigrations(db, folder)).toEqual([added]);
});

test('the hand-written part stands: one of member and customer, one open item, one active relation', async () => {
  const names = await db.query<{ name: string }>(Prisma.sql`
    SELECT indexname AS name FROM pg_indexes WHERE indexdef LIKE '%WHERE%' AND schemaname = 'public'
    UNION SELECT conname FROM pg_constraint WHERE contype = 'c' AND connamespace = 'public'::regnamespace ORDER BY name`);

  expect(names.map(({ name }) => name)).toEqual([
    'assignment_rule_default_key',
    'group_participant_one_of_member_customer_check',
    'inbox_pruning_xids',
    'member_leaves_at_idx',
    'member_resigned_idx',
    'relation_active_by_added_idx',
    'relation_active_key',
    'relation_ended_by_customer_idx',
    'relation_ended_by_member_idx',
    'rule_successor_one_of_member_department_check',
    'rule_successor_weight_check',
    'transfer_item_due_idx',
    'transfer_item_follows_key',
    'transfer_item_group_due_idx',
    'transfer_item_group_idx',
    'transfer_item_open_group_key',
    'transfer_item_open_relation_key',
    'transfer_item_queued_idx',
    'transfer_pending_check',
    'transfer_pending_idx',
    'transfer_queued_idx',
    'transfer_run_at_idx',
  ]);
  expect(await db.query(Prisma.sql`SELECT id, length(epoch) AS epoch FROM inbox_epoch`)).toEqual([
    { id: 1, epoch: 36 },
  ]);
});

test.runIf(url !== undefined)('instances that start at once apply each migration once', async () => {
  add('CREATE TABLE added (id int); SELECT pg_sleep(0.2);');
  const others = await Promise.all([1, 2, 3].map(() => openDatabase({ url, log })));

  const done = await Promise.all(others.map((other) => applyMigrations(other, folder)));

  expect(done.flat()).toEqual([added]);
  expect((await applied()).filter(({ name }) => name === added)).toHaveLength(1);
  await Promise.all(others.map((other) => other[Symbol.asyncDispose]()));
});

test.runIf(url !== undefined)('the live database has the schema of the data model', async () => {
  const factory = postgresFactory(url ?? '');
  expect(await diff(targets.liveDatabase(), targets.datamodel(), factory)).toBe('');
});
