import type { builder } from '../../graphql/builder.js';
import { uuidOf } from '../../graphql/ids.js';
import { defineMutation } from '../../graphql/mutation.js';
import { AssignmentStrategyEnum } from './assignment-strategy.schema.js';
import { createAssignmentRule } from './create-assignment-rule.js';
import { deleteAssignmentRule } from './delete-assignment-rule.js';
import { reorderAssignmentRules } from './reorder-assignment-rules.js';
import { readRuleCondition, readSuccessors, RuleConditionInput, RuleSuccessorInput } from './rule-input.schema.js';
import { limits } from './rules.errors.js';
import { AssignmentRuleNode, loadRules, ruleLoader } from './rules.schema.js';
import { setDefaultAssignment } from './set-default-assignment.js';
import { updateAssignmentRule } from './update-assignment-rule.js';

const meaning = {
  name: `What the rule is called, 1 to ${limits.name} characters; unique in the company.`,
  condition: 'For whom the rule holds; null: for everybody.',
  successors: `Who gets the customers, in order: 1 to ${limits.successors} entries.`,
  strategy: 'How the customers are shared out.',
  note: `Handover note for the successors, at most ${limits.note} characters.`,
} as const;

type PayloadBuilder<Result> = PothosSchemaTypes.ObjectFieldBuilder<(typeof builder)['$inferSchemaTypes'], Result>;

const ruleField = (t: PayloadBuilder<{ readonly ruleId?: string }>) =>
  t.field({
    type: AssignmentRuleNode,
    nullable: true,
    description: 'The rule as it now is; null when refused.',
    resolve: ({ ruleId }, _args, context) => (ruleId === undefined ? null : ruleLoader(context).load(ruleId)),
  });

const rulesField = (t: PayloadBuilder<object>) =>
  t.field({
    type: [AssignmentRuleNode],
    description: 'All rules as they now are, in order. Empty for who may not see them.',
    resolve: (_outcome, _args, context) => loadRules(context),
  });

const changes =
  'A change counts for transfers that begin after it; running ones keep the version that they began with. Needs CONFIGURE over every department.';

defineMutation('createAssignmentRule', {
  description:
    `Makes a rule that says who inherits which customers; at most ${limits.rules} beside the default assignment. ${changes} Refuses ` +
    'ALREADY_EXISTS for a taken name, NOT_FOUND for a tag, department or member that is not there, MEMBER_NOT_ACTIVE for one who has ' +
    'resigned, RULE_LIMIT, INVALID_INPUT, CUSTOMER_CONTACT_DISABLED.',
  who: 'companyConfigurer',
  input: (t) => ({
    name: t.string({ required: true, description: meaning.name }),
    enabled: t.boolean({ required: true, defaultValue: true, description: 'Whether it takes customers at once.' }),
    condition: t.field({ type: RuleConditionInput, description: meaning.condition }),
    successors: t.field({ type: [RuleSuccessorInput], required: true, description: meaning.successors }),
    strategy: t.field({
      type: AssignmentStrategyEnum,
      required: true,
      defaultValue: 'EVEN',
      description: meaning.strategy,
    }),
    note: t.string({ description: meaning.note }),
    position: t.int({
      description:
        'Its place in the order, from 0 to the number of rules; those behind it move on by one. Default: the last before the default.',
    }),
    idempotencyKey: t.string({
      description:
        'A name of this request, 1 to 200 characters: repeated within 30 days, it answers the same rule and does nothing.',
    }),
  }),
  resolve: ({ condition, successors, ...input }, caller, { app }) =>
    createAssignmentRule(app, caller, {
      ...input,
      condition: condition ? readRuleCondition(condition) : null,
      successors: readSuccessors(successors),
      note: input.note ?? null,
      position: input.position ?? null,
    }),
  payload: (t) => ({ rule: ruleField(t) }),
});

defineMutation('updateAssignmentRule', {
  description:
    `Changes what a rule says; what is left out stays. A change makes the next version, one that changes nothing does not. ${changes} ` +
    'Refuses NOT_FOUND for a rule, tag, department or member that is not there, ALREADY_EXISTS for a taken name, MEMBER_NOT_ACTIVE, ' +
    'DEFAULT_ASSIGNMENT_KEPT for the default assignment, INVALID_INPUT, CUSTOMER_CONTACT_DISABLED.',
  who: 'companyConfigurer',
  input: (t) => ({
    ruleId: t.id({ required: true, description: 'Which rule.' }),
    name: t.string({ description: meaning.name }),
    enabled: t.boolean({ description: 'Whether it takes customers.' }),
    condition: t.field({
      type: RuleConditionInput,
      description: `${meaning.condition} It replaces the old condition as a whole; leave it out to keep that.`,
    }),
    successors: t.field({
      type: [RuleSuccessorInput],
      description: `${meaning.successors} They replace the old ones as a whole.`,
    }),
    strategy: t.field({ type: AssignmentStrategyEnum, description: meaning.strategy }),
    note: t.string({ description: `${meaning.note} Null: none.` }),
  }),
  resolve: ({ ruleId, name, enabled, condition, successors, strategy, note }, caller, { app }) =>
    updateAssignmentRule(app, caller, {
      ruleId: uuidOf('AssignmentRule', ruleId),
      change: {
        ...(name != null && { name }),
        ...(enabled != null && { enabled }),
        ...(condition !== undefined && { condition: condition && readRuleCondition(condition) }),
        ...(successors != null && { successors: readSuccessors(successors) }),
        ...(strategy != null && { strategy }),
        ...(note !== undefined && { note }),
      },
    }),
  payload: (t) => ({ rule: ruleField(t) }),
});

defineMutation('deleteAssignmentRule', {
  description:
    `Deletes a rule; those behind it move up. ${changes} Refuses NOT_FOUND, DEFAULT_ASSIGNMENT_KEPT for the default assignment, ` +
    'CUSTOMER_CONTACT_DISABLED.',
  who: 'companyConfigurer',
  input: (t) => ({ ruleId: t.id({ required: true, description: 'Which rule.' }) }),
  resolve: ({ ruleId }, caller, { app }) =>
    deleteAssignmentRule(app, caller, { ruleId: uuidOf('AssignmentRule', ruleId) }),
  payload: (t) => ({ assignmentRules: rulesField(t) }),
});

defineMutation('reorderAssignmentRules', {
  description:
    `Puts the rules in another order: the first one whose condition holds takes a customer. No rule gets a new version by it. ${changes} ` +
    'Refuses NOT_FOUND for an unknown rule, INVALID_INPUT for one that is named twice, is the default or is missing, ' +
    'CUSTOMER_CONTACT_DISABLED.',
  who: 'companyConfigurer',
  input: (t) => ({
    ruleIds: t.idList({ required: true, description: 'Every rule but the default assignment, each exactly once.' }),
  }),
  resolve: ({ ruleIds }, caller, { app }) =>
    reorderAssignmentRules(app, caller, { ruleIds: ruleIds.map((id) => uuidOf('AssignmentRule', id)) }),
  payload: (t) => ({ assignmentRules: rulesField(t) }),
});

defineMutation('setDefaultAssignment', {
  description:
    'Says who gets the customers whom no rule takes. Without successors they stay in the pool, as they do while no default was set. ' +
    `${changes} Refuses NOT_FOUND for a department or member that is not there, MEMBER_NOT_ACTIVE, INVALID_INPUT, ` +
    'CUSTOMER_CONTACT_DISABLED.',
  who: 'companyConfigurer',
  input: (t) => ({
    successors: t.field({
      type: [RuleSuccessorInput],
      required: true,
      description: `Who gets them, in order: at most ${limits.successors} entries. None: the customers stay in the pool.`,
    }),
    strategy: t.field({
      type: AssignmentStrategyEnum,
      required: true,
      defaultValue: 'EVEN',
      description: meaning.strategy,
    }),
    note: t.string({ description: `${meaning.note} Left out or null: none.` }),
  }),
  resolve: ({ successors, strategy, note }, caller, { app }) =>
    setDefaultAssignment(app, caller, { successors: readSuccessors(successors), strategy, note: note ?? null }),
  payload: (t) => ({ rule: ruleField(t) }),
});
