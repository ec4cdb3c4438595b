import { createRemoteJWKSet, errors, jwtVerify, SignJWT, type JWTPayload, type JWTVerifyOptions } from 'jose';
import { randomUUID } from 'node:crypto';
import { isUuid, uuidOf } from '../graphql/ids.js';
import type { Clock } from '../platform/clock.js';
import { StartupError } from '../platform/errors.js';
import type { Config } from './config.js';

type TokenConfig = Pick<Config, 'tokenSecret' | 'tokenIssuer' | 'tokenAudience' | 'tokenJwksUrl'>;

/** Only with a private key and a public one: a secret among the keys that everybody may read would sign for everybody. */
const keyAlgorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
/** In milliseconds: how long an answer may take, how long keys are good, and how soon a key that is not among them is looked for again. */
const keyTimes = { timeoutDuration: 5_000, cacheMaxAge: 600_000, cooldownDuration: 30_000 };

/** Whom a token names: the row, its enterprise, and until when. */
export interface Session {
  readonly kind: 'member' | 'customer';
  readonly personId: string;
  readonly enterpriseId: string;
  readonly expiresAt: Date;
}

/** A JWT for one person, good for `hours` (default: the setting). Throws a StartupError where TOKEN_JWKS_URL says who issues them. */
export async function issueToken(
  app: { readonly config: TokenConfig & Pick<Config, 'tokenHours'>; readonly clock: Clock },
  person: Pick<Session, 'kind' | 'personId' | 'enterpriseId'>,
  hours: number = app.config.tokenHours,
): Promise<string> {
  const { tokenAudience: audience, tokenIssuer: issuer, tokenJwksUrl } = app.config;
  if (tokenJwksUrl !== undefined) {
    throw new StartupError('Tokens come from the service that TOKEN_JWKS_URL names. Get one there.');
  }
  const now = Math.floor(app.clock.now().getTime() / 1000);
  const claims = { kind: person.kind, ent: person.enterpriseId, ...(audience !== undefined && { aud: audience }) };
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer(issuer)
    .setSubject(person.personId)
    .setJti(randomUUID())
    .setIssuedAt(now)
    .setExpirationTime(now + Math.round(hours * 3600))
    .sign(keyOf(app.config));
}

/** Why a token is refused, in words for its bearer. */
export class TokenError extends Error {
  override readonly name = 'TokenError';

  constructor(
    message: string,
    /** Whether a new token, or a word with the administrator, may help: a client may come back and try. */
    readonly renewable = false,
  ) {
    super(message);
  }
}

/** The keys of whoever issues the tokens could not be had, so that nobody can tell whether one is good: it may be. */
export class KeysAwayError extends Error {
  override readonly name = 'KeysAwayError';

  constructor(cause: unknown) {
    super('The keys that tokens are signed with cannot be had right now.', { cause });
  }
}

/**
 * Reads the session in a token. It throws TokenError for anything but a token that is signed by who may issue it (with
 * TOKEN_SECRET, HS256; or by a key of TOKEN_JWKS_URL), for this API (TOKEN_ISSUER, TOKEN_AUDIENCE), that has an expiry and is
 * within its time; KeysAwayError while the keys cannot be had.
 */
export function createTokenReader(app: {
  readonly config: TokenConfig;
  readonly clock: Clock;
}): (token: string) => Promise<Session> {
  const verify = verifierOf(app.config);
  const { tokenIssuer: issuer, tokenAudience: audience } = app.config;
  return async (token) => {
    try {
      return sessionIn(
        await verify(token, {
          issuer,
          ...(audience !== undefined && { audience }),
          requiredClaims: ['exp', 'sub', 'kind', 'ent'],
          currentDate: app.clock.now(),
        }),
      );
    } catch (error) {
      if (error instanceof TokenError) throw error;
      if (areKeysAway(error)) throw new KeysAwayError(error);
      if (error instanceof errors.JWTExpired) throw new TokenError('The token has expired. Get a new one.', true);
      if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'nbf') {
        throw new TokenError('The token is not valid yet. Send it again later.', true);
      }
      // Signed just after the issuer changed its keys, perhaps: they are not asked for again within half a minute.
      if (error instanceof errors.JWKSNoMatchingKey) {
        throw new TokenError('The token is signed with a key that is not known here. Get a new one.', true);
      }
      throw new TokenError('The token is not valid. Send one that was issued for this API, whole.');
    }
  };
}

/** Whether the answer of TOKEN_JWKS_URL, and not the token, is at fault: none, none in time, or one that holds no keys. */
function areKeysAway(error: unknown): boolean {
  if (!(error instanceof errors.JOSEError)) return true;
  return ['ERR_JOSE_GENERIC', 'ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID'].includes(error.code);
}

function verifierOf(config: TokenConfig): (token: string, options: JWTVerifyOptions) => Promise<JWTPayload> {
  if (config.tokenJwksUrl === undefined) {
    const key = keyOf(config);
    return async (token, options) => (await jwtVerify(token, key, { ...options, algorithms: ['HS256'] })).payload;
  }
  const keys = createRemoteJWKSet(new URL(config.tokenJwksUrl), keyTimes);
  return async (token, options) => (await jwtVerify(token, keys, { ...options, algorithms: keyAlgorithms })).payload;
}

function sessionIn({ sub, kind, ent, exp }: JWTPayload): Session {
  const personId = rowOf(kind === 'customer' ? 'Customer' : 'Member', sub);
  const enterpriseId = rowOf('Enterprise', ent);
  if ((kind !== 'member' && kind !== 'customer') || personId === null || enterpriseId === null || exp === undefined) {
    throw new TokenError('The token names nobody. Get a new one.');
  }
  return { kind, personId, enterpriseId, expiresAt: new Date(exp * 1000) };
}

function keyOf(config: TokenConfig): Uint8Array {
  return new TextEncoder().encode(config.tokenSecret);
}

/** The row that a claim names: by its UUID, as tokens of our own do, or by its id in the API, which is all that others know. */
function rowOf(typename: string, claim: unknown): string | null {
  if (typeof claim !== 'string') return null;
  if (isUuid(claim)) return claim;
  try {
    return uuidOf(typename, claim);
  } catch {
    return null;
  }
}
