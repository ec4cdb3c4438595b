import { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { Logger } from '../platform/log.js';
import type { Config } from './config.js';

/** Gives each person, or address, so much cost a minute. */
export interface RateLimit extends AsyncDisposable {
  /** The most that a key may spend in a minute; 0 where there is no limit. */
  readonly perMinute: number;
  /** Spends this of the key's minute. Answers null, or in how many whole seconds there is more when it is spent. */
  spend(key: string, cost: number): Promise<number | null>;
}

const minute = 60;
const answerWithinMs = 250;
const heartbeatMs = 2_000;

/**
 * The rate limit of this instance or, with Redis, of all instances together. While Redis does not answer each instance counts by
 * itself: then a key may spend its minute on each of them, but nobody is locked out.
 */
export function createRateLimit(
  config: Pick<Config, 'mostCostPerMinute' | 'redisUrl'>,
  log: Pick<Logger, 'warn'>,
): RateLimit {
  const { mostCostPerMinute: perMinute, redisUrl } = config;
  if (perMinute === 0) {
    return { perMinute, spend: () => Promise.resolve(null), [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  const window = { points: perMinute, duration: minute };
  const memory = new RateLimiterMemory(window);
  const redis = redisUrl === undefined ? null : connect(redisUrl, log);
  // A line whose other end has vanished looks alive for a quarter of an hour, and each operation would wait for it.
  const heartbeat = setInterval(() => {
    if (redis?.status === 'ready') redis.ping().catch(() => redis.disconnect(true));
  }, heartbeatMs).unref();
  const limiter = redis
    ? new RateLimiterRedis({
        ...{ ...window, storeClient: redis, keyPrefix: 'baton:rate', rejectIfRedisNotReady: true },
        insuranceLimiter: memory,
        // Whoever has spent everything is refused without asking Redis again.
        inMemoryBlockOnConsumed: perMinute + 1,
      })
    : memory;
  return {
    perMinute,
    async spend(key, cost) {
      try {
        // What costs more than a whole minute may still be asked for once a minute.
        await limiter.consume(key, Math.min(cost, perMinute));
        return null;
      } catch (refused) {
        if (refused instanceof RateLimiterRes) return Math.max(1, Math.ceil(refused.msBeforeNext / 1000));
        log.warn({ err: refused }, 'The rate limit cannot be counted: the operation is let through');
        return null;
      }
    },
    [Symbol.asyncDispose]: () => {
      clearInterval(heartbeat);
      redis?.disconnect();
      return Promise.resolve();
    },
  };
}

function connect(url: string, log: Pick<Logger, 'warn'>): Redis {
  const redis = new Redis(url, {
    retryStrategy: (times) => Math.min(times * 100, 2_000),
    // No operation waits for Redis longer than this: it is counted here instead.
    commandTimeout: answerWithinMs,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    keepAlive: 10_000,
    connectionName: 'baton-rate-limit',
  });
  let reported = false;
  redis.on('ready', () => (reported = false));
  redis.on('error', (error) => {
    if (!reported) log.warn({ err: error }, 'Redis cannot be reached: this instance counts the rate limit by itself');
    reported = true;
  });
  return redis;
}
