import type { Caller } from '../../platform/actor.js';
import type { App } from '../../platform/app.js';
import { inTransaction } from '../../platform/db/transaction.js';
import { Refusal } from '../../platform/errors.js';
import { recordAudit } from '../../platform/events/audit.js';
import type { Position } from './inbox-cursor.js';
import { acknowledgeRows, countUnacknowledged, type Recipient } from './inbox.store.js';

/** The most events that one call may name. */
export const mostAcknowledged = 1000;

/** Which events: those named, or all up to a place. */
export type Acknowledged = { readonly events: readonly Position[] } | { readonly through: Position };

/**
 * Marks events of the caller's inbox as read, and answers how many were unread before and how many still are. Doing it
 * again changes nothing. Events of others, or of nobody, are passed over without a word. Refuses more than 1,000 at once.
 */
export async function acknowledge(
  app: Pick<App, 'db' | 'wakeup' | 'clock' | 'ids'>,
  caller: Caller,
  recipient: Recipient,
  action: string,
  which: Acknowledged,
): Promise<{ acknowledgedCount: number; unreadCount: number }> {
  if ('events' in which && which.events.length > mostAcknowledged) {
    throw new Refusal('INVALID_INPUT', `At most ${mostAcknowledged} ids at a time, got ${which.events.length}.`, {
      path: ['input', 'ids'],
    });
  }
  const acknowledgedCount = await inTransaction(app, async (tx) => {
    const count = await acknowledgeRows(tx, recipient, which, app.clock.now());
    await recordAudit(app, tx, caller, { action, detail: { acknowledged: count } });
    return count;
  });
  return { acknowledgedCount, unreadCount: await countUnacknowledged(app, recipient) };
}
