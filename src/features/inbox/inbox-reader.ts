import type { App } from '../../platform/app.js';
import { Common } from '../../platform/common.js';
import type { UuidList } from '../../platform/db/database.js';
import { acrossEnterprises } from '../../platform/db/scope.js';
import { fewAtOnce, oneAtATime } from '../../platform/turns.js';
import { headOf, type Horizon, type InboxCursor, type Position } from './inbox-cursor.js';
import { newsPageSize, readHorizon, readNews, type InboxRow } from './inbox.store.js';

/** An event of an inbox, as it goes out. Whoever follows the inbox gets the very object from the reader. */
export interface InboxEvent {
  readonly kind: 'event';
  /** The place of the event. */
  readonly cursor: InboxCursor;
  readonly row: InboxRow;
  /** With the other followers of this recipient; null when none of them had the row from the same look. */
  readonly common: Common | null;
}

/** The event that a row tells of, read in this epoch. */
export function eventOf(epoch: string, row: InboxRow, common: Common | null): InboxEvent {
  return { kind: 'event', cursor: { epoch, position: row.at }, row, common };
}

/** Somebody connected to this instance who wants what is new for one recipient. Neither call may throw or wait. */
export interface Listener {
  readonly recipientId: string;
  /**
   * A settled event of the recipient, in order. `mayServe`: it may be worked out and sent on the spot; otherwise it is only to be
   * kept, since others have waited for long enough.
   */
  offer(event: InboxEvent, mayServe: boolean): void;
  /** The events that come from now on do not go on from those that came before: look at the database yourself. */
  interrupt(): void;
}

/**
 * Looks at the database for everybody who is connected to this instance: one statement per wake-up, however many they
 * are. With nobody connected it does nothing at all.
 */
export interface InboxReader {
  /**
   * Offers the listener every event that settles from the moment of the answer on, and some that settled before. Waits
   * while the database does not answer, or until the listener leaves.
   */
  join(listener: Listener): Promise<void>;
  /** Offers nothing more. May be called at any time. */
  leave(listener: Listener): void;
  /** Reads for one listener alone, few at once: the look for everybody must not wait for a connection behind a hundred. */
  readonly readApart: <Result>(read: () => Promise<Result>) => Promise<Result>;
  /**
   * The same for those who are far behind, and have page after page to read: for a quarter of the time, all of them together. They
   * would keep the process and the database at work until the last line is full, and what comes for all the others would wait.
   */
  readonly readFar: <Result>(read: () => Promise<Result>) => Promise<Result>;
  /** How many are joined, or about to be. */
  readonly size: number;
}

const mostApart = 3;
/** Events given to listeners between two looks at the clock. */
const betweenClocks = 250;
/**
 * After so long, of the rows that came together, listeners are served only the first one of theirs, and have the others to themselves. A
 * hundred who follow one inbox, and read nothing, would otherwise be served a burst of it while everybody else waits: until what
 * the system takes off their lines is full.
 */
const serveForMs = 10;
/** Wake-ups can be lost; so late is an event then. */
const pollMs = 2_000;
/** Committed events are kept back by a transaction that began before theirs; no wake-up tells when it ends in a rollback. */
const firstUnsettledMs = 5;
const longestUnsettledMs = 250;
/** Of the time that they have been kept back for, so much longer may they be: looks get rarer as they get less likely to tell. */
const unsettledShare = 1 / 4;
const firstFailureMs = 100;
const longestFailureMs = 2_000;

/** A reader over the application's database. It fails never: a database that is away is asked again until it answers. */
export function createInboxReader(app: Pick<App, 'db' | 'wakeup' | 'log'>): InboxReader {
  const joined = new Map<string, Set<Listener>>();
  /** Those of `joined`, while they are the same. */
  let recipientIds: UuidList | null = null;
  const waiting = new Map<Listener, () => void>();
  let size = 0;
  /** All settled rows up to here have been offered. Null: nobody is connected. */
  let position: Position | null = null;
  let epoch: string | null = null;
  let running = false;
  let again = false;
  let failures = 0;
  /** How far the database is settled though there are committed events after it, and since when; null while there are none. */
  let keptBack: { readonly horizon: bigint; readonly since: number } | null = null;
  /** How it stands with the rows that came together; null before the first of them. */
  let serving: { since: number; given: number; late: boolean; readonly served: Set<string> } | null = null;
  let timer: NodeJS.Timeout | undefined;
  let stopListening: (() => void) | undefined;

  const isIdle = () => size === 0 && waiting.size === 0;

  /** Only between two glances: a glance asks for those who were joined when it began. */
  function admit(): void {
    for (const [listener, answer] of waiting) {
      const others = joined.get(listener.recipientId);
      if (others) others.add(listener);
      else {
        joined.set(listener.recipientId, new Set([listener]));
        recipientIds = null;
      }
      size++;
      answer();
    }
    waiting.clear();
  }

  async function start(): Promise<Position> {
    const horizon = await readHorizon(app);
    epoch = horizon.epoch;
    return headOf(horizon);
  }

  /** One look. Answers whether there is more to read at once. */
  async function look(): Promise<boolean> {
    const after = (position ??= await start());
    admit();
    recipientIds ??= app.db.uuids(joined.keys());
    // Rows after the place may be gone where this process, or its database, stood still for as long as they are kept.
    const isLost = (horizon: Horizon) => horizon.epoch !== epoch || after.xid < horizon.prunedXid;
    const { glance, count } = await readNews(app, recipientIds, after, (row, { horizon }) => {
      if (isLost(horizon)) return;
      position = row.at;
      offer(row, horizon.epoch);
    });
    const { horizon, unsettled } = glance;
    if (isLost(horizon)) {
      epoch = horizon.epoch;
      position = headOf(horizon);
      for (const listeners of joined.values()) for (const listener of listeners) listener.interrupt();
      return false;
    }
    if (!unsettled) keptBack = null;
    else if (keptBack?.horizon !== horizon.xid) keptBack = { horizon: horizon.xid, since: performance.now() };
    if (count === newsPageSize) return true;
    position = headOf(horizon);
    // Those who came meanwhile were not in the question, so they begin where its answer ended.
    admit();
    return false;
  }

  /** Offers an event to all who follow its recipient. */
  function offer(row: InboxRow, epoch: string): void {
    const listeners = joined.get(row.recipientId);
    if (!listeners) return;
    const { served } = (serving ??= beginToServe());
    const mayServe = !serving.late || !served.has(row.recipientId);
    served.add(row.recipientId);
    const event = eventOf(epoch, row, listeners.size > 1 ? new Common() : null);
    for (const listener of listeners) {
      listener.offer(event, mayServe);
      if (++serving.given % betweenClocks === 0) serving.late = performance.now() - serving.since >= serveForMs;
    }
  }

  function beginToServe(): NonNullable<typeof serving> {
    // After this handful of rows: of those that came over the line together.
    process.nextTick(() => (serving = null));
    return { since: performance.now(), given: 0, late: false, served: new Set() };
  }

  function run(): Promise<void> {
    return acrossEnterprises('one look for all who are connected, of whatever enterprise', lookOn);
  }

  async function lookOn(): Promise<void> {
    running = true;
    clearTimeout(timer);
    try {
      do again = false;
      while ((await look()) || again);
      if (failures > 0) app.log.info('The inbox can be read again');
      failures = 0;
    } catch (error) {
      if (failures++ === 0) app.log.error({ err: error }, 'The inbox cannot be read: trying again until it can');
    } finally {
      running = false;
    }
    if (isIdle()) stop();
    else timer = setTimeout(wake, pause()).unref();
  }

  function pause(): number {
    if (failures > 0) return Math.min(firstFailureMs * 2 ** (failures - 1), longestFailureMs);
    if (!keptBack) return pollMs;
    const soFarMs = performance.now() - keptBack.since;
    return Math.min(Math.max(firstUnsettledMs, unsettledShare * soFarMs), longestUnsettledMs);
  }

  function wake(): void {
    if (running) again = true;
    else void run();
  }

  function stop(): void {
    clearTimeout(timer);
    stopListening?.();
    stopListening = undefined;
    position = null;
    keptBack = null;
  }

  return {
    join(listener) {
      return new Promise((answer) => {
        waiting.set(listener, answer);
        stopListening ??= app.wakeup.onWake(wake);
        if (running) return;
        if (position) admit();
        else void run();
      });
    },
    leave(listener) {
      waiting.get(listener)?.();
      waiting.delete(listener);
      const listeners = joined.get(listener.recipientId);
      if (listeners?.delete(listener)) {
        size--;
        if (listeners.size === 0) {
          joined.delete(listener.recipientId);
          recipientIds = null;
        }
      }
      if (isIdle() && !running) stop();
    },
    readApart: fewAtOnce(mostApart),
    readFar: oneAtATime({ restFor: 3 }),
    get size() {
      return size + waiting.size;
    },
  };
}
