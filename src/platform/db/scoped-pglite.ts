import type { PGlite } from '@electric-sql/pglite';
import { enterScopeSql, scopeOfCaller, type Scope } from './scope.js';

/** What of the embedded database takes statements. */
export type ScopedPglite = Pick<PGlite, 'query' | 'exec' | 'transaction'>;

/**
 * The embedded database, whose one connection is set to the scope of whoever sends a statement or begins a transaction. One
 * after the other, as it works anyway: what is set for one must not be changed by the next before it has run.
 */
export function scopedPglite(pglite: PGlite): ScopedPglite {
  // Its connection begins as the owner.
  let current: Scope = 'owner';
  let last: Promise<unknown> = Promise.resolve();

  function inScope<T>(work: () => Promise<T>): Promise<T> {
    const scope = scopeOfCaller();
    const turn = last.then(async () => {
      if (scope !== current) {
        await pglite.exec(enterScopeSql(current, scope));
        current = scope;
      }
      return work();
    });
    last = turn.catch(() => undefined);
    return turn;
  }

  return {
    query: (...statement) => inScope(() => pglite.query(...statement)),
    exec: (...script) => inScope(() => pglite.exec(...script)),
    transaction: (work) => inScope(() => pglite.transaction(work)),
  };
}
