import type DataLoader from 'dataloader';
import { AddWay } from '../../generated/prisma/enums.js';
import { builder } from '../../graphql/builder.js';
import { compiles } from '../../graphql/compiled.js';
import { defineConnection, type Counted } from '../../graphql/connection.js';
import { loaderOf, requireActor, type BatonContext } from '../../graphql/context.js';
import {
  DateTimeFilter,
  filterLimits,
  filterLimitsText,
  OrderDirection,
  readFilter,
  StringFilter,
  type FilterInput,
} from '../../graphql/filters.js';
import { uuidOf } from '../../graphql/ids.js';
import { byId, loadOf } from '../../graphql/loading.js';
import { defineNode } from '../../graphql/node.js';
import { readPage, toConnection, type PageArgs } from '../../graphql/paging.js';
import { instant } from '../../graphql/scalars.js';
import { loadHeld } from '../members/members.js';
import { loadMember, MemberNode } from '../members/members.schema.js';
import { TagNode } from '../tags/tags.schema.js';
import { mayListCustomersOf, viewOf } from './customers.policy.js';
import { CustomerKindEnum, CustomerNode } from './customers.schema.js';
import { relationFilterSql, type RelationFilter } from './relation-filter.js';
import {
  countRelations,
  listRelations,
  loadRelations,
  loadRelationsOfCustomers,
  relationKeys,
  relationSortValues,
  type RelationListing,
  type RelationOrder,
  type RelationRow,
} from './relations.store.js';

const loads = Symbol('relations');
const listLoads = Symbol('relations of members');
const countLoads = Symbol('counts of relations');
const heldLoads = Symbol('customers held');
const servingLoads = Symbol('relations of customers');

/** Active relations by id; null for one that is not there, or not yours to see. */
export function relationLoader(context: BatonContext): DataLoader<string, RelationRow | null> {
  const view = viewOf(requireActor(context));
  return loaderOf(context, loads, async (ids) => byId(ids, await loadRelations(context.app, view, ids)));
}

export const AddWayEnum = builder.enumType('AddWay', {
  description: 'How a customer came to a member.',
  values: {
    UNKNOWN: { value: AddWay.UNKNOWN, description: 'Not known.' },
    QR_CODE: { value: AddWay.QR_CODE, description: 'By scanning a code.' },
    MOBILE_SEARCH: { value: AddWay.MOBILE_SEARCH, description: 'By mobile number.' },
    CARD: { value: AddWay.CARD, description: 'By a card that somebody shared.' },
    GROUP_CHAT: { value: AddWay.GROUP_CHAT, description: 'Out of a group chat.' },
    CONTACTS: { value: AddWay.CONTACTS, description: 'From the contacts of a phone.' },
    EXTERNAL_LINK: { value: AddWay.EXTERNAL_LINK, description: 'By a link.' },
    ADMIN_ASSIGNED: { value: AddWay.ADMIN_ASSIGNED, description: 'Given by an administrator.' },
    OTHER: { value: AddWay.OTHER, description: 'In another way.' },
  },
});

export const RelationNode = defineNode(builder.objectRef<RelationRow>('Relation'), {
  description:
    'This member serves this customer, now. VIEW shows those of the members it reaches, a member sees their own, a customer those to themself, ' +
    'without the notes. When the customer is handed over, the relation moves: it keeps its id and gets a new member.',
  loader: relationLoader,
  fields: (t) => ({
    member: t.field({
      type: MemberNode,
      description: 'Who serves.',
      resolve: ({ memberId }, _args, context) => loadMember(context, memberId),
    }),
    customer: t.expose('customer', { type: CustomerNode, description: 'Who is served.' }),
    remark: t.exposeString('remark', {
      description: "The member's short note about the customer. Empty for customers.",
    }),
    description: t.exposeString('description', { description: "The member's longer note. Empty for customers." }),
    addedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the customer was added; null when not known.',
      resolve: ({ addedAt }) => instant(addedAt),
    }),
    addWay: t.expose('addWay', { type: AddWayEnum, description: 'How the customer was added.' }),
    lastMessageAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the two last wrote to each other; null when they never did.',
      resolve: ({ lastMessageAt }) => instant(lastMessageAt),
    }),
    tags: t.expose('tags', {
      type: [TagNode],
      description: 'CORP tags, and to the member who serves their own PERSONAL ones, by name. Empty for customers.',
    }),
  }),
});

export const RelationConnection = defineConnection('Relation', RelationNode);

const TagFilter = builder.inputType('TagFilter', {
  description:
    'Conditions on the tags you see; all that are given must hold. At least one is needed. An unknown tag is on nobody.',
  fields: (t) => ({
    anyOf: t.idList({ description: `Has at least one of these tags; 1 to ${filterLimits.values}.` }),
    allOf: t.idList({ description: `Has each of these tags; 1 to ${filterLimits.values}.` }),
    noneOf: t.idList({ description: `Has none of these tags; 1 to ${filterLimits.values}.` }),
  }),
});

export const RelationFilterInput = builder.inputRef<FilterInput>('RelationFilter');
RelationFilterInput.implement({
  description: `Which of a member's customers: the same filter lists them and selects them for a handover. ${filterLimitsText}`,
  fields: (t) => ({
    and: t.field({ type: [RelationFilterInput], description: 'All of these hold as well.' }),
    or: t.field({ type: [RelationFilterInput], description: 'At least one of these holds as well.' }),
    not: t.field({ type: RelationFilterInput, description: 'This does not hold.' }),
    tags: t.field({ type: TagFilter, description: 'The tags on the relation.' }),
    addedAt: t.field({ type: DateTimeFilter, description: 'When the customer was added.' }),
    lastMessageAt: t.field({ type: DateTimeFilter, description: 'When the two last wrote to each other.' }),
    name: t.field({ type: StringFilter, description: 'The name of the customer.' }),
    remark: t.field({ type: StringFilter, description: "The member's short note about the customer." }),
    region: t.field({
      type: StringFilter,
      description: "The customer's region; one that is not known matches nothing.",
    }),
    city: t.field({ type: StringFilter, description: "The customer's city; one that is not known matches nothing." }),
    businessType: t.field({
      type: StringFilter,
      description: "The customer's line of business; one that is not known matches nothing.",
    }),
    kind: t.field({ type: CustomerKindEnum, description: 'Where the customer writes from.' }),
  }),
});

/** A RelationFilter as a client sent it. Refuses with BAD_USER_INPUT what is beyond the limits or says nothing. */
export function readRelationFilter(input: FilterInput): RelationFilter {
  return readFilter<RelationFilter>(input, (name, value) =>
    name === 'tags'
      ? Object.fromEntries(
          Object.entries(value as Record<string, string[]>).map(([operator, ids]) => [
            operator,
            ids.map((id) => uuidOf('Tag', id)),
          ]),
        )
      : value,
  );
}

const RelationOrderFieldEnum = builder.enumType('RelationOrderField', {
  description: "What a member's customers are sorted by.",
  values: {
    ADDED_AT: { value: 'ADDED_AT', description: 'When the customer was added; not known sorts as the earliest.' },
    NAME: { value: 'NAME', description: "The customer's name, as the database sorts text." },
    LAST_MESSAGE_AT: { value: 'LAST_MESSAGE_AT', description: 'The last conversation; never sorts as the earliest.' },
  } as const,
});

const RelationOrderInput = builder.inputType('RelationOrder', {
  description: "How a member's customers are sorted; equal ones by id.",
  fields: (t) => ({
    field: t.field({ type: RelationOrderFieldEnum, required: true, description: 'What to sort by.' }),
    direction: t.field({
      type: OrderDirection,
      required: true,
      defaultValue: 'ASC',
      description: 'Which way. Default: ASC.',
    }),
  }),
});

// A plain field: a Member always carries its id, and what Prisma selects is not compiled.
builder.objectField(MemberNode, 'customers', (t) =>
  t.connection(
    {
      type: RelationNode,
      extensions: compiles,
      description:
        'The customers this member serves now, the latest first. For the member, and VIEW over them; empty for everyone else. ' +
        'Paging repeats and skips none while customers leave the list. Without a filter, `totalCount` costs nothing.',
      args: {
        filter: t.arg({ type: RelationFilterInput, description: 'Default: all.' }),
        orderBy: t.arg({
          type: RelationOrderInput,
          required: true,
          defaultValue: { field: 'ADDED_AT', direction: 'DESC' },
          description: 'Default: ADDED_AT, the latest first.',
        }),
      },
      resolve: (member, args, context) => relationsOf(context, member, args) as never,
    },
    RelationConnection,
  ),
);

builder.objectField(CustomerNode, 'servedBy', (t) =>
  t.field({
    type: [RelationNode],
    description:
      'Who serves the customer now, the longest first. The customer sees all of them, VIEW shows the members it reaches, and members see their own relation.',
    resolve: async ({ id }, _args, context) => {
      const view = viewOf(requireActor(context));
      const loader = loaderOf<RelationRow[]>(context, servingLoads, async (customerIds) => {
        const rows = await loadRelationsOfCustomers(context.app, view, customerIds);
        const byCustomer = new Map(customerIds.map((customerId) => [customerId, [] as RelationRow[]]));
        for (const row of rows) byCustomer.get(row.customer.id)?.push(row);
        return [...byCustomer.values()];
      });
      return loader.load(id);
    },
  }),
);

async function relationsOf(
  context: BatonContext,
  { id: memberId, departmentId }: { readonly id: string; readonly departmentId: string | null },
  args: PageArgs & { readonly filter?: FilterInput | null; readonly orderBy: RelationOrder },
): Promise<Counted<RelationRow>> {
  const actor = requireActor(context);
  const order = args.orderBy;
  const name = `relations ${order.field} ${order.direction}`;
  const page = readPage(args, name, relationKeys[order.field]);
  const filter = args.filter ? readRelationFilter(args.filter) : null;
  if (!mayListCustomersOf(actor, { memberId, departmentId }))
    return { ...toConnection([], page, name, () => []), totalCount: async () => 0 };

  const { app } = context;
  const view = viewOf(actor);
  const reader = { ...view, now: app.clock.now() };
  const where = (wanted: RelationFilter | null) =>
    wanted === null ? null : relationFilterSql(wanted, reader, { relation: 'r', customer: 'c' });
  const rows = await loadOf<Pick<RelationListing, 'order' | 'page'> & { filter: RelationFilter | null }, RelationRow[]>(
    context,
    listLoads,
    memberId,
    { filter, order, page },
    (memberIds, list) => listRelations(app, { ...list, view, memberIds, where: where(list.filter) }),
    [],
  );
  return {
    ...toConnection(rows, page, name, (row) => relationSortValues(order.field, row)),
    totalCount: () =>
      filter === null
        ? loadOf(context, heldLoads, memberId, null, (memberIds) => loadHeld(app, 'customers', memberIds), 0)
        : loadOf(
            context,
            countLoads,
            memberId,
            filter,
            (memberIds, wanted) => countRelations(app, { view, memberIds, where: where(wanted) }),
            0,
          ),
  };
}
