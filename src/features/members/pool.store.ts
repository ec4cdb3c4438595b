import { Prisma } from '../../generated/prisma/client.js';
import type { App } from '../../platform/app.js';
import { allOf, withinReach } from '../../platform/db/conditions.js';
import type { Reach } from '../../platform/rights.js';

/** The pool of an enterprise, or of the departments within reach, summed over its leavers' counters. */
export interface PoolSummary {
  readonly leavers: number;
  readonly expired: number;
  readonly customers: number;
  readonly waiting: number;
  readonly groups: number;
  readonly groupsWaiting: number;
}

/** How many days an enterprise gives its leavers' successors. */
export async function loadInheritanceDays(app: Pick<App, 'db'>, enterpriseId: string): Promise<number> {
  const { inheritanceDays } = await app.db.prisma.enterprise.findUniqueOrThrow({
    where: { id: enterpriseId },
    select: { inheritanceDays: true },
  });
  return inheritanceDays;
}

/** Adds up what the leavers within reach hold: one row a leaver, found by index; no customer is counted. */
export async function sumUpPool(
  app: Pick<App, 'db' | 'clock'>,
  enterpriseId: string,
  reach: Reach,
): Promise<PoolSummary> {
  const [sums] = await app.db.query<PoolSummary>(Prisma.sql`
    SELECT count(*)::int AS leavers,
           (count(*) FILTER (WHERE m.resigned_at < ${app.clock.now()}::timestamptz - e.inheritance_days * interval '24 hours'))::int AS expired,
           coalesce(sum(p.customers), 0)::int AS customers, coalesce(sum(p.waiting), 0)::int AS waiting,
           coalesce(sum(p.groups), 0)::int AS groups, coalesce(sum(p.groups_waiting), 0)::int AS "groupsWaiting"
    FROM enterprise e JOIN member m ON m.enterprise_id = e.id AND m.status = 'RESIGNED' AND m.resigned_at IS NOT NULL
    JOIN portfolio p ON p.member_id = m.id AND (p.customers > 0 OR p.groups > 0)
    WHERE ${allOf([Prisma.sql`e.id = ${enterpriseId}::uuid`, ...withinReach(Prisma.sql`m.department_id`, reach)])}`);
  if (!sums) throw new Error('A sum without GROUP BY answers one row.');
  return sums;
}
