import { isDeepStrictEqual } from 'node:util';
import type { AssignmentStrategy } from '../../generated/prisma/enums.js';
import type { RuleCondition } from './rule-condition.js';

/** One entry of a rule's pool: a member, or the members of a department; exactly one of the two. */
export interface SuccessorSaid {
  readonly memberId: string | null;
  readonly departmentId: string | null;
  /** Whether the departments below belong to the entry; false for a member. */
  readonly includeSubDepartments: boolean;
  /** The share of each member in a WEIGHTED pool, from 1. */
  readonly weight: number;
}

/** Everything that a rule says: what a version of it keeps. Where it stands in the order is not part of it. */
export interface RuleSaid {
  readonly name: string;
  readonly enabled: boolean;
  /** Null: holds for everybody. */
  readonly condition: RuleCondition | null;
  readonly successors: readonly SuccessorSaid[];
  readonly strategy: AssignmentStrategy;
  /** Handover note for the successors; null: none. */
  readonly note: string | null;
}

/** A rule as it stands, in its place. */
export interface RuleRow extends RuleSaid {
  readonly id: string;
  readonly enterpriseId: string;
  /** From 0; the default assignment has the last one. */
  readonly place: number;
  readonly isDefault: boolean;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What a rule says, without what it is. */
export function saidBy({ name, enabled, condition, successors, strategy, note }: RuleSaid): RuleSaid {
  return { name, enabled, condition, successors, strategy, note };
}

/** Whether two say the same, whatever the order of the names in their conditions. */
export function sayTheSame(one: RuleSaid, other: RuleSaid): boolean {
  return isDeepStrictEqual(saidBy(one), saidBy(other));
}
