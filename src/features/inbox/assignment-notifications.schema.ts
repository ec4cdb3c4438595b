import type { InboxEventType } from '../../generated/prisma/enums.js';
import { builder } from '../../graphql/builder.js';
import { compiles } from '../../graphql/compiled.js';
import { defineNamedNode } from '../../graphql/node.js';
import { relationLoader, RelationConnection } from '../customers/relations.schema.js';
import { CustomerGroupConnection, groupLoader } from '../groups/groups.schema.js';
import { loadMember, MemberNode } from '../members/members.schema.js';
import type { Telling } from '../transfers/transfers.js';
import { entriesFor, entryFields, entryId, listComplexity, type Entry } from './inbox-entries.schema.js';
import { pageOfTold } from './told-items.schema.js';

interface Meaning {
  readonly description: string;
  /** Both: a whole transfer, as administrators are told. */
  readonly what: Telling['what'] | 'both';
  /** How what it tells of became the reader's; null: it is not theirs, or not yet. */
  readonly how: Telling['how'] | null;
}

/** What a member is told, by type; the types of customers' notices are not among them. */
const meanings = {
  CUSTOMERS_ASSIGNED: { what: 'customers', how: 'taken over', description: 'Customers have come to you.' },
  CUSTOMERS_SCHEDULED: {
    what: 'customers',
    how: null,
    description: 'Customers will come to you when the waiting time is over, unless they decline.',
  },
  CUSTOMERS_REFUSED: {
    what: 'customers',
    how: null,
    description: 'Customers declined, and do not come to you as scheduled.',
  },
  CUSTOMERS_CANCELLED: {
    what: 'customers',
    how: null,
    description: 'Customers who were scheduled do not come to you: it was called off, or became impossible.',
  },
  CUSTOMERS_UNDONE: {
    what: 'customers',
    how: null,
    description: 'Customers who had come to you went back to the member who served them before.',
  },
  CUSTOMERS_RETURNED: {
    what: 'customers',
    how: 'taken back',
    description: 'Customers whom you had handed over came back to you.',
  },
  GROUPS_ASSIGNED: { what: 'groups', how: 'taken over', description: 'Customer groups are yours now.' },
  GROUPS_UNDONE: {
    what: 'groups',
    how: null,
    description: 'Customer groups that had come to you went back to the member who owned them before.',
  },
  GROUPS_RETURNED: {
    what: 'groups',
    how: 'taken back',
    description: 'Customer groups that you had handed over came back to you.',
  },
  APPROVAL_REQUESTED: {
    what: 'both',
    how: null,
    description:
      'Another administrator submitted a transfer that waits for somebody else: decide with approveTransfer or disapproveTransfer. ' +
      'Whoever is first decides; the status of the transfer says whether it still waits.',
  },
  TRANSFER_APPROVED: {
    what: 'both',
    how: null,
    description: 'Another administrator approved the transfer that you submitted: it runs.',
  },
  TRANSFER_DISAPPROVED: {
    what: 'both',
    how: null,
    description: 'Another administrator stopped the transfer that you submitted; the note may say why.',
  },
} as const satisfies Partial<Record<InboxEventType, Meaning>>;

type NotificationType = keyof typeof meanings;

const AssignmentNotificationType = builder.enumType('AssignmentNotificationType', {
  description: 'What a notification tells a member. Map by name; later versions add values.',
  values: Object.fromEntries(
    Object.entries(meanings).map(([name, { description }]) => [name, { value: name, description }]),
  ) as Record<NotificationType, { value: NotificationType; description: string }>,
});

function typeOf({ row: { type } }: Entry): NotificationType {
  if (type in meanings) return type as NotificationType;
  throw new Error(`An event of the type ${type} is in the inbox of a member.`);
}

function countOf(entry: Entry, what: Telling['what']): number {
  const { itemCount, groupCount } = entry.row.fact;
  const about: Meaning['what'] = meanings[typeOf(entry)].what;
  if (about === 'both') return what === 'groups' ? groupCount : itemCount - groupCount;
  return about === what ? itemCount : 0;
}

export const AssignmentNotification = builder.objectRef<Entry>('AssignmentNotification');

defineNamedNode(AssignmentNotification, {
  description:
    'Tells a member about customers or groups that come to them, do not come after all, or come back; from whom, and with ' +
    'which note. A large transfer is taken over in parts, and each part has one. Tells administrators about transfers that wait for ' +
    'an approval, and what became of them.',
  id: { of: entryId, description: 'Stable: an event that comes twice has the same one.' },
  loadMany: (ids, context) => entriesFor(context, 'member', ids),
  fields: (t) => ({
    ...entryFields(t),
    type: t.field({
      type: AssignmentNotificationType,
      description: 'What the notification tells.',
      resolve: typeOf,
    }),
    leaverName: t.string({
      description: 'Name, as it was then, of the member whose customers or groups are handed over.',
      resolve: ({ row }) => row.fact.leaverName ?? '',
    }),
    leaver: t.field({
      type: MemberNode,
      extensions: compiles,
      nullable: true,
      description: 'The member whose customers or groups are handed over, as they are now.',
      resolve: ({ row }, _args, context) => (row.fact.leaverId ? loadMember(context, row.fact.leaverId) : null),
    }),
    actorName: t.string({
      nullable: true,
      description:
        'Name, as it was then, of the administrator who submitted the transfer, approved or disapproved it. Null for all types but ' +
        'these three.',
      resolve: ({ row }) => row.fact.actorName,
    }),
    actor: t.field({
      type: MemberNode,
      extensions: compiles,
      nullable: true,
      description:
        'The administrator who submitted the transfer, approved or disapproved it, as they are now. Null for all types but these three.',
      resolve: ({ row }, _args, context) => (row.fact.actorId ? loadMember(context, row.fact.actorId) : null),
    }),
    successorName: t.string({
      description:
        'Name, as it was then, of the member they go to, or had gone to: yours, but for what comes back to you. Empty where an ' +
        'administrator is told of a whole transfer.',
      resolve: ({ row }) => row.fact.successorName ?? '',
    }),
    successor: t.field({
      type: MemberNode,
      extensions: compiles,
      nullable: true,
      description: 'The member they go to, or had gone to, as they are now. Null where several had them.',
      resolve: ({ row }, _args, context) => (row.fact.successorId ? loadMember(context, row.fact.successorId) : null),
    }),
    note: t.string({
      description:
        "The handover note: the administrator's, then those of the rules that chose the successor; or why a transfer was disapproved. " +
        'Empty when there is none.',
      resolve: ({ row }) => row.fact.note ?? '',
    }),
    customerCount: t.int({
      description: 'How many customers it is about; 0 where it is about groups alone.',
      resolve: (entry) => countOf(entry, 'customers'),
    }),
    groupCount: t.int({
      description: 'How many customer groups it is about; 0 where it is about customers alone.',
      resolve: (entry) => countOf(entry, 'groups'),
    }),
    customers: t.field({
      type: RelationConnection,
      extensions: compiles,
      description:
        'The customers that came, or came back, and that you still serve, in the order of the transfer. Empty for the other types.',
      args: {
        first: t.arg.int({ description: 'How many to answer. Default 20, at most 100.' }),
        after: t.arg.string({ description: 'Answer what comes after this cursor.' }),
      },
      complexity: listComplexity,
      // The connection types are shared and do not say what their nodes are made of.
      resolve: (entry, args, context) =>
        pageOfTold(context, entry, args, toldOf(entry, 'customers', relationLoader(context))) as never,
    }),
    groups: t.field({
      type: CustomerGroupConnection,
      extensions: compiles,
      description:
        'The customer groups that came, or came back, and that you still own, in the order of the transfer. Empty for the other types.',
      args: {
        first: t.arg.int({ description: 'How many to answer. Default 20, at most 100.' }),
        after: t.arg.string({ description: 'Answer what comes after this cursor.' }),
      },
      complexity: listComplexity,
      resolve: (entry, args, context) =>
        pageOfTold(context, entry, args, toldOf(entry, 'groups', groupLoader(context))) as never,
    }),
  }),
});

function toldOf<Rows>(entry: Entry, what: Telling['what'], rows: Rows) {
  const meaning: Meaning = meanings[typeOf(entry)];
  return { what, rows, how: meaning.what === what ? meaning.how : null };
}
