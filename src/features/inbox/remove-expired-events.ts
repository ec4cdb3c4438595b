import type { App } from '../../platform/app.js';
import { inTransaction } from '../../platform/db/transaction.js';
import { removeExpired, type Removed } from './retention.store.js';

// A chunk is a transaction, and events that are committed meanwhile wait for its end to be read.
const chunkOf = { postgres: 5000, pglite: 1000 } as const;
const withinMs = 60_000;

/**
 * Removes a chunk of the events that have expired, and the facts that only they told of; null when there are no more. Call
 * `expireOldEvents` before. Safe on any number of instances and after any crash: a chunk is claimed and removed by the same
 * transaction, and what is removed had expired in an earlier one, so no reader steps over it unknowing.
 */
export async function removeExpiredEvents(
  app: Pick<App, 'db' | 'wakeup'>,
  limit: number = chunkOf[app.db.kind],
): Promise<Removed | null> {
  return inTransaction(app, (tx) => removeExpired(tx, limit), { timeoutMs: withinMs });
}
