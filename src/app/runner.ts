import type { App } from '../platform/app.js';
import { acrossEnterprises } from '../platform/db/scope.js';
import { drainQueue, resignDue, takeOverDue } from '../features/transfers/transfers.js';

/** The longest that something due waits for the runner when no wake-up came, in milliseconds. */
const pollMs = 1000;

/**
 * Does a part of what is due now: resigns one member whose planned last day is over, and takes over a chunk or, when none is
 * left, drains a queue of those who wait for somebody with room. Returns how many members, customers and groups it was about;
 * 0: nothing is due.
 *
 * In turn, so that neither a month's end full of leavers nor a large takeover holds up the other.
 */
export async function doNextDue(
  app: Pick<App, 'db' | 'wakeup' | 'clock' | 'ids'>,
  resignOne: () => Promise<number> = () => resignDue(app),
): Promise<number> {
  return acrossEnterprises('searches for what is due; each piece of work is narrowed to its enterprise', async () => {
    return (await resignOne()) + ((await takeOverDue(app)) || (await drainQueue(app)));
  });
}

/**
 * Resigns, takes over and drains queues, for as long as the process runs: at every wake-up, and once a second for what became due by
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
      const passedOver = new Set<string>();
      try {
        while (!stopped && (await doNextDue(app, () => resignOne(app, passedOver))) > 0);
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

/**
 * One member whose last day is over, seen to or passed over. A failure is logged, and tried again at the next poll: takeovers, and
 * other leavers, go on.
 */
async function resignOne(app: Parameters<typeof startRunner>[0], passedOver: Set<string>): Promise<number> {
  const before = passedOver.size;
  try {
    return await resignDue(app, passedOver);
  } catch (error) {
    app.log.error({ err: error }, 'Resigning a member on their planned last day failed; it will be tried again.');
    return passedOver.size - before;
  }
}
