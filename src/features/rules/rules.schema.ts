import type DataLoader from 'dataloader';
import { builder } from '../../graphql/builder.js';
import { loaderOf, mayUse, requireActor, requireRight, type BatonContext } from '../../graphql/context.js';
import { declareErrorCodes } from '../../graphql/mutation.js';
import { byId } from '../../graphql/loading.js';
import { defineNode } from '../../graphql/node.js';
import { DepartmentNode, loadDepartment } from '../enterprise/enterprise.schema.js';
import { loadMember, MemberNode } from '../members/members.schema.js';
import { AssignmentStrategyEnum } from './assignment-strategy.schema.js';
import { writeRuleCondition } from './rule-input.schema.js';
import type { RuleRow, SuccessorSaid } from './rule-said.js';
import { ruleErrorCodes } from './rules.errors.js';
import { findRules } from './rules.store.js';

declareErrorCodes(ruleErrorCodes);

const ruleLoads = Symbol('rules');
const listLoads = Symbol('rules of the enterprise');

/** The rules of the signed-in person's enterprise in their order; none for who has neither VIEW nor CONFIGURE. */
export function loadRules(context: BatonContext): Promise<RuleRow[]> {
  if (!mayUse(context, 'VIEW') && !mayUse(context, 'CONFIGURE')) return Promise.resolve([]);
  const load = (ids: readonly string[]) => Promise.all(ids.map((id) => findRules(context.app.db.prisma, id)));
  return loaderOf<RuleRow[]>(context, listLoads, load).load(requireActor(context).enterpriseId);
}

/** Rules by id; null for one that is not there, and for who has neither VIEW nor CONFIGURE. */
export function ruleLoader(context: BatonContext): DataLoader<string, RuleRow | null> {
  requireActor(context);
  return loaderOf(context, ruleLoads, async (ids) => byId(ids, await loadRules(context)));
}

export const RuleSuccessorNode = builder.objectRef<SuccessorSaid>('RuleSuccessor').implement({
  description: 'One entry of the pool of a rule: a member, or the members of a department.',
  fields: (t) => ({
    member: t.field({
      type: MemberNode,
      nullable: true,
      description: 'The member; null when the entry is a department.',
      resolve: ({ memberId }, _args, context) => (memberId === null ? null : loadMember(context, memberId)),
    }),
    department: t.field({
      type: DepartmentNode,
      nullable: true,
      description: 'The department whose members take over; null when the entry is a member.',
      resolve: ({ departmentId }, _args, context) =>
        departmentId === null ? null : loadDepartment(context, departmentId),
    }),
    includeSubDepartments: t.exposeBoolean('includeSubDepartments', {
      description: 'Whether members of departments anywhere below belong to it too; false for a member.',
    }),
    weight: t.exposeInt('weight', { description: 'The share of each member of the entry in a WEIGHTED pool, from 1.' }),
  }),
});

export const AssignmentRuleNode = defineNode(builder.objectRef<RuleRow>('AssignmentRule'), {
  description:
    'Who should inherit what. The first enabled rule in order whose condition holds takes a customer; the default assignment, the ' +
    "last one, takes the rest. Rules are the whole company's: who has VIEW or CONFIGURE over any department sees all.",
  loader: ruleLoader,
  fields: (t) => ({
    name: t.exposeString('name', { description: 'What the rule is called; unique in the company.' }),
    place: t.exposeInt('place', { description: 'Where the rule stands in the order, from 0.' }),
    enabled: t.exposeBoolean('enabled', { description: 'Whether the rule takes customers. The default always does.' }),
    isDefault: t.exposeBoolean('isDefault', {
      description: 'Whether this is the default assignment. Without successors it leaves customers in the pool.',
    }),
    condition: t.field({
      type: 'JSON',
      nullable: true,
      description:
        'For whom the rule holds, in the shape of RuleConditionInput: what is read here can be written back. Null: for everybody.',
      resolve: ({ condition }) => (condition === null ? null : writeRuleCondition(condition)),
    }),
    successors: t.field({
      type: [RuleSuccessorNode],
      description:
        'Who gets the customers, in order; at most 100. A member who is named several ways counts once, by the first.',
      resolve: ({ successors }) => [...successors],
    }),
    strategy: t.expose('strategy', {
      type: AssignmentStrategyEnum,
      description: 'How the customers are shared out over the pool.',
    }),
    note: t.exposeString('note', {
      nullable: true,
      description: 'Handover note for the successors; null when there is none.',
    }),
    version: t.exposeInt('version', {
      description:
        'Counts from 1 and grows with every change of what the rule says; its place is not part of that. A transfer keeps the ' +
        'version that it ran with.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the rule was made.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When this version was made.' }),
  }),
});

builder.queryField('assignmentRules', (t) =>
  t.field({
    type: [AssignmentRuleNode],
    description:
      'The assignment rules of the company in their order, the default assignment last where one was set: at most 101. ' +
      'Needs VIEW or CONFIGURE, over any department.',
    resolve: (_root, _args, context) => {
      if (!mayUse(context, 'CONFIGURE')) requireRight(context, 'VIEW');
      return loadRules(context);
    },
  }),
);
