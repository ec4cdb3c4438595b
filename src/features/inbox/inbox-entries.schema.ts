import { GraphQLError } from 'graphql';
import { builder } from '../../graphql/builder.js';
import { requireActor, type BatonContext } from '../../graphql/context.js';
import { badInput } from '../../graphql/errors.js';
import { decodeId, encodeId } from '../../graphql/ids.js';
import { readPage, type Connection } from '../../graphql/paging.js';
import type { Actor } from '../../platform/actor.js';
import { TransferKindEnum } from '../transfers/transfer-status.schema.js';
import type { Delivery } from './follow-inbox.js';
import { decodeCursor, encodeCursor, type InboxCursor, type Position } from './inbox-cursor.js';
import { eventOf, type InboxEvent } from './inbox-reader.js';
import type { Recipient } from './inbox.store.js';
import { findInboxEntries, listInbox } from './list-inbox.js';

/** An event as its reader sees it. */
export type Entry = InboxEvent;
type Resync = Extract<Delivery, { kind: 'resync' }>;
type EntryConnection = Connection<Entry> & { readonly headCursor: string };

const ResyncReasonEnum = builder.enumType('ResyncReason', {
  description: 'Why a cursor cannot be honoured.',
  values: {
    EXPIRED: { description: 'Events after the cursor have been removed, being older than what is kept.' },
    OTHER_EPOCH: {
      description:
        'The cursor was made before the database was restored from a backup. Forget the ids of events too: what the restore took back ' +
        'may have had the ids of others that come.',
    },
    AHEAD: { description: 'The cursor lies ahead of everything there is: the database has gone back in time.' },
  },
});

const resyncMessages = {
  EXPIRED: 'Events after your cursor are no longer kept.',
  OTHER_EPOCH: 'Your cursor was made before the database was restored.',
  AHEAD: 'Your cursor lies ahead of everything there is.',
} as const;
const whatToDo = 'Read the lists afresh, then go on from the cursor given here.';

export const ResyncRequired = builder.objectRef<Resync>('ResyncRequired').implement({
  description:
    'Events before this one may be missing: your cursor could not be honoured. Read the lists afresh. The subscription ' +
    'goes on by itself.',
  fields: (t) => ({
    reason: t.field({
      type: ResyncReasonEnum,
      description: 'Why the cursor could not be honoured.',
      resolve: ({ reason }) => reason,
    }),
    message: t.string({
      description: 'The reason in words, and what to do.',
      resolve: ({ reason }) => `${resyncMessages[reason]} ${whatToDo}`,
    }),
    cursor: t.string({
      description: 'The place from which the subscription goes on. Keep it instead of yours.',
      resolve: ({ recipientId, cursor }) => encodeCursor(recipientId, cursor),
    }),
  }),
});

export const InboxFilter = builder.inputType('InboxFilter', {
  description: 'Which events of an inbox to answer.',
  fields: (t) => ({
    unacknowledged: t.boolean({ defaultValue: false, description: 'Only those that have not been acknowledged.' }),
  }),
});

type EntryFields = PothosSchemaTypes.ObjectFieldBuilder<(typeof builder)['$inferSchemaTypes'], Entry>;

/** What notifications and notices have in common. */
export function entryFields(t: EntryFields) {
  return {
    cursor: t.string({
      description:
        'The place of the event in the inbox. Keep that of the last event you handled, and give it as `after`.',
      resolve: cursorOf,
    }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When it happened.',
      resolve: ({ row }) => row.fact.occurredAt,
    }),
    acknowledgedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the reader acknowledged it; null while they have not.',
      resolve: ({ row }) => row.acknowledgedAt,
    }),
    transferId: t.id({
      nullable: true,
      description: 'Id of the transfer that did it. Null where no transfer did.',
      resolve: ({ row }) => row.fact.transferId && encodeId('Transfer', row.fact.transferId),
    }),
    transferKind: t.field({
      type: TransferKindEnum,
      nullable: true,
      description: 'Why customers or groups are handed over. Null where no transfer did it.',
      resolve: ({ row }) => row.fact.transferKind,
    }),
  };
}

/** What a list of entries, or below one, costs. */
export const listComplexity = ({ first }: { first?: number | null }) => ({ field: 1, multiplier: first ?? 20 });

/** The inner part of an entry's id. */
export function entryId({ row: { at } }: Entry): string {
  return `${at.xid}-${at.id}`;
}

/** Whose inbox an actor reads: their own. */
export function recipientOf({ enterpriseId, id }: Exclude<Actor, { kind: 'system' }>): Recipient {
  return { enterpriseId, recipientId: id };
}

/** The entries with these ids in the reader's own inbox, if it is one of this kind; null for every other. */
export async function entriesFor(
  context: BatonContext,
  kind: Actor['kind'],
  ids: readonly string[],
): Promise<(Entry | null)[]> {
  const actor = requireActor(context);
  const places = ids.map(placeNamed);
  return actor.kind === kind ? findInboxEntries(context.app, recipientOf(actor), places) : ids.map(() => null);
}

/** The cursor of an entry. */
export function cursorOf({ cursor, row }: Entry): string {
  return encodeCursor(row.recipientId, cursor);
}

/** The place in the id of an entry of this type. Any other id is BAD_USER_INPUT. */
export function placeOf(typename: string, globalId: string): Position {
  const decoded = decodeId(globalId);
  if (decoded.typename !== typename) {
    throw badInput(`Expected the id of a ${typename}, got the id of a ${decoded.typename}.`);
  }
  return placeNamed(decoded.id);
}

function placeNamed(name: string): Position {
  const [, xid, id] = /^(\d{1,18})-(\d{1,18})$/.exec(name) ?? [];
  if (xid === undefined || id === undefined) throw badInput('This is not an id of this API.');
  return { xid: BigInt(xid), id: BigInt(id) };
}

/** Reads the cursor of a recipient; one that is malformed, or another's, is BAD_USER_INPUT. */
export function readCursor({ recipientId }: Recipient, after: string | null | undefined): InboxCursor | null {
  if (after == null) return null;
  const cursor = decodeCursor(recipientId, after);
  if (!cursor) throw badInput('This is not a cursor of your inbox. Use one that your inbox answered, as it was.');
  return cursor;
}

/** A page of the reader's inbox, oldest first. A cursor that cannot be honoured is the error RESYNC_REQUIRED. */
export async function pageOfInbox(
  context: BatonContext,
  recipient: Recipient,
  args: { first?: number | null; after?: string | null; filter?: { unacknowledged?: boolean | null } | null },
): Promise<EntryConnection> {
  const { limit } = readPage({ first: args.first }, '', 0);
  const unacknowledged = args.filter?.unacknowledged ?? false;
  const list = await listInbox(context.app, recipient, readCursor(recipient, args.after), limit, { unacknowledged });
  const cursorAt = (position: Position) => encodeCursor(recipient.recipientId, { epoch: list.epoch, position });
  if (list.kind === 'resync') {
    throw new GraphQLError(`${resyncMessages[list.reason]} ${whatToDo}`, {
      extensions: { code: 'RESYNC_REQUIRED', reason: list.reason, cursor: cursorAt(list.at) },
    });
  }
  const edges = list.rows.map((row) => {
    const node = eventOf(list.epoch, row, null);
    return { cursor: cursorOf(node), node };
  });
  return {
    edges,
    headCursor: cursorAt(list.head),
    pageInfo: {
      hasNextPage: list.hasMore,
      hasPreviousPage: args.after != null,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}

/** The connection type of these entries, with the place from which to follow on. */
export function defineEntryConnection(name: string, node: ReturnType<typeof builder.objectRef<Entry>>) {
  const Edge = builder.objectRef<EntryConnection['edges'][number]>(`${name}Edge`).implement({
    description: `An event of the inbox and its place in it.`,
    fields: (t) => ({
      cursor: t.exposeString('cursor', { description: 'Place of the event: the same text as its own `cursor`.' }),
      node: t.expose('node', { type: node, description: 'The event.' }),
    }),
  });
  return builder.objectRef<EntryConnection>(`${name}Connection`).implement({
    description: `A page of an inbox, oldest first.`,
    fields: (t) => ({
      edges: t.field({
        type: [Edge],
        description: 'The events of this page with their cursors, in order.',
        resolve: ({ edges }) => edges,
      }),
      nodes: t.field({
        type: [node],
        description: 'The events of this page, in order.',
        resolve: ({ edges }) => edges.map((edge) => edge.node),
      }),
      pageInfo: t.field({
        type: builder.pageInfoRef(),
        description: 'Where the page lies in the inbox.',
        resolve: ({ pageInfo }) => pageInfo,
      }),
      headCursor: t.exposeString('headCursor', {
        description:
          'The end of the inbox when this page was read. Subscribe `after` it, having read all pages, and nothing that ' +
          'comes later is missed, even when the inbox is empty.',
      }),
    }),
  });
}

/** Which type of the union a delivery is. */
export function typeOfDelivery(delivery: Delivery, entry: string): string {
  return delivery.kind === 'event' ? entry : 'ResyncRequired';
}
