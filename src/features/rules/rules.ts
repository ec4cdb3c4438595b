/**
 * Assignment rules say who should inherit what. A customer goes to the first enabled rule in order whose condition holds,
 * and to the default assignment when there is none; what the rule's pool is and how it is shared out stands in the rule.
 * Each change of a rule is kept as a version, so that a transfer can be explained by the rules that it ran with.
 *
 * Rules know nothing of transfers: the transfers room asks for the rules in force and plans with them.
 */
export { listRulesInForce, type RuleInForce } from './list-rules-in-force.js';
export { createAssignmentRule, type NewRule } from './create-assignment-rule.js';
export { setDefaultAssignment } from './set-default-assignment.js';
