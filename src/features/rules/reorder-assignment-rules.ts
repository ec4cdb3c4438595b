import type { Caller } from '../../platform/actor.js';
import type { App } from '../../platform/app.js';
import { inTransaction } from '../../platform/db/transaction.js';
import { recordAudit } from '../../platform/events/audit.js';
import { beginRuleChange } from './begin-rule-change.js';
import { invalid, noSuch } from './rules.errors.js';
import { orderRules } from './rules.store.js';

/**
 * Puts the rules in this order: each but the default assignment, which stays the last, exactly once. No rule gets a new
 * version by it.
 *
 * Refuses NOT_FOUND for an unknown rule, INVALID_INPUT for one that is named twice, is the default or is missing, and
 * CUSTOMER_CONTACT_DISABLED.
 */
export async function reorderAssignmentRules(
  app: Pick<App, 'db' | 'wakeup' | 'clock' | 'ids'>,
  caller: Caller,
  { ruleIds }: { readonly ruleIds: readonly string[] },
): Promise<{ enterpriseId: string }> {
  const { enterpriseId } = caller.actor;
  return inTransaction(app, async (tx) => {
    const rules = await beginRuleChange(tx, enterpriseId);
    const left = new Map(rules.filter(({ isDefault }) => !isDefault).map((rule) => [rule.id, rule]));
    const before = [...left.keys()];
    ruleIds.forEach((id, place) => {
      if (left.delete(id)) return;
      const rule = rules.find((each) => each.id === id);
      const path = ['ruleIds', String(place)];
      if (!rule) throw noSuch('rule', ...path);
      if (rule.isDefault) throw invalid('The default assignment is always the last. Leave it out.', ...path);
      throw invalid(`"${rule.name}" is named twice.`, ...path);
    });
    if (left.size > 0) {
      const names = [...left.values()].map(({ name }) => `"${name}"`);
      throw invalid(`Name every rule but the default assignment. Missing: ${names.join(', ')}.`, 'ruleIds');
    }
    await orderRules(tx, enterpriseId, ruleIds);
    await recordAudit(app, tx, caller, {
      action: 'reorderAssignmentRules',
      subject: { type: 'Enterprise', id: enterpriseId },
      detail: { before, after: [...ruleIds] },
    });
    return { enterpriseId };
  });
}
