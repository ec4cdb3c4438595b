import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecutionArgs } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** The queries and mutations that run on this instance, whether or not anybody still waits for their answers. */
export interface OperationsUnderWay {
  readonly size: number;
  add(answer: Promise<unknown>): void;
  /** Returns when none runs any more, or after so long. */
  ended(withinMs: number): Promise<void>;
}

const ofApps = new WeakMap<object, OperationsUnderWay>();

/** The operations under way of this application; the same for all its doors. */
export function operationsUnderWayOf(app: object): OperationsUnderWay {
  const known = ofApps.get(app);
  if (known) return known;
  const underWay = new Set<Promise<unknown>>();
  const made: OperationsUnderWay = {
    get size() {
      return underWay.size;
    },
    add(answer) {
      underWay.add(answer);
      const over = () => void underWay.delete(answer);
      answer.then(over, over);
    },
    async ended(withinMs) {
      const patience = new AbortController();
      const late = sleep(withinMs, 'late', { signal: patience.signal }).catch(() => 'late');
      const all = async () => {
        while (underWay.size > 0) await Promise.allSettled([...underWay]);
      };
      await Promise.race([all(), late]);
      patience.abort();
    },
  };
  ofApps.set(app, made);
  return made;
}

/**
 * Keeps count of what runs. A client that goes away takes its connection with it, and not the work it asked for: a server
 * that looked at connections alone would close the database in the middle of a mutation.
 */
export function countedOperations(app: object): Plugin {
  const underWay = operationsUnderWayOf(app);
  return {
    onExecute({ executeFn, setExecuteFn }) {
      setExecuteFn((args: ExecutionArgs) => {
        const answer: unknown = executeFn(args);
        if (answer instanceof Promise) underWay.add(answer);
        return answer;
      });
    },
  };
}
