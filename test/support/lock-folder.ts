/** Run as a process of its own: locks the folder of the first argument at the given moment, says how that went, and stays. */
import { lockFolder } from '../../src/platform/db/folder-lock.js';
import type { FolderLock } from '../../src/platform/db/folder-lock.js';

let lock: FolderLock | undefined;

process.on('message', (message: { lockAt: number } | 'release') => {
  if (message === 'release') {
    lock?.release();
    process.send?.('released');
    return;
  }
  // Spinning, so that racers start in the same instant.
  while (Date.now() < message.lockAt);
  try {
    lock = lockFolder(process.argv[2] ?? '');
    process.send?.('locked');
  } catch (error) {
    process.send?.((error as Error).message);
  }
});
process.send?.('ready');
