import { TakeoverOutcome } from '../../generated/prisma/enums.js';
import { builder } from '../../graphql/builder.js';
import { defineConnection, type Counted } from '../../graphql/connection.js';
import { isAdministrator, requireActor, requireAdministrator, type BatonContext } from '../../graphql/context.js';
import { badInput } from '../../graphql/errors.js';
import { encodeId, isUuid, uuidOf } from '../../graphql/ids.js';
import { loadOf } from '../../graphql/loading.js';
import { readPage, toConnection, type Page, type PageArgs } from '../../graphql/paging.js';
import { customerLoader, CustomerNode } from '../customers/customers.schema.js';
import { loadMember, MemberNode } from '../members/members.schema.js';
import { listItems, listItemsOfCustomers, loadItems, type ItemFilter, type ItemRow } from './transfer-items.store.js';
import { transferReasons, type TransferReason } from './transfer-reasons.js';
import {
  counterOf,
  ReasonEnum,
  TransferItemStatusEnum,
  type CountedItems,
  type WrittenItemStatus,
} from './transfer-status.schema.js';

const OutcomeEnum = builder.enumType('TakeoverOutcome', {
  description: 'What the takeover came to.',
  values: {
    MOVED: {
      value: TakeoverOutcome.MOVED,
      description: 'The relation moved to the successor with all that stood on it.',
    },
    MERGED: {
      value: TakeoverOutcome.MERGED,
      description: "The successor served the customer already: the leaver's corp tags joined the successor's relation.",
    },
  },
});

export const TransferItemNode = builder.objectRef<ItemRow>('TransferItem');

builder.node(TransferItemNode, {
  description: 'One customer in a transfer, with a status and reason of its own. For administrators.',
  id: { resolve: ({ transferId, position }) => `${transferId}.${position}`, description: 'Opaque and stable.' },
  isTypeOf: (value) => typeof value === 'object' && value !== null && 'transferId' in value && 'position' in value,
  loadManyWithoutCache: async (ids, context) => {
    const { enterpriseId } = requireActor(context);
    const places = ids.map(placeOf);
    if (!isAdministrator(context)) return ids.map(() => null);
    const rows = await loadItems(context.app, enterpriseId, places);
    return places.map(
      (place) => rows.find((row) => row.transferId === place.transferId && row.position === place.position) ?? null,
    );
  },
  fields: (t) => ({
    position: t.exposeInt('position', { description: 'Place in the transfer, from 0, in the order of the selection.' }),
    status: t.field({
      type: TransferItemStatusEnum,
      description: 'Where the item stands.',
      resolve: ({ status }) => status as WrittenItemStatus,
    }),
    reason: t.field({
      type: ReasonEnum,
      nullable: true,
      description: 'Why it was refused or failed; null otherwise.',
      resolve: ({ reason }) => reason as TransferReason | null,
    }),
    wecomCode: t.int({
      nullable: true,
      description: "WeCom's errcode for the reason; null where it has none.",
      resolve: ({ reason }) => (reason === null ? null : transferReasons[reason as TransferReason].wecomCode),
    }),
    outcome: t.expose('outcome', {
      type: OutcomeEnum,
      nullable: true,
      description: 'What the takeover came to; null before it.',
    }),
    attempt: t.exposeInt('attempt', { description: 'Which try this is for the customer, from 1.' }),
    customer: t.field({
      type: CustomerNode,
      nullable: true,
      description: 'Who is handed over; null when no such customer is known.',
      resolve: ({ customerId }, _args, context) =>
        customerId === null ? null : customerLoader(context).load(customerId),
    }),
    requestedId: t.id({
      nullable: true,
      description: 'The id that was asked for when no such customer is known; null otherwise.',
      resolve: ({ requested }) => requested && encodeId('Customer', requested),
    }),
    leaver: t.field({
      type: MemberNode,
      description: 'Whom from.',
      resolve: ({ leaverId }, _args, context) => loadMember(context, leaverId),
    }),
    successor: t.field({
      type: MemberNode,
      nullable: true,
      description: 'Whom to; null for a customer who was refused before a successor was chosen.',
      resolve: ({ successorId }, _args, context) => (successorId === null ? null : loadMember(context, successorId)),
    }),
    takeoverDueAt: t.expose('takeoverDueAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the takeover is due; null when refused.',
    }),
    takenOverAt: t.expose('takenOverAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the successor took over; null before.',
    }),
  }),
});

export const TransferItemConnection = defineConnection('TransferItem', TransferItemNode);

export const TransferItemFilter = builder.inputType('TransferItemFilter', {
  description: 'Which items to answer; all conditions must hold.',
  fields: (t) => ({
    status: t.field({ type: [TransferItemStatusEnum], description: 'Only these statuses.' }),
    reason: t.field({ type: [ReasonEnum], description: 'Only these reasons.' }),
    successorId: t.id({ description: 'Only what goes to this member.' }),
  }),
});

interface FilterArgument {
  readonly status?: readonly WrittenItemStatus[] | null;
  readonly reason?: readonly TransferReason[] | null;
  readonly successorId?: string | null;
}

interface CountedTransfer extends CountedItems {
  readonly id: string;
  readonly enterpriseId: string;
}

const itemLoads = Symbol('items of transfers');
const customerItemLoads = Symbol('items of customers');

/** A page of the items of one transfer. The count comes from the transfer's counters: all items, or those of a status. */
export async function itemsOfTransfer(
  transfer: CountedTransfer,
  args: PageArgs & { readonly filter?: FilterArgument | null },
  context: BatonContext,
): Promise<Counted<ItemRow>> {
  const page = readPage(args, 'position', [{ kind: 'instant' }]);
  const { status, reason, successorId } = args.filter ?? {};
  const filter: ItemFilter = {
    ...(status && { statuses: status }),
    ...(reason && { reasons: reason }),
    ...(successorId != null && { successorId: uuidOf('Member', successorId) }),
  };
  const { enterpriseId } = transfer;
  const rows = await loadOf<{ page: Page; filter: ItemFilter }, ItemRow[]>(
    context,
    itemLoads,
    transfer.id,
    { page, filter },
    (transferIds, of) => listItems(context.app, { enterpriseId, transferIds, ...of }),
    [],
  );
  const count = () => {
    if (reason || successorId) return Promise.resolve(null);
    if (!status) return Promise.resolve(transfer.total);
    return Promise.resolve([...new Set(status)].reduce((sum, one) => sum + transfer[counterOf[one]], 0));
  };
  return { ...toConnection(rows, page, 'position', ({ position }) => [position]), totalCount: count };
}

builder.objectField(CustomerNode, 'transferItems', (t) =>
  t.connection(
    {
      type: TransferItemNode,
      nullable: true,
      description: 'What transfers did with this customer, the latest first. For administrators; null for others.',
      resolve: async (customer, args, context) => {
        if (!isAdministrator(context)) return null;
        const { enterpriseId } = requireAdministrator(context);
        const page = readPage(args, 'transfer', [{ kind: 'id' }, { kind: 'instant' }]);
        const rows = await loadOf<Page, ItemRow[]>(
          context,
          customerItemLoads,
          customer.id,
          page,
          (customerIds, of) => listItemsOfCustomers(context.app, { enterpriseId, customerIds, page: of }),
          [],
        );
        return toConnection(rows, page, 'transfer', (row) => [row.transferId, row.position]);
      },
    },
    TransferItemConnection,
  ),
);

/** The place that an item's id names. One that cannot be is BAD_USER_INPUT. */
function placeOf(id: string): { transferId: string; position: number } {
  const [transferId = '', position = '', ...more] = id.split('.');
  if (!isUuid(transferId) || !/^\d{1,9}$/.test(position) || more.length > 0)
    throw badInput('This is not the id of a TransferItem.');
  return { transferId, position: Number(position) };
}
