import type { ExecutionResult } from 'graphql';
import type { SocketOutlet } from './socket-outlet.js';

const written = Symbol('text');

/** The text of a result, kept with it: the same result goes out on many sockets. */
function textOf(result: ExecutionResult & { [written]?: string }): string {
  return (result[written] ??= JSON.stringify(result));
}

/**
 * Sends the results of one operation out itself, each as the protocol's `next` message, and yields none of them:
 * graphql-ws would make a text of each anew, for each socket. Waits while much is under way. Ends with the results.
 */
export function delivered(
  results: AsyncIterable<ExecutionResult>,
  id: string,
  outlet: SocketOutlet,
): AsyncIterableIterator<never> {
  const iterator = results[Symbol.asyncIterator]();
  const head = `{"id":${JSON.stringify(id)},"type":"next","payload":`;
  const delivery: AsyncIterableIterator<never> = {
    async next() {
      for (;;) {
        const result = await iterator.next();
        if (result.done) return { done: true, value: undefined };
        const drained = outlet.send(`${head}${textOf(result.value)}}`);
        if (drained) await drained;
      }
    },
    async return() {
      await iterator.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: () => delivery,
  };
  return delivery;
}
