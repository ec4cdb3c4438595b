import { Prisma } from '../generated/prisma/client.js';
import type { App } from '../platform/app.js';
import { acrossEnterprises } from '../platform/db/scope.js';
import { StartupError } from '../platform/errors.js';

/** A person as tokens name them. */
export interface Person {
  readonly kind: 'member' | 'customer';
  readonly personId: string;
  readonly enterpriseId: string;
}

interface Wanted {
  readonly kind: 'member' | 'customer';
  readonly key: string;
  readonly enterpriseKey?: string | undefined;
}

interface Row {
  readonly id: string;
  readonly enterprise_id: string;
  readonly enterprise_key: string;
  readonly status: string;
}

/**
 * The member or customer with the company's own id. Throws a StartupError for one that is not there (with the ids most
 * like it), that is in several enterprises, or that may not sign in.
 */
export function findPerson(app: Pick<App, 'db'>, wanted: Wanted): Promise<Person> {
  return acrossEnterprises('the operator may not know which enterprise', () => find(app, wanted));
}

async function find({ db }: Pick<App, 'db'>, wanted: Wanted): Promise<Person> {
  const { kind, key, enterpriseKey } = wanted;
  const enterprises = await db.prisma.enterprise.findMany({ select: { key: true }, orderBy: { key: 'asc' }, take: 21 });
  if (enterprises.length === 0) {
    throw new StartupError('There is no enterprise yet. Start with npm start, or import one with npm run import.');
  }
  if (enterpriseKey !== undefined && !(await db.prisma.enterprise.findUnique({ where: { key: enterpriseKey } }))) {
    const known = enterprises.map((each) => each.key).join(', ');
    throw new StartupError(`There is no enterprise with the key "${enterpriseKey}". There are: ${known}.`);
  }
  const inEnterprise = enterpriseKey === undefined ? Prisma.empty : Prisma.sql`AND e.key = ${enterpriseKey}`;
  const { table, column, status } = places[kind];
  const rows = await db.query<Row>(Prisma.sql`
    SELECT p.id, p.enterprise_id, e.key AS enterprise_key, ${status} AS status
    FROM ${table} p JOIN enterprise e ON e.id = p.enterprise_id
    WHERE ${column} = ${key} ${inEnterprise} ORDER BY e.key LIMIT 21`);
  const [person, other] = rows;
  if (other) {
    const keys = rows.map((row) => row.enterprise_key).join(', ');
    throw new StartupError(`"${key}" is a ${kind} of several enterprises. Say which by --enterprise: ${keys}.`);
  }
  if (person) {
    if (person.status !== 'ACTIVE') {
      throw new StartupError(`The member "${key}" is ${person.status}, and only active members may sign in.`);
    }
    return { kind, personId: person.id, enterpriseId: person.enterprise_id };
  }
  const all = await db.query<{ key: string }>(Prisma.sql`
    SELECT ${column} AS key FROM ${table} p JOIN enterprise e ON e.id = p.enterprise_id
    WHERE true ${inEnterprise} ORDER BY ${column} LIMIT ${mostCompared}`);
  const near = nearest(key, [...new Set(all.map((row) => row.key))]);
  const hint = near.length > 0 ? ` Did you mean ${near.join(', ')}?` : '';
  throw new StartupError(`There is no ${kind} "${key}".${hint}`);
}

const mostCompared = 20_000;

const places = {
  member: { table: Prisma.sql`member`, column: Prisma.sql`p.user_id`, status: Prisma.sql`p.status::text` },
  customer: { table: Prisma.sql`customer`, column: Prisma.sql`p.external_user_id`, status: Prisma.sql`'ACTIVE'` },
};

/** The three that share the most pairs of letters with what was typed, best first. */
function nearest(typed: string, keys: readonly string[]): string[] {
  const wanted = pairsOf(typed);
  return keys
    .map((key) => {
      const pairs = pairsOf(key);
      const shared = [...wanted].filter((pair) => pairs.has(pair)).length;
      return { key, likeness: (2 * shared) / Math.max(wanted.size + pairs.size, 1) };
    })
    .filter(({ likeness }) => likeness >= 0.4)
    .sort((a, b) => b.likeness - a.likeness)
    .slice(0, 3)
    .map(({ key }) => key);
}

function pairsOf(text: string): Set<string> {
  const padded = ` ${text.toLowerCase()} `;
  return new Set(Array.from({ length: padded.length - 1 }, (_, at) => padded.slice(at, at + 2)));
}
