import type { App } from '../platform/app.js';
import { drainQueue, takeOverDue } from '../features/transfers/transfers.js';

/** The longest that something due waits for the runner when no wake-up came, in milliseconds. */
const pollMs = 1000;

/**
 * Does a part of what is due now: a chunk of takeovers or, when none is left, a drain of those who wait for somebody with
 * room. Returns how many customers and groups it was about; 0: nothing is due.
 */
export async function doNextDue(app: Pick<App, 'db' | 'wakeup' | 'clock' | 'ids'>): Promise<number> {
  return (await takeOverDue(app)) || (await drainQueue(app));
}

/**
 * Takes over what is due, and drains queues, for as long as the process runs: at every wake-up, and once a second for what became due by
 * time alone. A failure is logged and tried again at the next poll; nothing is lost by it, since the items are the queue.
 * Any number of runners may work at once. Disposing waits for the chunk in hand.
 */
export function startRunner(app: Pick<App, 'db' | 'wakeup' | 'clock' | 'ids' | 'log'>): AsyncDisposable {
  let stopped = false;
  let wake: (() => void) | null = null;
  let woken = false;
  const stopListening = app.wakeup.onWake(() => {
    woken = true;
    wake?.();
  });
  const idle = () =>
    new Promise<void>((resolve) => {
      if (woken || stopped) return resolve();
      const timer = setTimeout(resolve, pollMs);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const running = (async () => {
    while (!stopped) {
      woken = false;
      try {
        while (!stopped && (await doNextDue(app)) > 0);
      } catch (error) {
        app.log.error({ err: error }, 'Taking over, or draining a queue, failed; it will be tried again.');
        woken = false;
      }
      await idle();
      wake = null;
    }
  })();

  return {
    async [Symbol.asyncDispose]() {
      stopped = true;
      stopListening();
      wake?.();
      await running;
    },
  };
}
