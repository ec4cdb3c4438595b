import { builder } from '../../graphql/builder.js';
import { mayUse, requireActor, type BatonContext } from '../../graphql/context.js';
import { badInput } from '../../graphql/errors.js';
import { loadOf } from '../../graphql/loading.js';
import { readPage, toConnection, type Page } from '../../graphql/paging.js';
import type { Actor } from '../../platform/actor.js';
import type { App } from '../../platform/app.js';
import { reaches } from '../../platform/rights.js';
import { loadCustomers, viewOf, type CustomerRow } from '../customers/customers.js';
import { CustomerConnection, CustomerNode } from '../customers/customers.schema.js';
import { loadMember, MemberNode } from '../members/members.schema.js';
import { countServedAt, listServedAt, listServersAt, servedKeys } from './relation-history.store.js';

const serversLoads = Symbol('who served');
const servedLoads = Symbol('who was served');
const servedCountLoads = Symbol('counts of who was served');

const atDescription = 'The moment, not in the future. Default: now.';

/** The moment that is asked about, as JSON; null: now, the same for all that are read together. Refuses one to come. */
function momentOf({ app }: BatonContext, at: Date | null | undefined): string | null {
  if (at && at > app.clock.now()) throw badInput('`at` must not be in the future. Leave it out for now.');
  return at?.toISOString() ?? null;
}

const dateOf = ({ app }: BatonContext, moment: string | null) => (moment === null ? app.clock.now() : new Date(moment));

builder.objectField(CustomerNode, 'servedByAt', (t) =>
  t.field({
    type: [MemberNode],
    nullable: true,
    description:
      'Who served the customer at that moment, the longest first; leavers count until their customers were taken over. A takeover counts ' +
      'from its moment on. Of those whom VIEW reaches; null for who has no such right.',
    args: { at: t.arg({ type: 'DateTime', description: atDescription }) },
    resolve: async ({ id }, { at }, context) => {
      if (!mayUse(context, 'VIEW')) return null;
      const actor = requireActor(context);
      const { enterpriseId } = actor;
      const memberIds = await loadOf<string | null, string[]>(
        context,
        serversLoads,
        id,
        momentOf(context, at),
        (customerIds, moment) => listServersAt(context.app, enterpriseId, customerIds, dateOf(context, moment)),
        [],
      );
      const members = await Promise.all(memberIds.map((memberId) => loadMember(context, memberId)));
      return members.filter(({ departmentId }) => reaches(actor, 'VIEW', departmentId));
    },
  }),
);

/**
 * Whom a member within reach served shows in the member's history, whoever serves them by now. Of those whom the actor does not see
 * otherwise it tells who they are: what the company knows of them besides is of today, and belongs to whom they went to.
 */
async function loadFormer(app: App, actor: Actor, ids: readonly string[]): Promise<CustomerRow[]> {
  const view = viewOf(actor);
  const customers = await loadCustomers(app, { ...view, sight: { kind: 'ALL' } }, ids);
  if (view.sight.kind === 'ALL') return customers;
  const seen = new Set((await loadCustomers(app, view, ids)).map(({ id }) => id));
  return customers.map((row) =>
    seen.has(row.id) ? row : { ...row, corpName: null, region: null, city: null, businessType: null },
  );
}

interface ServedPage {
  readonly moment: string | null;
  readonly page: Page;
}

/** The customers of a page, for all members of a level together. */
async function loadServed(
  context: BatonContext,
  memberIds: readonly string[],
  { moment, page }: ServedPage,
): Promise<Map<string, CustomerRow[]>> {
  const actor = requireActor(context);
  const served = await listServedAt(context.app, actor.enterpriseId, memberIds, dateOf(context, moment), page);
  const customers = await loadFormer(context.app, actor, [...new Set([...served.values()].flat())]);
  const byId = new Map(customers.map((customer) => [customer.id, customer]));
  const rowsOf = (ids: readonly string[]) => ids.flatMap((id) => byId.get(id) ?? []);
  return new Map([...served].map(([memberId, ids]) => [memberId, rowsOf(ids)]));
}

builder.prismaObjectField('Member', 'customersAt', (t) =>
  t.connection(
    {
      type: CustomerNode,
      nullable: true,
      description:
        'The customers whom this member served at that moment, by name. A takeover counts from its moment on. A page after the first ' +
        'needs the same `at`. Of who is out of VIEW by now it tells who they are: what is known of them today is null. Needs VIEW over ' +
        'the member; null for others.',
      args: { at: t.arg({ type: 'DateTime', description: atDescription }) },
      resolve: async ({ id, departmentId }, args, context) => {
        if (!reaches(requireActor(context), 'VIEW', departmentId)) return null;
        const { enterpriseId } = requireActor(context);
        const moment = momentOf(context, args.at);
        const order = `customers at ${moment ?? 'now'}`;
        const page = readPage(args, order, servedKeys);
        const customers = await loadOf<ServedPage, CustomerRow[]>(
          context,
          servedLoads,
          id,
          { moment, page },
          (memberIds, asked) => loadServed(context, memberIds, asked),
          [],
        );
        return {
          ...toConnection(customers, page, order, ({ name, id: customerId }) => [name, customerId]),
          totalCount: () =>
            loadOf<string | null, number>(
              context,
              servedCountLoads,
              id,
              moment,
              (memberIds, asked) => countServedAt(context.app, enterpriseId, memberIds, dateOf(context, asked)),
              0,
            ),
        } as never;
      },
    },
    CustomerConnection,
  ),
);
