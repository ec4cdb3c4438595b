import { setTimeout as sleep } from 'node:timers/promises';
import type { Baton } from './app.js';
import type { SignedIn } from './authenticate.js';

/** One connection's interest in whether its person may still be served. */
export interface WatchedSession extends Disposable {
  /** Asked before every delivery. Waits while the database cannot tell; false means nothing more may be delivered. */
  holds(): Promise<boolean> | true;
}

/** Knows of every connected person whether they may still be served as they signed in, with one statement for all of them. */
export interface SessionWatch {
  /** Watches a person; `onLost` is called once, at most some seconds after the right or the token ended. */
  watch(signedIn: SignedIn, onLost: () => void): WatchedSession;
}

type WatchApp = Pick<Baton, 'authenticator' | 'clock' | 'log'>;

/** With the second that a statement may take, well below the 5 s within which a revoked person must be gone. */
const everyMs = 2_000;
const believedForMs = 3_000;
const retryMs = 250;

/** In milliseconds: to compare two dates takes longer than all else that is asked before an event. */
interface Instant {
  readonly monotonic: number;
  readonly wall: number;
}

interface Watching {
  /** What time it is. */
  now(): Instant;
  check(entry: Entry): Promise<boolean>;
  forget(entry: Entry): void;
}

class Entry implements WatchedSession {
  checkedAt = performance.now();
  lost = false;
  private readonly expiresAt: number;

  constructor(
    readonly signedIn: SignedIn,
    readonly onLost: () => void,
    private readonly watching: Watching,
  ) {
    this.expiresAt = signedIn.session.expiresAt.getTime();
  }

  holds(): Promise<boolean> | true {
    if (this.lost) return Promise.resolve(false);
    const { monotonic, wall } = this.watching.now();
    const fresh = monotonic - this.checkedAt < believedForMs;
    return fresh && this.expiresAt > wall ? true : this.watching.check(this);
  }

  [Symbol.dispose](): void {
    this.watching.forget(this);
  }
}

function createSessionWatch({ authenticator, clock, log }: WatchApp): SessionWatch {
  // In the order of arrival: a socket hears of it before the subscriptions on it, and closes before they could end.
  const entries = new Set<Entry>();
  let timer: NodeJS.Timeout | undefined;
  let instant: Instant | null = null;

  /** One event may be about to go to thousands, so the clocks are read once for what is done in one go. */
  function now(): Instant {
    if (!instant) {
      instant = { monotonic: performance.now(), wall: clock.now().getTime() };
      process.nextTick(() => (instant = null));
    }
    return instant;
  }

  function lose(entry: Entry): void {
    if (entry.lost) return;
    entry.lost = true;
    entries.delete(entry);
    entry.onLost();
  }

  async function sweep(): Promise<void> {
    const asked = [...entries];
    try {
      const holding = await authenticator.whoStillHold(asked.map(({ signedIn }) => signedIn));
      const now = performance.now();
      for (const entry of asked) {
        if (holding.has(entry.signedIn)) entry.checkedAt = now;
        else lose(entry);
      }
    } catch (error) {
      log.warn({ err: error }, 'It cannot be checked who may still be served; deliveries wait until it can');
    }
    timer = entries.size > 0 ? setTimeout(() => void sweep(), everyMs).unref() : undefined;
  }

  async function check(entry: Entry): Promise<boolean> {
    while (!entry.lost && entries.has(entry)) {
      try {
        const held = await authenticator.stillHolds(entry.signedIn);
        if (held) entry.checkedAt = performance.now();
        // Everyone on this session hears of it, the socket first.
        else [...entries].filter(({ signedIn }) => signedIn === entry.signedIn).forEach(lose);
        return held;
      } catch {
        await sleep(retryMs, undefined, { ref: false });
      }
    }
    return false;
  }

  const watching: Watching = { now, check, forget: (entry) => void entries.delete(entry) };

  return {
    watch(signedIn, onLost) {
      const entry = new Entry(signedIn, onLost, watching);
      entries.add(entry);
      timer ??= setTimeout(() => void sweep(), everyMs).unref();
      return entry;
    },
  };
}

const watches = new WeakMap<WatchApp, SessionWatch>();

/** The one watch of this application; it does nothing while nobody is connected. */
export function sessionWatchOf(app: WatchApp): SessionWatch {
  const known = watches.get(app);
  if (known) return known;
  const made = createSessionWatch(app);
  watches.set(app, made);
  return made;
}
