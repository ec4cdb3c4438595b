import type { Caller } from '../../platform/actor.js';
import type { App } from '../../platform/app.js';
import { inTransaction } from '../../platform/db/transaction.js';
import { Refusal } from '../../platform/errors.js';
import { recordAudit } from '../../platform/events/audit.js';
import { once } from '../../platform/idempotency.js';
import { endItems } from './end-items.js';
import { requireInScope } from './require-in-scope.js';
import { submitTimeoutMs as timeoutMs } from './submit-transfer.js';
import { findSuccessorIds } from './transfers.store.js';

/**
 * Calls off what still waits in a transfer: customers and groups stay with the leaver. What was taken over before stays with
 * the successor. Customers and successors who had been told of a takeover are told that it does not come; of one that waits for an
 * approval nobody had been.
 *
 * Cancelling what is cancelled answers the same and does nothing. Refuses NOT_FOUND, OUT_OF_SCOPE, and TRANSFER_FINISHED where nothing
 * waits any more.
 */
export async function cancelTransfer(
  app: Pick<App, 'db' | 'wakeup' | 'clock' | 'ids'>,
  caller: Caller,
  input: { readonly transferId: string; readonly idempotencyKey?: string | null },
): Promise<{ transferId: string }> {
  const { transferId, idempotencyKey: key } = input;
  return inTransaction(
    app,
    (tx) =>
      once(app, tx, caller, { key, operation: 'cancelTransfer', arguments: input }, async () => {
        const transfer = await requireInScope(tx, caller.actor, transferId);
        if (transfer.status === 'CANCELLED') return { transferId };
        if (transfer.waiting + transfer.queued === 0) {
          throw new Refusal(
            'TRANSFER_FINISHED',
            'Nothing of this transfer waits any more. undoTransfer takes back what was taken over.',
            { path: ['input', 'transferId'] },
          );
        }
        const ended = await endItems(app, tx, transfer, app.clock.now(), {
          status: 'CANCELLED',
          reason: null,
          item: null,
          successorIds: await findSuccessorIds(tx, transferId),
          moment: 'cancelled',
        });
        await recordAudit(app, tx, caller, {
          action: 'cancelTransfer',
          subject: { type: 'Member', id: transfer.leaverId },
          transferId,
          detail: { ...ended },
        });
        tx.wakeAfterCommit();
        return { transferId };
      }),
    { timeoutMs },
  );
}
