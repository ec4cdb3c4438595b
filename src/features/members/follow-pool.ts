import type { App } from '../../platform/app.js';
import { Refusal } from '../../platform/errors.js';
import { watch } from '../../platform/wakeup/watch.js';
import {
  readPool,
  readPoolChanges,
  readPoolMember,
  type PoolChange,
  type PoolFollowed,
  type PoolPage,
} from './pool-changes.store.js';

/**
 * The leavers who are in the pool, or the one named, as they are now; then each whose counters have changed, or who has
 * left the pool, as they are by then. It tells states, not events: who reads slowly gets the latest state of each leaver,
 * once, and who comes back after a while begins with all as they are.
 *
 * Nothing is lost, however late a transaction commits: the place to go on from is the oldest transaction that was running
 * at the last look. What younger ones have committed is told at once, and remembered so as not to be told again. One page
 * of leavers is kept, and a name for each leaver changed since that oldest transaction began.
 *
 * Throws NOT_FOUND where there is no such member within reach. Ends only by `return`, which also ends a `next` that waits.
 */
export async function followPool(
  app: Pick<App, 'db' | 'wakeup' | 'log'>,
  followed: PoolFollowed,
): Promise<AsyncIterableIterator<PoolChange>> {
  if (followed.memberId !== null) {
    const { memberId: id, enterpriseId, reach } = followed;
    const within = reach === 'ALL' ? {} : { departmentId: { in: [...reach] } };
    const known = await app.db.prisma.member.count({ where: { id, enterpriseId, ...within } });
    if (known === 0) throw new Refusal('NOT_FOUND', 'There is no such member.');
  }
  const look = lookAt(app, followed);
  const looks = watch(app, read, {
    same: (_before, now) => now.changes.length === 0 && now.end === null,
    done: () => false,
    more: ({ end }) => end !== null,
  });
  let ready: PoolChange[] = [];
  /** Something has happened since those were read: who reads them only now wants the latest. */
  let stale = false;
  const stopListening = app.wakeup.onWake(() => (stale = true));

  function read(): Promise<PoolPage> {
    stale = false;
    return look.next();
  }

  async function next(): Promise<IteratorResult<PoolChange>> {
    for (;;) {
      const waiting = ready.shift();
      const change = waiting && (await latest(waiting));
      if (change && look.isNews(change)) return { done: false, value: change };
      if (waiting) continue;
      const looked = await looks.next();
      if (looked.done) return { done: true, value: undefined };
      ready = [...looked.value.changes];
    }
  }

  /** Null for who has left the reach since. */
  async function latest(change: PoolChange): Promise<PoolChange | null> {
    if (!stale) return change;
    // Where the database does not answer, a later look tells what is newer.
    return readPoolMember(app, { ...followed, memberId: change.memberId }).catch(() => change);
  }

  let turn: Promise<unknown> = Promise.resolve();
  const changes: AsyncIterableIterator<PoolChange> = {
    next() {
      const taken = turn.then(next);
      turn = taken;
      return taken;
    },
    async return() {
      ready = [];
      stopListening();
      await looks.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: () => changes,
  };
  return changes;
}

/** Looks through the pool page by page, then again and again through what has changed since the look before. */
function lookAt(app: Pick<App, 'db'>, followed: PoolFollowed) {
  /** What transactions from here on wrote may not have been seen; null before the first look. */
  let since: bigint | null = null;
  /** The place in the round of looks that is going on, and from where the next round goes on. */
  let after: PoolPage['end'] = null;
  let horizon: bigint | null = null;
  /** What was told of each member that a transaction from the horizon on has written. */
  const told = new Map<string, bigint>();

  return {
    async next(): Promise<PoolPage> {
      const page =
        since === null ? await readPool(app, followed, after) : await readPoolChanges(app, followed, since, after);
      horizon ??= page.horizon;
      after = page.end;
      if (after === null) {
        // Not up to the new horizon: this page has not been handed on yet.
        for (const [memberId, madeBy] of told) if (madeBy < (since ?? 0n)) told.delete(memberId);
        since = horizon;
        horizon = null;
      }
      return page;
    },
    /** Whether this has not been told yet. */
    isNews({ memberId, madeBy }: PoolChange): boolean {
      if (told.get(memberId) === madeBy) return false;
      if (madeBy >= (horizon ?? since ?? 0n)) told.set(memberId, madeBy);
      return true;
    },
  };
}
