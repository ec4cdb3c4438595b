import type { Enterprise, Member, Prisma } from '../../generated/prisma/client.js';
import type { AssignmentStrategy, TransferKind } from '../../generated/prisma/enums.js';
import type { Caller } from '../../platform/actor.js';
import type { App } from '../../platform/app.js';
import type { Tx } from '../../platform/db/transaction.js';
import { Refusal } from '../../platform/errors.js';
import { recordAudit } from '../../platform/events/audit.js';
import { requireCustomerContact } from '../enterprise/enterprise.js';
import { lockPortfolios, type Holding } from '../members/members.js';
import { planCustomers } from './plan-customers.js';
import { insertGroupItems } from './planned-items.store.js';
import { seated, type AskedRule, type SeatedRule } from './seats-plan.js';
import { sharesOf } from './shares-of.js';
import {
  nothing,
  nothingShared,
  type CustomerPlan,
  type GroupPlan,
  type GroupSelection,
  type PlanCounts,
  type Selection,
} from './transfer-plan.js';
import { scheduled, tellOfItems } from './tell-of-items.store.js';
import { groupsPlanned } from './transfer-plan.store.js';
import { insertRules } from './transfer-rules.store.js';
import { emptySelection } from './transfers.errors.js';
import { narrowed, requireLeaver, requireSuccessor, type Leaver, type TravelChoice } from './transfers.policy.js';
import { findParties, insertTransfer, writeShares } from './transfers.store.js';

/** Successors whom an administrator names, and how they share. */
export interface NamedSuccessors {
  readonly ids: readonly string[];
  readonly strategy: AssignmentStrategy;
  /** One for each, for WEIGHTED; null: all the same. */
  readonly weights: readonly number[] | null;
}

/** A request whose selections are known, and what the transfer's row says of it. */
export interface Submission {
  readonly kind: TransferKind;
  readonly leaverId: string;
  readonly successors: NamedSuccessors;
  readonly customers: Selection | null;
  readonly groups: GroupSelection | null;
  readonly note: string;
  readonly customerMessage: string | null;
  readonly travels: TravelChoice;
  /** The selection as the transfer keeps it. */
  readonly asked: Prisma.InputJsonObject;
  readonly retryOfId: string | null;
  readonly action: string;
  /** Why there is nobody to hand over, should it come to that. */
  readonly nobody: string;
  /** The argument that is to blame for it. */
  readonly nobodyField: string;
}

// A million customers take about ten seconds on two shared cores, and their notices as long again.
export const submitTimeoutMs = 180_000;

/** Plans and writes a transfer, with its items, counts, notices and audit record, in the caller's transaction. */
export async function submitTransfer(
  app: Pick<App, 'clock' | 'ids'>,
  tx: Tx,
  caller: Caller,
  submission: Submission,
): Promise<{ transferId: string }> {
  const prepared = await prepareTransfer(app, tx, caller, submission);
  const { customerPlan, groupPlan, enterprise, leaver, successors, rules, now } = prepared;
  const { kind, leaverId, note } = submission;
  const { enterpriseId } = caller.actor;
  const { waitHours } = enterprise;
  const takeoverDueAt = new Date(now.getTime() + waitHours * 3600_000);
  const transferId = app.ids.next();
  await insertTransfer(tx, {
    id: transferId,
    enterpriseId,
    kind,
    leaverId,
    createdById: caller.actor.id,
    retryOfId: submission.retryOfId,
    submittedAt: now,
    waitHours,
    note,
    customerMessage: submission.customerMessage,
    selection: submission.asked,
    travels: narrowed(enterprise, submission.travels),
  });
  const customers = customerPlan
    ? await planCustomers(tx, customerPlan, { transferId, takeoverDueAt })
    : { ...nothing, shared: nothingShared };
  await insertRules(tx, { id: transferId, enterpriseId }, rules, customers.shared);
  const groups = groupPlan
    ? await insertGroupItems(tx, transferId, customers.total, groupPlan, groupsPlanned(groupPlan))
    : nothing;
  const total = customers.total + groups.total;
  if (total === 0) throw emptySelection(submission.nobody, submission.nobodyField);
  const successorIds = successors.map(({ id }) => id);
  await writeShares(
    tx,
    { transferId, enterpriseId, leaverId, successorIds, takeoverDueAt, now },
    { customers, groups },
  );
  if (waitHours > 0 && customers.accepted > 0) {
    const told = {
      kind,
      customerMessage: submission.customerMessage,
      leaverName: leaver.name,
      waitHours,
      enterprise,
      successors,
    };
    const shares = sharesOf(app, told, 'scheduled');
    await tellOfItems(
      tx,
      { transferId, enterpriseId, kind, leaverId, leaverName: leaver.name, note, now, shares },
      scheduled,
    );
  }
  await recordAudit(app, tx, caller, {
    action: submission.action,
    subject: { type: 'Member', id: leaverId },
    transferId,
    detail: {
      kind,
      selection: submission.asked,
      successorIds,
      ...(customers.queued > 0 && { queued: customers.queued }),
      total,
      accepted: customers.accepted + groups.accepted,
      rejected: Object.fromEntries(together(customers, groups).map(({ reason, count }) => [reason, count])),
    },
  });
  tx.wakeAfterCommit();
  return { transferId };
}

/** Who takes part in a submission, locked and checked, and the plans to follow. */
export interface Prepared {
  readonly enterprise: Enterprise;
  readonly leaver: Leaver;
  readonly successors: readonly Member[];
  readonly holdings: ReadonlyMap<string, Holding>;
  readonly rules: readonly SeatedRule[];
  readonly customerPlan: CustomerPlan | null;
  readonly groupPlan: GroupPlan | null;
  readonly now: Date;
}

/** Locks and checks who takes part, and plans. What the plans count on cannot change until the transaction ends. */
export async function prepareTransfer(
  app: Pick<App, 'clock'>,
  tx: Tx,
  caller: Caller,
  submission: Submission,
): Promise<Prepared> {
  const { enterpriseId } = caller.actor;
  const { kind, successors: named } = submission;
  await requireCustomerContact(tx, enterpriseId);
  const parties = await findParties(tx, enterpriseId, submission.leaverId, named.ids);
  const { enterprise, leaver } = parties;
  if (!leaver) throw new Refusal('NOT_FOUND', 'There is no such member.', { path: ['input', 'leaverId'] });
  const now = app.clock.now();
  requireLeaver(leaver, kind, enterprise.inheritanceDays, now);
  narrowed(enterprise, submission.travels);
  const successors = parties.successors.map((successor, place) => {
    if (!successor) {
      throw new Refusal('NOT_FOUND', 'There is no such member.', { path: ['input', 'successorIds', String(place)] });
    }
    requireSuccessor(successor, place, leaver.id, enterprise.successorInactiveDays, now);
    return successor;
  });
  // Whoever writes relations of a member holds the member's portfolio: from here on nobody else plans with these.
  const holdings = await lockPortfolios(tx, enterpriseId, [leaver.id, ...named.ids]);
  const members = new Map(successors.map((member) => [member.id, member]));
  const hall = { leaverId: leaver.id, now, enterprise, members, holdings };
  const rules = [seated(askedOf(named), hall)];
  const plan = {
    enterpriseId,
    kind,
    leaverId: leaver.id,
    now,
    onJob: { limit: enterprise.onJobLimit, windowDays: enterprise.onJobWindowDays },
  };
  const daily = { limit: enterprise.groupDailyLimit, timeZone: enterprise.timeZone };
  return {
    enterprise,
    leaver,
    successors,
    holdings,
    rules,
    now,
    customerPlan: submission.customers && { ...plan, selection: submission.customers, rules },
    groupPlan: submission.groups && { ...plan, selection: submission.groups, successorIds: named.ids, daily },
  };
}

/** Named successors as a rule that holds for everybody. */
function askedOf({ ids, strategy, weights }: NamedSuccessors): AskedRule {
  return {
    place: 0,
    ruleId: null,
    version: null,
    name: '',
    note: null,
    strategy,
    condition: null,
    looksAtCustomer: false,
    pool: ids.map((memberId, place) => ({ memberId, weight: weights?.[place] ?? 1 })),
  };
}

type Rejected = PlanCounts['rejected'];

/** What was rejected of customers and of groups, each reason once. */
export function together(customers: PlanCounts, groups: PlanCounts): Rejected {
  const counts = new Map<string, number>();
  for (const { reason, count } of [...customers.rejected, ...groups.rejected]) {
    counts.set(reason, (counts.get(reason) ?? 0) + count);
  }
  return [...counts].map(([reason, count]) => ({ reason, count }));
}
