import { Prisma } from '../../src/generated/prisma/client.js';
import type { Database } from '../../src/platform/db/database.js';

/** Something that must always be true of an enterprise, and is not. */
export interface Broken {
  readonly rule: string;
  /** The row that breaks it, as far as it has a name. */
  readonly at: string;
}

/**
 * Everything in an enterprise that breaks a rule of the domain, at most 20 rows for each rule; empty is what a test wants.
 *
 * It reads tables and not the API, and counts all anew: customers and their holders, items, notices, notifications, counters and audit
 * must tell the same story at every moment between two transactions. Call it outside a transaction.
 */
export async function brokenInvariants(db: Database, enterpriseId: string): Promise<readonly Broken[]> {
  const broken: Broken[] = [];
  for (const [rule, violations] of Object.entries(rules(Prisma.sql`${enterpriseId}::uuid`))) {
    const rows = await db.query<{ at: string | null }>(Prisma.sql`
      SELECT at::text FROM (${violations}) AS violation (at) ORDER BY 1 LIMIT 20`);
    broken.push(...rows.map(({ at }) => ({ rule, at: at ?? '' })));
  }
  return broken;
}

/** Each rule as a query that answers one column: what breaks it. */
function rules(enterprise: Prisma.Sql): Readonly<Record<string, Prisma.Sql>> {
  return { ...aboutHolders(enterprise), ...aboutTransfers(enterprise), ...aboutWhatWasTold(enterprise) };
}

function aboutHolders(enterprise: Prisma.Sql): Record<string, Prisma.Sql> {
  const open = Prisma.sql`i.status IN ('WAITING', 'QUEUED')`;
  /** A counter of the portfolio against what it counts, by member. */
  const counted = (column: string, count: Prisma.Sql) => Prisma.sql`
    SELECT coalesce(p.member_id, c.member_id) || ': ' || coalesce(p.${Prisma.raw(column)}, 0) || ' counted, ' || coalesce(c.n, 0) || ' there'
    FROM (SELECT * FROM portfolio WHERE enterprise_id = ${enterprise}) p
    FULL JOIN (${count}) AS c (member_id, n) ON c.member_id = p.member_id
    WHERE coalesce(p.${Prisma.raw(column)}, 0) <> coalesce(c.n, 0)`;
  const items = (who: string, condition: Prisma.Sql) => Prisma.sql`
    SELECT ${Prisma.raw(who)}, count(*) FROM transfer_item i JOIN transfer t ON t.id = i.transfer_id
    WHERE i.enterprise_id = ${enterprise} AND i.kind = 'CUSTOMER' AND ${condition} GROUP BY 1`;
  return {
    'a member serves a customer once': Prisma.sql`
      SELECT customer_id FROM relation WHERE enterprise_id = ${enterprise} AND status = 'ACTIVE'
      GROUP BY customer_id, member_id HAVING count(*) > 1`,
    'a customer whose relations ended by a takeover has a holder': Prisma.sql`
      SELECT customer_id FROM relation WHERE enterprise_id = ${enterprise}
      GROUP BY customer_id HAVING bool_and(status = 'MERGED')`,
    'holder and customer are of the enterprise': Prisma.sql`
      SELECT r.id FROM relation r JOIN member m ON m.id = r.member_id JOIN customer c ON c.id = r.customer_id
      WHERE r.enterprise_id = ${enterprise} AND (m.enterprise_id <> r.enterprise_id OR c.enterprise_id <> r.enterprise_id)`,
    'a merged relation ended in one of the same customer': Prisma.sql`
      SELECT r.id FROM relation r LEFT JOIN relation into_ ON into_.id = r.merged_into_id
      WHERE r.enterprise_id = ${enterprise} AND r.status = 'MERGED'
        AND (r.ended_at IS NULL OR into_.customer_id IS DISTINCT FROM r.customer_id OR into_.id = r.id)`,
    'an active relation has not ended': Prisma.sql`
      SELECT id FROM relation WHERE enterprise_id = ${enterprise} AND status = 'ACTIVE'
        AND (ended_at IS NOT NULL OR merged_into_id IS NOT NULL)`,
    'portfolio.customers': counted(
      'customers',
      Prisma.sql`SELECT member_id, count(*) FROM relation WHERE enterprise_id = ${enterprise} AND status = 'ACTIVE' GROUP BY 1`,
    ),
    'portfolio.waiting': counted('waiting', items('t.leaver_id', open)),
    'portfolio.incoming': counted('incoming', items('i.successor_id', open)),
    'portfolio.handedOver': counted('handed_over', items('t.leaver_id', Prisma.sql`i.status = 'COMPLETED'`)),
    'portfolio.failed': counted('failed', items('t.leaver_id', Prisma.sql`i.status = 'FAILED'`)),
  };
}

function aboutTransfers(enterprise: Prisma.Sql): Record<string, Prisma.Sql> {
  const counts = [
    ...['REJECTED', 'QUEUED', 'WAITING', 'COMPLETED', 'REFUSED', 'CANCELLED', 'SUCCESSOR_FULL', 'FAILED', 'UNDONE'],
  ].map((status) => [Prisma.raw(status.toLowerCase()), status] as const);
  return {
    'the counts of a transfer equal its items': Prisma.sql`
      SELECT t.id FROM transfer t LEFT JOIN (
        SELECT transfer_id, count(*) AS total,
          ${Prisma.join(counts.map(([column, status]) => Prisma.sql`count(*) FILTER (WHERE status::text = ${status}) AS ${column}`))}
        FROM transfer_item WHERE enterprise_id = ${enterprise} GROUP BY 1) c ON c.transfer_id = t.id
      WHERE t.enterprise_id = ${enterprise} AND (t.total IS DISTINCT FROM c.total
        OR ${Prisma.join(
          counts.map(([column]) => Prisma.sql`t.${column} IS DISTINCT FROM c.${column}`),
          ' OR ',
        )})`,
    'the items of a transfer stand in places 0 to total - 1': Prisma.sql`
      SELECT t.id FROM transfer t JOIN transfer_item i ON i.transfer_id = t.id WHERE t.enterprise_id = ${enterprise}
      GROUP BY t.id HAVING min(i.position) <> 0 OR max(i.position) <> t.total - 1`,
    'a transfer runs while an item waits, and the runner knows': Prisma.sql`
      SELECT id FROM transfer WHERE enterprise_id = ${enterprise} AND (
        (waiting + queued > 0) <> (status = 'RUNNING') OR (status = 'RUNNING') <> (finished_at IS NULL)
        OR (waiting > 0) <> (run_at IS NOT NULL) OR (status = 'COMPLETED') <> (completed = total))`,
    'the shares of a transfer equal its items': Prisma.sql`
      SELECT s.transfer_id FROM transfer_successor s LEFT JOIN (
        SELECT transfer_id, successor_id, count(*) FILTER (WHERE status <> 'REJECTED') AS assigned,
               count(*) FILTER (WHERE status = 'COMPLETED') AS completed
        FROM transfer_item WHERE enterprise_id = ${enterprise} GROUP BY 1, 2
      ) c ON c.transfer_id = s.transfer_id AND c.successor_id = s.member_id
      WHERE s.enterprise_id = ${enterprise}
        AND (s.assigned <> coalesce(c.assigned, 0) OR s.completed <> coalesce(c.completed, 0))`,
    'an accepted item goes to a successor of its transfer': Prisma.sql`
      SELECT i.transfer_id || ' ' || i.position FROM transfer_item i
      LEFT JOIN transfer_successor s ON s.transfer_id = i.transfer_id AND s.member_id = i.successor_id
      WHERE i.enterprise_id = ${enterprise} AND i.status <> 'REJECTED' AND s.member_id IS NULL`,
    'a relation is in one open item at most, once in a transfer': Prisma.sql`
      SELECT relation_id FROM transfer_item WHERE enterprise_id = ${enterprise} AND status <> 'REJECTED'
      GROUP BY relation_id HAVING count(*) FILTER (WHERE status IN ('WAITING', 'QUEUED')) > 1
        OR count(*) <> count(DISTINCT transfer_id)`,
    'an item says how it ended': Prisma.sql`
      SELECT transfer_id || ' ' || position FROM transfer_item WHERE enterprise_id = ${enterprise} AND (
        (status = 'COMPLETED') <> (fact_id IS NOT NULL) OR (status = 'COMPLETED') <> (taken_over_at IS NOT NULL)
        OR (status = 'COMPLETED') <> (outcome IS NOT NULL) OR (status IN ('REJECTED', 'FAILED')) <> (reason IS NOT NULL)
        OR (status IN ('WAITING', 'QUEUED', 'REJECTED')) <> (ended_at IS NULL))`,
    'who waits is still with the leaver': Prisma.sql`
      SELECT i.relation_id FROM transfer_item i JOIN transfer t ON t.id = i.transfer_id JOIN relation r ON r.id = i.relation_id
      WHERE i.enterprise_id = ${enterprise} AND i.status = 'WAITING'
        AND (r.member_id <> t.leaver_id OR r.customer_id <> i.customer_id)`,
    'a moved relation is with whom the last takeover gave it to': Prisma.sql`
      SELECT r.id FROM (
        SELECT DISTINCT ON (relation_id) relation_id, successor_id FROM transfer_item
        WHERE enterprise_id = ${enterprise} AND status = 'COMPLETED' AND outcome = 'MOVED'
        ORDER BY relation_id, taken_over_at DESC, transfer_id DESC
      ) last JOIN relation r ON r.id = last.relation_id WHERE r.member_id <> last.successor_id`,
    'a merged item ended the relation of the leaver': Prisma.sql`
      SELECT r.id FROM transfer_item i JOIN transfer t ON t.id = i.transfer_id JOIN relation r ON r.id = i.relation_id
      WHERE i.enterprise_id = ${enterprise} AND i.outcome = 'MERGED' AND (r.status <> 'MERGED' OR r.member_id <> t.leaver_id)`,
  };
}

function aboutWhatWasTold(enterprise: Prisma.Sql): Record<string, Prisma.Sql> {
  return {
    // A full join, so that the two are hashed: there may be no statistics that advise against comparing each with each.
    'a completed item has one notice, to its customer, and no other item any': Prisma.sql`
      SELECT coalesce(i.transfer_id || ' ' || i.position, 'event ' || e.id) FROM (
        SELECT fact_id, position, customer_id, transfer_id FROM transfer_item
        WHERE enterprise_id = ${enterprise} AND status = 'COMPLETED'
      ) i FULL JOIN (
        SELECT fact_id, position, recipient_id, min(id) AS id, count(*) AS n FROM inbox_event
        WHERE enterprise_id = ${enterprise} AND type = 'TAKEOVER_COMPLETED' GROUP BY 1, 2, 3
      ) e ON e.fact_id = i.fact_id AND e.position = i.position AND e.recipient_id = i.customer_id
      WHERE i.fact_id IS NULL OR e.n IS DISTINCT FROM 1`,
    'a takeover has one notification, to its successor': Prisma.sql`
      SELECT f.id FROM fact f LEFT JOIN inbox_event e ON e.fact_id = f.id AND e.type = 'CUSTOMERS_ASSIGNED'
      WHERE f.enterprise_id = ${enterprise} AND f.type = 'TAKEOVER'
      GROUP BY f.id HAVING count(e.id) <> 1 OR min(e.recipient_id::text) <> f.successor_id::text`,
    'a notification has a takeover': Prisma.sql`
      SELECT e.id FROM inbox_event e LEFT JOIN fact f ON f.id = e.fact_id AND f.enterprise_id = e.enterprise_id
      WHERE e.enterprise_id = ${enterprise} AND e.type = 'CUSTOMERS_ASSIGNED' AND f.successor_id IS DISTINCT FROM e.recipient_id`,
    'a takeover counts its items, and names where they stand': Prisma.sql`
      SELECT f.id FROM fact f LEFT JOIN transfer t ON t.id = f.transfer_id LEFT JOIN transfer_item i
        ON i.fact_id = f.id AND i.transfer_id = f.transfer_id AND i.successor_id = f.successor_id
      WHERE f.enterprise_id = ${enterprise} AND f.type = 'TAKEOVER'
      GROUP BY f.id, t.leaver_id HAVING count(i.position) <> f.item_count OR f.item_count = 0 OR t.leaver_id IS DISTINCT FROM f.leaver_id
        OR min(i.position) < f.first_position OR max(i.position) > f.last_position`,
    'audit: a transfer is there once, with its numbers': Prisma.sql`
      SELECT t.id FROM transfer t LEFT JOIN audit_event a
        ON a.transfer_id = t.id AND a.action = 'transferCustomers' AND a.outcome = 'SUCCESS'
      WHERE t.enterprise_id = ${enterprise} AND t.created_by_id IS NOT NULL
      GROUP BY t.id HAVING count(a.id) <> 1 OR min((a.detail ->> 'total')::int) <> t.total
        OR min((a.detail ->> 'accepted')::int) <> t.total - t.rejected OR min(a.actor_id::text) <> t.created_by_id::text`,
    'audit: takeovers add up to the items, successor by successor': Prisma.sql`
      SELECT coalesce(a.transfer_id, i.transfer_id) FROM (
        SELECT transfer_id, subject_id, sum((detail ->> 'completed')::int) AS completed, sum((detail ->> 'ended')::int) AS ended
        FROM audit_event WHERE enterprise_id = ${enterprise} AND action = 'takeOver' GROUP BY 1, 2
      ) a FULL JOIN (
        SELECT transfer_id, successor_id, count(*) FILTER (WHERE status = 'COMPLETED') AS completed, count(*) AS ended
        FROM transfer_item WHERE enterprise_id = ${enterprise} AND status IN ('COMPLETED', 'FAILED') GROUP BY 1, 2
      ) i ON i.transfer_id = a.transfer_id AND i.successor_id = a.subject_id
      WHERE a.completed IS DISTINCT FROM i.completed OR a.ended IS DISTINCT FROM i.ended`,
    'audit: one takeover for each fact': Prisma.sql`
      SELECT 'facts ' || facts || ', audited ' || audited FROM (
        SELECT (SELECT count(*) FROM fact WHERE enterprise_id = ${enterprise} AND type = 'TAKEOVER') AS facts,
               (SELECT count(*) FROM audit_event WHERE enterprise_id = ${enterprise} AND action = 'takeOver'
                  AND (detail ->> 'completed')::int > 0) AS audited) n WHERE facts <> audited`,
  };
}
