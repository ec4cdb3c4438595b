import { builder } from '../../graphql/builder.js';
import { requireActor } from '../../graphql/context.js';
import { loadOf } from '../../graphql/loading.js';
import { readPage, toConnection, type Page } from '../../graphql/paging.js';
import { listMessages, messageKeys, type MessageRow } from '../archive/archive.js';
import { MessageConnection, MessageNode, messageOrder, messageSortValues } from '../archive/archive.schema.js';
import { RelationNode } from '../customers/relations.schema.js';
import { listInheritedSpans } from './inherited-messages.store.js';

const loads = Symbol('inherited messages');

builder.objectField(RelationNode, 'inheritedMessages', (t) =>
  t.connection(
    {
      type: MessageNode,
      description:
        'What the customer and those they were taken over from wrote to each other until then, the latest first; also what a leaver had ' +
        'inherited in their turn. For the member who serves, from the takeover on and no earlier; empty for everyone else, and where the ' +
        'enterprise does not archive, the customer does not agree, the transfer left the archive behind or was undone. `totalCount` is null.',
      resolve: async (relation, args, context) => {
        const actor = requireActor(context);
        const page = readPage(args, messageOrder, messageKeys);
        const rows =
          actor.kind === 'member' && actor.id === relation.memberId
            ? await loadOf<Page, MessageRow[]>(
                context,
                loads,
                relation.id,
                page,
                async (relationIds, of) => {
                  const spans = await listInheritedSpans(context.app, actor, relationIds);
                  return listMessages(context.app, actor.enterpriseId, spans, of);
                },
                [],
              )
            : [];
        return toConnection(rows, page, messageOrder, messageSortValues);
      },
    },
    MessageConnection,
  ),
);
