import { applicationRole, enterpriseSetting } from './scope.js';
import type { Tx } from './transaction.js';

/**
 * Narrows the rest of a transaction that began across enterprises to one of them, as soon as it is known whose work it does.
 */
export async function narrowTo(tx: Tx, enterpriseId: string): Promise<void> {
  await tx.$queryRaw`
    SELECT set_config('role', ${applicationRole}, true), set_config(${enterpriseSetting}, ${enterpriseId}, true)`;
}
