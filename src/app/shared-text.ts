import type { ExecutionResult } from 'graphql';
import { WrittenResult } from '../graphql/flat-events.js';
import { Direct, type DirectIterator, type Taker } from '../platform/direct.js';
import type { SocketOutlet } from './socket-outlet.js';
import type { Text } from './text-frame.js';

const written = Symbol('text');

/**
 * The text of a result and the brace that ends its message, kept with the result: the same one goes out on many sockets. From the
 * second time on as bytes.
 */
function textOf(result: ExecutionResult & { [written]?: Text }): Text {
  const known = result[written];
  if (known === undefined) return (result[written] = `${jsonOf(result)}}`);
  return typeof known === 'string' ? (result[written] = Buffer.from(known)) : known;
}

function jsonOf(result: ExecutionResult): string {
  return result instanceof WrittenResult ? result.text : JSON.stringify(result);
}

/**
 * Sends the results of one operation out itself, each as the protocol's `next` message, and yields none of them:
 * graphql-ws would make a text of each anew, for each socket. Waits while much is under way. Ends with the results.
 * `told` makes of a result with errors what the client may read of it.
 */
export function delivered(
  results: DirectIterator<ExecutionResult>,
  id: string,
  outlet: SocketOutlet,
  told: (result: ExecutionResult) => ExecutionResult,
): AsyncIterableIterator<never> {
  return new Delivered(results, `{"id":${JSON.stringify(id)},"type":"next","payload":`, outlet, told);
}

class Delivered extends Direct<never> implements Taker<ExecutionResult> {
  constructor(
    private readonly results: DirectIterator<ExecutionResult>,
    private readonly head: string,
    private readonly outlet: SocketOutlet,
    private readonly told: (result: ExecutionResult) => ExecutionResult,
  ) {
    super();
  }

  private post(result: ExecutionResult): void {
    this.outlet.post(this.head, textOf(result.errors ? this.told(result) : result));
  }

  take(result: ExecutionResult): boolean {
    if (this.outlet.full) return false;
    this.post(result);
    return true;
  }

  async next(): Promise<IteratorResult<never>> {
    for (;;) {
      if (this.outlet.full) await this.outlet.full;
      const result = await this.results.next(this);
      if (result.done) return { done: true, value: undefined };
      // At once, full or not: so the rights that were asked for it are those of now.
      this.post(result.value);
    }
  }

  async return(): Promise<IteratorResult<never>> {
    await this.results.return();
    return { done: true, value: undefined };
  }
}
