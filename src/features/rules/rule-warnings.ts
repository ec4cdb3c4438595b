import type { ConditionNames } from './condition-text.js';
import { contradictionIn, implies } from './implies.js';
import { tagsNamedBy, type RuleCondition } from './rule-condition.js';
import type { RuleRow, SuccessorSaid } from './rule-said.js';
import type { EntryStanding, Obstacle } from './rules-in-force.store.js';

/** What an administrator should look at. */
export type RuleWarningCode =
  | 'SUCCESSOR_LEFT'
  | 'SUCCESSOR_NOT_ELIGIBLE'
  | 'NO_SUCCESSOR'
  | 'DEPARTMENT_EMPTY'
  | 'TAG_GONE'
  | 'DEPARTMENT_GONE'
  | 'SHADOWED'
  | 'IMPOSSIBLE_CONDITION';

/** Something that is not as the rule means it. The rule stays in force all the same. */
export interface RuleWarning {
  readonly code: RuleWarningCode;
  readonly message: string;
  /** The entry of the pool that it is about; null: none. */
  readonly successor: SuccessorSaid | null;
}

/**
 * What there is to warn of, by rule: `rules` are all of an enterprise in order, `standings` all their entries. What keeps a member from taking
 * over is told as far as every colleague sees it, and whole where `mayTell`.
 */
export function ruleWarnings(
  rules: readonly RuleRow[],
  names: ConditionNames,
  standings: readonly EntryStanding[],
  mayTell: (memberId: string, departmentId: string | null) => boolean,
): Map<string, RuleWarning[]> {
  const byRule = new Map(rules.map(({ id }) => [id, [] as EntryStanding[]]));
  for (const standing of standings) byRule.get(standing.ruleId)?.push(standing);
  return new Map(
    rules.map((rule, place) => [
      rule.id,
      [
        ...aboutCondition(rule, rules.slice(0, place)),
        ...aboutNames(rule.condition, names),
        ...aboutSuccessors(rule, byRule.get(rule.id) ?? [], mayTell),
      ],
    ]),
  );
}

function warning(code: RuleWarningCode, message: string, successor: SuccessorSaid | null = null): RuleWarning {
  return { code, message, successor };
}

function aboutCondition({ condition }: RuleRow, before: readonly RuleRow[]): RuleWarning[] {
  const contradiction = condition?.customers ? contradictionIn(condition.customers) : null;
  if (contradiction !== null) {
    return [warning('IMPOSSIBLE_CONDITION', `The condition holds for nobody: ${contradiction}.`)];
  }
  const shadow = before.find((earlier) => earlier.enabled && holdsForAllOf(earlier.condition, condition));
  if (!shadow) return [];
  const message = `"${shadow.name}" stands before this rule and holds for everybody it holds for: this rule takes nobody.`;
  return [warning('SHADOWED', message)];
}

/** Whether a condition holds for everybody whom the other one holds for, as far as the two alone tell it. */
function holdsForAllOf(condition: RuleCondition | null, other: RuleCondition | null): boolean {
  const { customers, leaverDepartmentId, includeSubDepartments } = condition ?? {};
  const isWhere =
    leaverDepartmentId === undefined ||
    (leaverDepartmentId === other?.leaverDepartmentId &&
      (includeSubDepartments === true || other.includeSubDepartments === false));
  return isWhere && (customers === undefined || implies(other?.customers ?? {}, customers));
}

function aboutNames(condition: RuleCondition | null, names: ConditionNames): RuleWarning[] {
  const isTagGone = tagsNamedBy(condition).some(({ id }) => !names.tags.has(id));
  const department = condition?.leaverDepartmentId;
  return [
    ...(isTagGone ? [warning('TAG_GONE', 'A tag that the condition names is gone: nobody has it.')] : []),
    ...(department !== undefined && !names.departments.has(department)
      ? [warning('DEPARTMENT_GONE', 'The department that the condition names is gone: the rule takes nobody.')]
      : []),
  ];
}

const obstacles: Record<Exclude<Obstacle, 'LEFT'>, string> = {
  DISABLED: 'is disabled',
  NOT_ACTIVATED: 'has not signed in yet',
  NOT_VERIFIED: 'is not verified by real name',
  NO_CUSTOMER_CONTACT: 'may not serve customers',
  INACTIVE: 'has not signed in for too long',
  AWAY: 'is away',
};

function aboutSuccessors(
  { successors }: RuleRow,
  standings: readonly EntryStanding[],
  mayTell: Parameters<typeof ruleWarnings>[3],
): RuleWarning[] {
  const warnings = standings.flatMap(({ position, name, memberId, departmentId, present, obstacle }) => {
    const successor = successors[position] ?? null;
    if (memberId === null) {
      return present > 0 ? [] : [warning('DEPARTMENT_EMPTY', `Nobody works in ${name}.`, successor)];
    }
    if (obstacle === null) return [];
    if (obstacle === 'LEFT') {
      return [warning('SUCCESSOR_LEFT', `${name} has left the company. Take them out of the pool.`, successor)];
    }
    // When somebody last signed in is no colleague's to know.
    const isOpen = obstacle !== 'INACTIVE' || mayTell(memberId, departmentId);
    const message = `${name} ${isOpen ? obstacles[obstacle] : 'may not take over now'}, and is passed by until that changes.`;
    return [warning('SUCCESSOR_NOT_ELIGIBLE', message, successor)];
  });
  const isNobodyThere = standings.length > 0 && standings.every(({ eligible }) => eligible === 0);
  return isNobodyThere
    ? [
        ...warnings,
        warning('NO_SUCCESSOR', 'Nobody in the pool may take over now: nobody gets customers by this rule.'),
      ]
    : warnings;
}
