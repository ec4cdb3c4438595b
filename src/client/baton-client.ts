import {
  FollowNoticesDocument,
  FollowNotificationsDocument,
  ListNoticesDocument,
  ListNotificationsDocument,
  type FollowNoticesSubscription,
  type FollowNotificationsSubscription,
  type TypedDocumentString,
} from '../generated/graphql/graphql.js';
import { eventsOf } from './event-queue.js';
import { follow, type FollowedEvent, type FollowedInbox, type FollowOptions, type InboxPage } from './follow.js';
import { createLine } from './line.js';
import { request } from './request.js';

export { BatonError, ClosedForGoodError, type ToldError } from './baton-error.js';
export { memoryCursor, storageCursor, type CursorStore } from './cursor-store.js';
export type { FollowOptions } from './follow.js';

/** A notification of the signed-in member, or ResyncRequired. */
export type AssignmentNotificationEvent = FollowNotificationsSubscription['event'];
/** A notice of the signed-in customer, or ResyncRequired. */
export type CustomerNoticeEvent = FollowNoticesSubscription['event'];

/** Where the API is, and who asks. */
export interface BatonClientOptions {
  /**
   * Address of the API, e.g. `https://baton.example.com/graphql`; in a browser `/graphql` is enough. Subscriptions use the same
   * with ws.
   */
  readonly url: string;
  /**
   * The token, or what gets one: asked for every request and every connection, so that an expired one is replaced. What it
   * throws fails a request, and is waited out where an inbox is followed.
   */
  readonly token?: string | (() => Promise<string> | string);
  /** Where the platform has no WebSocket (Node 20): the class of package `ws`. */
  readonly webSocketImpl?: unknown;
  /** Default: the platform's. */
  readonly fetch?: typeof fetch;
  /** A request that is not answered within so long has failed. Default: 60 s. */
  readonly requestTimeoutMs?: number;
  /** A connection that does not open within so long, or answers no ping, is broken. It is pinged as often. Default: 10 s. */
  readonly connectionTimeoutMs?: number;
}

/** Speaks to one Baton in one person's name. */
export interface BatonClient extends AsyncDisposable {
  /**
   * Runs one query or mutation over HTTP, once. Throws BatonError when the answer has errors. When none came, what fetch throws: a
   * mutation may have happened then, and can be sent again where it has an idempotency key.
   */
  execute<Result, Variables>(
    document: TypedDocumentString<Result, Variables>,
    ...[variables]: Variables extends Record<string, never> ? [] : [Variables]
  ): Promise<Result>;
  /** The signed-in member's notifications: see `follow` for what is promised. */
  assignmentNotifications(options?: FollowOptions): AsyncGenerator<AssignmentNotificationEvent, void, undefined>;
  /** The signed-in customer's notices. */
  customerNotices(options?: FollowOptions): AsyncGenerator<CustomerNoticeEvent, void, undefined>;
  /** Ends all that is followed, without an error, and closes its sockets; requests under way fail. */
  close(): void;
}

/** A client for Node and browsers. Each inbox that is followed has a socket of its own. */
export function createBatonClient(options: BatonClientOptions): BatonClient {
  const { webSocketImpl, requestTimeoutMs = 60_000, connectionTimeoutMs = 10_000 } = options;
  const url = new URL(options.url, (globalThis as { location?: { href: string } }).location?.href).href;
  // Called as a method of something else, a browser's own refuses.
  const send: typeof fetch = (input, init) => (options.fetch ?? fetch)(input, init);
  const tokenOf = async () => (typeof options.token === 'function' ? await options.token() : options.token);
  const closing = new AbortController();

  const execute = async <Result>(
    document: { toString(): string },
    variables?: unknown,
    signal?: AbortSignal,
  ): Promise<Result> =>
    request<Result>({
      url,
      fetch: send,
      token: await tokenOf(),
      query: document.toString(),
      variables,
      timeoutMs: requestTimeoutMs,
      signals: [closing.signal, signal],
    });

  async function* subscribe<Event>(query: string, after: string | null, signal?: AbortSignal) {
    // Before the socket opens: the server does not wait long for somebody to say who they are.
    const token = await unlessAborted(tokenOf(), signal);
    if (signal?.aborted) return;
    const line = createLine({ url: url.replace(/^http/, 'ws'), token, webSocketImpl, timeoutMs: connectionTimeoutMs });
    yield* eventsOf<Event>(line, { query, variables: { after } }, signal);
  }

  const inboxOf = <Event extends FollowedEvent>(
    subscription: { toString(): string },
    list: { toString(): string },
  ): FollowedInbox<Event> => ({
    subscribe: (after, signal) => subscribe<Event>(subscription.toString(), after, signal),
    list: async (after, first, signal) =>
      (await execute<{ inbox: InboxPage<Event> }>(list, { after, first }, signal)).inbox,
  });
  const notifications = inboxOf<AssignmentNotificationEvent>(FollowNotificationsDocument, ListNotificationsDocument);
  const notices = inboxOf<CustomerNoticeEvent>(FollowNoticesDocument, ListNoticesDocument);

  async function* untilClosed<Event extends FollowedEvent>(inbox: FollowedInbox<Event>, how: FollowOptions = {}) {
    const stop = new AbortController();
    const abort = () => stop.abort();
    const signals = [closing.signal, how.signal];
    for (const signal of signals) {
      if (signal?.aborted) abort();
      signal?.addEventListener('abort', abort);
    }
    try {
      yield* follow<Event>(inbox, { ...how, signal: stop.signal });
    } finally {
      for (const signal of signals) signal?.removeEventListener('abort', abort);
    }
  }

  const close = () => closing.abort();
  return {
    execute: (document, ...[variables]) => execute(document, variables),
    assignmentNotifications: (how) => untilClosed(notifications, how),
    customerNotices: (how) => untilClosed(notices, how),
    close,
    [Symbol.asyncDispose]: async () => close(),
  };
}

/** What the promise gives, or undefined as soon as the signal comes. */
function unlessAborted<Value>(promise: Promise<Value>, signal?: AbortSignal): Promise<Value | undefined> {
  return new Promise((resolve, reject) => {
    const abort = () => resolve(undefined);
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort);
    promise.then(resolve, reject).finally(() => signal?.removeEventListener('abort', abort));
  });
}
