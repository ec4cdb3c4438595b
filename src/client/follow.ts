import { backoffMs, waitFor } from './backoff.js';
import { BatonError, ClosedForGoodError } from './baton-error.js';
import { memoryCursor, type CursorStore } from './cursor-store.js';

/** How to follow an inbox. */
export interface FollowOptions {
  /** Default: one that lives as long as the iteration. */
  readonly cursor?: CursorStore;
  /** Where to begin when the store has no cursor: with what is new from now on (default), or the oldest event there is. */
  readonly from?: 'now' | 'oldest';
  /** Ends the iteration, without an error. */
  readonly signal?: AbortSignal;
  /** Hears of every failure that is waited out, e.g. for a log. */
  readonly onRetry?: (error: unknown, waitMs: number) => void;
}

/** What all events of an inbox have. */
export interface FollowedEvent {
  readonly __typename: string;
  readonly id?: string;
  readonly cursor: string;
}

/** One inbox of the API: how to subscribe to it, and how to list it. Both end when the signal says so. */
export interface FollowedInbox<Event extends FollowedEvent> {
  subscribe(after: string | null, signal?: AbortSignal): AsyncGenerator<Event, void, undefined>;
  list(after: string | null, first: number, signal?: AbortSignal): Promise<InboxPage<Event>>;
}

/** A page of a list, and where the inbox ended when it was read. */
export interface InboxPage<Event> {
  readonly headCursor: string;
  readonly pageInfo: { readonly hasNextPage: boolean };
  readonly nodes: readonly Event[];
}

/** Ids to tell repeats by. The API goes on after a cursor, so only the last few can come again. */
const remembered = 1000;
/** A subscription that lasted so long was a success. */
const lastingMs = 5_000;

/**
 * Every event of an inbox, in order and each once, for as long as the caller asks for more: through restarts of the server,
 * broken lines and tokens that expire. Waits between attempts, longer each time, and never gives up but with BatonError
 * for an operation that is refused, ClosedForGoodError, or what the cursor store throws.
 *
 * An event counts as handled, and its cursor is saved, when the caller asks for the next one. ResyncRequired comes among
 * the events: what came before it may be missing, so read the lists afresh; the iteration goes on by itself.
 */
export async function* follow<Event extends FollowedEvent>(
  inbox: FollowedInbox<Event>,
  { cursor: store = memoryCursor(), from = 'now', signal, onRetry }: FollowOptions = {},
): AsyncGenerator<Event, void, undefined> {
  const seen = new Set<string>();
  let failures = 0;
  let place = await store.load();

  const isNew = ({ id }: Event) => {
    if (id === undefined) {
      // After a restore other events get the ids of those that it took back.
      seen.clear();
      return true;
    }
    if (seen.has(id)) return false;
    seen.add(id);
    if (seen.size > remembered) for (const oldest of seen) return seen.delete(oldest);
    return true;
  };
  const handled = async (cursor: string) => {
    await store.save(cursor);
    place = cursor;
  };
  const waitOut = async (error: unknown) => {
    if (signal?.aborted) return;
    if (error instanceof ClosedForGoodError || (error instanceof BatonError && !error.isPassing)) throw error;
    const ms = backoffMs(failures++);
    onRetry?.(error, ms);
    await waitFor(ms, signal);
  };
  /** The next page, or null when the subscription has to tell that the place is gone; undefined to try again. */
  const nextPage = async () => {
    try {
      const page = await inbox.list(place, from === 'now' ? 0 : 100, signal);
      failures = 0;
      return page;
    } catch (error) {
      if (place !== null && error instanceof BatonError && error.code === 'RESYNC_REQUIRED') return null;
      await waitOut(error);
      return undefined;
    }
  };

  for (let listed = place !== null; !listed && !signal?.aborted;) {
    const page = await nextPage();
    if (page === undefined) continue;
    for (const event of from === 'now' ? [] : (page?.nodes ?? [])) {
      if (signal?.aborted) return;
      if (isNew(event)) yield event;
      await handled(event.cursor);
    }
    listed = from === 'now' || !page?.pageInfo.hasNextPage;
    if (listed && page) await handled(page.headCursor);
  }

  while (!signal?.aborted) {
    const began = Date.now();
    let any = false;
    let failure: unknown;
    const events = inbox.subscribe(place, signal);
    try {
      for (;;) {
        // Only what the line does is waited out, not what the caller or the store throws.
        const next = await events.next().catch((error: unknown) => void (failure = error));
        if (!next || next.done) break;
        any = true;
        if (isNew(next.value)) yield next.value;
        await handled(next.value.cursor);
      }
    } finally {
      await events.return();
    }
    if (any || Date.now() - began > lastingMs) failures = 0;
    // Behind: what the server has is still there, so go on at once.
    if (failure === undefined && any) continue;
    await waitOut(failure ?? new Error('The subscription was ended by the server.'));
  }
}
