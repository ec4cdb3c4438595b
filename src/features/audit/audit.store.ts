import { Prisma } from '../../generated/prisma/client.js';
import type { App } from '../../platform/app.js';
import { withinReach } from '../../platform/db/conditions.js';
import type { Reach } from '../../platform/rights.js';
import { idsUnder, type KeysetPage, type SortKey } from '../../platform/db/keyset.js';

/** Audit records by time; the id breaks ties. */
export const auditKeys = [
  { expression: Prisma.sql`x.at`, kind: 'instant' },
  { expression: Prisma.sql`x.id`, kind: 'id' },
] as const satisfies readonly SortKey[];

/** The records within reach of a page for each of these transfers, the newest first, and one more each, in reading direction. */
export function listEventsOf(
  { db }: Pick<App, 'db'>,
  { enterpriseId, reach }: { readonly enterpriseId: string; readonly reach: Reach },
  transferIds: readonly string[],
  page: KeysetPage,
): Promise<{ parentId: string; id: string }[]> {
  const list = { table: 'audit_event', column: 'transfer_id', keys: auditKeys, direction: 'DESC' } as const;
  const where = withinReach(Prisma.sql`x.department_id`, reach);
  return idsUnder(db, { ...list, enterpriseId, parentIds: transferIds, page, where });
}
