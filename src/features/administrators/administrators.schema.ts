import type { Administrator, Grant } from '../../generated/prisma/client.js';
import { AdministratorRole, GrantRight } from '../../generated/prisma/enums.js';
import { builder } from '../../graphql/builder.js';
import { defineConnection, pageOf } from '../../graphql/connection.js';
import { requireSuper, type BatonContext } from '../../graphql/context.js';
import { loadOf } from '../../graphql/loading.js';
import { DepartmentNode, loadDepartment } from '../enterprise/enterprise.schema.js';
import { loadMember, MemberNode, Viewer } from '../members/members.schema.js';

export const AdministratorRoleEnum = builder.enumType('AdministratorRole', {
  description: 'What kind of administrator somebody is.',
  values: {
    SUPER: { value: AdministratorRole.SUPER, description: 'May do everything in the company.' },
    CUSTOMER_CONTACT: {
      value: AdministratorRole.CUSTOMER_CONTACT,
      description: 'May do what was granted, over the departments it was granted over.',
    },
  },
});

export const RightEnum = builder.enumType('Right', {
  description: 'What a customer-contact administrator may be granted. None includes another.',
  values: {
    VIEW: {
      value: GrantRight.VIEW,
      description: 'See the pool, customers, groups, transfers, statistics and, of the whole company, the rules.',
    },
    ASSIGN: {
      value: GrantRight.ASSIGN,
      description:
        'Resign members and hand over, cancel, undo and approve, where leaver and successors are within; and change what members hold.',
    },
    CONFIGURE: {
      value: GrantRight.CONFIGURE,
      description: 'Add and change members; over every department also settings, rules and corp tags.',
    },
    AUDIT: {
      value: GrantRight.AUDIT,
      description: 'Read the audit log and, on record, what members and customers wrote to each other.',
    },
  },
});

const GrantObject = builder.objectRef<Grant>('Grant').implement({
  description: 'One right over a department and all below it.',
  fields: (t) => ({
    right: t.expose('right', { type: RightEnum, description: 'What they may do.' }),
    department: t.field({
      type: DepartmentNode,
      description: 'Over whose members: those of this department and of all below it.',
      resolve: async ({ departmentId }, _args, context) => {
        const department = await loadDepartment(context, departmentId);
        if (!department) throw new Error(`There is no department ${departmentId}, yet a grant names it.`);
        return department;
      },
    }),
  }),
});

const loads = Symbol('grants');
const ownLoads = Symbol('administrator');

const AdministratorObject = builder.prismaObject('Administrator', {
  description: 'A member who may do more than their own work.',
  fields: (t) => ({
    member: t.field({
      type: MemberNode,
      description: 'Who it is.',
      resolve: ({ memberId }, _args, context) => loadMember(context, memberId),
    }),
    role: t.expose('role', { type: AdministratorRoleEnum, description: 'What kind of administrator.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'Since when they are an administrator.' }),
    grants: t.field({
      type: [GrantObject],
      description: 'What was granted to them; empty for a super administrator, who has every right.',
      resolve: ({ memberId }, _args, context) =>
        loadOf<null, Grant[]>(context, loads, memberId, null, (ids) => loadGrants(context, ids), []),
    }),
  }),
});

async function loadGrants({ app }: BatonContext, ids: string[]): Promise<Map<string, Grant[]>> {
  const grants = await app.db.prisma.grant.findMany({
    where: { administratorId: { in: ids } },
    orderBy: [{ right: 'asc' }, { departmentId: 'asc' }],
  });
  return new Map(ids.map((id) => [id, grants.filter(({ administratorId }) => administratorId === id)]));
}

const AdministratorConnection = defineConnection<Administrator>('Administrator', AdministratorObject);

builder.queryField('administrators', (t) =>
  t.connection(
    {
      type: AdministratorObject,
      description:
        'The administrators of the company with what was granted to them, the oldest first. For super administrators.',
      resolve: (_root, args, context, info) => {
        const { enterpriseId } = requireSuper(context);
        const { administrator } = context.app.db.prisma;
        return pageOf({
          args,
          context,
          info,
          typeName: 'Administrator',
          order: [
            { field: 'createdAt', direction: 'asc', kind: 'time' },
            { field: 'memberId', direction: 'asc', kind: 'id' },
          ],
          find: (page) => administrator.findMany({ ...page, where: { AND: [{ enterpriseId }, page.where] } }),
          count: () => administrator.count({ where: { enterpriseId } }),
        });
      },
    },
    AdministratorConnection,
  ),
);

builder.objectField(Viewer, 'administrator', (t) =>
  t.field({
    type: AdministratorObject,
    nullable: true,
    description: 'What they may do as an administrator; null for everyone else.',
    resolve: (actor, _args, context) => {
      if (actor.kind !== 'member' || actor.rights === null) return null;
      const load = async (ids: string[]) => {
        const rows = await context.app.db.prisma.administrator.findMany({ where: { memberId: { in: ids } } });
        return new Map(rows.map((row) => [row.memberId, row]));
      };
      return loadOf<null, Administrator | null>(context, ownLoads, actor.id, null, load, null);
    },
  }),
);
