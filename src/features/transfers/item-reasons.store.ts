import { Prisma } from '../../generated/prisma/client.js';
import type { App } from '../../platform/app.js';

/** How many items of each of these transfers have each reason, the most frequent first; by transfer. */
export async function countReasons(
  app: Pick<App, 'db'>,
  enterpriseId: string,
  transferIds: readonly string[],
): Promise<Map<string, { reason: string; count: number }[]>> {
  const rows = await app.db.query<{ transferId: string; reason: string; count: number }>(Prisma.sql`
    SELECT transfer_id AS "transferId", reason, count(*)::int AS count FROM transfer_item
    WHERE transfer_id = ANY(${[...transferIds]}::uuid[]) AND enterprise_id = ${enterpriseId}::uuid AND reason IS NOT NULL
    GROUP BY transfer_id, reason ORDER BY 3 DESC, 2`);
  const byTransfer = new Map<string, { reason: string; count: number }[]>();
  for (const { transferId, ...counted } of rows) {
    byTransfer.set(transferId, [...(byTransfer.get(transferId) ?? []), counted]);
  }
  return byTransfer;
}
