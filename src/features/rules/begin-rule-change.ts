import type { Tx } from '../../platform/db/transaction.js';
import { requireCustomerContact } from '../enterprise/enterprise.js';
import type { RuleRow } from './rule-said.js';
import { findRules, lockRules } from './rules.store.js';

/**
 * Begins a change of an enterprise's rules and answers them as they stand, in order. Until the transaction ends nobody
 * else changes them: two administrators at once come one after the other, and each sees what the other did.
 *
 * Refuses CUSTOMER_CONTACT_DISABLED.
 */
export async function beginRuleChange(tx: Tx, enterpriseId: string): Promise<RuleRow[]> {
  await requireCustomerContact(tx, enterpriseId);
  await lockRules(tx, enterpriseId);
  return findRules(tx, enterpriseId);
}
