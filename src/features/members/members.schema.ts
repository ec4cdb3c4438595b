import type { Member } from '../../generated/prisma/client.js';
import type { Actor } from '../../platform/actor.js';
import { MemberStatus } from '../../generated/prisma/enums.js';
import { builder } from '../../graphql/builder.js';
import { compiles } from '../../graphql/compiled.js';
import { defineConnection, pageOf, pageUnder } from '../../graphql/connection.js';
import { loaderOf, requireActor, requireMember, type BatonContext } from '../../graphql/context.js';
import { loadOf } from '../../graphql/loading.js';
import { rowNamed } from '../../graphql/node.js';
import { badInput } from '../../graphql/errors.js';
import { isReadable } from '../../graphql/filters.js';
import { uuidOf } from '../../graphql/ids.js';
import { DepartmentNode, loadDepartment } from '../enterprise/enterprise.schema.js';
import { mayViewHoldings, visibleMembers } from './members.policy.js';
import { findMemberByUserId, listMembersOf, loadLastDays, memberKeys } from './members.store.js';

export const MemberStatusEnum = builder.enumType('MemberStatus', {
  description: 'Where a member stands with the company.',
  values: {
    ACTIVE: { value: MemberStatus.ACTIVE, description: 'Works here, may sign in and serve customers.' },
    NOT_ACTIVATED: { value: MemberStatus.NOT_ACTIVATED, description: 'Was invited and has not signed in yet.' },
    DISABLED: { value: MemberStatus.DISABLED, description: 'May not sign in for now.' },
    RESIGNED: { value: MemberStatus.RESIGNED, description: 'Has left; what they still hold stands in the pool.' },
  },
});

export const Portfolio = builder.prismaObject('Portfolio', {
  description: 'What a member holds, in counters that are right at every moment.',
  fields: (t) => ({
    customers: t.exposeInt('customers', { description: 'Customers the member serves now.' }),
    groups: t.exposeInt('groups', { description: 'Customer groups the member owns now.' }),
    waiting: t.exposeInt('waiting', { description: 'Of those customers, how many wait in a running transfer.' }),
    incoming: t.exposeInt('incoming', { description: 'Customers of others that wait to come to this member.' }),
    handedOver: t.exposeInt('handedOver', { description: 'Customers that went from this member to successors.' }),
    refused: t.exposeInt('refused', {
      description: 'Customers who declined to be taken over from this member, each refusal counted.',
    }),
    failed: t.exposeInt('failed', {
      description:
        'Customers who could not be taken over from this member because the relation had ended or a rule forbade it by then, each failure counted.',
    }),
    groupsWaiting: t.exposeInt('groupsWaiting', {
      description: 'Of those groups, how many wait in a running transfer.',
    }),
    groupsHandedOver: t.exposeInt('groupsHandedOver', {
      description: 'Customer groups that went from this member to successors.',
    }),
  }),
});

const loadPortfolios = Symbol('portfolios');
const lastDays = Symbol('last days');

export const MemberNode = builder.prismaNode('Member', {
  id: { field: 'id', description: 'Opaque and stable.' },
  nullable: true,
  findUnique: (id, context) => rowNamed(id, visibleMembers(requireActor(context))),
  description: 'An employee of the company. Members see each other; a customer sees those who serve them.',
  fields: (t) => ({
    userId: t.exposeString('userId', { description: "The company's own id of the member." }),
    name: t.exposeString('name', { description: 'The name that customers and colleagues read.' }),
    position: t.exposeString('position', { nullable: true, description: 'What the member does; null when not known.' }),
    email: t.exposeString('email', { nullable: true, description: 'Mail address at work; null when not known.' }),
    mobile: t.exposeString('mobile', { nullable: true, description: 'Mobile number at work; null when not known.' }),
    status: t.expose('status', { type: MemberStatusEnum, description: 'Where the member stands with the company.' }),
    department: t.field({
      type: DepartmentNode,
      nullable: true,
      description: 'Where the member works; null when not known, and for customers.',
      resolve: ({ departmentId }, _args, context) =>
        departmentId === null || requireActor(context).kind !== 'member' ? null : loadDepartment(context, departmentId),
    }),
    isVerified: t.exposeBoolean('verified', { description: 'Whether the real name has been verified.' }),
    isCustomerContactOn: t.exposeBoolean('customerContact', {
      description: 'Whether the member may serve customers.',
    }),
    acceptsAssignments: t.exposeBoolean('acceptsAssignments', {
      description: 'False while the member is away and wants no new customers.',
    }),
    customerLimit: t.int({
      nullable: true,
      description:
        "How many customers the member may serve; null where the company's customerLimit holds, and for all but the member and who has VIEW over them.",
      resolve: (member, _args, context) =>
        mayViewHoldings(requireActor(context), member) ? member.customerLimit : null,
    }),
    lastLoginAt: t.field({
      type: 'DateTime',
      nullable: true,
      description:
        'When the member last signed in, as updateMember was told; null when not known, and for all but the member and who has VIEW over them.',
      resolve: (member, _args, context) => (mayViewHoldings(requireActor(context), member) ? member.lastLoginAt : null),
    }),
    resignedAt: t.expose('resignedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the member left; null while here.',
    }),
    leavesAt: t.field({
      type: 'DateTime',
      nullable: true,
      description:
        'When a planned last day is over and the member will be resigned; null where none is planned, and for all but the member ' +
        'and who has VIEW over them.',
      resolve: (member, _args, context) => (mayViewHoldings(requireActor(context), member) ? member.leavesAt : null),
    }),
    lastDay: t.field({
      type: 'Date',
      nullable: true,
      description: "The planned last day, in the company's time zone; null where leavesAt is.",
      resolve: (member, _args, context) => {
        const { id, leavesAt } = member;
        if (leavesAt === null || !mayViewHoldings(requireActor(context), member)) return null;
        const load = (ids: readonly string[]) => loadLastDays(context.app, ids);
        return loadOf<null, string | null>(context, lastDays, id, null, load, null);
      },
    }),
    autoAssignOnLeave: t.boolean({
      nullable: true,
      description:
        'Whether everything is handed over by the assignment rules when the planned last day is over; null: as the ' +
        "company's autoAssignOnResignation says by then, and where leavesAt is null.",
      resolve: (member, _args, context) =>
        mayViewHoldings(requireActor(context), member) ? member.autoAssignOnLeave : null,
    }),
    portfolio: t.field({
      type: Portfolio,
      nullable: true,
      description: 'What the member holds, counted. For the member, and VIEW over them; null for others.',
      resolve: async (member, _args, context) => {
        const { id } = member;
        if (!mayViewHoldings(requireActor(context), member)) return null;
        const loader = loaderOf(context, loadPortfolios, async (ids) => {
          const rows = await context.app.db.prisma.portfolio.findMany({ where: { memberId: { in: [...ids] } } });
          const byId = new Map(rows.map((row) => [row.memberId, row]));
          return ids.map((memberId) => byId.get(memberId) ?? null);
        });
        return loader.load(id);
      },
    }),
  }),
});

const memberLoader = Symbol('members');

/** A member by the id that a row of this enterprise names; they stay in the books when they leave. */
export async function loadMember(context: BatonContext, id: string): Promise<Member> {
  const loader = loaderOf(context, memberLoader, async (ids) => {
    const members = await context.app.db.prisma.member.findMany({ where: { id: { in: [...ids] } } });
    const byId = new Map(members.map((member) => [member.id, member]));
    return ids.map((memberId) => byId.get(memberId) ?? null);
  });
  const member = await loader.load(id);
  if (!member) throw new Error(`There is no member ${id}, yet a row names them.`);
  return member;
}

export const MemberConnection = defineConnection('Member', MemberNode);

builder.prismaObjectField('Department', 'members', (t) =>
  t.connection(
    {
      type: MemberNode,
      description: 'Those who work right in this department, by name.',
      resolve: ({ id }, args, context) => {
        const { enterpriseId } = requireMember(context);
        const { member } = context.app.db.prisma;
        return pageUnder<Member>({
          args,
          context,
          name: 'members of a department',
          parentId: id,
          keys: memberKeys,
          ids: (departmentIds, page) => listMembersOf(context.app, enterpriseId, departmentIds, page),
          rows: (ids) => member.findMany({ where: { id: { in: ids } } }),
          sortValues: (row) => [row.name, row.id],
          count: async (ids) => {
            const where = { enterpriseId, departmentId: { in: ids } };
            const counts = await member.groupBy({ by: ['departmentId'], where, _count: true });
            return new Map(counts.map(({ departmentId, _count }) => [departmentId ?? '', _count]));
          },
        });
      },
    },
    MemberConnection,
  ),
);

const MemberFilter = builder.inputType('MemberFilter', {
  description: 'Which members to answer; all conditions must hold.',
  fields: (t) => ({
    search: t.string({ description: 'Part of the name or of the userId, whatever the case.' }),
    status: t.field({ type: [MemberStatusEnum], description: 'Only these statuses.' }),
    departmentId: t.id({ description: 'Only members right in this department.' }),
  }),
});

/** Who is signed in; later rooms add what they know of them. */
export const Viewer = builder.objectRef<Actor>('Viewer').implement({
  description: 'Who is signed in: a member or a customer.',
  fields: (t) => ({
    enterprise: t.prismaField({
      type: 'Enterprise',
      description: 'The company they belong to.',
      resolve: (query, { enterpriseId }, _args, context) =>
        context.app.db.prisma.enterprise.findUniqueOrThrow({ ...query, where: { id: enterpriseId } }),
    }),
    member: t.prismaField({
      type: 'Member',
      nullable: true,
      description: 'The member; null for a customer.',
      resolve: (query, actor, _args, context) =>
        actor.kind === 'member' ? context.app.db.prisma.member.findUnique({ ...query, where: { id: actor.id } }) : null,
    }),
    isAdministrator: t.boolean({
      description: 'Whether they are an administrator; their rights say of what.',
      resolve: (actor) => actor.kind === 'member' && actor.rights !== null,
    }),
  }),
});

builder.queryField('viewer', (t) =>
  t.field({
    type: Viewer,
    description: 'Who is signed in. Needs a token.',
    resolve: (_root, _args, context) => requireActor(context),
  }),
);

builder.queryFields((t) => ({
  members: t.connection(
    {
      type: MemberNode,
      description: 'The members of the company, by name. For members.',
      args: { filter: t.arg({ type: MemberFilter, description: 'Default: everybody, leavers too.' }) },
      resolve: (_root, args, context, info) => {
        const { enterpriseId } = requireMember(context);
        const status = args.filter?.status;
        const where = { ...matching(args.filter), enterpriseId, ...(status && { status: { in: status } }) };
        return membersByName(where, args, context, info);
      },
    },
    MemberConnection,
  ),
  member: t.field({
    type: MemberNode,
    nullable: true,
    description: "Looks a member up by the company's own id. Null when there is none. For members.",
    args: { userId: t.arg.string({ required: true, description: "The company's own id of the member." }) },
    // Not by Prisma: it is how the hot list is reached, and cost as much as that list itself.
    extensions: compiles,
    resolve: (_root, { userId }, context) => {
      const { enterpriseId } = requireMember(context);
      // What PostgreSQL cannot keep nobody is called.
      return isReadable(userId) ? findMemberByUserId(context.app, enterpriseId, userId) : null;
    },
  }),
}));

/** The conditions of a filter on members, as Prisma takes them. Refuses a `search` that nobody can be called. */
export function matching(filter: { search?: string | null; departmentId?: string | null } | null | undefined) {
  const search = filter?.search ?? '';
  if (!isReadable(search)) throw badInput('`search` must not contain a NUL character or half a character.');
  // Prisma leaves the wildcards of LIKE as they are.
  const contains = { contains: search.replace(/[\\%_]/g, '\\$&'), mode: 'insensitive' as const };
  return {
    ...(search !== '' && { OR: [{ name: contains }, { userId: contains }] }),
    ...(filter?.departmentId != null && { departmentId: uuidOf('Department', filter.departmentId) }),
  };
}

function membersByName(
  where: object,
  args: Parameters<typeof pageOf>[0]['args'],
  context: BatonContext,
  info: Parameters<typeof pageOf>[0]['info'],
) {
  const { member } = context.app.db.prisma;
  return pageOf({
    args,
    context,
    info,
    typeName: 'Member',
    order: [
      { field: 'name', direction: 'asc', kind: 'text' },
      { field: 'id', direction: 'asc', kind: 'id' },
    ],
    find: (page) => member.findMany({ ...page, where: { AND: [where, page.where] } }),
    count: () => member.count({ where }),
  });
}
