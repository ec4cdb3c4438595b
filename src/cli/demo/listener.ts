import { WebSocket } from 'ws';
import { createBatonClient } from '../../client/baton-client.js';
import type { AssignmentNotificationEvent, CursorStore, CustomerNoticeEvent } from '../../client/baton-client.js';

/** A person with a socket of their own, and what has arrived there. */
export interface Listener extends AsyncDisposable {
  readonly recipientId: string;
  /** How often each event came, by id. */
  readonly received: ReadonlyMap<string, number>;
  /** Resolves when whatever happens from now on will arrive; rejects when the API refuses. */
  readonly ready: Promise<void>;
}

/** Whom a listener listens as. */
export interface Ear {
  readonly url: string;
  readonly token: string;
  /** UUID of the member or customer. */
  readonly recipientId: string;
}

/** Follows a successor's notifications over a WebSocket, and shows each. */
export function listenAsSuccessor(ear: Ear, show: (event: Arrived<AssignmentNotificationEvent>) => void): Listener {
  return listen(ear, (client, how) => client.assignmentNotifications(how), show);
}

/** Follows a customer's notices over a WebSocket, and shows each. */
export function listenAsCustomer(ear: Ear, show: (event: Arrived<CustomerNoticeEvent>) => void): Listener {
  return listen(ear, (client, how) => client.customerNotices(how), show);
}

type Arrived<Event> = Exclude<Event, { __typename: 'ResyncRequired' }>;
type Followed = { readonly __typename: string; readonly id?: string };
type Client = ReturnType<typeof createBatonClient>;
type Follow<Event> = (client: Client, how: { cursor: CursorStore; signal: AbortSignal }) => AsyncGenerator<Event>;

function hasArrived<Event extends Followed>(event: Event): event is Arrived<Event> & { readonly id: string } {
  return event.__typename !== 'ResyncRequired';
}

function listen<Event extends Followed>(
  { url, token, recipientId }: Ear,
  follow: Follow<Event>,
  show: (event: Arrived<Event>) => void,
): Listener {
  const client = createBatonClient({ url, token, webSocketImpl: WebSocket });
  const stop = new AbortController();
  const received = new Map<string, number>();
  let listening: () => void = () => undefined;
  let failed: (error: unknown) => void = () => undefined;
  const ready = new Promise<void>((resolve, reject) => ([listening, failed] = [resolve, reject]));
  let place: string | null = null;
  // The client saves its place first when it has read where the inbox ends: what comes later comes after that.
  const cursor: CursorStore = {
    load: () => place,
    save: (cursor) => {
      place = cursor;
      listening();
    },
  };

  const following = (async () => {
    for await (const event of follow(client, { cursor, signal: stop.signal })) {
      if (!hasArrived(event)) throw new Error('The API asked a fresh inbox to resync.');
      received.set(event.id, (received.get(event.id) ?? 0) + 1);
      show(event);
    }
  })().catch(failed);

  return {
    recipientId,
    received,
    ready,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await client[Symbol.asyncDispose]();
      await following;
    },
  };
}
