import { Prisma } from '../../generated/prisma/client.js';
import { lockPortfolios } from '../../features/members/members.js';
import type { RowOf } from './format.js';
import { asTable, recordOwners, writeCounted } from './write.js';
import type { Writing, Written } from './write.js';

/**
 * Adds relations, counts them in their members' portfolios, and updates those that differ. Tags of the file are added
 * to those a relation has; an empty cell says nothing and changes nothing.
 *
 * A relation that a transfer has handed on is not made again: the file is older than the handover, and the customer
 * would be served by the leaver once more. The check reports such rows; here it is decided, also for a takeover that
 * happens meanwhile.
 */
export async function writeRelations(writing: Writing, rows: readonly RowOf['relations'][]): Promise<Written> {
  await lockThoseWhoGain(writing, rows);
  const auditId = writing.app.ids.next();
  const written = await writeRows(writing, rows, auditId);
  await writeTags(writing, rows);
  await recordOwners(writing, auditId, 'importRelations');
  return written;
}

// A takeover changes its leaver's portfolio in the transaction that moves the relations. With the portfolio locked, it
// has either committed, and the statement below sees what it moved, or it waits for us. Nobody is locked for rows that
// are there already.
async function lockThoseWhoGain(writing: Writing, rows: readonly RowOf['relations'][]): Promise<void> {
  const { tx, enterpriseId, find } = writing;
  const pairs = rows.map(({ user_id, external_user_id }) => ({ user_id, external_user_id }));
  const members = await tx.$queryRaw<{ id: string }[]>`
    SELECT DISTINCT g.member_id AS id
    FROM (${withIds(writing, pairs, Prisma.sql`user_id text, external_user_id text`)}) g
    WHERE ${find.relation(Prisma.sql`g.member_id`, Prisma.sql`g.customer_id`)} IS NULL`;
  if (members.length === 0) return;
  await lockPortfolios(
    tx,
    enterpriseId,
    members.map(({ id }) => id),
  );
}

/** Rows of pairs with the ids of member and customer; a pair of which one is gone since the check is left out. */
function withIds(writing: Writing, rows: readonly object[], columns: Prisma.Sql): Prisma.Sql {
  const { find } = writing;
  return Prisma.sql`
    SELECT * FROM (
      SELECT g.*, ${find.member(Prisma.sql`g.user_id`)} AS member_id,
        ${find.customer(Prisma.sql`g.external_user_id`)} AS customer_id
      FROM ${asTable(writing, rows)} AS g(new_id uuid, ${columns}) OFFSET 0
    ) pair WHERE member_id IS NOT NULL AND customer_id IS NOT NULL OFFSET 0`;
}

function writeRows(writing: Writing, rows: readonly RowOf['relations'][], auditId: string): Promise<Written> {
  const { tx, enterpriseId, find } = writing;
  const cells = rows.map(({ tags: _, ...row }) => row);
  const columns = Prisma.sql`user_id text, external_user_id text, remark text, description text,
    added_at timestamptz, add_way "AddWay"`;
  return writeCounted(
    tx,
    Prisma.sql`
    WITH given AS (
      SELECT g.*, ${find.relation(Prisma.sql`g.member_id`, Prisma.sql`g.customer_id`)} AS known_id
      FROM (${withIds(writing, cells, columns)}) g
    ), added AS (
      INSERT INTO relation (id, enterprise_id, member_id, customer_id, remark, description, added_at, add_way)
      SELECT new_id, ${enterpriseId}::uuid, member_id, customer_id, coalesce(remark, ''), coalesce(description, ''),
        added_at, coalesce(add_way, 'UNKNOWN')
      FROM given g
      WHERE known_id IS NULL
        AND NOT ${find.wasHandedOn(Prisma.sql`g.member_id`, Prisma.sql`g.customer_id`)}
      ON CONFLICT DO NOTHING RETURNING id, member_id
    ), on_record AS (
      INSERT INTO audit_item (audit_event_id, position, enterprise_id, kind, subject_id, member_id)
      SELECT ${auditId}::uuid, row_number() OVER () - 1, ${enterpriseId}::uuid, 'CUSTOMER', id, member_id FROM added
    ), counted AS (
      UPDATE portfolio p SET customers = p.customers + gain.customers
      FROM (SELECT member_id, count(*)::int AS customers FROM added GROUP BY member_id) gain
      WHERE p.member_id = gain.member_id
    ), wanted AS (
      SELECT r.id,
        coalesce(g.remark, r.remark) AS remark,
        coalesce(g.description, r.description) AS description,
        coalesce(g.added_at, r.added_at) AS added_at,
        coalesce(g.add_way, r.add_way) AS add_way
      FROM given g JOIN relation r ON r.id = g.known_id
    ), changed AS (
      UPDATE relation r
      SET (remark, description, added_at, add_way) = (w.remark, w.description, w.added_at, w.add_way)
      FROM wanted w
      WHERE r.id = w.id AND r.status = 'ACTIVE'
        AND (r.remark, r.description, r.added_at, r.add_way) IS DISTINCT FROM (w.remark, w.description, w.added_at, w.add_way)
      RETURNING 1
    )
    SELECT (SELECT count(*)::int FROM added) AS added, (SELECT count(*)::int FROM changed) AS changed`,
  );
}

async function writeTags(writing: Writing, rows: readonly RowOf['relations'][]): Promise<void> {
  const { tx, enterpriseId, find } = writing;
  const tagged = rows.filter(({ tags }) => tags.length > 0);
  if (tagged.length === 0) return;
  const names = new Map(tagged.flatMap(({ tags }) => tags.map((tag) => [JSON.stringify([tag.group, tag.name]), tag])));
  const tags = [...names.values()];
  const groups = [...new Set(tags.map(({ group }) => group))].map((name) => ({ name }));

  await tx.$executeRaw`
    INSERT INTO tag_group (id, enterprise_id, name)
    SELECT new_id, ${enterpriseId}::uuid, name FROM ${asTable(writing, groups)} AS g(new_id uuid, name text)
    WHERE NOT EXISTS (SELECT FROM tag_group t WHERE t.enterprise_id = ${enterpriseId}::uuid AND t.name = g.name)
    ON CONFLICT DO NOTHING`;
  await tx.$executeRaw`
    INSERT INTO tag (id, enterprise_id, kind, name, group_id)
    SELECT g.new_id, ${enterpriseId}::uuid, 'CORP', g.name, t.id
    FROM ${asTable(writing, tags)} AS g(new_id uuid, "group" text, name text)
    JOIN tag_group t ON t.enterprise_id = ${enterpriseId}::uuid AND t.name = g."group"
    WHERE NOT EXISTS (
      SELECT FROM tag k WHERE k.enterprise_id = ${enterpriseId}::uuid AND k.group_id = t.id AND k.name = g.name)
    ON CONFLICT DO NOTHING`;
  const links = tagged.map(({ user_id, external_user_id, tags }) => ({ user_id, external_user_id, tags }));
  await tx.$executeRaw`
    INSERT INTO relation_tag (relation_id, tag_id, enterprise_id)
    SELECT r.relation_id, k.id, ${enterpriseId}::uuid
    FROM (
      SELECT ${find.relation(Prisma.sql`g.member_id`, Prisma.sql`g.customer_id`)} AS relation_id, g.tags
      FROM (${withIds(writing, links, Prisma.sql`user_id text, external_user_id text, tags jsonb`)}) g OFFSET 0
    ) r
    CROSS JOIN LATERAL jsonb_to_recordset(r.tags) AS named("group" text, name text)
    CROSS JOIN LATERAL (
      SELECT k.id FROM tag_group t JOIN tag k ON k.enterprise_id = t.enterprise_id AND k.group_id = t.id
      WHERE t.enterprise_id = ${enterpriseId}::uuid AND t.name = named."group" AND k.name = named.name OFFSET 0
    ) k
    WHERE r.relation_id IS NOT NULL
      -- OFFSET 0: a probe for each, and not all tags of the company sorted for each chunk.
      AND NOT EXISTS (SELECT FROM relation_tag l WHERE l.relation_id = r.relation_id AND l.tag_id = k.id OFFSET 0)
    ON CONFLICT DO NOTHING`;
}
