// Fails, saying which and how to start it, unless both services answer: tsx .ci/services.ts <PostgreSQL URL> <Redis URL>
import { Redis } from 'ioredis';
import { Client } from 'pg';

const [postgresUrl = '', redisUrl = ''] = process.argv.slice(2);

async function askPostgres(): Promise<string> {
  const client = new Client({ connectionString: postgresUrl, connectionTimeoutMillis: 5_000 });
  try {
    await client.connect();
    const { rows } = await client.query<{ server_version: string }>('show server_version');
    return `PostgreSQL ${rows[0]?.server_version ?? ''}`;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function askRedis(): Promise<string> {
  const client = new Redis(redisUrl, { lazyConnect: true, connectTimeout: 5_000, retryStrategy: () => null });
  // The call itself only says that the connection is closed; why it is, comes as an event.
  let reason: unknown;
  client.on('error', (error) => (reason = error));
  try {
    await client.connect();
    return `Redis ${/redis_version:(\S+)/.exec(await client.info('server'))?.[1] ?? ''}`;
  } catch (error) {
    throw reason ?? error;
  } finally {
    client.disconnect();
  }
}

function withoutPassword(url: string): string {
  return url.replace(/:[^:@/]+@/, ':***@');
}

/** The reason in one line: a refused connection to both ::1 and 127.0.0.1 comes as an error of errors, without text. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ');
  return error instanceof Error ? error.message : String(error);
}

const services = [
  {
    ask: askPostgres,
    missing: `PostgreSQL does not answer at ${withoutPassword(postgresUrl)}`,
    start:
      'docker run -d -p 5432:5432 -e POSTGRES_HOST_AUTH_METHOD=trust -e POSTGRES_DB=test postgres:15\n' +
      '  or name another one in TEST_DATABASE_URL; its user must be allowed to create databases',
  },
  {
    ask: askRedis,
    missing: `Redis does not answer at ${withoutPassword(redisUrl)}`,
    start: 'docker run -d -p 6379:6379 redis:7\n  or name another one in TEST_REDIS_URL',
  },
];

for (const { ask, missing, start } of services) {
  try {
    console.log(`${await ask()} answers`);
  } catch (error) {
    console.error(`${missing}: ${reasonOf(error)}\nStart it:\n  ${start}`);
    process.exitCode = 1;
  }
}
