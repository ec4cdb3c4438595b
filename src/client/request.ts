import { BatonError, type ToldError } from './baton-error.js';

/** A request over HTTP. */
export interface HttpRequest {
  readonly url: string;
  readonly fetch: typeof fetch;
  readonly token: string | undefined;
  readonly query: string;
  readonly variables: unknown;
  /** Gives up after so long. */
  readonly timeoutMs: number;
  /** Gives up when one of them says so. */
  readonly signals: readonly (AbortSignal | undefined)[];
}

/**
 * Sends one request, once. Throws BatonError when the answer has errors, and whatever `fetch` throws when none came: then a
 * mutation may have happened, and one with an idempotency key can be sent again.
 */
export async function request<Result>({ url, fetch, token, query, variables, timeoutMs, signals }: HttpRequest) {
  const giveUp = new AbortController();
  // By hand: AbortSignal.any keeps what it was made of for as long as its sources live.
  const stop = () => giveUp.abort();
  const late = () => giveUp.abort(new Error(`The API did not answer within ${timeoutMs} ms.`));
  const timer = setTimeout(late, timeoutMs);
  for (const signal of signals) {
    if (signal?.aborted) stop();
    signal?.addEventListener('abort', stop);
  }
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) },
      body: JSON.stringify({ query, variables }),
      signal: giveUp.signal,
    });
    const { data, errors } = await readAnswer<Result>(response);
    if (errors || data == null) throw new BatonError(errors ?? []);
    return data;
  } finally {
    clearTimeout(timer);
    for (const signal of signals) signal?.removeEventListener('abort', stop);
  }
}

interface Answer<Data> {
  readonly data?: Data | null;
  readonly errors?: readonly ToldError[];
}

/** What a server answered; something else than the API, say a proxy, answers no JSON. */
async function readAnswer<Data>(response: Response): Promise<Answer<Data>> {
  const text = await response.text();
  try {
    return JSON.parse(text) as Answer<Data>;
  } catch {
    return { errors: [{ message: `The server answered ${response.status} ${response.statusText}`.trimEnd() }] };
  }
}
