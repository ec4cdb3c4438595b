import type { Outage } from '../platform/db/outage.js';

/** In seconds: about as long as a database takes to start again, and longer than a burst that filled the pool. */
const retryAfterSeconds: Readonly<Record<Outage, number>> = { UNAVAILABLE: 5, OVERLOADED: 2, STORAGE_FULL: 60 };

const messages: Readonly<Record<Outage, string>> = {
  UNAVAILABLE: 'The database cannot be reached right now.',
  OVERLOADED: 'More is asked at once than the database can do.',
  STORAGE_FULL: 'The database has no room left to write.',
};

/**
 * What a client is told when the database, or what `message` speaks of, could do nothing: when to come back, and how not to do a
 * thing twice.
 */
export function describeOutage(
  outage: Outage,
  message = messages[outage],
): { message: string; extensions: Record<string, unknown> } {
  const seconds = retryAfterSeconds[outage];
  return {
    message: `${message} Try again in ${seconds} seconds; send a mutation again with the same idempotencyKey.`,
    extensions: {
      code: outage,
      retryAfterSeconds: seconds,
      http: { status: 503, headers: { 'retry-after': String(seconds) } },
    },
  };
}
