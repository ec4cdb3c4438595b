import type { App } from '../../platform/app.js';
import { recordAudit } from '../../platform/events/audit.js';
import { endRelationOf } from '../customers/customers.js';
import { endItems } from './end-items.js';
import { letSay, requireUndecided, type CustomerCaller, type Said, type Say } from './let-say.js';

/**
 * The customer does not want the successor: nobody takes over. After a resignation they are in the pool again or, where the
 * enterprise does not reassign after a refusal, their relation ends as LOST; one of a member who stays goes on as it was.
 *
 * The successor is told. Declining what one has declined answers the same and does nothing. Refuses NOT_FOUND, TOO_LATE
 * from the moment it is due, and NOT_WAITING.
 */
export async function declineTakeover(
  app: Pick<App, 'db' | 'wakeup' | 'clock' | 'ids'>,
  caller: CustomerCaller,
  input: Say,
): Promise<Said> {
  return letSay(app, caller, 'declineTakeover', input, async (tx, asked) => {
    const { transfer, item, now } = asked;
    if (item.status === 'REFUSED') return;
    await requireUndecided(tx, caller, asked);
    await endItems(app, tx, transfer, now, {
      status: 'REFUSED',
      reason: null,
      item: { position: item.position, status: 'WAITING' },
      successorIds: [item.successorId],
      moment: null,
    });
    const { reassignAfterRefusal } = await tx.enterprise.findUniqueOrThrow({ where: { id: transfer.enterpriseId } });
    const lost = transfer.kind === 'RESIGNED' && !reassignAfterRefusal;
    if (lost) await endRelationOf(tx, item.relationId, 'LOST', now);
    await recordAudit(app, tx, caller, {
      action: 'declineTakeover',
      subject: { type: 'Relation', id: item.relationId },
      transferId: transfer.id,
      detail: { position: item.position, leaverId: transfer.leaverId, successorId: item.successorId, lost },
    });
    tx.wakeAfterCommit();
  });
}
