import { AsyncLocalStorage } from 'node:async_hooks';

// Work that was left running after the commit finds its scope closed.
const scopes = new AsyncLocalStorage<{ open: boolean }>();

/** Whether the caller runs inside a transaction that has not ended. */
export function insideTransaction(): boolean {
  return scopes.getStore()?.open ?? false;
}

/** Runs the work as the inside of a transaction; starts none itself. */
export async function runAsTransaction<T>(work: () => Promise<T>): Promise<T> {
  const scope = { open: true };
  try {
    return await scopes.run(scope, work);
  } finally {
    scope.open = false;
  }
}
