import pg from 'pg';
import { enterScopeSql, scopeOfCaller, type Scope } from './scope.js';

type Callback = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  done: (broken?: Error | boolean) => void,
) => void;

/**
 * A pool that hands each connection out in the scope of whoever asks for it. What a connection is set to is remembered, so
 * that only a change costs a statement. A connection that cannot be set is thrown away.
 *
 * What is set lasts for the session: a pooler in between that gives one session to several clients by turns (PgBouncer in
 * transaction mode) would mix them up.
 */
export class ScopedPool extends pg.Pool {
  readonly #scopes = new WeakMap<pg.PoolClient, Scope>();

  override connect(): Promise<pg.PoolClient>;
  override connect(callback: Callback): void;
  override connect(callback?: Callback): Promise<pg.PoolClient> | void {
    // Read here: whoever waits in the pool's queue is called from the context of the one who goes.
    const scope = scopeOfCaller();
    const connected = super.connect().then((client) => this.#enter(client, scope));
    if (!callback) return connected;
    connected.then(
      (client) => callback(undefined, client, client.release.bind(client)),
      (error: unknown) => callback(error as Error, undefined, () => undefined),
    );
  }

  async #enter(client: pg.PoolClient, scope: Scope): Promise<pg.PoolClient> {
    // A new connection is the owner's.
    const current = this.#scopes.get(client) ?? 'owner';
    if (current === scope) return client;
    // Nobody has the connection yet who would listen: should it tear now, that would end the process. The statement fails as well.
    client.on('error', heardBelow);
    try {
      await client.query(enterScopeSql(current, scope));
      this.#scopes.set(client, scope);
    } catch (error) {
      client.release(error as Error);
      throw error;
    } finally {
      client.off('error', heardBelow);
    }
    return client;
  }
}

function heardBelow(): void {}
