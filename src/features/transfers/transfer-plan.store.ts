import { Prisma } from '../../generated/prisma/client.js';
import type { Tx } from '../../platform/db/transaction.js';
import type { Reach } from '../../platform/rights.js';
import { lotOf, ruleOf, ruleOfRelation, tiesOf } from './plan-lots.store.js';
import type {
  CustomerPlan,
  GroupPlan,
  PlanInput,
  QueuedSelection,
  RetrySelection,
  Selection,
} from './transfer-plan.js';

/**
 * What of a plan can be told without knowing who goes to whom, as a query: one row per selected customer with the place in
 * the transfer and the reason if it is rejected; else the rule that takes it and its lot: customers of one lot are alike to
 * the rule.
 *
 * Deterministic: the same data gives the same rows. The preview counts them and the transfer keeps them, so the two cannot
 * disagree.
 */
export function customersChecked(plan: CustomerPlan): Prisma.Sql {
  const { selection } = plan;
  const ties = tiesOf(plan);
  // Places have no gaps but in a retry, and to number 100,000 rows again they would have to be sorted again.
  const position = selection.by === 'retry' ? Prisma.sql`row_number() OVER (ORDER BY place)` : Prisma.sql`place`;
  return Prisma.sql`
    WITH ${selection.by === 'queued' ? checkedInQueue(plan, selection) : checkedAtSubmit(plan)}
    ${ties ? Prisma.sql`, ${ties}` : Prisma.empty}
    SELECT (${position} - 1)::int AS position, relation_id, customer_id, requested, in_transfer_id,
           attempt, follows_position, reason, CASE WHEN reason IS NULL THEN rule_place END AS rule_place,
           -- To sort these by a language's rules takes three times as long.
           ${lotOf(plan)} COLLATE "C" AS lot
    FROM checked ${ties ? Prisma.sql`LEFT JOIN tied USING (customer_id)` : Prisma.empty}`;
}

/** The list `checked`: who is selected, by which rule they go, and what is against it. */
function checkedAtSubmit(plan: CustomerPlan): Prisma.Sql {
  const named = plan.selection.by === 'ids' || plan.selection.by === 'retry';
  return Prisma.sql`chosen AS (${chosenCustomers(plan)}),
    checked AS (
      SELECT chosen.*, busy.transfer_id AS in_transfer_id,
             CASE ${named ? absent(plan) : Prisma.empty}
                  WHEN busy.relation_id IS NOT NULL THEN 'ALREADY_IN_TRANSFER'
                  ${tooFrequent(plan, Prisma.sql`i.customer_id = chosen.customer_id`)} END AS reason
      FROM chosen LEFT JOIN transfer_item busy
        ON busy.relation_id = chosen.relation_id AND busy.status IN ('WAITING', 'QUEUED')
      -- The rules are asked once for each: without, they would be wherever their answer is used.
      OFFSET 0
    )`;
}

/** The same list of those who are queued: they are in a transfer already, and their rule is the one that took them then. */
function checkedInQueue(
  { leaverId }: CustomerPlan,
  { transferId, rulePlace, limit, against }: QueuedSelection,
): Prisma.Sql {
  const ofRule = rulePlace === null ? Prisma.empty : Prisma.sql`AND rule_place = ${rulePlace}::int`;
  return Prisma.sql`checked AS MATERIALIZED (
      SELECT i.position + 1 AS place, i.relation_id, i.customer_id, NULL::text AS requested, NULL::uuid AS in_transfer_id, i.attempt,
             NULL::int AS follows_position, r.corp_tag_ids, i.rule_place,
             CASE WHEN r.status = 'DELETED_BY_CUSTOMER' THEN 'CUSTOMER_DELETED_MEMBER'
                  WHEN r.status IS DISTINCT FROM 'ACTIVE' OR r.member_id <> ${leaverId}::uuid THEN 'NO_RELATION'
                  ELSE ${against}::text END AS reason
      FROM (
        SELECT * FROM transfer_item WHERE transfer_id = ${transferId}::uuid AND status = 'QUEUED' ${ofRule}
        ORDER BY position LIMIT ${limit}::int
      ) i LEFT JOIN relation r ON r.id = i.relation_id
    )`;
}

/** Why somebody whom the caller named is not among those the leaver serves. */
function absent({ enterpriseId, leaverId }: CustomerPlan): Prisma.Sql {
  return Prisma.sql`
    WHEN chosen.customer_id IS NULL THEN 'INVALID_CUSTOMER'
    WHEN chosen.relation_id IS NULL THEN coalesce((
      SELECT CASE r.status WHEN 'DELETED_BY_CUSTOMER' THEN 'CUSTOMER_DELETED_MEMBER'
                           WHEN 'DELETED_BY_MEMBER' THEN 'NO_RELATION' WHEN 'LOST' THEN 'NO_RELATION' END
      FROM relation r WHERE r.enterprise_id = ${enterpriseId}::uuid AND r.customer_id = chosen.customer_id
        AND r.member_id = ${leaverId}::uuid AND r.status <> 'ACTIVE' ORDER BY r.ended_at DESC, r.id DESC LIMIT 1
    ), 'NOT_FOLLOWER')`;
}

/** ON_JOB: whether what the condition on the item `i` names was handed over as often as is allowed. */
function tooFrequent({ kind, enterpriseId, onJob, now }: PlanInput, same: Prisma.Sql): Prisma.Sql {
  if (kind !== 'ON_JOB') return Prisma.empty;
  return Prisma.sql`WHEN (
      SELECT count(*) FROM transfer_item i JOIN transfer t ON t.id = i.transfer_id AND t.kind = 'ON_JOB'
      WHERE i.enterprise_id = ${enterpriseId}::uuid AND ${same} AND i.status = 'COMPLETED'
        AND i.taken_over_at > ${now}::timestamptz - ${onJob.windowDays}::int * interval '1 day'
    ) >= ${onJob.limit}::int THEN 'TRANSFER_TOO_FREQUENT'`;
}

/** Whom the selection names, in order, each with the rule that takes them: asked here, where the relation is at hand. */
function chosenCustomers({ enterpriseId, leaverId, selection, rules, reach }: CustomerPlan): Prisma.Sql {
  if (selection.by === 'ids' || selection.by === 'retry') {
    // LATERAL and IS NOT DISTINCT FROM keep the planner from seeking each among all of the leaver's, see moveChunk.
    return Prisma.sql`
      SELECT named.place, r.id AS relation_id, c.id AS customer_id, named.attempt, named.follows_position,
             CASE WHEN c.id IS NULL THEN named.id::text END AS requested, r.corp_tag_ids, ${ruleOf(rules)} AS rule_place
      FROM (${namedCustomers(selection)}) named
      LEFT JOIN customer c ON c.id = named.id AND c.enterprise_id = ${enterpriseId}::uuid ${knownWithin(reach)}
      LEFT JOIN LATERAL (
        SELECT * FROM relation WHERE enterprise_id = ${enterpriseId}::uuid AND customer_id = c.id
          AND member_id IS NOT DISTINCT FROM ${leaverId}::uuid AND status = 'ACTIVE' LIMIT 1
      ) r ON TRUE`;
  }
  // The customer is joined only where a filter may speak of it: 100,000 look-ups for nothing otherwise.
  const filtered = selection.by === 'filter' ? selection.condition : null;
  return Prisma.sql`
    SELECT r.place, r.id AS relation_id, r.customer_id, 1 AS attempt, NULL::int AS follows_position, NULL::text AS requested,
           r.corp_tag_ids, ${ruleOfRelation(rules)} AS rule_place
    FROM (
      SELECT row_number() OVER (ORDER BY coalesce(r.added_at, '-infinity'::timestamptz) DESC, r.id DESC) AS place, r.*
      FROM relation r ${filtered ? Prisma.sql`JOIN customer c ON c.id = r.customer_id` : Prisma.empty}
      WHERE r.enterprise_id = ${enterpriseId}::uuid AND r.member_id = ${leaverId}::uuid AND r.status = 'ACTIVE'
        AND ${filtered ?? Prisma.sql`TRUE`}
    ) r`;
}

/** Of customers `c`: whom somebody within reach serves or served. */
function knownWithin(reach: Reach): Prisma.Sql {
  if (reach === 'ALL') return Prisma.empty;
  return Prisma.sql`AND EXISTS (
    SELECT FROM relation known JOIN member s ON s.id = known.member_id AND s.department_id = ANY(${[...reach]}::uuid[])
    WHERE known.enterprise_id = c.enterprise_id AND known.customer_id = c.id)`;
}

/** Of groups `g`: those of an owner within reach. */
function ownedWithin(reach: Reach): Prisma.Sql {
  if (reach === 'ALL') return Prisma.empty;
  return Prisma.sql`AND EXISTS (
    SELECT FROM member o WHERE o.id = g.owner_id AND o.department_id = ANY(${[...reach]}::uuid[]))`;
}

function namedCustomers(selection: Extract<Selection, { by: 'ids' | 'retry' }>): Prisma.Sql {
  if (selection.by === 'ids') {
    return Prisma.sql`
      SELECT id, place, 1 AS attempt, NULL::int AS follows_position
      FROM unnest(${selection.customerIds}::uuid[]) WITH ORDINALITY AS list (id, place)`;
  }
  return Prisma.sql`
    SELECT coalesce(i.customer_id, i.requested::uuid) AS id, i.position AS place, i.attempt + 1 AS attempt,
           i.position AS follows_position
    FROM transfer_item i WHERE i.kind = 'CUSTOMER' AND ${retried(selection)}`;
}

/** Which items `i` a retry takes. */
function retried({ transferId, statuses }: RetrySelection): Prisma.Sql {
  return Prisma.sql`i.transfer_id = ${transferId}::uuid AND i.status = ANY(${[...statuses]}::"TransferItemStatus"[])
    AND NOT EXISTS (SELECT 1 FROM transfer_item later
      WHERE later.follows_transfer = i.transfer_id AND later.follows_position = i.position)`;
}

/** Whose groups of which day: that of `now`, where the enterprise is. */
interface OwnerOfTheDay {
  readonly enterpriseId: string;
  readonly leaverId: string;
  readonly now: Date;
  readonly timeZone: string;
}

/**
 * How many groups of an owner were handed over, or are about to be, since the day began where the enterprise is, as a query. One
 * that waits for an approval counts on the day it was submitted, and then on the day it begins.
 */
function groupsOfTheDay(owner: OwnerOfTheDay): Prisma.Sql {
  return Prisma.sql`
    SELECT count(*) AS groups FROM transfer t JOIN transfer_item i ON i.transfer_id = t.id AND i.kind = 'GROUP'
    WHERE t.enterprise_id = ${owner.enterpriseId}::uuid AND t.leaver_id = ${owner.leaverId}::uuid AND t.groups > 0
      AND i.status NOT IN ('REJECTED', 'CANCELLED', 'FAILED')
      AND coalesce(t.begun_at, t.submitted_at) >= date_trunc('day', ${owner.now}::timestamptz, ${owner.timeZone})`;
}

/** How many groups of an owner go on this day already, without those of this transfer. */
export async function countGroupsOfTheDay(tx: Tx, owner: OwnerOfTheDay, without: string): Promise<number> {
  const [row] = await tx.$queryRaw<{ groups: bigint | number }[]>`
    ${groupsOfTheDay(owner)} AND t.id <> ${without}::uuid`;
  return Number(row?.groups ?? 0);
}

/**
 * The plan for groups as a query, like the one for customers: one row per selected group, by its place, with its successor or
 * the reason why it is rejected. Groups go round robin of their own, by name where all are taken.
 */
export function groupsPlanned(plan: GroupPlan): Prisma.Sql {
  const { enterpriseId, kind, leaverId, successorIds, whenNobody, daily, now } = plan;
  const ids = [...successorIds];
  // What goes to nobody uses up nothing of the day.
  const otherwise =
    ids.length === 0
      ? Prisma.sql`ELSE ${whenNobody}`
      : Prisma.sql`WHEN turn + (SELECT groups FROM used) >= ${daily.limit}::int THEN 'GROUP_DAILY_LIMIT'`;
  return Prisma.sql`
    WITH chosen AS MATERIALIZED (${chosenGroups(plan)}),
    used AS MATERIALIZED (
      ${groupsOfTheDay({ enterpriseId, leaverId, now, timeZone: daily.timeZone })}
    ),
    checked AS (
      SELECT chosen.*, busy.transfer_id AS in_transfer_id,
             CASE WHEN chosen.group_id IS NULL THEN 'NOT_CUSTOMER_GROUP'
                  WHEN busy.group_id IS NOT NULL THEN 'GROUP_IN_PROGRESS'
                  WHEN g.owner_id <> ${leaverId}::uuid THEN CASE
                    WHEN g.status = 'INHERITED' THEN 'GROUP_ALREADY_INHERITED'
                    WHEN g.owner_id = ANY(${ids}::uuid[]) THEN 'GROUP_OWNER_UNCHANGED'
                    WHEN ${kind === 'RESIGNED'} AND owner.status <> 'RESIGNED' THEN 'GROUP_OWNER_NOT_RESIGNED'
                    WHEN ${kind === 'ON_JOB'} AND owner.status = 'RESIGNED' THEN 'GROUP_OWNER_RESIGNED'
                    ELSE 'NOT_GROUP_OWNER' END
                  ${tooFrequent(plan, Prisma.sql`i.group_id = chosen.group_id`)} END AS reason
      FROM chosen
      LEFT JOIN customer_group g ON g.id = chosen.group_id
      LEFT JOIN member owner ON owner.id = g.owner_id
      LEFT JOIN transfer_item busy ON busy.group_id = chosen.group_id AND busy.status IN ('WAITING', 'QUEUED')
    ),
    turned AS (
      SELECT checked.*, row_number() OVER (PARTITION BY reason IS NULL ORDER BY place) - 1 AS turn FROM checked
    )
    SELECT (row_number() OVER (ORDER BY place) - 1)::int AS position, group_id, requested, in_transfer_id, attempt,
           follows_position,
           CASE WHEN reason IS NOT NULL THEN reason ${otherwise} END AS reason,
           CASE WHEN reason IS NULL THEN (${ids}::uuid[])[(turn % ${Math.max(1, ids.length)}::int)::int + 1] END AS successor_id
    FROM turned`;
}

function chosenGroups({ enterpriseId, leaverId, selection, reach }: GroupPlan): Prisma.Sql {
  if (selection.by === 'all') {
    return Prisma.sql`
      SELECT row_number() OVER (ORDER BY g.name, g.id) AS place, g.id AS group_id, NULL::text AS requested, 1 AS attempt,
             NULL::int AS follows_position
      FROM customer_group g WHERE g.enterprise_id = ${enterpriseId}::uuid AND g.owner_id = ${leaverId}::uuid`;
  }
  const named =
    selection.by === 'ids'
      ? Prisma.sql`
          SELECT id, place, 1 AS attempt, NULL::int AS follows_position
          FROM unnest(${selection.groupIds}::uuid[]) WITH ORDINALITY AS list (id, place)`
      : Prisma.sql`
          SELECT coalesce(i.group_id, i.requested::uuid) AS id, i.position AS place, i.attempt + 1 AS attempt,
                 i.position AS follows_position
          FROM transfer_item i WHERE i.kind = 'GROUP' AND ${retried(selection)}`;
  return Prisma.sql`
    SELECT named.place, g.id AS group_id, CASE WHEN g.id IS NULL THEN named.id::text END AS requested, named.attempt,
           named.follows_position
    FROM (${named}) named LEFT JOIN customer_group g ON g.id = named.id AND g.enterprise_id = ${enterpriseId}::uuid ${ownedWithin(reach)}`;
}
