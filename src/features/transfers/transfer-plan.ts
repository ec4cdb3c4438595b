import type { Prisma } from '../../generated/prisma/client.js';
import type { AssignmentStrategy, TransferItemStatus, TransferKind } from '../../generated/prisma/enums.js';
import type { Reach } from '../../platform/rights.js';
import type { Seat } from './share-out.js';
import type { TransferReason } from './transfer-reasons.js';

/** Which of the leaver's customers a transfer takes. */
export type Selection =
  | { readonly by: 'ids'; readonly customerIds: readonly string[] }
  /** `condition` speaks of the aliases `r` (relation) and `c` (customer). */
  | { readonly by: 'filter'; readonly condition: Prisma.Sql }
  | { readonly by: 'all' }
  | RetrySelection
  | QueuedSelection;

/** The first so many customers of a running transfer who are queued, by place. Their rule is known, and stays. */
export interface QueuedSelection {
  readonly by: 'queued';
  readonly transferId: string;
  /** Null: at whatever rule. */
  readonly rulePlace: number | null;
  readonly limit: number;
  /** Why none of them is handed over any more; null: those whose relation stands are. */
  readonly against: TransferReason | null;
}

/** The items of an earlier transfer that ended in one of these statuses, and that no later one tries again. */
export interface RetrySelection {
  readonly by: 'retry';
  readonly transferId: string;
  readonly statuses: readonly TransferItemStatus[];
}

/** Who takes part; every id has been checked to be of this enterprise. */
export interface PlanInput {
  readonly enterpriseId: string;
  readonly kind: TransferKind;
  readonly leaverId: string;
  readonly now: Date;
  /** ON_JOB: at most so many handovers of one customer, or group, in so many days. */
  readonly onJob: { readonly limit: number; readonly windowDays: number };
  /** Whom the ASSIGN of who submits reaches: customers and groups of others are unknown where they are named. */
  readonly reach: Reach;
}

/** One rule as a plan follows it. Successors whom an administrator names are a rule that holds for everybody. */
export interface PlanRule {
  /** In the order in which rules are asked; 0 stands for named successors. */
  readonly place: number;
  /** On the relation `r` and its customer `c`; null: holds for everybody. */
  readonly condition: Prisma.Sql | null;
  readonly looksAtCustomer: boolean;
  readonly strategy: AssignmentStrategy;
  /** Who may take over now, in their order. */
  readonly seats: readonly Seat[];
  /** What becomes of a customer for whom nobody has room. KEEP: the rule leaves all of its customers in the pool. */
  readonly whenFull: 'REJECT' | 'QUEUE' | 'KEEP';
}

/** A plan for customers. */
export interface CustomerPlan extends PlanInput {
  readonly selection: Selection;
  /** In order; the last one holds for everybody, but where the customers' rules are known. */
  readonly rules: readonly PlanRule[];
}

/** What a plan comes to, in numbers. */
export interface PlanCounts {
  readonly total: number;
  /** Those that have a successor. */
  readonly accepted: number;
  /** Those that wait for somebody with room. */
  readonly queued: number;
  readonly rejected: readonly { readonly reason: string; readonly count: number }[];
  /** Accepted customers, or groups, by successor; one who gets none is left out. */
  readonly assigned: ReadonlyMap<string, number>;
}

/** What of the plan's items went where: one row for each reason and successor; neither, where it is queued. */
export interface CountRow {
  readonly reason: string | null;
  readonly successor_id: string | null;
  readonly count: number;
}

/** Which of the leaver's groups a transfer takes. */
export type GroupSelection =
  { readonly by: 'ids'; readonly groupIds: readonly string[] } | { readonly by: 'all' } | RetrySelection;

/** A plan for groups. */
export interface GroupPlan extends PlanInput {
  readonly selection: GroupSelection;
  /** The rule that says who takes them; 0: they were named. */
  readonly rulePlace: number;
  /** In the order of their turns. */
  readonly successorIds: readonly string[];
  /** The reason where there are none. */
  readonly whenNobody: string;
  /** Most groups of one former owner in a day of this time zone. */
  readonly daily: { readonly limit: number; readonly timeZone: string };
}

/** Nothing selected, nothing counted. */
export const nothing: PlanCounts = { total: 0, accepted: 0, queued: 0, rejected: [], assigned: new Map() };

/** Adds the rows of a plan up. */
export function counted(rows: readonly CountRow[]): PlanCounts {
  const assigned = new Map<string, number>();
  const rejected = new Map<string, number>();
  let queued = 0;
  for (const { reason, successor_id: successor, count } of rows) {
    if (reason !== null) rejected.set(reason, (rejected.get(reason) ?? 0) + count);
    else if (successor !== null) assigned.set(successor, (assigned.get(successor) ?? 0) + count);
    else queued += count;
  }
  const accepted = [...assigned.values()].reduce((sum, count) => sum + count, 0);
  const refused = [...rejected]
    .map(([reason, count]) => ({ reason, count }))
    .sort((a, b) => (a.reason < b.reason ? -1 : 1));
  return {
    total: accepted + queued + refused.reduce((sum, { count }) => sum + count, 0),
    accepted,
    queued,
    rejected: refused,
    assigned,
  };
}

/** The transfer that the followed items belong to; null: the items follow none. */
export function followedTransfer(selection: { readonly by: string }): string | null {
  return selection.by === 'retry' ? (selection as RetrySelection).transferId : null;
}

/** What was rejected of customers and of groups, each reason once. */
export function together(customers: PlanCounts, groups: PlanCounts): PlanCounts['rejected'] {
  const counts = new Map<string, number>();
  for (const { reason, count } of [...customers.rejected, ...groups.rejected]) {
    counts.set(reason, (counts.get(reason) ?? 0) + count);
  }
  return [...counts].map(([reason, count]) => ({ reason, count }));
}
