import { Prisma } from '../../generated/prisma/client.js';
import type { Reach } from '../rights.js';
import { instantSql, sortableInstant } from './keyset.js';

/** Conditions on a text; all that are given must hold. Case counts in `eq` and `in`, not in the others. */
export interface TextCondition {
  readonly eq?: string;
  readonly in?: readonly string[];
  readonly contains?: string;
  readonly startsWith?: string;
}

/**
 * Conditions on a time in ISO 8601; all that are given must hold. `after` includes its time, `before` does not; so do the
 * same relative to now, `withinDays` and `olderThanDays`, in days of 24 hours. An unknown time satisfies none of the four.
 */
export interface TimeCondition {
  readonly after?: string;
  readonly before?: string;
  readonly withinDays?: number;
  readonly olderThanDays?: number;
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

/** The condition that a department column is within reach; none where everything is, a department or not. */
export function withinReach(column: Prisma.Sql, reach: Reach): Prisma.Sql[] {
  return reach === 'ALL' ? [] : [Prisma.sql`${column} = ANY(${[...reach]}::uuid[])`];
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

const dayMs = 24 * 3600 * 1000;

/**
 * The conditions on a nullable time column at this moment; none when there is no condition. They read as the sort expression of
 * `sortableInstant` does, so that an index that sorts by it also finds a stretch of time.
 */
export function timeConditions(column: Prisma.Sql, condition: TimeCondition | undefined, now: Date): Prisma.Sql[] {
  const { after, before, withinDays, olderThanDays, isNull } = condition ?? {};
  const sortable = sortableInstant(column);
  const daysAgo = (days: number) => now.getTime() - days * dayMs;
  const from = (ms: number) => Prisma.sql`${sortable} >= ${instantSql(ms * 1000)}`;
  const until = (ms: number) => Prisma.sql`(${sortable} < ${instantSql(ms * 1000)} AND ${column} IS NOT NULL)`;
  return [
    ...(after === undefined ? [] : [from(Date.parse(after))]),
    ...(withinDays === undefined ? [] : [from(daysAgo(withinDays))]),
    ...(before === undefined ? [] : [until(Date.parse(before))]),
    ...(olderThanDays === undefined ? [] : [until(daysAgo(olderThanDays))]),
    ...(isNull === undefined ? [] : [Prisma.sql`${column} ${Prisma.raw(isNull ? 'IS NULL' : 'IS NOT NULL')}`]),
  ];
}

/** Text that LIKE takes as it stands. */
function literal(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}
