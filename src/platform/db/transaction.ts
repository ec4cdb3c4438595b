import { setTimeout as sleep } from 'node:timers/promises';
import type { Prisma } from '../../generated/prisma/client.js';
import type { App } from '../app.js';
import { insideTransaction, runAsTransaction } from './transaction-scope.js';

declare const txBrand: unique symbol;

/** The inside of a transaction. Only `inTransaction` makes one. */
export type Tx = Prisma.TransactionClient & {
  readonly [txBrand]: true;
  /** After the commit, and only then, wakes everyone who follows the database. */
  wakeAfterCommit(): void;
};

const defaultTimeoutMs = 10_000;
// Of the server's limit below Prisma's: the server must give up first, or the statement would run on without anyone.
const marginMs = 500;
const startWithinMs = 60_000;
const attempts = 4;

/**
 * Runs the work in one database transaction: all of it happens, or nothing.
 *
 * Serialization failures and dead-locks are tried again, three times at most, so the work must have no effect but
 * through `tx`. It ends with an error after `timeoutMs` (10 seconds by default). It refuses to start inside another
 * transaction: hand `tx` on instead. Work that swallowed the error of a statement fails too, since the database has
 * given up the transaction by then and would answer the commit with a silent rollback.
 */
export async function inTransaction<T>(
  app: Pick<App, 'db' | 'wakeup'>,
  work: (tx: Tx) => Promise<T>,
  options: { timeoutMs?: number } = {},
): Promise<T> {
  if (insideTransaction())
    throw new Error('inTransaction inside a transaction would wait for it for ever: hand tx on.');
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  for (let attempt = 1; ; attempt++) {
    try {
      return await runOnce(app, work, timeoutMs);
    } catch (error) {
      if (attempt === attempts || !isWorthRetrying(error)) throw error;
      // Those that collided wait differently long, or they would collide again.
      await sleep(Math.random() * 10 * 4 ** attempt);
    }
  }
}

async function runOnce<T>(
  { db, wakeup }: Pick<App, 'db' | 'wakeup'>,
  work: (tx: Tx) => Promise<T>,
  timeoutMs: number,
): Promise<T> {
  let wakes = false;
  const result = await runAsTransaction(() =>
    db.prisma.$transaction(
      async (client) => {
        if (db.kind === 'postgres') await limit(client, timeoutMs);
        const done = await work(brand(client, () => (wakes = true)));
        await client.$queryRaw`SELECT 1`;
        return done;
      },
      { timeout: timeoutMs, maxWait: startWithinMs },
    ),
  );
  if (wakes) wakeup.wake();
  return result;
}

// SET LOCAL takes no parameters; set_config(…, true) is the same. The second limit frees the locks, and the horizon of
// the inbox, when this process stands still in the middle.
async function limit(client: Prisma.TransactionClient, timeoutMs: number): Promise<void> {
  const ms = String(Math.max(timeoutMs - marginMs, 1));
  await client.$queryRaw`SELECT set_config('statement_timeout', ${ms}, true),
    set_config('idle_in_transaction_session_timeout', ${String(timeoutMs)}, true)`;
}

// Prisma's client is a proxy that takes no new members: this one stands in front of it.
function brand(client: Prisma.TransactionClient, wakeAfterCommit: () => void): Tx {
  return new Proxy(client, {
    get: (target, key) => (key === 'wakeAfterCommit' ? wakeAfterCommit : (Reflect.get(target, key, target) as unknown)),
  }) as Tx;
}

const retryable = new Set(['P2034', '40001', '40P01']);

/** Whether the database undid the transaction for the sake of another one. Looks at the causes too: use cases wrap errors. */
function isWorthRetrying(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { code, originalCode, cause, meta } = error as {
    code?: string;
    originalCode?: string;
    cause?: unknown;
    meta?: { driverAdapterError?: unknown };
  };
  if (retryable.has(code ?? '') || retryable.has(originalCode ?? '')) return true;
  return isWorthRetrying(meta?.driverAdapterError) || isWorthRetrying(cause);
}
