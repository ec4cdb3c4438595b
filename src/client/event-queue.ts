import type { Client } from 'graphql-ws';
import { BatonError, ClosedForGoodError, type ToldError } from './baton-error.js';

/** A client that comes back after these only comes back to the same answer: see the API's description of its codes. */
const closedForGood = new Set([4400, 4401, 4406, 4409, 4429]);

/** The most events that wait for a slow consumer. Past that the subscription is dropped, and opened again where it stood. */
const capacity = 1000;

/**
 * One subscription's results in order, until it ends for whatever reason. Throws BatonError, ClosedForGoodError, or the
 * error of a line that broke. Ends when the consumer has fallen behind: then open it again from the last event.
 */
export async function* eventsOf<Event>(
  client: Client,
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
  const stop = client.subscribe<{ event: Event }>(request, {
    next({ data, errors }) {
      if (over) return;
      if (errors || !data) return finish(new BatonError(errors ?? []));
      waiting.push(data.event);
      stir();
      if (waiting.length < capacity) return;
      finish();
      stop();
    },
    error: (error) => finish(toError(error)),
    complete: () => finish(),
  });
  const abort = () => finish();
  signal?.addEventListener('abort', abort);
  try {
    for (;;) {
      const event = signal?.aborted ? undefined : waiting.shift();
      if (event !== undefined) yield event;
      else if (over) break;
      else await new Promise<void>((resolve) => (stir = resolve));
    }
  } finally {
    signal?.removeEventListener('abort', abort);
    stop();
  }
  if (failure !== undefined) throw failure;
}

/** What graphql-ws gives a sink: errors of the operation, the event of a socket that closed, or anything thrown. */
function toError(error: unknown): Error {
  if (Array.isArray(error)) return new BatonError(error as readonly ToldError[]);
  if (error instanceof Error) return error;
  const { code, reason } = (error ?? {}) as { code?: unknown; reason?: unknown };
  if (typeof code !== 'number') return new Error('The connection broke.');
  const why = typeof reason === 'string' ? reason : '';
  return closedForGood.has(code)
    ? new ClosedForGoodError(code, why)
    : new Error(`The connection was closed with ${code}. ${why}`);
}
