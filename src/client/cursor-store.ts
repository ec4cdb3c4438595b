/** Where a client keeps its place in an inbox, so that it goes on there after a restart: a file, a row, localStorage. */
export interface CursorStore {
  /** The cursor that was saved last; null when there is none. */
  load(): Promise<string | null> | string | null;
  /** Called when an event has been handled: its caller has asked for the next one. Awaited before that one is given. */
  save(cursor: string): Promise<void> | void;
}

/** A cursor that lives as long as the process. */
export function memoryCursor(start: string | null = null): CursorStore {
  let kept = start;
  return { load: () => kept, save: (cursor) => void (kept = cursor) };
}
