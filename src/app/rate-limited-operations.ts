import type { ExecutionArgs } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { createCostOf } from '../graphql/operation-cost.js';
import type { Subscribe } from '../graphql/shared-results.js';
import type { Baton } from './app.js';
import { networkOf } from './client-address.js';
import type { ServedContext } from './http.js';
import { schema } from './schema.js';
import { ToldError } from './told-error.js';

/** The least that an operation costs: to read it and find its person takes as long as a hundred fields. */
export const leastCost = 100;

type RateLimited = Pick<Baton, 'rateLimit'>;

/**
 * Says in `extensions.cost` what an operation costs, whatever its answer, and refuses those, over every transport, of a person who has
 * spent a minute's cost, or of an address where nobody signed in: with RATE_LIMITED and `retryAfterSeconds`, over HTTP as 429 with
 * Retry-After. Nothing was done then. Here queries and mutations.
 */
export function rateLimitedOperations(app: RateLimited): Plugin<ServedContext> {
  const spend = createSpending(app);
  return {
    async onExecute({ args, setResultAndStopExecution }) {
      const { cost, refusal } = await spend(args);
      if (refusal) return setResultAndStopExecution({ errors: [refusal] });
      return {
        onExecuteDone({ result, setResult }) {
          // A stream of parts says nothing of its cost.
          if (!(Symbol.asyncIterator in result)) setResult({ ...result, extensions: { ...result.extensions, cost } });
        },
      };
    },
  };
}

/** The refusal of subscriptions. Their events cost nothing, and do not say so. */
export function rateLimitedSubscribe(app: RateLimited, subscribe: Subscribe): Subscribe {
  if (app.rateLimit.perMinute === 0) return subscribe;
  const spend = createSpending(app);
  return async (args) => {
    const { refusal } = await spend(args);
    return refusal ? { errors: [refusal] } : subscribe(args);
  };
}

interface Spent {
  readonly cost: number;
  readonly refusal: ToldError | null;
}

function createSpending({ rateLimit }: RateLimited): (args: ExecutionArgs) => Promise<Spent> {
  const costOf = createCostOf(schema);
  return async (args) => {
    const { signedIn, address, requestId } = args.contextValue as ServedContext;
    const key = signedIn?.session.personId ?? (address === null ? null : networkOf(address));
    const cost = leastCost + (costOf(args.document, args.operationName, args.variableValues) ?? 0);
    if (key === null || rateLimit.perMinute === 0) return { cost, refusal: null };
    const seconds = await rateLimit.spend(key, cost);
    if (seconds === null) return { cost, refusal: null };
    const refusal = new ToldError(
      `You have asked for more than a cost of ${rateLimit.perMinute} within a minute. Nothing was done: send it again in ${seconds} seconds.`,
      {
        extensions: {
          ...{ code: 'RATE_LIMITED', retryAfterSeconds: seconds, cost, requestId },
          http: { status: 429, headers: { 'retry-after': String(seconds) } },
        },
      },
    );
    return { cost, refusal };
  };
}
