import type { App } from '../../platform/app.js';
import { inTransaction } from '../../platform/db/transaction.js';
import { recordAudit } from '../../platform/events/audit.js';
import { restampPools } from '../members/members.js';
import { beginEpoch, renumberEvents } from './restore.store.js';

// A large company's events are numbered anew in one transaction.
const withinMs = 3600_000;

/**
 * Tells everybody who kept a cursor that the database went back in time: a new epoch begins, and every cursor from before it
 * asks for a resync. Where the backup came to another server, whose transaction numbers begin anew, events get numbers below
 * all that will come. Answers how many did. Doing it again begins yet another epoch, and does no other harm.
 *
 * To be called after each restore, before servers start: until then a cursor may be honoured that means something else now.
 */
export async function markRestored(app: Pick<App, 'db' | 'wakeup' | 'clock' | 'ids'>): Promise<{ renumbered: number }> {
  return inTransaction(
    app,
    async (tx) => {
      const renumbered = await renumberEvents(tx);
      await restampPools(tx);
      await beginEpoch(tx, app.clock.now());
      for (const { id: enterpriseId } of await tx.enterprise.findMany({
        select: { id: true },
        orderBy: { id: 'asc' },
      })) {
        const actor = { kind: 'system', id: null, enterpriseId, name: 'restore:mark' } as const;
        await recordAudit(
          app,
          tx,
          { actor, requestId: null, address: null },
          { action: 'markRestored', detail: { renumbered } },
        );
      }
      tx.wakeAfterCommit();
      return { renumbered };
    },
    { timeoutMs: withinMs },
  );
}
