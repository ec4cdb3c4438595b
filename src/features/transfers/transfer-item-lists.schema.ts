import type { TransferItemStatus } from '../../generated/prisma/enums.js';
import type { TransferItemKind } from '../../generated/prisma/enums.js';
import { builder } from '../../graphql/builder.js';
import type { Counted } from '../../graphql/connection.js';
import { mayUse, requireActor, type BatonContext } from '../../graphql/context.js';
import { uuidOf } from '../../graphql/ids.js';
import { loadOf } from '../../graphql/loading.js';
import { reachOf } from '../../platform/rights.js';
import { readPage, toConnection, type Page, type PageArgs } from '../../graphql/paging.js';
import { CustomerNode } from '../customers/customers.schema.js';
import { CustomerGroupNode } from '../groups/groups.schema.js';
import { TransferItemConnection, TransferItemNode } from './transfer-items.schema.js';
import { listItems, listItemsOf, type ItemFilter, type ItemRow } from './transfer-items.store.js';
import type { TransferReason } from './transfer-reasons.js';
import { counterOf, type CountedItems } from './transfer-status.schema.js';

interface FilterArgument {
  readonly kind?: TransferItemKind | null;
  readonly status?: readonly TransferItemStatus[] | null;
  readonly reason?: readonly TransferReason[] | null;
  readonly successorId?: string | null;
}

interface CountedTransfer extends CountedItems {
  readonly id: string;
  readonly enterpriseId: string;
  readonly groups: number;
}

const itemLoads = Symbol('items of transfers');
const customerItemLoads = Symbol('items of customers');
const groupItemLoads = Symbol('items of groups');

/** A page of the items of one transfer. The count comes from the transfer's counters: all items, those of statuses, or of a kind. */
export async function itemsOfTransfer(
  transfer: CountedTransfer,
  args: PageArgs & { readonly filter?: FilterArgument | null },
  context: BatonContext,
): Promise<Counted<ItemRow>> {
  const page = readPage(args, 'position', [{ kind: 'instant' }]);
  const { kind, status, reason, successorId } = args.filter ?? {};
  const filter: ItemFilter = {
    ...(kind && { kind }),
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
    if (reason || successorId || (kind && status)) return Promise.resolve(null);
    if (kind) return Promise.resolve(kind === 'GROUP' ? transfer.groups : transfer.total - transfer.groups);
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
      description:
        'What transfers that VIEW reaches did with this customer, the latest first; null for who has no such right.',
      resolve: ({ id }, args, context) => itemsOf(context, 'customer', id, args) as never,
    },
    TransferItemConnection,
  ),
);

builder.objectField(CustomerGroupNode, 'transferItems', (t) =>
  t.connection(
    {
      type: TransferItemNode,
      nullable: true,
      description:
        'What transfers that VIEW reaches did with this group, the latest first; null for who has no such right.',
      resolve: ({ id }, args, context) => itemsOf(context, 'group', id, args) as never,
    },
    TransferItemConnection,
  ),
);

async function itemsOf(
  context: BatonContext,
  what: 'customer' | 'group',
  id: string,
  args: PageArgs,
): Promise<Counted<ItemRow> | null> {
  if (!mayUse(context, 'VIEW')) return null;
  const actor = requireActor(context);
  const { enterpriseId } = actor;
  const reach = reachOf(actor, 'VIEW');
  const page = readPage(args, 'transfer', [{ kind: 'id' }, { kind: 'instant' }]);
  const rows = await loadOf<Page, ItemRow[]>(
    context,
    what === 'customer' ? customerItemLoads : groupItemLoads,
    id,
    page,
    (ids, of) => listItemsOf(context.app, what, { enterpriseId, reach, ids, page: of }),
    [],
  );
  return toConnection(rows, page, 'transfer', (row) => [row.transferId, row.position]);
}
