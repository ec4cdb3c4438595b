import type { App } from '../../platform/app.js';
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
import { eventOf, type InboxEvent, type InboxReader, type Listener } from './inbox-reader.js';
import { readHorizon, readInbox, type InboxPage, type Recipient } from './inbox.store.js';

/** What a follower gets: an event, or word that events before this one may be missing. */
export type Delivery =
  | InboxEvent
  | {
      readonly kind: 'resync';
      /** Deliveries go on from here. */
      readonly cursor: InboxCursor;
      readonly reason: ResyncReason;
      readonly recipientId: string;
    };

/** What comes, one by one, and the place after which it begins. */
export interface Following extends DirectIterator<Delivery> {
  readonly start: InboxCursor;
}

type FollowApp = Pick<App, 'db' | 'log'>;

/** The most rows that wait for one follower's consumer. */
export const followerCapacity = 100;
/** Rows that a follower reads at once for itself: those of a hundred that stand still are in memory together. */
export const pageSize = 100;
/** Events given in a row before others have their turn. */
const burst = 20;

const firstFailureMs = 100;
const longestFailureMs = 2_000;

/**
 * Everything of one inbox after a place, from the database first and then as it comes, each once and in order; without a
 * place whatever is committed after the answer. A place that cannot be honoured yields a resync first. The iterator never
 * throws, and ends only by `return`, which also ends a `next` that waits.
 *
 * A consumer that takes its time costs a page of memory and loses nothing: past that the follower leaves the reader, forgets
 * what waits, and reads it again from its own place when the consumer comes back.
 */
export async function followInbox(
  app: FollowApp,
  reader: InboxReader,
  recipient: Recipient,
  from: InboxCursor | null,
): Promise<Following> {
  const follower = new Follower(app, reader, recipient, from);
  // "From now on" means from this moment, not from the first time somebody pulls.
  return Object.assign(follower, { start: await follower.untilPlaced() });
}

// A class: thousands wait nearly all the time, and keep their fields, and none of the functions.
class Follower extends Direct<Delivery> implements Listener {
  readonly #ready: Delivery[] = [];
  /** Offered while the follower's own page was on its way; null when that is not so. */
  #early: InboxEvent[] | null = null;
  /** Joined to the reader, and nothing lies between the place and what it offers. */
  #live = false;
  /** The last page was full, so the head is far: no use to join yet. */
  #deep = false;
  /** The place of the last event that was accepted. */
  #place: InboxCursor | null;
  /** The place before the first of those that are ready. */
  #before: InboxCursor | null;
  #ended = false;
  /** Answers a consumer that waits, and who may be handed an event meanwhile. */
  #answer: ((next: Promise<IteratorResult<Delivery>>) => void) | null = null;
  #taker: Taker<Delivery> | undefined;
  #endPause: (() => void) | null = null;
  #turn: Promise<unknown> = Promise.resolve();
  /** In the scope of who follows: whoever stirs the follower, or hands a place for reading on, does so from a request of somebody else. */
  readonly #readOwn: (after: Position) => Promise<InboxPage>;
  #failures = 0;
  #inARow = 0;

  constructor(
    private readonly app: FollowApp,
    private readonly reader: InboxReader,
    private readonly recipient: Recipient,
    from: InboxCursor | null,
  ) {
    super();
    this.#place = from;
    this.#before = from;
    this.#readOwn = keepScope((after) => readInbox(app, recipient, after, pageSize));
  }

  get recipientId(): string {
    return this.recipient.recipientId;
  }

  /** Waits until there is a place to go on from, and answers it. */
  async untilPlaced(): Promise<InboxCursor> {
    while (!this.#place) await this.tryReadOn();
    return this.#place;
  }

  offer(event: InboxEvent, mayServe: boolean): void {
    if (this.#early) this.#early.push(event);
    else this.accept(event, mayServe);
    if ((this.#early ?? this.#ready).length > followerCapacity) this.letGo();
  }

  interrupt(): void {
    this.fallBehind();
  }

  private accept(event: InboxEvent, mayServe: boolean): void {
    const place = this.#place;
    // Of another epoch: the reader has not seen yet that the database was restored, and interrupts when it does.
    if (!this.#live || !place || event.cursor.epoch !== place.epoch) return;
    if (!isAfter(event.cursor.position, place.position)) return;
    this.#place = event.cursor;
    if (mayServe && this.#taker?.take(event)) return;
    if (this.#ready.length === 0) this.#before = place;
    this.#ready.push(event);
    this.stir();
  }

  /** Whoever waits looks again: the consumer, or a pause. */
  private stir(): void {
    this.#endPause?.();
    const [answer, taker] = [this.#answer, this.#taker];
    if (!answer) return;
    this.#answer = null;
    this.#taker = undefined;
    answer(this.take(taker));
  }

  private fallBehind(): void {
    this.reader.leave(this);
    this.#live = false;
    this.#early = null;
    this.stir();
  }

  /** Nobody takes what waits: a place is all that is kept then. A hundred of those who stand still would fill the memory. */
  private letGo(): void {
    this.fallBehind();
    if (this.#ready.length === 0 || this.#ready.some(({ kind }) => kind === 'resync')) return;
    this.#ready.length = 0;
    this.#place = this.#before;
    this.#deep = true;
  }

  /** Reads one page of its own, and goes live when that reached the head. */
  private async readOn(): Promise<void> {
    const joining = !this.#deep;
    if (joining) {
      this.#early = [];
      await this.reader.join(this);
      if (this.#ended) return;
    }
    // After the join, so that its horizon is not below the place from which the reader offers.
    const place = this.#place;
    const readInTurn = joining ? this.reader.readApart : this.reader.readFar;
    // Whoever left while it waited for its turn takes none of the others' time.
    const page = place && (await readInTurn(async () => (this.#ended ? null : this.#readOwn(place.position))));
    if (this.#ended) return;
    const horizon = page?.horizon ?? (await readHorizon(this.app));
    if (this.#ended) return;
    const reason = place && resyncReason(place, horizon);
    if (reason) {
      const cursor = { epoch: horizon.epoch, position: positionAfterResync(reason, horizon) };
      this.#place = cursor;
      this.#ready.push({ kind: 'resync', cursor, reason, recipientId: this.recipientId });
      this.fallBehind();
      return;
    }
    const { epoch } = horizon;
    const events = (page?.rows ?? []).map((row) => eventOf(epoch, row, null));
    if (this.#ready.length === 0) this.#before = place;
    this.#ready.push(...events);
    const last = events.length === pageSize ? events.at(-1) : undefined;
    this.#place = last?.cursor ?? { epoch, position: headOf(horizon) };
    this.#deep = last !== undefined;
    const early = this.#early;
    if (this.#deep || early === null) return this.fallBehind();
    this.#live = true;
    this.#early = null;
    for (const event of early) this.accept(event, false);
  }

  private async tryReadOn(): Promise<void> {
    try {
      await this.readOn();
      this.#failures = 0;
    } catch (error) {
      this.fallBehind();
      if (this.#failures++ === 0) {
        this.app.log.error({ err: error }, 'An inbox cannot be read: trying again until it can');
      }
      await this.pause(Math.min(firstFailureMs * 2 ** (this.#failures - 1), longestFailureMs));
    }
  }

  /** For so long, or until something stirs the follower. */
  private async pause(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#endPause = resolve;
      // A database that is gone for good must not keep the process from ending.
      timer = setTimeout(resolve, ms).unref();
    });
    this.#endPause = null;
    clearTimeout(timer);
  }

  next(taker?: Taker<Delivery>): Promise<IteratorResult<Delivery>> {
    const taken = this.#turn.then(() => this.takeOrWait(taker));
    this.#turn = taken;
    return taken;
  }

  /** The same as `take`, without a function that stands still meanwhile. */
  private takeOrWait(taker: Taker<Delivery> | undefined): Promise<IteratorResult<Delivery>> {
    return this.#live && !this.#ended && this.#ready.length === 0 ? this.untilStirred(taker) : this.take(taker);
  }

  private async take(taker: Taker<Delivery> | undefined): Promise<IteratorResult<Delivery>> {
    if (this.#inARow >= burst && this.#ready.length > 0) {
      this.#inARow = 0;
      await nextTurn();
    }
    while (!this.#ended) {
      const delivery = this.#ready.shift();
      this.#inARow++;
      if (delivery) {
        this.#before = delivery.cursor;
        return { done: false, value: delivery };
      }
      if (this.#live) return this.untilStirred(taker);
      this.#inARow = 0;
      await this.tryReadOn();
    }
    return { done: true, value: undefined };
  }

  private untilStirred(taker: Taker<Delivery> | undefined): Promise<IteratorResult<Delivery>> {
    this.#inARow = 0;
    this.#taker = taker;
    return new Promise((resolve) => (this.#answer = resolve));
  }

  return(): Promise<IteratorResult<Delivery>> {
    this.#ended = true;
    this.#ready.length = 0;
    this.fallBehind();
    return Promise.resolve({ done: true, value: undefined });
  }
}
