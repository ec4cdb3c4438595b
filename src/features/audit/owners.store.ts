import { Prisma } from '../../generated/prisma/client.js';
import type { App } from '../../platform/app.js';
import { drainDigest, groupsDigest, ownItemsDigest, takeoverDigest } from '../../platform/db/item-digest.js';

/** Somebody's customer, or group, by the log or by the tables. */
export interface OwnedThing {
  readonly kind: 'CUSTOMER' | 'GROUP';
  /** The relation of the customer, or the group. */
  readonly subjectId: string;
  readonly memberId: string;
}

/** Where the log and the tables say different things; null: nobody's. */
export interface OwnerDifference {
  readonly kind: 'CUSTOMER' | 'GROUP';
  readonly subjectId: string;
  readonly byLog: string | null;
  readonly byTable: string | null;
}

/*
 * The log is the records and the items that they digest: those in audit_item and, of takeovers, the places of transfer_item, whose
 * status goes on to UNDONE but of which nothing is changed that a digest is over.
 */

/** The items that a takeover's record `rec` of customers is about. */
const takenOver = Prisma.sql`
  SELECT i.position, i.relation_id, i.outcome, i.successor_id FROM transfer_item i
  WHERE i.transfer_id = rec.transfer_id AND i.enterprise_id = rec.enterprise_id
    AND i.position BETWEEN (rec.detail ->> 'firstPosition')::int AND (rec.detail ->> 'lastPosition')::int
    AND i.fact_id = (rec.detail ->> 'factId')::uuid AND i.kind = 'CUSTOMER' AND i.status IN ('COMPLETED', 'UNDONE')`;

/** The items that a takeover's record `rec` of groups is about. */
const groupsTakenOver = Prisma.sql`
  SELECT i.position, i.group_id, i.successor_id FROM transfer_item i
  WHERE i.transfer_id = rec.transfer_id AND i.enterprise_id = rec.enterprise_id
    AND i.position BETWEEN (rec.detail ->> 'firstPosition')::int AND (rec.detail ->> 'lastPosition')::int
    AND i.successor_id = rec.subject_id AND i.taken_over_at = rec.at AND i.kind = 'GROUP' AND i.status IN ('COMPLETED', 'UNDONE')`;

const ofGroups = Prisma.sql`rec.detail ->> 'groups' = 'true'`;

/** The sealed records of an enterprise that were done, with their places. */
const records = (enterpriseId: string, from: number, to: number | null) => Prisma.sql`
  SELECT l.sequence, e.id, e.enterprise_id, e.action, e.at, e.subject_id, e.transfer_id, e.detail
  FROM audit_link l JOIN audit_event e ON e.id = l.audit_event_id
  WHERE l.enterprise_id = ${enterpriseId}::uuid AND l.sequence > ${from}::int AND (${to}::int IS NULL OR l.sequence <= ${to}::int)
    AND e.outcome = 'SUCCESS'`;

/** Who owns what by the log: of all that it says of a relation or group, the last. Null: it has ended. */
const ownersByLog = (enterpriseId: string) => Prisma.sql`
  opened AS MATERIALIZED (
    -- From there on the log tells all; older records know of no items.
    SELECT coalesce(max(rec.sequence), 0) AS sequence FROM (${records(enterpriseId, 0, null)}) rec WHERE rec.action = 'openOwners'
  ),
  record AS MATERIALIZED (
    SELECT rec.* FROM (${records(enterpriseId, 0, null)}) rec, opened WHERE rec.sequence >= opened.sequence
  ),
  said AS (
    SELECT sequence, 'CUSTOMER' AS kind, subject_id, (detail ->> 'memberId')::uuid AS member_id FROM record WHERE action = 'addRelation'
    UNION ALL
    SELECT sequence, 'CUSTOMER', (detail ->> 'relationId')::uuid, (detail ->> 'servedBy')::uuid FROM record
    WHERE action = 'createCustomer' AND detail ->> 'relationId' IS NOT NULL
    UNION ALL
    SELECT sequence, 'CUSTOMER', subject_id, NULL FROM record
    WHERE action = 'endRelation' OR (action = 'declineTakeover' AND detail ->> 'lost' = 'true')
    UNION ALL
    SELECT sequence, 'GROUP', subject_id, (detail ->> 'ownerId')::uuid FROM record WHERE action = 'createCustomerGroup'
    UNION ALL
    SELECT rec.sequence, i.kind::text, i.subject_id, i.member_id FROM record rec JOIN audit_item i ON i.audit_event_id = rec.id
    UNION ALL
    SELECT rec.sequence, 'CUSTOMER', i.relation_id, CASE i.outcome WHEN 'MOVED' THEN i.successor_id END
    FROM record rec CROSS JOIN LATERAL (${takenOver} OFFSET 0) i WHERE rec.action = 'takeOver' AND NOT coalesce(${ofGroups}, FALSE)
    UNION ALL
    SELECT rec.sequence, 'GROUP', i.group_id, i.successor_id
    FROM record rec CROSS JOIN LATERAL (${groupsTakenOver} OFFSET 0) i WHERE rec.action = 'takeOver' AND ${ofGroups}
  ),
  by_log AS (
    SELECT kind, subject_id, member_id FROM (
      SELECT DISTINCT ON (kind, subject_id) kind, subject_id, member_id FROM said ORDER BY kind, subject_id, sequence DESC
    ) last WHERE member_id IS NOT NULL
  )`;

/** Who owns what, as the log alone tells it, a page in the order of kind and id. */
export function listOwnersByLog({ db }: Pick<App, 'db'>, enterpriseId: string): Promise<OwnedThing[]> {
  return db.query(Prisma.sql`
    WITH ${ownersByLog(enterpriseId)}
    SELECT kind, subject_id AS "subjectId", member_id AS "memberId" FROM by_log ORDER BY kind, subject_id`);
}

/** How many owners the log and the tables agree on, and where they do not, up to `limit`. */
export async function compareByLog(
  { db }: Pick<App, 'db'>,
  enterpriseId: string,
  limit: number,
): Promise<{ readonly agreed: number; readonly differ: number; readonly differences: readonly OwnerDifference[] }> {
  const [row] = await db.query<{ agreed: number; differ: number; differences: OwnerDifference[] }>(Prisma.sql`
    WITH ${ownersByLog(enterpriseId)},
    by_table AS (
      SELECT 'CUSTOMER' AS kind, id AS subject_id, member_id FROM relation
      WHERE enterprise_id = ${enterpriseId}::uuid AND status = 'ACTIVE'
      UNION ALL SELECT 'GROUP', id, owner_id FROM customer_group WHERE enterprise_id = ${enterpriseId}::uuid
    ),
    compared AS MATERIALIZED (
      SELECT kind, subject_id, by_log.member_id AS by_log, by_table.member_id AS by_table
      FROM by_log FULL JOIN by_table USING (kind, subject_id)
    )
    SELECT (SELECT count(*)::int FROM compared WHERE by_log = by_table) AS agreed,
           (SELECT count(*)::int FROM compared WHERE by_log IS DISTINCT FROM by_table) AS differ,
           (SELECT coalesce(json_agg(json_build_object('kind', kind, 'subjectId', subject_id, 'byLog', by_log, 'byTable', by_table)), '[]')
            FROM (SELECT * FROM compared WHERE by_log IS DISTINCT FROM by_table ORDER BY kind, subject_id LIMIT ${limit}::int) first
           ) AS differences`);
  return row ?? { agreed: 0, differ: 0, differences: [] };
}

/** The first of these records whose items are not those that its digest was made of. */
export async function findWrongDigest(
  { db }: Pick<App, 'db'>,
  enterpriseId: string,
  from: number,
  to: number,
): Promise<{ readonly sequence: number; readonly recordId: string } | null> {
  const [wrong] = await db.query<{ sequence: number; recordId: string }>(Prisma.sql`
    WITH record AS MATERIALIZED (
      SELECT rec.* FROM (${records(enterpriseId, from, to)}) rec WHERE rec.detail ->> 'digest' IS NOT NULL
    )
    SELECT sequence, id AS "recordId" FROM (
      SELECT rec.sequence, rec.id, rec.detail ->> 'digest' AS kept, CASE
        WHEN rec.action = 'takeOver' AND ${ofGroups} THEN (
          SELECT ${groupsDigest(Prisma.sql`i.position`, Prisma.sql`i.group_id`)} FROM (${groupsTakenOver}) i)
        WHEN rec.action = 'takeOver' THEN (
          SELECT ${takeoverDigest(Prisma.sql`i.position`, Prisma.sql`i.relation_id`, Prisma.sql`i.outcome`)} FROM (${takenOver}) i
          WHERE i.successor_id = rec.subject_id)
        WHEN rec.action = 'drainQueue' THEN (
          SELECT ${drainDigest} FROM transfer_item i
          WHERE i.transfer_id = rec.transfer_id AND i.enterprise_id = rec.enterprise_id AND i.drain = (rec.detail ->> 'number')::int)
        ELSE (SELECT ${ownItemsDigest} FROM audit_item i WHERE i.audit_event_id = rec.id AND i.enterprise_id = rec.enterprise_id)
      END AS found FROM record rec
    ) looked WHERE found IS DISTINCT FROM kept ORDER BY sequence LIMIT 1`);
  return wrong ?? null;
}
