import type { Transfer } from '../../generated/prisma/client.js';
import type { Actor } from '../../platform/actor.js';
import type { Tx } from '../../platform/db/transaction.js';
import { Refusal } from '../../platform/errors.js';
import { reaches, reachOf } from '../../platform/rights.js';
import { findMembers, findSuccessorIds, lockTransfer } from './transfers.store.js';

/**
 * A transfer that the actor may act upon, locked: their ASSIGN reaches the department it belongs to, and where its leaver and
 * each of its successors work by now.
 *
 * Refuses NOT_FOUND for one that is not there or whose leaver is out of reach, and OUT_OF_SCOPE where a successor is.
 */
export async function requireInScope(tx: Tx, actor: Actor, transferId: string): Promise<Transfer> {
  const path = ['input', 'transferId'];
  const transfer = await lockTransfer(tx, actor.enterpriseId, transferId);
  const noSuch = () => new Refusal('NOT_FOUND', 'There is no such transfer.', { path });
  if (!transfer || !reaches(actor, 'ASSIGN', transfer.departmentId)) throw noSuch();
  if (reachOf(actor, 'ASSIGN') === 'ALL') return transfer;
  const successorIds = await findSuccessorIds(tx, transferId);
  const members = await findMembers(tx, actor.enterpriseId, [transfer.leaverId, ...successorIds]);
  const isReached = (id: string) => reaches(actor, 'ASSIGN', members.get(id)?.departmentId ?? null);
  if (!isReached(transfer.leaverId)) throw noSuch();
  if (successorIds.every(isReached)) return transfer;
  throw new Refusal(
    'OUT_OF_SCOPE',
    'Some of its successors work in none of your departments. Ask an administrator whose scope is wider.',
    { path },
  );
}
