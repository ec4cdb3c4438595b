import { mkdtempSync, openAsBlob, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, inject } from 'vitest';
import { openDatabase } from '../../src/platform/db/database.js';
import type { Database } from '../../src/platform/db/database.js';
import { createLogger } from '../../src/platform/log.js';
import { openTestDatabase } from './database.js';
import { ownerDatabase } from './owner-database.js';

/** A migrated database that processes of the test's own are to use. */
export interface ChildDatabase {
  /** The environment for them. */
  readonly env: Readonly<Record<string, string>>;
  /** Opens it here, while none of them runs: the embedded one belongs to one process at a time. */
  open(): Promise<Database>;
}

/** Makes a database for child processes: a data folder, or one on the server of TEST_DATABASE_URL. Gone after the file. */
export async function openChildDatabase(): Promise<ChildDatabase> {
  const template = inject('databaseTemplate');
  const log = createLogger({ level: 'error' });
  const inherited = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' };
  if (template.kind === 'postgres') {
    const { db, url } = await openTestDatabase();
    // The database is for the children: nobody else stays connected.
    await db[Symbol.asyncDispose]();
    return {
      env: { ...inherited, DATABASE_URL: url ?? '' },
      open: async () => ownerDatabase(await openDatabase({ url: url ?? '', log })),
    };
  }
  const dataDir = mkdtempSync(join(tmpdir(), 'baton-child-'));
  afterAll(() => rmSync(dataDir, { recursive: true, force: true }));
  await using db = await openDatabase({ dataDir, loadDump: await openAsBlob(template.dump), log });
  await db.ping();
  return {
    env: { ...inherited, DATA_DIR: dataDir },
    open: async () => ownerDatabase(await openDatabase({ dataDir, log })),
  };
}
