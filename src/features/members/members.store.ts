import { Prisma, type Member } from '../../generated/prisma/client.js';
import type { App } from '../../platform/app.js';
import { idsUnder, type KeysetPage, type SortKey } from '../../platform/db/keyset.js';
import type { Tx } from '../../platform/db/transaction.js';

/** What a member holds, counted, and what is about to come to them. */
export interface Holding {
  readonly memberId: string;
  readonly customers: number;
  readonly incoming: number;
}

/**
 * Locks what these members hold, counted, until the transaction ends; makes the row of one who never held anything.
 * Answers it by member.
 *
 * Locked in id order: two transfers that share successors would otherwise wait for each other in opposite orders.
 */
export async function lockPortfolios(
  tx: Tx,
  enterpriseId: string,
  memberIds: readonly string[],
): Promise<ReadonlyMap<string, Holding>> {
  const ids = [...new Set(memberIds)].sort();
  await tx.$executeRaw`
    INSERT INTO portfolio (member_id, enterprise_id)
    SELECT id, ${enterpriseId}::uuid FROM unnest(${ids}::uuid[]) AS id ORDER BY id
    ON CONFLICT DO NOTHING`;
  const held = await tx.$queryRaw<Holding[]>`
    SELECT member_id AS "memberId", customers, incoming FROM portfolio
    WHERE member_id = ANY(${ids}::uuid[]) ORDER BY member_id FOR UPDATE`;
  return new Map(held.map((holding) => [holding.memberId, holding]));
}

/**
 * Brings the groups that these members own in line with their owners, whose rows the caller has just written and whose
 * portfolios it has locked: OWNER_RESIGNED of one who has left, NORMAL of one who is here. What is being inherited
 * stays so. Touches the portfolios, by which those who follow the pool see who came and went.
 */
export async function settleOwnedGroups(tx: Tx, enterpriseId: string, memberIds: readonly string[]): Promise<void> {
  const ids = [...memberIds];
  // The groups room comes after this one, and a resignation is not a resignation without its groups.
  await tx.$executeRaw`
    UPDATE customer_group g
    SET status = CASE WHEN m.status = 'RESIGNED' THEN 'OWNER_RESIGNED' ELSE 'NORMAL' END::"CustomerGroupStatus"
    FROM member m
    WHERE g.enterprise_id = ${enterpriseId}::uuid AND g.owner_id = ANY(${ids}::uuid[]) AND m.id = g.owner_id
      AND CASE WHEN m.status = 'RESIGNED' THEN g.status IN ('NORMAL', 'INHERITED') ELSE g.status = 'OWNER_RESIGNED' END`;
  // A trigger stamps the number of the transaction.
  await tx.$executeRaw`UPDATE portfolio SET customers = customers WHERE member_id = ANY(${ids}::uuid[])`;
}

/** Notes that the member is no leaver any more, so that followers of the pool learn it even from an empty portfolio. */
export async function leavePool(tx: Tx, memberId: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE portfolio SET left_pool_xid = (pg_current_xact_id()::text)::bigint WHERE member_id = ${memberId}::uuid`;
}

/** How many customers, or groups, each of these members holds now, from the counters. A member who never held any is left out. */
export async function loadHeld(
  app: Pick<App, 'db'>,
  what: 'customers' | 'groups',
  memberIds: readonly string[],
): Promise<Map<string, number>> {
  const rows = await app.db.query<{ memberId: string; held: number }>(Prisma.sql`
    SELECT member_id AS "memberId", ${Prisma.raw(what)} AS held FROM portfolio WHERE member_id = ANY(${[...memberIds]}::uuid[])`);
  return new Map(rows.map(({ memberId, held }) => [memberId, held]));
}

/** Members by name; the id breaks ties. */
export const memberKeys = [
  { expression: Prisma.sql`x.name`, kind: 'text' },
  { expression: Prisma.sql`x.id`, kind: 'id' },
] as const satisfies readonly SortKey[];

/** The members of a page for each of these departments, and one more each, in reading direction. */
export function listMembersOf(
  { db }: Pick<App, 'db'>,
  enterpriseId: string,
  departmentIds: readonly string[],
  page: KeysetPage,
): Promise<{ parentId: string; id: string }[]> {
  const list = { table: 'member', column: 'department_id', keys: memberKeys, direction: 'ASC' } as const;
  return idsUnder(db, { ...list, enterpriseId, parentIds: departmentIds, page });
}

/** The member of the enterprise with this userId, whole; null when there is none. */
export async function findMemberByUserId(
  app: Pick<App, 'db'>,
  enterpriseId: string,
  userId: string,
): Promise<Member | null> {
  const [member] = await app.db.query<Member>(Prisma.sql`
    SELECT id, enterprise_id AS "enterpriseId", user_id AS "userId", department_id AS "departmentId", name, position, email,
           mobile, status, verified, customer_contact AS "customerContact", accepts_assignments AS "acceptsAssignments",
           customer_limit AS "customerLimit", last_login_at AS "lastLoginAt", resigned_at AS "resignedAt",
           leaves_at AS "leavesAt", auto_assign_on_leave AS "autoAssignOnLeave", leave_planned_by_id AS "leavePlannedById",
           created_at AS "createdAt"
    FROM member WHERE enterprise_id = ${enterpriseId}::uuid AND user_id = ${userId}`);
  return member ?? null;
}

/** What a member's row says where no last day is planned. */
export const noPlan = { leavesAt: null, autoAssignOnLeave: null, leavePlannedById: null } as const;

/** Today in the enterprise's time zone, and the day so many days later, as YYYY-MM-DD. */
export async function todayOf(
  tx: Tx,
  enterpriseId: string,
  now: Date,
  days: number,
): Promise<{ readonly today: string; readonly farthest: string; readonly timeZone: string }> {
  const [row] = await tx.$queryRaw<{ today: string; farthest: string; timeZone: string }[]>`
    SELECT day::text AS today, (day + ${days}::int)::text AS farthest, time_zone AS "timeZone"
    FROM (SELECT time_zone, (${now}::timestamptz AT TIME ZONE time_zone)::date AS day FROM enterprise WHERE id = ${enterpriseId}::uuid) e`;
  if (!row) throw new Error(`There is no enterprise ${enterpriseId}.`);
  return row;
}

/** The moment at which this day, YYYY-MM-DD, is over in the enterprise's time zone, whatever its clocks do that night. */
export async function endOfDay(tx: Tx, enterpriseId: string, day: string): Promise<Date> {
  const [row] = await tx.$queryRaw<{ over: Date }[]>`
    SELECT (${day}::date + 1)::timestamp AT TIME ZONE time_zone AS over FROM enterprise WHERE id = ${enterpriseId}::uuid`;
  if (!row) throw new Error(`There is no enterprise ${enterpriseId}.`);
  return row.over;
}

/** The planned last days, as YYYY-MM-DD in the time zone of their enterprise now, of those of these members who have one. */
export async function loadLastDays(app: Pick<App, 'db'>, memberIds: readonly string[]): Promise<Map<string, string>> {
  const rows = await app.db.query<{ id: string; lastDay: string }>(Prisma.sql`
    SELECT m.id, ((m.leaves_at - interval '1 millisecond') AT TIME ZONE e.time_zone)::date::text AS "lastDay"
    FROM member m JOIN enterprise e ON e.id = m.enterprise_id
    WHERE m.id = ANY(${[...memberIds]}::uuid[]) AND m.leaves_at IS NOT NULL`);
  return new Map(rows.map(({ id, lastDay }) => [id, lastDay]));
}

/**
 * The member, locked, whose planned last day has been over the longest; null: nobody's is, or others see to them right now.
 * `passedOver`: members to leave alone.
 */
export async function claimLeaving(tx: Tx, now: Date, passedOver: readonly string[]): Promise<Member | null> {
  const [claimed] = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM member
    WHERE leaves_at <= ${now}::timestamptz AND status <> 'RESIGNED' AND id <> ALL(${[...passedOver]}::uuid[])
    ORDER BY leaves_at, id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED`;
  return claimed ? tx.member.findUniqueOrThrow({ where: { id: claimed.id } }) : null;
}
