import { Prisma } from '../../src/generated/prisma/client.js';
import type { Database } from '../../src/platform/db/database.js';

interface PlanNode {
  readonly Plans?: readonly PlanNode[];
  readonly 'Actual Loops': number;
  readonly [figure: string]: unknown;
}

/**
 * How many rows of this table the statement reads, those included that are then found to be others than were asked for.
 * It is run.
 */
export async function rowsRead(
  db: Pick<Database, 'query'>,
  table: 'relation' | 'transfer_item',
  sql: Prisma.Sql,
): Promise<number> {
  const [row] = await db.query<{ 'QUERY PLAN': readonly [{ readonly Plan: PlanNode }] }>(
    Prisma.sql`EXPLAIN (ANALYZE, FORMAT JSON) ${sql}`,
  );
  const sum = (node: PlanNode): number => {
    const each = Number(node['Actual Rows']) + Number(node['Rows Removed by Filter'] ?? 0);
    const own = node['Relation Name'] === table ? each * node['Actual Loops'] : 0;
    return (node.Plans ?? []).reduce((total, below) => total + sum(below), own);
  };
  return sum(row!['QUERY PLAN'][0].Plan);
}
