import type { FieldMap, ObjectRef } from '@pothos/core';
import type DataLoader from 'dataloader';
import { builder } from './builder.js';
import type { BatonContext } from './context.js';
import { badInput } from './errors.js';
import { encodeId, isUuid } from './ids.js';

type Types = (typeof builder)['$inferSchemaTypes'];

/**
 * Makes a type of plain rows a Node: `id`, and `node(id:)` through the loader, which answers null for what is not the
 * reader's to see. An id that cannot be one is BAD_USER_INPUT.
 */
export function defineNode<Row extends { readonly id: string }>(
  ref: ObjectRef<Types, Row>,
  options: {
    readonly description: string;
    readonly loader: (context: BatonContext) => DataLoader<string, Row | null>;
    readonly fields: (t: PothosSchemaTypes.ObjectFieldBuilder<Types, Row>) => FieldMap;
  },
): ObjectRef<Types, Row> {
  return defineNamedNode(ref, {
    ...options,
    id: { description: 'Opaque and stable.', of: (row) => row.id },
    loadMany: (ids, context) => loadNodes(ids, options.loader(context)),
  });
}

/**
 * Makes a type a Node whose inner id is what `id.of` answers; `loadMany` finds objects by it, null for what is not the
 * reader's to see.
 *
 * Instead of `builder.node`, whose `id` is a promise for every row: with it a page of 50 rows took three times as long,
 * since each object that holds a promise becomes one.
 */
export function defineNamedNode<Row>(
  ref: ObjectRef<Types, Row>,
  options: {
    readonly description: string;
    readonly id: { readonly description: string; readonly of: (row: Row) => string };
    readonly loadMany: (ids: readonly string[], context: BatonContext) => Promise<readonly (Row | null)[]>;
    readonly fields: (t: PothosSchemaTypes.ObjectFieldBuilder<Types, Row>) => FieldMap;
  },
): ObjectRef<Types, Row> {
  const { name } = ref;
  const { id, loadMany } = options;
  builder.objectType(ref, {
    description: options.description,
    interfaces: [builder.nodeInterfaceRef()],
    // Where the relay plugin looks for it.
    loadManyWithoutCache: loadMany,
    fields: (t: PothosSchemaTypes.ObjectFieldBuilder<Types, Row>) => ({
      id: t.id({ description: id.description, resolve: (row) => encodeId(name, id.of(row)) }),
      ...options.fields(t),
    }),
  } as never);
  return ref;
}

async function loadNodes<Row>(ids: readonly string[], loader: DataLoader<string, Row | null>): Promise<(Row | null)[]> {
  if (!ids.every(isUuid)) throw badInput('This is not an id of this API. Use an id that a query answered, as it was.');
  return Promise.all(ids.map((id) => loader.load(id)));
}

/**
 * The condition that finds the row of a prismaNode, made `nullable`: null for a row that is not there, or that `visible`
 * leaves out; `visible` null leaves all out. An id that cannot be one is BAD_USER_INPUT.
 */
export function rowNamed<Where extends object>(
  id: string,
  visible: Where | null,
): { id: string; AND: Where | { id: string } } {
  if (!isUuid(id)) throw badInput('This is not an id of this API. Use an id that a query answered, as it was.');
  // An empty OR would not do: here Prisma reads it as no condition.
  return { id, AND: visible ?? { id: nobodysId } };
}

const nobodysId = '00000000-0000-0000-0000-000000000000';
