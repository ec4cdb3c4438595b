import type { KeyObject } from 'node:crypto';
import type { Clock } from './clock.js';
import type { Database } from './db/database.js';
import type { Ids } from './ids.js';
import type { Logger } from './log.js';
import type { Wakeup } from './wakeup/wakeup.js';

/**
 * What every use case may ask for. A function names the part it needs: `app: Pick<App, 'db' | 'clock'>`.
 */
export interface App {
  readonly db: Database;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Logger;
  readonly wakeup: Wakeup;
  /** Proves checkpoints of the audit log; null: no key is set. */
  readonly checkpointKey: KeyObject | null;
}
