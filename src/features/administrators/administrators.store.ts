import { Prisma } from '../../generated/prisma/client.js';
import type { App } from '../../platform/app.js';
import type { Right, Rights } from '../../platform/rights.js';

interface Reached {
  readonly id: string;
  readonly right: Right;
  readonly departments: readonly string[];
  readonly isWhole: boolean;
}

/** The rights that these customer-contact administrators were granted, with every department below; by administrator. One statement. */
export async function loadRights(
  app: Pick<App, 'db'>,
  administratorIds: readonly string[],
): Promise<ReadonlyMap<string, Rights>> {
  const granted = new Map<string, Record<Right, readonly string[]> & { configuresCompany: boolean }>(
    administratorIds.map((id) => [id, { configuresCompany: false, VIEW: [], ASSIGN: [], CONFIGURE: [], AUDIT: [] }]),
  );
  if (administratorIds.length === 0) return new Map();
  const rows = await app.db.query<Reached>(Prisma.sql`
    WITH RECURSIVE reach AS (
      SELECT g.administrator_id, g."right", g.enterprise_id, g.department_id FROM administrator_grant g
      WHERE g.administrator_id = ANY(${[...administratorIds]}::uuid[])
      UNION
      SELECT reach.administrator_id, reach."right", reach.enterprise_id, d.id
      FROM reach JOIN department d ON d.enterprise_id = reach.enterprise_id AND d.parent_id = reach.department_id
    )
    SELECT id, "right"::text AS "right", to_json(departments) AS departments, NOT EXISTS (
      SELECT FROM department root
      WHERE root.enterprise_id = reached.enterprise_id AND root.parent_id IS NULL AND root.id <> ALL(departments)
    ) AS "isWhole"
    FROM (
      SELECT administrator_id AS id, "right", enterprise_id, array_agg(department_id ORDER BY department_id) AS departments
      FROM reach GROUP BY 1, 2, 3
    ) reached`);
  for (const { id, right, departments, isWhole } of rows) {
    const rights = granted.get(id);
    if (!rights) continue;
    rights[right] = departments;
    if (right === 'CONFIGURE') rights.configuresCompany = isWhole;
  }
  return new Map([...granted].map(([id, rights]) => [id, { isSuper: false, ...rights }]));
}
