import { randomBytes } from 'node:crypto';
import { openAsBlob } from 'node:fs';
import { afterAll, inject } from 'vitest';
import type { RunnerTestSuite } from 'vitest';
import { openDatabase } from '../../src/platform/db/database.js';
import type { Database } from '../../src/platform/db/database.js';
import { createLogger } from '../../src/platform/log.js';
import { onServer, urlOf } from './database-template.js';
import { ownerDatabase } from './owner-database.js';

/** A migrated database that nobody else uses. */
export interface TestDatabase {
  /** For the test's own hands: as the owner of the tables, see `ownerDatabase`. */
  readonly db: Database;
  /** The same as the application works with it. */
  readonly served: Database;
  /** For another connection to the same database; undefined on PGlite, which has only one. */
  readonly url?: string;
}

/**
 * Opens a database of the test file's own, on PGlite, or on the server of TEST_DATABASE_URL. Call it at the top level
 * of the file: `const { db } = await openTestDatabase();`
 *
 * It is dropped after the file's last test. When one of them failed on a server it is kept, and its name printed.
 */
export async function openTestDatabase(options: { poolSize?: number } = {}): Promise<TestDatabase> {
  const template = inject('databaseTemplate');
  const log = createLogger({ level: 'error' });
  if (template.kind === 'pglite') {
    const db = await openDatabase({ dataDir: 'memory://', loadDump: await openAsBlob(template.dump), log });
    afterAll(() => db[Symbol.asyncDispose]());
    return { db: ownerDatabase(db), served: db };
  }

  const name = `${template.run}_${randomBytes(4).toString('hex')}`;
  await onServer(template.server, async (client) => {
    await client.query(`CREATE DATABASE "${name}" TEMPLATE "${template.template}"`);
  });
  const url = urlOf(template.server, name);
  const db = await openDatabase({ url, log, ...options });
  // vitest reads the source of this function, and wants its first argument destructured.
  afterAll(async ({}, suite) => {
    await db[Symbol.asyncDispose]();
    await onServer(template.server, async (client) => {
      if (!hasFailed(suite)) return void (await client.query(`DROP DATABASE "${name}" WITH (FORCE)`));
      // Out of the run's names, all of which are dropped at its end.
      const kept = name.replace('baton_test_', 'baton_kept_');
      await client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name]);
      await client.query(`ALTER DATABASE "${name}" RENAME TO "${kept}"`);
      console.error(`A test failed; its database is kept: ${kept}`);
    });
  });
  return { db: ownerDatabase(db), served: db, url };
}

function hasFailed(suite: Readonly<RunnerTestSuite>): boolean {
  return (
    suite.result?.state === 'fail' ||
    suite.tasks.some((task) => (task.type === 'suite' ? hasFailed(task) : task.result?.state === 'fail'))
  );
}
