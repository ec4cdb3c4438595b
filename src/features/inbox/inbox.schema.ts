import { builder } from '../../graphql/builder.js';
import { requireCustomer, requireMember, type BatonContext, type Bookmark } from '../../graphql/context.js';
import { badInput } from '../../graphql/errors.js';
import { compiles } from '../../graphql/compiled.js';
import { yieldsEvents } from '../../graphql/flat-events.js';
import { shares } from '../../graphql/shared-results.js';
import { declareErrorCodes, defineMutation } from '../../graphql/mutation.js';
import { Viewer } from '../members/members.schema.js';
import { acknowledge, mostAcknowledged, type Acknowledged } from './acknowledge.js';
import { AssignmentNotification } from './assignment-notifications.schema.js';
import { CustomerNotice } from './customer-notices.schema.js';
import type { Delivery, Following } from './follow-inbox.js';
import { encodeCursor } from './inbox-cursor.js';
import {
  defineEntryConnection,
  InboxFilter,
  listComplexity,
  pageOfInbox,
  placeOf,
  readCursor,
  recipientOf,
  ResyncRequired,
  typeOfDelivery,
} from './inbox-entries.schema.js';
import { feedOf } from './inbox-feed.js';
import { countUnacknowledged, type Recipient } from './inbox.store.js';

declareErrorCodes({
  RESYNC_REQUIRED:
    'The cursor was made before the database was restored from a backup. Read the list afresh and take a cursor of it.',
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
  'yields ResyncRequired first. Over SSE the cursor is the `id:` of each event, and the header Last-Event-ID counts before `after`.';

builder.subscriptionFields((t) => {
  const args = { after: t.arg.string({ description: 'The cursor of the last event you handled.' }) };
  const extensions = {
    ...compiles,
    ...yieldsEvents,
    ...shares<Delivery>((delivery) => (delivery.kind === 'event' ? delivery.common : null)),
  };
  return {
    assignmentNotifications: t.field({
      type: AssignmentNotificationEvent,
      description: `What comes to the signed-in member, and what does not after all. ${followDescription} For members.`,
      args,
      extensions,
      subscribe: (_root, { after }, context) => follow(context, recipientOf(requireMember(context)), after),
      resolve: (delivery) => delivery,
    }),
    customerNotices: t.field({
      type: CustomerNoticeEvent,
      description: `What the company tells the signed-in customer. ${followDescription} For customers.`,
      args,
      extensions,
      subscribe: (_root, { after }, context) => follow(context, recipientOf(requireCustomer(context)), after),
      resolve: (delivery) => delivery,
    }),
  };
});

const acknowledgeDescription =
  'as read, for the list and for whoever asks later. Names them by id, or all up to a cursor. Doing it again changes ' +
  'nothing; ids that are not in your inbox are passed over. Refuses INVALID_INPUT, and RESYNC_REQUIRED for a cursor from before a restore.';

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

function chosen(
  typename: string,
  recipient: Recipient,
  { ids, through }: { ids?: readonly string[] | null; through?: string | null },
): Acknowledged {
  if ((ids == null) === (through == null)) throw badInput('Give either `ids` or `through`.');
  const cursor = readCursor(recipient, through);
  return cursor ? { through: cursor } : { events: (ids ?? []).map((id) => placeOf(typename, id)) };
}

async function follow(
  { app, bookmark }: BatonContext,
  recipient: Recipient,
  after: string | null | undefined,
): Promise<AsyncIterableIterator<Delivery>> {
  const deliveries = await feedOf(app).follow(recipient, readCursor(recipient, bookmark?.resumeAfter ?? after));
  return bookmark ? marked(deliveries, bookmark, recipient) : deliveries;
}

/** The same deliveries, each noted in the bookmark as it is given out. */
function marked(
  deliveries: Following,
  bookmark: Bookmark,
  { recipientId }: Recipient,
): AsyncIterableIterator<Delivery> {
  bookmark.cursor = encodeCursor(recipientId, deliveries.start);
  const noted: AsyncIterableIterator<Delivery> = {
    async next() {
      const taken = await deliveries.next();
      if (!taken.done) bookmark.cursor = encodeCursor(recipientId, taken.value.cursor);
      return taken;
    },
    async return() {
      await deliveries.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: () => noted,
  };
  return noted;
}

builder.objectField(Viewer, 'unreadCount', (t) =>
  t.int({
    description: 'Events in their inbox that they have not acknowledged.',
    resolve: (actor, _args, context) =>
      actor.kind === 'system' ? 0 : countUnacknowledged(context.app, recipientOf(actor)),
  }),
);
