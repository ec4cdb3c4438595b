import type { App } from '../app.js';
import { Common } from '../common.js';
import type { DirectIterator, Taker } from '../direct.js';
import { keepScope } from '../db/scope.js';
import { pollMs, restMs } from './watch.js';

/** A state, and what all who were told it have in common. */
export interface Seen<State> {
  readonly state: State;
  readonly common: Common;
}

/** Watches one thing in the database for many followers. */
export interface SharedWatch<State> {
  /**
   * The thing as it is now, read after the call, then each time it has changed; ends after a state that is `done`, or when
   * the thing is gone. Who reads slowly gets the latest state. Null where there is no such thing. Throws when it cannot be
   * read now; later that ends nothing. `return` ends it at once, also a `next` that waits.
   */
  follow(): Promise<DirectIterator<Seen<State>> | null>;
}

interface Follower<State> {
  /** Has not been told anything yet, nor whether there is anything. */
  isNew: boolean;
  offer(seen: Seen<State> | null): void;
  fail(error: unknown): void;
}

/**
 * A watch that looks once for all who follow, as `watch` does for one: at a wake-up, but not all the time, and now and then
 * without. With no follower it does nothing, and has told `onIdle` so.
 */
export function createSharedWatch<State>(
  app: Pick<App, 'wakeup' | 'log'>,
  read: () => Promise<State | null>,
  states: {
    readonly same: (before: State, now: State) => boolean;
    readonly done: (state: State) => boolean;
  },
  onIdle: () => void,
): SharedWatch<State> {
  // A wake-up may come from anybody's request.
  const readInScope = keepScope(read);
  const followers = new Set<Follower<State>>();
  let looking = false;
  let woken = false;
  let failing = false;
  let lookedAt = -Infinity;
  let timer: NodeJS.Timeout | undefined;
  let stopListening: (() => void) | undefined;

  async function look(): Promise<void> {
    looking = true;
    woken = false;
    // Who comes while the look is under way may have done something that it does not see.
    const asking = [...followers];
    try {
      const state = await readInScope();
      failing = false;
      const seen = state === null ? null : { state, common: new Common() };
      for (const follower of asking) follower.offer(seen);
    } catch (error) {
      if (!failing) app.log.error({ err: error }, 'What is being watched cannot be read: trying again until it can');
      failing = true;
      for (const follower of asking) follower.fail(error);
    }
    looking = false;
    lookedAt = performance.now();
    schedule();
  }

  function schedule(): void {
    if (looking || followers.size === 0) return;
    clearTimeout(timer);
    const rest = woken ? Math.max(0, lookedAt + restMs - performance.now()) : pollMs;
    const isUrgent = [...followers].some(({ isNew }) => isNew);
    timer = setTimeout(() => void look(), isUrgent ? 0 : rest).unref();
  }

  function join(follower: Follower<State>): void {
    followers.add(follower);
    stopListening ??= app.wakeup.onWake(() => {
      if (woken) return;
      woken = true;
      schedule();
    });
    if (looking || !follower.isNew) return;
    clearTimeout(timer);
    timer = setTimeout(() => void look(), 0).unref();
  }

  function leave(follower: Follower<State>): void {
    if (!followers.delete(follower) || followers.size > 0) return;
    clearTimeout(timer);
    stopListening?.();
    stopListening = undefined;
    onIdle();
  }

  return {
    follow: () =>
      new Promise((resolve, reject) => {
        /** The last state offered, and the one that is still to be told. */
        let before: State | null = null;
        let latest: Seen<State> | null = null;
        let over = false;
        let stir: () => void = () => undefined;
        /** Of the consumer, while it waits. */
        let taker: Taker<Seen<State>> | undefined;

        const follower: Follower<State> = {
          isNew: true,
          offer(seen) {
            const isNew = follower.isNew;
            follower.isNew = false;
            if (seen && (before === null || !states.same(before, seen.state))) {
              before = seen.state;
              if (latest || !taker?.take(seen)) latest = seen;
            }
            if (!seen || states.done(seen.state)) {
              over = true;
              leave(follower);
            }
            if (latest || over) stir();
            if (isNew) resolve(seen && changes);
          },
          fail(error) {
            if (!follower.isNew) return;
            leave(follower);
            reject(error instanceof Error ? error : new Error(String(error)));
          },
        };

        async function next(direct?: Taker<Seen<State>>): Promise<IteratorResult<Seen<State>>> {
          if (!latest && !over) {
            taker = direct;
            await new Promise<void>((wake) => (stir = wake));
            taker = undefined;
          }
          const seen = latest;
          latest = null;
          return seen ? { done: false, value: seen } : { done: true, value: undefined };
        }

        let turn: Promise<unknown> = Promise.resolve();
        const changes: DirectIterator<Seen<State>> = {
          next(direct) {
            const taken = turn.then(() => next(direct));
            turn = taken;
            return taken;
          },
          async return() {
            over = true;
            latest = null;
            taker = undefined;
            leave(follower);
            stir();
            return { done: true, value: undefined };
          },
          [Symbol.asyncIterator]: () => changes,
        };
        join(follower);
      }),
  };
}
