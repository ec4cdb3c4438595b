import type { Prisma, PrismaClient } from '../../generated/prisma/client.js';
import type { Logger } from '../log.js';
import { openPglite } from './pglite.js';
import { openPostgres } from './postgres.js';

/**
 * PostgreSQL, embedded (PGlite) or on a server: one dialect, one schema, the same promises.
 *
 * Statements see the rows of the scope that their caller runs in, outside of any nobody's (`scope.ts`): the role and the
 * policies for that come with the migrations. A transaction keeps the scope in which it began.
 */
export interface Database extends AsyncDisposable {
  readonly kind: 'pglite' | 'postgres';

  /** On PGlite it must not be used inside a transaction: it would wait for that transaction's end. Use `tx`. */
  readonly prisma: PrismaClient;

  /**
   * Runs one statement on the driver itself, outside any transaction; on a server as a named prepared statement. For hot reads.
   *
   * Rows are plain objects: int8 is a number, or a bigint where a number would lose digits; timestamptz is a Date, json
   * is parsed, numeric stays text. On PGlite it waits for a running transaction, and inside one it refuses at once.
   */
  query<Row>(sql: Prisma.Sql): Promise<Row[]>;

  /**
   * The same, for many rows: hands each on as it comes, in the caller's scope, while the database still works on those after it,
   * and keeps none. Fulfilled after the last one. When it fails, or `onRow` throws, which ends the handing on, the rows before were good.
   */
  each<Row>(sql: Prisma.Sql, onRow: (row: Row) => void): Promise<void>;

  /**
   * Many UUIDs as one value for `::uuid[]` in a `query`, to be used again as long as they are the same. A server gets them in binary:
   * it takes a millisecond to read two thousand as text, for each statement that asks for them.
   */
  uuids(ids: Iterable<string>): UuidList;

  /** Runs several statements, without parameters, all of them or none, as the owner of the tables. For migrations. */
  script(sql: string): Promise<void>;

  /** Throws when the database does not answer. */
  ping(): Promise<void>;
}

/** Many UUIDs, as a database takes them. */
export type UuidList = string | Buffer;

/** Which database, and how. Nothing here is read from the environment. */
export interface DatabaseOptions {
  /** Of a PostgreSQL server; without it the embedded database is used. */
  readonly url?: string;
  /** Home of the embedded database, or `memory://`. Default `.data`. */
  readonly dataDir?: string;
  /** Contents of a new embedded database, as PGlite dumps them. */
  readonly loadDump?: Blob | File;
  /** Connections to the server, 10 by default. */
  readonly poolSize?: number;
  readonly log: Logger;
}

/** Opens the database, or throws a StartupError that says what to do. Applies no migrations. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  return options.url === undefined || options.url === '' ? openPglite(options) : openPostgres(options.url, options);
}
