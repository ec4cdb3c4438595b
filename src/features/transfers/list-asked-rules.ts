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
  // The plan of a large company hashes a hundred thousand rows; with less memory it does so on disk. Its list comes in order from an
  // index, and with the usual cost of a page the planner would read all relations and sort them, a fourteenth of the time more.
  await tx.$queryRaw`SELECT set_config('work_mem', '64MB', true), set_config('random_page_cost', '1.1', true)`;
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
