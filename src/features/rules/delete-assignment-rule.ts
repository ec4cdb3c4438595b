import type { Prisma } from '../../generated/prisma/client.js';
import type { Caller } from '../../platform/actor.js';
import type { App } from '../../platform/app.js';
import { inTransaction } from '../../platform/db/transaction.js';
import { recordAudit } from '../../platform/events/audit.js';
import { beginRuleChange } from './begin-rule-change.js';
import { saidBy } from './rule-said.js';
import { defaultKept, noSuch } from './rules.errors.js';
import { removeRule, shiftRules } from './rules.store.js';

/**
 * Deletes a rule; those behind it move up. Its versions stay, and running transfers keep what they began with.
 *
 * Refuses NOT_FOUND, DEFAULT_ASSIGNMENT_KEPT and CUSTOMER_CONTACT_DISABLED.
 */
export async function deleteAssignmentRule(
  app: Pick<App, 'db' | 'wakeup' | 'clock' | 'ids'>,
  caller: Caller,
  { ruleId }: { readonly ruleId: string },
): Promise<{ deletedRuleId: string }> {
  const { enterpriseId } = caller.actor;
  return inTransaction(app, async (tx) => {
    const rule = (await beginRuleChange(tx, enterpriseId)).find(({ id }) => id === ruleId);
    if (!rule) throw noSuch('rule', 'ruleId');
    if (rule.isDefault) throw defaultKept('ruleId');
    await removeRule(tx, ruleId);
    await shiftRules(tx, enterpriseId, rule.place + 1, -1);
    await recordAudit(app, tx, caller, {
      action: 'deleteAssignmentRule',
      subject: { type: 'AssignmentRule', id: ruleId },
      detail: { place: rule.place, before: { ...saidBy(rule) } as object as Prisma.InputJsonObject },
    });
    return { deletedRuleId: ruleId };
  });
}
