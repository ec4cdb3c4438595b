import { builder } from '../../graphql/builder.js';
import { requireActor, requireCustomer, requireMember, type BatonContext } from '../../graphql/context.js';
import { badInput } from '../../graphql/errors.js';
import { defineMutation } from '../../graphql/mutation.js';
import type { Actor } from '../../platform/actor.js';
import { RelationConnection } from '../customers/relations.schema.js';
import { loadMember, MemberNode, Viewer } from '../members/members.schema.js';
import { TransferKindEnum } from '../transfers/transfer-status.schema.js';
import { acknowledge, mostAcknowledged, type Acknowledged } from './acknowledge.js';
import { assignedCustomers } from './assigned-customers.schema.js';
import type { Delivery } from './follow-inbox.js';
import {
  defineEntryConnection,
  entryFields,
  InboxFilter,
  pageOfInbox,
  placeNamed,
  placeOf,
  readCursor,
  ResyncRequired,
  typeOfDelivery,
  type Entry,
} from './inbox-entries.schema.js';
import { feedOf } from './inbox-feed.js';
import { findInboxEntries } from './list-inbox.js';
import { countUnacknowledged, type Recipient } from './inbox.store.js';

const listComplexity = ({ first }: { first?: number | null }) => ({ field: 1, multiplier: first ?? 20 });

const AssignmentNotification = builder.objectRef<Entry>('AssignmentNotification');
const CustomerNotice = builder.objectRef<Entry>('CustomerNotice');

builder.node(AssignmentNotification, {
  description:
    'Tells a successor that customers have come to them, from whom, and with which note. A large transfer is taken over ' +
    'in parts, and each part has one.',
  id: {
    resolve: ({ row }) => `${row.at.xid}-${row.at.id}`,
    description: 'Stable: an event that comes twice has the same one.',
  },
  loadMany: (ids, context) => entriesFor(context, 'member', ids),
  fields: (t) => ({
    ...entryFields(t),
    transferKind: t.field({
      type: TransferKindEnum,
      nullable: true,
      description: 'Why the customers were handed over. Null where no transfer did it.',
      resolve: ({ row }) => row.fact.transferKind,
    }),
    leaverName: t.string({
      description: 'Name, as it was then, of the member who served the customers before.',
      resolve: ({ row }) => row.fact.leaverName ?? '',
    }),
    leaver: t.field({
      type: MemberNode,
      nullable: true,
      description: 'The member who served the customers before, as they are now.',
      resolve: ({ row }, _args, context) => (row.fact.leaverId ? loadMember(context, row.fact.leaverId) : null),
    }),
    note: t.string({
      description: "The administrator's note to the successors; empty when there is none.",
      resolve: ({ row }) => row.fact.note ?? '',
    }),
    customerCount: t.int({
      description: 'How many customers came.',
      resolve: ({ row }) => row.fact.itemCount,
    }),
    customers: t.field({
      type: RelationConnection,
      description: 'The customers that came and that you still serve, in the order of the transfer.',
      args: {
        first: t.arg.int({ description: 'How many to answer. Default 20, at most 100.' }),
        after: t.arg.string({ description: 'Answer what comes after this cursor.' }),
      },
      complexity: listComplexity,
      // The connection type is shared and does not say what its nodes are made of.
      resolve: (entry, args, context) => assignedCustomers(context, entry, args) as never,
    }),
  }),
});

const CustomerNoticeType = builder.enumType('CustomerNoticeType', {
  description: 'What a notice tells a customer.',
  values: {
    SCHEDULED: { description: 'The contact will change.' },
    COMPLETED: { description: 'The contact has changed.' },
  },
});

builder.node(CustomerNotice, {
  description: 'Tells a customer, in the name of the company, who serves them from now on and how to reach them.',
  id: {
    resolve: ({ row }) => `${row.at.xid}-${row.at.id}`,
    description: 'Stable: an event that comes twice has the same one.',
  },
  loadMany: (ids, context) => entriesFor(context, 'customer', ids),
  fields: (t) => ({
    ...entryFields(t),
    type: t.field({
      type: CustomerNoticeType,
      description: 'Whether the contact will change, or has changed.',
      resolve: ({ row }) => (row.type === 'TAKEOVER_SCHEDULED' ? 'SCHEDULED' : 'COMPLETED'),
    }),
    text: t.string({ description: 'What the customer reads.', resolve: ({ row }) => row.fact.customerText ?? '' }),
    leaverName: t.string({
      description: 'Name, as it was then, of the contact so far.',
      resolve: ({ row }) => row.fact.leaverName ?? '',
    }),
    successorName: t.string({
      description: 'Name, as it was then, of the new contact.',
      resolve: ({ row }) => row.fact.successorName ?? '',
    }),
    contact: t.string({ description: 'How to reach the new contact.', resolve: ({ row }) => row.fact.contact ?? '' }),
  }),
});

const AssignmentNotificationEvent = builder.unionType('AssignmentNotificationEvent', {
  description: 'What a subscription to assignment notifications yields.',
  types: [AssignmentNotification, ResyncRequired],
  resolveType: (delivery) => typeOfDelivery(delivery, 'AssignmentNotification'),
});
const CustomerNoticeEvent = builder.unionType('CustomerNoticeEvent', {
  description: 'What a subscription to customer notices yields.',
  types: [CustomerNotice, ResyncRequired],
  resolveType: (delivery) => typeOfDelivery(delivery, 'CustomerNotice'),
});

const AssignmentNotificationConnection = defineEntryConnection('AssignmentNotification', AssignmentNotification);
const CustomerNoticeConnection = defineEntryConnection('CustomerNotice', CustomerNotice);

const listDescription =
  'oldest first: the events that the subscription yields, with the same cursors. A cursor that cannot be honoured is the ' +
  'error RESYNC_REQUIRED, with `reason` and a `cursor` to go on from in its extensions.';

builder.queryFields((t) => {
  const args = {
    after: t.arg.string({
      description: 'Answer what comes after this cursor. Without it, from the oldest that is kept.',
    }),
    first: t.arg.int({ description: 'How many to answer. Default 20, at most 100.' }),
    filter: t.arg({ type: InboxFilter, description: 'Default: all events.' }),
  };
  return {
    assignmentNotifications: t.field({
      type: AssignmentNotificationConnection,
      description: `The signed-in member's assignment notifications, ${listDescription} For members.`,
      args,
      complexity: listComplexity,
      resolve: (_root, page, context) => pageOfInbox(context, recipientOf(requireMember(context)), page),
    }),
    customerNotices: t.field({
      type: CustomerNoticeConnection,
      description: `The signed-in customer's notices, ${listDescription} For customers.`,
      args,
      complexity: listComplexity,
      resolve: (_root, page, context) => pageOfInbox(context, recipientOf(requireCustomer(context)), page),
    }),
  };
});

const followDescription =
  'Replays what came after the cursor, then follows; without a cursor from now on. Each event comes at least once, in the ' +
  'order of the inbox: drop repeats by id. Keep the cursor of the last event you handled. A cursor that cannot be honoured ' +
  'yields ResyncRequired first.';

builder.subscriptionFields((t) => {
  const args = { after: t.arg.string({ description: 'The cursor of the last event you handled.' }) };
  return {
    assignmentNotifications: t.field({
      type: AssignmentNotificationEvent,
      description: `Customers that come to the signed-in member. ${followDescription} For members.`,
      args,
      subscribe: (_root, { after }, context) => follow(context, recipientOf(requireMember(context)), after),
      resolve: (delivery) => delivery,
    }),
    customerNotices: t.field({
      type: CustomerNoticeEvent,
      description: `What the company tells the signed-in customer. ${followDescription} For customers.`,
      args,
      subscribe: (_root, { after }, context) => follow(context, recipientOf(requireCustomer(context)), after),
      resolve: (delivery) => delivery,
    }),
  };
});

const acknowledgeDescription =
  'as read, for the list and for whoever asks later. Names them by id, or all up to a cursor. Doing it again changes ' +
  'nothing; ids that are not in your inbox are passed over.';

for (const [name, who, typename] of [
  ['acknowledgeNotifications', 'member', 'AssignmentNotification'],
  ['acknowledgeNotices', 'customer', 'CustomerNotice'],
] as const) {
  const what = who === 'member' ? 'assignment notifications' : 'customer notices';
  defineMutation(name, {
    who,
    description: `Marks the signed-in ${who}'s ${what} ${acknowledgeDescription} For ${who}s.`,
    input: (t) => ({
      ids: t.idList({
        description: `The ids of the events, at most ${mostAcknowledged}. Give either this or \`through\`.`,
      }),
      through: t.string({ description: 'The cursor of the last event to acknowledge, with all before it.' }),
    }),
    resolve: (input, caller, context) => {
      const recipient = recipientOf(caller.actor);
      return acknowledge(context.app, caller, recipient, name, chosen(typename, recipient, input));
    },
    payload: (t) => ({
      acknowledgedCount: t.int({
        nullable: true,
        description: 'How many were unread until now.',
        resolve: ({ acknowledgedCount }) => acknowledgedCount ?? null,
      }),
      unreadCount: t.int({
        nullable: true,
        description: 'How many of the inbox are still unread.',
        resolve: ({ unreadCount }) => unreadCount ?? null,
      }),
    }),
  });
}

/** What is in the reader's own inbox, if it is one of this kind. */
async function entriesFor(context: BatonContext, kind: Actor['kind'], ids: string[]) {
  const actor = requireActor(context);
  const places = ids.map(placeNamed);
  return actor.kind === kind ? findInboxEntries(context.app, recipientOf(actor), places) : ids.map(() => null);
}

function chosen(
  typename: string,
  recipient: Recipient,
  { ids, through }: { ids?: readonly string[] | null; through?: string | null },
): Acknowledged {
  if ((ids == null) === (through == null)) throw badInput('Give either `ids` or `through`.');
  const cursor = readCursor(recipient, through);
  return cursor ? { through: cursor.position } : { events: (ids ?? []).map((id) => placeOf(typename, id)) };
}

function follow(
  { app }: BatonContext,
  recipient: Recipient,
  after: string | null | undefined,
): Promise<AsyncIterableIterator<Delivery>> {
  return feedOf(app).follow(recipient, readCursor(recipient, after));
}

function recipientOf({ enterpriseId, id }: Exclude<Actor, { kind: 'system' }>): Recipient {
  return { enterpriseId, recipientId: id };
}

builder.objectField(Viewer, 'unreadCount', (t) =>
  t.int({
    description: 'Events in their inbox that they have not acknowledged.',
    resolve: (actor, _args, context) =>
      actor.kind === 'system' ? 0 : countUnacknowledged(context.app, recipientOf(actor)),
  }),
);
