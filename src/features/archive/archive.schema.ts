import { MessageDirection } from '../../generated/prisma/enums.js';
import { builder } from '../../graphql/builder.js';
import { defineConnection } from '../../graphql/connection.js';
import { requireActor } from '../../graphql/context.js';
import { uuidOf } from '../../graphql/ids.js';
import { loadOf } from '../../graphql/loading.js';
import { defineMutation } from '../../graphql/mutation.js';
import { readPage, toConnection, type Page } from '../../graphql/paging.js';
import { instant } from '../../graphql/scalars.js';
import { viewOf, visibleCustomers } from '../customers/customers.js';
import { customerLoader, CustomerNode } from '../customers/customers.schema.js';
import { relationLoader, RelationNode } from '../customers/relations.schema.js';
import { loadMember, MemberNode } from '../members/members.schema.js';
import { mayReadConversation } from './archive.policy.js';
import { listMessages, loadConsents, messageKeys, type MessageRow } from './archive.store.js';
import { conversationLimits, recordConversation } from './record-conversation.js';
import type { FoundMessage } from './search-messages.store.js';
import { setArchiveConsent } from './set-archive-consent.js';
import { snippetLimits, snippetOf, type SnippetPart } from './snippet-of.js';

const messageLoads = Symbol('messages of relations');
const consentLoads = Symbol('archive consents');

export const MessageDirectionEnum = builder.enumType('MessageDirection', {
  description: 'Who wrote a message to whom.',
  values: {
    FROM_MEMBER: { value: MessageDirection.FROM_MEMBER, description: 'The member wrote to the customer.' },
    FROM_CUSTOMER: { value: MessageDirection.FROM_CUSTOMER, description: 'The customer wrote to the member.' },
  },
});

export const MessageNode = builder.objectRef<MessageRow>('Message').implement({
  description: 'An archived message between a member and a customer who agreed to the archive.',
  fields: (t) => ({
    member: t.field({
      type: MemberNode,
      description: 'The member whose conversation it is in, whoever wrote it.',
      resolve: ({ memberId }, _args, context) => loadMember(context, memberId),
    }),
    sentAt: t.field({
      type: 'DateTime',
      description: 'When it was sent.',
      resolve: ({ sentAt }) => instant(sentAt),
    }),
    direction: t.expose('direction', { type: MessageDirectionEnum, description: 'Who wrote to whom.' }),
    text: t.exposeString('text', { description: 'What it says.' }),
  }),
});

export const MessageConnection = defineConnection('Message', MessageNode);

/** Most characters of a search, and what each counts in the cost of an operation. */
export const searchLimits = { text: 200, cost: 1000 } as const;

/** What cursors of messages carry. */
export const messageOrder = 'messages sent_at';

/** The sort values of a message: what a cursor holds. */
export const messageSortValues = ({ sentAt, id }: MessageRow) => [sentAt, id] as const;

const SnippetPartType = builder.objectRef<SnippetPart>('SnippetPart').implement({
  description: 'A piece of a snippet.',
  fields: (t) => ({
    text: t.exposeString('text', {
      description: 'What stands there, as it was written: plain text, which you may have to escape.',
    }),
    isMatch: t.exposeBoolean('isMatch', {
      description: 'True: it is what was searched for. False: it stands around that.',
    }),
  }),
});

export const MessageMatchNode = builder.objectRef<FoundMessage>('MessageMatch').implement({
  description: 'A message that a search found.',
  fields: (t) => ({
    message: t.field({ type: MessageNode, description: 'The message, whole.', resolve: (found) => found }),
    relation: t.field({
      type: RelationNode,
      nullable: true,
      description:
        'Your relation with the customer who wrote it, or got it; null when the customer was handed on at this very moment.',
      resolve: ({ relationId }, _args, context) =>
        relationId === null ? null : relationLoader(context).load(relationId),
    }),
    inherited: t.boolean({
      description: 'True: a leaver wrote or got it, before the customer came to you. False: you did.',
      resolve: ({ memberId }, _args, context) => memberId !== requireActor(context).id,
    }),
    snippet: t.field({
      type: [SnippetPartType],
      description:
        `The part of the message around the first match, ${snippetLimits.length} characters at most, in pieces: what matches and what stands ` +
        'between. An ellipsis says that the message goes on there.',
      resolve: ({ text, hits }) => snippetOf(text, hits),
    }),
  }),
});

export const MessageMatchConnection = defineConnection('MessageMatch', MessageMatchNode);

builder.objectField(RelationNode, 'messages', (t) =>
  t.connection(
    {
      type: MessageNode,
      description:
        'What the member who serves and the customer wrote to each other and was archived, the latest first. For that member; empty ' +
        'for everyone else. `totalCount` is null.',
      resolve: async (relation, args, context) => {
        const actor = requireActor(context);
        const page = readPage(args, messageOrder, messageKeys);
        const rows = mayReadConversation(actor, relation)
          ? await loadOf<Page, MessageRow[]>(
              context,
              messageLoads,
              relation.id,
              page,
              (relationIds, of) => {
                const spans = relationIds.map((relationId) => ({ relationId, memberId: actor.id, until: null }));
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

builder.objectField(CustomerNode, 'archiveConsentAt', (t) =>
  t.field({
    type: 'DateTime',
    nullable: true,
    description:
      'Since when the customer agrees that what they write is archived; null when they do not. For everybody who sees the customer.',
    resolve: async ({ id }, _args, context) => {
      const visible = visibleCustomers(viewOf(requireActor(context)));
      const load = (ids: string[]) => loadConsents(context.app, visible, ids);
      return instant(await loadOf<null, number | null>(context, consentLoads, id, null, load, null));
    },
  }),
);

const MessageInput = builder.inputType('MessageInput', {
  description: 'A message as the messenger has it.',
  fields: (t) => ({
    sentAt: t.field({ type: 'DateTime', required: true, description: 'When it was sent; not in the future.' }),
    direction: t.field({ type: MessageDirectionEnum, required: true, description: 'Who wrote to whom.' }),
    text: t.string({ required: true, description: `What it says, 1 to ${conversationLimits.text} characters.` }),
    id: t.string({
      description:
        `The messenger's own id of the message, 1 to ${conversationLimits.id} characters: one that comes again is archived once. ` +
        'Default: a message is known by its two people, time, direction and text.',
    }),
  }),
});

defineMutation('recordConversation', {
  description:
    "Notes that a member and a customer wrote to each other: the relation's lastMessageAt moves on, never back. What they wrote is " +
    'archived where the enterprise has archiveEnabled and the customer agreed, and dropped elsewhere. For the member who serves, ' +
    'and ASSIGN over them. Refuses NOT_FOUND, also when the customer has been handed on meanwhile, INVALID_INPUT, ' +
    'CUSTOMER_CONTACT_DISABLED.',
  who: 'member',
  input: (t) => ({
    relationId: t.id({ required: true, description: 'Between whom.' }),
    messages: t.field({
      type: [MessageInput],
      required: true,
      description: `What was written, 1 to ${conversationLimits.messages} messages in any order.`,
    }),
    idempotencyKey: t.string({
      description:
        'A name of this request, 1 to 200 characters: repeated within 30 days, it answers the same and does nothing.',
    }),
  }),
  resolve: (input, caller, { app }) =>
    recordConversation(app, caller, { ...input, relationId: uuidOf('Relation', input.relationId) }),
  payload: (t) => ({
    archivedCount: t.int({
      nullable: true,
      description: 'Messages that were archived by this call: 0 where nothing is archived. Null when refused.',
      resolve: ({ archivedCount }) => archivedCount ?? null,
    }),
    relation: t.field({
      type: RelationNode,
      nullable: true,
      description: 'The relation as it now is; null when refused.',
      resolve: ({ relationId }, _args, context) =>
        relationId === undefined ? null : relationLoader(context).load(relationId),
    }),
  }),
});

defineMutation('setArchiveConsent', {
  description:
    'Says whether what you write to the company may be archived. For the customer. Without consent nothing more is archived, and ' +
    'no successor reads what was; what is archived stays. Refuses CUSTOMER_CONTACT_DISABLED.',
  who: 'customer',
  input: (t) => ({ agreed: t.boolean({ required: true, description: 'True: it may. False: it may not any more.' }) }),
  resolve: ({ agreed }, caller, { app }) => setArchiveConsent(app, caller, agreed),
  payload: (t) => ({
    customer: t.field({
      type: CustomerNode,
      nullable: true,
      description: 'You, as it now is; null when refused.',
      resolve: ({ customerId }, _args, context) =>
        customerId === undefined ? null : customerLoader(context).load(customerId),
    }),
  }),
});
