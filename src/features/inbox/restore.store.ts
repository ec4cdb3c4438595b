import { Prisma } from '../../generated/prisma/client.js';
import type { App } from '../../platform/app.js';
import type { Tx } from '../../platform/db/transaction.js';

// No transaction of this server has had a number from the right side on.
const anythingAhead = Prisma.sql`(
  greatest((SELECT max(xid) FROM inbox_event), (SELECT max(xid) FROM inbox_mark), (SELECT max(pruned_xid) FROM inbox_pruning))
  >= (pg_snapshot_xmax(pg_current_snapshot())::text)::bigint) IS TRUE`;

/** Whether this database was filled from another server's: it has numbers of transactions that this one has not come to. */
export async function isFromElsewhere(app: Pick<App, 'db'>): Promise<boolean> {
  const [row] = await app.db.query<{ ahead: boolean }>(Prisma.sql`SELECT ${anythingAhead} AS ahead`);
  return row?.ahead ?? false;
}

/** Begins a new life of the inboxes: no cursor made before is honoured again. */
export async function beginEpoch(tx: Tx, at: Date): Promise<void> {
  await tx.$executeRaw`UPDATE inbox_epoch SET epoch = gen_random_uuid()::text, started_at = ${at} WHERE id = 1`;
}

/**
 * Puts the events of another server in their order before all that this one will write, if there are such; answers how
 * many. Their age is not known any more: it counts from here. Holds writers of events off until the transaction ends.
 */
export async function renumberEvents(tx: Tx): Promise<number> {
  await tx.$executeRaw`LOCK TABLE inbox_event IN SHARE ROW EXCLUSIVE MODE`;
  const [row] = await tx.$queryRaw<{ ahead: boolean }[]>`SELECT ${anythingAhead} AS ahead`;
  if (!row?.ahead) return 0;
  // All into one transaction that nobody has: their place in it is their order. After a second restore it is another one,
  // so that no row gets the key of a row that has yet to be renumbered.
  const renumbered = await tx.$executeRaw`
    UPDATE inbox_event e SET xid = ordered.new_xid, id = ordered.place
    FROM (
      SELECT xid, id, row_number() OVER (ORDER BY xid, id) AS place,
        CASE WHEN EXISTS (SELECT 1 FROM inbox_event WHERE xid = 1) THEN 2 ELSE 1 END AS new_xid
      FROM inbox_event) ordered
    WHERE e.xid = ordered.xid AND e.id = ordered.id`;
  await tx.$executeRaw`DELETE FROM inbox_mark`;
  await tx.$executeRaw`DELETE FROM inbox_pruning`;
  await tx.$executeRaw`UPDATE inbox_epoch SET pruned_xid = 0 WHERE id = 1`;
  return renumbered;
}
