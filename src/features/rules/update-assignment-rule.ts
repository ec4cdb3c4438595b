import type { Caller } from '../../platform/actor.js';
import type { App } from '../../platform/app.js';
import { inTransaction } from '../../platform/db/transaction.js';
import { recordAudit } from '../../platform/events/audit.js';
import { beginRuleChange } from './begin-rule-change.js';
import { checkRule, requireFreeName, requireNamed } from './check-rule.js';
import { saidBy, sayTheSame, type RuleSaid } from './rule-said.js';
import { defaultKept, invalid, noSuch } from './rules.errors.js';
import { writeRule } from './rules.store.js';

/**
 * Changes what a rule says; what is left out stays. A change makes the next version, one that changes nothing does not.
 * Running transfers keep what they began with.
 *
 * Refuses NOT_FOUND for an unknown rule, tag, department or member, ALREADY_EXISTS for a taken name, MEMBER_NOT_ACTIVE,
 * DEFAULT_ASSIGNMENT_KEPT, INVALID_INPUT and CUSTOMER_CONTACT_DISABLED.
 */
export async function updateAssignmentRule(
  app: Pick<App, 'db' | 'wakeup' | 'clock' | 'ids'>,
  caller: Caller,
  input: { readonly ruleId: string; readonly change: Partial<RuleSaid> },
): Promise<{ ruleId: string }> {
  const { enterpriseId } = caller.actor;
  const { ruleId, change } = input;
  if (Object.keys(change).length === 0) throw invalid('Name at least one thing to change.');
  checkRule(change);
  return inTransaction(app, async (tx) => {
    const rules = await beginRuleChange(tx, enterpriseId);
    const rule = rules.find(({ id }) => id === ruleId);
    if (!rule) throw noSuch('rule', 'ruleId');
    if (rule.isDefault) throw defaultKept('ruleId');
    if (change.name !== undefined) requireFreeName(rules, change.name, ruleId);
    await requireNamed(tx, enterpriseId, change);

    const before = saidBy(rule);
    const after: RuleSaid = { ...before, ...change };
    if (!sayTheSame(before, after)) {
      const next = { id: ruleId, enterpriseId, isDefault: false, version: rule.version + 1 };
      const successorIds = after.successors.map(() => app.ids.next());
      await writeRule(tx, { ...after, ...next, successorIds }, app.clock.now(), rule.place);
    }
    await recordAudit(app, tx, caller, {
      action: 'updateAssignmentRule',
      subject: { type: 'AssignmentRule', id: ruleId },
      detail: { before, after } as object,
    });
    return { ruleId };
  });
}
