import { MemberStatus } from '../../generated/prisma/enums.js';
import { reachOf } from '../../platform/rights.js';
import { builder } from '../../graphql/builder.js';
import { pageOf } from '../../graphql/connection.js';
import { loaderOf, mayUse, requireActor, requireRight, type BatonContext } from '../../graphql/context.js';
import { followPool } from './follow-pool.js';
import type { PoolChange } from './pool-changes.store.js';
import { uuidOf } from '../../graphql/ids.js';
import { expiredBefore, inheritanceDeadline } from './members.policy.js';
import { loadMember, matching, MemberConnection, MemberNode, Portfolio } from './members.schema.js';
import { loadInheritanceDays, sumUpPool, type PoolSummary } from './pool.store.js';

builder.prismaObjectFields(Portfolio, (t) => ({
  unassigned: t.int({
    description: 'Of those customers, how many wait in no running transfer: they are there to be handed on.',
    resolve: ({ customers, waiting }) => customers - waiting,
  }),
  groupsUnassigned: t.int({
    description: 'Of those groups, how many are in no running transfer: they are there to be handed on.',
    resolve: ({ groups, groupsWaiting }) => groups - groupsWaiting,
  }),
}));

const daysLoads = Symbol('inheritance days');

/** The inheritanceDays of an enterprise, asked for once however many leavers are shown. */
function inheritanceDays(context: BatonContext, enterpriseId: string): Promise<number> {
  const loader = loaderOf<number>(context, daysLoads, (ids) =>
    Promise.all(ids.map((id) => loadInheritanceDays(context.app, id))),
  );
  return loader.load(enterpriseId);
}

const InheritanceStatusEnum = builder.enumType('InheritanceStatus', {
  description: "Whether a leaver's customers and groups can still be handed on.",
  values: {
    OPEN: { value: 'OPEN', description: 'They can, up to and including inheritanceDeadline.' },
    EXPIRED: {
      value: 'EXPIRED',
      description:
        'The deadline has passed: a new transfer is refused with INHERITANCE_EXPIRED. One submitted in time goes on. An administrator ' +
        'can raise inheritanceDays with updateSettings.',
    },
  } as const,
});

builder.prismaObjectFields(MemberNode, (t) => ({
  inheritanceDeadline: t.field({
    type: 'DateTime',
    nullable: true,
    description:
      "Up to and including when this leaver's customers and groups can be handed on: the enterprise's inheritanceDays, of 24 hours each, " +
      'after resignedAt. Null while here.',
    resolve: async ({ resignedAt, enterpriseId }, _args, context) =>
      resignedAt && inheritanceDeadline(resignedAt, await inheritanceDays(context, enterpriseId)),
  }),
  inheritanceStatus: t.field({
    type: InheritanceStatusEnum,
    nullable: true,
    description: "Whether this leaver's customers and groups can still be handed on, by the clock. Null while here.",
    resolve: async ({ resignedAt, enterpriseId }, _args, context) => {
      if (!resignedAt) return null;
      const deadline = inheritanceDeadline(resignedAt, await inheritanceDays(context, enterpriseId));
      return context.app.clock.now() > deadline ? 'EXPIRED' : 'OPEN';
    },
  }),
}));

const DepartedMemberFilter = builder.inputType('DepartedMemberFilter', {
  description: 'Which leavers to answer; all conditions must hold.',
  fields: (t) => ({
    search: t.string({ description: 'Part of the name or of the userId, whatever the case.' }),
    departmentId: t.id({ description: 'Only leavers from right in this department.' }),
    expired: t.boolean({
      description: 'True: only those whose inheritanceDeadline has passed. False: only the others. Default: both.',
    }),
  }),
});

builder.queryField('departedMembers', (t) =>
  t.connection(
    {
      type: MemberNode,
      description:
        'The pool: leavers who still hold customers or groups, the latest resignation first. Select `portfolio` for what each still ' +
        'holds. Needs VIEW, and answers the leavers it reaches.',
      args: { filter: t.arg({ type: DepartedMemberFilter, description: 'Default: every leaver in the pool.' }) },
      resolve: async (_root, args, context, info) => {
        const actor = requireRight(context, 'VIEW');
        const { enterpriseId } = actor;
        const reach = reachOf(actor, 'VIEW');
        const { member } = context.app.db.prisma;
        const expired = args.filter?.expired;
        const border =
          expired == null ? null : expiredBefore(context.app.clock.now(), await inheritanceDays(context, enterpriseId));
        const where = {
          // Beside the filter, which may name a department as well.
          ...(reach !== 'ALL' && { AND: [{ departmentId: { in: [...reach] } }] }),
          ...matching(args.filter),
          enterpriseId,
          status: MemberStatus.RESIGNED,
          resignedAt: { not: null, ...(border && { [expired ? 'lt' : 'gte']: border }) },
          portfolio: { OR: [{ customers: { gt: 0 } }, { groups: { gt: 0 } }] },
        };
        return pageOf({
          args,
          context,
          info,
          typeName: 'Member',
          order: [
            { field: 'resignedAt', direction: 'desc', kind: 'time' },
            { field: 'id', direction: 'desc', kind: 'id' },
          ],
          find: (page) => member.findMany({ ...page, where: { AND: [where, page.where] } }),
          count: () => member.count({ where }),
        });
      },
    },
    MemberConnection,
  ),
);

const PoolSummaryObject = builder.objectRef<PoolSummary>('PoolSummary').implement({
  description: 'What all leavers together still hold, added up from their counters.',
  fields: (t) => ({
    leavers: t.exposeInt('leavers', { description: 'Leavers who still hold customers or groups.' }),
    expired: t.exposeInt('expired', { description: 'Of those, whose inheritanceDeadline has passed.' }),
    customers: t.exposeInt('customers', { description: 'Customers that the leavers still hold.' }),
    waiting: t.exposeInt('waiting', { description: 'Of those customers, how many wait in a running transfer.' }),
    unassigned: t.int({
      description: 'Of those customers, how many wait in no running transfer.',
      resolve: ({ customers, waiting }) => customers - waiting,
    }),
    groups: t.exposeInt('groups', { description: 'Customer groups that the leavers still own.' }),
    groupsWaiting: t.exposeInt('groupsWaiting', {
      description: 'Of those groups, how many are in a running transfer.',
    }),
    groupsUnassigned: t.int({
      description: 'Of those groups, how many are in no running transfer.',
      resolve: ({ groups, groupsWaiting }) => groups - groupsWaiting,
    }),
  }),
});

builder.prismaObjectField('Enterprise', 'pool', (t) =>
  t.field({
    type: PoolSummaryObject,
    nullable: true,
    description:
      'The pool in figures; departedMembers lists who is in it. Of the leavers whom VIEW reaches; ' +
      'null for who has no such right.',
    resolve: ({ id }, _args, context) =>
      mayUse(context, 'VIEW') ? sumUpPool(context.app, id, reachOf(requireActor(context), 'VIEW')) : null,
  }),
);

const PoolChangeObject = builder.objectRef<PoolChange>('PoolChange').implement({
  description: 'A leaver as they now stand in the pool. It replaces what was told of them before.',
  fields: (t) => ({
    member: t.field({
      type: MemberNode,
      description: 'The leaver, or the member who has come back.',
      resolve: ({ memberId }, _args, context) => loadMember(context, memberId),
    }),
    left: t.exposeBoolean('left', {
      description:
        'True: not in the pool any more, because they hold nothing or have come back; take them off the list. You may also be told so of ' +
        'one who was not on it.',
    }),
    portfolio: t.field({
      type: Portfolio,
      description: 'What they hold now, counted.',
      resolve: ({ portfolio }) => portfolio,
    }),
  }),
});

builder.subscriptionField('poolChanged', (t) =>
  t.field({
    type: PoolChangeObject,
    description:
      'The pool, live: first every leaver who is in it, the latest resignation first, then each leaver whose counters have changed, who ' +
      'came, or who left. It tells states, not events: changes that follow each other closely come as one, and after a reconnect it ' +
      'begins with all as they are, so nothing is lost. Time alone tells nothing: see inheritanceDeadline. Ends at once with NOT_FOUND ' +
      'where there is no such member, or VIEW does not reach them. Needs VIEW, and tells of the leavers it reaches.',
    args: {
      memberId: t.arg.id({ description: 'Only this member, a leaver or one who may leave. Default: all leavers.' }),
    },
    subscribe: (_root, { memberId }, context) => {
      const actor = requireRight(context, 'VIEW');
      return followPool(context.app, {
        enterpriseId: actor.enterpriseId,
        reach: reachOf(actor, 'VIEW'),
        memberId: memberId == null ? null : uuidOf('Member', memberId),
      });
    },
    resolve: (change) => change,
  }),
);
