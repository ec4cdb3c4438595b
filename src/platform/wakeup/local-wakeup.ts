import type { Logger } from '../log.js';
import type { Wakeup } from './wakeup.js';

/** Wakes the listeners of this process. Enough where there is one process; the others build on it. */
export function createLocalWakeup(log?: Logger): Wakeup {
  const listeners = new Set<() => void>();
  let due: NodeJS.Immediate | undefined;

  const wakeAll = () => {
    // Before the listeners run: what is committed while they look deserves another look.
    due = undefined;
    for (const listener of listeners) {
      try {
        listener();
      } catch (error) {
        log?.error({ err: error }, 'A wake-up listener failed');
      }
    }
  };

  return {
    wake() {
      due ??= setImmediate(wakeAll);
    },
    onWake(listener) {
      // One function registered twice counts twice, and each registration ends by itself.
      const registration = () => listener();
      listeners.add(registration);
      return () => void listeners.delete(registration);
    },
    healthy: true,
    async [Symbol.asyncDispose]() {
      clearImmediate(due);
      due = undefined;
      listeners.clear();
    },
  };
}
