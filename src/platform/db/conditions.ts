import { Prisma } from '../../generated/prisma/client.js';
import { instantSql, sortableInstant } from './keyset.js';

/** Conditions on a text; all that are given must hold. Case counts in `eq` and `in`, not in the others. */
export interface TextCondition {
  readonly eq?: string;
  readonly in?: readonly string[];
  readonly contains?: string;
  readonly startsWith?: string;
}

/** Conditions on a time in ISO 8601; all that are given must hold. `after` includes its time, `before` does not. */
export interface TimeCondition {
  readonly after?: string;
  readonly before?: string;
  readonly isNull?: boolean;
}

/** A filter that nests. */
export interface Combinable<Filter> {
  readonly and?: readonly Filter[];
  readonly or?: readonly Filter[];
  readonly not?: Filter;
}

/** All of them must hold; none at all holds for every row. */
export function allOf(conditions: readonly Prisma.Sql[]): Prisma.Sql {
  return conditions.length === 0 ? Prisma.sql`TRUE` : Prisma.sql`(${Prisma.join([...conditions], ' AND ')})`;
}

/**
 * The condition of a nested filter: what it says itself, and its `and`, `or` and `not`, must all hold.
 *
 * `not` also holds where the inner condition is unknown: a customer without a region is not in "Berlin".
 */
export function combined<Filter extends Combinable<Filter>>(
  filter: Filter,
  own: (filter: Filter) => readonly Prisma.Sql[],
): Prisma.Sql {
  const { and, or, not } = filter;
  return allOf([
    ...own(filter),
    ...(and ?? []).map((inner) => combined(inner, own)),
    ...(or
      ? [
          Prisma.sql`(${Prisma.join(
            or.map((inner) => combined(inner, own)),
            ' OR ',
          )})`,
        ]
      : []),
    ...(not ? [Prisma.sql`(${combined(not, own)}) IS NOT TRUE`] : []),
  ]);
}

/** The conditions on a text column; none when there is no condition. */
export function textConditions(column: Prisma.Sql, condition: TextCondition | undefined): Prisma.Sql[] {
  const { eq, in: among, contains, startsWith } = condition ?? {};
  return [
    ...(eq === undefined ? [] : [Prisma.sql`${column} = ${eq}`]),
    ...(among === undefined ? [] : [Prisma.sql`${column} = ANY(${[...among]}::text[])`]),
    ...(contains === undefined ? [] : [Prisma.sql`${column} ILIKE ${`%${literal(contains)}%`}`]),
    ...(startsWith === undefined ? [] : [Prisma.sql`${column} ILIKE ${`${literal(startsWith)}%`}`]),
  ];
}

/**
 * The conditions on a nullable time column; none when there is no condition. They read as the sort expression of
 * `sortableInstant` does, so that an index that sorts by it also finds a stretch of time.
 */
export function timeConditions(column: Prisma.Sql, condition: TimeCondition | undefined): Prisma.Sql[] {
  const { after, before, isNull } = condition ?? {};
  const sortable = sortableInstant(column);
  return [
    ...(after === undefined ? [] : [Prisma.sql`${sortable} >= ${instantSql(Date.parse(after) * 1000)}`]),
    ...(before === undefined
      ? []
      : [Prisma.sql`(${sortable} < ${instantSql(Date.parse(before) * 1000)} AND ${column} IS NOT NULL)`]),
    ...(isNull === undefined ? [] : [Prisma.sql`${column} ${Prisma.raw(isNull ? 'IS NULL' : 'IS NOT NULL')}`]),
  ];
}

/** Text that LIKE takes as it stands. */
function literal(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}
