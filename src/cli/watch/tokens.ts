import { readFile } from 'node:fs/promises';
import { createApp } from '../../app/app.js';
import type { Config } from '../../app/config.js';
import { issueToken } from '../../app/tokens.js';
import { StartupError } from '../../platform/errors.js';
import { systemClock } from '../../platform/clock.js';
import { findPerson } from '../find-person.js';

/** Where a command has its tokens from: one of the three. */
export interface TokenOptions {
  readonly token?: string;
  readonly tokenFile?: string;
  readonly member?: string;
  /** With `member`. */
  readonly enterprise?: string;
}

/**
 * What gives a token whenever one is needed: the same, what the file holds by then, or a new one. Throws a StartupError unless
 * exactly one way was given, and for a member that is not there.
 */
export async function openTokens(options: TokenOptions, config: Config): Promise<() => Promise<string>> {
  const { token, tokenFile, member, enterprise } = options;
  if ([token, tokenFile, member].filter((way) => way !== undefined).length !== 1) {
    throw new StartupError('Give one of --token <token>, --token-file <file> and --member <user_id>.');
  }
  if (token !== undefined) return async () => token;
  if (tokenFile !== undefined) return () => readTokenFrom(tokenFile);
  if (config.databaseUrl === undefined) {
    throw new StartupError(
      '--member needs DATABASE_URL: the embedded database belongs to the server alone. Give --token, which npm start prints.',
    );
  }
  // Only for the look-up: a terminal that stays open for days keeps no connection to the database.
  await using app = await createApp({ ...config, runner: false, logLevel: 'silent' });
  const person = await findPerson(app, { kind: 'member', key: member ?? '', enterpriseKey: enterprise });
  return () => issueToken({ config, clock: systemClock }, person);
}

async function readTokenFrom(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    throw new StartupError(`The token file ${file} cannot be read: ${(error as Error).message}.`);
  }
}

/** Whom a token names, without asking whether it is good. Throws a StartupError for what is no token. */
export function subjectOf(token: string): string {
  try {
    const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
    const { sub } = JSON.parse(payload) as { sub?: unknown };
    // It becomes part of a file's name.
    if (typeof sub === 'string' && /^[\w-]+$/.test(sub)) return sub;
  } catch {
    // Said below.
  }
  throw new StartupError('This is no token of Baton. Give one that npm start or npm run token printed, whole.');
}
