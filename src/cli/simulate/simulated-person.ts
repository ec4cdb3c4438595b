import { WebSocket } from 'ws';
import { backoffMs, waitFor } from '../../client/backoff.js';
import { BatonError, createBatonClient, memoryCursor, type BatonClient } from '../../client/baton-client.js';
import type {
  AssignmentNotificationEvent,
  BatonClientOptions,
  CustomerNoticeEvent,
  FollowOptions,
} from '../../client/baton-client.js';
import {
  ListNoticesDocument,
  ListNotificationsDocument,
  SimulateAcknowledgeNoticesDocument,
  SimulateAcknowledgeNotificationsDocument,
} from '../../generated/graphql/graphql.js';

/** An event as it came, or as the list has it. */
export interface SeenEvent {
  readonly id: string;
  readonly type: string;
  readonly transferId: string | null;
  readonly acknowledged: boolean;
}

/** Somebody with a socket of their own, who reads all that comes and acknowledges it. */
export interface SimulatedPerson extends Disposable {
  readonly client: BatonClient;
  /** What came, in the order in which it came. */
  readonly received: readonly SeenEvent[];
  /** Resolves when whatever happens from now on will come; rejects when the API refuses. */
  readonly ready: Promise<void>;
  readonly isConnected: boolean;
  /** How often the client came back. */
  readonly retries: number;
  /** Why nothing comes any more; null while that is not so. */
  readonly failure: unknown;
  /** Breaks the line without a word, as a network does. Answers whether there was one. */
  cut(): boolean;
  /** What the list says of the same inbox. */
  list(): Promise<SeenEvent[]>;
}

interface Row {
  readonly id: string;
  readonly cursor: string;
  readonly type: string;
  readonly transferId?: string | null;
  readonly acknowledgedAt?: string | null;
}

interface Inbox {
  follow(client: BatonClient, how: FollowOptions): AsyncGenerator<CustomerNoticeEvent | AssignmentNotificationEvent>;
  acknowledge(client: BatonClient, through: string): Promise<unknown>;
  list(client: BatonClient, after: string | null): Promise<{ nodes: readonly Row[]; hasNextPage: boolean }>;
}

const inboxes: Record<'member' | 'customer', Inbox> = {
  customer: {
    follow: (client, how) => client.customerNotices(how),
    acknowledge: (client, through) => client.execute(SimulateAcknowledgeNoticesDocument, { input: { through } }),
    async list(client, after) {
      const { inbox } = await client.execute(ListNoticesDocument, { after, first: 100 });
      return { nodes: inbox.nodes, ...inbox.pageInfo };
    },
  },
  member: {
    follow: (client, how) => client.assignmentNotifications(how),
    acknowledge: (client, through) => client.execute(SimulateAcknowledgeNotificationsDocument, { input: { through } }),
    async list(client, after) {
      const { inbox } = await client.execute(ListNotificationsDocument, { after, first: 100 });
      return { nodes: inbox.nodes, ...inbox.pageInfo };
    },
  },
};

/** Connects somebody. `onEvent` is called for each event before it is acknowledged. */
export function connectPerson(
  kind: 'member' | 'customer',
  options: Pick<BatonClientOptions, 'url' | 'token'>,
  onEvent: (event: SeenEvent) => void = () => undefined,
): SimulatedPerson {
  const inbox = inboxes[kind];
  let socket: WebSocket | undefined;
  class WatchedSocket extends WebSocket {
    constructor(address: string, protocols?: string | string[]) {
      super(address, protocols);
      // eslint-disable-next-line @typescript-eslint/no-this-alias -- the one that was opened last is the person's line.
      socket = this;
    }
  }
  const client = createBatonClient({ ...options, webSocketImpl: WatchedSocket });
  const stop = new AbortController();
  const received: SeenEvent[] = [];
  let retries = 0;
  let failure: unknown = null;
  let listening: () => void = () => undefined;
  let refused: (error: unknown) => void = () => undefined;
  const ready = new Promise<void>((resolve, reject) => ([listening, refused] = [resolve, reject]));
  const place = memoryCursor();
  const cursor = {
    load: () => place.load(),
    // The first place is the end of the inbox, before anything is followed.
    save: (at: string) => (listening(), place.save(at)),
  };

  const followed = async () => {
    for await (const event of inbox.follow(client, { cursor, signal: stop.signal, onRetry: () => retries++ })) {
      if (event.__typename === 'ResyncRequired') throw new Error(`A fresh inbox was told to resync: ${event.message}`);
      const seen = seenOf(event);
      received.push(seen);
      onEvent(seen);
      await untilDone(() => inbox.acknowledge(client, event.cursor), stop.signal);
    }
  };
  void followed()
    .catch((error: unknown) => (failure = error))
    .finally(() => refused(failure));

  return {
    client,
    received,
    ready,
    get isConnected() {
      return socket?.readyState === WebSocket.OPEN;
    },
    get retries() {
      return retries;
    },
    get failure() {
      return failure;
    },
    cut() {
      if (socket?.readyState !== WebSocket.OPEN) return false;
      socket.terminate();
      return true;
    },
    async list() {
      const listed: SeenEvent[] = [];
      let after: string | null = null;
      for (;;) {
        const { nodes, hasNextPage } = await inbox.list(client, after);
        listed.push(...nodes.map(seenOf));
        if (!hasNextPage) return listed;
        after = nodes.at(-1)?.cursor ?? null;
      }
    },
    [Symbol.dispose]() {
      stop.abort();
      client.close();
    },
  };
}

function seenOf({ id, type, transferId = null, acknowledgedAt }: Row): SeenEvent {
  return { id, type, transferId, acknowledged: acknowledgedAt != null };
}

/** Does what may be done twice until it is answered, or the signal comes. Throws what is refused. */
export async function untilDone<Answer>(work: () => Promise<Answer>, signal: AbortSignal): Promise<Answer | undefined> {
  for (let failures = 0; !signal.aborted; failures++) {
    try {
      return await work();
    } catch (error) {
      if (error instanceof BatonError && !error.isPassing) throw error;
      await waitFor(backoffMs(failures), signal);
    }
  }
  return undefined;
}
