import { builder } from '../../graphql/builder.js';
import { encodeId, uuidOf } from '../../graphql/ids.js';
import { defineMutation } from '../../graphql/mutation.js';
import { loadMember, MemberNode } from '../members/members.schema.js';
import type { Said } from './let-say.js';
import { loadItems, type ItemRow } from './transfer-items.store.js';
import { TransferItemStatusEnum } from './transfer-status.schema.js';
import { acceptTakeover, declineTakeover } from './transfers.js';

const CustomerTakeover = builder.objectRef<ItemRow>('CustomerTakeover').implement({
  description: "A takeover as its customer sees it: the customer's part in a transfer. For that customer.",
  fields: (t) => ({
    transferId: t.id({
      description: 'The transfer it is part of, as the notice names it.',
      resolve: ({ transferId }) => encodeId('Transfer', transferId),
    }),
    status: t.field({
      type: TransferItemStatusEnum,
      description: 'Where it stands.',
      resolve: ({ status }) => status,
    }),
    takeoverDueAt: t.expose('takeoverDueAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the contact changes; with acceptTakeover, when the customer accepted.',
    }),
    successor: t.field({
      type: MemberNode,
      nullable: true,
      description: 'Who becomes the contact, or would have.',
      resolve: ({ successorId }, _args, context) => (successorId === null ? null : loadMember(context, successorId)),
    }),
  }),
});

const which = 'The transfer that the notice names in its transferId.';
const key =
  'A name of this request, 1 to 200 characters: repeated within 30 days, it answers the same and does nothing.';
const refuses =
  'Refuses NOT_FOUND where the customer has no part in the transfer, TOO_LATE from the very moment it is due, and NOT_WAITING ' +
  'where it ended in another way. For customers.';

type PayloadBuilder = PothosSchemaTypes.ObjectFieldBuilder<(typeof builder)['$inferSchemaTypes'], Partial<Said>>;

const takeoverField = (t: PayloadBuilder) =>
  t.field({
    type: CustomerTakeover,
    nullable: true,
    description: 'The takeover as it now stands; null when refused.',
    resolve: async ({ transferId, position }, _args, context) => {
      if (transferId === undefined || position === undefined || !context.actor) return null;
      const [item] = await loadItems(context.app, { enterpriseId: context.actor.enterpriseId, reach: 'ALL' }, [
        { transferId, position },
      ]);
      return item ?? null;
    },
  });

defineMutation('declineTakeover', {
  description:
    'Declines to be taken over by a successor, before it is due. After a resignation the customer goes back to the pool or, where ' +
    'the enterprise does not reassign after a refusal, is no longer served; where the member stays, everything is as before. ' +
    `The successor is told. Declining again changes nothing. ${refuses}`,
  who: 'customer',
  input: (t) => ({
    transferId: t.id({ required: true, description: which }),
    idempotencyKey: t.string({ description: key }),
  }),
  resolve: (input, caller, { app }) =>
    declineTakeover(app, caller, { ...input, transferId: uuidOf('Transfer', input.transferId) }),
  payload: (t) => ({ takeover: takeoverField(t) }),
});

defineMutation('acceptTakeover', {
  description:
    'Accepts the successor without waiting any longer: the takeover is due at once. It does not wait for others of the transfer. ' +
    `Accepting again changes nothing. ${refuses}`,
  who: 'customer',
  input: (t) => ({
    transferId: t.id({ required: true, description: which }),
    idempotencyKey: t.string({ description: key }),
  }),
  resolve: (input, caller, { app }) =>
    acceptTakeover(app, caller, { ...input, transferId: uuidOf('Transfer', input.transferId) }),
  payload: (t) => ({ takeover: takeoverField(t) }),
});
