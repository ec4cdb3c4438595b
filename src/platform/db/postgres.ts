import { AsyncResource } from 'node:async_hooks';
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { PrismaClient, type Prisma } from '../../generated/prisma/client.js';
import { StartupError } from '../errors.js';
import { batchByScope } from './batch-by-scope.js';
import type { Database, DatabaseOptions } from './database.js';
import { endDeadLines } from './dead-lines.js';
import { ScopedPool } from './scoped-pool.js';
import { asOwner } from './scope.js';
import { insideTransaction } from './transaction-scope.js';

const oldestVersion = 15;
const connectTimeoutMs = 10_000;
const preparedLimit = 500;
// A server that has vanished without a word leaves lines that look alive for a quarter of an hour. A line that does not answer
// a read in this time is thrown away.
// pg reads `query_timeout` from a query, which its types do not say.
const aRead = { query_timeout: 20_000 };
// Longer than the server lets any statement of a transaction run: only a line that is dead is silent for so long.
const longestSilenceMs = 120_000;
const longestMigration = { query_timeout: 2 ** 31 - 1 };
const pingWithinMs = 3_000;
const keepAliveAfterMs = 5_000;
const aPing = { text: 'SELECT 1', query_timeout: pingWithinMs };

/** Opens a pool of connections to a PostgreSQL server, shared by Prisma and `query`; throws a StartupError when it cannot. */
export async function openPostgres(url: string, options: Pick<DatabaseOptions, 'poolSize' | 'log'>): Promise<Database> {
  const place = placeOf(url);
  const pool = new ScopedPool({
    connectionString: url,
    max: options.poolSize ?? 10,
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: longestSilenceMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveAfterMs,
    fallback_application_name: 'baton',
    // Prisma's adapter writes times without a zone and drops the zone of what it reads: both mean UTC.
    // The pool waits for this promise before it hands the connection out, which its types do not say.
    // No JIT: the large statements are long and run for a fraction of a second, and compiling one took four.
    onConnect: (client) => client.query("SET TIME ZONE 'UTC'; SET jit = off") as unknown as undefined,
  });
  const deadLines = endDeadLines(pool, url, options.log);
  // Without a listener a lost idle connection would end the process. The pool replaces it by itself.
  pool.on('error', (error) => options.log.warn({ err: error }, 'An idle connection to PostgreSQL was lost'));

  try {
    // The application's role may not be there yet.
    const { rows } = await asOwner('the first look at the server', () =>
      pool.query<{ version: number }>("SELECT current_setting('server_version_num')::int / 10000 AS version"),
    );
    const version = rows[0]?.version ?? 0;
    if (version < oldestVersion) {
      throw new StartupError(
        `PostgreSQL at ${place} is version ${version}; version ${oldestVersion} or later is needed.`,
      );
    }
  } catch (error) {
    deadLines[Symbol.dispose]();
    await pool.end();
    throw error instanceof StartupError ? error : unreachable(place, error);
  }
  return wrap(pool, deadLines);
}

function wrap(pool: pg.Pool, deadLines: Disposable): Database {
  const prisma = batchByScope(new PrismaClient({ adapter: new PrismaPg(pool) }));
  const nameOf = statementNames();
  let closing: Promise<void> | undefined;

  function prepared({ text, values }: Prisma.Sql) {
    // It would be a second connection for one request: with all of them in transactions, nobody goes on.
    if (insideTransaction()) throw new Error('Outside of the transaction that runs, this would not see it: use tx.');
    return { name: nameOf(text), text, values, types: rowTypes };
  }

  return {
    kind: 'postgres',
    prisma,
    async query<Row>(sql: Prisma.Sql) {
      const result = await pool.query<pg.QueryResultRow>({ ...aRead, ...prepared(sql) });
      return result.rows as Row[];
    },
    async each<Row>(sql: Prisma.Sql, onRow: (row: Row) => void) {
      const query = Object.assign(new pg.Query(prepared(sql)), aRead);
      // Rows come in the context of whoever opened the connection.
      const handOn = AsyncResource.bind(onRow);
      const failures: Error[] = [];
      query.on('row', (row: Row, result) => {
        // It keeps them all otherwise.
        if (result) result.rows.length = 0;
        if (failures.length > 0) return;
        try {
          handOn(row);
        } catch (error) {
          failures.push(error as Error);
        }
      });
      // The pool answers a promise, which its types do not say. When it gives the read up it cuts the line, so no row comes after that.
      await (pool.query(query) as unknown as Promise<unknown>);
      for (const failure of failures) throw failure;
    },
    uuids: binaryUuids,
    async script(sql) {
      // Without parameters the whole text is one message, which the server runs as one transaction.
      await asOwner('migrations', () => pool.query({ text: sql, ...longestMigration }));
    },
    async ping() {
      const late = new AbortController();
      const answer = pool.query(aPing);
      // Getting a connection may take longer than the question on it.
      const limit = sleep(pingWithinMs, undefined, { signal: late.signal, ref: false }).then(() => {
        throw new Error(`PostgreSQL did not answer within ${pingWithinMs} ms.`);
      });
      try {
        await Promise.race([answer, limit]);
      } finally {
        late.abort();
        limit.catch(() => undefined);
        answer.catch(() => undefined);
      }
    },
    [Symbol.asyncDispose]() {
      deadLines[Symbol.dispose]();
      return (closing ??= prisma.$disconnect().then(() => pool.end()));
    },
  };
}

/**
 * Names for prepared statements, the same for the same text. Each connection keeps all it was given for ever, so texts
 * beyond a limit (they are being put together from their values) stay unnamed.
 */
function statementNames(): (text: string) => string | undefined {
  const names = new Map<string, string>();
  return (text) => {
    const known = names.get(text);
    if (known !== undefined || names.size >= preparedLimit) return known;
    const name = createHash('sha256').update(text).digest('base64url').slice(0, 16);
    names.set(text, name);
    return name;
  };
}

const { builtins } = pg.types;
// Not among the names pg gives to types.
const int8Array = 1016;
const defaultParser = pg.types.getTypeParser as (oid: number, format?: 'text' | 'binary') => (text: string) => unknown;

function parseInt8(text: string): number | bigint {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}

// As PGlite reads them, so that a query gives the same rows on both.
const parsers = new Map<number, (text: string) => unknown>([
  [builtins.INT8, parseInt8],
  [int8Array, (text) => (defaultParser(int8Array)(text) as (string | null)[]).map((item) => item && parseInt8(item))],
  [builtins.TIMESTAMP, (text) => new Date(`${text.replace(' ', 'T')}Z`)],
  [builtins.DATE, (text) => new Date(text)],
]);

const rowTypes = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    (format === 'binary' ? undefined : parsers.get(oid)) ?? defaultParser(oid, format),
};

const uuidBytes = 16;

/** An array of one dimension as PostgreSQL's `array_recv` reads it, which is where the driver's Buffer ends up. */
function binaryUuids(ids: Iterable<string>): Buffer {
  const all = [...ids];
  const size = 4 + uuidBytes;
  const into = Buffer.alloc(5 * 4 + all.length * size);
  // Dimensions, whether there are nulls, the type, how many, and the number of the first one.
  [all.length > 0 ? 1 : 0, 0, builtins.UUID, all.length, 1].forEach((word, index) =>
    into.writeInt32BE(word, 4 * index),
  );
  all.forEach((id, index) => {
    const at = 5 * 4 + index * size;
    into.writeInt32BE(uuidBytes, at);
    if (into.write(id.replaceAll('-', ''), at + 4, 'hex') !== uuidBytes) throw new Error('A UUID is not one.');
  });
  return all.length > 0 ? into : into.subarray(0, 3 * 4);
}

/** Where the URL leads, without user and password. */
function placeOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || !['postgres:', 'postgresql:'].includes(parsed.protocol)) {
    throw new StartupError(
      'DATABASE_URL is not the address of a PostgreSQL database. It looks like postgresql://user:password@host:5432/database; ' +
        'special characters in the password are written as %40 for @, %3A for :, %2F for /. Leave it out to use the embedded database.',
    );
  }
  return `${parsed.host || 'the local socket'}${parsed.pathname}`;
}

const advice: Record<string, string> = {
  ECONNREFUSED: 'Nothing listens there: is the server running, and the port right?',
  ENOTFOUND: 'The host name is not known: is it spelled right?',
  EAI_AGAIN: 'The host name could not be looked up: is the network up?',
  ETIMEDOUT: 'It does not answer: is a firewall between?',
  '28P01': 'The password, or the user, is wrong.',
  '28000': 'The server does not let this user in from here (pg_hba.conf).',
  '3D000': 'The server has no database of that name: make it with CREATE DATABASE.',
  '53300': 'The server has no connection left: lower the pool size, or raise max_connections.',
};

function unreachable(place: string, error: unknown): StartupError {
  const { code, message } = firstOf(error);
  // The pool's own limit has no code, only words.
  const silent = message.includes('timeout') ? advice['ETIMEDOUT'] : undefined;
  const reason = (code !== undefined && advice[code]) || silent || message;
  return new StartupError(
    `PostgreSQL at ${place} cannot be used: ${reason}\nCheck DATABASE_URL, or leave it out to use the embedded database.`,
    { cause: error },
  );
}

// A host name with several addresses fails with all their errors and a message of its own that says nothing.
function firstOf(error: unknown): { code?: string; message: string } {
  if (error instanceof AggregateError && error.errors.length > 0) return firstOf(error.errors[0]);
  if (error instanceof Error) return { code: (error as NodeJS.ErrnoException).code, message: error.message };
  return { message: String(error) };
}
