import { setTimeout as sleep } from 'node:timers/promises';
import { Prisma } from '../../src/generated/prisma/client.js';
import type { Database } from '../../src/platform/db/database.js';

/**
 * Waits until those who follow the table look no further back than to what is committed now. Transaction numbers belong to the
 * whole server: what other tests write at this moment, in databases of their own, holds them back until it ends.
 */
export async function settled(db: Database, table: 'inbox_event' | 'portfolio' = 'inbox_event'): Promise<void> {
  const [last] = await db.query<{ xid: number | bigint }>(
    Prisma.sql`SELECT coalesce(max(xid), 0) AS xid FROM ${Prisma.raw(table)}`,
  );
  const horizon = Prisma.sql`SELECT (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint AS xid`;
  for (;;) {
    const [oldest] = await db.query<{ xid: number | bigint }>(horizon);
    if (BigInt(oldest?.xid ?? 0) > BigInt(last?.xid ?? 0)) return;
    await sleep(5);
  }
}
