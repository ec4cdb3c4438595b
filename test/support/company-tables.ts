import { Prisma } from '../../src/generated/prisma/client.js';
import type { Database } from '../../src/platform/db/database.js';
import { rewriteAudit } from './rewrite-audit.js';

/** Every table with rows of a company, and the column that says of which. */
export function companyTables(
  db: Pick<Database, 'query'>,
): Promise<{ readonly name: string; readonly key: 'id' | 'enterprise_id' }[]> {
  return db.query(Prisma.sql`
    SELECT t.table_name AS name, CASE WHEN t.table_name = 'enterprise' THEN 'id' ELSE 'enterprise_id' END AS key
    FROM information_schema.tables t
    WHERE t.table_schema = current_schema() AND t.table_type = 'BASE TABLE' AND (t.table_name = 'enterprise' OR EXISTS (
      SELECT FROM information_schema.columns c
      WHERE c.table_schema = t.table_schema AND c.table_name = t.table_name AND c.column_name = 'enterprise_id'))
    ORDER BY 1`);
}

/**
 * Keeps every row of the company beside the others, and answers what puts all of them back as they were, as often as it is called:
 * in a fifth of the time that another company takes. Clients, tokens and ids of the company go on being good.
 */
export async function keepCompany(db: Database, enterpriseId: string): Promise<() => Promise<void>> {
  const tables = await companyTables(db);
  const forEach = (sql: (table: string, theirs: string) => string) =>
    tables.map(({ name, key }) => sql(`"${name}"`, `WHERE ${key} = '${enterpriseId}'`)).join('; ');
  const keep = forEach(
    (table, theirs) => `
      CREATE TABLE IF NOT EXISTS kept.${table} (LIKE ${table});
      DELETE FROM kept.${table} ${theirs};
      INSERT INTO kept.${table} SELECT * FROM ${table} ${theirs}`,
  );
  const putBack = forEach(
    (table, theirs) => `
      DELETE FROM ${table} ${theirs};
      INSERT INTO ${table} SELECT * FROM kept.${table} ${theirs}`,
  );
  await db.script(`CREATE SCHEMA IF NOT EXISTS kept; ${keep}`);
  return () => rewriteAudit(db, putBack);
}
