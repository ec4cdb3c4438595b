import { errors, jwtVerify, SignJWT } from 'jose';
import { randomUUID } from 'node:crypto';
import type { Clock } from '../platform/clock.js';
import type { Config } from './config.js';

const issuer = 'baton';

/** Whom a token names: the row, its enterprise, and until when. */
export interface Session {
  readonly kind: 'member' | 'customer';
  readonly personId: string;
  readonly enterpriseId: string;
  readonly expiresAt: Date;
}

/** A JWT for one person, good for `hours` (default: the setting). */
export async function issueToken(
  app: { readonly config: Pick<Config, 'tokenSecret' | 'tokenHours'>; readonly clock: Clock },
  person: Pick<Session, 'kind' | 'personId' | 'enterpriseId'>,
  hours: number = app.config.tokenHours,
): Promise<string> {
  const now = Math.floor(app.clock.now().getTime() / 1000);
  return new SignJWT({ kind: person.kind, ent: person.enterpriseId })
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

/**
 * The session in a token. Throws TokenError for anything but a token of this API, signed HS256 with its secret, that has an expiry
 * and is within its time.
 */
export async function readToken(
  app: { readonly config: Pick<Config, 'tokenSecret'>; readonly clock: Clock },
  token: string,
): Promise<Session> {
  try {
    const { payload } = await jwtVerify(token, keyOf(app.config), {
      issuer,
      algorithms: ['HS256'],
      requiredClaims: ['exp', 'sub', 'kind', 'ent'],
      currentDate: app.clock.now(),
    });
    const { sub, kind, ent, exp } = payload;
    if ((kind !== 'member' && kind !== 'customer') || !isUuid(sub) || !isUuid(ent) || exp === undefined) {
      throw new TokenError('The token names nobody. Get a new one.');
    }
    return { kind, personId: sub, enterpriseId: ent, expiresAt: new Date(exp * 1000) };
  } catch (error) {
    if (error instanceof TokenError) throw error;
    if (error instanceof errors.JWTExpired) throw new TokenError('The token has expired. Get a new one.', true);
    throw new TokenError('The token is not valid. Send one that this API issued, whole.');
  }
}

function keyOf(config: Pick<Config, 'tokenSecret'>): Uint8Array {
  return new TextEncoder().encode(config.tokenSecret);
}

function isUuid(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value);
}
