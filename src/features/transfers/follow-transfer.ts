import type { Transfer } from '../../generated/prisma/client.js';
import type { App } from '../../platform/app.js';
import { Refusal } from '../../platform/errors.js';
import { watch } from '../../platform/wakeup/watch.js';

/**
 * A transfer as it is now, then each time its counts or status have changed; ends after it has finished.
 *
 * Throws NOT_FOUND where the enterprise has no such transfer.
 */
export async function followTransfer(
  app: Pick<App, 'db' | 'wakeup' | 'log'>,
  enterpriseId: string,
  transferId: string,
): Promise<AsyncIterableIterator<Transfer>> {
  const read = () => app.db.prisma.transfer.findUnique({ where: { id: transferId, enterpriseId } });
  if (!(await read())) throw new Refusal('NOT_FOUND', 'There is no such transfer.');
  return watch(app, read, {
    same: (before, now) =>
      before.waiting === now.waiting && before.queued === now.queued && before.status === now.status,
    done: ({ finishedAt }) => finishedAt !== null,
  });
}
