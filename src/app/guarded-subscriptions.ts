import { GraphQLError, type ExecutionResult } from 'graphql';
import type { Subscribe } from '../graphql/shared-results.js';
import { Direct, type DirectIterator, type Taker } from '../platform/direct.js';
import { admissionOf, type Cap } from './admission.js';
import type { Baton } from './app.js';
import { networkOf } from './client-address.js';
import type { ServedContext } from './http.js';
import { sessionWatchOf, type WatchedSession } from './session-watch.js';

/**
 * Refuses subscriptions past what one person may have open, and event streams past what a person or an address may.
 * Ends a subscription, over WebSocket or SSE, when its person may not be served any more, and asks so before each event.
 */
export function guardedSubscribe(app: Baton, subscribe: Subscribe): Subscribe {
  return async (args) => {
    const context = args.contextValue as ServedContext;
    const admitted = admit(app, context);
    if (admitted instanceof GraphQLError) return { errors: [admitted] };
    try {
      const result = await subscribe(args);
      if (Symbol.asyncIterator in result) return new GuardedResults(app, context, result, admitted);
      admitted[Symbol.dispose]();
      return result;
    } catch (error) {
      admitted[Symbol.dispose]();
      throw error;
    }
  };
}

class Places implements Disposable {
  readonly #places: Disposable[] = [];
  add(place: Disposable): void {
    this.#places.push(place);
  }
  [Symbol.dispose](): void {
    for (const place of this.#places.splice(0)) place[Symbol.dispose]();
  }
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
  const all = new Places();
  for (const [cap, key, code, what] of asked) {
    const place = key == null ? undefined : cap.admit(key);
    if (place === null) {
      all[Symbol.dispose]();
      const http = bookmark ? { http: { status: 429, headers: { 'retry-after': '5' } } } : {};
      return new GraphQLError(`At most ${cap.most} ${what} are served at once. End one first.`, {
        extensions: { code, requestId, ...http },
      });
    }
    if (place) all.add(place);
  }
  return all;
}

class GuardedResults extends Direct<ExecutionResult> implements Taker<ExecutionResult> {
  #taker: Taker<ExecutionResult> | undefined;
  #over = false;
  readonly #watched: WatchedSession | null;

  constructor(
    app: Baton,
    private readonly context: ServedContext,
    private readonly results: DirectIterator<ExecutionResult>,
    private readonly admitted: Disposable,
  ) {
    super();
    // Also ends a `next` that waits for an event.
    const lost = () => void results.return();
    this.#watched = context.signedIn && sessionWatchOf(app).watch(context.signedIn, lost);
  }

  private end(): void {
    this.#over = true;
    this.#watched?.[Symbol.dispose]();
    this.admitted[Symbol.dispose]();
  }

  take(result: ExecutionResult): boolean {
    if (this.#over || !this.#taker) return false;
    return (this.#watched?.holds() ?? true) === true && this.#taker.take(result);
  }

  async next(taker?: Taker<ExecutionResult>): Promise<IteratorResult<ExecutionResult>> {
    if (this.#over) return { done: true, value: undefined };
    this.#taker = taker;
    const result = await this.results.next(taker && this);
    if (this.#over) return { done: true, value: undefined };
    const held = this.#watched?.holds() ?? true;
    if (held !== true && !(await held)) {
      await this.results.return();
      this.end();
      return { done: false, value: { errors: [noLongerSignedIn(this.context.requestId)] } };
    }
    if (result.done) this.end();
    return result;
  }

  async return(): Promise<IteratorResult<ExecutionResult>> {
    this.end();
    await this.results.return();
    return { done: true, value: undefined };
  }
}

/** The error for a person who may not be served any more as they signed in. */
export function noLongerSignedIn(requestId: string): GraphQLError {
  return new GraphQLError('Your token has expired, or what you may do has changed. Sign in again.', {
    extensions: { code: 'UNAUTHENTICATED', requestId },
  });
}
