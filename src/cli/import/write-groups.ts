import { lockPortfolios } from '../../features/members/members.js';
import { Prisma } from '../../generated/prisma/client.js';
import type { RowOf } from './format.js';
import { asTable, recordOwners, writeCounted } from './write.js';
import type { Writing, Written } from './write.js';

/**
 * Adds customer groups, counts them in their owners' portfolios, and updates those that differ. An empty cell says
 * nothing and changes nothing. A group that is being inherited, or was, keeps its owner: the file is older than that.
 * A group that comes to a leaver is OWNER_RESIGNED.
 */
export async function writeGroups(writing: Writing, rows: readonly RowOf['groups'][]): Promise<Written> {
  await lockOwners(writing, rows);
  const auditId = writing.app.ids.next();
  const written = await writeRows(writing, rows, auditId);
  await recordOwners(writing, auditId, 'importGroups');
  return written;
}

// A handover of groups locks its leaver's portfolio: it has committed, and the statement below sees it, or it waits.
// Nobody is locked for groups that stay with their owner.
async function lockOwners(writing: Writing, rows: readonly RowOf['groups'][]): Promise<void> {
  const { tx, enterpriseId, find } = writing;
  const owners = rows.map(({ chat_id, owner_user_id }) => ({ chat_id, owner_user_id }));
  const concerned = await tx.$queryRaw<{ owner_id: string | null; new_owner_id: string | null }[]>`
    SELECT k.owner_id, g.new_owner_id
    FROM (
      SELECT g.chat_id, ${find.member(Prisma.sql`g.owner_user_id`)} AS new_owner_id
      FROM ${asTable(writing, owners)} AS g(chat_id text, owner_user_id text) OFFSET 0
    ) g
    LEFT JOIN LATERAL (
      SELECT x.owner_id, x.status FROM customer_group x WHERE x.enterprise_id = ${enterpriseId}::uuid AND x.chat_id = g.chat_id
    ) k ON true
    WHERE g.new_owner_id IS NOT NULL AND k.owner_id IS DISTINCT FROM g.new_owner_id
      AND coalesce(k.status, 'NORMAL') IN ('NORMAL', 'OWNER_RESIGNED')`;
  const ids = concerned.flatMap(({ owner_id, new_owner_id }) => [owner_id, new_owner_id]).filter((id) => id !== null);
  if (ids.length > 0) await lockPortfolios(tx, enterpriseId, ids);
}

function writeRows(writing: Writing, rows: readonly RowOf['groups'][], auditId: string): Promise<Written> {
  const { app, tx, enterpriseId, find } = writing;
  return writeCounted(
    tx,
    Prisma.sql`
    WITH given AS (
      SELECT g.*, ${find.member(Prisma.sql`g.owner_user_id`)} AS new_owner_id, ${find.group(Prisma.sql`g.chat_id`)} AS known_id
      FROM ${asTable(writing, rows)} AS g(
        new_id uuid, chat_id text, name text, owner_user_id text, created_at timestamptz, notice text)
    ), added AS (
      INSERT INTO customer_group (id, enterprise_id, chat_id, name, notice, owner_id, status, created_at)
      SELECT new_id, ${enterpriseId}::uuid, chat_id, name, notice, new_owner_id, ${statusUnder(Prisma.sql`new_owner_id`)},
        coalesce(created_at, ${app.clock.now()})
      FROM given WHERE known_id IS NULL AND new_owner_id IS NOT NULL
      ON CONFLICT DO NOTHING RETURNING id, owner_id
    ), wanted AS (
      SELECT k.id, g.name, coalesce(g.notice, k.notice) AS notice, coalesce(g.created_at, k.created_at) AS created_at,
        CASE WHEN k.status IN ('NORMAL', 'OWNER_RESIGNED') THEN coalesce(g.new_owner_id, k.owner_id) ELSE k.owner_id END AS owner_id,
        CASE WHEN k.status IN ('NORMAL', 'OWNER_RESIGNED') AND g.new_owner_id <> k.owner_id
          THEN ${statusUnder(Prisma.sql`g.new_owner_id`)} ELSE k.status END AS status,
        k.owner_id AS known_owner_id
      FROM given g JOIN customer_group k ON k.id = g.known_id
    ), changed AS (
      UPDATE customer_group k
      SET (name, notice, created_at, owner_id, status) = (w.name, w.notice, w.created_at, w.owner_id, w.status)
      FROM wanted w
      WHERE k.id = w.id
        AND (k.name, k.notice, k.created_at, k.owner_id) IS DISTINCT FROM (w.name, w.notice, w.created_at, w.owner_id)
      RETURNING k.id, w.known_owner_id, w.owner_id
    ), on_record AS (
      INSERT INTO audit_item (audit_event_id, position, enterprise_id, kind, subject_id, member_id)
      SELECT ${auditId}::uuid, row_number() OVER () - 1, ${enterpriseId}::uuid, 'GROUP', id, owner_id
      FROM (SELECT id, owner_id FROM added UNION ALL SELECT id, owner_id FROM changed WHERE owner_id <> known_owner_id) owned
    ), counted AS (
      INSERT INTO portfolio AS p (member_id, enterprise_id, groups)
      SELECT owner_id, ${enterpriseId}::uuid, sum(step)::int
      FROM (
        SELECT owner_id, 1 AS step FROM added
        UNION ALL SELECT owner_id, 1 FROM changed
        UNION ALL SELECT known_owner_id, -1 FROM changed
      ) steps
      GROUP BY owner_id HAVING sum(step) <> 0 ORDER BY owner_id
      ON CONFLICT (member_id) DO UPDATE SET groups = p.groups + excluded.groups
    )
    SELECT (SELECT count(*)::int FROM added) AS added, (SELECT count(*)::int FROM changed) AS changed`,
  );
}

/** The status of a group that comes to this owner. */
function statusUnder(ownerId: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`CASE (SELECT x.status FROM member x WHERE x.id = ${ownerId})
    WHEN 'RESIGNED' THEN 'OWNER_RESIGNED' ELSE 'NORMAL' END::"CustomerGroupStatus"`;
}

/** Adds participants to groups. Nobody is taken out of a group by a file that does not name them. */
export function writeGroupMembers(writing: Writing, rows: readonly RowOf['group_members'][]): Promise<Written> {
  const { tx, enterpriseId, find } = writing;
  return writeCounted(
    tx,
    Prisma.sql`
    WITH given AS (
      SELECT g.new_id, ${find.group(Prisma.sql`g.chat_id`)} AS group_id,
        CASE g.kind WHEN 'MEMBER' THEN ${find.member(Prisma.sql`g.ref`)} END AS member_id,
        CASE g.kind WHEN 'CUSTOMER' THEN ${find.customer(Prisma.sql`g.ref`)} END AS customer_id
      FROM ${asTable(writing, rows)} AS g(new_id uuid, chat_id text, kind text, ref text)
    ), added AS (
      INSERT INTO group_participant (id, enterprise_id, group_id, member_id, customer_id)
      SELECT new_id, ${enterpriseId}::uuid, group_id, member_id, customer_id FROM given g
      WHERE g.group_id IS NOT NULL AND num_nonnulls(g.member_id, g.customer_id) = 1
        AND NOT EXISTS (
          SELECT FROM group_participant p WHERE p.group_id = g.group_id AND p.member_id = g.member_id)
        AND NOT EXISTS (
          SELECT FROM group_participant p WHERE p.group_id = g.group_id AND p.customer_id = g.customer_id)
      ON CONFLICT DO NOTHING RETURNING 1
    )
    SELECT (SELECT count(*)::int FROM added) AS added, 0 AS changed`,
  );
}
