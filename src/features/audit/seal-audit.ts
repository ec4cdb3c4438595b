import { createHash } from 'node:crypto';
import type { App } from '../../platform/app.js';
import { acrossEnterprises, withinEnterprise } from '../../platform/db/scope.js';
import { inTransaction } from '../../platform/db/transaction.js';
import { findHead, insertLinks, listUnsealed, lockChain, takeUnsealed } from './audit-chain.store.js';
import { chainStart, linkHash } from './link-hash.js';

/** Records sealed by one transaction. */
const chunk = 2000;

/**
 * Gives records of the audit log, up to some thousands of each enterprise, their places in its chain; answers how many. 0: none waits, or
 * others are at it.
 *
 * Records are written without a place, so nobody waits for anybody to write one; they get it here, seconds later. Safe on any
 * number of instances: one at a time seals an enterprise, and the places of the chain are unique.
 */
export async function sealAudit(app: Pick<App, 'db' | 'wakeup'>): Promise<number> {
  let sealed = 0;
  const enterpriseIds = await acrossEnterprises('finds whose records wait', () => listUnsealed(app));
  for (const enterpriseId of enterpriseIds) {
    sealed += await withinEnterprise(enterpriseId, () => sealEnterprise(app, enterpriseId));
  }
  return sealed;
}

/** The same for one enterprise: seals one chunk. */
export async function sealEnterprise(app: Pick<App, 'db' | 'wakeup'>, enterpriseId: string): Promise<number> {
  return inTransaction(app, async (tx) => {
    if (!(await lockChain(tx, enterpriseId))) return 0;
    const taken = await takeUnsealed(tx, enterpriseId, chunk);
    if (taken.length === 0) return 0;
    let { sequence, hash } = (await findHead(tx, enterpriseId)) ?? { sequence: 0, hash: chainStart };
    const links = taken.map(({ id, record }) => {
      sequence += 1;
      // One that is gone already keeps its place, so that it is missed.
      hash = record
        ? linkHash(hash, sequence, record)
        : createHash('sha256').update(hash, 'hex').update(id).digest('hex');
      return { sequence, id, hash };
    });
    await insertLinks(tx, enterpriseId, links);
    return links.length;
  });
}
