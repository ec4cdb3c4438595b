import { createClient } from 'graphql-ws';
import {
  FollowNoticesDocument,
  FollowNotificationsDocument,
  ListNoticesDocument,
  ListNotificationsDocument,
  type FollowNoticesSubscription,
  type FollowNotificationsSubscription,
  type TypedDocumentString,
} from '../generated/graphql/graphql.js';
import { BatonError, type ToldError } from './baton-error.js';
import { follow, type FollowOptions } from './follow.js';

export { BatonError, ClosedForGoodError, type ToldError } from './baton-error.js';
export { memoryCursor, type CursorStore } from './cursor-store.js';
export type { FollowOptions } from './follow.js';

/** A notification of the signed-in member, or ResyncRequired. */
export type AssignmentNotificationEvent = FollowNotificationsSubscription['event'];
/** A notice of the signed-in customer, or ResyncRequired. */
export type CustomerNoticeEvent = FollowNoticesSubscription['event'];

/** Where the API is, and who asks. */
export interface BatonClientOptions {
  /** Address of the API, e.g. `https://baton.example.com/graphql`. Subscriptions use the same with ws. */
  readonly url: string;
  /** The token, or what gets one: asked for every request and every connection, so that an expired one is replaced. */
  readonly token?: string | (() => Promise<string> | string);
  /** Where the platform has no WebSocket (Node 20): the class of package `ws`. */
  readonly webSocketImpl?: unknown;
  /** Default: the platform's. */
  readonly fetch?: typeof fetch;
}

/** Speaks to one Baton in one person's name. */
export interface BatonClient extends AsyncDisposable {
  /** Runs one query or mutation over HTTP, once. Throws BatonError when the answer has errors. */
  execute<Result, Variables>(
    document: TypedDocumentString<Result, Variables>,
    ...[variables]: Variables extends Record<string, never> ? [] : [Variables]
  ): Promise<Result>;
  /** The signed-in member's notifications: see `follow` for what is promised. */
  assignmentNotifications(options?: FollowOptions): AsyncGenerator<AssignmentNotificationEvent, void, undefined>;
  /** The signed-in customer's notices. */
  customerNotices(options?: FollowOptions): AsyncGenerator<CustomerNoticeEvent, void, undefined>;
}

/** The client asks so often whether the other end is there, and takes a silence of so long for a broken line. */
const pingMs = 10_000;
const pongWithinMs = 5_000;

/** A client for Node and browsers. It connects when the first inbox is followed, with one socket for all of them. */
export function createBatonClient(options: BatonClientOptions): BatonClient {
  const { url, webSocketImpl } = options;
  const send = options.fetch ?? fetch;
  const tokenOf = async () => (typeof options.token === 'function' ? await options.token() : options.token);
  let pong: ReturnType<typeof setTimeout> | undefined;

  const sockets = createClient({
    url: url.replace(/^http/, 'ws'),
    webSocketImpl,
    // Coming back is up to `follow`, which knows the cursor: this one would subscribe again where it began.
    retryAttempts: 0,
    keepAlive: pingMs,
    connectionAckWaitTimeout: pingMs,
    connectionParams: async () => ({ token: await tokenOf() }),
    on: {
      ping: (received) => {
        if (!received) pong = setTimeout(() => sockets.terminate(), pongWithinMs);
      },
      pong: (received) => {
        if (received) clearTimeout(pong);
      },
      closed: () => clearTimeout(pong),
    },
  });

  const execute = async <Result>(document: { toString(): string }, variables?: unknown): Promise<Result> => {
    const token = await tokenOf();
    const response = await send(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) },
      body: JSON.stringify({ query: document.toString(), variables }),
    });
    const { data, errors } = await readAnswer<Result>(response);
    if (errors || data == null) throw new BatonError(errors ?? []);
    return data;
  };

  return {
    execute: (document, ...[variables]) => execute(document, variables),
    assignmentNotifications: (how) =>
      follow<AssignmentNotificationEvent>(
        sockets,
        {
          subscription: FollowNotificationsDocument.toString(),
          list: async (after, first) =>
            (await execute<ResultOf<typeof ListNotificationsDocument>>(ListNotificationsDocument, { after, first }))
              .inbox,
        },
        how,
      ),
    customerNotices: (how) =>
      follow<CustomerNoticeEvent>(
        sockets,
        {
          subscription: FollowNoticesDocument.toString(),
          list: async (after, first) =>
            (await execute<ResultOf<typeof ListNoticesDocument>>(ListNoticesDocument, { after, first })).inbox,
        },
        how,
      ),
    async [Symbol.asyncDispose]() {
      clearTimeout(pong);
      await sockets.dispose();
    },
  };
}

type ResultOf<Document> = Document extends TypedDocumentString<infer Result, infer _Variables> ? Result : never;

/** What a server answered; something else than the API, say a proxy, answers no JSON. */
async function readAnswer<Data>(response: Response): Promise<{ data?: Data | null; errors?: ToldError[] }> {
  try {
    return (await response.json()) as { data?: Data | null; errors?: ToldError[] };
  } catch {
    return { errors: [{ message: `The server answered ${response.status} ${response.statusText}.` }] };
  }
}
