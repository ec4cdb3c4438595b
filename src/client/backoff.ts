const firstMs = 250;
const longestMs = 15_000;

/**
 * How long to wait before the next attempt, after so many that failed: twice as long each time, at most 15 s, and a random
 * part of that, or all clients of a server that restarts would come back in the same moment.
 */
export function backoffMs(failures: number, random: () => number = Math.random): number {
  const most = Math.min(firstMs * 2 ** Math.min(failures, 16), longestMs);
  return most / 2 + (random() * most) / 2;
}

/** Waits, or ends at once when the signal says so. Never rejects. */
export function waitFor(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
  });
}
