import { builder } from '../../graphql/builder.js';
import { uuidOf } from '../../graphql/ids.js';
import { declareErrorCodes, defineMutation } from '../../graphql/mutation.js';
import { largestPage, readPage, toConnection, type Connection } from '../../graphql/paging.js';
import { MessageNode, messageOrder, messageSortValues } from './archive.schema.js';
import { messageKeys, type MessageRow } from './archive.store.js';
import { readConversation, readingLimits } from './read-conversation.js';

declareErrorCodes({
  ARCHIVE_DISABLED:
    'The company does not archive conversations. Switch archiveEnabled on to read what was archived before.',
  ARCHIVE_NOT_AGREED: 'The customer does not agree to the archive, so nobody but the two reads what was archived.',
});

// No connection: its page is asked for in the input, since each page goes on record with the rest of what is asked.
const ReadMessages = builder.objectRef<Connection<MessageRow>>('ReadMessages').implement({
  description: 'A page of a conversation that was read on record.',
  fields: (t) => ({
    nodes: t.field({
      type: [MessageNode],
      description: 'The messages, the newest first.',
      resolve: ({ edges }) => edges.map(({ node }) => node),
    }),
    pageInfo: t.field({
      type: builder.pageInfoRef(),
      description: 'Whether there are older ones, and the cursor for `after` to read them.',
      resolve: ({ pageInfo }) => pageInfo,
    }),
  }),
});

defineMutation('readConversation', {
  description:
    'Reads what a member and a customer wrote to each other and was archived, the newest first, on record: the audit log says who read ' +
    'how many messages of whose conversation, from when to when, and why, before they are answered. A mutation, because there is no ' +
    'reading without a record; each page is one of its own, and so is each refusal. Needs AUDIT over the member, whether or not they serve the ' +
    'customer now; your own you read without it. Refuses NOT_FOUND, ARCHIVE_DISABLED, ARCHIVE_NOT_AGREED, INVALID_INPUT.',
  who: 'auditor',
  input: (t) => ({
    memberId: t.id({ required: true, description: 'The member, also one who has left.' }),
    customerId: t.id({ required: true, description: 'The customer.' }),
    reason: t.string({
      required: true,
      description: `Why it is read, for the record: 1 to ${readingLimits.reason} characters.`,
    }),
    search: t.string({
      description: `Only messages in which this is found, as searchMessages finds it; at most ${readingLimits.search} characters. Default: all.`,
    }),
    first: t.int({ description: `How many to answer. Default 20, at most ${largestPage}.` }),
    after: t.string({ description: 'Answer what comes after this cursor, older ones.' }),
  }),
  resolve: async ({ memberId, customerId, first, after, ...input }, caller, { app }) => {
    const page = readPage({ first, after }, messageOrder, messageKeys);
    const ids = { memberId: uuidOf('Member', memberId), customerId: uuidOf('Customer', customerId) };
    const { messages } = await readConversation(app, caller, { ...input, ...ids, page });
    return { messages: toConnection(messages, page, messageOrder, messageSortValues) };
  },
  payload: (t) => ({
    messages: t.field({
      type: ReadMessages,
      nullable: true,
      // Its page is asked for in the input, where no cost is seen: it counts as the largest.
      complexity: { field: 1, multiplier: largestPage },
      description: 'This page of the conversation; null when refused.',
      resolve: ({ messages }) => messages ?? null,
    }),
  }),
});
