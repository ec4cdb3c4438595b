import type { Caller } from '../../platform/actor.js';
import type { App } from '../../platform/app.js';
import type { Tx } from '../../platform/db/transaction.js';
import { recordAudit } from '../../platform/events/audit.js';
import { announce } from './announce.js';
import { askForApproval } from './approval.store.js';
import { differencesOf, readDigest } from './digest-plan.js';
import { needsApproval } from './needs-approval.js';
import { insertGroupItems, insertItems } from './planned-items.store.js';
import { prepareTransfer, summarize, type Prepared, type Submission } from './prepare-transfer.js';
import { recordRules } from './record-rules.js';
import { keptRules, noteFor } from './seats-plan.js';
import { nothing, together } from './transfer-plan.js';
import { groupsPlanned } from './transfer-plan.store.js';
import { insertRules } from './transfer-rules.store.js';
import { noDigest, planChanged } from './transfers.errors.js';
import { narrowed } from './transfers.policy.js';
import { insertTransfer, writeShares } from './transfers.store.js';

// A million customers take about ten seconds on two shared cores, and their notices as long again.
export const submitTimeoutMs = 180_000;

/**
 * Plans and writes a transfer, with its items, counts, notices and audit record, in the caller's transaction. Refuses
 * PLAN_CHANGED, with the difference, where the plan is not the one that was previewed.
 *
 * One that needs an approval is written as any other, so that nobody else hands the same customers over, but nothing of it is due and
 * nobody is told but those who may approve it.
 */
export async function submitTransfer(
  app: Pick<App, 'clock' | 'ids'>,
  tx: Tx,
  caller: Caller,
  submission: Submission,
): Promise<{ transferId: string }> {
  const prepared = await prepareTransfer(app, tx, caller, submission, { keep: true });
  await requireSamePlan(tx, submission, prepared);
  const { customers, groups, enterprise, leaver, successors, rules, now } = prepared;
  const { kind, leaverId, note } = submission;
  const { enterpriseId } = caller.actor;
  const { waitHours } = enterprise;
  const held = await needsApproval(tx, caller, prepared);
  const begunAt = held ? null : now;
  const takeoverDueAt = begunAt && new Date(begunAt.getTime() + waitHours * 3600_000);
  const transferId = app.ids.next();
  await insertTransfer(tx, {
    id: transferId,
    enterpriseId,
    kind,
    leaverId,
    departmentId: leaver.departmentId,
    createdById: caller.actor.id,
    retryOfId: submission.retryOfId,
    submittedAt: now,
    begunAt,
    waitHours,
    note,
    customerMessage: submission.customerMessage,
    selection: submission.asked,
    travels: narrowed(enterprise, submission.travels),
  });
  const transfer = { id: transferId, enterpriseId };
  const customerCounts = customers
    ? await insertItems(tx, { ...transfer, takeoverDueAt }, submission.customers, customers.given)
    : nothing;
  await insertRules(tx, transfer, keptRules(rules, customers?.rules ?? []));
  const groupCounts = groups
    ? await insertGroupItems(
        tx,
        { id: transferId, dueAt: begunAt },
        customerCounts.total,
        groups,
        groupsPlanned(groups),
      )
    : nothing;
  const counts = { customers: customerCounts, groups: groupCounts };
  const successorIds = successors.map(({ id }) => id);
  const choices = choicesOf(prepared);
  const noted = successorIds.map((id) => ({
    id,
    note: noteFor(
      id,
      note,
      rules.map(({ asked }) => asked),
      choices,
    ),
  }));
  await writeShares(tx, { transferId, enterpriseId, leaverId, successors: noted, takeoverDueAt, now }, counts);
  const { customerMessage } = submission;
  const { name: leaverName } = leaver;
  const told = { transferId, enterpriseId, kind, leaverId, leaverName, note, customerMessage, waitHours, now };
  const open = { customers: customerCounts.accepted + customerCounts.queued, groups: groupCounts.accepted };
  if (held) await askForApproval(app, tx, caller, { ...told, ...open });
  else if (customerCounts.accepted > 0) await announce(app, tx, { ...told, enterprise, successors });
  await recordAudit(app, tx, caller, {
    action: submission.action,
    subject: { type: 'Member', id: leaverId },
    transferId,
    detail: {
      kind,
      selection: submission.asked,
      successorIds,
      total: customerCounts.total + groupCounts.total,
      accepted: customerCounts.accepted + groupCounts.accepted,
      ...(customerCounts.queued > 0 && { queued: customerCounts.queued }),
      ...(held && { awaitsApproval: true }),
      rejected: Object.fromEntries(together(customerCounts, groupCounts).map(({ reason, count }) => [reason, count])),
    },
  });
  if (submission.recordsRules) await recordRules(app, tx, caller, transferId, prepared);
  tx.wakeAfterCommit();
  return { transferId };
}

/** Which rules chose whom. */
function choicesOf({ customers, groups, groupCounts }: Prepared): { rulePlace: number; successorId: string }[] {
  return [
    ...(customers?.given.helpings ?? []).map(({ rule, member_id }) => ({ rulePlace: rule, successorId: member_id })),
    ...[...groupCounts.assigned.keys()].map((successorId) => ({ rulePlace: groups?.rulePlace ?? 0, successorId })),
  ];
}

async function requireSamePlan(tx: Tx, { expectedDigest }: Submission, prepared: Prepared): Promise<void> {
  if (expectedDigest === null) return;
  const expected = readDigest(expectedDigest);
  if (!expected) throw noDigest();
  const differences = differencesOf(expected, await summarize(tx, prepared));
  if (differences.length > 0) throw planChanged(differences);
}
