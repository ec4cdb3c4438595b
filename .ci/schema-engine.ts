import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } from '@prisma/driver-adapter-utils';
import { PrismaPg } from '@prisma/adapter-pg';
import type { SqlDriverAdapter, SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import type { DiffTarget, SchemaEngine } from '@prisma/schema-engine-wasm';
import pg from 'pg';
import { PrismaPGlite } from 'pglite-prisma-adapter';

/** Where the data model and its migrations stand. */
export const schemaPath = resolve(import.meta.dirname, '../prisma/schema.prisma');
export const migrationsPath = resolve(import.meta.dirname, '../prisma/migrations');

// The part of the global that is needed: neither Node's types nor the chosen language library declare it.
const { WebAssembly: wasm } = globalThis as unknown as {
  WebAssembly: {
    instantiate(
      bytes: Uint8Array,
      imports: Record<string, object>,
    ): Promise<{ instance: { exports: Record<string, unknown> } }>;
  };
};

type EngineModule = {
  __wbg_set_wasm(exports: object): void;
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
  const { instance } = await wasm.instantiate(bytes, { './schema_engine_bg.js': module });
  module.__wbg_set_wasm(instance.exports);
  const start = instance.exports['__wbindgen_start'];
  if (typeof start !== 'function')
    throw new Error('@prisma/schema-engine-wasm has no __wbindgen_start: another version?');
  (start as () => void)();
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

// Of the catalog's one-byte type "char", and of its arrays.
const charType = 18;
const charArrayType = 1002;

/**
 * An adapter factory over a PostgreSQL server, to compare with a live database.
 *
 * The engine reads catalog columns of the type "char", which the adapter refuses, while it knows their arrays: they
 * pass as arrays, and get their own type back on the other side.
 */
export function postgresFactory(url: string): SqlMigrationAwareDriverAdapterFactory {
  const pool = new pg.Pool({ connectionString: url, idleTimeoutMillis: 100 });
  const run = pool.query.bind(pool) as (query: pg.QueryConfig) => Promise<pg.QueryResult>;
  const runDisguised = async (query: pg.QueryConfig) => {
    const result = await run(query);
    for (const field of result.fields) if (field.dataTypeID === charType) field.dataTypeID = charArrayType;
    return result;
  };
  pool.query = runDisguised as typeof pool.query;

  const factory = new PrismaPg(pool);
  const connect = factory.connect.bind(factory);
  factory.connect = async () => {
    const adapter = await connect();
    const queryRaw = adapter.queryRaw.bind(adapter);
    adapter.queryRaw = async (query) => {
      const result = await queryRaw(query);
      const columnTypes = result.columnTypes.map((type) =>
        type === ColumnTypeEnum.CharacterArray ? ColumnTypeEnum.Character : type,
      );
      return { ...result, columnTypes };
    };
    return adapter;
  };
  return factory;
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
    const { stdout } = await engine.diff({ from, to, script: true, exitCode: null, filters });
    const script = stdout ?? '';
    return script.includes('This is an empty migration') ? '' : script.trim();
  } finally {
    engine.free();
  }
}
