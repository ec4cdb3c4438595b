import type { App } from '../../platform/app.js';
import { inTransaction } from '../../platform/db/transaction.js';
import { lockPortfolios, type Holding } from '../members/members.js';
import { sharesOf } from './shares-of.js';
import { claimDueTransfer, moveChunk, type DueTransfer, type Share } from './take-over.store.js';
import { reasonAgainst } from './transfers.policy.js';
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
 * Whether a successor may still take over, and has room, is checked again here. Safe to run on any number of instances and
 * after any crash: an item is claimed and completed by the same transaction, and a transfer that another instance works
 * on is passed over. Returns how many items it ended; 0 means that nothing is due here now.
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
      const holdings = await lockPortfolios(tx, transfer.enterpriseId, [transfer.leaverId, ...successorIds]);
      const shares = limited(transfer, holdings, now, sharesOf(app, transfer, 'completed'));
      const moved = await moveChunk(tx, { transfer, now, limit, shares });
      // A transfer with more to do goes behind the others that are due: a large one does not hold up the small. Only after
      // a chunk that was not full is the next due moment looked up: that steps over every item ended so far.
      const { ended, completed, full } = moved;
      await changeCounts(
        tx,
        transfer.id,
        now,
        { waiting: -ended, completed, successorFull: full, failed: ended - completed - full },
        ended === limit ? now : undefined,
      );
      tx.wakeAfterCommit();
      return ended;
    },
    { timeoutMs: 60_000 },
  );
}

/** The shares with what holds against each successor by now. */
function limited(
  { successors, leaverId, enterprise }: DueTransfer,
  holdings: ReadonlyMap<string, Holding>,
  now: Date,
  shares: readonly Omit<Share, 'room' | 'barred'>[],
): Share[] {
  return successors.flatMap((successor, place) => {
    const share = shares[place];
    if (!share) return [];
    const limit = successor.customerLimit ?? enterprise.customerLimit;
    const lastLoginAt = successor.lastLoginAt === null ? null : new Date(successor.lastLoginAt);
    const barred = reasonAgainst({ ...successor, lastLoginAt }, leaverId, enterprise.successorInactiveDays, now);
    return [{ ...share, room: Math.max(0, limit - (holdings.get(successor.id)?.customers ?? 0)), barred }];
  });
}
