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
 * Refuses operations, over every transport, of a person who has spent a minute's cost, or of an address where nobody signed in: with
 * RATE_LIMITED and `retryAfterSeconds`, over HTTP as 429 with Retry-After. Nothing was done then. Here queries and mutations.
 */
export function rateLimitedOperations(app: RateLimited): Plugin<ServedContext> {
  if (app.rateLimit.perMinute === 0) return {};
  const refusalOf = createRefusal(app);
  return {
    async onExecute({ args, setResultAndStopExecution }) {
      const refusal = await refusalOf(args);
      if (refusal) setResultAndStopExecution({ errors: [refusal] });
    },
  };
}

/** The same of subscriptions. Their events cost nothing. */
export function rateLimitedSubscribe(app: RateLimited, subscribe: Subscribe): Subscribe {
  if (app.rateLimit.perMinute === 0) return subscribe;
  const refusalOf = createRefusal(app);
  return async (args) => {
    const refusal = await refusalOf(args);
    return refusal ? { errors: [refusal] } : subscribe(args);
  };
}

function createRefusal({ rateLimit }: RateLimited): (args: ExecutionArgs) => Promise<ToldError | null> {
  const costOf = createCostOf(schema);
  return async (args) => {
    const { signedIn, address, requestId } = args.contextValue as ServedContext;
    const key = signedIn?.session.personId ?? (address === null ? null : networkOf(address));
    if (key === null) return null;
    const cost = leastCost + (costOf(args.document, args.operationName, args.variableValues) ?? 0);
    const seconds = await rateLimit.spend(key, cost);
    if (seconds === null) return null;
    return new ToldError(
      `You have asked for more than a cost of ${rateLimit.perMinute} within a minute. Nothing was done: send it again in ${seconds} seconds.`,
      {
        extensions: {
          ...{ code: 'RATE_LIMITED', retryAfterSeconds: seconds, cost, requestId },
          http: { status: 429, headers: { 'retry-after': String(seconds) } },
        },
      },
    );
  };
}
