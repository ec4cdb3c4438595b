import type { Prisma } from '../../generated/prisma/client.js';
import type { AssignmentStrategy } from '../../generated/prisma/enums.js';
import type { Tx } from '../../platform/db/transaction.js';
import { filterNeedsCustomer, relationFilterSql } from '../customers/customers.js';
import { findRulesFor } from './rules-in-force.store.js';
import { defaultName } from './rules.errors.js';

/** A rule as a plan takes it. */
export interface RuleInForce {
  /** Null, like the version, for a default assignment that nobody has set. */
  readonly id: string | null;
  readonly version: number | null;
  readonly name: string;
  readonly isDefault: boolean;
  readonly strategy: AssignmentStrategy;
  readonly note: string | null;
  /** On the relation `r` and, where `needsCustomer`, its customer `c`; null: holds for everybody. */
  readonly condition: Prisma.Sql | null;
  readonly needsCustomer: boolean;
  /** In order, each member once. They have not resigned, and are not the leaver; whether they may take over is not checked. */
  readonly pool: readonly { readonly memberId: string; readonly weight: number }[];
}

/**
 * The rules that a leaver's customers are handed over by, in order, as of one moment: those that are enabled and hold for
 * the leaver's department, and the default assignment as the last one, always. Its pool is empty where customers shall
 * stay in the pool.
 *
 * One statement, so that no rule comes with another version's pool.
 */
export async function listRulesInForce(
  tx: Tx,
  {
    enterpriseId,
    leaver,
    now,
  }: {
    readonly enterpriseId: string;
    readonly leaver: { readonly id: string; readonly departmentId: string | null };
    readonly now: Date;
  },
): Promise<readonly RuleInForce[]> {
  const found = await findRulesFor(tx, enterpriseId, leaver);
  const reader = { enterpriseId, personalTagsOf: null, now };
  const rules = found.map(({ condition, pool, ...rule }): RuleInForce => {
    const filter = condition?.customers ?? null;
    return {
      ...rule,
      condition: filter && relationFilterSql(filter, reader, { relation: 'r', customer: 'c' }),
      needsCustomer: filter !== null && filterNeedsCustomer(filter),
      pool: pool.map(([memberId, weight]) => ({ memberId, weight })),
    };
  });
  return rules.at(-1)?.isDefault ? rules : [...rules, leaveInPool];
}

const leaveInPool: RuleInForce = {
  id: null,
  version: null,
  name: defaultName,
  isDefault: true,
  strategy: 'EVEN',
  note: null,
  condition: null,
  needsCustomer: false,
  pool: [],
};
