import type { Caller } from '../../platform/actor.js';
import type { App } from '../../platform/app.js';
import { inTransaction } from '../../platform/db/transaction.js';
import { Refusal } from '../../platform/errors.js';
import { recordAudit } from '../../platform/events/audit.js';
import { resyncReason, type InboxCursor, type Position } from './inbox-cursor.js';
import { acknowledgeRows, countUnacknowledged, readHorizon, type Recipient } from './inbox.store.js';

/** The most events that one call may name. */
export const mostAcknowledged = 1000;

/** Which events: those named, or all up to a place. */
export type Acknowledged = { readonly events: readonly Position[] } | { readonly through: InboxCursor };

/**
 * Marks events of the caller's inbox as read, and answers how many were unread before and how many still are. Doing it
 * again changes nothing. Events of others, or of nobody, are passed over without a word. Refuses more than 1,000 at once, and
 * RESYNC_REQUIRED for a cursor that means another place since the database was restored.
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
  if ('through' in which) await requireHonoured(app, which.through);
  const acknowledgedCount = await inTransaction(app, async (tx) => {
    const count = await acknowledgeRows(
      tx,
      recipient,
      'through' in which ? { through: which.through.position } : which,
      app.clock.now(),
    );
    await recordAudit(app, tx, caller, {
      action,
      subject: { type: caller.actor.kind === 'customer' ? 'Customer' : 'Member', id: recipient.recipientId },
      detail: { acknowledged: count },
    });
    return count;
  });
  return { acknowledgedCount, unreadCount: await countUnacknowledged(app, recipient) };
}

// One that has expired is as good as any: what lay before it is gone.
async function requireHonoured(app: Pick<App, 'db'>, cursor: InboxCursor): Promise<void> {
  if (!resyncReason(cursor, { ...(await readHorizon(app)), prunedXid: 0n })) return;
  throw new Refusal(
    'RESYNC_REQUIRED',
    'Your cursor was made before the database was restored. Read the list afresh, and acknowledge up to a cursor of it.',
    { path: ['input', 'through'] },
  );
}
