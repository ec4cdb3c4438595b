import type { Transfer } from '../../generated/prisma/client.js';
import { builder } from '../../graphql/builder.js';
import { loaderOf, requireActor, type BatonContext } from '../../graphql/context.js';
import { countReasons } from './item-reasons.store.js';
import { ReasonCount, type ReasonCountRow } from './transfer-status.schema.js';
import { findNamedTransfer, seesTransfer, TransferNode } from './transfers.schema.js';

const reasonLoads = Symbol('reasons of transfers');
const retryLoads = Symbol('retries of transfers');

const TransferTravels = builder.objectRef<Transfer>('TransferTravels').implement({
  description:
    'What goes with the customers of a transfer: what the enterprise let travel when it was submitted, less what the ' +
    'transfer held back. PERSONAL tags never go.',
  fields: (t) => ({
    tags: t.exposeBoolean('travelTags', { description: 'Whether CORP tags go along.' }),
    remark: t.exposeBoolean('travelRemark', { description: 'Whether the remark goes along.' }),
    description: t.exposeBoolean('travelDescription', { description: 'Whether the description goes along.' }),
    archive: t.exposeBoolean('travelArchive', {
      description: 'Whether the successor may read the archived conversation.',
    }),
  }),
});

builder.prismaObjectFields('Transfer', (t) => ({
  customerCount: t.int({
    description: 'How many of the items are customers.',
    resolve: ({ total, groups }) => total - groups,
  }),
  groupCount: t.exposeInt('groups', { description: 'How many of the items are customer groups.' }),
  travels: t.field({
    type: TransferTravels,
    description: 'What goes with the customers.',
    resolve: (transfer) => transfer,
  }),
  reasons: t.field({
    type: [ReasonCount],
    description:
      'How many items were rejected or failed for each reason, the most frequent first; empty when none was. Reads all items ' +
      'of a transfer of which some were.',
    resolve: ({ id, rejected, failed }, _args, context) => loadReasons(context, id, rejected + failed),
  }),
  retryOf: t.field({
    type: TransferNode,
    nullable: true,
    description:
      'The transfer of which this one tries items again; null when it is not a retry, or its leaver was out of reach then.',
    resolve: ({ retryOfId }, _args, context) => findNamedTransfer(context, retryOfId),
  }),
  retries: t.field({
    type: [TransferNode],
    description: 'The transfers within reach that try items of this one again, the oldest first.',
    // Fewer than a page: an item is tried again once, so each retry leaves less for the next.
    complexity: { field: 1, multiplier: 10 },
    resolve: ({ id, leaverId }, _args, context) => loadRetries(context, id, leaverId),
  }),
}));

function loadReasons(context: BatonContext, transferId: string, withReason: number): Promise<ReasonCountRow[]> {
  const { enterpriseId } = requireActor(context);
  const loader = loaderOf<ReasonCountRow[]>(context, reasonLoads, async (keys) => {
    const asked = keys.map((key) => key.split(' ') as [id: string, withReason: string]);
    // The counters tell of which there is nothing to count.
    const ids = asked.flatMap(([id, count]) => (count === '0' ? [] : [id]));
    const counts = await countReasons(context.app, enterpriseId, ids);
    return asked.map(([id]) => counts.get(id) ?? []);
  });
  return loader.load(`${transferId} ${withReason}`);
}

function loadRetries(context: BatonContext, transferId: string, leaverId: string): Promise<Transfer[]> {
  const { enterpriseId } = requireActor(context);
  const loader = loaderOf<Transfer[]>(context, retryLoads, async (keys) => {
    const asked = keys.map((key) => key.split(' ') as [id: string, leaverId: string]);
    const retries = await context.app.db.prisma.transfer.findMany({
      // A retry has the leaver of what it retries, by whom an index finds it.
      where: {
        enterpriseId,
        leaverId: { in: [...new Set(asked.map(([, leaver]) => leaver))] },
        retryOfId: { in: asked.map(([id]) => id) },
      },
      orderBy: { id: 'asc' },
    });
    return asked.map(([id]) => retries.filter((retry) => retry.retryOfId === id && seesTransfer(context, retry)));
  });
  return loader.load(`${transferId} ${leaverId}`);
}
