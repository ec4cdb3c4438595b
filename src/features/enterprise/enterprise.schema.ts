import { builder } from '../../graphql/builder.js';
import { defineConnection, pageOf } from '../../graphql/connection.js';
import { loaderOf, requireActor, requireMember, type BatonContext } from '../../graphql/context.js';
import { byId, loadOf } from '../../graphql/loading.js';
import { rowNamed } from '../../graphql/node.js';
import type { Department } from '../../generated/prisma/client.js';
import { EnterpriseSettings } from './settings.schema.js';

export const EnterpriseNode = builder.prismaNode('Enterprise', {
  id: { field: 'id', description: 'Opaque and stable.' },
  nullable: true,
  findUnique: (id, context) => rowNamed(id, { id: requireActor(context).enterpriseId }),
  description: 'The company: owns every customer and holds the settings. You only ever see your own.',
  fields: (t) => ({
    key: t.exposeString('key', { description: 'The short name that tokens and the import use.' }),
    name: t.exposeString('name', { description: 'The name that customers read.' }),
    settings: t.variant(EnterpriseSettings, {
      description: 'What the company has set. For members; null for customers.',
      isNull: (_enterprise, _args, context) => context.actor?.kind !== 'member',
    }),
  }),
});

export const DepartmentNode = builder.prismaNode('Department', {
  id: { field: 'id', description: 'Opaque and stable.' },
  nullable: true,
  findUnique: (id, context) => {
    const { kind, enterpriseId } = requireActor(context);
    return rowNamed(id, kind === 'member' ? { enterpriseId } : null);
  },
  description: 'A part of the company; departments form a tree. Members may see them, customers may not.',
  fields: (t) => ({
    key: t.exposeString('key', { description: "The company's own id of the department." }),
    name: t.exposeString('name', { description: 'What the department is called.' }),
  }),
});

const departmentLoads = Symbol('departments');
const childLoads = Symbol('departments below');

/** A department by the id that a row of this enterprise names. */
export function loadDepartment(context: BatonContext, id: string): Promise<Department | null> {
  const { department } = context.app.db.prisma;
  const load = async (ids: readonly string[]) =>
    byId(ids, await department.findMany({ where: { id: { in: [...ids] } } }));
  return loaderOf(context, departmentLoads, load).load(id);
}

builder.prismaObjectFields('Department', (t) => ({
  parent: t.field({
    type: DepartmentNode,
    nullable: true,
    description: 'The department above; null at the top.',
    resolve: ({ parentId }, _args, context) => (parentId === null ? null : loadDepartment(context, parentId)),
  }),
  children: t.field({
    type: [DepartmentNode],
    description: 'The departments right below, by name.',
    resolve: ({ id }, _args, context) => {
      const load = async (ids: string[]) => {
        const below = await context.app.db.prisma.department.findMany({
          where: { parentId: { in: ids } },
          orderBy: [{ name: 'asc' }, { id: 'asc' }],
        });
        return new Map(ids.map((above) => [above, below.filter(({ parentId }) => parentId === above)]));
      };
      return loadOf<null, Department[]>(context, childLoads, id, null, load, []);
    },
  }),
}));

export const DepartmentConnection = defineConnection('Department', DepartmentNode);

builder.queryField('enterprise', (t) =>
  t.prismaField({
    type: 'Enterprise',
    description: 'The company of the signed-in person. Needs a token.',
    resolve: (query, _root, _args, context) =>
      context.app.db.prisma.enterprise.findUniqueOrThrow({
        ...query,
        where: { id: requireActor(context).enterpriseId },
      }),
  }),
);

builder.queryField('departments', (t) =>
  t.connection(
    {
      type: DepartmentNode,
      description: 'All departments of the company, by name. For members.',
      resolve: (_root, args, context, info) => {
        const { enterpriseId } = requireMember(context);
        const { department } = context.app.db.prisma;
        return pageOf({
          args,
          context,
          info,
          typeName: 'Department',
          order: [
            { field: 'name', direction: 'asc', kind: 'text' },
            { field: 'id', direction: 'asc', kind: 'id' },
          ],
          find: (page) => department.findMany({ ...page, where: { AND: [{ enterpriseId }, page.where] } }),
          count: () => department.count({ where: { enterpriseId } }),
        });
      },
    },
    DepartmentConnection,
  ),
);
