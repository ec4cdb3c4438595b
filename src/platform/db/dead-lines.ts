import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from '../log.js';

const lookEveryMs = 500;
const silentForMs = 1_000;
/** A statement that really is slow is asked about again after so long. */
const askAgainMs = 2_000;
const answerWithinMs = 2_000;
/** What the server said before it was asked has arrived by then. */
const underWayMs = 100;

/** What is known of a line on which something was asked. */
interface Silence {
  /** Received on it until then. */
  bytes: number;
  since: number;
  askAfter: number;
}

// What pg has and its types do not say.
type Line = pg.PoolClient & {
  readonly processID: number;
  readonly readyForQuery: boolean;
  readonly connection: { readonly stream: { readonly bytesRead: number; destroy(error: Error): void } };
};

/**
 * Ends lines of the pool whose other end has vanished without a word, as after the server moved elsewhere: TCP would take
 * a quarter of an hour to find out, and a transaction on one would hold its locks, and the inboxes' horizon, on the server.
 *
 * A line that is silent though something was asked on it is asked about over a new one: where the server does not work on
 * it, it is ended on both sides, and what was asked fails; and with it end those that rest, which are likely to be dead too.
 * A slow statement is never ended: the server says that it works on it. Behind a proxy that hides the server's processes,
 * and while no new line can be had, nothing is done.
 */
export function endDeadLines(pool: pg.Pool, url: string, log: Logger): Disposable {
  const busy = new Map<Line, Silence>();
  const idle = new Set<Line>();
  let asking = false;
  pool.on('acquire', (client) => {
    idle.delete(client as Line);
    const now = performance.now();
    busy.set(client as Line, { bytes: (client as Line).connection.stream.bytesRead, since: now, askAfter: now });
  });
  pool.on('release', (_error, client) => {
    busy.delete(client as Line);
    idle.add(client as Line);
  });
  pool.on('remove', (client) => {
    busy.delete(client as Line);
    idle.delete(client as Line);
  });

  /** Whether nothing has come for long though something was asked. */
  function isSilent(line: Line, silence: Silence): boolean {
    const { bytesRead } = line.connection.stream;
    const now = performance.now();
    if (line.readyForQuery || bytesRead !== silence.bytes) {
      silence.bytes = bytesRead;
      silence.since = now;
      silence.askAfter = now;
    }
    return now - silence.since >= silentForMs;
  }

  async function look(): Promise<void> {
    const now = performance.now();
    const silent = [...busy].filter(([line, silence]) => isSilent(line, silence) && now >= silence.askAfter);
    if (silent.length === 0 || asking) return;
    asking = true;
    const client = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: answerWithinMs,
      query_timeout: answerWithinMs,
      fallback_application_name: 'baton lines',
    });
    client.on('error', () => undefined);
    try {
      await client.connect();
      const { rows } = await client.query<{ pid: number; direct: boolean }>(
        `SELECT pid, pg_backend_pid() = $2 AS direct FROM pg_stat_activity
         WHERE pid = $2 OR pid = ANY($1) AND state IN ('active', 'fastpath function call')`,
        [silent.map(([line]) => line.processID), (client as unknown as Line).processID],
      );
      await sleep(underWayMs, undefined, { ref: false });
      const working = new Set(rows.map(({ pid }) => pid));
      const dead = silent.filter(
        ([line, silence]) => busy.get(line) === silence && isSilent(line, silence) && !working.has(line.processID),
      );
      for (const [, silence] of silent) silence.askAfter = performance.now() + askAgainMs;
      if (!rows.some(({ direct }) => direct) || dead.length === 0) return;
      await client.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = ANY($1) AND usename = current_user',
        [dead.map(([line]) => line.processID)],
      );
      const reason = new Error('The line to PostgreSQL was dead.');
      log.warn({ lines: dead.length, resting: idle.size }, 'Lines to PostgreSQL were dead: new ones are opened');
      for (const line of [...dead.map(([each]) => each), ...idle]) line.connection.stream.destroy(reason);
    } catch {
      // No new line either: then it is not the lines, and whoever asked finds out.
    } finally {
      asking = false;
      client.end().catch(() => undefined);
    }
  }

  const timer = setInterval(() => void look(), lookEveryMs).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
