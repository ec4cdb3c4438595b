import { GraphQLError, type ExecutionResult } from 'graphql';
import type { Subscribe } from '../graphql/shared-results.js';
import type { DirectIterator, Taker } from '../platform/direct.js';
import { admissionOf, type Cap } from './admission.js';
import type { Baton } from './app.js';
import { networkOf } from './client-address.js';
import type { ServedContext } from './http.js';
import { sessionWatchOf } from './session-watch.js';

/**
 * Refuses subscriptions past what one person may have open, and event streams past what a person or an address may.
 * Ends a subscription, over WebSocket or SSE, when its person may not be served any more, and asks so before each event.
 * Gives each event loaders of its own: those of the first one would remember its answers as long as the client stays.
 */
export function guardedSubscribe(app: Baton, subscribe: Subscribe): Subscribe {
  return async (args) => {
    const context = args.contextValue as ServedContext;
    const admitted = admit(app, context);
    if (admitted instanceof GraphQLError) return { errors: [admitted] };
    try {
      const result = await subscribe(args);
      if (Symbol.asyncIterator in result) return guarded(app, context, result, admitted);
      admitted[Symbol.dispose]();
      return result;
    } catch (error) {
      admitted[Symbol.dispose]();
      throw error;
    }
  };
}

/** Counts the subscription, and the event stream it comes on, until disposed; or answers the refusal. */
function admit(app: Baton, { signedIn, address, requestId, bookmark }: ServedContext): Disposable | GraphQLError {
  const { connectionsOfAddress, connectionsOfPerson, subscriptionsOfPerson } = admissionOf(app);
  const asked: [Cap, string | null | undefined, code: string, what: string][] = [
    [subscriptionsOfPerson, signedIn?.session.personId, 'TOO_MANY_SUBSCRIPTIONS', 'subscriptions of one person'],
  ];
  // A socket was counted when it opened.
  if (bookmark) {
    asked.push(
      [connectionsOfAddress, address && networkOf(address), 'TOO_MANY_CONNECTIONS', 'connections from one address'],
      [connectionsOfPerson, signedIn?.session.personId, 'TOO_MANY_CONNECTIONS', 'connections of one person'],
    );
  }
  const counted: Disposable[] = [];
  const leave = () => counted.splice(0).forEach((place) => place[Symbol.dispose]());
  for (const [cap, key, code, what] of asked) {
    const place = key == null ? undefined : cap.admit(key);
    if (place === null) {
      leave();
      const http = bookmark ? { http: { status: 429, headers: { 'retry-after': '5' } } } : {};
      return new GraphQLError(`At most ${cap.most} ${what} are served at once. End one first.`, {
        extensions: { code, requestId, ...http },
      });
    }
    if (place) counted.push(place);
  }
  return { [Symbol.dispose]: leave };
}

function guarded(
  app: Baton,
  context: ServedContext,
  results: DirectIterator<ExecutionResult>,
  admitted: Disposable,
): DirectIterator<ExecutionResult> {
  let over = false;
  const end = () => {
    over = true;
    watched?.[Symbol.dispose]();
    admitted[Symbol.dispose]();
  };
  const watched =
    context.signedIn &&
    sessionWatchOf(app).watch(context.signedIn, () => {
      // Also ends a `next` that waits for an event.
      void results.return?.();
    });
  const parting = (): IteratorResult<ExecutionResult> => {
    end();
    return { done: false, value: { errors: [noLongerSignedIn(context.requestId)] } };
  };
  const passingTo = (taker: Taker<ExecutionResult>) => (result: ExecutionResult) => {
    if (over || (watched?.holds() ?? true) !== true || !taker(result)) return false;
    context.loaders.clear();
    return true;
  };
  const guardedResults: DirectIterator<ExecutionResult> = {
    async next(taker) {
      if (over) return { done: true, value: undefined };
      context.loaders.clear();
      const result = await results.next(taker && passingTo(taker));
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

/** The error for a person who may not be served any more as they signed in. */
export function noLongerSignedIn(requestId: string): GraphQLError {
  return new GraphQLError('Your token has expired, or what you may do has changed. Sign in again.', {
    extensions: { code: 'UNAUTHENTICATED', requestId },
  });
}
