import { lockPortfolios, settleOwnedGroups } from '../../features/members/members.js';
import { Prisma } from '../../generated/prisma/client.js';
import type { RowOf } from './format.js';
import { asTable, writeCounted } from './write.js';
import type { Writing, Written } from './write.js';

/**
 * Adds members, each with an empty portfolio, and updates those that differ. An empty cell says nothing and changes nothing.
 *
 * A member who resigned here stays resigned, whatever the file says: what they held may have been handed over since.
 * `reinstateMember` takes a resignation back. A planned last day stays planned, unless the file says that they have left. The groups of those who resign by the file become OWNER_RESIGNED.
 */
export async function writeMembers(writing: Writing, rows: readonly RowOf['members'][]): Promise<Written> {
  const leavers = await thoseWhoLeave(writing, rows);
  const written = await writeRows(writing, rows);
  if (leavers.length > 0) {
    const { tx, enterpriseId } = writing;
    await lockPortfolios(tx, enterpriseId, leavers);
    await settleOwnedGroups(tx, enterpriseId, leavers);
    tx.wakeAfterCommit();
  }
  return written;
}

async function thoseWhoLeave({ tx, enterpriseId }: Writing, rows: readonly RowOf['members'][]): Promise<string[]> {
  const userIds = rows.filter(({ status }) => status === 'RESIGNED').map(({ user_id }) => user_id);
  if (userIds.length === 0) return [];
  const members = await tx.member.findMany({
    where: { enterpriseId, userId: { in: userIds }, status: { not: 'RESIGNED' } },
    select: { id: true },
  });
  return members.map(({ id }) => id);
}

function writeRows(writing: Writing, rows: readonly RowOf['members'][]): Promise<Written> {
  const { app, tx, enterpriseId, find } = writing;
  return writeCounted(
    tx,
    Prisma.sql`
    WITH given AS (
      SELECT g.*, ${find.department(Prisma.sql`g.department_id`)} AS new_department_id,
        ${find.member(Prisma.sql`g.user_id`)} AS known_id
      FROM ${asTable(writing, rows)} AS g(
        new_id uuid, user_id text, name text, department_id text, position text, email text, mobile text,
        status "MemberStatus", resigned_at timestamptz)
    ), added AS (
      INSERT INTO member (id, enterprise_id, user_id, department_id, name, position, email, mobile, status, resigned_at, created_at)
      SELECT new_id, ${enterpriseId}::uuid, user_id, new_department_id, name, position, email, mobile,
        coalesce(status, 'ACTIVE'), resigned_at, ${app.clock.now()}
      FROM given WHERE known_id IS NULL
      ON CONFLICT DO NOTHING RETURNING id
    ), holdings AS (
      INSERT INTO portfolio (member_id, enterprise_id) SELECT id, ${enterpriseId}::uuid FROM added
    ), wanted AS (
      SELECT m.id, g.name,
        coalesce(g.new_department_id, m.department_id) AS department_id,
        coalesce(g.position, m.position) AS position,
        coalesce(g.email, m.email) AS email,
        coalesce(g.mobile, m.mobile) AS mobile,
        CASE WHEN m.status = 'RESIGNED' THEN m.status ELSE coalesce(g.status, m.status) END AS status,
        CASE WHEN m.status = 'RESIGNED' THEN m.resigned_at ELSE coalesce(g.resigned_at, m.resigned_at) END AS resigned_at
      FROM given g JOIN member m ON m.id = g.known_id
    ), changed AS (
      UPDATE member m
      SET (name, department_id, position, email, mobile, status, resigned_at)
        = (w.name, w.department_id, w.position, w.email, w.mobile, w.status, w.resigned_at),
        leaves_at = CASE WHEN w.status <> 'RESIGNED' THEN m.leaves_at END,
        auto_assign_on_leave = CASE WHEN w.status <> 'RESIGNED' THEN m.auto_assign_on_leave END
      FROM wanted w
      WHERE m.id = w.id
        AND (m.name, m.department_id, m.position, m.email, m.mobile, m.status, m.resigned_at)
          IS DISTINCT FROM (w.name, w.department_id, w.position, w.email, w.mobile, w.status, w.resigned_at)
      RETURNING 1
    )
    SELECT (SELECT count(*)::int FROM added) AS added, (SELECT count(*)::int FROM changed) AS changed,
      (SELECT count(*)::int FROM given g JOIN member m ON m.id = g.known_id
       WHERE m.status = 'RESIGNED' AND g.status <> 'RESIGNED') AS "stayedResigned"`,
  );
}

/** Makes members super administrators; returns how many are new as such. */
export async function writeAdministrators(writing: Writing, userIds: readonly string[]): Promise<number> {
  const { app, tx, enterpriseId } = writing;
  const counts = await writeCounted(
    tx,
    Prisma.sql`
    WITH given AS (
      SELECT m.id, a.role FROM member m LEFT JOIN administrator a ON a.member_id = m.id
      WHERE m.enterprise_id = ${enterpriseId}::uuid AND m.user_id = ANY (${userIds}::text[])
    ), added AS (
      INSERT INTO administrator (member_id, enterprise_id, role, created_at)
      SELECT id, ${enterpriseId}::uuid, 'SUPER', ${app.clock.now()} FROM given WHERE role IS NULL
      ON CONFLICT DO NOTHING RETURNING 1
    ), changed AS (
      UPDATE administrator a SET role = 'SUPER' FROM given g WHERE a.member_id = g.id AND g.role <> 'SUPER' RETURNING 1
    )
    SELECT (SELECT count(*)::int FROM added) AS added, (SELECT count(*)::int FROM changed) AS changed`,
  );
  return counts.added + counts.changed;
}
