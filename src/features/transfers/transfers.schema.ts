import type { Transfer, TransferSuccessor as SuccessorRow } from '../../generated/prisma/client.js';
import { builder } from '../../graphql/builder.js';
import { compiles } from '../../graphql/compiled.js';
import { defineConnection, pageOf, pageUnder } from '../../graphql/connection.js';
import { loaderOf, mayUse, requireActor, requireRight, type BatonContext } from '../../graphql/context.js';
import { badInput } from '../../graphql/errors.js';
import { DateTimeFilter } from '../../graphql/filters.js';
import { uuidOf } from '../../graphql/ids.js';
import { loadOf } from '../../graphql/loading.js';
import { rowNamed } from '../../graphql/node.js';
import type { PageArgs } from '../../graphql/paging.js';
import { shares } from '../../graphql/shared-results.js';
import type { Actor } from '../../platform/actor.js';
import { reaches, reachOf } from '../../platform/rights.js';
import type { Seen } from '../../platform/wakeup/shared-watch.js';
import { loadMember, MemberNode } from '../members/members.schema.js';
import { itemsOfTransfer } from './transfer-item-lists.schema.js';
import { TransferItemConnection, TransferItemFilter, TransferItemNode } from './transfer-items.schema.js';
import { TransferCounts, TransferKindEnum, TransferStatusEnum } from './transfer-status.schema.js';
import { followTransfer } from './transfers.js';
import { listTransfersOf, transferKeys } from './transfers.store.js';

const loads = Symbol('transfers');
const successorLoads = Symbol('successors');

/** A transfer by the id that a row of this enterprise names. */
export function loadTransfer(context: BatonContext, id: string): Promise<Transfer> {
  return loaderOf(context, loads, async (ids) => {
    const transfers = await context.app.db.prisma.transfer.findMany({ where: { id: { in: [...ids] } } });
    const known = new Map(transfers.map((transfer) => [transfer.id, transfer]));
    return ids.map((each) => known.get(each) ?? new Error(`There is no transfer ${each}, yet a row names it.`));
  }).load(id);
}

/** Whether a transfer that another one names is the asking administrator's to see: each belongs to where its leaver worked then. */
export function seesTransfer(context: BatonContext, { departmentId }: Pick<Transfer, 'departmentId'>): boolean {
  const actor = requireActor(context);
  // Who handed over without VIEW reads of it in the answer.
  return reaches(actor, 'VIEW', departmentId) || reaches(actor, 'ASSIGN', departmentId);
}

/** A transfer that another one, or an item, names; null where it is out of reach. */
export async function findNamedTransfer(context: BatonContext, id: string | null): Promise<Transfer | null> {
  const transfer = id === null ? null : await loadTransfer(context, id);
  return transfer && seesTransfer(context, transfer) ? transfer : null;
}

const TransferSuccessor = builder.objectRef<SuccessorRow>('TransferSuccessor').implement({
  description: "One successor's share of a transfer.",
  fields: (t) => ({
    member: t.field({
      type: MemberNode,
      description: 'The successor.',
      resolve: ({ memberId }, _args, context) => loadMember(context, memberId),
    }),
    assigned: t.exposeInt('assigned', { description: 'Customers and groups that go to this successor.' }),
    completed: t.exposeInt('completed', { description: 'Of those, how many have been taken over.' }),
  }),
});

export const TransferNode = builder.prismaNode('Transfer', {
  id: { field: 'id', description: 'Opaque and stable.' },
  nullable: true,
  findUnique: (id, context) => {
    const actor = requireActor(context);
    return rowNamed(id, mayUse(context, 'VIEW') ? transfersWithin(actor) : null);
  },
  description:
    "One handing-over of a member's customers to one or more successors. It belongs to the department that the " +
    'leaver worked in when it was submitted, and shows where VIEW reaches that.',
  fields: (t) => ({
    kind: t.expose('kind', { type: TransferKindEnum, description: 'Why customers are handed over.' }),
    status: t.expose('status', { type: TransferStatusEnum, description: 'Where the transfer stands.' }),
    leaver: t.field({
      type: MemberNode,
      description: 'Whose customers are handed over.',
      resolve: ({ leaverId }, _args, context) => loadMember(context, leaverId),
    }),
    createdBy: t.field({
      type: MemberNode,
      nullable: true,
      description: 'The administrator who submitted it; null for the system.',
      resolve: ({ createdById }, _args, context) => (createdById === null ? null : loadMember(context, createdById)),
    }),
    submittedAt: t.expose('submittedAt', { type: 'DateTime', description: 'When it was submitted.' }),
    begunAt: t.expose('begunAt', {
      type: 'DateTime',
      nullable: true,
      description:
        'When it began to run: at submittedAt or, where it needed an approval, when it was approved. Null while it waits for one, ' +
        'and for ever where it did not get it.',
    }),
    decidedBy: t.field({
      type: MemberNode,
      nullable: true,
      description: 'The administrator who approved or disapproved it. Null where nobody has, or nobody had to.',
      resolve: ({ decidedById }, _args, context) => (decidedById === null ? null : loadMember(context, decidedById)),
    }),
    decidedAt: t.expose('decidedAt', {
      type: 'DateTime',
      nullable: true,
      description:
        'When it was approved or disapproved; approved, it has a begunAt. Null where nobody has, or nobody had to.',
    }),
    takeoverDueAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When its customers are taken over: waitHours after begunAt. Null where it has not begun.',
      resolve: ({ begunAt, waitHours }) => begunAt && new Date(begunAt.getTime() + waitHours * 3600_000),
    }),
    finishedAt: t.expose('finishedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When nothing waited any more; null while it runs, or waits for an approval.',
    }),
    waitHours: t.exposeInt('waitHours', { description: "The enterprise's waitHours when it was submitted." }),
    note: t.exposeString('note', {
      description:
        'The handover note that all its successors read; may be empty. Those whom rules chose read the notes of the rules too.',
    }),
    customerMessage: t.exposeString('customerMessage', {
      nullable: true,
      description: "What the customers read instead of the enterprise's text; null for that text.",
    }),
    counts: t.field({
      type: TransferCounts,
      description: 'The items, counted by status.',
      resolve: (transfer) => transfer,
    }),
    successors: t.field({
      type: [TransferSuccessor],
      description: 'The successors with their shares, in the order they were named.',
      resolve: ({ id }, _args, context) => {
        const load = async (ids: string[]) => {
          const all = await context.app.db.prisma.transferSuccessor.findMany({
            where: { transferId: { in: ids } },
            orderBy: { position: 'asc' },
          });
          return new Map(ids.map((of) => [of, all.filter(({ transferId }) => transferId === of)]));
        };
        return loadOf<null, SuccessorRow[]>(context, successorLoads, id, null, load, []);
      },
    }),
    items: t.connection(
      {
        type: TransferItemNode,
        description:
          'The customers and groups of the transfer, each with its own status, in the order they were selected. `totalCount` is ' +
          'known without a filter, by status and by kind; null otherwise.',
        args: { filter: t.arg({ type: TransferItemFilter, description: 'Default: all items.' }) },
        resolve: (transfer, args, context) => itemsOfTransfer(transfer, args, context) as never,
      },
      TransferItemConnection,
    ),
  }),
});

export const TransferConnection = defineConnection('Transfer', TransferNode);

const TransferFilter = builder.inputType('TransferFilter', {
  description: 'Which transfers to answer; all conditions must hold.',
  fields: (t) => ({
    status: t.field({ type: [TransferStatusEnum], description: 'Only these statuses.' }),
    kind: t.field({ type: TransferKindEnum, description: 'Only transfers of this kind.' }),
    leaverId: t.id({ description: 'Only transfers of this member.' }),
    successorId: t.id({ description: 'Only transfers of which this member is a successor.' }),
    submittedAt: t.field({
      type: DateTimeFilter,
      description: 'Only transfers submitted then. `isNull` finds none, or all: the time is always known.',
    }),
  }),
});

/** The condition on transfers that the actor's VIEW reaches. */
function transfersWithin(actor: Actor) {
  const { enterpriseId } = actor;
  const reach = reachOf(actor, 'VIEW');
  return reach === 'ALL' ? { enterpriseId } : { enterpriseId, AND: [{ departmentId: { in: [...reach] } }] };
}

type Info = Parameters<typeof pageOf>[0]['info'];

/** A page of transfers, newest first. */
function transferPage(where: object, args: PageArgs, context: BatonContext, info: Info) {
  const within = transfersWithin(requireRight(context, 'VIEW'));
  const { transfer } = context.app.db.prisma;
  return pageOf({
    args,
    context,
    info,
    typeName: 'Transfer',
    order: [
      { field: 'submittedAt', direction: 'desc', kind: 'time' },
      { field: 'id', direction: 'desc', kind: 'id' },
    ],
    find: (page) => transfer.findMany({ ...page, where: { AND: [within, where, page.where] } }),
    count: () => transfer.count({ where: { AND: [within, where] } }),
  });
}

function submittedWhen({ after, before, isNull }: (typeof DateTimeFilter)['$inferInput']) {
  if (after == null && before == null && isNull == null) throw badInput('`submittedAt` needs at least one condition.');
  return {
    submittedAt: { ...(after && { gte: after }), ...(before && { lt: before }) },
    ...(isNull && { id: { in: [] } }),
  };
}

builder.queryFields((t) => ({
  transfers: t.connection(
    {
      type: TransferNode,
      description: 'The transfers of the company, newest first. Needs VIEW, and answers those it reaches.',
      args: { filter: t.arg({ type: TransferFilter, description: 'Default: all transfers.' }) },
      resolve: (_root, args, context, info) => {
        const { status, kind, leaverId, successorId, submittedAt } = args.filter ?? {};
        const where = {
          ...(status && { status: { in: status } }),
          ...(kind && { kind }),
          ...(submittedAt && submittedWhen(submittedAt)),
          ...(leaverId != null && { leaverId: uuidOf('Member', leaverId) }),
          ...(successorId != null && { successors: { some: { memberId: uuidOf('Member', successorId) } } }),
        };
        return transferPage(where, args, context, info);
      },
    },
    TransferConnection,
  ),
  transfer: t.prismaField({
    type: 'Transfer',
    nullable: true,
    description: 'Looks a transfer up by its id. Null when there is none, or VIEW does not reach it. Needs VIEW.',
    args: { id: t.arg.id({ required: true, description: 'The transfer.' }) },
    resolve: (query, _root, { id }, context) =>
      context.app.db.prisma.transfer.findUnique({
        ...query,
        where: { id: uuidOf('Transfer', id), ...transfersWithin(requireRight(context, 'VIEW')) },
      }),
  }),
}));

builder.prismaObjectField('Member', 'transfers', (t) =>
  t.connection(
    {
      type: TransferNode,
      nullable: true,
      description:
        'The transfers in which this member is the leaver, newest first, as far as VIEW reaches them; null for who has no such right.',
      resolve: ({ id }, args, context) => {
        if (!mayUse(context, 'VIEW')) return null;
        const actor = requireActor(context);
        const { enterpriseId } = actor;
        const reach = reachOf(actor, 'VIEW');
        const { transfer } = context.app.db.prisma;
        return pageUnder<Transfer>({
          args,
          context,
          name: 'transfers of a leaver',
          parentId: id,
          keys: transferKeys,
          ids: (leaverIds, page) => listTransfersOf(context.app, { enterpriseId, reach }, leaverIds, page),
          rows: (ids) => transfer.findMany({ where: { id: { in: ids } } }),
          sortValues: (row) => [row.submittedAt.getTime() * 1000, row.id],
          count: async (ids) => {
            const where = { ...transfersWithin(actor), leaverId: { in: ids } };
            const counts = await transfer.groupBy({ by: ['leaverId'], where, _count: true });
            return new Map(counts.map(({ leaverId, _count }) => [leaverId, _count]));
          },
        });
      },
    },
    TransferConnection,
  ),
);

builder.subscriptionField('transferProgress', (t) =>
  t.field({
    type: TransferNode,
    description:
      'A transfer as it is now, then each time its counts or status have changed, until nothing waits any more; then the subscription ' +
      'completes. Ends at once with NOT_FOUND where there is no such transfer, or VIEW does not reach it. Needs VIEW.',
    args: { id: t.arg.id({ required: true, description: 'The transfer.' }) },
    subscribe: (_root, { id }, context) => {
      const actor = requireRight(context, 'VIEW');
      const { enterpriseId } = actor;
      return followTransfer(context.app, { enterpriseId, reach: reachOf(actor, 'VIEW') }, uuidOf('Transfer', id));
    },
    extensions: { ...compiles, ...shares<Seen<Transfer>>(({ common }) => common) },
    resolve: ({ state }) => state,
  }),
);
