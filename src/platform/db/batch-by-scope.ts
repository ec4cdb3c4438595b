import type { PrismaClient } from '../../generated/prisma/client.js';
import { keepScope, scopeOfCaller } from './scope.js';

/** What Prisma's client has and its types do not say; our version of it is exact. */
interface Batching {
  batchBy: (request: object) => string | undefined;
  singleLoader: (request: object) => Promise<unknown>;
  batchLoader: (requests: object[]) => Promise<unknown>;
}

/**
 * Keeps Prisma from putting look-ups of different scopes into one statement.
 *
 * It gathers all `findUnique` of a tick, whoever asks, and sends them in the context of the first: rows of the others would
 * not be found. Throws where the client is built differently from how it is known.
 */
export function batchByScope(prisma: PrismaClient): PrismaClient {
  const { dataloader } = (prisma as unknown as { _requestHandler?: { dataloader?: { options?: Batching } } })
    ._requestHandler ?? { dataloader: undefined };
  const options = dataloader?.options;
  if (!options) throw new Error("Prisma's client batches differently in this version: see batch-by-scope.ts.");
  const { batchBy, singleLoader, batchLoader } = options;
  const inScope = new WeakMap<object, (send: () => Promise<unknown>) => Promise<unknown>>();
  const send = (request: object | undefined, work: () => Promise<unknown>) =>
    ((request && inScope.get(request)) ?? ((now) => now()))(work);
  options.batchBy = (request) => {
    const key = batchBy(request);
    if (key === undefined) return undefined;
    inScope.set(
      request,
      keepScope((now) => now()),
    );
    return `${scopeOfCaller()} ${key}`;
  };
  options.singleLoader = (request) => send(request, () => singleLoader(request));
  options.batchLoader = (requests) => send(requests[0], () => batchLoader(requests));
  return prisma;
}
