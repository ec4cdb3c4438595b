import type { Database } from '../../src/platform/db/database.js';

/**
 * Runs statements past the triggers that keep the audit log from being changed, as only a superuser of the database can: what an
 * attacker may do who has taken it over, and a test that starts over.
 */
export function rewriteAudit(db: Pick<Database, 'script'>, statements: string): Promise<void> {
  return db.script(`SET LOCAL session_replication_role = replica; ${statements}`);
}
