import { Prisma, type Transfer } from '../../generated/prisma/client.js';
import type { App } from '../../platform/app.js';
import type { Tx } from '../../platform/db/transaction.js';
import type { Moment } from '../enterprise/enterprise.js';
import { lockPortfolios } from '../members/members.js';
import { endOpenItems, type Ended, type Ending } from './end-items.store.js';
import { sharesOf } from './shares-of.js';
import { calledOff, tellOfItems, type News } from './tell-of-items.store.js';
import { changeCounts, findParties } from './transfers.store.js';

/**
 * Ends open items of a transfer without a takeover, in the transaction of the caller, who has locked the transfer: all of
 * them, or one. Locks the leaver and who holds what, counts on both sides, and tells the successors; the customers too, where
 * `moment` names what they read, and only if they had been told of a takeover.
 */
export async function endItems(
  app: Pick<App, 'ids'>,
  tx: Tx,
  transfer: Transfer,
  now: Date,
  ending: Ending & {
    /** Null: all that is open. */
    readonly item: { readonly position: number; readonly status: 'WAITING' | 'QUEUED' } | null;
    readonly successorIds: readonly string[];
    /** What the customers read; null: nothing. */
    readonly moment: Moment | null;
  },
): Promise<Ended> {
  const { id, enterpriseId, kind, leaverId, waitHours } = transfer;
  const { item, successorIds, status, moment } = ending;
  const { leaver, enterprise, successors } = await findParties(tx, enterpriseId, leaverId, successorIds);
  if (!leaver) throw new Error(`Transfer ${id} names a leaver who is not there.`);
  await lockPortfolios(tx, enterpriseId, [leaverId, ...successorIds]);
  const ended = await endOpenItems(tx, transfer, ending, now, item?.position ?? null);
  await changeCounts(tx, id, now, changesOf(transfer, status, item));
  if (waitHours > 0 || status === 'REFUSED') {
    const told = {
      // One who has left meanwhile does not go on serving, whatever the transfer was for.
      kind: leaver.status === 'RESIGNED' ? 'RESIGNED' : kind,
      leaverName: leaver.name,
      waitHours,
      customerMessage: null,
      enterprise,
      successors: successors.filter((successor) => successor !== null),
    } as const;
    const shares = sharesOf(app, told, moment ?? 'cancelled');
    const about = { transferId: id, enterpriseId, kind, leaverId, leaverName: leaver.name, now, shares };
    await tellOfItems(tx, about, newsOf(status, moment, item));
  }
  return ended;
}

function changesOf(
  { waiting, queued }: Transfer,
  status: Ending['status'],
  item: { readonly status: 'WAITING' | 'QUEUED' } | null,
) {
  const counter = ({ REFUSED: 'refused', CANCELLED: 'cancelled', FAILED: 'failed' } as const)[status];
  if (item === null) return { waiting: -waiting, queued: -queued, [counter]: waiting + queued };
  return { [item.status === 'WAITING' ? 'waiting' : 'queued']: -1, [counter]: 1 };
}

function newsOf(status: Ending['status'], moment: Moment | null, item: { readonly position: number } | null): News {
  const items = item ? Prisma.sql`i.position = ${item.position}::int` : Prisma.sql`i.status = 'CANCELLED'`;
  if (status === 'REFUSED') return { fact: 'REFUSAL', toSuccessors: 'CUSTOMERS_REFUSED', toCustomers: null, items };
  return calledOff(items, moment !== null);
}
