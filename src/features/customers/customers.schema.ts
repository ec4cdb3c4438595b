import type DataLoader from 'dataloader';
import { CustomerKind } from '../../generated/prisma/enums.js';
import { builder } from '../../graphql/builder.js';
import { defineConnection } from '../../graphql/connection.js';
import { loaderOf, requireActor, type BatonContext } from '../../graphql/context.js';
import { filterLimitsText, OrderDirection, readFilter, StringFilter, type FilterInput } from '../../graphql/filters.js';
import { uuidOf } from '../../graphql/ids.js';
import { byId } from '../../graphql/loading.js';
import { defineNode } from '../../graphql/node.js';
import { readPage, toConnection } from '../../graphql/paging.js';
import { instant } from '../../graphql/scalars.js';
import { Viewer } from '../members/members.schema.js';
import type { CustomerRow } from './customer-row.js';
import { mayAskWhetherServedBy, viewOf } from './customers.policy.js';
import {
  countCustomers,
  customerKeys,
  customerSortValues,
  findCustomer,
  listCustomers,
  loadCustomers,
  type CustomerFilter,
  type CustomerOrder,
} from './customers.store.js';

export const CustomerKindEnum = builder.enumType('CustomerKind', {
  description: 'Where a customer writes from.',
  values: {
    WECHAT: { value: CustomerKind.WECHAT, description: 'A person on WeChat.' },
    WECOM: { value: CustomerKind.WECOM, description: 'A person of another company on WeCom.' },
  },
});

const loads = Symbol('customers');

/** Customers by id; null for one that is not there, or not yours to see. */
export function customerLoader(context: BatonContext): DataLoader<string, CustomerRow | null> {
  const view = viewOf(requireActor(context));
  return loaderOf(context, loads, async (ids) => byId(ids, await loadCustomers(context.app, view, ids)));
}

export const CustomerNode = defineNode(builder.objectRef<CustomerRow>('Customer'), {
  description:
    'An external contact of the company. VIEW shows those whom members within its reach serve now, a member sees their own, a customer themself; one whom nobody serves shows to super administrators.' +
    '',
  loader: customerLoader,
  fields: (t) => ({
    externalUserId: t.exposeString('externalUserId', { description: "The company's own id of the customer." }),
    name: t.exposeString('name', { description: 'The name the customer goes by.' }),
    kind: t.expose('kind', { type: CustomerKindEnum, description: 'Where the customer writes from.' }),
    corpName: t.exposeString('corpName', {
      nullable: true,
      description: 'Where the customer works; null when not known.',
    }),
    region: t.exposeString('region', { nullable: true, description: 'Region, as "East China"; null when not known.' }),
    city: t.exposeString('city', { nullable: true, description: 'City; null when not known.' }),
    businessType: t.exposeString('businessType', {
      nullable: true,
      description: 'Line of business; null when not known.',
    }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When the customer came into the books.',
      resolve: ({ createdAt }) => instant(createdAt),
    }),
  }),
});

export const CustomerConnection = defineConnection('Customer', CustomerNode);

const CustomerFilterInput = builder.inputRef<FilterInput>('CustomerFilter');
CustomerFilterInput.implement({
  description: `Which customers. ${filterLimitsText}`,
  fields: (t) => ({
    and: t.field({ type: [CustomerFilterInput], description: 'All of these hold as well.' }),
    or: t.field({ type: [CustomerFilterInput], description: 'At least one of these holds as well.' }),
    not: t.field({ type: CustomerFilterInput, description: 'This does not hold.' }),
    name: t.field({ type: StringFilter, description: 'The name of the customer.' }),
    externalUserId: t.field({ type: StringFilter, description: "The company's own id of the customer." }),
    region: t.field({ type: StringFilter, description: 'The region; one that is not known matches nothing.' }),
    city: t.field({ type: StringFilter, description: 'The city; one that is not known matches nothing.' }),
    businessType: t.field({
      type: StringFilter,
      description: 'The line of business; one that is not known matches nothing.',
    }),
    kind: t.field({ type: CustomerKindEnum, description: 'Where the customer writes from.' }),
    servedBy: t.id({
      description:
        'A member who serves the customer now. You may name yourself and whom VIEW reaches: anyone else matches nothing.',
    }),
  }),
});

const CustomerOrderFieldEnum = builder.enumType('CustomerOrderField', {
  description: 'What customers are sorted by.',
  values: {
    NAME: { value: 'NAME', description: 'The name, as the database sorts text.' },
    CREATED_AT: { value: 'CREATED_AT', description: 'When the customer came into the books.' },
  } as const,
});

const CustomerOrderInput = builder.inputType('CustomerOrder', {
  description: 'How customers are sorted; equal ones by id.',
  fields: (t) => ({
    field: t.field({ type: CustomerOrderFieldEnum, required: true, description: 'What to sort by.' }),
    direction: t.field({
      type: OrderDirection,
      required: true,
      defaultValue: 'ASC',
      description: 'Which way. Default: ASC.',
    }),
  }),
});

builder.queryFields((t) => ({
  customers: t.connection(
    {
      type: CustomerNode,
      description:
        'The customers you may see: those you serve now and, with VIEW, those whom the members it reaches serve; all of the company for ' +
        'super administrators; themself for a customer.',
      args: {
        filter: t.arg({ type: CustomerFilterInput, description: 'Default: all that you may see.' }),
        orderBy: t.arg({
          type: CustomerOrderInput,
          required: true,
          defaultValue: { field: 'NAME', direction: 'ASC' },
          description: 'Default: by name.',
        }),
      },
      resolve: async (_root, args, context) => {
        const view = viewOf(requireActor(context));
        const order: CustomerOrder = args.orderBy;
        const name = `customers ${order.field} ${order.direction}`;
        const page = readPage(args, name, customerKeys[order.field]);
        const filter = args.filter ? readCustomerFilter(context, args.filter) : null;
        const rows = await listCustomers(context.app, { view, filter, order, page });
        return {
          ...toConnection(rows, page, name, (row) => customerSortValues(order.field, row)),
          totalCount: () => countCustomers(context.app, { view, filter }),
        } as never;
      },
    },
    CustomerConnection,
  ),
  customer: t.field({
    type: CustomerNode,
    nullable: true,
    description: "Looks a customer up by the company's own id. Null when there is none, or they are not yours to see.",
    args: { externalUserId: t.arg.string({ required: true, description: "The company's own id of the customer." }) },
    resolve: (_root, { externalUserId }, context) =>
      findCustomer(context.app, viewOf(requireActor(context)), externalUserId),
  }),
}));

function readCustomerFilter(context: BatonContext, input: FilterInput): CustomerFilter {
  const actor = requireActor(context);
  return readFilter<CustomerFilter>(input, (name, value) => {
    if (name !== 'servedBy') return value;
    const memberId = uuidOf('Member', String(value));
    return mayAskWhetherServedBy(actor, memberId) ? memberId : null;
  });
}

builder.objectField(Viewer, 'customer', (t) =>
  t.field({
    type: CustomerNode,
    nullable: true,
    description: 'The customer; null for a member.',
    resolve: (actor, _args, context) => (actor.kind === 'customer' ? customerLoader(context).load(actor.id) : null),
  }),
);
