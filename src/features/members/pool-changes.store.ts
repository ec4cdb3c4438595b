import { Prisma, type Portfolio } from '../../generated/prisma/client.js';
import type { App } from '../../platform/app.js';
import { allOf, withinReach } from '../../platform/db/conditions.js';
import type { Tx } from '../../platform/db/transaction.js';
import type { Reach } from '../../platform/rights.js';

/** A leaver as they stand in the pool, or no longer do. */
export interface PoolChange {
  readonly memberId: string;
  /** They hold nothing any more, or have come back. */
  readonly left: boolean;
  readonly portfolio: Portfolio;
  /** The transaction that made it so: of the counters, or of the coming back. */
  readonly madeBy: bigint;
}

/** Whose changes: all leavers of an enterprise, or one; those within reach. */
export interface PoolFollowed {
  readonly enterpriseId: string;
  readonly memberId: string | null;
  readonly reach: Reach;
}

/** A page of changes, and how far the database was settled in the very glance that read them. */
export interface PoolPage {
  readonly changes: readonly PoolChange[];
  /** The oldest transaction that was still running: what it and later ones write may not have been seen yet. */
  readonly horizon: bigint;
  /** Where the page ends, when there may be more; null: that was all. */
  readonly end: readonly [string, string] | null;
}

/** The most leavers that one look reads. */
export const poolPageSize = 500;

type Row = Record<keyof Portfolio, number | bigint | string | null>;

const columns = Prisma.sql`p.member_id AS "memberId", p.enterprise_id AS "enterpriseId", p.customers, p.groups, p.waiting, p.incoming,
  p.handed_over AS "handedOver", p.refused, p.failed, p.groups_waiting AS "groupsWaiting",
  p.groups_handed_over AS "groupsHandedOver", p.xid, p.left_pool_xid AS "leftPoolXid",
  CASE WHEN m.status = 'RESIGNED' THEN p.xid ELSE coalesce(p.left_pool_xid, p.xid) END AS "madeBy"`;
const isInPool = Prisma.sql`(m.status = 'RESIGNED' AND m.resigned_at IS NOT NULL AND (p.customers > 0 OR p.groups > 0))`;
const seen = Prisma.sql`seen AS MATERIALIZED (
    SELECT (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint AS horizon)`;

/** The next leavers in the pool after one of them, the latest resignation first. */
export function readPool(
  app: Pick<App, 'db'>,
  { enterpriseId, memberId, reach }: PoolFollowed,
  after: PoolPage['end'],
): Promise<PoolPage> {
  const beyond = after
    ? Prisma.sql`AND (m.resigned_at, m.id) < (${after[0]}::timestamptz, ${after[1]}::uuid)`
    : Prisma.empty;
  return readPage(
    app,
    Prisma.sql`
      SELECT ${columns}, false AS "left", m.resigned_at::text AS place, row_number() OVER (ORDER BY m.resigned_at DESC, m.id DESC) AS turn
      FROM member m JOIN portfolio p ON p.member_id = m.id
      WHERE m.enterprise_id = ${enterpriseId}::uuid AND m.status = 'RESIGNED' AND ${isInPool} ${only(memberId, reach)} ${beyond}
      ORDER BY m.resigned_at DESC, m.id DESC LIMIT ${poolPageSize}::int`,
  );
}

/**
 * The next leavers whose counters a transaction from `since` on has written, and members who came back in one: those that are
 * visible, settled or not, by the index over (enterprise, xid). Of the other members nothing is told.
 */
export function readPoolChanges(
  app: Pick<App, 'db'>,
  { enterpriseId, memberId, reach }: PoolFollowed,
  since: bigint,
  after: PoolPage['end'],
): Promise<PoolPage> {
  const from = after
    ? Prisma.sql`(p.xid, p.member_id) > (${after[0]}::bigint, ${after[1]}::uuid)`
    : Prisma.sql`p.xid >= ${String(since)}::bigint`;
  return readPage(
    app,
    Prisma.sql`
      SELECT ${columns}, NOT ${isInPool} AS "left", p.xid::text AS place, row_number() OVER (ORDER BY p.xid, p.member_id) AS turn
      FROM portfolio p JOIN member m ON m.id = p.member_id
      WHERE p.enterprise_id = ${enterpriseId}::uuid AND ${from} ${only(memberId, reach)}
        AND (m.status = 'RESIGNED' OR p.left_pool_xid >= ${String(since)}::bigint)
      ORDER BY p.xid, p.member_id LIMIT ${poolPageSize}::int`,
  );
}

/** One member as they stand now; null where they are not within reach any more, or nothing was ever counted of them. */
export async function readPoolMember(
  app: Pick<App, 'db'>,
  { enterpriseId, memberId, reach }: PoolFollowed & { readonly memberId: string },
): Promise<PoolChange | null> {
  const { changes } = await readPage(
    app,
    Prisma.sql`
      SELECT ${columns}, NOT ${isInPool} AS "left", '' AS place, 1 AS turn
      FROM portfolio p JOIN member m ON m.id = p.member_id
      WHERE p.enterprise_id = ${enterpriseId}::uuid ${only(memberId, reach)}`,
  );
  return changes[0] ?? null;
}

// The horizon comes from the snapshot that the same statement reads its rows with: one of a later glance could lie above a row
// that the page could not see yet.
async function readPage(app: Pick<App, 'db'>, rows: Prisma.Sql): Promise<PoolPage> {
  const read = await app.db.query<
    Row & { horizon: number | bigint; madeBy: number | bigint; left: boolean; place: string }
  >(Prisma.sql`
    WITH ${seen} SELECT seen.horizon, page.* FROM seen LEFT JOIN (${rows}) page ON true ORDER BY page.turn`);
  const found = read.filter(({ memberId }) => memberId !== null);
  const last = found.length === poolPageSize ? found.at(-1) : undefined;
  return {
    horizon: BigInt(read[0]?.horizon ?? 0),
    end: last ? [last.place, String(last.memberId)] : null,
    changes: found.map(({ horizon: _horizon, place: _place, left, madeBy, ...row }) => ({
      memberId: String(row.memberId),
      left,
      madeBy: BigInt(madeBy),
      portfolio: {
        ...(row as unknown as Portfolio),
        xid: BigInt(row.xid ?? 0),
        leftPoolXid: row.leftPoolXid === null ? null : BigInt(row.leftPoolXid),
      },
    })),
  };
}

/** Takes back numbers of transactions that this server has not come to, after a restore from another one. */
export async function restampPools(tx: Tx): Promise<void> {
  // The trigger writes this transaction's number.
  await tx.$executeRaw`
    UPDATE portfolio SET left_pool_xid = CASE WHEN left_pool_xid IS NOT NULL THEN 0 END
    WHERE greatest(xid, left_pool_xid) >= (pg_snapshot_xmax(pg_current_snapshot())::text)::bigint`;
}

function only(memberId: string | null, reach: Reach): Prisma.Sql {
  return Prisma.sql`AND ${allOf([
    ...(memberId === null ? [] : [Prisma.sql`p.member_id = ${memberId}::uuid`]),
    ...withinReach(Prisma.sql`m.department_id`, reach),
  ])}`;
}
