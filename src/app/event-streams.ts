import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { ExecutionResult } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Bookmark } from '../graphql/context.js';
import type { NodeContext, ServedContext } from './http.js';

/** How patient event streams are. */
export interface StreamLimits {
  /** A comment goes out so often, so that nothing between takes the line for dead. */
  readonly heartbeatMs: number;
  /** A client that has much to read and reads nothing for so long is cut: it comes back with Last-Event-ID. */
  readonly stallMs: number;
}

const defaultLimits: StreamLimits = { heartbeatMs: 12_000, stallMs: 30_000 };
const tickMs = 1_000;
const comment = ':\n\n';

/** Results of a subscription; one that was told before may bring its JSON along. */
type Result = ExecutionResult & { readonly stringify?: (result: ExecutionResult) => string };
type Results = AsyncIterable<Result>;

interface OpenStream {
  /** Called once a second. */
  tend(now: number): void;
}

/**
 * Sends subscriptions over HTTP as Server-Sent Events: `next` with the result as its data and, where an inbox is followed, the
 * cursor as its id; `complete` when the subscription has ended for good. A stream that is cut, or ends without `complete`, is
 * to be asked for again with the header Last-Event-ID, and nothing is lost: before the first event, too, since it begins with
 * the id of the place it follows from.
 */
export function eventStreams(
  bookmarkOf: (request: Request) => Bookmark | undefined,
  limits: StreamLimits = defaultLimits,
): Plugin<ServedContext & NodeContext> {
  const open = new Set<OpenStream>();
  let timer: NodeJS.Timeout | undefined;

  function tendAll(): void {
    const now = performance.now();
    for (const stream of open) stream.tend(now);
    if (open.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  }

  return {
    onResultProcess(answer) {
      const { request, result, resultProcessor, serverContext } = answer;
      // Without a processor the client takes no event streams, and is told so.
      if (!resultProcessor || Array.isArray(result) || !(Symbol.asyncIterator in result)) return;
      answer.setResultProcessor((_result, fetchAPI) => {
        const { res, leaving } = serverContext as Partial<NodeContext>;
        const stream = openStream(result as Results, bookmarkOf(request), limits, res, leaving);
        open.add(stream);
        stream.body.once('close', () => open.delete(stream));
        timer ??= setInterval(tendAll, tickMs).unref();
        return new fetchAPI.Response(stream.body as never, {
          headers: {
            'content-type': 'text/event-stream',
            'cache-control': 'no-cache',
            'content-encoding': 'none',
            // Proxies of the nginx kind would keep events back until a buffer is full.
            'x-accel-buffering': 'no',
          },
        });
      }, 'text/event-stream');
    },
  };
}

function openStream(
  results: Results,
  bookmark: Bookmark | undefined,
  limits: StreamLimits,
  response: ServerResponse | undefined,
  leaving: AbortSignal | undefined,
): OpenStream & { readonly body: Readable } {
  const iterator = results[Symbol.asyncIterator]();
  let pulling = false;
  let over = false;
  /** Since when the client takes nothing, though all that may wait for it waits; null while it reads. */
  let fullSince: number | null = null;
  let beatAt = performance.now();

  const body = new Readable({
    read() {
      fullSince = null;
      if (!pulling && !over) void pull();
    },
    destroy(error, callback) {
      over = true;
      leaving?.removeEventListener('abort', leave);
      callback(error);
      void iterator.return?.();
    },
  });

  function push(text: string): void {
    if (!body.push(text)) fullSince = performance.now();
  }

  async function pull(): Promise<void> {
    pulling = true;
    try {
      const { done, value } = (await iterator.next()) as IteratorResult<Result, Result | undefined>;
      pulling = false;
      if (over) return;
      if (value !== undefined) push(eventOf(value, bookmark?.cursor ?? null));
      if (done) end('event: complete\ndata:\n\n');
    } catch (error) {
      body.destroy(error as Error);
    }
  }

  function end(lastWords?: string): void {
    if (over) return;
    over = true;
    if (lastWords !== undefined) body.push(lastWords);
    body.push(null);
  }

  /** The server goes: without `complete`, so that the client comes back. */
  function leave(): void {
    end();
    void iterator.return?.();
  }

  // All clients of a server that restarts would come back in the same moment.
  push(`retry: ${1000 + Math.floor(Math.random() * 2000)}\n`);
  push(bookmark?.cursor == null ? comment : `id: ${bookmark.cursor}\n\n`);
  if (leaving?.aborted) leave();
  else leaving?.addEventListener('abort', leave, { once: true });

  return {
    body,
    tend(now) {
      if (over) return;
      if (fullSince !== null) {
        // The line, not only the stream: what waits in it would stay in memory until the client reads.
        if (now - fullSince > limits.stallMs) (response ?? body).destroy();
        return;
      }
      if (now - beatAt < limits.heartbeatMs) return;
      beatAt = now;
      push(comment);
    },
  };
}

/** One event of the stream. */
function eventOf(result: Result, cursor: string | null): string {
  const id = cursor === null ? '' : `id: ${cursor}\n`;
  return `${id}event: next\ndata: ${result.stringify?.(result) ?? jsonOf(result)}\n\n`;
}

/** The result as a client may read it: `extensions.http` is for the door alone. */
function jsonOf({ data, errors, extensions }: ExecutionResult): string {
  const told = errors?.map((error) => {
    const { http: _door, ...rest } = error.extensions;
    return { ...error.toJSON(), extensions: rest };
  });
  return JSON.stringify({ data, errors: told, extensions });
}
