import { Prisma } from '../../generated/prisma/client.js';
import type { App } from '../../platform/app.js';
import type { Tx } from '../../platform/db/transaction.js';
import type { AuditRecord, SealedRecord } from './link-hash.js';
import type { ChainPlace } from './verify-chain.js';

const recordColumns = Prisma.sql`
  e.id, e.enterprise_id AS "enterpriseId", e.at, e.action, e.outcome::text AS outcome, e.code, e.actor_kind::text AS "actorKind",
  e.actor_id AS "actorId", e.actor_name AS "actorName", e.subject_type AS "subjectType", e.subject_id AS "subjectId",
  e.transfer_id AS "transferId", e.request_id AS "requestId", e.address, e.department_id AS "departmentId", e.detail`;

/** Enterprises with records that wait to be sealed, a hundred at most. */
export async function listUnsealed({ db }: Pick<App, 'db'>): Promise<string[]> {
  const rows = await db.query<{ id: string }>(
    Prisma.sql`SELECT DISTINCT enterprise_id AS id FROM audit_unsealed LIMIT 100`,
  );
  return rows.map(({ id }) => id);
}

/** Lets nobody else seal records of this enterprise until the transaction ends; false when somebody just does. */
export async function lockChain(tx: Tx, enterpriseId: string): Promise<boolean> {
  const [lock] = await tx.$queryRaw<{ mine: boolean }[]>`
    SELECT pg_try_advisory_xact_lock(hashtextextended('audit chain ' || ${enterpriseId}::text, 0)) AS mine`;
  return lock?.mine ?? false;
}

/** Takes records out of those that wait, up to `limit`, in the order in which they get their places. */
export async function takeUnsealed(
  tx: Tx,
  enterpriseId: string,
  limit: number,
): Promise<{ readonly id: string; readonly record: AuditRecord | null }[]> {
  const rows = await tx.$queryRaw<(AuditRecord & { unsealedId: string })[]>`
    WITH taken AS (
      DELETE FROM audit_unsealed WHERE number IN (
        SELECT number FROM audit_unsealed WHERE enterprise_id = ${enterpriseId}::uuid ORDER BY number LIMIT ${limit}::int)
      RETURNING number, audit_event_id
    )
    SELECT taken.audit_event_id AS "unsealedId", ${recordColumns}
    FROM taken LEFT JOIN LATERAL (SELECT * FROM audit_event WHERE id = taken.audit_event_id LIMIT 1) e ON TRUE ORDER BY taken.number`;
  return rows.map(({ unsealedId, ...record }) => ({ id: unsealedId, record: recordOf(record) }));
}

/** The place of the record that was sealed last; null: none is. */
export async function findHead(db: Pick<Tx, '$queryRaw'>, enterpriseId: string): Promise<ChainPlace | null> {
  const [head] = await db.$queryRaw<ChainPlace[]>`
    SELECT sequence, encode(hash, 'hex') AS hash FROM audit_link WHERE enterprise_id = ${enterpriseId}::uuid
    ORDER BY sequence DESC LIMIT 1`;
  return head ?? null;
}

/** The places of these records, of those that have one. */
export function findLinks({ db }: Pick<App, 'db'>, ids: readonly string[]): Promise<(ChainPlace & { id: string })[]> {
  return db.query(Prisma.sql`
    SELECT audit_event_id AS id, sequence, encode(hash, 'hex') AS hash FROM audit_link
    WHERE audit_event_id = ANY(${[...ids]}::uuid[])`);
}

/** Adds places to the chain. */
export async function insertLinks(
  tx: Tx,
  enterpriseId: string,
  links: readonly { readonly sequence: number; readonly id: string; readonly hash: string }[],
): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO audit_link (enterprise_id, sequence, audit_event_id, hash)
    SELECT ${enterpriseId}::uuid, link.sequence, link.id, decode(link.hash, 'hex')
    FROM unnest(${links.map(({ sequence }) => sequence)}::int[], ${links.map(({ id }) => id)}::uuid[],
                ${links.map(({ hash }) => hash)}::text[]) AS link (sequence, id, hash)`;
}

/** The sealed records after a place, in order. */
export async function readSealed(
  { db }: Pick<App, 'db'>,
  enterpriseId: string,
  after: number,
  limit: number,
): Promise<SealedRecord[]> {
  const rows = await db.query<AuditRecord & { sequence: number; hash: string }>(Prisma.sql`
    SELECT l.sequence, encode(l.hash, 'hex') AS hash, ${recordColumns}
    FROM (SELECT * FROM audit_link WHERE enterprise_id = ${enterpriseId}::uuid AND sequence > ${after}::int
          ORDER BY sequence LIMIT ${limit}::int) l
    LEFT JOIN LATERAL (SELECT * FROM audit_event WHERE id = l.audit_event_id LIMIT 1) e ON TRUE ORDER BY l.sequence`);
  return rows.map(({ sequence, hash, ...record }) => ({ enterpriseId, sequence, hash, record: recordOf(record) }));
}

/** How many records wait for a place, and one, the oldest, that has none and does not wait for it. */
export async function findOutside(
  { db }: Pick<App, 'db'>,
  enterpriseId: string,
): Promise<{ readonly unsealed: number; readonly outside: string | null }> {
  // Hash joins over the whole log: asked once by a verification, which reads all of it anyway.
  const [row] = await db.query<{ unsealed: number; outside: string | null }>(Prisma.sql`
    SELECT (SELECT count(*)::int FROM audit_unsealed WHERE enterprise_id = ${enterpriseId}::uuid) AS unsealed, (
      SELECT e.id FROM audit_event e
      WHERE e.enterprise_id = ${enterpriseId}::uuid
        AND NOT EXISTS (SELECT 1 FROM audit_link l WHERE l.audit_event_id = e.id)
        AND NOT EXISTS (SELECT 1 FROM audit_unsealed u WHERE u.audit_event_id = e.id)
      ORDER BY e.at, e.id LIMIT 1) AS outside`);
  return row ?? { unsealed: 0, outside: null };
}

function recordOf(row: AuditRecord | { readonly id: null }): AuditRecord | null {
  return row.id === null ? null : row;
}
