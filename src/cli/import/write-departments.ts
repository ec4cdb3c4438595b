import { Prisma } from '../../generated/prisma/client.js';
import type { RowOf } from './format.js';
import { asTable, writeCounted } from './write.js';
import type { Writing, Written } from './write.js';

/** Adds and renames departments. Where they stand in the tree is `writeParents`' business: parents may come later. */
export function writeDepartments(writing: Writing, rows: readonly RowOf['departments'][]): Promise<Written> {
  const { tx, enterpriseId, find } = writing;
  return writeCounted(
    tx,
    Prisma.sql`
    WITH given AS (
      SELECT g.*, ${find.department(Prisma.sql`g.id`)} AS known_id
      FROM ${asTable(writing, rows)} AS g(new_id uuid, id text, name text)
    ), added AS (
      INSERT INTO department (id, enterprise_id, key, name)
      SELECT new_id, ${enterpriseId}::uuid, id, name FROM given WHERE known_id IS NULL
      ON CONFLICT DO NOTHING RETURNING 1
    ), changed AS (
      UPDATE department d SET name = g.name FROM given g WHERE d.id = g.known_id AND d.name <> g.name RETURNING 1
    )
    SELECT (SELECT count(*)::int FROM added) AS added, (SELECT count(*)::int FROM changed) AS changed`,
  );
}

/** Puts departments below their parents, which are all there by now. An empty parent leaves a department where it is. */
export function writeParents(writing: Writing, rows: readonly RowOf['departments'][]): Promise<Written> {
  const { tx, find } = writing;
  return writeCounted(
    tx,
    Prisma.sql`
    WITH given AS (
      SELECT ${find.department(Prisma.sql`g.id`)} AS id, ${find.department(Prisma.sql`g.parent_id`)} AS parent_id
      FROM ${asTable(writing, rows)} AS g(id text, parent_id text)
    ), moved AS (
      UPDATE department d SET parent_id = g.parent_id
      FROM given g
      WHERE d.id = g.id AND g.parent_id IS NOT NULL AND d.parent_id IS DISTINCT FROM g.parent_id
      RETURNING 1
    )
    SELECT 0 AS added, (SELECT count(*)::int FROM moved) AS changed`,
  );
}
