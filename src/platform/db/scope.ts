import { AsyncLocalStorage } from 'node:async_hooks';

/** As whom statements run: the running application, or the owner of the tables, who is the user of DATABASE_URL. */
export type Scope = 'application' | 'owner';

/** The role that the running application works under: it owns nothing, and has the rights on tables that it needs. */
export const applicationRole = 'baton_app';

const scopes = new AsyncLocalStorage<Scope>();

/**
 * Runs the work, and all it starts, as the owner of the tables, who may do anything: for what prepares or looks after the
 * database itself. The reason is for whoever reads the code. Inside a transaction it changes nothing.
 */
export function asOwner<T>(_reason: string, work: () => T): T {
  return scopes.run('owner', work);
}

/** The scope that the caller runs in; undefined outside of any. */
export function currentScope(): Scope | undefined {
  return scopes.getStore();
}

/** As whom a statement of the caller's runs. */
export function scopeOfCaller(): Scope {
  return scopes.getStore() ?? 'application';
}

/**
 * The statements that make a connection work in this scope until it is told otherwise. A temporary table of the scope before goes: it would
 * belong to the other role, and this one could not write to it.
 */
export function enterScopeSql(scope: Scope): string {
  return `${scope === 'owner' ? 'RESET ROLE' : `SET ROLE ${applicationRole}`}; DISCARD TEMP`;
}
