import { Prisma } from '../../generated/prisma/client.js';
import type { CustomerPlan, GroupPlan, PlanInput, RetrySelection, Selection } from './transfer-plan.js';

/**
 * The plan as a query: one row per selected customer with its place, its successor and the reason if it is rejected.
 *
 * Deterministic: the same data gives the same plan. Accepted customers go round robin in the order of the list (as named,
 * else the latest added first), so that shares differ by at most one; a rejected one takes nobody's turn. It is one
 * query, counted by the preview and inserted by the transfer, so the two cannot disagree.
 */
export function customersPlanned(plan: CustomerPlan): Prisma.Sql {
  const { successors } = plan;
  const ids = successors.map(({ id }) => id);
  const rooms = successors.map(({ room }) => room);
  const named = plan.selection.by === 'ids' || plan.selection.by === 'retry';
  return Prisma.sql`
    WITH chosen AS MATERIALIZED (${chosenCustomers(plan)}),
    checked AS (
      SELECT chosen.*, busy.transfer_id AS in_transfer_id,
             CASE ${named ? absent(plan) : Prisma.empty}
                  WHEN busy.relation_id IS NOT NULL THEN 'ALREADY_IN_TRANSFER'
                  ${tooFrequent(plan, Prisma.sql`i.customer_id = chosen.customer_id`)} END AS reason
      FROM chosen LEFT JOIN transfer_item busy
        ON busy.relation_id = chosen.relation_id AND busy.status IN ('WAITING', 'QUEUED')
    ),
    turned AS (
      SELECT checked.*, row_number() OVER (PARTITION BY reason IS NULL ORDER BY place) - 1 AS turn FROM checked
    ),
    shared AS (
      SELECT turned.*, (turn % ${ids.length}::int)::int + 1 AS seat, turn / ${ids.length}::int AS round FROM turned
    )
    SELECT (row_number() OVER (ORDER BY place) - 1)::int AS position, relation_id, customer_id, requested, in_transfer_id,
           attempt, follows_position,
           CASE WHEN reason IS NOT NULL THEN reason
                WHEN round >= (${rooms}::int[])[seat] THEN 'SUCCESSOR_LIMIT_REACHED' END AS reason,
           CASE WHEN reason IS NULL THEN (${ids}::uuid[])[seat] END AS successor_id
    FROM shared`;
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

function chosenCustomers({ enterpriseId, leaverId, selection }: CustomerPlan): Prisma.Sql {
  if (selection.by === 'ids' || selection.by === 'retry') {
    // LATERAL and IS NOT DISTINCT FROM keep the planner from seeking each among all of the leaver's, see moveChunk.
    return Prisma.sql`
      SELECT named.place, r.id AS relation_id, c.id AS customer_id, named.attempt, named.follows_position,
             CASE WHEN c.id IS NULL THEN named.id::text END AS requested
      FROM (${namedCustomers(selection)}) named
      LEFT JOIN customer c ON c.id = named.id AND c.enterprise_id = ${enterpriseId}::uuid
      LEFT JOIN LATERAL (
        SELECT id FROM relation WHERE enterprise_id = ${enterpriseId}::uuid AND customer_id = c.id
          AND member_id IS NOT DISTINCT FROM ${leaverId}::uuid AND status = 'ACTIVE' LIMIT 1
      ) r ON TRUE`;
  }
  const condition = selection.by === 'filter' ? selection.condition : Prisma.sql`TRUE`;
  // The customer is joined only where a filter may speak of it: 100,000 look-ups for nothing otherwise.
  const customer = selection.by === 'filter' ? Prisma.sql`JOIN customer c ON c.id = r.customer_id` : Prisma.empty;
  return Prisma.sql`
    SELECT row_number() OVER (ORDER BY coalesce(r.added_at, '-infinity'::timestamptz) DESC, r.id DESC) AS place,
           r.id AS relation_id, r.customer_id, 1 AS attempt, NULL::int AS follows_position, NULL::text AS requested
    FROM relation r ${customer}
    WHERE r.enterprise_id = ${enterpriseId}::uuid AND r.member_id = ${leaverId}::uuid AND r.status = 'ACTIVE'
      AND ${condition}`;
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

/**
 * The plan for groups as a query, like the one for customers: one row per selected group, by its place, with its successor or
 * the reason why it is rejected. Groups go round robin of their own, by name where all are taken.
 */
export function groupsPlanned(plan: GroupPlan): Prisma.Sql {
  const { enterpriseId, kind, leaverId, successors, daily, now } = plan;
  const ids = successors.map(({ id }) => id);
  return Prisma.sql`
    WITH chosen AS MATERIALIZED (${chosenGroups(plan)}),
    used AS MATERIALIZED (
      -- What was handed over, or is about to be, since the day began where the enterprise is.
      SELECT count(*) AS groups FROM transfer t JOIN transfer_item i ON i.transfer_id = t.id AND i.kind = 'GROUP'
      WHERE t.enterprise_id = ${enterpriseId}::uuid AND t.leaver_id = ${leaverId}::uuid AND t.groups > 0
        AND i.status NOT IN ('REJECTED', 'CANCELLED', 'FAILED')
        AND t.submitted_at >= date_trunc('day', ${now}::timestamptz, ${daily.timeZone})
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
           CASE WHEN reason IS NOT NULL THEN reason
                WHEN turn + (SELECT groups FROM used) >= ${daily.limit}::int THEN 'GROUP_DAILY_LIMIT' END AS reason,
           CASE WHEN reason IS NULL THEN (${ids}::uuid[])[(turn % ${ids.length}::int)::int + 1] END AS successor_id
    FROM turned`;
}

function chosenGroups({ enterpriseId, leaverId, selection }: GroupPlan): Prisma.Sql {
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
    FROM (${named}) named LEFT JOIN customer_group g ON g.id = named.id AND g.enterprise_id = ${enterpriseId}::uuid`;
}
