import { TakeoverOutcome, TransferItemKind } from '../../generated/prisma/enums.js';
import { builder } from '../../graphql/builder.js';
import { defineConnection } from '../../graphql/connection.js';
import { mayUse, requireActor } from '../../graphql/context.js';
import { badInput } from '../../graphql/errors.js';
import { encodeId, isUuid } from '../../graphql/ids.js';
import { reachOf } from '../../platform/rights.js';
import { customerLoader, CustomerNode } from '../customers/customers.schema.js';
import { CustomerGroupNode, groupLoader } from '../groups/groups.schema.js';
import { loadMember, MemberNode } from '../members/members.schema.js';
import { leftBehindField } from './left-behind.schema.js';
import { loadItems, type ItemPlace, type ItemRow } from './transfer-items.store.js';
import { transferReasons, type TransferReason } from './transfer-reasons.js';
import { ReasonEnum, TransferItemStatusEnum, TransferKindEnum } from './transfer-status.schema.js';

const KindEnum = builder.enumType('TransferItemKind', {
  description: 'What an item of a transfer hands over.',
  values: {
    CUSTOMER: {
      value: TransferItemKind.CUSTOMER,
      description: 'A customer, after the waiting time and unless they decline.',
    },
    GROUP: { value: TransferItemKind.GROUP, description: 'A customer group, at once: its customers have no say.' },
  },
});

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
  description:
    'One customer or customer group in a transfer, with a status and reason of its own. Shows where VIEW reaches the transfer.',
  id: { resolve: ({ transferId, position }) => `${transferId}.${position}`, description: 'Opaque and stable.' },
  isTypeOf: (value) => typeof value === 'object' && value !== null && 'transferId' in value && 'position' in value,
  loadManyWithoutCache: async (ids, context) => {
    const actor = requireActor(context);
    const places = ids.map(placeOf);
    if (!mayUse(context, 'VIEW')) return ids.map(() => null);
    return loadItems(context.app, { enterpriseId: actor.enterpriseId, reach: reachOf(actor, 'VIEW') }, places);
  },
  fields: (t) => ({
    transferId: t.id({
      description: 'Id of the transfer the item belongs to.',
      resolve: ({ transferId }) => encodeId('Transfer', transferId),
    }),
    transferKind: t.expose('transferKind', {
      type: TransferKindEnum,
      description: 'Why the transfer hands over.',
    }),
    position: t.exposeInt('position', {
      description: 'Place in the transfer, from 0: customers in the order of the selection, then groups in theirs.',
    }),
    kind: t.expose('kind', { type: KindEnum, description: 'Whether it is a customer or a group.' }),
    status: t.field({
      type: TransferItemStatusEnum,
      description: 'Where the item stands.',
      resolve: ({ status }) => status,
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
      description: 'What the takeover came to; null without one.',
    }),
    attempt: t.exposeInt('attempt', { description: 'Which try this is, from 1: each retryTransfer adds one.' }),
    customer: t.field({
      type: CustomerNode,
      nullable: true,
      description:
        'Who is handed over; null for a group, when no such customer is known, and while nobody whom VIEW reaches serves them.',
      resolve: ({ customerId }, _args, context) =>
        customerId === null ? null : customerLoader(context).load(customerId),
    }),
    group: t.field({
      type: CustomerGroupNode,
      nullable: true,
      description:
        'Which group is handed over; null for a customer, when no such group is known, and while VIEW does not reach its owner.',
      resolve: ({ groupId }, _args, context) => (groupId === null ? null : groupLoader(context).load(groupId)),
    }),
    requestedId: t.id({
      nullable: true,
      description: 'The id that was asked for when no such customer or group is known; null otherwise.',
      resolve: ({ requested, kind }) =>
        requested && encodeId(kind === 'GROUP' ? 'CustomerGroup' : 'Customer', requested),
    }),
    leaver: t.field({
      type: MemberNode,
      description: 'Whom from.',
      resolve: ({ leaverId }, _args, context) => loadMember(context, leaverId),
    }),
    successor: t.field({
      type: MemberNode,
      nullable: true,
      description: 'Whom to; null where it was rejected before a successor was chosen, and while it is queued.',
      resolve: ({ successorId }, _args, context) => (successorId === null ? null : loadMember(context, successorId)),
    }),
    takeoverDueAt: t.expose('takeoverDueAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the takeover is due, or was; null when rejected, and while it is queued.',
    }),
    takenOverAt: t.expose('takenOverAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the successor took over; null without a takeover.',
    }),
    endedAt: t.expose('endedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it came to its status; null while it waits, and when it was rejected at submit.',
    }),
    leftBehind: leftBehindField(t),
  }),
});

export const TransferItemConnection = defineConnection('TransferItem', TransferItemNode);

export const TransferItemFilter = builder.inputType('TransferItemFilter', {
  description: 'Which items to answer; all conditions must hold.',
  fields: (t) => ({
    kind: t.field({ type: KindEnum, description: 'Only customers, or only groups.' }),
    status: t.field({ type: [TransferItemStatusEnum], description: 'Only these statuses.' }),
    reason: t.field({ type: [ReasonEnum], description: 'Only these reasons.' }),
    successorId: t.id({ description: 'Only what goes to this member.' }),
  }),
});

/** The place that an item's id names. One that cannot be is BAD_USER_INPUT. */
function placeOf(id: string): ItemPlace {
  const [transferId = '', position = '', ...more] = id.split('.');
  if (!isUuid(transferId) || !/^\d{1,9}$/.test(position) || more.length > 0)
    throw badInput('This is not the id of a TransferItem.');
  return { transferId, position: Number(position) };
}
