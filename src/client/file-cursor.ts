import { readFile, rename, writeFile } from 'node:fs/promises';
import type { CursorStore } from './cursor-store.js';

/**
 * A cursor in a file, for Node. A process that is killed while it saves leaves the place before: the file is replaced, never
 * written over. Two processes must not share one.
 */
export function fileCursor(path: string): CursorStore {
  return {
    async load() {
      try {
        const text = (await readFile(path, 'utf8')).trim();
        return text === '' ? null : text;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
        throw error;
      }
    },
    async save(cursor) {
      await writeFile(`${path}.new`, `${cursor}\n`);
      await rename(`${path}.new`, path);
    },
  };
}
