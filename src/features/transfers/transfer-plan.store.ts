import { Prisma } from '../../generated/prisma/client.js';
import type { Tx } from '../../platform/db/transaction.js';

/** Which of the leaver's customers a transfer takes. */
export type Selection =
  | { readonly by: 'ids'; readonly customerIds: readonly string[] }
  /** `condition` speaks of the aliases `r` (relation) and `c` (customer). */
  | { readonly by: 'filter'; readonly condition: Prisma.Sql }
  | { readonly by: 'all' };

/** What the plan of a transfer is made from; every id has been checked to be of this enterprise. */
export interface PlanInput {
  readonly enterpriseId: string;
  readonly leaverId: string;
  readonly selection: Selection;
  /** In the order of the round robin; `room`: how many customers each may still take. */
  readonly successors: readonly { readonly id: string; readonly room: number }[];
}

/** What a plan comes to, in numbers. */
export interface PlanCounts {
  readonly total: number;
  readonly accepted: number;
  readonly rejected: readonly { readonly reason: string; readonly count: number }[];
  /** Accepted customers by successor; one who gets none is left out. */
  readonly assigned: ReadonlyMap<string, number>;
}

/**
 * The plan as a query: one row per selected customer with its place, its successor and the reason if it is rejected.
 *
 * Deterministic: the same data gives the same plan. Accepted customers go round robin in the order of the list (as named,
 * else the latest added first), so that shares differ by at most one; a rejected one takes nobody's turn. It is one
 * statement, read by the preview and inserted by the transfer, so the two cannot disagree.
 */
function planQuery({ enterpriseId, leaverId, selection, successors }: PlanInput): Prisma.Sql {
  const ids = successors.map(({ id }) => id);
  const rooms = successors.map(({ room }) => room);
  return Prisma.sql`
    WITH chosen AS MATERIALIZED (${chosen(enterpriseId, leaverId, selection)}),
    checked AS (
      SELECT chosen.place, chosen.relation_id, chosen.customer_id, chosen.requested,
             CASE WHEN chosen.customer_id IS NULL THEN 'INVALID_CUSTOMER'
                  WHEN chosen.relation_id IS NULL THEN 'NOT_FOLLOWER'
                  WHEN busy.relation_id IS NOT NULL THEN 'ALREADY_IN_TRANSFER' END AS reason
      FROM chosen LEFT JOIN transfer_item busy
        ON busy.relation_id = chosen.relation_id AND busy.status IN ('WAITING', 'QUEUED')
    ),
    turned AS (
      SELECT checked.*, row_number() OVER (PARTITION BY reason IS NULL ORDER BY place) - 1 AS turn FROM checked
    ),
    shared AS (
      SELECT turned.*, (turn % ${ids.length}::int)::int + 1 AS seat, turn / ${ids.length}::int AS round FROM turned
    )
    SELECT (row_number() OVER (ORDER BY place) - 1)::int AS position, relation_id, customer_id, requested,
           CASE WHEN reason IS NOT NULL THEN reason
                WHEN round >= (${rooms}::int[])[seat] THEN 'SUCCESSOR_LIMIT_REACHED' END AS reason,
           CASE WHEN reason IS NULL THEN (${ids}::uuid[])[seat] END AS successor_id
    FROM shared`;
}

function chosen(enterpriseId: string, leaverId: string, selection: Selection): Prisma.Sql {
  if (selection.by === 'ids') {
    // LATERAL and IS NOT DISTINCT FROM keep the planner from seeking each among all of the leaver's, see moveChunk.
    return Prisma.sql`
      SELECT named.place, r.id AS relation_id, c.id AS customer_id,
             CASE WHEN c.id IS NULL THEN named.id::text END AS requested
      FROM unnest(${selection.customerIds}::uuid[]) WITH ORDINALITY AS named (id, place)
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
           r.id AS relation_id, r.customer_id, NULL::text AS requested
    FROM relation r ${customer}
    WHERE r.enterprise_id = ${enterpriseId}::uuid AND r.member_id = ${leaverId}::uuid AND r.status = 'ACTIVE'
      AND ${condition}`;
}

/** Inserts one item per selected customer by the plan, in one statement, and counts them. */
export async function insertItems(
  tx: Tx,
  transferId: string,
  takeoverDueAt: Date,
  plan: PlanInput,
): Promise<PlanCounts> {
  return counted(
    await tx.$queryRaw<CountRow[]>`
      WITH plan AS (${planQuery(plan)}),
      items AS (
        INSERT INTO transfer_item (transfer_id, position, enterprise_id, status, reason, relation_id, customer_id, requested,
                                   successor_id, takeover_due_at)
        SELECT ${transferId}::uuid, position, ${plan.enterpriseId}::uuid,
               CASE WHEN reason IS NULL THEN 'WAITING' ELSE 'REJECTED' END::"TransferItemStatus",
               reason, relation_id, customer_id, requested, successor_id,
               CASE WHEN reason IS NULL THEN ${takeoverDueAt}::timestamptz END
        FROM plan
        RETURNING reason, successor_id
      )
      SELECT reason, successor_id, count(*)::int AS count FROM items GROUP BY reason, successor_id`,
  );
}

/** Counts what the plan would insert. */
export async function previewPlan(tx: Tx, plan: PlanInput): Promise<PlanCounts> {
  return counted(
    await tx.$queryRaw<CountRow[]>`
      WITH plan AS (${planQuery(plan)})
      SELECT reason, successor_id, count(*)::int AS count FROM plan GROUP BY reason, successor_id`,
  );
}

/** Writes down each successor's share and what waits on both sides; a transfer of which nothing waits is finished. */
export async function shareOut(
  tx: Tx,
  transfer: {
    readonly transferId: string;
    readonly takeoverDueAt: Date;
    readonly now: Date;
    readonly plan: PlanInput;
    readonly counts: PlanCounts;
  },
): Promise<void> {
  const { transferId, plan, counts } = transfer;
  const ids = plan.successors.map(({ id }) => id);
  const shares = ids.map((id) => counts.assigned.get(id) ?? 0);
  await tx.$executeRaw`
    INSERT INTO transfer_successor (transfer_id, member_id, enterprise_id, position, assigned)
    SELECT ${transferId}::uuid, share.id, ${plan.enterpriseId}::uuid, share.place - 1, share.assigned
    FROM unnest(${ids}::uuid[], ${shares}::int[]) WITH ORDINALITY AS share (id, assigned, place)`;
  await tx.$executeRaw`
    UPDATE portfolio SET incoming = incoming + share.assigned
    FROM unnest(${ids}::uuid[], ${shares}::int[]) AS share (id, assigned) WHERE portfolio.member_id = share.id`;
  await tx.portfolio.update({ where: { memberId: plan.leaverId }, data: { waiting: { increment: counts.accepted } } });
  const rejected = counts.total - counts.accepted;
  await tx.transfer.update({
    where: { id: transferId },
    data: {
      total: counts.total,
      rejected,
      waiting: counts.accepted,
      ...(counts.accepted > 0
        ? { runAt: transfer.takeoverDueAt }
        : { status: 'COMPLETED_WITH_FAILURES', finishedAt: transfer.now }),
    },
  });
}

interface CountRow {
  readonly reason: string | null;
  readonly successor_id: string | null;
  readonly count: number;
}

function counted(rows: readonly CountRow[]): PlanCounts {
  const assigned = new Map<string, number>();
  const rejected = new Map<string, number>();
  for (const { reason, successor_id: successor, count } of rows) {
    if (reason !== null) rejected.set(reason, (rejected.get(reason) ?? 0) + count);
    else if (successor !== null) assigned.set(successor, (assigned.get(successor) ?? 0) + count);
  }
  const accepted = [...assigned.values()].reduce((sum, count) => sum + count, 0);
  const refused = [...rejected]
    .map(([reason, count]) => ({ reason, count }))
    .sort((a, b) => (a.reason < b.reason ? -1 : 1));
  return {
    total: accepted + refused.reduce((sum, { count }) => sum + count, 0),
    accepted,
    rejected: refused,
    assigned,
  };
}
