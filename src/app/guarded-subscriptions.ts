import { GraphQLError, type ExecutionResult } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Baton } from './app.js';
import type { ServedContext } from './http.js';
import { sessionWatchOf } from './session-watch.js';

/**
 * Ends a subscription, over WebSocket or SSE, when its person may not be served any more, and asks so before each event.
 * Gives each event loaders of its own: those of the first one would remember its answers as long as the client stays.
 */
export function guardedSubscriptions(app: Baton): Plugin<ServedContext> {
  return {
    onSubscribe({ args }) {
      const context = args.contextValue as ServedContext;
      return {
        onSubscribeResult({ result, setResult }) {
          if (Symbol.asyncIterator in result) setResult(guarded(app, context, result[Symbol.asyncIterator]()));
        },
      };
    },
  };
}

function guarded(
  app: Baton,
  context: ServedContext,
  results: AsyncIterator<ExecutionResult>,
): AsyncIterableIterator<ExecutionResult> {
  let over = false;
  const end = () => {
    over = true;
    watched?.[Symbol.dispose]();
  };
  const watched =
    context.signedIn &&
    sessionWatchOf(app).watch(context.signedIn, () => {
      // Also ends a `next` that waits for an event.
      void results.return?.();
    });
  const parting = (): IteratorResult<ExecutionResult> => {
    end();
    return { done: false, value: { errors: [noLongerServed(context.requestId)] } };
  };
  const guardedResults: AsyncIterableIterator<ExecutionResult> = {
    async next() {
      if (over) return { done: true, value: undefined };
      context.loaders.clear();
      const result = await results.next();
      if (over) return { done: true, value: undefined };
      const held = watched?.holds() ?? true;
      if (held !== true && !(await held)) {
        await results.return?.();
        return parting();
      }
      if (result.done) end();
      return result;
    },
    async return() {
      end();
      await results.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: () => guardedResults,
  };
  return guardedResults;
}

function noLongerServed(requestId: string): GraphQLError {
  return new GraphQLError('Your token has expired, or you may not sign in any more. Sign in again.', {
    extensions: { code: 'UNAUTHENTICATED', requestId },
  });
}
