import { AsyncLocalStorage } from 'node:async_hooks';

/** Knows whether the calling code runs inside a transaction; work it left running after the commit does not count. */
const scopes = new AsyncLocalStorage<{ open: boolean }>();

export function insideTransaction(): boolean {
  return scopes.getStore()?.open ?? false;
}

export async function runAsTransaction<T>(work: () => Promise<T>): Promise<T> {
  const scope = { open: true };
  try {
    return await scopes.run(scope, work);
  } finally {
    scope.open = false;
  }
}
