import { Prisma } from '../../generated/prisma/client.js';
import type { RowOf } from './format.js';
import { asTable, writeCounted } from './write.js';
import type { Writing, Written } from './write.js';

/** Adds customers, and updates those that differ. An empty cell says nothing and changes nothing. */
export function writeCustomers(writing: Writing, rows: readonly RowOf['customers'][]): Promise<Written> {
  const { app, tx, enterpriseId, find } = writing;
  return writeCounted(
    tx,
    Prisma.sql`
    WITH given AS (
      SELECT g.*, ${find.customer(Prisma.sql`g.external_user_id`)} AS known_id
      FROM ${asTable(writing, rows)} AS g(
        new_id uuid, external_user_id text, name text, kind "CustomerKind", corp_name text, region text, city text,
        business_type text)
    ), added AS (
      INSERT INTO customer (id, enterprise_id, external_user_id, name, kind, corp_name, region, city, business_type, created_at)
      SELECT new_id, ${enterpriseId}::uuid, external_user_id, name, kind, corp_name, region, city, business_type,
        ${app.clock.now()}
      FROM given WHERE known_id IS NULL
      ON CONFLICT DO NOTHING RETURNING 1
    ), wanted AS (
      SELECT c.id, g.name, g.kind,
        coalesce(g.corp_name, c.corp_name) AS corp_name,
        coalesce(g.region, c.region) AS region,
        coalesce(g.city, c.city) AS city,
        coalesce(g.business_type, c.business_type) AS business_type
      FROM given g JOIN customer c ON c.id = g.known_id
    ), changed AS (
      UPDATE customer c
      SET (name, kind, corp_name, region, city, business_type)
        = (w.name, w.kind, w.corp_name, w.region, w.city, w.business_type)
      FROM wanted w
      WHERE c.id = w.id
        AND (c.name, c.kind, c.corp_name, c.region, c.city, c.business_type)
          IS DISTINCT FROM (w.name, w.kind, w.corp_name, w.region, w.city, w.business_type)
      RETURNING 1
    )
    SELECT (SELECT count(*)::int FROM added) AS added, (SELECT count(*)::int FROM changed) AS changed`,
  );
}
