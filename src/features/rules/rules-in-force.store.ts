import { Prisma } from '../../generated/prisma/client.js';
import type { AssignmentStrategy } from '../../generated/prisma/enums.js';
import type { App } from '../../platform/app.js';
import type { Tx } from '../../platform/db/transaction.js';
import type { RuleCondition } from './rule-condition.js';

/** A rule that holds for a leaver's department, with its pool as pairs of member and weight. */
export interface RuleForLeaver {
  readonly id: string;
  readonly version: number;
  readonly name: string;
  readonly isDefault: boolean;
  readonly strategy: AssignmentStrategy;
  readonly note: string | null;
  readonly condition: RuleCondition | null;
  readonly pool: readonly [memberId: string, weight: number][];
}

/**
 * Every entry's members, those who have resigned too: `candidate (rule_id, position, weight, member_id)`, after `entry`, the rows
 * of rule_successor to look at. A department stands for its members, and for those below where the entry says so.
 */
const candidates = Prisma.sql`
  below AS (
    SELECT DISTINCT department_id AS root, include_subtree, department_id AS id FROM entry WHERE department_id IS NOT NULL
    UNION
    SELECT below.root, below.include_subtree, d.id
    FROM below JOIN department d ON d.parent_id = below.id WHERE below.include_subtree
  ),
  candidate AS (
    SELECT rule_id, position, weight, member_id FROM entry WHERE member_id IS NOT NULL
    UNION ALL
    SELECT entry.rule_id, entry.position, entry.weight, m.id
    FROM entry JOIN below ON below.root = entry.department_id AND below.include_subtree = entry.include_subtree
      JOIN member m ON m.enterprise_id = entry.enterprise_id AND m.department_id = below.id
  )`;

/** The enabled rules that hold for leavers of this department, in order, each with its pool, in one statement. */
export async function findRulesFor(
  tx: Tx,
  enterpriseId: string,
  leaver: { readonly id: string; readonly departmentId: string | null },
): Promise<RuleForLeaver[]> {
  return tx.$queryRaw<RuleForLeaver[]>(Prisma.sql`
    WITH RECURSIVE above AS (
      SELECT id, parent_id, TRUE AS is_own FROM department
      WHERE enterprise_id = ${enterpriseId}::uuid AND id = ${leaver.departmentId}::uuid
      UNION
      SELECT d.id, d.parent_id, FALSE FROM above JOIN department d ON d.id = above.parent_id
    ),
    rule AS (
      SELECT * FROM assignment_rule a
      WHERE a.enterprise_id = ${enterpriseId}::uuid AND a.enabled
        AND (a.condition ->> 'leaverDepartmentId' IS NULL OR EXISTS (
          SELECT FROM above WHERE above.id = (a.condition ->> 'leaverDepartmentId')::uuid
            AND (above.is_own OR (a.condition ->> 'includeSubDepartments')::boolean)))
    ),
    entry AS (SELECT s.* FROM rule_successor s JOIN rule ON rule.id = s.rule_id WHERE s.enterprise_id = ${enterpriseId}::uuid),
    ${candidates},
    seat AS (
      SELECT DISTINCT ON (c.rule_id, m.id) c.rule_id, m.id, c.weight, c.position, m.name
      FROM candidate c JOIN member m ON m.id = c.member_id
      WHERE m.status <> 'RESIGNED' AND m.id <> ${leaver.id}::uuid
      ORDER BY c.rule_id, m.id, c.position
    ),
    pool AS (
      SELECT rule_id, json_agg(json_build_array(id, weight) ORDER BY position, name, id) AS seats FROM seat GROUP BY rule_id
    )
    SELECT rule.id, rule.version, rule.name, rule.is_default AS "isDefault", rule.strategy::text AS strategy, rule.note,
           rule.condition, coalesce(pool.seats, '[]') AS pool
    FROM rule LEFT JOIN pool ON pool.rule_id = rule.id
    ORDER BY rule.is_default, rule.priority`);
}

/** Why a member cannot take over now; the first of them, in this order. */
export type Obstacle =
  'LEFT' | 'DISABLED' | 'NOT_ACTIVATED' | 'NOT_VERIFIED' | 'NO_CUSTOMER_CONTACT' | 'INACTIVE' | 'AWAY';

/** How an entry of a pool stands now. */
export interface EntryStanding {
  readonly ruleId: string;
  readonly position: number;
  readonly memberId: string | null;
  /** Of the department, or of the member's; null: of a member who works in none. */
  readonly departmentId: string | null;
  /** Of the member or the department. */
  readonly name: string;
  /** Members who have not resigned, and those of them who may take over. */
  readonly present: number;
  readonly eligible: number;
  /** Of an entry that is a member: what keeps them from taking over; null: nothing. */
  readonly obstacle: Obstacle | null;
}

/** How every entry of every rule of the enterprise stands at this moment, in one statement. */
export function loadEntryStandings(app: Pick<App, 'db'>, enterpriseId: string, now: Date): Promise<EntryStanding[]> {
  return app.db.query<EntryStanding>(Prisma.sql`
    WITH RECURSIVE entry AS (SELECT * FROM rule_successor WHERE enterprise_id = ${enterpriseId}::uuid),
    ${candidates},
    judged AS (
      SELECT c.rule_id, c.position, CASE
          WHEN m.status = 'RESIGNED' THEN 'LEFT'
          WHEN m.status = 'DISABLED' THEN 'DISABLED'
          WHEN m.status <> 'ACTIVE' THEN 'NOT_ACTIVATED'
          WHEN NOT m.verified THEN 'NOT_VERIFIED'
          WHEN NOT m.customer_contact THEN 'NO_CUSTOMER_CONTACT'
          WHEN m.last_login_at < ${now}::timestamptz - e.successor_inactive_days * interval '1 day' THEN 'INACTIVE'
          WHEN NOT m.accepts_assignments THEN 'AWAY'
          ELSE 'NONE' END AS obstacle
      FROM candidate c JOIN member m ON m.id = c.member_id JOIN enterprise e ON e.id = m.enterprise_id
    ),
    counted AS (
      SELECT rule_id, position, (count(*) FILTER (WHERE obstacle <> 'LEFT'))::int AS present,
             (count(*) FILTER (WHERE obstacle = 'NONE'))::int AS eligible, nullif(min(obstacle), 'NONE') AS obstacle
      FROM judged GROUP BY rule_id, position
    )
    SELECT entry.rule_id AS "ruleId", entry.position, coalesce(m.name, d.name) AS name,
           entry.member_id AS "memberId", coalesce(entry.department_id, m.department_id) AS "departmentId", coalesce(counted.present, 0) AS present,
           coalesce(counted.eligible, 0) AS eligible,
           CASE WHEN entry.member_id IS NOT NULL THEN counted.obstacle END AS obstacle
    FROM entry LEFT JOIN counted USING (rule_id, position)
      LEFT JOIN member m ON m.id = entry.member_id LEFT JOIN department d ON d.id = entry.department_id
    ORDER BY entry.rule_id, entry.position`);
}
