import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { Logger } from '../log.js';
import { createLocalWakeup } from './local-wakeup.js';
import { createSender } from './sender.js';
import type { Wakeup } from './wakeup.js';

const channel = 'baton_wakeup';
const longestPauseMs = 2_000;
const connectWithinMs = 10_000;
const heartbeatMs = 2_000;
const answerWithinMs = 2_000;
// pg reads `query_timeout` from a query, which its types do not say.
const question = { text: 'SELECT 1', query_timeout: answerWithinMs };

/**
 * Wakes this process and all others that share the PostgreSQL server, by NOTIFY, over one connection of its own.
 *
 * Returns at once and connects, and reconnects, in the background; meanwhile `healthy` is false and only this process
 * is woken. NOTIFY takes a lock over all commits of the server: with much traffic, use Redis.
 */
export function createPostgresWakeup(url: string, log: Logger): Wakeup {
  const local = createLocalWakeup(log);
  const self = randomUUID();
  let client: pg.Client | undefined;
  let listening = false;
  let closed = false;
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;

  const connect = () => {
    const mine = new pg.Client({
      connectionString: url,
      keepAlive: true,
      connectionTimeoutMillis: connectWithinMs,
      query_timeout: connectWithinMs,
      fallback_application_name: 'baton wakeup',
    });
    client = mine;
    let over = false;
    const lost = (error?: Error) => {
      if (over) return;
      over = true;
      listening = false;
      clearTimeout(timer);
      mine.end().catch(() => undefined);
      if (closed) return;
      if (failures++ === 0) {
        log.warn(
          { err: error },
          'The wake-up connection was lost: other instances learn of changes by polling meanwhile',
        );
      }
      timer = setTimeout(connect, Math.min(failures * 100, longestPauseMs));
    };
    // A connection whose other end has vanished looks idle for ever: only a question shows it.
    const heartbeat = () => {
      if (over || closed) return;
      timer = setTimeout(() => void mine.query(question).then(heartbeat, lost), heartbeatMs);
    };
    mine.on('error', lost);
    mine.on('end', () => lost());
    mine.on('notification', ({ payload }) => {
      if (payload !== self) local.wake();
    });
    mine
      .connect()
      .then(() => mine.query(`LISTEN ${channel}`))
      .then(() => {
        if (over || closed) return;
        listening = true;
        if (failures > 0) log.info('The wake-up connection is back');
        failures = 0;
        heartbeat();
        // What was sent while nobody listened is lost.
        local.wake();
      }, lost);
  };
  connect();

  const send = createSender(async () => client?.query('SELECT pg_notify($1, $2)', [channel, self]));
  return {
    wake() {
      local.wake();
      if (listening) send();
    },
    onWake: (listener) => local.onWake(listener),
    get healthy() {
      return listening;
    },
    async [Symbol.asyncDispose]() {
      closed = true;
      listening = false;
      clearTimeout(timer);
      await client?.end().catch(() => undefined);
      await local[Symbol.asyncDispose]();
    },
  };
}
