import type { Database } from '../../src/platform/db/database.js';
import { asOwner, currentScope } from '../../src/platform/db/scope.js';

/**
 * The same database for the test's own hands: what is asked of it outside of any scope is asked as the owner of the tables, so that
 * a test may make and look at rows of every company. Within a scope it is as narrow as any.
 */
export function ownerDatabase(db: Database): Database {
  const run = <T>(work: () => T): T => (currentScope() === undefined ? asOwner('a test', work) : work());
  return {
    ...db,
    prisma: ownerClient(db.prisma, run) as Database['prisma'],
    query: (sql) => run(() => db.query(sql)),
    each: (sql, onRow) => run(() => db.each(sql, onRow)),
    [Symbol.asyncDispose]: () => db[Symbol.asyncDispose](),
  };
}

type Run = <T>(work: () => T) => T;
type Method = (...args: unknown[]) => unknown;

/** Prisma's client, or one model of it: what it is asked, it asks as the owner. */
function ownerClient(target: object, run: Run): object {
  return new Proxy(target, {
    get(client, key) {
      const member = Reflect.get(client, key, client) as unknown;
      if (typeof key !== 'string' || key.startsWith('_') || key === '$extends') return member;
      if (typeof member === 'object' && member !== null) return ownerClient(member, run);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => {
        const call = () => Reflect.apply(member as Method, client, args);
        // All others begin when somebody waits for them, and may be handed to a transaction before.
        const answer = key.startsWith('$transaction') ? run(call) : call();
        return typeof answer === 'object' && answer !== null && 'then' in answer ? ownerPromise(answer, run) : answer;
      };
    },
  });
}

/** Prisma asks only when somebody waits for the answer. */
function ownerPromise(promise: object, run: Run): object {
  return new Proxy(promise, {
    get(target, key) {
      const member = Reflect.get(target, key, target) as unknown;
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => run(() => Reflect.apply(member as Method, target, args));
    },
  });
}
