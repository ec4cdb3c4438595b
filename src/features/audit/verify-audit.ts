import type { App } from '../../platform/app.js';
import { findOutside, readSealed } from './audit-chain.store.js';
import { chainStart, type SealedRecord } from './link-hash.js';
import { findWrongDigest } from './owners.store.js';
import { sealEnterprise } from './seal-audit.js';
import { verifyChain, type ChainPlace, type ChainVerdict } from './verify-chain.js';

/** What a look at the log of an enterprise came to. */
export interface AuditVerdict extends ChainVerdict {
  /** Whether it looked at all records; otherwise go on from `verified`. */
  readonly isComplete: boolean;
  /** Records that were written just now and have no place yet: these can still be changed unseen. Counted where all else is well. */
  readonly unsealed: number;
}

/** What to look at. */
export interface AuditScope {
  /** Checkpoints of this enterprise, signatures checked. */
  readonly checkpoints?: readonly ChainPlace[];
  /** Where an earlier look ended, or a checkpoint: what comes before is trusted. Default: the start. */
  readonly from?: ChainPlace;
  /** Look at so many records at most. Default: all. */
  readonly most?: number;
}

const pageSize = 2000;

/**
 * Seals what waits, reads the log of an enterprise in order and finds the first record that is wrong, as `verifyChain` does. A record
 * that is in the table without a place in the chain, and does not wait for one, is wrong as well: it did not come by the application.
 */
export async function verifyAudit(
  app: Pick<App, 'db' | 'wakeup'>,
  enterpriseId: string,
  { checkpoints = [], from = { sequence: 0, hash: chainStart }, most = Infinity }: AuditScope = {},
): Promise<AuditVerdict> {
  while ((await sealEnterprise(app, enterpriseId)) > 0);
  const end = from.sequence + most;
  let isComplete = true;
  async function* records(): AsyncGenerator<SealedRecord> {
    for (let after = from.sequence; ;) {
      const limit = Math.min(pageSize, end - after);
      const page = limit > 0 ? await readSealed(app, enterpriseId, after, limit) : [];
      yield* page;
      if (page.length < pageSize) {
        isComplete = after + page.length < end;
        return;
      }
      after = page.at(-1)?.sequence ?? after;
    }
  }
  const { verified, bad } = await verifyChain(records(), checkpoints, from);
  const items = await wrongItems(app, enterpriseId, from, verified);
  if (items) return { ...items, isComplete: true, unsealed: 0 };
  // Where it stopped is not where the log ends.
  if (!isComplete && (bad === null || bad.fault === 'CUT')) return { verified, bad: null, isComplete, unsealed: 0 };
  if (bad) return { verified, bad, isComplete: true, unsealed: 0 };
  const { unsealed, outside } = await findOutside(app, enterpriseId);
  if (outside === null) return { verified, bad, isComplete, unsealed };
  const message =
    'A record is in the log that was never sealed and does not wait for it: it did not come by the application.';
  return { verified, bad: { sequence: null, recordId: outside, fault: 'OUTSIDE', message }, isComplete, unsealed };
}

/** Records whose items are looked at by one statement: some are about thousands. */
const itemsOf = 500;

/** The first record between two places that is as it was sealed, while what it digests is not. */
async function wrongItems(
  app: Pick<App, 'db'>,
  enterpriseId: string,
  from: ChainPlace,
  to: ChainPlace,
): Promise<ChainVerdict | null> {
  for (let after = from.sequence; after < to.sequence; after += itemsOf) {
    const wrong = await findWrongDigest(app, enterpriseId, after, Math.min(after + itemsOf, to.sequence));
    if (!wrong) continue;
    const message = `Record ${wrong.sequence} is as it was sealed, but the customers or groups that it tells of are others than it was made of.`;
    return { verified: to, bad: { ...wrong, fault: 'ITEMS_CHANGED', message } };
  }
  return null;
}
