/** Run as a process of its own: locks the folder of the first argument when told, says how that went, and stays. */
import { lockFolder } from '../../src/platform/db/folder-lock.js';

process.on('message', () => {
  try {
    lockFolder(process.argv[2] ?? '');
    process.send?.('locked');
  } catch (error) {
    process.send?.((error as Error).message);
  }
});
process.send?.('ready');
