import { setTimeout as sleep } from 'node:timers/promises';
import { expireOldEvents, removeExpiredEvents } from '../features/inbox/inbox.js';
import type { App } from '../platform/app.js';
import { acrossEnterprises } from '../platform/db/scope.js';
import { forgetKeys } from '../platform/idempotency.js';

const everyMs = 3600_000;
/** A start has better things to do. */
const firstMs = 60_000;

/** What was removed, in rows. */
export interface Pruned {
  readonly events: number;
  readonly facts: number;
  readonly keys: number;
}

/**
 * Removes all that need not be kept any longer: events past their enterprise's retention, and idempotency keys. Safe on any
 * number of instances. Between chunks it rests as long as the chunk took, since events wait for a running chunk to be
 * delivered; `signal` ends it after the chunk in hand.
 */
export function pruneDue(
  app: Pick<App, 'db' | 'wakeup' | 'clock'>,
  signal?: AbortSignal,
  limit?: number,
): Promise<Pruned> {
  return acrossEnterprises('removes what is old, of all who keep it equally long', () => prune(app, signal, limit));
}

async function prune(app: Pick<App, 'db' | 'wakeup' | 'clock'>, signal?: AbortSignal, limit?: number): Promise<Pruned> {
  const pruned = { events: 0, facts: 0, keys: 0 };
  const rest = (began: number) => sleep(performance.now() - began, undefined, { signal }).catch(() => undefined);
  await expireOldEvents(app);
  while (!signal?.aborted) {
    const began = performance.now();
    const removed = await removeExpiredEvents(app, limit);
    if (!removed) break;
    pruned.events += removed.events;
    pruned.facts += removed.facts;
    await rest(began);
  }
  while (!signal?.aborted) {
    const began = performance.now();
    const forgotten = await forgetKeys(app, limit);
    if (forgotten === 0) break;
    pruned.keys += forgotten;
    await rest(began);
  }
  return pruned;
}

/** Prunes once an hour for as long as the process runs. A failure is logged and tried again an hour later. */
export function startPruner(
  app: Pick<App, 'db' | 'wakeup' | 'clock' | 'log'>,
  { first = firstMs }: { readonly first?: number } = {},
): AsyncDisposable {
  const stop = new AbortController();
  const { signal } = stop;
  const running = (async () => {
    for (let wait = first; ; wait = everyMs) {
      await sleep(wait, undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted) return;
      try {
        const pruned = await pruneDue(app, signal);
        if (pruned.events + pruned.keys > 0) app.log.info(pruned, 'Removed what need not be kept any longer');
      } catch (error) {
        app.log.error({ err: error }, 'Removing old events failed; it will be tried again in an hour.');
      }
    }
  })();
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}
