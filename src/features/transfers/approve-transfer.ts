import type { App } from '../../platform/app.js';
import type { Tx } from '../../platform/db/transaction.js';
import { Refusal } from '../../platform/errors.js';
import { requireCustomerContact } from '../enterprise/enterprise.js';
import { lockPortfolios } from '../members/members.js';
import { announce } from './announce.js';
import { beginTransfer } from './approval.store.js';
import { decideTransfer, type MemberCaller, type Pending } from './decide-transfer.js';
import { countGroupsOfTheDay } from './transfer-plan.store.js';
import { requireLeaver } from './transfers.policy.js';

/**
 * Lets a transfer that waits for a second administrator begin: its customers are due when the waiting time is over, counted from
 * now, and are told so with their successors; groups are due at once. The submitter is told.
 *
 * Approving again what one has approved answers the same and does nothing. Refuses NOT_FOUND, OWN_TRANSFER, NOT_PENDING,
 * CUSTOMER_CONTACT_DISABLED, GROUP_DAILY_LIMIT on a later day of which too few groups are left, and what holds against the leaver by
 * now.
 */
export async function approveTransfer(
  app: Pick<App, 'db' | 'wakeup' | 'clock' | 'ids'>,
  caller: MemberCaller,
  input: { readonly transferId: string; readonly idempotencyKey?: string | null },
): Promise<{ transferId: string }> {
  return decideTransfer(app, caller, 'approveTransfer', input, async (tx, pending) => {
    const { transfer, leaver, enterprise, now } = pending;
    await requireCustomerContact(tx, transfer.enterpriseId);
    requireLeaver(leaver, transfer.kind, enterprise.inheritanceDays, now, 'transferId');
    if (pending.groups > 0) await requireGroupsLeft(tx, pending);
    await beginTransfer(tx, transfer, caller.actor.id, now);
    await announce(app, tx, { ...transfer, ...pending, transferId: transfer.id, leaverName: leaver.name });
  });
}

/** On the day it was submitted its groups are counted already; on a later one they count from now on. */
async function requireGroupsLeft(tx: Tx, { transfer, leaver, enterprise, groups, now }: Pending): Promise<void> {
  const { id: leaverId, enterpriseId } = leaver;
  // Whoever submits groups of the same owner counts under this lock.
  await lockPortfolios(tx, enterpriseId, [leaverId]);
  const { timeZone, groupDailyLimit } = enterprise;
  const owner = { enterpriseId, leaverId, timeZone, now };
  const others = await countGroupsOfTheDay(tx, owner, transfer.id);
  if (others + groups <= groupDailyLimit) return;
  throw new Refusal(
    'GROUP_DAILY_LIMIT',
    `Of ${leaver.name}'s groups ${others} go today already, and these are ${groups} more: at most ${groupDailyLimit} do in a day. ` +
      'Approve it tomorrow, or raise groupDailyLimit with updateSettings.',
    { path: ['input', 'transferId'] },
  );
}
