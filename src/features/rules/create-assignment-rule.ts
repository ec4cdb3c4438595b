import type { Prisma } from '../../generated/prisma/client.js';
import type { Caller } from '../../platform/actor.js';
import type { App } from '../../platform/app.js';
import { inTransaction } from '../../platform/db/transaction.js';
import { Refusal } from '../../platform/errors.js';
import { recordAudit } from '../../platform/events/audit.js';
import { once } from '../../platform/idempotency.js';
import { beginRuleChange } from './begin-rule-change.js';
import { checkRule, requireFreeName, requireNamed } from './check-rule.js';
import { saidBy, type RuleSaid } from './rule-said.js';
import { invalid, limits, ruleErrorCodes } from './rules.errors.js';
import { shiftRules, writeRule } from './rules.store.js';

/** A new rule, and where it stands in the order: from 0, the last place before the default when left out. */
export interface NewRule extends RuleSaid {
  readonly position: number | null;
  readonly idempotencyKey?: string | null;
}

/**
 * Makes a rule in its place; those behind it move on by one. Its first version is kept with it.
 *
 * Refuses ALREADY_EXISTS for a taken name, NOT_FOUND for a tag, department or member that is not there, MEMBER_NOT_ACTIVE
 * for one who has resigned, RULE_LIMIT, INVALID_INPUT and CUSTOMER_CONTACT_DISABLED.
 */
export async function createAssignmentRule(
  app: Pick<App, 'db' | 'wakeup' | 'clock' | 'ids'>,
  caller: Caller,
  input: NewRule,
): Promise<{ ruleId: string }> {
  const { enterpriseId } = caller.actor;
  const said = saidBy(input);
  checkRule(said);
  const request = { key: input.idempotencyKey, operation: 'createAssignmentRule', arguments: input };
  return inTransaction(app, (tx) =>
    once(app, tx, caller, request, async () => {
      const rules = await beginRuleChange(tx, enterpriseId);
      const count = rules.filter(({ isDefault }) => !isDefault).length;
      if (count >= limits.rules) throw new Refusal('RULE_LIMIT', ruleErrorCodes.RULE_LIMIT);
      const place = input.position ?? count;
      if (place < 0 || place > count) {
        throw invalid(`position must be from 0 to ${count}, the number of rules, got ${place}.`, 'position');
      }
      requireFreeName(rules, said.name, null);
      await requireNamed(tx, enterpriseId, said);

      const ruleId = app.ids.next();
      const rule = { ...said, id: ruleId, enterpriseId, isDefault: false, version: 1 };
      await shiftRules(tx, enterpriseId, place, 1);
      await writeRule(tx, { ...rule, successorIds: said.successors.map(() => app.ids.next()) }, app.clock.now(), place);
      await recordAudit(app, tx, caller, {
        action: 'createAssignmentRule',
        subject: { type: 'AssignmentRule', id: ruleId },
        detail: { place, after: { ...said } as object as Prisma.InputJsonObject },
      });
      return { ruleId };
    }),
  );
}
