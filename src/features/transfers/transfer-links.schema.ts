import { builder } from '../../graphql/builder.js';
import { loaderOf, requireActor, type BatonContext } from '../../graphql/context.js';
import { reachOf } from '../../platform/rights.js';
import { TransferItemNode } from './transfer-items.schema.js';
import { loadItems, loadLaterTries, type ItemPlace, type ItemRow } from './transfer-items.store.js';
import { findNamedTransfer, loadTransfer, TransferNode } from './transfers.schema.js';

const itemLoads = Symbol('items by place');
const laterLoads = Symbol('later tries');

/** Reads items by place; one statement for all that are asked for under this key. */
function loadByPlace(
  context: BatonContext,
  key: symbol,
  { transferId, position }: ItemPlace,
  load: (enterpriseId: string, places: ItemPlace[]) => Promise<(ItemRow | null)[]>,
): Promise<ItemRow | null> {
  const { enterpriseId } = requireActor(context);
  const loader = loaderOf<ItemRow | null>(context, key, (keys) =>
    load(
      enterpriseId,
      keys.map((text) => {
        const [id = '', place] = text.split(' ');
        return { transferId: id, position: Number(place) };
      }),
    ),
  );
  return loader.load(`${transferId} ${position}`);
}

builder.objectFields(TransferItemNode, (t) => ({
  transfer: t.field({
    type: TransferNode,
    description: 'The transfer the item belongs to.',
    resolve: ({ transferId }, _args, context) => loadTransfer(context, transferId),
  }),
  inTransfer: t.field({
    type: TransferNode,
    nullable: true,
    description:
      'The transfer in which the customer or group waited already, where that is the reason: ALREADY_IN_TRANSFER or ' +
      'GROUP_IN_PROGRESS. Null for other reasons, and where its leaver was out of reach then.',
    resolve: ({ inTransferId }, _args, context) => findNamedTransfer(context, inTransferId),
  }),
  follows: t.field({
    type: TransferItemNode,
    nullable: true,
    description: 'The item that this one tries again; null for a first try.',
    resolve: ({ followsTransfer: transferId, followsPosition: position }, _args, context) =>
      transferId === null || position === null
        ? null
        : loadByPlace(context, itemLoads, { transferId, position }, (enterpriseId, places) =>
            loadItems(context.app, { enterpriseId, reach: reachOf(requireActor(context), 'VIEW') }, places),
          ),
  }),
  retriedBy: t.field({
    type: TransferItemNode,
    nullable: true,
    description: 'The item that tries this one again; null when none within reach does.',
    resolve: (item, _args, context) =>
      loadByPlace(context, laterLoads, item, (enterpriseId, places) =>
        loadLaterTries(context.app, { enterpriseId, reach: reachOf(requireActor(context), 'VIEW') }, places),
      ),
  }),
}));
