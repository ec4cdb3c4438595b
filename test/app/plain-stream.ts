import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import type { Refused } from './open-doors.js';

/** One event of an event stream, as it came over the line. */
export interface StreamEvent {
  readonly id?: string;
  readonly event?: string;
  readonly data?: { data?: Record<string, Record<string, unknown>>; errors?: Refused[] };
}

/** A client that reads Server-Sent Events line by line, to see what really goes over the line. */
export class PlainStream {
  readonly #events: StreamEvent[] = [];
  #stir: () => void = () => undefined;
  #text = '';
  #over = false;
  /** How many comments came. */
  comments = 0;
  /** The id that came last: what a browser would send as Last-Event-ID. */
  lastId: string | undefined;
  retryMs: number | undefined;
  /** How the line ended: by the server's word, or torn. */
  readonly closed: Promise<'ended' | 'torn'>;

  private constructor(readonly response: IncomingMessage) {
    this.closed = new Promise((resolve) => {
      response.on('end', () => resolve('ended')).on('error', () => resolve('torn'));
    });
    void this.closed.then(() => {
      this.#over = true;
      this.#stir();
    });
    response.setEncoding('utf8').on('data', (text: string) => {
      this.#text += text;
      const blocks = this.#text.split('\n\n');
      this.#text = blocks.pop() ?? '';
      blocks.forEach((block) => this.#read(block));
      this.#stir();
    });
  }

  /** Subscribes; what is refused before the stream begins has another status than 200. */
  static async open(
    port: number,
    token: string | null,
    query: string,
    { variables = {}, headers = {} }: { variables?: Record<string, unknown>; headers?: Record<string, string> } = {},
  ): Promise<PlainStream> {
    const sent = request({
      host: '127.0.0.1',
      port,
      path: '/graphql',
      method: 'POST',
      agent: false,
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream',
        ...(token !== null && { authorization: `Bearer ${token}` }),
        ...headers,
      },
    });
    sent.on('error', () => undefined);
    sent.end(JSON.stringify({ query, variables }));
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    return new PlainStream(response);
  }

  #read(block: string): void {
    const event: { id?: string; event?: string; data?: StreamEvent['data'] } = {};
    for (const line of block.split('\n')) {
      const [field = '', ...rest] = line.split(':');
      const value = rest.join(':').trim();
      if (field === '') this.comments++;
      else if (field === 'id') this.lastId = event.id = value;
      else if (field === 'retry') this.retryMs = Number(value);
      else if (field === 'event') event.event = value;
      else if (field === 'data' && value !== '') event.data = JSON.parse(value) as NonNullable<StreamEvent['data']>;
    }
    if (event.event !== undefined) this.#events.push(event);
  }

  /** The next event; throws when the stream ended before. */
  async next(): Promise<StreamEvent> {
    while (this.#events.length === 0) {
      if (this.#over) throw new Error('The stream has ended.');
      await new Promise<void>((resolve) => (this.#stir = resolve));
    }
    return this.#events.shift() ?? {};
  }

  get waiting(): number {
    return this.#events.length;
  }

  stop(): void {
    this.response.destroy();
  }
}
