import type { KeyObject } from 'node:crypto';
import type { App } from '../../platform/app.js';
import { findHead } from './audit-chain.store.js';
import { signCheckpoint, type Checkpoint } from './checkpoint.js';
import { sealEnterprise } from './seal-audit.js';

/**
 * Seals what waits and says, signed, where the chain of the enterprise stands. Null: it has no records yet. Keep it where nobody
 * can reach it who can write the database: from then on nobody can make the log up to here anew, or cut it, unseen.
 */
export async function makeCheckpoint(
  app: Pick<App, 'db' | 'wakeup' | 'clock'>,
  { id, key: enterprise }: { readonly id: string; readonly key: string },
  key: KeyObject,
): Promise<Checkpoint | null> {
  while ((await sealEnterprise(app, id)) > 0);
  const head = await findHead(app.db.prisma, id);
  return head && signCheckpoint({ enterprise, enterpriseId: id, ...head, at: app.clock.now().toISOString() }, key);
}
