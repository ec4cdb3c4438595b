import type { TestApp } from './app.js';

/** What a subscription pushed: data, or the errors it ended with. */
export interface Pushed {
  readonly data?: Record<string, Record<string, unknown>> | null;
  readonly errors?: readonly { message: string; extensions: { code: string; requestId: string } }[];
}

/** A subscription over SSE: its results one by one, until `close`. */
export interface EventStream {
  next(): Promise<Pushed>;
  close(): Promise<void>;
}

/** Subscribes as this person. What is refused comes as the first result, with errors. */
export async function openEventStream(
  { yoga }: Pick<TestApp, 'yoga'>,
  token: string | null,
  document: string,
  variables: Record<string, unknown> = {},
): Promise<EventStream> {
  const response = await yoga.fetch('http://baton.test/graphql', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      ...(token !== null && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ query: document, variables }),
  });
  if (!response.body) throw new Error('A subscription answers a stream.');
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  return {
    async next() {
      for (;;) {
        const end = text.indexOf('\n\n');
        if (end >= 0) {
          const event = text.slice(0, end);
          text = text.slice(end + 2);
          const line = event.split('\n').find((each) => each.startsWith('data: {'));
          if (line) return JSON.parse(line.slice('data: '.length)) as Pushed;
          continue;
        }
        const { done, value } = await reader.read();
        if (done) {
          // Refused before it began: a plain answer.
          if (text.trim().startsWith('{')) return JSON.parse(text) as Pushed;
          throw new Error('The stream has ended.');
        }
        text += decoder.decode(value, { stream: true });
      }
    },
    close: () => reader.cancel(),
  };
}
