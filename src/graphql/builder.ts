import SchemaBuilder from '@pothos/core';
import ComplexityPlugin from '@pothos/plugin-complexity';
import PrismaPlugin from '@pothos/plugin-prisma';
import RelayPlugin from '@pothos/plugin-relay';
import { getNullableType, GraphQLError, isListType } from 'graphql';
import { DateResolver, DateTimeResolver, JSONResolver } from 'graphql-scalars';
import { getDatamodel } from '../generated/pothos-types.js';
import type PrismaTypes from '../generated/pothos-types.js';
import type { BatonContext } from './context.js';
import { decodeId, encodeId } from './ids.js';

/** The most one operation may cost, see `complexity` below: a page of 100 with two levels of lists of 20 below it passes. */
export const costLimit = 250_000;
/** The deepest nesting of fields one operation may have. */
export const depthLimit = 14;

/**
 * The one schema builder; rooms add their types to it when they are imported. A singleton, since Pothos keeps its types
 * here: it holds no state of a running application.
 */
export const builder = new SchemaBuilder<{
  PrismaTypes: PrismaTypes;
  Context: BatonContext;
  DefaultFieldNullability: false;
  Scalars: {
    DateTime: { Input: Date; Output: Date };
    /** A day without a time: midnight UTC on the way in, `YYYY-MM-DD` on the way out. */
    Date: { Input: Date; Output: string };
    JSON: { Input: unknown; Output: unknown };
    ID: { Input: string; Output: string };
  };
}>({
  plugins: [ComplexityPlugin, RelayPlugin, PrismaPlugin],
  defaultFieldNullability: false,
  relay: {
    clientMutationId: 'omit',
    cursorType: 'String',
    nodesOnConnection: { description: 'The objects of this page, in order.' },
    encodeGlobalID: encodeId,
    decodeGlobalID: decodeId,
    idFieldOptions: { description: 'Opaque and stable. Keep it as it is; its make may change.' },
    nodeTypeOptions: { description: 'Anything that has a global id.' },
    pageInfoTypeOptions: { description: 'Where a page lies in its list.' },
    nodeQueryOptions: {
      description: 'Looks one object up by its global id. Null when there is none, or it is not yours to see.',
      args: { id: { description: 'The id, as another query answered it.' } },
    },
    nodesQueryOptions: {
      description:
        'Looks up to 100 objects up by their global ids, in that order; null for each that is not there for you.',
      args: { ids: { description: 'At most 100 ids, as other queries answered them.' } },
      resolve: (_root, { ids }, _context, _info, resolveNodes) => {
        if (ids.length > 100) {
          throw new GraphQLError(`At most 100 ids at a time, got ${ids.length}.`, {
            extensions: { code: 'BAD_USER_INPUT' },
          });
        }
        return resolveNodes(ids);
      },
    },
    pageInfoFieldOptions: { description: 'Where the page lies in its list.' },
    edgesFieldOptions: { description: 'The objects of this page with their cursors, in order.' },
    cursorFieldOptions: { description: 'Place of the object in the list: give it as `after` or `before`.' },
    nodeFieldOptions: { description: 'The object.', nullable: false },
    firstArgOptions: { description: 'How many to answer from the start or after `after`. Default 20, at most 100.' },
    afterArgOptions: { description: 'Answer what comes after this cursor.' },
    lastArgOptions: { description: 'How many to answer from the end or before `before`; at most 100.' },
    beforeArgOptions: { description: 'Answer what comes before this cursor.' },
    hasNextPageFieldOptions: { description: 'More comes after this page.' },
    hasPreviousPageFieldOptions: { description: 'More comes before this page.' },
    startCursorFieldOptions: { description: 'Cursor of the first object of this page.' },
    endCursorFieldOptions: { description: 'Cursor of the last object of this page.' },
  },
  prisma: {
    client: (context) => context.app.db.prisma,
    dmmf: getDatamodel(),
    exposeDescriptions: false,
    filterConnectionTotalCount: true,
    onUnusedQuery: null,
  },
  complexity: {
    // Counted before execution from the document alone: a list costs its page size times what is asked of each row.
    limit: { complexity: costLimit, depth: depthLimit },
    // The plugin knows nothing of connections: it would charge 20 for `nodes` whatever the page, and nothing for the page.
    fieldComplexity: ({ first, last }: { first?: number | null; last?: number | null }, _context, field) => {
      const isPage = field.args.some(({ name }) => name === 'first');
      if (isPage) return { field: 1, multiplier: last ?? first ?? 20 };
      const isOfPage = (field.name === 'nodes' || field.name === 'edges') && field.args.length === 0;
      return { field: 1, multiplier: isListType(getNullableType(field.type)) && !isOfPage ? 20 : 1 };
    },
    complexityError: (kind, result) =>
      new GraphQLError(
        `This operation is too large (${kind.toLowerCase()}: cost ${result.complexity} of ${costLimit}, depth ${result.depth} of ${depthLimit}). ` +
          'Ask for smaller pages, or split it.',
        { extensions: { code: 'TOO_EXPENSIVE' } },
      ),
  },
});

builder.addScalarType('Date', DateResolver);
builder.addScalarType('DateTime', DateTimeResolver);
builder.addScalarType('JSON', JSONResolver);
builder.queryType({ description: 'Reads. Nothing here changes anything.' });
builder.mutationType({
  description:
    'Changes. Each takes one `input`, answers the changed objects, and lists in `userErrors` what the caller can act on; ' +
    'then nothing was changed. Each call, done or refused, is on the audit log.',
});
builder.subscriptionType({
  description:
    'What happens, as it happens, over graphql-ws or SSE. Inbox subscriptions replay from a cursor and lose nothing: keep the ' +
    'cursor of the last event you handled.',
});
