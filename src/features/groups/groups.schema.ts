import type DataLoader from 'dataloader';
import { CustomerGroupStatus } from '../../generated/prisma/enums.js';
import { builder } from '../../graphql/builder.js';
import { defineConnection, type Counted } from '../../graphql/connection.js';
import { loaderOf, requireActor, requireMember, type BatonContext } from '../../graphql/context.js';
import { filterLimits, readFilter, StringFilter } from '../../graphql/filters.js';
import { uuidOf } from '../../graphql/ids.js';
import { byId, loadOf } from '../../graphql/loading.js';
import { defineNode } from '../../graphql/node.js';
import { readPage, toConnection, type Page, type PageArgs } from '../../graphql/paging.js';
import { instant } from '../../graphql/scalars.js';
import { customerLoader, CustomerNode } from '../customers/customers.schema.js';
import { loadHeld } from '../members/members.js';
import { loadMember, MemberNode } from '../members/members.schema.js';
import { groupSightOf, mayListGroupsOf } from './groups.policy.js';
import {
  countGroups,
  countParticipants,
  findGroup,
  groupKeys,
  listGroups,
  listGroupsOf,
  listParticipants,
  loadGroups,
  participantKeys,
  type GroupFilter,
  type GroupRow,
  type ParticipantRow,
} from './groups.store.js';

const loads = Symbol('groups');
const ownerLoads = Symbol('groups of owners');
const customerLoads = Symbol('groups of customers');
const heldLoads = Symbol('groups held');
const participantLoads = Symbol('participants');
const participantCountLoads = Symbol('counts of participants');

/** Customer groups by id; null for one that is not there, or not yours to see. */
export function groupLoader(context: BatonContext): DataLoader<string, GroupRow | null> {
  const sight = groupSightOf(requireActor(context));
  return loaderOf(context, loads, async (ids) => byId(ids, await loadGroups(context.app, sight, ids)));
}

export const CustomerGroupStatusEnum = builder.enumType('CustomerGroupStatus', {
  description: 'Where a group stands with its owner.',
  values: {
    NORMAL: { value: CustomerGroupStatus.NORMAL, description: 'The owner works here.' },
    OWNER_RESIGNED: {
      value: CustomerGroupStatus.OWNER_RESIGNED,
      description: 'The owner has left; the group awaits another.',
    },
    INHERITING: { value: CustomerGroupStatus.INHERITING, description: 'The group is being handed to another owner.' },
    INHERITED: { value: CustomerGroupStatus.INHERITED, description: 'The group has been handed to its present owner.' },
  },
});

const GroupParticipant = builder.objectRef<ParticipantRow>('GroupParticipant').implement({
  description: 'Somebody in a customer group: a member or a customer.',
  fields: (t) => ({
    joinedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When they joined; null when not known.',
      resolve: ({ joinedAt }) => instant(joinedAt),
    }),
    member: t.field({
      type: MemberNode,
      nullable: true,
      description: 'The member; null for a customer.',
      resolve: ({ memberId }, _args, context) => (memberId === null ? null : loadMember(context, memberId)),
    }),
    customer: t.field({
      type: CustomerNode,
      nullable: true,
      description: 'The customer; null for a member, and for a customer who is not yours to see.',
      resolve: ({ customerId }, _args, context) =>
        customerId === null ? null : customerLoader(context).load(customerId),
    }),
  }),
});

const GroupParticipantConnection = defineConnection('GroupParticipant', GroupParticipant);

export const CustomerGroupNode = defineNode(builder.objectRef<GroupRow>('CustomerGroup'), {
  description:
    'A chat group with customers. VIEW shows those whose owners it reaches, a member sees those they own, customers none.',
  loader: groupLoader,
  fields: (t) => ({
    chatId: t.exposeString('chatId', { description: "The company's own id of the group." }),
    name: t.exposeString('name', { description: 'What the group is called.' }),
    notice: t.exposeString('notice', {
      nullable: true,
      description: 'The notice pinned in the group; null when there is none.',
    }),
    owner: t.field({
      type: MemberNode,
      description: 'Who answers for the group.',
      resolve: ({ ownerId }, _args, context) => loadMember(context, ownerId),
    }),
    status: t.expose('status', {
      type: CustomerGroupStatusEnum,
      description: 'Where the group stands with its owner.',
    }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When the group was made.',
      resolve: ({ createdAt }) => instant(createdAt),
    }),
    participantCount: t.int({
      description: 'How many are in the group, the owner among them.',
      resolve: ({ id }, _args, context) => participantCount(context, id),
    }),
    participants: t.connection(
      {
        type: GroupParticipant,
        description: 'Who is in the group, in the order in which they were written down.',
        resolve: async ({ id }, args, context) => {
          const { enterpriseId } = requireActor(context);
          const order = 'participants';
          const page = readPage(args, order, participantKeys);
          const rows = await loadOf<Page, ParticipantRow[]>(
            context,
            participantLoads,
            id,
            page,
            (groupIds, of) => listParticipants(context.app, enterpriseId, groupIds, of),
            [],
          );
          return {
            ...toConnection(rows, page, order, (row) => [row.id]),
            totalCount: () => participantCount(context, id),
          } as never;
        },
      },
      GroupParticipantConnection,
    ),
  }),
});

export const CustomerGroupConnection = defineConnection('CustomerGroup', CustomerGroupNode);

const CustomerGroupFilter = builder.inputType('CustomerGroupFilter', {
  description: 'Which customer groups; all that is given must hold.',
  fields: (t) => ({
    name: t.field({ type: StringFilter, description: 'What the group is called.' }),
    chatId: t.field({ type: StringFilter, description: "The company's own id of the group." }),
    status: t.field({
      type: [CustomerGroupStatusEnum],
      description: `One of these statuses; 1 to ${filterLimits.values}.`,
    }),
    ownerId: t.id({ description: 'The member who owns the group.' }),
  }),
});

builder.queryFields((t) => ({
  customerGroups: t.connection(
    {
      type: CustomerGroupNode,
      description:
        'The customer groups you may see, by name: your own and, with VIEW, those whose owners it reaches. For members.',
      args: { filter: t.arg({ type: CustomerGroupFilter, description: 'Default: all that you may see.' }) },
      resolve: async (_root, args, context) => {
        const sight = groupSightOf(requireMember(context));
        const page = readPage(args, groupOrder, groupKeys);
        const filter = readFilter<GroupFilter>((args.filter ?? {}) as object, (name, value) =>
          name === 'ownerId' ? uuidOf('Member', String(value)) : value,
        );
        return groupConnection(await listGroups(context.app, sight, filter, page), page, () =>
          countGroups(context.app, sight, filter),
        );
      },
    },
    CustomerGroupConnection,
  ),
  customerGroup: t.field({
    type: CustomerGroupNode,
    nullable: true,
    description: "Looks a group up by the company's own id. Null when there is none, or it is not yours to see.",
    args: { chatId: t.arg.string({ required: true, description: "The company's own id of the group." }) },
    resolve: (_root, { chatId }, context) => findGroup(context.app, groupSightOf(requireActor(context)), chatId),
  }),
}));

builder.prismaObjectField('Member', 'customerGroups', (t) =>
  t.connection(
    {
      type: CustomerGroupNode,
      description:
        'The customer groups this member owns, by name. For the member, and VIEW over them; empty for everyone else.',
      resolve: async (owner, args, context) => {
        const { id } = owner;
        const page = readPage(args, groupOrder, groupKeys);
        const mine = mayListGroupsOf(groupSightOf(requireActor(context)), owner);
        const rows = mine ? await groupsOf(context, 'owner', id, page) : [];
        return groupConnection(rows, page, async () =>
          mine ? loadOf(context, heldLoads, id, null, (memberIds) => loadHeld(context.app, 'groups', memberIds), 0) : 0,
        );
      },
    },
    CustomerGroupConnection,
  ),
);

builder.objectField(CustomerNode, 'customerGroups', (t) =>
  t.connection(
    {
      type: CustomerGroupNode,
      description:
        'The customer groups this customer is in, as far as you may see them, by name. Empty for customers. Without `totalCount`.',
      resolve: async ({ id }, args: PageArgs, context) => {
        const page = readPage(args, groupOrder, groupKeys);
        return groupConnection(await groupsOf(context, 'customer', id, page), page);
      },
    },
    CustomerGroupConnection,
  ),
);

const groupOrder = 'customerGroups name';

function groupConnection(rows: readonly GroupRow[], page: Page, totalCount?: () => Promise<number>): Counted<GroupRow> {
  return { ...toConnection(rows, page, groupOrder, ({ name, id }) => [name, id]), ...(totalCount && { totalCount }) };
}

function groupsOf(context: BatonContext, who: 'owner' | 'customer', personId: string, page: Page): Promise<GroupRow[]> {
  const sight = groupSightOf(requireActor(context));
  return loadOf<Page, GroupRow[]>(
    context,
    who === 'owner' ? ownerLoads : customerLoads,
    personId,
    page,
    (personIds, of) => listGroupsOf(context.app, sight, who, personIds, of),
    [],
  );
}

function participantCount(context: BatonContext, groupId: string): Promise<number> {
  const { enterpriseId } = requireActor(context);
  return loadOf(
    context,
    participantCountLoads,
    groupId,
    null,
    (groupIds) => countParticipants(context.app, enterpriseId, groupIds),
    0,
  );
}
