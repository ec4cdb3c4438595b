import type { Transfer } from '../../generated/prisma/client.js';
import type { App } from '../../platform/app.js';
import { Refusal } from '../../platform/errors.js';
import type { Reach } from '../../platform/rights.js';
import { createSharedWatch, type Seen, type SharedWatch } from '../../platform/wakeup/shared-watch.js';

type FollowApp = Pick<App, 'db' | 'wakeup' | 'log'>;

/** What is being followed on this instance, by transfer: many followers cost one look. */
const watches = new WeakMap<FollowApp, Map<string, SharedWatch<Transfer>>>();

/**
 * A transfer as it is now, then each time its counts or status have changed; ends after it has finished.
 *
 * Throws NOT_FOUND where the enterprise has no such transfer, or it belongs to a department out of reach: for good, so it is asked
 * once.
 */
export async function followTransfer(
  app: FollowApp,
  { enterpriseId, reach }: { readonly enterpriseId: string; readonly reach: Reach },
  transferId: string,
): Promise<AsyncIterableIterator<Seen<Transfer>>> {
  if (reach !== 'ALL') {
    const where = { id: transferId, enterpriseId, departmentId: { in: [...reach] } };
    if ((await app.db.prisma.transfer.count({ where })) === 0) throw noSuchTransfer();
  }
  const states = await watchOf(app, enterpriseId, transferId).follow();
  if (!states) throw noSuchTransfer();
  return states;
}

function noSuchTransfer(): Refusal {
  return new Refusal('NOT_FOUND', 'There is no such transfer.');
}

function watchOf(app: FollowApp, enterpriseId: string, transferId: string): SharedWatch<Transfer> {
  const followed = watches.get(app) ?? new Map<string, SharedWatch<Transfer>>();
  watches.set(app, followed);
  const key = `${enterpriseId} ${transferId}`;
  const known = followed.get(key);
  if (known) return known;
  const made = createSharedWatch(
    app,
    () => app.db.prisma.transfer.findUnique({ where: { id: transferId, enterpriseId } }),
    {
      same: (before, now) =>
        before.waiting === now.waiting && before.queued === now.queued && before.status === now.status,
      done: ({ finishedAt }) => finishedAt !== null,
    },
    () => followed.delete(key),
  );
  followed.set(key, made);
  return made;
}
