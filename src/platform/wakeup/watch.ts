import type { App } from '../app.js';

/** The longest that a change goes unseen when its wake-up was lost, in milliseconds. */
const pollMs = 2000;
/** The shortest time between two looks, in milliseconds: a handover wakes many times a second. */
const restMs = 100;

/**
 * Follows something in the database that changes: yields it as it is now, then each time it has changed, and ends after it
 * is `done`, or when `read` answers null. States that come and go between two looks are not seen: use it for what only
 * the latest state matters of, never for events.
 */
export async function* watch<State>(
  app: Pick<App, 'wakeup'>,
  read: () => Promise<State | null>,
  look: { readonly same: (before: State, now: State) => boolean; readonly done: (state: State) => boolean },
): AsyncGenerator<State, void, undefined> {
  let woken = false;
  let wake: () => void = () => undefined;
  const stopListening = app.wakeup.onWake(() => {
    woken = true;
    wake();
  });
  try {
    let before: State | null = null;
    for (;;) {
      woken = false;
      const now = await read();
      if (now === null) return;
      if (before === null || !look.same(before, now)) yield now;
      if (look.done(now)) return;
      before = now;
      await pause(restMs);
      if (woken) continue;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, pollMs - restMs);
        timer.unref();
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  } finally {
    stopListening();
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
