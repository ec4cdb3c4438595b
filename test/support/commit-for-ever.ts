/** Run as a process of its own: opens the embedded database in the first argument and tells of every commit, until killed. */
import { openAsBlob } from 'node:fs';
import { openDatabase } from '../../src/platform/db/database.js';
import { inTransaction } from '../../src/platform/db/transaction.js';
import { createLogger } from '../../src/platform/log.js';
import { createLocalWakeup } from '../../src/platform/wakeup/local-wakeup.js';

const [, , dataDir, dump] = process.argv;
const log = createLogger({ level: 'silent' });
const db = await openDatabase({ dataDir, loadDump: await openAsBlob(dump ?? ''), log });
const app = { db, wakeup: createLocalWakeup() };
for (let count = 1; ; count++) {
  await inTransaction(app, (tx) => tx.$executeRaw`UPDATE inbox_epoch SET pruned_xid = ${count}`);
  process.send?.(count);
}
