import { createCompiler } from '../graphql/compiled.js';
import { createSharedSubscribe, type Subscribe } from '../graphql/shared-results.js';
import type { Baton } from './app.js';
import { guardedSubscribe } from './guarded-subscriptions.js';
import { rateLimitedSubscribe } from './rate-limited-operations.js';
import { schema } from './schema.js';
import { scopedSubscribe } from './scoped-operations.js';

const subscribers = new WeakMap<Baton, Subscribe>();

/**
 * How this application subscribes, the same behind every door: within the rate limit, in the scope of the person's enterprise, compiled where it may be, equal events executed once, and the
 * person's rights asked before each. The context of what is subscribed to must be a `ServedContext`; errors are not masked yet.
 */
export function subscriberOf(app: Baton): Subscribe {
  const known = subscribers.get(app);
  if (known) return known;
  const shared = createSharedSubscribe(schema, createCompiler(schema));
  const made = guardedSubscribe(app, rateLimitedSubscribe(app, scopedSubscribe(shared)));
  subscribers.set(app, made);
  return made;
}
