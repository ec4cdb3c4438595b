import type { Caller } from '../../platform/actor.js';
import type { App } from '../../platform/app.js';
import { inTransaction } from '../../platform/db/transaction.js';
import { recordAudit } from '../../platform/events/audit.js';
import { beginRuleChange } from './begin-rule-change.js';
import { checkRule, requireNamed } from './check-rule.js';
import { saidBy, sayTheSame, type RuleSaid } from './rule-said.js';
import { defaultName } from './rules.errors.js';
import { writeRule } from './rules.store.js';

/**
 * Says who gets the customers whom no rule takes; without successors they stay in the pool, as they do while nothing has
 * been said. A change makes the next version, one that changes nothing does not.
 *
 * Refuses NOT_FOUND for a member or department that is not there, MEMBER_NOT_ACTIVE, INVALID_INPUT and
 * CUSTOMER_CONTACT_DISABLED.
 */
export async function setDefaultAssignment(
  app: Pick<App, 'db' | 'wakeup' | 'clock' | 'ids'>,
  caller: Caller,
  input: Pick<RuleSaid, 'successors' | 'strategy' | 'note'>,
): Promise<{ ruleId: string }> {
  const { enterpriseId } = caller.actor;
  const { successors, strategy, note } = input;
  const after: RuleSaid = { name: defaultName, enabled: true, condition: null, successors, strategy, note };
  checkRule(after, 0);
  return inTransaction(app, async (tx) => {
    const rules = await beginRuleChange(tx, enterpriseId);
    const rule = rules.find(({ isDefault }) => isDefault);
    await requireNamed(tx, enterpriseId, after);

    const before = rule ? saidBy(rule) : null;
    const ruleId = rule?.id ?? app.ids.next();
    if (before === null || !sayTheSame(before, after)) {
      const next = { id: ruleId, enterpriseId, isDefault: true, version: (rule?.version ?? 0) + 1 };
      const successorIds = successors.map(() => app.ids.next());
      // The default has no place among the others: it is the last one, whatever its priority says.
      await writeRule(tx, { ...after, ...next, successorIds }, app.clock.now(), 0);
    }
    await recordAudit(app, tx, caller, {
      action: 'setDefaultAssignment',
      subject: { type: 'AssignmentRule', id: ruleId },
      detail: { before, after } as object,
    });
    return { ruleId };
  });
}
