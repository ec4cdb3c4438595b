import { setTimeout as sleep } from 'node:timers/promises';
import { sealAudit } from '../features/audit/audit.js';
import type { App } from '../platform/app.js';

/** The longest that a record of the audit log waits for its place in the chain while nothing fails, in milliseconds. */
const everyMs = 1000;

/**
 * Seals records of the audit log once a second for as long as the process runs. A failure is logged and tried again a second
 * later; any number of sealers may work at once. Disposing waits for the chunk in hand.
 */
export function startSealer(app: Pick<App, 'db' | 'wakeup' | 'log'>): AsyncDisposable {
  const stop = new AbortController();
  const { signal } = stop;
  const running = (async () => {
    while (!signal.aborted) {
      await sleep(everyMs, undefined, { signal, ref: false }).catch(() => undefined);
      try {
        while (!signal.aborted && (await sealAudit(app)) > 0);
      } catch (error) {
        app.log.error({ err: error }, 'Sealing the audit log failed; it will be tried again in a second.');
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
