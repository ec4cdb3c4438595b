import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { openDatabase } from '../../src/platform/db/database.js';
import { applyMigrations } from '../../src/platform/db/migrate.js';
import { createLogger } from '../../src/platform/log.js';

/** What the test files make their databases from: a dump for PGlite, a template on the server of TEST_DATABASE_URL. */
export type DatabaseTemplate =
  | { readonly kind: 'pglite'; readonly dump: string }
  | { readonly kind: 'postgres'; readonly server: string; readonly run: string; readonly template: string };

declare module 'vitest' {
  interface ProvidedContext {
    databaseTemplate: DatabaseTemplate;
  }
}

const root = resolve(import.meta.dirname, '../..');
const prefix = 'baton_test_';
const leftoverAfterMs = 6 * 3_600_000;

/** Prepares a migrated database once for all test files; what it returns runs after the last one. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = process.env.TEST_DATABASE_URL;
  if (server) return setupPostgres(project, server);
  project.provide('databaseTemplate', { kind: 'pglite', dump: await preparedDump() });
  return async () => undefined;
}

async function setupPostgres(project: TestProject, server: string): Promise<() => Promise<void>> {
  const run = `${prefix}${Date.now().toString(36)}_${process.pid}`;
  const template = `${run}_template`;
  await onServer(server, async (client) => {
    await dropLeftovers(client);
    await client.query(`CREATE DATABASE "${template}"`);
  });
  await using db = await openDatabase({ url: urlOf(server, template), log: createLogger({ level: 'silent' }) });
  await applyMigrations(db);
  project.provide('databaseTemplate', { kind: 'postgres', server, run, template });
  return () => onServer(server, (client) => drop(client, (name) => name.startsWith(`${run}_`)));
}

/** The address of another database on the same server. */
export function urlOf(server: string, database: string): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}

/** Runs administrative statements, which belong to no test's database. */
export async function onServer(server: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

// A run that was killed could not clean up. Younger ones may belong to a run that is still going on.
async function dropLeftovers(client: pg.Client): Promise<void> {
  await drop(client, (name) => {
    const began = parseInt(name.slice(prefix.length).split('_')[0] ?? '', 36);
    return name.startsWith(prefix) && began < Date.now() - leftoverAfterMs;
  });
}

async function drop(client: pg.Client, isMeant: (name: string) => boolean): Promise<void> {
  const { rows } = await client.query<{ datname: string }>('SELECT datname FROM pg_database');
  for (const { datname } of rows.filter((row) => isMeant(row.datname))) {
    await client.query(`DROP DATABASE IF EXISTS "${datname}" WITH (FORCE)`);
  }
}

// Making one takes seconds, so it is kept for the next run, under a name that changes with all that goes into it.
async function preparedDump(): Promise<string> {
  const cache = join(root, 'node_modules/.cache/baton');
  const file = join(cache, `template-${fingerprint()}.tar`);
  if (existsSync(file)) return file;

  const home = mkdtempSync(join(tmpdir(), 'baton-template-'));
  try {
    {
      await using db = await openDatabase({ dataDir: home, log: createLogger({ level: 'silent' }) });
      await applyMigrations(db);
    }
    await using pglite = await PGlite.create(join(home, 'postgres'));
    const dump = await pglite.dumpDataDir('none');
    mkdirSync(cache, { recursive: true });
    const draft = `${file}.${process.pid}`;
    writeFileSync(draft, Buffer.from(await dump.arrayBuffer()));
    renameSync(draft, file);
    return file;
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

function fingerprint(): string {
  const hash = createHash('sha256');
  hash.update(readFileSync(join(root, 'node_modules/@electric-sql/pglite/package.json')));
  hash.update(readFileSync(join(root, 'src/platform/db/prepare-roles.ts')));
  const migrations = join(root, 'prisma/migrations');
  for (const name of readdirSync(migrations, { recursive: true, encoding: 'utf8' }).sort()) {
    if (name.endsWith('.sql')) hash.update(name).update(readFileSync(join(migrations, name)));
  }
  return hash.digest('hex').slice(0, 16);
}
