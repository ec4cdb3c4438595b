import type { TransferItemStatus } from '../../generated/prisma/enums.js';
import type { Caller } from '../../platform/actor.js';
import type { App } from '../../platform/app.js';
import { inTransaction, type Tx } from '../../platform/db/transaction.js';
import { Refusal } from '../../platform/errors.js';
import { once } from '../../platform/idempotency.js';
import { checkNote, checkTakers } from './check-request.js';
import type { Takers } from './prepare-transfer.js';
import { requireInScope } from './require-in-scope.js';
import { submitTimeoutMs as timeoutMs, submitTransfer } from './submit-transfer.js';
import { findTakers } from './transfer-rules.store.js';

/** Statuses of items that may be tried again. */
export type RetryStatus = Extract<
  TransferItemStatus,
  'REJECTED' | 'FAILED' | 'SUCCESSOR_FULL' | 'REFUSED' | 'CANCELLED' | 'UNDONE'
>;

/** Which items of which transfer to try again, and with whom. */
export interface Retry {
  readonly transferId: string;
  readonly statuses: readonly RetryStatus[];
  /** Left out, with `byRules` too: as in the first try, which asks the rules as they are now if it went by rules. */
  readonly successorIds?: readonly string[] | null;
  readonly byRules?: boolean | null;
  /** Left out: the note of the first try. */
  readonly note?: string | null;
  readonly idempotencyKey?: string | null;
}

/**
 * Tries again what a transfer could not hand over: a new transfer of the same kind, whose items name those they follow.
 *
 * Every rule is checked anew. An item is tried again once; after that the later one is what to try. Refuses NOT_FOUND,
 * EMPTY_SELECTION where nothing is left to try, and what startTransfer refuses.
 */
export async function retryTransfer(
  app: Pick<App, 'db' | 'wakeup' | 'clock' | 'ids'>,
  caller: Caller,
  retry: Retry,
): Promise<{ transferId: string }> {
  const { transferId, statuses } = retry;
  if (statuses.length === 0) {
    throw new Refusal('INVALID_INPUT', 'Name at least one status, or leave statuses out.', {
      path: ['input', 'statuses'],
    });
  }
  if (retry.successorIds ?? retry.byRules) checkTakers(retry);
  checkNote(retry);
  return inTransaction(
    app,
    (tx) =>
      once(app, tx, caller, { key: retry.idempotencyKey, operation: 'retryTransfer', arguments: retry }, async () => {
        const first = await requireInScope(tx, caller.actor, transferId);
        const selection = { by: 'retry', transferId, statuses: [...new Set(statuses)] } as const;
        return submitTransfer(app, tx, caller, {
          kind: first.kind,
          leaverId: first.leaverId,
          takers: await takersOf(tx, retry),
          customers: selection,
          groups: first.groups > 0 ? selection : null,
          note: retry.note ?? first.note,
          customerMessage: first.customerMessage,
          travels: {
            // As the first try had it, where that is narrower than the enterprise is by now.
            ...(!first.travelTags && { tags: false }),
            ...(!first.travelRemark && { remark: false }),
            ...(!first.travelDescription && { description: false }),
            ...(!first.travelArchive && { archive: false }),
          },
          asked: { retryOf: transferId, statuses: [...selection.statuses], ...(retry.byRules && { byRules: true }) },
          retryOfId: transferId,
          action: 'retryTransfer',
          nobody:
            'Nothing of this transfer is left to try again: none of its items has such a status, or a later transfer tries them already.',
          nobodyField: 'transferId',
          expectedDigest: null,
        });
      }),
    { timeoutMs },
  );
}

/** As in the first try, unless it is said who: named ones share evenly. */
async function takersOf(tx: Tx, { transferId, successorIds, byRules }: Retry): Promise<Takers> {
  if (successorIds) return { by: 'NAMES', named: { ids: successorIds, strategy: 'EVEN', weights: null } };
  return byRules ? { by: 'RULES' } : findTakers(tx, transferId);
}
