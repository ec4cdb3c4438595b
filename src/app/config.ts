import { createPublicKey, type KeyObject } from 'node:crypto';
import type { BlockList } from 'node:net';
import { z } from 'zod';
import { readSigningKey, readVerifyingKey } from '../features/audit/audit.js';
import { StartupError } from '../platform/errors.js';
import { readNetworks } from './client-address.js';

/** Signs tokens where nobody has set a secret; production refuses it. */
export const developmentSecret = 'baton-development-only-secret-change-me';

/** Who issues tokens where TOKEN_JWKS_URL names no service. */
const ownIssuer = 'baton';

/** Fewer make a secret that can be guessed, however long. */
const leastDifferent = 10;

const flag = z
  .enum(['true', 'false', '1', '0', 'on', 'off'], { error: 'must be true or false' })
  .transform((text) => ['true', '1', 'on'].includes(text));

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);

const whole = (least: number, most: number) =>
  z.coerce
    .number({ error: 'must be a number' })
    .int('must be a whole number')
    .min(least, `must be at least ${least}`)
    .max(most, `must be at most ${most}`);

function areNetworks(networks: readonly string[]): boolean {
  try {
    readNetworks(networks);
    return true;
  } catch {
    return false;
  }
}

function isKey(readKey: (text: string) => unknown, text: string): boolean {
  try {
    readKey(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * Every setting of the process, read from the environment once, here and nowhere else. An unset one has the default that
 * its description names.
 */
export const settings = {
  NODE_ENV: z
    .enum(['development', 'test', 'production'], { error: 'must be development, test or production' })
    .default('development')
    .describe(
      '`production` refuses unsafe settings, turns GraphiQL off, loads no sample company and shows the schema to administrators only.',
    ),
  HOST: z.string().default('127.0.0.1').describe('Address to listen on; `0.0.0.0` for all of the machine.'),
  PORT: whole(0, 65535).default(4000).describe('Port to listen on; 0 takes any free one.'),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must begin with postgresql://')
    .optional()
    .describe('PostgreSQL 15 or later. Unset: the embedded database in DATA_DIR.'),
  DATABASE_POOL: whole(2, 200).default(10).describe('Most connections to PostgreSQL.'),
  DATA_DIR: z.string().min(1).default('.data/baton').describe('Folder of the embedded database.'),
  REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\//, 'must begin with redis://')
    .optional()
    .describe(
      'Redis for wake-ups between instances, and for their common rate limit. Unset: PostgreSQL LISTEN/NOTIFY, or none when embedded.',
    ),
  TOKEN_SECRET: z
    .string()
    .min(32, 'must have at least 32 characters')
    .default(developmentSecret)
    .describe('Secret that signs tokens (HS256), at least 32 characters. Production refuses the default.'),
  TOKEN_JWKS_URL: z
    .url({ protocol: /^https?$/, error: 'must be an address such as https://login.example.com/jwks.json' })
    .optional()
    .describe(
      'Address of the keys (JWKS) of the service that issues your tokens. Set: tokens are good if a key of it signed them, TOKEN_SECRET signs none, and TOKEN_ISSUER and TOKEN_AUDIENCE must be set; https in production.',
    ),
  TOKEN_ISSUER: z.string().min(1).default(ownIssuer).describe('The `iss` that a token must have.'),
  TOKEN_AUDIENCE: z
    .string()
    .min(1)
    .optional()
    .describe('The `aud` that a token must have, or have among others. Default: none is asked for.'),
  TOKEN_HOURS: whole(1, 24 * 365)
    .default(12)
    .describe('Hours that an issued token lasts.'),
  RUNNER: flag
    .default(true)
    .describe(
      'Whether this process takes customers over, seals the audit log and removes what is old. Off where `npm run worker` does.',
    ),
  GRAPHIQL: flag.optional().describe('Whether GraphiQL is served. Default: yes, but not in production.'),
  SAMPLE_COMPANY: flag
    .optional()
    .describe(
      'Whether an empty database gets the sample company at start. Default: yes on the embedded database outside production, unless TOKEN_JWKS_URL is set.',
    ),
  INTROSPECTION: z
    .enum(['everybody', 'administrators', 'nobody'], { error: 'must be everybody, administrators or nobody' })
    .optional()
    .describe(
      'Who may ask for the schema, and whether errors suggest the name that was probably meant (to everybody only). Default: everybody, but in production administrators only, by their token.',
    ),
  PERSISTED_DOCUMENTS: z
    .enum(['off', 'report', 'enforce'], { error: 'must be off, report or enforce' })
    .default('off')
    .describe(
      'What becomes of documents that are not in PERSISTED_DOCUMENTS_FILE: `report` logs each once, `enforce` refuses them, those of GraphiQL too.',
    ),
  PERSISTED_DOCUMENTS_FILE: z
    .string()
    .optional()
    .describe(
      'JSON file of the documents that clients send, by id, as graphql-codegen writes `persisted-documents.json`.',
    ),
  ALLOWED_ORIGINS: list
    .default([])
    .describe(
      'Comma-separated origins of web pages that may call, e.g. `https://desk.example.com`. Default: the own address only.',
    ),
  TRUSTED_PROXIES: list
    .refine((networks) => areNetworks(networks), 'must be addresses or networks such as 10.0.0.0/8')
    .default([])
    .describe(
      'Comma-separated addresses or networks of your own proxies, whose X-Forwarded-For is believed. Default: none, so all who come by a proxy share its address.',
    ),
  MOST_CONNECTIONS_PER_ADDRESS: whole(1, 1_000_000)
    .default(5000)
    .describe(
      'Most sockets and event streams of one address, on one instance. More are closed with 1013, or refused with 429.',
    ),
  MOST_CONNECTIONS_PER_PERSON: whole(1, 1_000_000)
    .default(200)
    .describe(
      'Most sockets and event streams of one person, on one instance. More are closed with 1013, or refused with 429.',
    ),
  MOST_SUBSCRIPTIONS_PER_PERSON: whole(1, 1_000_000)
    .default(500)
    .describe(
      'Most subscriptions of one person, over all connections to one instance. More are refused with TOO_MANY_SUBSCRIPTIONS.',
    ),
  MOST_OPERATIONS_PER_SOCKET: whole(1, 10_000)
    .default(50)
    .describe('Most operations that run at once on one socket. More are refused with TOO_MANY_OPERATIONS.'),
  MOST_COST_PER_MINUTE: whole(0, 1_000_000_000)
    .default(10_000_000)
    .describe(
      'Most cost of the operations of one person, or of one address where nobody signs in, within a minute: 100 for each and 1 for each field, times the page size. Counted by all instances together where REDIS_URL is set. More are refused with RATE_LIMITED; 0 for no limit.',
    ),
  AUDIT_SIGNING_KEY: z
    .string()
    .refine((text) => isKey(readSigningKey, text), 'must be a signing key that npm run audit:key made')
    .optional()
    .describe(
      'Private key that signs checkpoints of the audit log, as `npm run audit:key` prints it. Set it where `npm run audit:checkpoint` runs, which needs it; servers do not.',
    ),
  AUDIT_VERIFYING_KEY: z
    .string()
    .refine((text) => isKey(readVerifyingKey, text), 'must be a verifying key that npm run audit:key made')
    .optional()
    .describe('Public key that proves checkpoints of the audit log. Default: that of AUDIT_SIGNING_KEY, or none.'),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
      error: 'must be trace, debug, info, warn, error, fatal or silent',
    })
    .default('info')
    .describe('Least severe log line to write.'),
} satisfies Record<string, z.ZodType>;

const environment = z.object(settings);

/** The settings of this process, checked. */
export interface Config {
  readonly production: boolean;
  readonly host: string;
  readonly port: number;
  readonly databaseUrl: string | undefined;
  readonly databasePool: number;
  readonly dataDir: string;
  readonly redisUrl: string | undefined;
  readonly tokenSecret: string;
  readonly tokenJwksUrl: string | undefined;
  readonly tokenIssuer: string;
  readonly tokenAudience: string | undefined;
  readonly tokenHours: number;
  readonly runner: boolean;
  readonly graphiql: boolean;
  readonly sampleCompany: boolean;
  readonly introspection: 'everybody' | 'administrators' | 'nobody';
  readonly persistedDocuments: 'off' | 'report' | 'enforce';
  readonly persistedDocumentsFile: string | undefined;
  readonly allowedOrigins: readonly string[];
  readonly trustedProxies: BlockList;
  readonly mostConnectionsPerAddress: number;
  readonly mostConnectionsPerPerson: number;
  readonly mostSubscriptionsPerPerson: number;
  readonly mostOperationsPerSocket: number;
  readonly mostCostPerMinute: number;
  readonly auditSigningKey: KeyObject | null;
  readonly auditVerifyingKey: KeyObject | null;
  readonly logLevel: string;
}

/** Reads and checks the settings. Throws one StartupError that names every setting that is wrong, never its value. */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env): Config {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  // Each by itself: one that cannot be read keeps none of the others from being judged.
  const problems = Object.entries(settings).flatMap(([name, setting]) => {
    const parsed = setting.safeParse(set[name]);
    return parsed.success ? [] : parsed.error.issues.map(({ message }) => `${name} ${message}`);
  });
  const good = Object.keys(settings).filter((name) => !problems.some((problem) => problem.startsWith(`${name} `)));
  problems.push(...unsafeIn(environment.partial().parse(Object.fromEntries(good.map((name) => [name, set[name]])))));
  if (problems.length > 0) {
    throw new StartupError(`The settings cannot be used:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
  const read = environment.parse(set);
  const production = read.NODE_ENV === 'production';
  const auditSigningKey = read.AUDIT_SIGNING_KEY === undefined ? null : readSigningKey(read.AUDIT_SIGNING_KEY);
  const auditVerifyingKey =
    read.AUDIT_VERIFYING_KEY === undefined
      ? auditSigningKey && createPublicKey(auditSigningKey)
      : readVerifyingKey(read.AUDIT_VERIFYING_KEY);
  return {
    production,
    host: read.HOST,
    port: read.PORT,
    databaseUrl: read.DATABASE_URL,
    databasePool: read.DATABASE_POOL,
    dataDir: read.DATA_DIR,
    redisUrl: read.REDIS_URL,
    tokenSecret: read.TOKEN_SECRET,
    tokenJwksUrl: read.TOKEN_JWKS_URL,
    tokenIssuer: read.TOKEN_ISSUER,
    tokenAudience: read.TOKEN_AUDIENCE,
    tokenHours: read.TOKEN_HOURS,
    runner: read.RUNNER,
    graphiql: read.GRAPHIQL ?? !production,
    sampleCompany:
      read.SAMPLE_COMPANY ?? (!production && read.DATABASE_URL === undefined && read.TOKEN_JWKS_URL === undefined),
    introspection: read.INTROSPECTION ?? (production ? 'administrators' : 'everybody'),
    persistedDocuments: read.PERSISTED_DOCUMENTS,
    persistedDocumentsFile: read.PERSISTED_DOCUMENTS_FILE,
    allowedOrigins: read.ALLOWED_ORIGINS,
    trustedProxies: readNetworks(read.TRUSTED_PROXIES),
    mostConnectionsPerAddress: read.MOST_CONNECTIONS_PER_ADDRESS,
    mostConnectionsPerPerson: read.MOST_CONNECTIONS_PER_PERSON,
    mostSubscriptionsPerPerson: read.MOST_SUBSCRIPTIONS_PER_PERSON,
    mostOperationsPerSocket: read.MOST_OPERATIONS_PER_SOCKET,
    mostCostPerMinute: read.MOST_COST_PER_MINUTE,
    auditSigningKey,
    auditVerifyingKey,
    logLevel: read.LOG_LEVEL,
  };
}

/** What about settings that can be read, each by itself, may not be together, or in production. */
function unsafeIn(read: Partial<z.infer<typeof environment>>): readonly string[] {
  const problems: string[] = [];
  if (read.PERSISTED_DOCUMENTS !== undefined && read.PERSISTED_DOCUMENTS !== 'off' && !read.PERSISTED_DOCUMENTS_FILE) {
    problems.push('PERSISTED_DOCUMENTS_FILE must name the list of documents that PERSISTED_DOCUMENTS is about');
  }
  const keysAt = read.TOKEN_JWKS_URL;
  if (keysAt !== undefined) {
    // Such a service signs for other products too: whose tokens they are, and for whom, only these two tell.
    if (read.TOKEN_ISSUER === ownIssuer) problems.push('TOKEN_ISSUER must name the service of TOKEN_JWKS_URL');
    if (read.TOKEN_AUDIENCE === undefined)
      problems.push('TOKEN_AUDIENCE must name this API where TOKEN_JWKS_URL is set');
    if (read.SAMPLE_COMPANY === true) {
      problems.push('SAMPLE_COMPANY must not be on where TOKEN_JWKS_URL is set: nobody could sign in as its people');
    }
  }
  if (read.NODE_ENV !== 'production') return problems;
  if (keysAt !== undefined && !keysAt.startsWith('https:')) {
    problems.push(
      'TOKEN_JWKS_URL must begin with https:// in production: whoever answers in its place could sign tokens',
    );
  }
  const { TOKEN_SECRET: secret, ALLOWED_ORIGINS: origins = [], TRUSTED_PROXIES: proxies = [] } = read;
  // Beside a service that issues the tokens the secret signs nothing.
  const signs = keysAt === undefined;
  if (signs && secret === developmentSecret) {
    problems.push('TOKEN_SECRET must be set in production: at least 32 random characters');
  } else if (signs && secret !== undefined && new Set(secret).size < leastDifferent) {
    problems.push(`TOKEN_SECRET is too simple for production: it must have ${leastDifferent} different characters`);
  }
  if (origins.some((origin) => !URL.canParse(origin) || new URL(origin).origin !== origin)) {
    problems.push(
      'ALLOWED_ORIGINS must name each origin in production, e.g. https://desk.example.com: no * and no null',
    );
  }
  if (proxies.some((network) => network.endsWith('/0'))) {
    problems.push('TRUSTED_PROXIES must name your own proxies in production, not everybody');
  }
  if (read.INTROSPECTION === 'everybody') {
    problems.push('INTROSPECTION must not be everybody in production: take administrators, or nobody');
  }
  if (read.SAMPLE_COMPANY === true) {
    problems.push('SAMPLE_COMPANY must not be on in production: GraphiQL would hold tokens of its people');
  }
  return problems;
}
