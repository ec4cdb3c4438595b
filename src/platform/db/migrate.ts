import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Prisma } from '../../generated/prisma/client.js';
import { StartupError } from '../errors.js';
import type { Database } from './database.js';
import { prepareRoles } from './prepare-roles.js';
import { asOwner } from './scope.js';

// The number `prisma migrate` locks as well: the two wait for each other.
const lockMigrations = 'SELECT pg_advisory_xact_lock(72707369);';

// Raised when another instance was quicker. A class of our own, so that no error of a migration can look like it.
const alreadyApplied = 'MG001';

interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

interface Applied {
  readonly name: string;
  readonly checksum: string;
  readonly finished: boolean;
}

/**
 * Brings the database to the schema this program was built for, and returns the names of the migrations it applied.
 *
 * Each one is applied whole or not at all, under a lock, and entered in `_prisma_migrations` as `prisma migrate deploy`
 * would: several instances may start at once, and both tools may be used in turn. Throws a StartupError, and changes
 * nothing, when the database knows a migration that is not here, or that was different here when it was applied. At last the
 * application's role gets its rights on what there is now.
 */
export async function applyMigrations(db: Database, folder: string = findFolder()): Promise<string[]> {
  const migrations = readMigrations(folder);
  await db.script(`${lockMigrations} ${createTable}`);
  const applied = await readApplied(db);
  refuseOthers(migrations, applied);

  const known = new Set(applied.map(({ name }) => name));
  const done: string[] = [];
  for (const migration of migrations.filter(({ name }) => !known.has(name))) {
    if (await apply(db, migration)) done.push(migration.name);
  }
  await prepareRoles(db);
  return done;
}

/** Names of the migrations of this program, once they were asked for. */
let needed: readonly string[] | undefined;

/**
 * Whether the database has every migration this program was built for: not after an older backup was restored beneath it. More of
 * them, of a newer version that is just being brought out, are no fault. Throws when the database does not answer.
 */
export async function isMigrated(db: Database): Promise<boolean> {
  needed ??= readMigrations(findFolder()).map(({ name }) => name);
  const applied = new Set((await readApplied(db)).filter(({ finished }) => finished).map(({ name }) => name));
  return needed.every((name) => applied.has(name));
}

async function apply(db: Database, { name, sql, checksum }: Migration): Promise<boolean> {
  const script = `${lockMigrations}
    DO $guard$ BEGIN
      IF EXISTS (SELECT FROM "_prisma_migrations" WHERE migration_name = '${name}' AND rolled_back_at IS NULL) THEN
        RAISE EXCEPTION 'already applied' USING ERRCODE = '${alreadyApplied}';
      END IF;
    END $guard$;
    ${sql}
    ;
    INSERT INTO "_prisma_migrations" (id, checksum, finished_at, migration_name, started_at, applied_steps_count)
    VALUES (gen_random_uuid()::text, '${checksum}', clock_timestamp(), '${name}', now(), 1);`;
  try {
    await db.script(script);
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === alreadyApplied) return false;
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartupError(`Migration ${name} failed, and nothing of it was kept: ${reason}`, { cause: error });
  }
}

async function readApplied(db: Database): Promise<Applied[]> {
  return asOwner('nobody else may see what was applied', () =>
    db.query<Applied>(Prisma.sql`
      SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS finished
      FROM "_prisma_migrations" WHERE rolled_back_at IS NULL`),
  );
}

function refuseOthers(migrations: Migration[], applied: Applied[]): void {
  const here = new Map(migrations.map((migration) => [migration.name, migration]));
  for (const { name, checksum, finished } of applied) {
    const migration = here.get(name);
    if (!finished) {
      throw new StartupError(
        `Migration ${name} was begun by another tool and did not end. Put the database right, then run: ` +
          `npx prisma migrate resolve --rolled-back ${name}`,
      );
    }
    if (!migration) {
      throw new StartupError(
        `The database has migration ${name}, which this version does not know: it was used by a newer version. Start that one, or restore a backup.`,
      );
    }
    if (migration.checksum !== checksum) {
      throw new StartupError(
        `Migration ${name} was changed after it was applied to this database. Bring its file back to what it was, and put the change into a new migration.`,
      );
    }
  }
}

function readMigrations(folder: string): Migration[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && /^\w+$/.test(entry.name))
    .map(({ name }) => {
      const sql = readFileSync(join(folder, name, 'migration.sql'), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

// This file stands in src/, or in dist/src/ when compiled: the folder is above it either way.
function findFolder(): string {
  for (let at = import.meta.dirname; ; at = dirname(at)) {
    const folder = join(at, 'prisma', 'migrations');
    if (existsSync(join(folder, 'migration_lock.toml'))) return folder;
    if (dirname(at) === at)
      throw new StartupError('The folder prisma/migrations is missing: install the program again.');
  }
}

// As Prisma makes it.
const createTable = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" VARCHAR(36) PRIMARY KEY NOT NULL,
  "checksum" VARCHAR(64) NOT NULL,
  "finished_at" TIMESTAMPTZ,
  "migration_name" VARCHAR(255) NOT NULL,
  "logs" TEXT,
  "rolled_back_at" TIMESTAMPTZ,
  "started_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
  "applied_steps_count" INTEGER NOT NULL DEFAULT 0
);`;
