import { builder } from '../../graphql/builder.js';
import { requireMember } from '../../graphql/context.js';
import { badInput } from '../../graphql/errors.js';
import { isReadable } from '../../graphql/filters.js';
import { uuidOf } from '../../graphql/ids.js';
import { readPage, toConnection } from '../../graphql/paging.js';
import { messageKeys, searchMessages } from '../archive/archive.js';
import {
  MessageMatchConnection,
  MessageMatchNode,
  messageOrder,
  messageSortValues,
  searchLimits,
} from '../archive/archive.schema.js';
import { readableSpans } from './inherited-messages.store.js';

builder.queryField('searchMessages', (t) =>
  t.connection(
    {
      type: MessageMatchNode,
      complexity: ({ first, last }) => ({ field: searchLimits.cost, multiplier: last ?? first ?? 20 }),
      description:
        'Searches what you and the customers you serve wrote to each other, and what you inherited with them, as far as you may read it: ' +
        'see Relation.messages and Relation.inheritedMessages. The newest first. A message is found when it has every word of the text, ' +
        'whatever its English form, case or width (`orders` finds `Order`), and every run of Chinese characters as it stands, from one ' +
        'character on. Punctuation parts words and is not searched for; no character has a meaning of its own. For members; ' +
        'administrators find their own, and read others with readConversation. `totalCount` is null.',
      args: {
        text: t.arg.string({
          required: true,
          description: `What to search for, 1 to ${searchLimits.text} characters, not only blanks. Punctuation alone finds nothing.`,
        }),
        relationId: t.arg.id({ description: 'Only with the customer of this relation of yours. Default: with all.' }),
      },
      resolve: async (_root, { text, relationId, ...args }, context) => {
        const reader = requireMember(context);
        const page = readPage(args, messageOrder, messageKeys);
        if (text.trim() === '' || [...text].length > searchLimits.text) {
          throw badInput(`\`text\` must have 1 to ${searchLimits.text} characters, not only blanks.`);
        }
        if (!isReadable(text)) throw badInput('`text` must not contain a NUL character or half a character.');
        const spans = readableSpans(reader, relationId == null ? null : uuidOf('Relation', relationId));
        const rows = await searchMessages(context.app, reader.enterpriseId, { spans, text, page });
        return toConnection(rows, page, messageOrder, messageSortValues);
      },
    },
    MessageMatchConnection,
  ),
);
