/**
 * The baseline of bench:fanout: bare `ws` that sends a text of the product's size, serialised for each socket or once for
 * all. Speaks to its bench over IPC: `['each' | 'all', message, rounds]`, and answers when it began, on the monotonic clock.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';

const server = createServer();
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
server.listen(0, '0.0.0.0');
await once(server, 'listening');
console.log(JSON.stringify({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }));

process.on('message', ([how, message]: ['each' | 'all', { id: string; payload: object }]) => {
  const began = Number(process.hrtime.bigint());
  if (how === 'all') {
    const text = Buffer.from(JSON.stringify(message));
    for (const socket of sockets.clients) socket.send(text, { binary: false });
  } else {
    let number = 0;
    for (const socket of sockets.clients) {
      socket.send(JSON.stringify({ id: String(number++), type: 'next', payload: message.payload }));
    }
  }
  process.send?.(began);
});
