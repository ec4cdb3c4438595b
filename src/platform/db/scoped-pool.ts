import pg from 'pg';
import { enterScopeSql, scopeOfCaller, type Scope } from './scope.js';

type Callback = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  done: (broken?: Error | boolean) => void,
) => void;

/** What a connection was last set to. A new one is the owner's. */
interface ConnectionState {
  readonly scope: Scope;
  /** Since when it keeps its plans. */
  readonly plannedAt: number;
}

/** A new plan costs a statement a millisecond. */
const keepPlansForMs = 5_000;

/**
 * A pool that hands each connection out in the scope of whoever asks for it. What a connection is set to is remembered, so
 * that only a change costs a statement. A connection that cannot be set is thrown away.
 *
 * Plans of prepared statements are made anew every few seconds. The server keeps one until a table is analyzed, so one that
 * was made while a table was small, and reads all of it for each row, would stay for a minute of its growing, or for ever where
 * nothing analyzes it.
 *
 * What is set lasts for the session: a pooler in between that gives one session to several clients by turns (PgBouncer in
 * transaction mode) would mix them up.
 */
export class ScopedPool extends pg.Pool {
  readonly #states = new WeakMap<pg.PoolClient, ConnectionState>();

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
    const now = performance.now();
    const { scope: current, plannedAt } = this.#states.get(client) ?? { scope: 'owner', plannedAt: now };
    const isStale = now - plannedAt >= keepPlansForMs;
    const statements = [
      ...(current === scope ? [] : [enterScopeSql(current, scope)]),
      ...(isStale ? ['DISCARD PLANS'] : []),
    ];
    if (statements.length > 0) await run(client, statements.join('; '));
    this.#states.set(client, { scope, plannedAt: isStale ? now : plannedAt });
    return client;
  }
}

/** On a connection that nobody has yet; it is thrown away when that fails. */
async function run(client: pg.PoolClient, sql: string): Promise<void> {
  // Nobody listens: should the connection tear now, that would end the process. The statement fails as well.
  client.on('error', heardBelow);
  try {
    await client.query(sql);
  } catch (error) {
    client.release(error as Error);
    throw error;
  } finally {
    client.off('error', heardBelow);
  }
}

function heardBelow(): void {}
