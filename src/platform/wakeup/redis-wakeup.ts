import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import type { RedisOptions } from 'ioredis';
import type { Logger } from '../log.js';
import { createLocalWakeup } from './local-wakeup.js';
import { createSender } from './sender.js';
import type { Wakeup } from './wakeup.js';

const channel = 'baton:wakeup';
const heartbeatMs = 2_000;
const answerWithinMs = 2_000;

const options: RedisOptions = {
  // For ever, at most two seconds apart.
  retryStrategy: (times) => Math.min(times * 100, 2_000),
  maxRetriesPerRequest: null,
  // A wake-up that cannot be sent now is worth nothing later: everyone looks again after a reconnection anyhow.
  enableOfflineQueue: false,
  // Done by hand, to know the moment from which nothing is missed.
  autoResubscribe: false,
  keepAlive: 10_000,
  connectionName: 'baton-wakeup',
};

/**
 * Wakes this process and all others that share the Redis server. Returns at once and connects, and reconnects, in the
 * background; meanwhile `healthy` is false and only this process is woken.
 */
export function createRedisWakeup(url: string, log: Logger): Wakeup {
  const local = createLocalWakeup(log);
  const self = randomUUID();
  const publisher = new Redis(url, options);
  const subscriber = new Redis(url, options);
  let subscribed = false;
  let reported = false;

  const report = (error: Error) => {
    if (reported) return;
    reported = true;
    log.warn({ err: error }, 'Redis cannot be reached: other instances learn of changes by polling until it is back');
  };
  // A line whose other end has vanished looks idle for ever: only a question shows it.
  const heartbeat = setInterval(() => [publisher, subscriber].forEach(questionLine), heartbeatMs).unref();
  for (const line of [publisher, subscriber]) line.on('connect', () => questionLine(line));
  publisher.on('error', report);
  subscriber.on('error', report);
  subscriber.on('close', () => (subscribed = false));
  subscriber.on('ready', () => {
    subscriber.subscribe(channel).then(() => {
      subscribed = true;
      if (reported) log.info('Redis is back');
      reported = false;
      // What was published while nobody listened is lost.
      local.wake();
    }, report);
  });
  subscriber.on('message', (_channel: string, sender: string) => {
    if (sender !== self) local.wake();
  });

  const send = createSender(() => publisher.publish(channel, self));
  return {
    wake() {
      local.wake();
      if (publisher.status === 'ready') send();
    },
    onWake: (listener) => local.onWake(listener),
    get healthy() {
      return subscribed && publisher.status === 'ready';
    },
    async [Symbol.asyncDispose]() {
      subscribed = false;
      clearInterval(heartbeat);
      publisher.disconnect();
      subscriber.disconnect();
      await local[Symbol.asyncDispose]();
    },
  };
}

/** Ends the line, which then connects anew, unless Redis answers soon; or, where it has only just connected, becomes ready. */
function questionLine(line: Redis): void {
  if (line.status !== 'ready' && line.status !== 'connect') return;
  const { stream } = line;
  const late = setTimeout(
    () => stream.destroy(new Error(`Redis did not answer within ${answerWithinMs} ms.`)),
    answerWithinMs,
  );
  late.unref();
  const answered = () => {
    clearTimeout(late);
    line.off('ready', answered);
  };
  stream.once('close', answered);
  if (line.status === 'connect') line.once('ready', answered);
  else line.ping().then(answered, answered);
}
