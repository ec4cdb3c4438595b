import type { Caller } from '../../platform/actor.js';
import type { Tx } from '../../platform/db/transaction.js';
import { findRole } from './approval.store.js';
import type { Prepared } from './prepare-transfer.js';

/**
 * Whether a prepared transfer waits for a second administrator: it is a customer-contact administrator's, and hands over more
 * than the enterprise's approvalAbove. Customers and groups count, queued customers too; rejected ones do not.
 */
export async function needsApproval(
  tx: Tx,
  caller: Caller,
  { enterprise, customers, groupCounts }: Pick<Prepared, 'enterprise' | 'customers' | 'groupCounts'>,
): Promise<boolean> {
  const { approvalAbove } = enterprise;
  if (approvalAbove === null) return false;
  const { accepted = 0, queued = 0 } = customers?.counts ?? {};
  if (accepted + queued + groupCounts.accepted <= approvalAbove) return false;
  return (await findRole(tx, caller)) === 'CUSTOMER_CONTACT';
}
