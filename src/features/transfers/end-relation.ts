import type { Caller } from '../../platform/actor.js';
import type { App } from '../../platform/app.js';
import { inTransaction, type Tx } from '../../platform/db/transaction.js';
import { Refusal } from '../../platform/errors.js';
import { recordAudit } from '../../platform/events/audit.js';
import { endRelationOf, findRelation, mayEndRelation, type RelationEnd } from '../customers/customers.js';
import { requireCustomerContact } from '../enterprise/enterprise.js';
import { lockPortfolios } from '../members/members.js';
import { endItems } from './end-items.js';
import { findOpenItem } from './end-items.store.js';
import { lockTransfer } from './transfers.store.js';

/** A relation that is over. */
export interface EndedRelation {
  readonly relationId: string;
  readonly end: RelationEnd;
  readonly endedAt: string;
}

/**
 * Ends a relation for good: by the customer, by the member who serves, or by an administrator. A takeover that waits for it FAILs
 * at once, and its successor is told; the customer too, unless it was they who ended it.
 *
 * Ending what has been ended so answers how it ended, and does nothing. Refuses NOT_FOUND, also for what is somebody else's or
 * went on to somebody else, and, for members, CUSTOMER_CONTACT_DISABLED.
 */
export async function endRelation(
  app: Pick<App, 'db' | 'wakeup' | 'clock' | 'ids'>,
  caller: Caller,
  input: { readonly relationId: string },
): Promise<EndedRelation> {
  for (;;) {
    const ended = await inTransaction(app, (tx) => endUnlessMoved(app, tx, caller, input.relationId));
    if (ended) return ended;
  }
}

/**
 * What must be locked, and in which order, is known only from what is to be locked. Null: it was taken over, handed over, or
 * called off between the look and the lock, so look again.
 */
async function endUnlessMoved(
  app: Pick<App, 'clock' | 'ids'>,
  tx: Tx,
  caller: Caller,
  relationId: string,
): Promise<EndedRelation | null> {
  const { actor } = caller;
  const { enterpriseId } = actor;
  if (actor.kind === 'member') await requireCustomerContact(tx, enterpriseId);
  const found = await findRelation(tx, enterpriseId, relationId);
  if (!found || !mayEndRelation(actor, found)) throw noSuchRelation();
  const { status, memberId, customerId, endedAt } = found;
  if (status === 'DELETED_BY_CUSTOMER' || status === 'DELETED_BY_MEMBER') {
    return { relationId, end: status, endedAt: (endedAt ?? app.clock.now()).toISOString() };
  }
  if (status !== 'ACTIVE') throw noSuchRelation();

  const open = await findOpenItem(tx, relationId);
  const transfer = open && (await lockTransfer(tx, enterpriseId, open.transferId));
  if (!open) await lockPortfolios(tx, enterpriseId, [memberId]);
  const [still, stillOpen] = [await findRelation(tx, enterpriseId, relationId), await findOpenItem(tx, relationId)];
  if (still?.status !== 'ACTIVE' || still.memberId !== memberId || stillOpen?.transferId !== open?.transferId)
    return null;

  const now = app.clock.now();
  const end = actor.kind === 'customer' ? 'DELETED_BY_CUSTOMER' : 'DELETED_BY_MEMBER';
  if (open && transfer) {
    await endItems(app, tx, transfer, now, {
      status: 'FAILED',
      reason: actor.kind === 'customer' ? 'CUSTOMER_DELETED_MEMBER' : 'NO_RELATION',
      item: open,
      successorIds: open.successorId === null ? [] : [open.successorId],
      moment: actor.kind === 'customer' ? null : 'contactEnded',
    });
  }
  await endRelationOf(tx, relationId, end, now);
  await recordAudit(app, tx, caller, {
    action: 'endRelation',
    subject: { type: 'Relation', id: relationId },
    ...(open && { transferId: open.transferId }),
    detail: { memberId, customerId, end },
  });
  tx.wakeAfterCommit();
  return { relationId, end, endedAt: now.toISOString() };
}

function noSuchRelation(): Refusal {
  return new Refusal('NOT_FOUND', 'There is no such relation, or it is not yours.', { path: ['input', 'relationId'] });
}
