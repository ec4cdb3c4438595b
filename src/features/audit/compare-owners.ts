import type { App } from '../../platform/app.js';
import { compareByLog, listOwnersByLog, type OwnedThing } from './owners.store.js';
import { sealEnterprise } from './seal-audit.js';

/** What the log and the tables say of who owns what. */
export type OwnerComparison = Awaited<ReturnType<typeof compareByLog>>;

/**
 * Works out from the log alone who serves each customer and owns each group, and holds it against the tables: how many agree, and
 * where they differ, 20 at most. The log is the records and the items that they digest; `verifyAudit` proves both.
 */
export async function compareOwners(app: Pick<App, 'db' | 'wakeup'>, enterpriseId: string): Promise<OwnerComparison> {
  while ((await sealEnterprise(app, enterpriseId)) > 0);
  return compareByLog(app, enterpriseId, 20);
}

/** Who owns what by the log alone, relations before groups. */
export async function rebuildOwners(app: Pick<App, 'db' | 'wakeup'>, enterpriseId: string): Promise<OwnedThing[]> {
  while ((await sealEnterprise(app, enterpriseId)) > 0);
  return listOwnersByLog(app, enterpriseId);
}
