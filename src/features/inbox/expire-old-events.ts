import type { App } from '../../platform/app.js';
import { inTransaction } from '../../platform/db/transaction.js';
import { readHorizon } from './inbox.store.js';
import { expireEvents, markTime } from './retention.store.js';

/**
 * Expires the events that are older than their enterprise keeps (`eventRetentionDays`): whoever asks with a cursor
 * before them is told so from now on. They are still there, until `removeExpiredEvents`.
 */
export async function expireOldEvents(app: Pick<App, 'db' | 'wakeup' | 'clock'>): Promise<void> {
  const { xid } = await readHorizon(app);
  // After the horizon: what lies below it had been committed by then.
  const now = app.clock.now();
  await inTransaction(app, async (tx) => {
    await markTime(tx, xid, now);
    await expireEvents(tx, now);
  });
}
