import { builder } from '../../graphql/builder.js';
import { encodeId, uuidOf } from '../../graphql/ids.js';
import type { RelationFilter } from '../customers/customers.js';
import { readRelationFilter, RelationFilterInput } from '../customers/relations.schema.js';
import type { RuleCondition } from './rule-condition.js';
import type { SuccessorSaid } from './rule-said.js';
import { limits } from './rules.errors.js';

export const RuleConditionInput = builder.inputType('RuleConditionInput', {
  description:
    'For whom a rule holds; all that is given must hold. At least one of customers and leaverDepartmentId is needed: a rule for ' +
    'everybody has `condition: null`.',
  fields: (t) => ({
    customers: t.field({
      type: RelationFilterInput,
      description:
        "Which of the leaver's customers: the same filter as lists take. PERSONAL tags do not count, and days are counted back from " +
        'the moment of the transfer.',
    }),
    leaverDepartmentId: t.id({ description: 'Only customers of leavers from this department.' }),
    includeSubDepartments: t.boolean({
      required: true,
      defaultValue: true,
      description: 'Whether leavers from departments anywhere below count as well. Default: true.',
    }),
  }),
});

export const RuleSuccessorInput = builder.inputType('RuleSuccessorInput', {
  description:
    'One entry of a pool: a member, or the members of a department. Give exactly one of the two, and each once in a pool.',
  fields: (t) => ({
    memberId: t.id({ description: 'This member. Refused with MEMBER_NOT_ACTIVE when they have resigned.' }),
    departmentId: t.id({
      description: 'All members of this department who have not resigned when a transfer begins, by name.',
    }),
    includeSubDepartments: t.boolean({
      required: true,
      defaultValue: true,
      description: 'Whether members of departments anywhere below belong to the entry too. Default: true.',
    }),
    weight: t.int({
      required: true,
      defaultValue: 1,
      description: `The share of each member of the entry in a WEIGHTED pool, 1 to ${limits.weight}. Default: 1.`,
    }),
  }),
});

/** A condition as a client sent it. Refuses with BAD_USER_INPUT a filter that is beyond the limits or says nothing. */
export function readRuleCondition(input: (typeof RuleConditionInput)['$inferInput']): RuleCondition {
  const { customers, leaverDepartmentId, includeSubDepartments } = input;
  return {
    ...(customers != null && { customers: readRelationFilter(customers) }),
    ...(leaverDepartmentId != null && {
      leaverDepartmentId: uuidOf('Department', leaverDepartmentId),
      includeSubDepartments,
    }),
  };
}

/** A condition in the shape of RuleConditionInput, with the ids that clients know: what is read can be written back. */
export function writeRuleCondition({ customers, leaverDepartmentId, ...rest }: RuleCondition): object {
  return {
    ...(customers && { customers: writeFilter(customers) }),
    ...(leaverDepartmentId !== undefined && { leaverDepartmentId: encodeId('Department', leaverDepartmentId) }),
    ...rest,
  };
}

function writeFilter({ and, or, not, tags, ...own }: RelationFilter): object {
  return {
    ...own,
    ...(tags && {
      tags: Object.fromEntries(
        Object.entries(tags).map(([operator, ids]) => [
          operator,
          (ids as readonly string[]).map((id) => encodeId('Tag', id)),
        ]),
      ),
    }),
    ...(and && { and: and.map(writeFilter) }),
    ...(or && { or: or.map(writeFilter) }),
    ...(not && { not: writeFilter(not) }),
  };
}

/** A pool as a client sent it. Whether each entry names exactly one is the use case's to check. */
export function readSuccessors(inputs: readonly (typeof RuleSuccessorInput)['$inferInput'][]): SuccessorSaid[] {
  return inputs.map(({ memberId, departmentId, includeSubDepartments, weight }) => ({
    memberId: memberId == null ? null : uuidOf('Member', memberId),
    departmentId: departmentId == null ? null : uuidOf('Department', departmentId),
    includeSubDepartments: departmentId != null && includeSubDepartments,
    weight,
  }));
}
