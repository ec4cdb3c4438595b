import { TerminatedCloseEvent } from 'graphql-ws/client';
import { BatonError, ClosedForGoodError, type ToldError } from './baton-error.js';
import type { Line } from './line.js';

/** A client that comes back after these only comes back to the same answer: see the API's description of its codes. */
const closedForGood = new Set([4400, 4401, 4406, 4409]);

/** The most events that wait for a slow consumer. Past that the subscription is dropped, and opened again where it stood. */
const capacity = 1000;

/**
 * One subscription's results in order, until it ends for whatever reason, and the line with it. Throws BatonError,
 * ClosedForGoodError, or the error of a line that broke. Ends when the consumer has fallen behind: then open another from
 * the last event.
 */
export async function* eventsOf<Event>(
  line: Line,
  request: { readonly query: string; readonly variables: Record<string, unknown> },
  signal?: AbortSignal,
): AsyncGenerator<Event, void, undefined> {
  const waiting: Event[] = [];
  let over = false;
  let failure: Error | undefined;
  let stir: () => void = () => undefined;
  const finish = (error?: Error) => {
    failure ??= error;
    over = true;
    stir();
  };
  const abort = () => finish();
  signal?.addEventListener('abort', abort);
  line.client.subscribe<{ event: Event }>(request, {
    next({ data, errors }) {
      if (over) return;
      if (errors || !data) return finish(new BatonError(errors ?? []));
      waiting.push(data.event);
      stir();
      if (waiting.length < capacity) return;
      finish();
      line.close();
    },
    error: (error) => {
      if (!over) finish(toError(error));
    },
    complete: () => finish(),
  });
  try {
    for (;;) {
      const event = signal?.aborted ? undefined : waiting.shift();
      if (event !== undefined) yield event;
      else if (over || signal?.aborted) break;
      else await new Promise<void>((resolve) => (stir = resolve));
    }
  } finally {
    signal?.removeEventListener('abort', abort);
    over = true;
    line.close();
  }
  if (failure !== undefined && !signal?.aborted) throw failure;
}

/** What graphql-ws gives a sink: errors of the operation, the event of a socket that failed or closed, or anything thrown. */
function toError(error: unknown): Error {
  if (Array.isArray(error)) return new BatonError(error as readonly ToldError[]);
  // The line's own: it gave the socket up.
  if (error instanceof TerminatedCloseEvent) return new Error('The API does not answer.');
  if (error instanceof Error) return error;
  const { code, reason, message } = (error ?? {}) as { code?: unknown; reason?: unknown; message?: unknown };
  if (typeof code !== 'number')
    return new Error(`The connection broke${typeof message === 'string' ? `: ${message}` : '.'}`);
  const why = typeof reason === 'string' ? reason : '';
  return closedForGood.has(code)
    ? new ClosedForGoodError(code, why)
    : new Error(`The connection was closed with ${code}. ${why}`.trimEnd());
}
