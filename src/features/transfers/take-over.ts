import { Prisma } from '../../generated/prisma/client.js';
import type { App } from '../../platform/app.js';
import { narrowTo } from '../../platform/db/narrow-to.js';
import { inTransaction, type Tx } from '../../platform/db/transaction.js';
import { lockPortfolios, type Holding } from '../members/members.js';
import { customerText, renderText } from '../enterprise/enterprise.js';
import { sharesOf } from './shares-of.js';
import type { DueTransfer, Share } from './due-transfer.js';
import { claimDueTransfer, moveChunk } from './take-over.store.js';
import { listDueGroups, moveGroups, type DueGroup, type GroupEntry } from './take-over-groups.store.js';
import { calledOff, tellOfItems } from './tell-of-items.store.js';
import { reasonAgainst } from './transfers.policy.js';
import { changeCounts } from './transfers.store.js';

/**
 * Customers moved by one transaction: enough that the cost of the transaction vanishes, few enough that it holds its
 * locks, and the inbox's horizon, for a fraction of a second. The embedded database works in this process: fewer there.
 */
export const chunkOf = { postgres: 5000, pglite: 500 } as const;

/**
 * Moves up to `limit` due customers, or groups, of one transfer to their successors, in one transaction: relations, items, notices,
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
      await narrowTo(tx, transfer.enterpriseId);
      const successorIds = transfer.successors.map(({ id }) => id);
      const holdings = await lockPortfolios(tx, transfer.enterpriseId, [transfer.leaverId, ...successorIds]);
      const shares = limited(transfer, holdings, now, sharesOf(app, transfer, 'completed'));
      const groups = transfer.groups > 0 ? await listDueGroups(tx, { transferId: transfer.id, now, limit }) : [];
      const moved =
        groups.length > 0
          ? await moveGroups(tx, { transfer, now, shares, entries: entriesOf(app, transfer, shares, groups) })
          : await moveChunk(tx, { transfer, now, limit, shares });
      // A transfer with more to do goes behind the others that are due: a large one does not hold up the small. Only after
      // a chunk that was not full is the next due moment looked up: that steps over every item ended so far.
      const { ended, completed, full } = moved;
      await changeCounts(
        tx,
        transfer.id,
        now,
        { waiting: -ended, completed, successorFull: full, failed: ended - completed - full },
        ended === limit && groups.length === 0 ? now : undefined,
      );
      if (moved.lost) await callOff(app, tx, transfer, moved.lost, now);
      tx.wakeAfterCommit();
      return ended;
    },
    { timeoutMs: 60_000 },
  );
}

/** Tells the customers and successors of items that were announced and could not be taken over. */
async function callOff(
  app: Pick<App, 'ids'>,
  tx: Tx,
  transfer: DueTransfer,
  positions: readonly number[],
  now: Date,
): Promise<void> {
  // One who has left meanwhile does not go on serving, whatever the transfer was for.
  const kind = transfer.leaverResigned ? 'RESIGNED' : transfer.kind;
  const shares = sharesOf(app, { ...transfer, kind }, 'cancelled');
  const items = calledOff(Prisma.sql`i.position = ANY(${positions}::int[])`);
  await tellOfItems(tx, { ...transfer, transferId: transfer.id, now, shares }, items);
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

/** What each due group comes to: told to its customers in a text that names it. */
function entriesOf(
  app: Pick<App, 'ids'>,
  transfer: DueTransfer,
  shares: readonly Share[],
  groups: readonly DueGroup[],
): GroupEntry[] {
  const bySuccessor = new Map(shares.map((share) => [share.successor_id, share]));
  const text = customerText(transfer.enterprise, transfer.kind, 'groupOwnerChanged');
  return groups.map(({ name, ...group }) => {
    const share = bySuccessor.get(group.successor_id);
    if (!share) throw new Error(`Group ${group.group_id} goes to somebody who is no successor of ${transfer.id}.`);
    return {
      ...group,
      fact_id: app.ids.next(),
      participant_id: app.ids.next(),
      customer_text: renderText(text, {
        leaver: transfer.leaverName,
        successor: share.successor_name,
        contact: share.contact,
        enterprise: transfer.enterprise.name,
        hours: transfer.waitHours,
        group: name,
      }),
      reason: share.barred,
    };
  });
}
