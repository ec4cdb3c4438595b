import type { App } from '../../platform/app.js';
import { checkNote } from './check-request.js';
import { decideTransfer, type MemberCaller } from './decide-transfer.js';
import { endItems } from './end-items.js';

/**
 * Stops a transfer that waits for a second administrator: it is CANCELLED, and customers and groups stay with the leaver. Nobody
 * had been told of it, so nobody is told but the submitter, with the note.
 *
 * Disapproving again what one has disapproved answers the same and does nothing, whatever the note. Refuses NOT_FOUND,
 * OWN_TRANSFER, NOT_PENDING, and INVALID_INPUT for a note that is too long.
 */
export async function disapproveTransfer(
  app: Pick<App, 'db' | 'wakeup' | 'clock' | 'ids'>,
  caller: MemberCaller,
  input: { readonly transferId: string; readonly note?: string | null; readonly idempotencyKey?: string | null },
): Promise<{ transferId: string }> {
  checkNote(input);
  return decideTransfer(app, caller, 'disapproveTransfer', input, async (tx, { transfer, successors, now }) => {
    await endItems(app, tx, transfer, now, {
      status: 'CANCELLED',
      reason: null,
      item: null,
      successorIds: successors.map(({ id }) => id),
      moment: 'cancelled',
    });
    await tx.transfer.update({ where: { id: transfer.id }, data: { decidedById: caller.actor.id, decidedAt: now } });
  });
}
