import type { Enterprise, Member, Prisma } from '../../generated/prisma/client.js';
import type { TransferKind } from '../../generated/prisma/enums.js';
import type { Caller } from '../../platform/actor.js';
import type { App } from '../../platform/app.js';
import type { Tx } from '../../platform/db/transaction.js';
import { Refusal } from '../../platform/errors.js';
import { reaches, reachOf } from '../../platform/rights.js';
import { requireCustomerContact } from '../enterprise/enterprise.js';
import { lockPortfolios, type Holding } from '../members/members.js';
import { summaryOf, type PlanSummary } from './digest-plan.js';
import { planCustomers, type PlannedCustomers } from './plan-customers.js';
import { countPlanned, digestGroups } from './planned-items.store.js';
import { listAskedRules, namedRule, type NamedSuccessors } from './list-asked-rules.js';
import { groupTakers, seated, type SeatedRule } from './seats-plan.js';
import { nothing, type GroupPlan, type GroupSelection, type PlanCounts, type Selection } from './transfer-plan.js';
import { groupsPlanned } from './transfer-plan.store.js';
import { emptySelection, successorOutOfScope } from './transfers.errors.js';
import { narrowed, requireLeaver, requireSuccessor, type Leaver, type TravelChoice } from './transfers.policy.js';
import { findMembers, findParties } from './transfers.store.js';

/** Who takes over: successors whom an administrator names, or those whom the enterprise's rules choose. */
export type Takers = { readonly by: 'NAMES'; readonly named: NamedSuccessors } | { readonly by: 'RULES' };

/** A request whose selections are known, and what the transfer's row says of it. */
export interface Submission {
  readonly kind: TransferKind;
  readonly leaverId: string;
  readonly takers: Takers;
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
  /** Whether the audit log names each rule that took something, as where no administrator chose them for this transfer. */
  readonly recordsRules?: boolean;
}

/** Who takes part in a submission, locked and checked, and what is planned. */
export interface Prepared {
  readonly enterprise: Enterprise;
  readonly leaver: Leaver;
  /** Who was named; by rules, for whom something is planned, in the order of the rules. */
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
  const { kind, takers } = submission;
  await requireCustomerContact(tx, enterpriseId);
  const names = takers.by === 'NAMES' ? takers.named.ids : [];
  const { enterprise, leaver, successors: named } = await findParties(tx, enterpriseId, submission.leaverId, names);
  if (!leaver || !reaches(caller.actor, 'ASSIGN', leaver.departmentId)) {
    throw new Refusal('NOT_FOUND', 'There is no such member.', { path: ['input', 'leaverId'] });
  }
  const now = app.clock.now();
  requireLeaver(leaver, kind, enterprise.inheritanceDays, now);
  narrowed(enterprise, submission.travels);
  named.forEach((successor, place) => {
    if (!successor) {
      throw new Refusal('NOT_FOUND', 'There is no such member.', { path: ['input', 'successorIds', String(place)] });
    }
    if (!reaches(caller.actor, 'ASSIGN', successor.departmentId)) throw successorOutOfScope(successor, place);
    requireSuccessor(successor, place, leaver.id, enterprise.successorInactiveDays, now);
  });
  const asked =
    takers.by === 'NAMES' ? [namedRule(takers.named)] : await listAskedRules(tx, { enterpriseId, leaver, now });
  const pool = [...new Set(asked.flatMap((rule) => rule.pool.map(({ memberId }) => memberId)))];
  // Whoever writes relations of a member holds the member's portfolio: from here on nobody else plans with these.
  const holdings = await lockPortfolios(tx, enterpriseId, [leaver.id, ...pool]);
  const members = await findMembers(tx, enterpriseId, pool);
  const reach = reachOf(caller.actor, 'ASSIGN');
  const rules = asked.map((rule) => seated(rule, { leaverId: leaver.id, reach, now, enterprise, members, holdings }));
  const plan = {
    enterpriseId,
    kind,
    leaverId: leaver.id,
    now,
    onJob: { limit: enterprise.onJobLimit, windowDays: enterprise.onJobWindowDays },
    reach,
  };
  const daily = { limit: enterprise.groupDailyLimit, timeZone: enterprise.timeZone };
  const customers =
    submission.customers && (await planCustomers(tx, { ...plan, selection: submission.customers, rules }, { keep }));
  const groups = submission.groups && { ...plan, selection: submission.groups, ...groupTakers(rules), daily };
  const groupCounts = groups ? await countPlanned(tx, groupsPlanned(groups)) : nothing;
  if ((customers?.counts.total ?? 0) + groupCounts.total === 0) {
    throw emptySelection(submission.nobody, submission.nobodyField);
  }
  const taking = (id: string) => (customers?.counts.assigned.has(id) ?? false) || groupCounts.assigned.has(id);
  const successors = (takers.by === 'NAMES' ? pool : pool.filter(taking)).flatMap((id) => members.get(id) ?? []);
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
