import type { App } from '../../platform/app.js';
import { inTransaction } from '../../platform/db/transaction.js';
import { customerText, renderText } from '../enterprise/enterprise.js';
import { contactOf, lockPortfolios } from '../members/members.js';
import { claimDueTransfer, moveChunk, type DueTransfer, type Share } from './take-over.store.js';
import { changeCounts } from './transfers.store.js';

/**
 * Customers moved by one transaction: enough that the cost of the transaction vanishes, few enough that it holds its
 * locks, and the inbox's horizon, for a fraction of a second. The embedded database works in this process: fewer there.
 */
export const chunkOf = { postgres: 5000, pglite: 500 } as const;

/**
 * Moves up to `limit` due customers of one transfer to their successors, in one transaction: relations, items, notices,
 * the successors' notifications, audit and counts, all or none.
 *
 * Safe to run on any number of instances and after any crash: an item is claimed and completed by the same transaction, and
 * a transfer that another instance works on is passed over. Returns how many items it ended; 0 means that nothing is due
 * here now.
 */
export async function takeOverDue(
  app: Pick<App, 'db' | 'wakeup' | 'clock' | 'ids'>,
  limit: number = chunkOf[app.db.kind],
): Promise<number> {
  return inTransaction(
    app,
    async (tx) => {
      const now = app.clock.now();
      const transfer = await claimDueTransfer(tx, now);
      if (!transfer) return 0;
      const successorIds = transfer.successors.map(({ id }) => id);
      await lockPortfolios(tx, transfer.enterpriseId, [transfer.leaverId, ...successorIds]);
      const moved = await moveChunk(tx, { transfer, now, limit, shares: sharesOf(app, transfer) });
      // A transfer with more to do goes behind the others that are due: a large one does not hold up the small. Only after
      // a chunk that was not full is the next due moment looked up: that steps over every item ended so far.
      await changeCounts(
        tx,
        transfer.id,
        now,
        { waiting: -moved.ended, completed: moved.completed, failed: moved.ended - moved.completed },
        moved.ended === limit ? now : undefined,
      );
      tx.wakeAfterCommit();
      return moved.ended;
    },
    { timeoutMs: 60_000 },
  );
}

/** What is told of each successor's share of a chunk, with the names and texts as they are now. */
function sharesOf(app: Pick<App, 'ids'>, transfer: DueTransfer): Share[] {
  const text = transfer.customerMessage ?? customerText(transfer.enterprise, transfer.kind, 'completed');
  return transfer.successors.map((successor) => {
    const contact = contactOf(successor);
    return {
      fact_id: app.ids.next(),
      audit_id: app.ids.next(),
      successor_id: successor.id,
      successor_name: successor.name,
      contact,
      customer_text: renderText(text, {
        leaver: transfer.leaverName,
        successor: successor.name,
        contact,
        enterprise: transfer.enterprise.name,
        hours: transfer.waitHours,
      }),
    };
  });
}
