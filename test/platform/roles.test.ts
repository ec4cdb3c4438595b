import { randomBytes } from 'node:crypto';
import { expect, inject, onTestFinished, test } from 'vitest';
import { Prisma } from '../../src/generated/prisma/client.js';
import { openDatabase } from '../../src/platform/db/database.js';
import { applyMigrations } from '../../src/platform/db/migrate.js';
import { StartupError } from '../../src/platform/errors.js';
import { inTransaction } from '../../src/platform/db/transaction.js';
import { createLogger } from '../../src/platform/log.js';
import { createLocalWakeup } from '../../src/platform/wakeup/local-wakeup.js';
import { openTestDatabase } from '../support/database.js';
import { onServer, urlOf } from '../support/database-template.js';

const { db, served } = await openTestDatabase();
const template = inject('databaseTemplate');
const log = createLogger({ level: 'silent' });
const who = Prisma.sql`SELECT current_user::text AS name`;

test('whatever the application sends, it sends as a role that owns nothing and may not pass over policies', async () => {
  const sent = await Promise.all([
    served.query(who),
    served.prisma.$queryRaw(who),
    inTransaction({ db: served, wakeup: createLocalWakeup() }, (tx) => tx.$queryRaw(who)),
    ...Array.from({ length: 20 }, () => served.query(who)),
  ]);

  expect(new Set(sent.map((rows) => JSON.stringify(rows)))).toEqual(new Set(['[{"name":"baton_app"}]']));
  const roles = await db.query(Prisma.sql`
    SELECT rolsuper, rolbypassrls, rolcanlogin, rolcreaterole, rolcreatedb,
           (SELECT count(*)::int FROM pg_class WHERE relowner = r.oid) AS owns
    FROM pg_roles r WHERE rolname = 'baton_app'`);
  expect(roles).toEqual([
    { rolsuper: false, rolbypassrls: false, rolcanlogin: false, rolcreaterole: false, rolcreatedb: false, owns: 0 },
  ]);
});

test('the owner and the application, one after the other on the same connections, never get each other’s role', async () => {
  const names = await Promise.all(
    Array.from({ length: 60 }, async (_, turn) => {
      const [row] = await (turn % 2 ? db : served).query<{ name: string }>(who);
      return row?.name === 'baton_app';
    }),
  );

  expect(names).toEqual(Array.from({ length: 60 }, (_, turn) => turn % 2 === 0));
});

test('a temporary table of the owner is not in the way of the application on the same connection', async () => {
  const keep = async (as: typeof db, rows: number) => {
    const app = { db: as, wakeup: createLocalWakeup() };
    await inTransaction(app, async (tx) => {
      await tx.$executeRaw`CREATE TEMPORARY TABLE IF NOT EXISTS kept (id int) ON COMMIT DELETE ROWS`;
      expect(await tx.$executeRaw`INSERT INTO kept SELECT generate_series(1, ${rows}::int)`).toBe(rows);
    });
  };
  const one = await openTestDatabase({ poolSize: 1 });

  await keep(one.db, 2);
  await keep(one.served, 3);
  await keep(one.db, 4);
});

test('the application may add to the audit log, and not change, remove or empty it', async () => {
  const statements = ['audit_event', 'audit_link', 'audit_item'].flatMap((table) => [
    `UPDATE ${table} SET enterprise_id = NULL`,
    `DELETE FROM ${table}`,
    `TRUNCATE ${table}`,
  ]);
  for (const statement of statements) {
    await expect(served.query(Prisma.raw(statement))).rejects.toThrow('permission denied');
  }
  await expect(served.query(Prisma.sql`SELECT count(*) FROM audit_event`)).resolves.toHaveLength(1);
});

test('the application can neither make nor drop a table, nor see which migrations there are', async () => {
  await expect(served.query(Prisma.raw('CREATE TABLE mine (id int)'))).rejects.toThrow('permission denied');
  await expect(served.query(Prisma.raw('DROP TABLE tag'))).rejects.toThrow('must be owner');
  await expect(served.query(Prisma.raw('SELECT * FROM _prisma_migrations'))).rejects.toThrow('permission denied');
});

test('a table that came later, and a right that was taken away or given by hand, are put right at the next start', async () => {
  await db.script('CREATE TABLE later (id bigserial PRIMARY KEY, name text)');
  await db.script('REVOKE UPDATE ON tag FROM baton_app; GRANT DELETE ON audit_event TO baton_app');
  await expect(served.query(Prisma.raw("INSERT INTO later (name) VALUES ('x')"))).rejects.toThrow('permission denied');

  await applyMigrations(served);

  await served.query(Prisma.raw("INSERT INTO later (name) VALUES ('x')"));
  expect(await served.query(Prisma.sql`SELECT name FROM later`)).toEqual([{ name: 'x' }]);
  await expect(served.query(Prisma.raw('DELETE FROM audit_event'))).rejects.toThrow('permission denied');
  expect(await served.query(Prisma.raw("UPDATE tag SET name = '' WHERE false"))).toEqual([]);
});

test.runIf(template.kind === 'postgres')(
  'a user who may not make roles is told which statements an administrator has to run, and then starts',
  async () => {
    if (template.kind !== 'postgres') return;
    const login = `${template.run}_${randomBytes(4).toString('hex')}`;
    await onServer(template.server, async (client) => {
      await client.query(`CREATE ROLE "${login}" LOGIN PASSWORD 'lantern'`);
      await client.query(`CREATE DATABASE "${login}" OWNER "${login}"`);
    });
    onTestFinished(() =>
      onServer(template.server, async (client) => {
        await client.query(`DROP DATABASE "${login}" WITH (FORCE)`);
        await client.query(`DROP ROLE "${login}"`);
      }),
    );
    const url = new URL(urlOf(template.server, login));
    url.username = login;
    url.password = 'lantern';
    await using theirs = await openDatabase({ url: url.href, log });

    const error: unknown = await applyMigrations(theirs).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StartupError);
    const { message } = error as StartupError;
    const statements = message.split('\n').filter((line) => line.startsWith('  '));
    expect(statements).toEqual([
      '  CREATE ROLE baton_app NOLOGIN;',
      '  CREATE ROLE baton_across NOLOGIN IN ROLE baton_app;',
      '  GRANT baton_app, baton_across TO <the user of DATABASE_URL>;',
    ]);

    await onServer(
      template.server,
      async (client) => void (await client.query(`GRANT baton_app, baton_across TO "${login}"`)),
    );
    await applyMigrations(theirs);
    expect(await theirs.query(who)).toEqual([{ name: 'baton_app' }]);
  },
);
