import { Prisma } from '../../generated/prisma/client.js';
import type { Tx } from '../../platform/db/transaction.js';

const markEveryHours = 1;

/**
 * Notes that events of transactions below `xid` had been committed by this moment, unless something like it was noted
 * within the hour. An event has no time of its own that its order would follow: clocks differ, and a fact's time is from
 * before its commit.
 */
export async function markTime(tx: Tx, xid: bigint, at: Date): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO inbox_mark (xid, at)
    SELECT ${xid}::bigint, ${at}::timestamptz
    WHERE NOT EXISTS (SELECT 1 FROM inbox_mark WHERE at > ${at}::timestamptz - make_interval(hours => ${markEveryHours}::int))
    ON CONFLICT DO NOTHING`;
}

/**
 * Says of each enterprise how far its events are older than it keeps: from then on cursors before that have expired.
 * It never goes back, though the setting may.
 */
export async function expireEvents(tx: Tx, now: Date): Promise<void> {
  // Locked in the order of ids, as by every other instance that does the same.
  await tx.$executeRaw`
    WITH expired AS (
      INSERT INTO inbox_pruning (enterprise_id, pruned_xid)
      SELECT e.id, m.xid
      FROM enterprise e
      CROSS JOIN LATERAL (
        SELECT max(xid) AS xid FROM inbox_mark
        WHERE at <= ${now}::timestamptz - make_interval(days => e.event_retention_days)) m
      WHERE m.xid > coalesce((SELECT pruned_xid FROM inbox_pruning p WHERE p.enterprise_id = e.id), 0)
      ORDER BY e.id
      ON CONFLICT (enterprise_id) DO UPDATE SET pruned_xid = greatest(inbox_pruning.pruned_xid, EXCLUDED.pruned_xid)
      RETURNING pruned_xid)
    UPDATE inbox_epoch SET pruned_xid = (SELECT max(pruned_xid) FROM expired)
    WHERE id = 1 AND pruned_xid < (SELECT max(pruned_xid) FROM expired)`;
  // The newest mark that is too old for everybody stays: it is the one by which the next expire.
  await tx.$executeRaw`
    DELETE FROM inbox_mark WHERE xid < (
      SELECT max(xid) FROM inbox_mark
      WHERE at <= ${now}::timestamptz - make_interval(days => (SELECT max(event_retention_days) FROM enterprise)))`;
}

/** What a chunk removed, and whether there was one. */
export interface Removed {
  readonly events: number;
  readonly facts: number;
}

type Group = { ids: string[]; clearedXid: number | bigint; prunedXid: number | bigint };

/**
 * Removes expired events, oldest first, with the facts that nobody is told any more: about `limit`, of enterprises that
 * stand at the same place. Null: there is nothing to remove, or others are at it.
 */
export async function removeExpired(tx: Tx, limit: number): Promise<Removed | null> {
  const [group] = await tx.$queryRaw<Group[]>`
    WITH first AS (
      SELECT cleared_xid, pruned_xid FROM inbox_pruning WHERE cleared_xid < pruned_xid
      ORDER BY enterprise_id LIMIT 1 FOR UPDATE SKIP LOCKED),
    alike AS (
      SELECT p.enterprise_id, p.cleared_xid, p.pruned_xid FROM inbox_pruning p JOIN first USING (cleared_xid, pruned_xid)
      ORDER BY p.enterprise_id FOR UPDATE OF p SKIP LOCKED)
    SELECT array_agg(enterprise_id::text) AS ids, cleared_xid AS "clearedXid", pruned_xid AS "prunedXid"
    FROM alike GROUP BY cleared_xid, pruned_xid`;
  if (!group) return null;
  const from = String(group.clearedXid);
  // IS TRUE: see readNews. The primary key is read in order; what others keep longer is stepped over.
  const theirs = Prisma.sql`(enterprise_id IN (SELECT unnest(${group.ids}::uuid[]))) IS TRUE`;
  // Whole transactions: the events of a fact are of one, so the facts of what is removed are nobody's afterwards, and
  // no index over facts is needed to know. It takes less than the transaction took that wrote them.
  const [end] = await tx.$queryRaw<{ xid: number | bigint }[]>`
    SELECT coalesce((
      SELECT xid + 1 FROM inbox_event
      WHERE xid >= ${from}::bigint AND xid < ${String(group.prunedXid)}::bigint AND ${theirs}
      ORDER BY xid, id OFFSET ${limit - 1}::int LIMIT 1), ${String(group.prunedXid)}::bigint) AS xid`;
  const to = String(end?.xid);
  const [removed] = await tx.$queryRaw<Removed[]>`
    WITH gone AS (
      DELETE FROM inbox_event WHERE xid >= ${from}::bigint AND xid < ${to}::bigint AND ${theirs} RETURNING fact_id),
    untold AS (DELETE FROM fact WHERE id IN (SELECT fact_id FROM gone) RETURNING 1)
    SELECT (SELECT count(*)::int FROM gone) AS events, (SELECT count(*)::int FROM untold) AS facts`;
  await tx.$executeRaw`
    UPDATE inbox_pruning SET cleared_xid = ${to}::bigint WHERE enterprise_id = ANY(${group.ids}::uuid[])`;
  return removed ?? null;
}
