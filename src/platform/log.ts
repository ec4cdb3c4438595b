import { createRequire } from 'node:module';
import { pino } from 'pino';
import type { DestinationStream, Logger } from 'pino';

export type { Logger } from 'pino';

const secretNames = ['token', 'authorization', 'secret', 'password', 'cookie', 'databaseUrl', 'redisUrl'];
const secretPaths = secretNames.flatMap((name) => [name, `*.${name}`, `*.*.${name}`, `*.headers.${name}`]);

/** Replaces what looks like a credential: passwords in URLs, bearer tokens, JSON Web Tokens. */
export function withoutSecrets(text: string): string {
  return text
    .replaceAll(/\b([a-z][a-z0-9+.-]*:\/\/[^\s:@/"]*):[^\s"]*@/gi, '$1:***@')
    .replaceAll(/\b(bearer\s+)[\w.~+/=-]+/gi, '$1***')
    .replaceAll(/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, '***');
}

/**
 * A logger that writes JSON lines, or lines for people with `pretty` where pino-pretty is installed.
 *
 * Fields with telling names (token, authorization, secret, password, cookie, databaseUrl, redisUrl) are blanked, and
 * every finished line is searched for credentials once more: they also arrive inside the messages of drivers.
 */
export function createLogger(
  options: { level?: string; pretty?: boolean; destination?: DestinationStream } = {},
): Logger {
  return pino(
    {
      level: options.level ?? 'info',
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: secretPaths, censor: '***' },
      hooks: { streamWrite: withoutSecrets },
    },
    options.destination ?? (options.pretty ? prettyStream() : undefined) ?? pino.destination({ fd: 1, sync: true }),
  );
}

// A development dependency: a production install has none, and then gets JSON.
function prettyStream(): DestinationStream | undefined {
  try {
    const pretty = createRequire(import.meta.url)('pino-pretty') as (options: object) => DestinationStream;
    return pretty({ colorize: process.stdout.isTTY, translateTime: 'SYS:HH:MM:ss', ignore: 'pid,hostname' });
  } catch {
    return undefined;
  }
}
