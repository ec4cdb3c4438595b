import { builder } from '../../graphql/builder.js';
import { defineConnection, pageOf } from '../../graphql/connection.js';
import { loaderOf, requireActor, requireMember, type BatonContext } from '../../graphql/context.js';
import { byId, loadOf } from '../../graphql/loading.js';
import { rowNamed } from '../../graphql/node.js';
import { declareErrorCodes, defineMutation } from '../../graphql/mutation.js';
import type { Department } from '../../generated/prisma/client.js';
import { Language } from '../../generated/prisma/enums.js';
import { customerText, updateSettings } from './enterprise.js';
import { settingLimits, textLimit } from './update-settings.js';

declareErrorCodes({
  CUSTOMER_CONTACT_DISABLED:
    'Customer contact is switched off for the enterprise. An administrator switches it on with updateSettings.',
});

const LanguageEnum = builder.enumType('Language', {
  description: 'Language of the default texts that customers read.',
  values: {
    ZH: { value: Language.ZH, description: 'Chinese.' },
    EN: { value: Language.EN, description: 'English.' },
  },
});

/** How long, how many, and what travels: the words are the same in the type and in the mutation's input. */
const meaning = {
  customerContactEnabled:
    'Whether members may serve customers at all. Off: mutations about customers answer CUSTOMER_CONTACT_DISABLED.',
  archiveEnabled: 'Whether conversations are archived, of customers who agreed.',
  language: 'Language of the default texts.',
  waitHours:
    'Hours between submitting a transfer and the takeover; 0 takes over at once. A running transfer keeps its own.',
  inheritanceDays: 'Days after a resignation in which the customers can be handed on.',
  successorInactiveDays: 'Days without a sign-in after which a member cannot be a successor.',
  customerLimit: 'Most customers a member may hold, unless the member has a limit of their own.',
  travelTags: 'Whether corp tags go with the customer. A running transfer keeps what it began with.',
  travelRemark: 'Whether the remark goes with the customer. A running transfer keeps what it began with.',
  travelDescription: 'Whether the description goes with the customer. A running transfer keeps what it began with.',
  travelArchive:
    'Whether the successor may read the archived conversation. A running transfer keeps what it began with.',
  completedText:
    'What a customer reads after the takeover, with the placeholders {leaver} {successor} {contact} {enterprise} {hours}.',
} as const;

const switches = [
  'customerContactEnabled',
  'archiveEnabled',
  'travelTags',
  'travelRemark',
  'travelDescription',
  'travelArchive',
] as const;
const numbers = ['waitHours', 'inheritanceDays', 'successorInactiveDays', 'customerLimit'] as const;

const EnterpriseSettings = builder.prismaObject('Enterprise', {
  variant: 'EnterpriseSettings',
  description:
    'What an enterprise has set. Administrators change it with updateSettings; every number is in force at once.',
  fields: (t) => ({
    ...Object.fromEntries(switches.map((name) => [name, t.exposeBoolean(name, { description: meaning[name] })])),
    ...Object.fromEntries(numbers.map((name) => [name, t.exposeInt(name, { description: meaning[name] })])),
    language: t.expose('language', { type: LanguageEnum, description: meaning.language }),
    completedText: t.string({
      description: meaning.completedText,
      select: {
        language: true,
        scheduledText: true,
        completedText: true,
        onJobScheduledText: true,
        onJobCompletedText: true,
      },
      resolve: (enterprise) => customerText(enterprise, 'RESIGNED', 'completed'),
    }),
  }),
});

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

const limitsOf = (name: (typeof numbers)[number]) => ` From ${settingLimits[name][0]} to ${settingLimits[name][1]}.`;

defineMutation('updateSettings', {
  description:
    'Changes settings of your company. What is left out stays; running transfers keep what they began with. For administrators. ' +
    'Refuses INVALID_INPUT for a value out of its range.',
  who: 'administrator',
  input: (t) => ({
    customerContactEnabled: t.boolean({ description: meaning.customerContactEnabled }),
    archiveEnabled: t.boolean({ description: meaning.archiveEnabled }),
    language: t.field({ type: LanguageEnum, description: meaning.language }),
    waitHours: t.int({ description: meaning.waitHours + limitsOf('waitHours') }),
    inheritanceDays: t.int({ description: meaning.inheritanceDays + limitsOf('inheritanceDays') }),
    successorInactiveDays: t.int({ description: meaning.successorInactiveDays + limitsOf('successorInactiveDays') }),
    customerLimit: t.int({ description: meaning.customerLimit + limitsOf('customerLimit') }),
    travelTags: t.boolean({ description: meaning.travelTags }),
    travelRemark: t.boolean({ description: meaning.travelRemark }),
    travelDescription: t.boolean({ description: meaning.travelDescription }),
    travelArchive: t.boolean({ description: meaning.travelArchive }),
    completedText: t.string({
      description: `${meaning.completedText} 1 to ${textLimit} characters; null takes the default back.`,
    }),
  }),
  resolve: ({ completedText: text, ...rest }, caller, context) =>
    updateSettings(context.app, caller, {
      ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null)),
      ...(text !== undefined && { completedText: text }),
    }),
  payload: (t) => ({
    enterprise: t.field({
      type: EnterpriseNode,
      nullable: true,
      description: 'The company as it now is; null when refused.',
      resolve: ({ enterpriseId }, _args, context) =>
        enterpriseId ? context.app.db.prisma.enterprise.findUniqueOrThrow({ where: { id: enterpriseId } }) : null,
    }),
  }),
});
