import type { ExecutionResult } from 'graphql';
import type { DirectIterator } from '../platform/direct.js';
import type { SocketOutlet } from './socket-outlet.js';
import type { Text } from './text-frame.js';

const written = Symbol('text');

/**
 * The text of a result and the brace that ends its message, kept with the result: the same one goes out on many sockets. From the
 * second time on as bytes.
 */
function textOf(result: ExecutionResult & { [written]?: Text }): Text {
  const known = result[written];
  if (known === undefined) return (result[written] = `${JSON.stringify(result)}}`);
  return typeof known === 'string' ? (result[written] = Buffer.from(known)) : known;
}

/**
 * Sends the results of one operation out itself, each as the protocol's `next` message, and yields none of them:
 * graphql-ws would make a text of each anew, for each socket. Waits while much is under way. Ends with the results.
 * `told` makes of a result what the client may read of it.
 */
export function delivered(
  results: DirectIterator<ExecutionResult>,
  id: string,
  outlet: SocketOutlet,
  told: (result: ExecutionResult) => ExecutionResult,
): AsyncIterableIterator<never> {
  const head = `{"id":${JSON.stringify(id)},"type":"next","payload":`;
  const post = (result: ExecutionResult) => outlet.post(head, textOf(told(result)));
  const take = (result: ExecutionResult) => {
    if (outlet.full) return false;
    post(result);
    return true;
  };
  const delivery: AsyncIterableIterator<never> = {
    async next() {
      for (;;) {
        if (outlet.full) await outlet.full;
        const result = await results.next(take);
        if (result.done) return { done: true, value: undefined };
        // At once, full or not: so the rights that were asked for it are those of now.
        post(result.value);
      }
    },
    async return() {
      await results.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: () => delivery,
  };
  return delivery;
}
