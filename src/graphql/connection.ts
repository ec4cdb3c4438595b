import type { ObjectRef } from '@pothos/core';
import { queryFromInfo } from '@pothos/plugin-prisma';
import type { GraphQLResolveInfo } from 'graphql';
import { builder } from './builder.js';
import type { BatonContext } from './context.js';
import { badInput } from './errors.js';
import { isUuid } from './ids.js';
import { loadOf } from './loading.js';
import type { SortKind } from '../platform/db/keyset.js';
import type { Connection, Page, PageArgs, SortValue } from './paging.js';
import { readPage, toConnection } from './paging.js';

/** A connection whose count, when the document asks for it, is read by a function of its own. */
export type Counted<Row> = Connection<Row> & { readonly totalCount?: () => Promise<number | null> };

type Types = (typeof builder)['$inferSchemaTypes'];

/**
 * The connection type `<name>Connection` with its edge, shared by every field that lists these objects.
 * `totalCount` is offered on all of them; null where the list has no cheap way to know.
 */
export function defineConnection<Row>(name: string, node: ObjectRef<Types, Row>) {
  const Edge = builder.edgeObject({
    name: `${name}Edge`,
    type: node as never,
    description: `A ${name} and its place in the list.`,
  });
  return builder.connectionObject(
    {
      name: `${name}Connection`,
      type: node as never,
      description: `A page of a list of ${name} objects.`,
      fields: (t) => ({
        totalCount: t.int({
          nullable: true,
          description: 'Objects in the whole list, read separately. Null where this list has no affordable count.',
          resolve: (connection) => (connection as unknown as Counted<Row>).totalCount?.() ?? null,
        }),
      }),
    },
    Edge,
  );
}

/** One sort field of a Prisma list; never a nullable column, whose place in the order a cursor could not say. */
export interface SortField {
  readonly field: string;
  readonly direction: 'asc' | 'desc';
  /** What the column holds, so that a forged cursor ends before the database. */
  readonly kind: 'text' | 'time' | 'id';
}

/**
 * A page of a Prisma list by keyset: `find` gets the selection of this operation, the condition, order and limit.
 * `order` must end in a unique field. For lists that a handover changes, and that are hot, write the SQL instead.
 */
export async function pageOf<Row extends object>(options: {
  readonly args: PageArgs;
  readonly context: BatonContext;
  readonly info: GraphQLResolveInfo;
  readonly typeName: string;
  readonly order: readonly SortField[];
  readonly find: (query: { where: object; orderBy: object[]; take: number }) => Promise<Row[]>;
  readonly count?: () => Promise<number>;
}): Promise<Counted<Row>> {
  const name = `${options.typeName} ${options.order.map(({ field, direction }) => `${field} ${direction}`).join(',')}`;
  const page = readPage(options.args, name, options.order.length);
  if (page.from && !options.order.every(({ kind }, place) => isOfKind[kind](page.from?.[place]))) {
    throw badInput('This is not a cursor of this list. Use one that the same field answered, as it was.');
  }
  const order = page.backward ? options.order.map(turned) : options.order;
  const selection = queryFromInfo({
    context: options.context,
    info: options.info,
    typeName: options.typeName,
    paths: [['nodes'], ['edges', 'node']],
  }) as { select?: Record<string, unknown> };
  // The sort fields must come along even when the document does not ask for them: the cursors are made of them.
  const query = selection.select
    ? { ...selection, select: { ...selection.select, ...Object.fromEntries(order.map(({ field }) => [field, true])) } }
    : selection;
  const rows = await options.find({
    ...query,
    where: page.from ? beyond(order, page.from) : {},
    orderBy: order.map(({ field, direction }) => ({ [field]: direction })),
    take: page.limit + 1,
  });
  const values = (row: Row) => options.order.map(({ field }) => sortValue((row as Record<string, unknown>)[field]));
  return { ...toConnection(rows, page, name, values), ...(options.count && { totalCount: options.count }) };
}

/**
 * A page of a list that hangs on one of many parents. The parents of a level are read together: two statements, and one for
 * the counts, however many they are. `ids` answers for each parent the rows of the page and one more, in reading direction.
 */
export async function pageUnder<Row extends { readonly id: string }>(options: {
  readonly args: PageArgs;
  readonly context: BatonContext;
  readonly name: string;
  readonly parentId: string;
  readonly keys: readonly { readonly kind: SortKind }[];
  readonly ids: (parentIds: string[], page: Page) => Promise<readonly { parentId: string; id: string }[]>;
  readonly rows: (ids: string[]) => Promise<readonly Row[]>;
  readonly sortValues: (row: Row) => readonly SortValue[];
  readonly count?: (parentIds: string[]) => Promise<ReadonlyMap<string, number>>;
}): Promise<Counted<Row>> {
  const { args, context, name, parentId, count } = options;
  const page = readPage(args, name, options.keys);
  const load = async (parentIds: string[], of: Page) => {
    const places = await options.ids(parentIds, of);
    const rows = new Map((await options.rows(places.map(({ id }) => id))).map((row) => [row.id, row]));
    const byParent = new Map<string, Row[]>(parentIds.map((id) => [id, []]));
    for (const place of places) {
      const row = rows.get(place.id);
      if (row) byParent.get(place.parentId)?.push(row);
    }
    return byParent;
  };
  const rows = await loadOf<Page, Row[]>(context, Symbol.for(`page of ${name}`), parentId, page, load, []);
  const counted =
    count &&
    (() => loadOf(context, Symbol.for(`count of ${name}`), parentId, null, (parentIds) => count(parentIds), 0));
  return { ...toConnection(rows, page, name, options.sortValues), ...(counted && { totalCount: counted }) };
}

/** The condition "after these sort values in this order". */
function beyond(order: readonly SortField[], values: readonly SortValue[]): object {
  return {
    OR: order.map(({ field, direction }, place) => ({
      ...Object.fromEntries(order.slice(0, place).map((before, index) => [before.field, values[index]])),
      [field]: { [direction === 'asc' ? 'gt' : 'lt']: values[place] },
    })),
  };
}

const isOfKind: Record<SortField['kind'], (value: unknown) => boolean> = {
  text: (value) => typeof value === 'string' && !value.includes('\0'),
  time: (value) =>
    typeof value === 'string' && !Number.isNaN(Date.parse(value)) && new Date(value).toISOString() === value,
  id: (value) => typeof value === 'string' && isUuid(value),
};

function turned({ direction, ...rest }: SortField): SortField {
  return { ...rest, direction: direction === 'asc' ? 'desc' : 'asc' };
}

function sortValue(value: unknown): SortValue {
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'string' || typeof value === 'number') return value;
  throw badInput('This list cannot be paged by that order.');
}
