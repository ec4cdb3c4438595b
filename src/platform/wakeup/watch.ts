import type { App } from '../app.js';
import { keepScope } from '../db/scope.js';

/** The longest that a change goes unseen when its wake-up was lost, in milliseconds. */
export const pollMs = 2000;
/** The shortest time between two looks, in milliseconds: a handover wakes many times a second. */
export const restMs = 100;

/**
 * Follows something in the database that changes: yields it as it is now, then each time it has changed, and ends after it
 * is `done`, or when `read` answers null. After a state of which there is `more`, the next look does not wait for a wake-up. States that come and go between two looks are not seen: use it for what only
 * the latest state matters of, never for events.
 *
 * A look that fails is logged once and tried again: a database that is away for a while ends nothing. `return` ends it at
 * once, also a `next` that waits; of a generator it would have to wait for the next wake-up.
 */
export function watch<State>(
  app: Pick<App, 'wakeup' | 'log'>,
  read: () => Promise<State | null>,
  look: {
    readonly same: (before: State, now: State) => boolean;
    readonly done: (state: State) => boolean;
    readonly more?: (state: State) => boolean;
  },
): AsyncIterableIterator<State> {
  // A wake-up may come from anybody's request.
  const readInScope = keepScope(read);
  let before: State | null = null;
  let lookedAt = -Infinity;
  let over = false;
  let failing = false;
  // As if woken: what happened before the first look is seen by it.
  let woken = true;
  let stir: () => void = () => undefined;
  const stopListening = app.wakeup.onWake(() => {
    woken = true;
    stir();
  });

  const end = (): IteratorResult<State> => {
    over = true;
    stopListening();
    stir();
    return { done: true, value: undefined };
  };

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms).unref();
      stir = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async function untilNextLook(): Promise<void> {
    if (!woken) await pause(pollMs);
    for (;;) {
      const rest = lookedAt + restMs - performance.now();
      if (rest <= 0 || over) return;
      // More wake-ups stir it too; they change nothing.
      await pause(rest);
    }
  }

  async function next(): Promise<IteratorResult<State>> {
    for (;;) {
      if (over || (before !== null && look.done(before))) return end();
      if (before === null || !look.more?.(before)) await untilNextLook();
      if (over) return end();
      woken = false;
      try {
        const now = await readInScope();
        failing = false;
        if (now === null) return end();
        const changed = before === null || !look.same(before, now);
        before = now;
        if (changed) return { done: false, value: now };
      } catch (error) {
        if (!failing) app.log.error({ err: error }, 'What is being watched cannot be read: trying again until it can');
        failing = true;
      } finally {
        lookedAt = performance.now();
      }
    }
  }

  let turn: Promise<unknown> = Promise.resolve();
  const states: AsyncIterableIterator<State> = {
    next() {
      const taken = turn.then(next);
      turn = taken;
      return taken;
    },
    return: () => Promise.resolve(end()),
    [Symbol.asyncIterator]: () => states,
  };
  return states;
}
