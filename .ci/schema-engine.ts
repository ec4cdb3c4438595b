import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import type { SqlDriverAdapter, SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import type { DiffTarget, SchemaEngine } from '@prisma/schema-engine-wasm';
import { PrismaPGlite } from 'pglite-prisma-adapter';

/** Where the data model and its migrations stand. */
export const schemaPath = resolve(import.meta.dirname, '../prisma/schema.prisma');
export const migrationsPath = resolve(import.meta.dirname, '../prisma/migrations');

type EngineModule = {
  __wbg_set_wasm(exports: WebAssembly.Exports): void;
  SchemaEngine: typeof SchemaEngine;
};

/**
 * The engine behind `prisma migrate`, from npm instead of a download, so that migrations can be written offline.
 * Its package imports the .wasm file as a module, which Node does not do unasked: it is instantiated by hand.
 */
async function loadEngine(): Promise<typeof SchemaEngine> {
  const entry = import.meta.resolve('@prisma/schema-engine-wasm');
  const glue = new URL('schema_engine_bg.js', entry).href;
  const module = (await import(glue)) as EngineModule;
  const bytes = readFileSync(new URL('schema_engine_bg.wasm', entry));
  const { instance } = await WebAssembly.instantiate(bytes, {
    './schema_engine_bg.js': module as unknown as WebAssembly.ModuleImports,
  });
  module.__wbg_set_wasm(instance.exports);
  const start = instance.exports['__wbindgen_start'];
  if (typeof start !== 'function')
    throw new Error('@prisma/schema-engine-wasm has no __wbindgen_start: another version?');
  start();
  return module.SchemaEngine;
}

/** An adapter factory over PGlite in memory: the shadow database in which migrations are replayed. */
export function pgliteFactory(main: PGlite): SqlMigrationAwareDriverAdapterFactory {
  const connect = async (db: PGlite, ownsDatabase: boolean): Promise<SqlDriverAdapter> => {
    const adapter = await new PrismaPGlite(db).connect();
    // The adapter's own version starts the script without waiting: a broken migration would end the process unnamed.
    adapter.executeScript = async (script) => void (await db.exec(script));
    adapter.dispose = async () => (ownsDatabase ? db.close() : undefined);
    return adapter;
  };
  return {
    provider: 'postgres',
    adapterName: 'pglite-prisma-adapter',
    connect: () => connect(main, false),
    connectToShadowDb: async () => connect(await PGlite.create('memory://'), true),
  };
}

const files = () => [{ path: schemaPath, content: readFileSync(schemaPath, 'utf8') }];

/** The three things a difference can be taken between. */
export const targets = {
  empty: (): DiffTarget => ({ tag: 'empty' }),
  datamodel: (): DiffTarget => ({ tag: 'schemaDatamodel', files: files() }),
  liveDatabase: (): DiffTarget => ({ tag: 'schemaDatasource', files: files(), configDir: '.' }),
  migrations: (): DiffTarget => ({
    tag: 'migrations',
    baseDir: migrationsPath,
    lockfile: {
      path: 'migration_lock.toml',
      content: readFileSync(join(migrationsPath, 'migration_lock.toml'), 'utf8'),
    },
    migrationDirectories: migrationNames().map((name) => ({
      path: name,
      migrationFile: {
        path: 'migration.sql',
        content: { tag: 'ok', value: readFileSync(join(migrationsPath, name, 'migration.sql'), 'utf8') },
      },
    })),
    shadowDbInitScript: '',
  }),
};

/** Names of the migration folders, oldest first. */
export function migrationNames(): string[] {
  return readdirSync(migrationsPath, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

/** SQL that leads from one schema to another; empty when they agree. `factory` reaches the live database, if one is meant. */
export async function diff(
  from: DiffTarget,
  to: DiffTarget,
  factory: SqlMigrationAwareDriverAdapterFactory,
): Promise<string> {
  const Engine = await loadEngine();
  const engine = await Engine.new(
    { datamodels: files().map(({ path, content }) => [path, content]) },
    () => undefined,
    bindMigrationAwareSqlAdapterFactory(factory),
  );
  try {
    const filters = { externalTables: [], externalEnums: [] };
    const { stdout } = await engine.diff({ from, to, script: true, exitCode: null, shadowDatabaseUrl: null, filters });
    const script = stdout ?? '';
    return script.includes('This is an empty migration') ? '' : script.trim();
  } finally {
    engine.free();
  }
}
