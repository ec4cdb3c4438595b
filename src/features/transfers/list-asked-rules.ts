import type { AssignmentStrategy } from '../../generated/prisma/enums.js';
import type { Tx } from '../../platform/db/transaction.js';
import { listRulesInForce } from '../rules/rules.js';
import type { AskedRule } from './seats-plan.js';

/** Successors whom an administrator names, and how they share. */
export interface NamedSuccessors {
  readonly ids: readonly string[];
  readonly strategy: AssignmentStrategy;
  /** One for each, for WEIGHTED; null: all the same. */
  readonly weights: readonly number[] | null;
}

/** Named successors as a rule that holds for everybody. */
export function namedRule({ ids, strategy, weights }: NamedSuccessors): AskedRule {
  return {
    place: 0,
    ruleId: null,
    version: null,
    name: '',
    note: null,
    strategy,
    condition: null,
    looksAtCustomer: false,
    pool: ids.map((memberId, place) => ({ memberId, weight: weights?.[place] ?? 1 })),
  };
}

/** The rules of the enterprise that a leaver's transfer asks, in order, from place 1; the last holds for everybody. */
export async function listAskedRules(tx: Tx, about: Parameters<typeof listRulesInForce>[1]): Promise<AskedRule[]> {
  // Conditions on tags are hashed sets of all who wear them: with less they are looked up again for each customer, which takes
  // minutes where 200,000 do.
  await tx.$executeRaw`SET LOCAL work_mem = '64MB'`;
  const rules = await listRulesInForce(tx, about);
  return rules.map(({ id, version, name, note, strategy, condition, needsCustomer, pool }, index) => ({
    place: index + 1,
    ruleId: id,
    version,
    name,
    note,
    strategy,
    condition,
    looksAtCustomer: needsCustomer,
    pool,
  }));
}
