import type { App } from '../../platform/app.js';
import type { Common } from '../../platform/common.js';
import { keepScope } from '../../platform/db/scope.js';
import { Direct, type DirectIterator, type Taker } from '../../platform/direct.js';
import { nextTurn } from '../../platform/turns.js';
import {
  headOf,
  isAfter,
  positionAfterResync,
  resyncReason,
  type InboxCursor,
  type Position,
  type ResyncReason,
} from './inbox-cursor.js';
import type { InboxReader, Listener } from './inbox-reader.js';
import { readHorizon, readInbox, type InboxRow, type Recipient } from './inbox.store.js';

/** What a follower gets: an event, or word that events before this one may be missing. */
export type Delivery =
  | {
      readonly kind: 'event';
      readonly epoch: string;
      readonly row: InboxRow;
      /** With the other followers of this recipient; null when none of them had the row from the same look. */
      readonly common: Common | null;
    }
  | {
      readonly kind: 'resync';
      readonly epoch: string;
      readonly reason: ResyncReason;
      readonly recipientId: string;
      /** Deliveries go on from here. */
      readonly at: Position;
    };

/** What comes, one by one, and the place after which it begins. */
export interface Following extends DirectIterator<Delivery> {
  readonly start: InboxCursor;
}

class Deliveries extends Direct<Delivery> implements Following {
  #turn: Promise<unknown> = Promise.resolve();

  constructor(
    readonly start: InboxCursor,
    private readonly take: (direct?: Taker<Delivery>) => Promise<IteratorResult<Delivery>>,
    private readonly end: () => void,
  ) {
    super();
  }

  next(direct?: Taker<Delivery>): Promise<IteratorResult<Delivery>> {
    const taken = this.#turn.then(() => this.take(direct));
    this.#turn = taken;
    return taken;
  }

  return(): Promise<IteratorResult<Delivery>> {
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }
}

interface Offer {
  readonly row: InboxRow;
  readonly common: Common | null;
}

/** The most rows that wait for one follower's consumer. */
export const followerCapacity = 100;
/** Rows that a follower reads at once for itself: those of a hundred that stand still are in memory together. */
export const pageSize = 100;
/** Events given in a row before others have their turn. */
const burst = 20;

const firstFailureMs = 100;
const longestFailureMs = 2_000;

function cursorOf(delivery: Delivery): InboxCursor {
  return { epoch: delivery.epoch, position: delivery.kind === 'event' ? delivery.row.at : delivery.at };
}

/**
 * Everything of one inbox after a place, from the database first and then as it comes, each once and in order; without a
 * place whatever is committed after the answer. A place that cannot be honoured yields a resync first. The iterator never
 * throws, and ends only by `return`, which also ends a `next` that waits.
 *
 * A consumer that takes its time costs a page of memory and loses nothing: past that the follower leaves the reader, forgets
 * what waits, and reads it again from its own place when the consumer comes back.
 */
export async function followInbox(
  app: Pick<App, 'db' | 'log'>,
  reader: InboxReader,
  recipient: Recipient,
  from: InboxCursor | null,
): Promise<Following> {
  // Whoever stirs the follower, or hands a place for reading on, does so from a request of somebody else.
  const readOwn = keepScope((after: Position) => readInbox(app, recipient, after, pageSize));
  const ready: Delivery[] = [];
  /** Offered while the follower's own page was on its way; null when that is not so. */
  let early: Offer[] | null = null;
  /** Joined to the reader, and nothing lies between `readTo` and what it offers. */
  let live = false;
  /** The last page was full, so the head is far: no use to join yet. */
  let deep = false;
  let place: InboxCursor | null = from;
  /** The place before the first of those that are ready. */
  let before: InboxCursor | null = from;
  let ended = false;
  let stir: (() => void) | undefined;
  /** Of the consumer, while it waits. */
  let taker: Taker<Delivery> | undefined;
  let failures = 0;
  let inARow = 0;

  const listener: Listener = {
    recipientId: recipient.recipientId,
    offer(row, common, mayServe) {
      if (early) early.push({ row, common });
      else accept({ row, common }, mayServe ? taker : undefined);
      if ((early ?? ready).length > followerCapacity) letGo();
    },
    interrupt: fallBehind,
  };

  function accept({ row, common }: Offer, direct?: Taker<Delivery>): void {
    if (!live || !place || !isAfter(row.at, place.position)) return;
    const delivery: Delivery = { kind: 'event', epoch: place.epoch, row, common };
    const previous = place;
    place = { epoch: place.epoch, position: row.at };
    if (direct?.(delivery)) return;
    if (ready.length === 0) before = previous;
    ready.push(delivery);
    stir?.();
  }

  function fallBehind(): void {
    reader.leave(listener);
    live = false;
    early = null;
    stir?.();
  }

  /** Nobody takes what waits: a place is all that is kept then. A hundred of those who stand still would fill the memory. */
  function letGo(): void {
    fallBehind();
    if (ready.length === 0 || ready.some(({ kind }) => kind === 'resync')) return;
    ready.length = 0;
    place = before;
    deep = true;
  }

  /** Reads one page of its own, and goes live when that reached the head. */
  async function readOn(): Promise<void> {
    const joining = !deep;
    if (joining) {
      early = [];
      await reader.join(listener);
      if (ended) return;
    }
    // After the join, so that its horizon is not below the place from which the reader offers.
    const after = place?.position;
    const page = after ? await reader.readApart(() => readOwn(after)) : null;
    const horizon = page?.horizon ?? (await readHorizon(app));
    if (ended) return;
    const reason = place && resyncReason(place, horizon);
    if (reason) {
      const at = positionAfterResync(reason, horizon);
      place = { epoch: horizon.epoch, position: at };
      ready.push({ kind: 'resync', epoch: horizon.epoch, reason, recipientId: recipient.recipientId, at });
      fallBehind();
      return;
    }
    const { epoch } = horizon;
    const rows = page?.rows ?? [];
    if (ready.length === 0) before = place;
    for (const row of rows) ready.push({ kind: 'event', epoch, row, common: null });
    const last = rows.length === pageSize ? rows.at(-1) : undefined;
    place = { epoch, position: last ? last.at : headOf(horizon) };
    deep = last !== undefined;
    if (deep || early === null) return fallBehind();
    live = true;
    const offered: Offer[] = early;
    early = null;
    offered.forEach((offer) => accept(offer));
  }

  async function tryReadOn(): Promise<void> {
    try {
      await readOn();
      failures = 0;
    } catch (error) {
      fallBehind();
      if (failures++ === 0) app.log.error({ err: error }, 'An inbox cannot be read: trying again until it can');
      await pause(Math.min(firstFailureMs * 2 ** (failures - 1), longestFailureMs));
    }
  }

  /** For so long, or until something stirs the follower. */
  async function pause(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      stir = resolve;
      // A database that is gone for good must not keep the process from ending.
      timer = setTimeout(resolve, ms).unref();
    });
    stir = undefined;
    clearTimeout(timer);
  }

  async function take(direct?: Taker<Delivery>): Promise<IteratorResult<Delivery>> {
    if (inARow >= burst && ready.length > 0) {
      inARow = 0;
      await nextTurn();
    }
    while (!ended) {
      const delivery = ready.shift();
      inARow++;
      if (delivery) {
        before = cursorOf(delivery);
        return { done: false, value: delivery };
      }
      if (live) return untilStirred(direct);
      inARow = 0;
      await tryReadOn();
    }
    return { done: true, value: undefined };
  }

  /** As thousands wait nearly all the time: a promise and a function are all that is kept meanwhile. */
  function untilStirred(direct: Taker<Delivery> | undefined): Promise<IteratorResult<Delivery>> {
    inARow = 0;
    taker = direct;
    return new Promise((resolve) => {
      stir = () => {
        stir = undefined;
        taker = undefined;
        resolve(take(direct));
      };
    });
  }

  /** The same as `take`, without a function that stands still meanwhile. */
  function takeOrWait(direct?: Taker<Delivery>): Promise<IteratorResult<Delivery>> {
    return live && !ended && ready.length === 0 ? untilStirred(direct) : take(direct);
  }

  // "From now on" means from this moment, not from the first time somebody pulls.
  while (!place) await tryReadOn();
  return new Deliveries(place, takeOrWait, () => {
    ended = true;
    ready.length = 0;
    fallBehind();
  });
}
