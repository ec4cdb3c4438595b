import type { Tx } from '../../platform/db/transaction.js';
import { Refusal } from '../../platform/errors.js';
import { requireName, requireText } from '../../platform/text.js';
import { tagsNamedBy, type Named } from './rule-condition.js';
import type { RuleRow, RuleSaid, SuccessorSaid } from './rule-said.js';
import { defaultName, invalid, limits, noSuch } from './rules.errors.js';
import { findNamed } from './rules.store.js';

/**
 * Checks what a rule shall say, as far as it is given: what can be told from the arguments alone.
 *
 * Refuses INVALID_INPUT, with the path of the first value that is wrong.
 */
export function checkRule(said: Partial<RuleSaid>, leastSuccessors = 1): void {
  if (said.name !== undefined) requireName(said.name, 'name', limits.name);
  if (said.note != null) requireText(said.note, 'note', limits.note);
  if (said.condition) {
    const { customers, leaverDepartmentId } = said.condition;
    if (customers && Object.keys(customers).length === 0) {
      throw invalid(
        'An empty filter holds for everybody: name a condition, or leave it out.',
        'condition',
        'customers',
      );
    }
    if (!customers && leaverDepartmentId === undefined) {
      throw invalid('Give customers, leaverDepartmentId, or both. For everybody, condition is null.', 'condition');
    }
  }
  if (said.successors !== undefined) checkSuccessors(said.successors, leastSuccessors);
}

function checkSuccessors(successors: readonly SuccessorSaid[], least: number): void {
  if (successors.length < least || successors.length > limits.successors) {
    throw invalid(`Name ${least} to ${limits.successors} successors, got ${successors.length}.`, 'successors');
  }
  const known = new Set<string>();
  successors.forEach(({ memberId, departmentId, weight }, index) => {
    const place = ['successors', String(index)];
    if ((memberId === null) === (departmentId === null)) {
      throw invalid('Give memberId or departmentId, and not both.', ...place);
    }
    if (weight < 1 || weight > limits.weight) {
      throw invalid(`weight must be from 1 to ${limits.weight}, got ${weight}.`, ...place, 'weight');
    }
    const id = memberId ?? departmentId ?? '';
    const field = memberId === null ? 'departmentId' : 'memberId';
    if (known.has(id)) throw invalid('Name each member and each department once.', ...place, field);
    known.add(id);
  });
}

/** Refuses ALREADY_EXISTS for a name that another rule has, or that is the default assignment's. */
export function requireFreeName(rules: readonly RuleRow[], name: string, ownId: string | null): void {
  const isTaken = name === defaultName || rules.some((rule) => rule.name === name && rule.id !== ownId);
  if (!isTaken) return;
  throw new Refusal('ALREADY_EXISTS', `There is a rule with the name "${name}" already. Take another name.`, {
    path: ['input', 'name'],
  });
}

/**
 * Checks that what a rule names is there: tags, departments and members of this enterprise, as far as they are given.
 *
 * Refuses NOT_FOUND, and MEMBER_NOT_ACTIVE for a successor who has resigned, with the path of the first one.
 */
export async function requireNamed(tx: Tx, enterpriseId: string, said: Partial<RuleSaid>): Promise<void> {
  const { condition = null, successors = [] } = said;
  const members = entries(successors, 'memberId');
  const departments: Named[] = [
    ...(condition?.leaverDepartmentId === undefined
      ? []
      : [{ id: condition.leaverDepartmentId, path: ['condition', 'leaverDepartmentId'] }]),
    ...entries(successors, 'departmentId'),
  ];
  const tags = tagsNamedBy(condition).map(({ id, path }) => ({ id, path: ['condition', ...path] }));
  const known = await findNamed(tx, enterpriseId, {
    members: members.map(({ id }) => id),
    departments: departments.map(({ id }) => id),
    tags: tags.map(({ id }) => id),
  });
  for (const { id, path } of tags) {
    if (!known.tags.has(id)) throw noSuch('tag of the company; PERSONAL tags do not count in rules', ...path);
  }
  for (const { id, path } of departments) if (!known.departments.has(id)) throw noSuch('department', ...path);
  for (const { id, path } of members) {
    const member = known.members.get(id);
    if (!member) throw noSuch('member', ...path);
    if (member.status === 'RESIGNED') {
      throw new Refusal('MEMBER_NOT_ACTIVE', `${member.name} has left the company. Name somebody who is here.`, {
        path: ['input', ...path],
      });
    }
  }
}

function entries(successors: readonly SuccessorSaid[], field: 'memberId' | 'departmentId'): Named[] {
  return successors.flatMap((successor, place) => {
    const id = successor[field];
    return id === null ? [] : [{ id, path: ['successors', String(place), field] }];
  });
}
