import { loadRights } from '../features/administrators/administrators.js';
import { Prisma } from '../generated/prisma/client.js';
import type { Actor } from '../platform/actor.js';
import type { App } from '../platform/app.js';
import { acrossEnterprises, withinEnterprise } from '../platform/db/scope.js';
import { allRights, type Rights } from '../platform/rights.js';
import type { Config } from './config.js';
import { createTokenReader, TokenError, type Session } from './tokens.js';

/** A person who proved who they are, and until when. */
export interface SignedIn {
  readonly actor: Actor;
  readonly session: Session;
}

/** Signs people in, the same way for HTTP and WebSocket. */
export interface Authenticator {
  /** The person of a token; null without one. Throws TokenError when the token, or the person's right to use it, is not good; KeysAwayError while nobody can tell. */
  signIn(token: string | null | undefined): Promise<SignedIn | null>;
  /**
   * Whether the person may still be served as the one who signed in: asked again at every delivery. Not when the token has expired,
   * they may not sign in any more, or have other rights as an administrator than they had, were it only more or one department less. Knows of a change after a second at most.
   */
  stillHolds(signedIn: SignedIn): Promise<boolean>;
  /** Those of many who may still be served so, with one statement for all. */
  whoStillHold(many: readonly SignedIn[]): Promise<ReadonlySet<SignedIn>>;
}

/** How long a person read from the database is believed, in milliseconds: well below the 5 s a revocation may take. */
const believedFor = 1000;
const mostBelieved = 20_000;

/** An authenticator over the application's database. */
export function createAuthenticator(app: Pick<App, 'db' | 'clock'> & { readonly config: Config }): Authenticator {
  const believed = new Map<string, { readonly until: number; readonly actor: Promise<Actor | null> }>();

  // A token is what it was: its signature is checked once, its time at every use.
  const readToken = createTokenReader(app);
  const read = new Map<string, Session>();
  async function sessionOf(token: string): Promise<Session> {
    const known = read.get(token);
    if (known && known.expiresAt > app.clock.now()) return known;
    const session = await readToken(token);
    if (read.size > mostBelieved) read.clear();
    read.set(token, session);
    return session;
  }

  // One look-up per person and second, however many requests and sockets ask: the hot page pays one statement, not two.
  function personOf(session: Session): Promise<Actor | null> {
    const key = keyOf(session);
    const now = performance.now();
    const known = believed.get(key);
    if (known && known.until > now) return known.actor;
    if (believed.size > mostBelieved) believed.clear();
    const actor = withinEnterprise(session.enterpriseId, () => findPerson(app, session));
    believed.set(key, { until: now + believedFor, actor });
    actor.catch(() => believed.delete(key));
    return actor;
  }

  return {
    async signIn(token) {
      if (!token) return null;
      const session = await sessionOf(token);
      const actor = await personOf(session);
      if (!actor)
        throw new TokenError('This person may not sign in any more. Ask an administrator of the company.', true);
      return { actor, session };
    },
    async stillHolds({ actor, session }) {
      if (session.expiresAt <= app.clock.now()) return false;
      const person = await personOf(session);
      return person !== null && rightsText(person) === rightsText(actor);
    },
    async whoStillHold(many) {
      const now = app.clock.now();
      const current = many.filter(({ session }) => session.expiresAt > now);
      const ids = [...new Set(current.map(({ session }) => session.personId))];
      const there = await acrossEnterprises('one look for all who are connected, of whatever enterprise', () =>
        presentAmong(app, ids),
      );
      const holding = new Set(
        current.filter(({ actor, session }) => there.get(session.personId) === rightsText(actor)),
      );
      // Who is sent away for other rights comes back at once, and as who they are now.
      for (const signedIn of many) if (!holding.has(signedIn)) believed.delete(keyOf(signedIn.session));
      return holding;
    },
  };
}

/** The token in an Authorization header; null when there is none. Throws TokenError for another scheme. */
export function bearerOf(header: string | null | undefined): string | null {
  if (!header) return null;
  const token = /^Bearer +(\S+)$/i.exec(header.trim())?.[1];
  if (token === undefined) throw new TokenError('The Authorization header must read "Bearer " and a token.');
  return token;
}

function keyOf({ kind, enterpriseId, personId }: Session): string {
  return `${kind}:${enterpriseId}:${personId}`;
}

/** Equal for equal rights. */
function rightsText(actor: Actor): string {
  return JSON.stringify(actor.kind === 'member' ? actor.rights : null);
}

type Role = 'SUPER' | 'CUSTOMER_CONTACT' | null;

/** The rights of these members by their role. Only who was granted something costs a second look. */
async function rightsOf(
  app: Pick<App, 'db'>,
  members: readonly { readonly id: string; readonly role: Role }[],
): Promise<(id: string, role: Role) => Rights | null> {
  const granted = await loadRights(
    app,
    members.filter(({ role }) => role === 'CUSTOMER_CONTACT').map(({ id }) => id),
  );
  return (id, role) => (role === null ? null : role === 'SUPER' ? allRights : (granted.get(id) ?? null));
}

/** Which of these people are there and may sign in, with a text of their rights. */
async function presentAmong(app: Pick<App, 'db'>, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (ids.length === 0) return new Map();
  const rows = await app.db.query<{ id: string; role: Role }>(Prisma.sql`
    SELECT m.id, a.role::text AS role FROM member m LEFT JOIN administrator a ON a.member_id = m.id
    WHERE m.id = ANY(${ids}::uuid[]) AND m.status = 'ACTIVE'
    UNION ALL SELECT id, NULL FROM customer WHERE id = ANY(${ids}::uuid[])`);
  const rights = await rightsOf(app, rows);
  return new Map(rows.map(({ id, role }) => [id, JSON.stringify(rights(id, role))]));
}

async function findPerson(app: Pick<App, 'db'>, session: Session): Promise<Actor | null> {
  const { personId: id, enterpriseId } = session;
  if (session.kind === 'customer') {
    const [row] = await app.db.query<{ name: string }>(Prisma.sql`
      SELECT name FROM customer WHERE enterprise_id = ${enterpriseId}::uuid AND id = ${id}::uuid`);
    return row ? { kind: 'customer', id, enterpriseId, name: row.name } : null;
  }
  const [row] = await app.db.query<{ id: string; name: string; role: Role }>(Prisma.sql`
    SELECT m.id, m.name, a.role::text AS role
    FROM member m LEFT JOIN administrator a ON a.member_id = m.id
    WHERE m.enterprise_id = ${enterpriseId}::uuid AND m.id = ${id}::uuid AND m.status = 'ACTIVE'`);
  if (!row) return null;
  const rights = (await rightsOf(app, [row]))(id, row.role);
  return { kind: 'member', id, enterpriseId, name: row.name, rights };
}
