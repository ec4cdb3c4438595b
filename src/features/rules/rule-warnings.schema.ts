import { builder } from '../../graphql/builder.js';
import { loaderOf, requireActor, type BatonContext } from '../../graphql/context.js';
import { mayViewRoom } from '../members/members.js';
import { conditionText, type ConditionNames } from './condition-text.js';
import { tagsNamedBy } from './rule-condition.js';
import type { RuleRow } from './rule-said.js';
import { ruleWarnings, type RuleWarning } from './rule-warnings.js';
import { loadEntryStandings } from './rules-in-force.store.js';
import { AssignmentRuleNode, loadRules, RuleSuccessorNode } from './rules.schema.js';
import { findNamed } from './rules.store.js';

const nameLoads = Symbol('names in conditions');
const warningLoads = Symbol('warnings of rules');

const RuleWarningCodeEnum = builder.enumType('RuleWarningCode', {
  description: 'What is not as a rule means it. Map by name; later versions add values.',
  values: {
    SUCCESSOR_LEFT: { description: 'A member of the pool has left the company.' },
    SUCCESSOR_NOT_ELIGIBLE: {
      description:
        'A member of the pool may not take over now: disabled, not activated, not verified, without customer contact, not signed in ' +
        "for the company's successorInactiveDays, or away.",
    },
    NO_SUCCESSOR: {
      description:
        'Nobody in the pool may take over now. A default without successors means that, and gets no warning.',
    },
    DEPARTMENT_EMPTY: { description: 'Nobody who has not resigned works in a department of the pool.' },
    TAG_GONE: { description: 'A tag that the condition names is gone.' },
    DEPARTMENT_GONE: { description: "The leaver's department that the condition names is gone." },
    SHADOWED: {
      description:
        'An enabled rule before it holds for everybody it holds for, so that it takes nobody. Found: a rule for everybody, an equal ' +
        'condition, and one that follows from this one by its conditions alone: wider bounds and lists of values, fewer tags, through ' +
        '`and`, `or` and `not`; departments only when they are the same. Not found: what only several rules together take.',
    },
    IMPOSSIBLE_CONDITION: {
      description:
        'The condition holds for nobody. Found: bounds that exclude each other (after and before, withinDays and olderThanDays, ' +
        'known and not known), texts that eq and in exclude, two kinds, tags that are demanded and in noneOf, and `not` of what the ' +
        'rest demands.',
    },
  },
});

const RuleWarningNode = builder.objectRef<RuleWarning>('RuleWarning').implement({
  description:
    'Something that an administrator should look at. The rule stays in force all the same. That a member has not signed in for long is ' +
    'said as such where VIEW or ASSIGN reaches them, and to others only that they may not take over.',
  fields: (t) => ({
    code: t.field({
      type: RuleWarningCodeEnum,
      description: 'What a program decides by.',
      resolve: ({ code }) => code,
    }),
    message: t.exposeString('message', { description: 'What a person reads: what is wrong and what comes of it.' }),
    successor: t.expose('successor', {
      type: RuleSuccessorNode,
      nullable: true,
      description: 'The entry of the pool that it is about; null when it is about the rule.',
    }),
  }),
});

/** What the tags and departments are called that the conditions of all rules of the enterprise name. */
async function loadNames(context: BatonContext, rules: readonly RuleRow[]): Promise<ConditionNames> {
  const { enterpriseId } = requireActor(context);
  return loaderOf<ConditionNames>(context, nameLoads, (ids) =>
    Promise.all(
      ids.map((id) =>
        findNamed(context.app.db.prisma, id, {
          members: [],
          departments: rules.flatMap(({ condition }) => condition?.leaverDepartmentId ?? []),
          tags: rules.flatMap(({ condition }) => tagsNamedBy(condition).map((tag) => tag.id)),
        }),
      ),
    ),
  ).load(enterpriseId);
}

/** The warnings of all rules of the enterprise, by rule: each is seen beside those before it. */
async function loadWarnings(context: BatonContext): Promise<ReadonlyMap<string, RuleWarning[]>> {
  const { app } = context;
  const actor = requireActor(context);
  const mayTell = (id: string, departmentId: string | null) => mayViewRoom(actor, { id, departmentId });
  return loaderOf<Map<string, RuleWarning[]>>(context, warningLoads, (ids) =>
    Promise.all(
      ids.map(async (id) => {
        const rules = await loadRules(context);
        const names = await loadNames(context, rules);
        return ruleWarnings(rules, names, await loadEntryStandings(app, id, app.clock.now()), mayTell);
      }),
    ),
  ).load(actor.enterpriseId);
}

builder.objectFields(AssignmentRuleNode, (t) => ({
  conditionText: t.string({
    description:
      'The condition in plain English, for people: `city is "Shanghai" and tagged VIP`; `everybody` without one. Lists are told up to ' +
      'five entries. Its wording may change.',
    resolve: async ({ condition }, _args, context) =>
      conditionText(condition, await loadNames(context, await loadRules(context))),
  }),
  warnings: t.field({
    type: [RuleWarningNode],
    description: 'What is not as the rule means it, at this moment; empty when all is well.',
    resolve: async ({ id }, _args, context) => (await loadWarnings(context)).get(id) ?? [],
  }),
}));
