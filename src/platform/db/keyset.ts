import { Prisma } from '../../generated/prisma/client.js';
import type { Database } from './database.js';

/** What a sort value is, so that a cursor can be checked before it reaches the database. */
export type SortKind = 'instant' | 'text' | 'id';

/** Which way a list is sorted. */
export type Direction = 'ASC' | 'DESC';

/** One sort expression of a list. An `instant` may be null and then sorts below every known time. */
export interface SortKey {
  readonly expression: Prisma.Sql;
  readonly kind: SortKind;
}

/** Which part of a list to read: as many rows, from these sort values on, or from the edge of the list. */
export interface KeysetPage {
  readonly limit: number;
  /** Read from the end of the list. The rows come in reading direction, the last one first. */
  readonly backward: boolean;
  readonly from: readonly (string | number | boolean | null)[] | null;
}

/** The pieces of a statement that reads one page; `expression`s are evaluated where the pieces stand. */
export interface KeysetSql {
  /** Only what lies beyond the cursor; TRUE for the first page. */
  readonly beyond: Prisma.Sql;
  /** Without the words ORDER BY, in reading direction. */
  readonly order: Prisma.Sql;
  /** One row more than the page: it tells that the list goes on. */
  readonly limit: Prisma.Sql;
}

/** Microseconds since 1970, exact as PostgreSQL keeps them, where a Date would round to milliseconds. Null stays null. */
export function microsOf(instant: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`(extract(epoch FROM ${instant}) * 1000000)::bigint`;
}

/** The instant of so many microseconds since 1970; null sorts below all. */
export function instantSql(micros: number | null): Prisma.Sql {
  return micros === null
    ? Prisma.sql`'-infinity'::timestamptz`
    : Prisma.sql`('epoch'::timestamptz + ${micros}::bigint * interval '1 microsecond')`;
}

/** A nullable time as a sort expression. Must read as it does in the index that serves the list. */
export function sortableInstant(column: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`coalesce(${column}, '-infinity'::timestamptz)`;
}

/**
 * A page of a list that sorts all its keys the same way; the last key must be unique.
 *
 * The limit is part of the text, not a parameter: the planner guesses a tenth of the table for a parameter, and then
 * plans every call anew. There are at most as many texts as page sizes.
 */
export function keyset(keys: readonly SortKey[], direction: Direction, page: KeysetPage): KeysetSql {
  const ascending = (direction === 'ASC') !== page.backward;
  const word = Prisma.raw(ascending ? 'ASC' : 'DESC');
  const { from } = page;
  return {
    beyond:
      from === null
        ? Prisma.sql`TRUE`
        : Prisma.sql`(${Prisma.join(keys.map(({ expression }) => expression))}) ${Prisma.raw(ascending ? '>' : '<')} (${Prisma.join(
            keys.map(({ kind }, place) => valueSql(kind, from[place] ?? null)),
          )})`,
    order: Prisma.join(keys.map(({ expression }) => Prisma.sql`${expression} ${word}`)),
    limit: Prisma.raw(String(Math.trunc(page.limit) + 1)),
  };
}

function valueSql(kind: SortKind, value: string | number | boolean | null): Prisma.Sql {
  if (kind === 'instant') return instantSql(value === null ? null : Number(value));
  return kind === 'id' ? Prisma.sql`${value}::uuid` : Prisma.sql`${value}::text`;
}

/** A list under each of many parents: rows of `table`, which the sort keys call `x`, by the parent that `column` names. */
export interface ListUnder {
  readonly table: string;
  readonly column: string;
  readonly enterpriseId: string;
  readonly parentIds: readonly string[];
  readonly keys: readonly SortKey[];
  readonly direction: Direction;
  readonly page: KeysetPage;
  /** A further condition on `x`, at most one; none: all. */
  readonly where?: readonly Prisma.Sql[];
}

/** The rows of a page for every parent, and one more each, in one statement: their ids, in reading direction. */
export function idsUnder(db: Database, list: ListUnder): Promise<{ parentId: string; id: string }[]> {
  const { beyond, order, limit } = keyset(list.keys, list.direction, list.page);
  return db.query(Prisma.sql`
    SELECT parent.id AS "parentId", x.id
    FROM unnest(${[...list.parentIds]}::uuid[]) parent(id)
    CROSS JOIN LATERAL (
      SELECT x.* FROM ${Prisma.raw(`"${list.table}"`)} x
      WHERE x.enterprise_id = ${list.enterpriseId}::uuid AND x.${Prisma.raw(`"${list.column}"`)} = parent.id AND ${beyond}
        AND ${list.where?.[0] ?? Prisma.sql`TRUE`}
      ORDER BY ${order} LIMIT ${limit}
    ) x
    ORDER BY ${order}`);
}
