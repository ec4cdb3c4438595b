import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * Whose rows statements may see and write: those of one enterprise, by its id; of everyone; of nobody; or, as the owner of
 * the tables (the user of DATABASE_URL), anything at all.
 *
 * The database holds it, by row-level security (`prepare-roles.ts`), beneath whatever the statements themselves ask for. What
 * belongs to no enterprise is seen in every scope.
 */
export type Scope = 'nobody' | 'everyone' | 'owner' | EnterpriseId;
type EnterpriseId = string & {};

/** The role within an enterprise: it owns nothing, has the rights on tables that the application needs, and sees one enterprise. */
export const applicationRole = 'baton_app';
/** The same for work across enterprises: it has the rights of the other, and sees all enterprises. */
export const acrossRole = 'baton_across';
/** Names the enterprise that the application's role sees; empty for none. */
export const enterpriseSetting = 'baton.enterprise';

const scopes = new AsyncLocalStorage<Scope | undefined>();
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Runs the work, and all it starts, within one enterprise: rows of others are not there, and none of theirs can be written.
 * For the doors, who know whose request it is, and for work that the system does for one enterprise.
 */
export function withinEnterprise<T>(enterpriseId: string, work: () => T): T {
  if (!uuid.test(enterpriseId)) throw new Error('An enterprise has a UUID.');
  return runIn(enterpriseId, work);
}

/**
 * Runs the work, and all it starts, across all enterprises: only for what is about none or all of them, such as the search for
 * what is due. The reason is for whoever reads the code. Keep it small, and go within an enterprise for the rest.
 */
export function acrossEnterprises<T>(_reason: string, work: () => T): T {
  return runIn('everyone', work);
}

/**
 * Runs the work, and all it starts, as the owner of the tables, who may do anything: for what prepares or looks after the
 * database itself. The reason is for whoever reads the code. Inside a transaction it changes nothing.
 */
export function asOwner<T>(_reason: string, work: () => T): T {
  return runIn('owner', work);
}

/**
 * The same function, which runs in the scope that it was kept in, wherever it is called: for what is called later by a timer, a
 * wake-up or whoever hands a place on, and those come from anybody's request.
 */
export function keepScope<Args extends unknown[], Result>(work: (...args: Args) => Result): (...args: Args) => Result {
  const kept = scopes.getStore();
  return (...args) => runIn(kept, () => work(...args));
}

function runIn<T>(scope: Scope | undefined, work: () => T): T {
  return scopes.run(scope, () => {
    const result = work();
    const isLazy = typeof result === 'object' && result !== null && 'then' in result && !(result instanceof Promise);
    // Prisma asks only when somebody waits for the answer: that has to be here.
    return isLazy ? (Promise.resolve(result) as T) : result;
  });
}

/** The scope that the caller runs in; undefined outside of any. */
export function currentScope(): Scope | undefined {
  return scopes.getStore();
}

/** Whose rows a statement of the caller's sees: outside of any scope nobody's. */
export function scopeOfCaller(): Scope {
  return scopes.getStore() ?? 'nobody';
}

/**
 * The statements, sent as one, that bring a connection from the scope it is in to another one, until it is told otherwise. Temporary
 * tables go with the role: they would belong to the other one, and this one could not write to them.
 */
export function enterScopeSql(from: Scope, to: Scope): string {
  const role = roleOf(to);
  const discard = role === roleOf(from) ? '' : '; DISCARD TEMP';
  const enterpriseId = uuid.test(to) ? to : '';
  return `SELECT set_config('role', '${role}', false), set_config('${enterpriseSetting}', '${enterpriseId}', false)${discard}`;
}

function roleOf(scope: Scope): string {
  if (scope === 'owner') return 'none';
  return scope === 'everyone' ? acrossRole : applicationRole;
}
