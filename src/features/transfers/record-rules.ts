import type { Caller } from '../../platform/actor.js';
import type { App } from '../../platform/app.js';
import type { Tx } from '../../platform/db/transaction.js';
import { recordAudits } from '../../platform/events/audit.js';
import type { Prepared } from './prepare-transfer.js';
import { keptRules, type KeptRule } from './seats-plan.js';

/**
 * Appends to the audit log, for each rule that took something in this transfer, what it took and for whom: done by the system, in
 * the name of the rule.
 */
export async function recordRules(
  app: Pick<App, 'clock' | 'ids'>,
  tx: Tx,
  caller: Caller,
  transferId: string,
  prepared: Prepared,
): Promise<void> {
  const { enterpriseId } = caller.actor;
  const records = keptRules(prepared.rules, prepared.customers?.rules ?? []).flatMap((rule) => {
    const successors = takersBy(rule, prepared);
    const groups = successors.reduce((sum, one) => sum + one.groups, 0);
    const { ruleId, version, name, assigned, queued } = rule;
    if (assigned + queued + groups === 0) return [];
    return {
      caller: { ...caller, actor: { kind: 'system', id: null, enterpriseId, name } } as const,
      action: 'assignByRule',
      subject: { type: 'Member', id: prepared.leaver.id },
      transferId,
      detail: { ruleId, version, assigned, groups, queued, successors },
    };
  });
  if (records.length > 0) await recordAudits(app, tx, records);
}

/** Who takes over by this rule, in the order of its pool, and how much. */
function takersBy({ place, seats }: KeptRule, { customers, groups, groupCounts }: Prepared) {
  return seats.flatMap(({ memberId }) => {
    const helpings = (customers?.given.helpings ?? []).filter(
      (helping) => helping.rule === place && helping.member_id === memberId,
    );
    const ofGroups = groups?.rulePlace === place ? (groupCounts.assigned.get(memberId) ?? 0) : 0;
    const ofCustomers = helpings.reduce((sum, { count }) => sum + count, 0);
    return ofCustomers + ofGroups === 0 ? [] : [{ memberId, customers: ofCustomers, groups: ofGroups }];
  });
}
