import { Prisma } from '../../generated/prisma/client.js';
import type { App } from '../../platform/app.js';
import { keyset, type KeysetPage, type SortKey } from '../../platform/db/keyset.js';

// A relation is one row all its life, and its items are its history. At a moment it was with the leaver of the first takeover
// after that moment, or with the successor of the first undo after it, whichever came first; where none came, with whom it is
// now. It began when the customer was added, and ended when it ended; between a merger and its undo it did not exist.

/** Customers by name; the id breaks ties. */
export const servedKeys = [
  { expression: Prisma.sql`c.name`, kind: 'text' },
  { expression: Prisma.sql`c.id`, kind: 'id' },
] as const satisfies readonly SortKey[];

/** Who served each of these customers at a moment: member ids by customer, who had been served longest first. */
export async function listServersAt(
  app: Pick<App, 'db'>,
  enterpriseId: string,
  customerIds: readonly string[],
  at: Date,
): Promise<Map<string, string[]>> {
  const moment = Prisma.sql`${at}::timestamptz`;
  // The two halves of the books are indexed apart.
  const rows = await app.db.query<{ customerId: string; memberIds: string[] }>(Prisma.sql`
    SELECT customer_id AS "customerId", json_agg(member_id ORDER BY added_at NULLS FIRST, id) AS "memberIds" FROM (
      SELECT r.id, r.customer_id, r.added_at, ${holderAt(enterpriseId, moment)} AS member_id
      FROM unnest(${[...customerIds]}::uuid[]) customer(id)
      CROSS JOIN LATERAL (
        SELECT * FROM relation active
        WHERE active.enterprise_id = ${enterpriseId}::uuid AND active.customer_id = customer.id AND active.status = 'ACTIVE'
        UNION ALL
        SELECT * FROM relation ended
        WHERE ended.enterprise_id = ${enterpriseId}::uuid AND ended.customer_id = customer.id AND ended.status <> 'ACTIVE'
      ) r
      WHERE ${existsAt(enterpriseId, moment)}
    ) held
    GROUP BY customer_id`);
  return new Map(rows.map(({ customerId, memberIds }) => [customerId, memberIds]));
}

/** A page of the customers whom each of these members served at a moment, and one more each, in reading direction. */
export async function listServedAt(
  app: Pick<App, 'db'>,
  enterpriseId: string,
  memberIds: readonly string[],
  at: Date,
  page: KeysetPage,
): Promise<Map<string, string[]>> {
  const { beyond, order, limit } = keyset(servedKeys, 'ASC', page);
  const rows = await app.db.query<{ memberId: string; customerIds: string[] }>(Prisma.sql`
    SELECT member.id AS "memberId", json_agg(c.id ORDER BY ${order}) AS "customerIds"
    FROM unnest(${[...memberIds]}::uuid[]) member(id)
    CROSS JOIN LATERAL (
      SELECT c.id, c.name FROM (${servedAt(enterpriseId, Prisma.sql`${at}::timestamptz`)}) served
      JOIN customer c ON c.id = served.customer_id WHERE ${beyond} ORDER BY ${order} LIMIT ${limit}
    ) c
    GROUP BY member.id`);
  return new Map(rows.map(({ memberId, customerIds }) => [memberId, customerIds]));
}

/** How many customers each of these members served at a moment. Who served none is left out. */
export async function countServedAt(
  app: Pick<App, 'db'>,
  enterpriseId: string,
  memberIds: readonly string[],
  at: Date,
): Promise<Map<string, number>> {
  const rows = await app.db.query<{ memberId: string; count: number }>(Prisma.sql`
    SELECT member.id AS "memberId", count(*)::int AS count
    FROM unnest(${[...memberIds]}::uuid[]) member(id)
    CROSS JOIN LATERAL (${servedAt(enterpriseId, Prisma.sql`${at}::timestamptz`)}) served
    GROUP BY member.id`);
  return new Map(rows.map(({ memberId, count }) => [memberId, count]));
}

/**
 * The customers whom `member` served at a moment. They are among those with whom the member is now or was at the end, whom
 * they gave away later, and whom an undo took from them later: each found by an index of the member's.
 */
function servedAt(enterpriseId: string, moment: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    SELECT DISTINCT r.customer_id
    FROM (
      SELECT active.id FROM relation active
      WHERE active.enterprise_id = ${enterpriseId}::uuid AND active.member_id = member.id AND active.status = 'ACTIVE'
      UNION
      SELECT ended.id FROM relation ended
      WHERE ended.enterprise_id = ${enterpriseId}::uuid AND ended.member_id = member.id AND ended.status <> 'ACTIVE'
        AND ended.ended_at > ${moment}
      UNION
      SELECT i.relation_id FROM transfer t JOIN transfer_item i ON i.transfer_id = t.id
      WHERE t.enterprise_id = ${enterpriseId}::uuid AND t.leaver_id = member.id
        AND i.status IN ('COMPLETED', 'UNDONE') AND i.outcome = 'MOVED' AND i.taken_over_at > ${moment}
      UNION
      SELECT i.relation_id FROM transfer_successor s JOIN transfer_item i ON i.transfer_id = s.transfer_id
      WHERE s.enterprise_id = ${enterpriseId}::uuid AND s.member_id = member.id AND i.successor_id = member.id
        AND i.status = 'UNDONE' AND i.outcome = 'MOVED' AND i.ended_at > ${moment}
    ) known
    JOIN relation r ON r.id = known.id
    WHERE ${existsAt(enterpriseId, moment)} AND ${holderAt(enterpriseId, moment)} = member.id`;
}

/** Whether the relation `r` existed at a moment. */
function existsAt(enterpriseId: string, moment: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    (r.added_at IS NULL OR r.added_at <= ${moment}) AND (r.ended_at IS NULL OR r.ended_at > ${moment})
    AND NOT EXISTS (
      SELECT FROM transfer_item i
      WHERE i.enterprise_id = ${enterpriseId}::uuid AND i.customer_id = r.customer_id AND i.relation_id = r.id
        AND i.status = 'UNDONE' AND i.outcome = 'MERGED' AND i.taken_over_at <= ${moment} AND i.ended_at > ${moment})`;
}

/** With whom the relation `r` was at a moment. */
function holderAt(enterpriseId: string, moment: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`coalesce((
    SELECT move.giver FROM transfer_item i JOIN transfer t ON t.id = i.transfer_id
    CROSS JOIN LATERAL (VALUES
      (i.taken_over_at, t.leaver_id, 1),
      (CASE i.status WHEN 'UNDONE' THEN i.ended_at END, i.successor_id, 2)
    ) move (at, giver, turn)
    WHERE i.enterprise_id = ${enterpriseId}::uuid AND i.customer_id = r.customer_id AND i.relation_id = r.id
      AND i.status IN ('COMPLETED', 'UNDONE') AND i.outcome = 'MOVED' AND move.at > ${moment}
    ORDER BY move.at, i.revision, move.turn LIMIT 1), r.member_id)`;
}
