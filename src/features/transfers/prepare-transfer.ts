import type { Enterprise, Member, Prisma } from '../../generated/prisma/client.js';
import type { AssignmentStrategy, TransferKind } from '../../generated/prisma/enums.js';
import type { Caller } from '../../platform/actor.js';
import type { App } from '../../platform/app.js';
import type { Tx } from '../../platform/db/transaction.js';
import { Refusal } from '../../platform/errors.js';
import { requireCustomerContact } from '../enterprise/enterprise.js';
import { lockPortfolios, type Holding } from '../members/members.js';
import { summaryOf, type PlanSummary } from './digest-plan.js';
import { planCustomers, type PlannedCustomers } from './plan-customers.js';
import { countPlanned, digestGroups } from './planned-items.store.js';
import { seated, type AskedRule, type SeatedRule } from './seats-plan.js';
import { nothing, type GroupPlan, type GroupSelection, type PlanCounts, type Selection } from './transfer-plan.js';
import { groupsPlanned } from './transfer-plan.store.js';
import { emptySelection } from './transfers.errors.js';
import { narrowed, requireLeaver, requireSuccessor, type Leaver, type TravelChoice } from './transfers.policy.js';
import { findParties } from './transfers.store.js';

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
  /** The digest of the plan that was previewed; null: whatever the plan is. */
  readonly expectedDigest: string | null;
}

/** Who takes part in a submission, locked and checked, and what is planned. */
export interface Prepared {
  readonly enterprise: Enterprise;
  readonly leaver: Leaver;
  /** Whom something is planned for, or who was named; in order. */
  readonly successors: readonly Member[];
  readonly holdings: ReadonlyMap<string, Holding>;
  readonly rules: readonly SeatedRule[];
  readonly customers: PlannedCustomers | null;
  readonly groups: GroupPlan | null;
  readonly groupCounts: PlanCounts;
  readonly now: Date;
}

/**
 * Locks and checks who takes part, and plans. What the plan counts on cannot change until the transaction ends: the preview and
 * the transfer follow the same plan. `keep`: for `insertItems`.
 */
export async function prepareTransfer(
  app: Pick<App, 'clock'>,
  tx: Tx,
  caller: Caller,
  submission: Submission,
  { keep }: { readonly keep: boolean },
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
  const rules = [seated(askedOf(named), { leaverId: leaver.id, now, enterprise, members, holdings })];
  const plan = {
    enterpriseId,
    kind,
    leaverId: leaver.id,
    now,
    onJob: { limit: enterprise.onJobLimit, windowDays: enterprise.onJobWindowDays },
  };
  const daily = { limit: enterprise.groupDailyLimit, timeZone: enterprise.timeZone };
  const customers =
    submission.customers && (await planCustomers(tx, { ...plan, selection: submission.customers, rules }, { keep }));
  const groups = submission.groups && { ...plan, selection: submission.groups, successorIds: named.ids, daily };
  const groupCounts = groups ? await countPlanned(tx, groupsPlanned(groups)) : nothing;
  if ((customers?.counts.total ?? 0) + groupCounts.total === 0) {
    throw emptySelection(submission.nobody, submission.nobodyField);
  }
  return { enterprise, leaver, successors, holdings, rules, customers, groups, groupCounts, now };
}

/** What a preparation comes to, with digests of who goes to whom. */
export async function summarize(tx: Tx, { customers, groups, groupCounts }: Prepared): Promise<PlanSummary> {
  return summaryOf(
    {
      digest: customers?.digest ?? '',
      counts: customers?.counts ?? nothing,
    },
    { digest: groups ? await digestGroups(tx, groupsPlanned(groups)) : '', counts: groupCounts },
  );
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
