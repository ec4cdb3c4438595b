/**
 * Where a client keeps its place in an inbox, so that it goes on there after a restart: a file, a row, localStorage. One store
 * belongs to one person's inbox: the API refuses a cursor of somebody else's.
 */
export interface CursorStore {
  /** The cursor that was saved last; null when there is none. */
  load(): Promise<string | null> | string | null;
  /**
   * Called when an event has been handled: its caller has asked for the next one. Awaited before that one is given. What it
   * throws ends the iteration.
   */
  save(cursor: string): Promise<void> | void;
}

/** A cursor that lives as long as the process. */
export function memoryCursor(start: string | null = null): CursorStore {
  let kept = start;
  return { load: () => kept, save: (cursor) => void (kept = cursor) };
}

/** A cursor in a browser's storage, such as `localStorage`, under this key: it survives a reload, and the browser's end. */
export function storageCursor(
  storage: { getItem(key: string): string | null; setItem(key: string, value: string): void },
  key: string,
): CursorStore {
  return { load: () => storage.getItem(key), save: (cursor) => storage.setItem(key, cursor) };
}
