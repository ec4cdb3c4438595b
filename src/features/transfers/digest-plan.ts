import type { PlanCounts } from './transfer-plan.js';

/** What a plan comes to, small enough to travel: what a digest holds. */
export interface PlanSummary {
  /** Change with any change of who goes to whom. */
  readonly customers: string;
  readonly groups: string;
  readonly total: number;
  readonly accepted: number;
  readonly queued: number;
  readonly rejected: Readonly<Record<string, number>>;
  /** By member: customers and groups. */
  readonly assigned: Readonly<Record<string, readonly [customers: number, groups: number]>>;
}

/** What of a plan has changed since it was previewed. */
export interface PlanDifference {
  readonly what:
    'TOTAL' | 'ACCEPTED' | 'QUEUED' | 'REJECTED' | 'CUSTOMERS_OF_SUCCESSOR' | 'GROUPS_OF_SUCCESSOR' | 'CHOICE';
  /** For REJECTED: the reason that is counted. */
  readonly reason: string | null;
  /** For what a successor gets. */
  readonly memberId: string | null;
  readonly before: number;
  readonly after: number;
}

/** Sums a plan up. */
export function summaryOf(
  customers: { readonly digest: string; readonly counts: PlanCounts },
  groups: { readonly digest: string; readonly counts: PlanCounts },
): PlanSummary {
  const assigned: Record<string, [number, number]> = {};
  for (const [memberId, count] of customers.counts.assigned) assigned[memberId] = [count, 0];
  for (const [memberId, count] of groups.counts.assigned) assigned[memberId] = [assigned[memberId]?.[0] ?? 0, count];
  const rejected: Record<string, number> = {};
  for (const { reason, count } of [...customers.counts.rejected, ...groups.counts.rejected]) {
    rejected[reason] = (rejected[reason] ?? 0) + count;
  }
  return {
    customers: customers.digest,
    groups: groups.digest,
    total: customers.counts.total + groups.counts.total,
    accepted: customers.counts.accepted + groups.counts.accepted,
    queued: customers.counts.queued,
    rejected,
    assigned,
  };
}

/** The digest of a plan: opaque to clients, and the same for the same plan. */
export function digestOf(summary: PlanSummary): string {
  const sorted = <Value>(record: Readonly<Record<string, Value>>) =>
    Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
  const { customers, groups, total, accepted, queued, rejected, assigned } = summary;
  return Buffer.from(
    JSON.stringify([1, customers, groups, total, accepted, queued, sorted(rejected), sorted(assigned)]),
  ).toString('base64url');
}

/** Reads a digest back; null for what this API did not make. */
export function readDigest(digest: string): PlanSummary | null {
  try {
    const [version, customers, groups, total, accepted, queued, rejected, assigned] = JSON.parse(
      Buffer.from(digest, 'base64url').toString(),
    ) as [number, string, string, number, number, number, [string, number][], [string, [number, number]][]];
    if (version !== 1) return null;
    const summary = {
      customers,
      groups,
      total,
      accepted,
      queued,
      rejected: Object.fromEntries(rejected),
      assigned: Object.fromEntries(assigned),
    };
    return digestOf(summary) === digest ? summary : null;
  } catch {
    return null;
  }
}

/** What differs between a plan and the one it was previewed as; empty where they are the same. */
export function differencesOf(before: PlanSummary, after: PlanSummary): PlanDifference[] {
  const none = { reason: null, memberId: null };
  const reasons = [...new Set([...Object.keys(before.rejected), ...Object.keys(after.rejected)])].sort();
  const members = [...new Set([...Object.keys(before.assigned), ...Object.keys(after.assigned)])].sort();
  const numbers: PlanDifference[] = [
    { what: 'TOTAL', ...none, before: before.total, after: after.total },
    { what: 'ACCEPTED', ...none, before: before.accepted, after: after.accepted },
    { what: 'QUEUED', ...none, before: before.queued, after: after.queued },
    ...reasons.map((reason): PlanDifference => ({
      what: 'REJECTED',
      reason,
      memberId: null,
      before: before.rejected[reason] ?? 0,
      after: after.rejected[reason] ?? 0,
    })),
    ...members.flatMap((memberId): PlanDifference[] => {
      const [was, is] = [before.assigned[memberId] ?? [0, 0], after.assigned[memberId] ?? [0, 0]];
      return [
        { what: 'CUSTOMERS_OF_SUCCESSOR', reason: null, memberId, before: was[0], after: is[0] },
        { what: 'GROUPS_OF_SUCCESSOR', reason: null, memberId, before: was[1], after: is[1] },
      ];
    }),
  ];
  const changed = numbers.filter((number) => number.before !== number.after);
  const same = before.customers === after.customers && before.groups === after.groups;
  // As many as before, but others, or others to whom.
  return changed.length === 0 && !same
    ? [{ what: 'CHOICE', ...none, before: before.accepted, after: after.accepted }]
    : changed;
}
