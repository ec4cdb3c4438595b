import { uuidOf } from '../../graphql/ids.js';
import { defineMutation } from '../../graphql/mutation.js';
import { createCustomerGroup, groupLimits } from './create-customer-group.js';
import { CustomerGroupNode, groupLoader } from './groups.schema.js';

defineMutation('createCustomerGroup', {
  description:
    'Adds a customer group to your company, with its owner and who else is in it. For members: with ASSIGN for any ACTIVE owner it reaches, ' +
    'other members for themselves, with customers they serve. Refuses ALREADY_EXISTS for a taken chatId, FORBIDDEN, NOT_FOUND, ' +
    'MEMBER_NOT_ACTIVE, INVALID_INPUT, CUSTOMER_CONTACT_DISABLED.',
  who: 'member',
  input: (t) => ({
    chatId: t.string({
      required: true,
      description: `The company's own id of the group, 1 to ${groupLimits.chatId} characters, unique.`,
    }),
    name: t.string({ required: true, description: `What the group is called, 1 to ${groupLimits.name} characters.` }),
    notice: t.string({ description: `The notice pinned in the group, at most ${groupLimits.notice} characters.` }),
    ownerId: t.id({ description: 'The member who answers for the group, and is in it. Default: you.' }),
    memberIds: t.idList({
      description: `Other members in the group. With the owner and the customers at most ${groupLimits.participants}.`,
    }),
    customerIds: t.idList({ description: 'The customers in the group.' }),
    idempotencyKey: t.string({
      description:
        'A name of this request, 1 to 200 characters: repeated within 30 days, it answers the same and does nothing.',
    }),
  }),
  resolve: (input, caller, { app }) =>
    createCustomerGroup(app, caller, {
      ...input,
      ownerId: input.ownerId == null ? null : uuidOf('Member', input.ownerId),
      memberIds: input.memberIds?.map((id) => uuidOf('Member', id)) ?? null,
      customerIds: input.customerIds?.map((id) => uuidOf('Customer', id)) ?? null,
    }),
  payload: (t) => ({
    customerGroup: t.field({
      type: CustomerGroupNode,
      nullable: true,
      description: 'The new group; null when refused.',
      resolve: ({ groupId }, _args, context) => (groupId === undefined ? null : groupLoader(context).load(groupId)),
    }),
  }),
});
