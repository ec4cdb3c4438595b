import { existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { PGlite } from '@electric-sql/pglite';
import { dataDir as dataDirOfNewCluster } from '@electric-sql/pglite-prepopulatedfs';
import { PrismaPGlite } from 'pglite-prisma-adapter';
import { PrismaClient, type Prisma } from '../../generated/prisma/client.js';
import { StartupError } from '../errors.js';
import { batchByScope } from './batch-by-scope.js';
import type { Database, DatabaseOptions } from './database.js';
import { lockFolder } from './folder-lock.js';
import type { FolderLock } from './folder-lock.js';
import { scopedPglite } from './scoped-pglite.js';
import { asOwner } from './scope.js';
import { insideTransaction } from './transaction-scope.js';

const inMemory = 'memory://';
const rowsInARow = 100;
/** The whole of it is cleared when it opens, by code that takes half a second for PostgreSQL's own 128 MB. */
const sharedBuffers = '16MB';

/**
 * Opens the embedded database in `dataDir`, which is made when missing and locked against other processes.
 *
 * It has one connection. PGlite lets a statement that comes from outside a running transaction wait for its end.
 */
export async function openPglite(options: Pick<DatabaseOptions, 'dataDir' | 'loadDump' | 'log'>): Promise<Database> {
  const dataDir = options.dataDir ?? '.data';
  const lock = dataDir.startsWith(inMemory) ? undefined : prepareFolder(dataDir);
  try {
    const start = performance.now();
    const pglite = await PGlite.create({
      dataDir: lock ? lock.folder : inMemory,
      // The answer to a commit waits until the file system has it: kill -9 loses nothing that was acknowledged.
      relaxedDurability: false,
      startParams: [...PGlite.defaultStartParams, '-c', `shared_buffers=${sharedBuffers}`],
      // A cluster that was made before, and is only unpacked: making one here takes four times as long.
      ...(isNew(lock) && { loadDataDir: options.loadDump ?? (await dataDirOfNewCluster()) }),
    });
    // As on a server. The prepared cluster was made under another name of the same zone.
    await pglite.exec("SET TIME ZONE 'UTC'");
    if (lock) writeFileSync(markOf(lock), '');
    if (lock) {
      const took = Math.round(performance.now() - start);
      const note = 'a crash of the process loses nothing, a power cut may: set DATABASE_URL for data that matters';
      options.log.info({ folder: lock.folder, took }, `Embedded database open; ${note}`);
    }
    return wrap(pglite, lock);
  } catch (error) {
    lock?.release();
    throw new StartupError(
      `The embedded database in ${dataDir} could not be opened: ${messageOf(error)}\n` +
        'Move the folder away to start with an empty database, or set DATABASE_URL to use a PostgreSQL server.',
      { cause: error },
    );
  }
}

// PGlite wants a folder of its own; the lock stands beside it, under the same roof.
function prepareFolder(dataDir: string): FolderLock {
  const folder = join(resolve(dataDir), 'postgres');
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new StartupError(
      `The data folder ${dataDir} cannot be made: ${messageOf(error)}\n` +
        'Set DATA_DIR to a folder that this user may write, or DATABASE_URL to use a PostgreSQL server.',
      { cause: error },
    );
  }
  const lock = lockFolder(folder);
  // A start that was stopped while it filled the folder left nothing of value, and a folder that does not open.
  if (!existsSync(markOf(lock)) && readdirSync(folder).length > 0) {
    renameSync(folder, `${folder}.unfinished-${Date.now()}`);
    mkdirSync(folder);
  }
  return lock;
}

function isNew(lock: FolderLock | undefined): boolean {
  return !lock || !existsSync(markOf(lock));
}

/** Stands beside the folder once it has been filled. */
function markOf(lock: FolderLock): string {
  return `${lock.folder}.filled`;
}

function wrap(pglite: PGlite, lock: FolderLock | undefined): Database {
  const scoped = scopedPglite(pglite);
  // The adapter sends statements, and begins transactions, and does nothing else.
  const prisma = batchByScope(new PrismaClient({ adapter: new PrismaPGlite(scoped as PGlite) }));
  let closing: Promise<void> | undefined;

  const close = async () => {
    try {
      await prisma.$disconnect();
      await pglite.close();
    } finally {
      lock?.release();
    }
  };

  async function query<Row>(sql: Prisma.Sql): Promise<Row[]> {
    if (insideTransaction()) {
      throw new Error('Outside of the transaction that runs, this would wait for its end for ever: use tx.');
    }
    const { rows } = await scoped.query<Row>(sql.text, sql.values);
    return rows;
  }

  return {
    kind: 'pglite',
    prisma,
    query,
    async each<Row>(sql: Prisma.Sql, onRow: (row: Row) => void) {
      for (const [index, row] of (await query<Row>(sql)).entries()) {
        // They are all there at once, and others have their turn as they have among rows that come over a line.
        if (index > 0 && index % rowsInARow === 0) await turn();
        onRow(row);
      }
    },
    uuids: (ids) => `{${[...ids].join()}}`,
    async script(sql) {
      await asOwner('migrations', () => scoped.exec(sql));
      // It learns of types when it opens: lists of an enum that a migration makes would be malformed until the next start.
      if (/CREATE TYPE/i.test(sql)) await pglite.refreshArrayTypes();
    },
    async ping() {
      // Only that the engine runs: a statement would wait for a long transaction, and look like a dead database.
      if (pglite.closed || !pglite.ready) throw new Error('The embedded database is closed.');
    },
    [Symbol.asyncDispose]() {
      return (closing ??= close());
    },
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
