import { Prisma } from '../../generated/prisma/client.js';
import type { App } from '../../platform/app.js';
import type { Reference } from './format.js';
import { lookUpIn } from './look-up.js';

/** What the check asks of the enterprise's rows as they are now. A new enterprise has none. */
export interface Known {
  /** Those of the keys that name a row. */
  keys(of: Reference['to'], keys: readonly string[]): Promise<Set<string>>;
  /** Keys of the departments and of their parents. */
  departmentParents(): Promise<Map<string, string | null>>;
  /** Those of the pairs that a transfer has handed on, as their places in the list, and to whom they went. */
  handedOn(pairs: readonly Pair[]): Promise<Map<number, string>>;
}

/** A member and a customer, by the company's own keys. */
export interface Pair {
  readonly user_id: string;
  readonly external_user_id: string;
}

/** The rows of an enterprise; null: of one that is not there yet. */
export function knownOf({ db }: Pick<App, 'db'>, enterpriseId: string | null): Known {
  if (enterpriseId === null) {
    return { keys: async () => new Set(), departmentParents: async () => new Map(), handedOn: async () => new Map() };
  }
  return {
    async keys(of, keys) {
      const { table, column } = places[of];
      const rows = await db.query<{ key: string }>(Prisma.sql`
        SELECT ${column} AS key FROM ${table}
        WHERE enterprise_id = ${enterpriseId}::uuid AND ${column} = ANY (${keys}::text[])`);
      return new Set(rows.map(({ key }) => key));
    },
    async departmentParents() {
      const rows = await db.query<{ key: string; parent: string | null }>(Prisma.sql`
        SELECT d.key, p.key AS parent FROM department d LEFT JOIN department p ON p.id = d.parent_id
        WHERE d.enterprise_id = ${enterpriseId}::uuid`);
      return new Map(rows.map(({ key, parent }) => [key, parent]));
    },
    async handedOn(pairs) {
      const given = pairs.map((pair, place) => ({ place, ...pair }));
      const find = lookUpIn(enterpriseId);
      const rows = await db.query<{ place: number; successor: string }>(Prisma.sql`
        SELECT g.place, (
          SELECT s.user_id FROM (
            SELECT i.transfer_id, i.successor_id, i.taken_over_at FROM transfer_item i
            WHERE i.enterprise_id = ${enterpriseId}::uuid AND i.customer_id = g.customer_id AND i.status = 'COMPLETED' OFFSET 0
          ) i JOIN transfer t ON t.id = i.transfer_id JOIN member s ON s.id = i.successor_id
          WHERE t.leaver_id = g.member_id
          ORDER BY i.taken_over_at DESC LIMIT 1
        ) AS successor
        FROM (
          SELECT g.place, ${find.member(Prisma.sql`g.user_id`)} AS member_id,
            ${find.customer(Prisma.sql`g.external_user_id`)} AS customer_id
          FROM jsonb_to_recordset(${JSON.stringify(given)}::jsonb) AS g(place int, user_id text, external_user_id text) OFFSET 0
        ) g
        WHERE ${find.wasHandedOn(Prisma.sql`g.member_id`, Prisma.sql`g.customer_id`)}
          AND ${find.relation(Prisma.sql`g.member_id`, Prisma.sql`g.customer_id`)} IS NULL`);
      return new Map(rows.map(({ place, successor }) => [place, successor]));
    },
  };
}

const places = {
  departments: { table: Prisma.sql`department`, column: Prisma.sql`key` },
  members: { table: Prisma.sql`member`, column: Prisma.sql`user_id` },
  customers: { table: Prisma.sql`customer`, column: Prisma.sql`external_user_id` },
  groups: { table: Prisma.sql`customer_group`, column: Prisma.sql`chat_id` },
} as const;
