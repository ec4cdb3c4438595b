/**
 * Tells readers, here and in other processes, to look at the database again. It carries nothing else.
 *
 * A wake-up may be merged with another, or be lost while Redis or PostgreSQL cannot be reached; then the readers' slow
 * poll finds what is new. It is never the only way to a row.
 */
export interface Wakeup extends AsyncDisposable {
  /** Wakes the listeners of this process soon, and those of other processes if they can be reached. Never throws, never blocks; a burst wakes once. */
  wake(): void;
  /** Calls the listener after every wake-up, from wherever it came. Returns the way to stop that. */
  onWake(listener: () => void): () => void;
  /** Whether wake-ups reach other processes now. */
  readonly healthy: boolean;
}
