import type { SortKind } from '../platform/db/keyset.js';
import { badInput } from './errors.js';
import { isUuid } from './ids.js';

/** What a connection field takes. */
export interface PageArgs {
  readonly first?: number | null;
  readonly after?: string | null;
  readonly last?: number | null;
  readonly before?: string | null;
}

/** One sort value of a row, as a cursor carries it. */
export type SortValue = string | number | boolean | null;

/** A page that was asked for: how many rows, in which direction, from which sort values on. */
export interface Page {
  readonly limit: number;
  /** True for `last`: read the list from its end; `toConnection` turns the rows round again. */
  readonly backward: boolean;
  /** Sort values of the row to go on from, the unique tie-breaker last; null: from the edge of the list. */
  readonly from: readonly SortValue[] | null;
}

/** What a connection resolver answers. */
export interface Connection<Row> {
  readonly edges: { readonly cursor: string; readonly node: Row }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

export const defaultPageSize = 20;
export const largestPage = 100;

/**
 * Reads the paging arguments of a list ordered by `order`, a name that cursors carry: a cursor of another order is
 * refused. Cursors hold sort values, not row ids, so a page goes on rightly when its last row has left the list.
 *
 * `keys`: how many sort values a cursor holds, or better the sort keys themselves, so that a forged one ends here.
 */
export function readPage(args: PageArgs, order: string, keys: number | readonly { readonly kind: SortKind }[]): Page {
  if (args.first != null && args.last != null) throw badInput('Give `first` or `last`, not both.');
  if (args.after != null && args.before != null) throw badInput('Give `after` or `before`, not both.');
  const backward = args.last != null || args.before != null;
  if (backward && args.after != null) throw badInput('`last` goes with `before`; `after` goes with `first`.');
  if (args.first != null && args.before != null)
    throw badInput('`first` goes with `after`; `before` goes with `last`.');
  const name = args.last != null ? 'last' : 'first';
  const limit = args.last ?? args.first ?? defaultPageSize;
  if (limit < 0 || limit > largestPage) {
    throw badInput(`\`${name}\` must be from 0 to ${largestPage}, got ${limit}. Page on with a cursor instead.`);
  }
  const cursor = args.after ?? args.before;
  if (cursor == null) return { limit, backward, from: null };
  const from = decodeCursor(cursor, order, typeof keys === 'number' ? keys : keys.length);
  if (typeof keys !== 'number' && !keys.every(({ kind }, place) => isOfKind[kind](from[place] ?? null))) {
    throw badInput('This is not a cursor of this list. Use one that the same field answered, as it was.');
  }
  return { limit, backward, from };
}

const isOfKind: Record<SortKind, (value: SortValue) => boolean> = {
  instant: (value) => value === null || Number.isSafeInteger(value),
  text: (value) => typeof value === 'string' && !value.includes('\0'),
  id: (value) => typeof value === 'string' && isUuid(value),
};

/**
 * Makes a connection of the rows that a statement read for `page`: one row more than the limit, in reading direction.
 * The row too many only tells that the list goes on.
 */
export function toConnection<Row>(
  rows: readonly Row[],
  page: Page,
  order: string,
  sortValues: (row: Row) => readonly SortValue[],
): Connection<Row> {
  const more = rows.length > page.limit;
  const shown = rows.slice(0, page.limit);
  if (page.backward) shown.reverse();
  // Encoded when asked for: most documents ask for `nodes` and at most the last cursor.
  const edges = shown.map((node) => ({
    node,
    get cursor() {
      return encodeCursor(order, sortValues(node));
    },
  }));
  return {
    edges,
    pageInfo: {
      hasNextPage: page.backward ? page.from !== null : more,
      hasPreviousPage: page.backward ? more : page.from !== null,
      get startCursor() {
        return edges[0]?.cursor ?? null;
      },
      get endCursor() {
        return edges.at(-1)?.cursor ?? null;
      },
    },
  };
}

/** An opaque cursor of a place in a list of this order. */
export function encodeCursor(order: string, values: readonly SortValue[]): string {
  return Buffer.from(JSON.stringify([order, ...values])).toString('base64url');
}

/** The sort values in a cursor. One that is malformed, or of another order, is BAD_USER_INPUT. */
export function decodeCursor(cursor: string, order: string, keys: number): SortValue[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    throw badInput('This is not a cursor of this API. Use one that a list answered, as it was.');
  }
  if (!Array.isArray(parsed) || parsed.length !== keys + 1 || !parsed.slice(1).every(isSortValue)) {
    throw badInput('This is not a cursor of this list. Use one that the same field answered, as it was.');
  }
  if (parsed[0] !== order) throw badInput('This cursor belongs to another list or another orderBy. Start without it.');
  return parsed.slice(1) as SortValue[];
}

function isSortValue(value: unknown): value is SortValue {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}
