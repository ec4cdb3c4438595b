import type { App } from '../../platform/app.js';
import { recordAudit } from '../../platform/events/audit.js';
import { makeDue } from './takeover-say.store.js';
import { letSay, requireUndecided, type Asked, type CustomerCaller, type Said, type Say } from './let-say.js';

/**
 * The customer wants the successor now: the takeover is due at once, and the runner does it next.
 *
 * Accepting what one has accepted answers the same and does nothing. Refuses NOT_FOUND, TOO_LATE from the moment it was due
 * by itself, and NOT_WAITING.
 */
export async function acceptTakeover(
  app: Pick<App, 'db' | 'wakeup' | 'clock' | 'ids'>,
  caller: CustomerCaller,
  input: Say,
): Promise<Said> {
  return letSay(app, caller, 'acceptTakeover', input, async (tx, asked) => {
    const { transfer, item, now } = asked;
    if (isAccepted(asked)) return;
    await requireUndecided(tx, caller, asked);
    await makeDue(tx, transfer.id, item.position, now);
    await recordAudit(app, tx, caller, {
      action: 'acceptTakeover',
      subject: { type: 'Relation', id: item.relationId },
      transferId: transfer.id,
      detail: { position: item.position, leaverId: transfer.leaverId, successorId: item.successorId },
    });
    tx.wakeAfterCommit();
  });
}

/** Only an acceptance makes an item due before the waiting time is over. */
function isAccepted({ transfer, item: { status, takeoverDueAt, drainedAt } }: Asked): boolean {
  const { begunAt, submittedAt, waitHours } = transfer;
  const byItself = (drainedAt ?? begunAt ?? submittedAt).getTime() + waitHours * 3600_000;
  return (status === 'WAITING' || status === 'COMPLETED') && takeoverDueAt.getTime() < byItself;
}
