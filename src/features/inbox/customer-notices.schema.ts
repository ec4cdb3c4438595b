import type { InboxEventType } from '../../generated/prisma/enums.js';
import { builder } from '../../graphql/builder.js';
import type { BatonContext } from '../../graphql/context.js';
import { defineNamedNode } from '../../graphql/node.js';
import type { NoticedItem } from '../transfers/transfers.js';
import { entriesFor, entryFields, entryId, type Entry } from './inbox-entries.schema.js';
import { noticedItemsOf } from './noticed-items.js';

/** What a customer is told, by type; the types of members' notifications are not among them. */
const typeByEvent = {
  TAKEOVER_SCHEDULED: 'SCHEDULED',
  TAKEOVER_COMPLETED: 'COMPLETED',
  TAKEOVER_CANCELLED: 'CANCELLED',
  TAKEOVER_UNDONE: 'UNDONE',
  GROUP_OWNER_CHANGED: 'GROUP_OWNER_CHANGED',
} as const satisfies Partial<Record<InboxEventType, string>>;

const CustomerNoticeType = builder.enumType('CustomerNoticeType', {
  description: 'What a notice tells a customer. Map by name; later versions add values.',
  values: {
    SCHEDULED: { description: 'The contact will change at takeoverDueAt, unless the customer declines before.' },
    COMPLETED: { description: 'The contact has changed.' },
    CANCELLED: { description: 'The contact does not change as scheduled: it was called off, or became impossible.' },
    UNDONE: { description: 'The change of contact has been taken back.' },
    GROUP_OWNER_CHANGED: { description: 'A group the customer is in has another owner; the groupName says which.' },
  },
});

function typeOf({ row: { type } }: Entry): (typeof typeByEvent)[keyof typeof typeByEvent] {
  if (type in typeByEvent) return typeByEvent[type as keyof typeof typeByEvent];
  throw new Error(`An event of the type ${type} is in the inbox of a customer.`);
}

/** What the item that a notice is about says; null, at once, where this type of notice tells nothing of it. */
function ofItem<Value>(
  context: BatonContext,
  entry: Entry,
  type: ReturnType<typeof typeOf>,
  read: (item: NoticedItem) => Value,
): Promise<Value | null> | null {
  const { position, enterpriseId, fact } = entry.row;
  if (typeOf(entry) !== type || position === null || fact.transferId === null) return null;
  const place = { enterpriseId, transferId: fact.transferId, position };
  return noticedItemsOf(context.app)
    .load(place)
    .then((item) => item && read(item));
}

export const CustomerNotice = builder.objectRef<Entry>('CustomerNotice');

defineNamedNode(CustomerNotice, {
  description: 'Tells a customer, in the name of the company, who serves them from now on and how to reach them.',
  id: { of: entryId, description: 'Stable: an event that comes twice has the same one.' },
  loadMany: (ids, context) => entriesFor(context, 'customer', ids),
  fields: (t) => ({
    ...entryFields(t),
    type: t.field({ type: CustomerNoticeType, description: 'What the notice tells.', resolve: typeOf }),
    text: t.string({ description: 'What the customer reads.', resolve: ({ row }) => row.fact.customerText ?? '' }),
    leaverName: t.string({
      description: 'Name, as it was then, of the contact so far, or of the former owner of the group.',
      resolve: ({ row }) => row.fact.leaverName ?? '',
    }),
    successorName: t.string({
      description: 'Name, as it was then, of the one who takes over, or was to.',
      resolve: ({ row }) => row.fact.successorName ?? '',
    }),
    contact: t.string({
      description: 'How to reach the one the notice names as the contact; may be empty.',
      resolve: ({ row }) => row.fact.contact ?? '',
    }),
    takeoverDueAt: t.field({
      type: 'DateTime',
      nullable: true,
      description:
        'When the contact changes, and until when the customer can decline. Null for all types but SCHEDULED.',
      resolve: (entry, _args, context) => ofItem(context, entry, 'SCHEDULED', (item) => item.takeoverDueAt),
    }),
    groupName: t.string({
      nullable: true,
      description: 'What the group is called now. Null for all types but GROUP_OWNER_CHANGED.',
      resolve: (entry, _args, context) => ofItem(context, entry, 'GROUP_OWNER_CHANGED', (item) => item.groupName),
    }),
  }),
});
