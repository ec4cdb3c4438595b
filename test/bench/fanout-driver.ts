/**
 * The clients of bench:fanout, in a process of their own. Takes `Order`s over IPC, one at a time, and answers each with a
 * `Report`. All times are of the monotonic clock, in nanoseconds, which processes of one machine share.
 */
import { once } from 'node:events';
import { WebSocket } from 'ws';

/** What the driver is to do. */
export type Order =
  /** Open so many sockets and, with tokens, subscribe on each; one after another from 127.0.0.1 to .8. */
  | { readonly do: 'open'; readonly url: string; readonly count: number; readonly follow: Follow | null }
  /** Wait until each open socket has got so many messages more. */
  | { readonly do: 'expect'; readonly each: number }
  /** How the sockets fare. */
  | { readonly do: 'count' }
  | { readonly do: 'close' };

/** What is subscribed to on each socket; socket n signs in with token n, from the first again after the last. */
export interface Follow {
  readonly tokens: readonly string[];
  /** Answers a cursor as `headCursor`; null: the subscription begins with a state, which is waited for. */
  readonly head: string | null;
  readonly document: string;
  readonly variables: object;
}

/** What the driver has seen. */
export interface Report {
  /** When each message came that was expected. */
  readonly at: readonly number[];
  /** The last one, as it came. */
  readonly text: string;
  readonly open: number;
  /** Messages that came after all that were expected had come. */
  readonly surplus: number;
}

const atOnce = 100;
const sockets: WebSocket[] = [];
let expected = 0;
let surplus = 0;
let text = '';
let at: number[] = [];
let complete: (() => void) | undefined;
let remaining: number[] = [];

const report = (): Report => ({
  at,
  text,
  open: sockets.filter((socket) => socket.readyState === WebSocket.OPEN).length,
  surplus,
});

function receive(index: number, data: Buffer): void {
  if ((remaining[index] ?? 0) <= 0) {
    surplus++;
    return;
  }
  remaining[index]!--;
  at.push(Number(process.hrtime.bigint()));
  text = data.toString();
  if (--expected === 0) complete?.();
}

interface Answer {
  readonly type: string;
  readonly payload?: { readonly data?: unknown };
}

/** What comes on a socket, one after another. Two may come at once, so `once` would miss the second. */
function answersOf(socket: WebSocket): { next(): Promise<Answer>; stop(): void } {
  const waiting: Answer[] = [];
  let stir: () => void = () => undefined;
  const listen = (data: Buffer) => {
    waiting.push(JSON.parse(data.toString()) as Answer);
    stir();
  };
  socket.on('message', listen);
  return {
    async next() {
      for (;;) {
        const answer = waiting.shift();
        if (answer) return answer;
        await new Promise<void>((resolve) => (stir = resolve));
      }
    },
    stop: () => void socket.off('message', listen),
  };
}

async function openOne(url: string, index: number, follow: Follow | null): Promise<void> {
  const socket = new WebSocket(url, 'graphql-transport-ws', {
    localAddress: `127.0.0.${1 + (index % 8)}`,
    perMessageDeflate: false,
  });
  await once(socket, 'open');
  if (follow) {
    const answers = answersOf(socket);
    const say = (message: object) => socket.send(JSON.stringify(message));
    say({ type: 'connection_init', payload: { token: follow.tokens[index % follow.tokens.length] } });
    if ((await answers.next()).type !== 'connection_ack') throw new Error('A socket was not acknowledged.');
    const id = crypto.randomUUID();
    let variables = follow.variables;
    if (follow.head !== null) {
      say({ type: 'subscribe', id: 'head', payload: { query: follow.head } });
      const { payload } = await answers.next();
      if (payload?.data == null) throw new Error(`A cursor was refused: ${JSON.stringify(payload)}`);
      await answers.next();
      const after = /"headCursor":"([^"]+)"/.exec(JSON.stringify(payload))?.[1];
      variables = { ...variables, after };
    }
    say({ type: 'subscribe', id, payload: { query: follow.document, variables } });
    if (follow.head === null) {
      const first = await answers.next();
      if (first.payload?.data == null) throw new Error(`A subscription answered ${JSON.stringify(first)}`);
    }
    answers.stop();
  }
  sockets[index] = socket;
  socket.on('message', (data: Buffer) => receive(index, data));
  socket.on('error', () => undefined);
}

async function carryOut(order: Order): Promise<Report> {
  if (order.do === 'open') {
    let next = 0;
    const work = async () => {
      while (next < order.count) await openOne(order.url, next++, order.follow);
    };
    await Promise.all(Array.from({ length: atOnce }, work));
  }
  if (order.do === 'expect') {
    at = [];
    surplus = 0;
    remaining = sockets.map(() => order.each);
    expected = sockets.length * order.each;
    const all = new Promise<void>((resolve) => (complete = resolve));
    process.send?.('ready');
    await all;
  }
  if (order.do === 'close') {
    const closed = sockets.map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    for (const socket of sockets) socket.terminate();
    await Promise.all(closed);
    sockets.length = 0;
  }
  return report();
}

process.on('message', (order: Order) => {
  carryOut(order).then(
    (done) => process.send?.(done),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
