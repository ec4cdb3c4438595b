import { WebSocket } from 'ws';
import { createBatonClient, memoryCursor } from '../../src/client/baton-client.js';
import type { Reader } from './company.js';

/** Milliseconds since 1970, as fine as the clock is. */
export const now = (): number => performance.timeOrigin + performance.now();

/** What somebody was given, and when. */
export interface Received {
  readonly id: string;
  readonly at: number;
}

/** Somebody who follows their inbox through everything that happens, and writes down what comes. */
export interface Listener {
  readonly reader: Reader;
  readonly got: readonly Received[];
  /** From when to when the line was broken, as far as can be told from here: until the next attempt, and what that takes. */
  readonly away: readonly { readonly from: number; readonly to: number }[];
  /** What should never come: an error after which the client gives up, or a resync where nothing was pruned. */
  readonly problems: readonly string[];
  /** Settles once the place is known from which nothing may be missed. */
  readonly ready: Promise<void>;
  stop(): Promise<void>;
}

/** Between the end of a line and the moment its client hears of it, and then from an attempt to the first event. */
const noticedMs = 500;
const connectMs = 4_000;

/** Follows an inbox with the product's own client, from now on. */
export function listen(url: string, reader: Reader): Listener {
  const got: Received[] = [];
  const problems: string[] = [];
  const ending = new AbortController();
  const away: { from: number; to: number }[] = [];
  let began!: () => void;
  const ready = new Promise<void>((resolve) => (began = resolve));
  const place = memoryCursor();
  const client = createBatonClient({ url, token: reader.token, webSocketImpl: WebSocket, fetch: impatient });
  const options = {
    cursor: {
      load: () => place.load(),
      save: (cursor: string) => (began(), place.save(cursor)),
    },
    signal: ending.signal,
    onRetry: (_error: unknown, waitMs: number) =>
      void away.push({ from: now() - noticedMs, to: now() + waitMs + connectMs }),
  };
  const running = (async () => {
    try {
      const events =
        reader.kind === 'member' ? client.assignmentNotifications(options) : client.customerNotices(options);
      for await (const event of events) {
        if (event.__typename === 'ResyncRequired') problems.push(`resync: ${event.reason}`);
        else got.push({ id: event.id, at: now() });
      }
      if (!ending.signal.aborted) problems.push('the client stopped by itself');
    } catch (error) {
      problems.push(String(error));
    }
  })();
  return {
    reader,
    got,
    problems,
    ready,
    away,
    async stop() {
      ending.abort();
      await running;
      await client[Symbol.asyncDispose]();
    },
  };
}

/** A request into a line that carries nothing would wait for ever. */
export const impatient: typeof fetch = (input, init) => fetch(input, { ...init, signal: AbortSignal.timeout(8_000) });
