import type { AssignmentStrategy } from '../../generated/prisma/enums.js';
import type { Tx } from '../../platform/db/transaction.js';
import { tagMarks, type TagMarks } from '../customers/customers.js';
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
export function namedRule({ ids, strategy, weights }: NamedSuccessors): AskedRules {
  const rule: AskedRule = {
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
  return { rules: [rule], marks: tagMarks([]) };
}

/** Rules that a transfer asks, and the marks of the tags that their conditions ask about. */
export interface AskedRules {
  readonly rules: readonly AskedRule[];
  readonly marks: TagMarks;
}

/** The rules of the enterprise that a leaver's transfer asks, in order, from place 1; the last holds for everybody. */
export async function listAskedRules(tx: Tx, about: Parameters<typeof listRulesInForce>[1]): Promise<AskedRules> {
  // The plan of a large company sorts and hashes a hundred thousand rows; with less memory it does so on disk.
  await tx.$executeRaw`SET LOCAL work_mem = '64MB'`;
  const { rules, marks } = await listRulesInForce(tx, about);
  return {
    marks,
    rules: rules.map(({ id, version, name, note, strategy, condition, needsCustomer, pool }, index) => ({
      place: index + 1,
      ruleId: id,
      version,
      name,
      note,
      strategy,
      condition,
      looksAtCustomer: needsCustomer,
      pool,
    })),
  };
}
