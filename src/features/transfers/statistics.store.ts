import { Prisma } from '../../generated/prisma/client.js';
import type { TransferItemKind, TransferKind } from '../../generated/prisma/enums.js';
import type { App } from '../../platform/app.js';
import { withinReach } from '../../platform/db/conditions.js';
import type { Reach } from '../../platform/rights.js';
import { keyset, type KeysetPage, type SortKey } from '../../platform/db/keyset.js';

/** What statistics add up by. */
export type StatisticsBy = 'LEAVER' | 'SUCCESSOR' | 'DEPARTMENT' | 'RULE' | 'DAY';

/** Which transfers, or parts of them, are added up. Days are texts as 2026-03-02, in the enterprise's time zone. */
export interface StatisticsScope {
  readonly enterpriseId: string;
  readonly reach: Reach;
  readonly by: StatisticsBy;
  readonly from: string | null;
  readonly to: string | null;
  readonly kind: TransferKind | null;
  readonly leaverId: string | null;
  readonly successorId: string | null;
  readonly departmentId: string | null;
  readonly ruleId: string | null;
}

/** What became of customers, or of groups. */
export interface StatisticsCounted {
  readonly assigned: number;
  readonly queued: number;
  readonly waiting: number;
  readonly completed: number;
  readonly refused: number;
  readonly cancelled: number;
  readonly successorFull: number;
  readonly failed: number;
  readonly undone: number;
  readonly medianMinutes: number | null;
}

/** One row: a member, department, rule or day, as `key`, with its name. */
export interface StatisticsRow {
  /** Id or day; empty for what has none: nobody yet, no department, named successors. */
  readonly key: string;
  readonly name: string;
  readonly counts: Partial<Record<TransferItemKind, StatisticsCounted>>;
}

export const statisticsKeys = [
  { expression: Prisma.sql`x.name`, kind: 'text' },
  { expression: Prisma.sql`x.key`, kind: 'text' },
] as const satisfies readonly SortKey[];

/**
 * What is added up by: expressions over the transfer `t` and a tally or delay `y` of it, and what they need beside these; the name
 * is an aggregate. A rule is called as it was called last.
 */
const things = (zone: Prisma.Sql) =>
  ({
    LEAVER: {
      key: Prisma.sql`t.leaver_id::text`,
      name: Prisma.sql`min(m.name)`,
      join: Prisma.sql`JOIN member m ON m.id = t.leaver_id`,
    },
    SUCCESSOR: {
      key: Prisma.sql`coalesce(y.successor_id::text, '')`,
      name: Prisma.sql`coalesce(min(m.name), '')`,
      join: Prisma.sql`LEFT JOIN member m ON m.id = y.successor_id`,
    },
    DEPARTMENT: {
      key: Prisma.sql`coalesce(d.id::text, '')`,
      name: Prisma.sql`coalesce(min(d.name), '')`,
      join: Prisma.sql`LEFT JOIN department d ON d.id = t.department_id`,
    },
    RULE: {
      key: Prisma.sql`coalesce(r.rule_id::text, '')`,
      name: Prisma.sql`(array_agg(CASE WHEN r.rule_id IS NULL THEN '' ELSE r.name END ORDER BY t.submitted_at DESC, t.id DESC))[1]`,
      join: Prisma.sql`LEFT JOIN transfer_rule r ON r.transfer_id = t.id AND r.place = y.rule_place`,
    },
    DAY: {
      key: Prisma.sql`to_char(t.submitted_at AT TIME ZONE ${zone}, 'YYYY-MM-DD')`,
      name: Prisma.sql`to_char(min(t.submitted_at AT TIME ZONE ${zone}), 'YYYY-MM-DD')`,
      join: Prisma.empty,
    },
  }) satisfies Record<StatisticsBy, { key: Prisma.Sql; name: Prisma.Sql; join: Prisma.Sql }>;

const all = Prisma.sql`y.waiting + y.completed + y.refused + y.cancelled + y.successor_full + y.failed + y.undone`;

/** The parts of a statement over the tallies, or the delays, of a scope. */
function scoped(scope: StatisticsScope) {
  const enterpriseId = Prisma.sql`${scope.enterpriseId}::uuid`;
  const zone = Prisma.sql`(SELECT time_zone FROM enterprise WHERE id = ${enterpriseId})`;
  const { key, name, join } = things(zone)[scope.by];
  const conditions = [
    Prisma.sql`t.enterprise_id = ${enterpriseId}`,
    ...withinReach(Prisma.sql`t.department_id`, scope.reach),
    ...(scope.from === null
      ? []
      : [Prisma.sql`t.submitted_at >= ${scope.from}::text::date::timestamp AT TIME ZONE ${zone}`]),
    ...(scope.to === null
      ? []
      : [Prisma.sql`t.submitted_at < (${scope.to}::text::date + 1)::timestamp AT TIME ZONE ${zone}`]),
    ...(scope.kind === null ? [] : [Prisma.sql`t.kind = ${scope.kind}::"TransferKind"`]),
    ...(scope.leaverId === null ? [] : [Prisma.sql`t.leaver_id = ${scope.leaverId}::uuid`]),
    ...(scope.departmentId === null ? [] : [Prisma.sql`t.department_id = ${scope.departmentId}::uuid`]),
    ...(scope.successorId === null ? [] : [Prisma.sql`y.successor_id = ${scope.successorId}::uuid`]),
    ...(scope.ruleId === null
      ? []
      : [
          Prisma.sql`(t.id, y.rule_place) IN (SELECT transfer_id, place FROM transfer_rule
            WHERE enterprise_id = ${enterpriseId} AND rule_id = ${scope.ruleId}::uuid)`,
        ]),
  ];
  const from = (table: 'transfer_tally' | 'transfer_delay') => Prisma.sql`
    FROM transfer t JOIN ${Prisma.raw(table)} y ON y.transfer_id = t.id ${join} WHERE ${Prisma.join(conditions, ' AND ')}`;
  return { key, name, from };
}

/**
 * A page of statistics, and one row more, in reading direction: by name, days from the latest on. Reads counters and never items,
 * in one statement.
 */
export function listStatistics(
  { db }: Pick<App, 'db'>,
  scope: StatisticsScope,
  page: KeysetPage,
): Promise<StatisticsRow[]> {
  const { key, name, from } = scoped(scope);
  const { beyond, order, limit } = keyset(statisticsKeys, scope.by === 'DAY' ? 'DESC' : 'ASC', page);
  return db.query<StatisticsRow>(Prisma.sql`
    WITH counted AS MATERIALIZED (
      SELECT ${key} AS key, y.kind, ${name} AS name, max(t.submitted_at) AS last,
             coalesce(sum(${all}) FILTER (WHERE y.successor_id IS NOT NULL), 0) AS assigned,
             coalesce(sum(y.waiting) FILTER (WHERE y.successor_id IS NULL), 0) AS queued, sum(y.waiting) AS waiting,
             sum(y.completed) AS completed, sum(y.refused) AS refused, sum(y.cancelled) AS cancelled,
             sum(y.successor_full) AS successor_full, sum(y.failed) AS failed, sum(y.undone) AS undone
      ${from('transfer_tally')} AND ${all} > 0 GROUP BY 1, 2
    ),
    page AS MATERIALIZED (
      SELECT x.key, x.name FROM (
        SELECT key, (array_agg(name ORDER BY last DESC, name))[1] AS name FROM counted GROUP BY key
      ) x WHERE ${beyond} ORDER BY ${order} LIMIT ${limit}
    ),
    -- The one in the middle, or the two: found by counting up the delays, each of which stands for so many takeovers.
    median AS (
      SELECT key, kind, (min(minutes) + max(minutes))::float8 / 2 AS minutes FROM (
        SELECT key, kind, minutes, takeovers, sum(takeovers) OVER (PARTITION BY key, kind ORDER BY minutes)::bigint AS up_to,
               sum(takeovers) OVER (PARTITION BY key, kind)::bigint AS total
        FROM (
          SELECT ${key} AS key, y.kind, y.minutes, sum(y.takeovers) AS takeovers ${from('transfer_delay')}
            AND ${key} IN (SELECT key FROM page) GROUP BY 1, 2, 3
        ) delay
      ) counted_up
      WHERE up_to >= (total + 1) / 2 AND up_to - takeovers < (total + 2) / 2 GROUP BY key, kind
    )
    SELECT x.key, x.name, (
      SELECT json_object_agg(kind, json_build_object(
        'assigned', assigned, 'queued', queued, 'waiting', waiting, 'completed', completed, 'refused', refused,
        'cancelled', cancelled, 'successorFull', successor_full, 'failed', failed, 'undone', undone,
        'medianMinutes', (SELECT minutes FROM median WHERE median.key = counted.key AND median.kind = counted.kind)))
      FROM counted WHERE counted.key = x.key
    ) AS counts
    FROM page x ORDER BY ${order}`);
}

/** How many rows the statistics of a scope have. */
export async function countStatistics({ db }: Pick<App, 'db'>, scope: StatisticsScope): Promise<number> {
  const { key, from } = scoped(scope);
  const [row] = await db.query<{ count: number }>(Prisma.sql`
    SELECT count(DISTINCT ${key})::int AS count ${from('transfer_tally')} AND ${all} > 0`);
  return row?.count ?? 0;
}
