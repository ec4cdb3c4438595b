import type { ExecutionArgs, ExecutionResult } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Subscribe } from '../graphql/shared-results.js';
import { withinEnterprise } from '../platform/db/scope.js';
import { Direct, type DirectIterator, type Taker } from '../platform/direct.js';
import type { ServedContext } from './http.js';

/**
 * Runs each query and mutation within the enterprise of whoever asks: whatever a resolver asks the database, rows of others are not
 * there. An operation without a token runs in no scope, and sees nothing. Stands behind whatever else says how operations are executed.
 */
export function scopedOperations(): Plugin<ServedContext> {
  return {
    onExecute({ args, executeFn, setExecuteFn }) {
      const enterpriseId = enterpriseOf(args);
      if (enterpriseId === null) return;
      setExecuteFn((given) => withinEnterprise(enterpriseId, () => executeFn(given) as unknown));
    },
  };
}

/** The same of subscriptions, and of each of their events. */
export function scopedSubscribe(subscribe: Subscribe): Subscribe {
  return async (args) => {
    const enterpriseId = enterpriseOf(args);
    if (enterpriseId === null) return subscribe(args);
    const results = await withinEnterprise(enterpriseId, () => subscribe(args));
    return Symbol.asyncIterator in results ? new Scoped(results, enterpriseId) : results;
  };
}

function enterpriseOf({ contextValue }: ExecutionArgs): string | null {
  return (contextValue as ServedContext).actor?.enterpriseId ?? null;
}

/** Whoever asks for the next result may do so from anywhere. */
class Scoped extends Direct<ExecutionResult> {
  constructor(
    private readonly results: DirectIterator<ExecutionResult>,
    private readonly enterpriseId: string,
  ) {
    super();
  }

  override next(taker?: Taker<ExecutionResult>): Promise<IteratorResult<ExecutionResult>> {
    return withinEnterprise(this.enterpriseId, () => this.results.next(taker));
  }

  override return(): Promise<IteratorResult<ExecutionResult>> {
    return withinEnterprise(this.enterpriseId, () => this.results.return());
  }
}
