import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterAll, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { createSocketOutlets } from '../../src/app/socket-outlet.js';

const server = createServer().listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as AddressInfo;
const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
const outlets = createSocketOutlets(1024 * 1024);
let arrive: (line: { socket: WebSocket; stream: Duplex }) => void;
server.on('upgrade', (request, stream, head) =>
  sockets.handleUpgrade(request, stream, head, (socket) => arrive({ socket, stream })),
);
afterAll(() => {
  for (const socket of sockets.clients) socket.terminate();
  server.close();
});

/** An outlet, its socket, and what the other end has read. */
async function someOutlet() {
  const arrived = new Promise<{ socket: WebSocket; stream: Duplex }>((resolve) => (arrive = resolve));
  const client = new WebSocket(`ws://127.0.0.1:${port}`);
  const got: string[] = [];
  client.on('message', (data: Buffer) => got.push(data.toString()));
  const { socket, stream } = await arrived;
  if (client.readyState !== client.OPEN) await once(client, 'open');
  return { outlet: outlets.open(socket, stream), socket, client, got };
}

test.each([0, 1, 125, 126, 127, 65_535, 65_536, 300_000])(
  'a text of %d bytes arrives as it was, posted or sent, whole or in two parts, as text or as bytes',
  async (size) => {
    const { outlet, got } = await someOutlet();
    const text = 'é'.repeat(Math.floor(size / 2)) + 'x'.repeat(size % 2);
    const [head, body] = [text.slice(0, text.length / 3), text.slice(text.length / 3)];

    outlet.post(text, '');
    outlet.post(head, body);
    outlet.post(head, Buffer.from(body));
    await outlet.send(text);

    await expect.poll(() => got.length).toBe(4);
    expect(got.every((each) => each === text)).toBe(true);
  },
);

test('what is posted arrives in order, before what is sent after it, and for each socket its own', async () => {
  const [one, other] = [await someOutlet(), await someOutlet()];
  const notes = Array.from({ length: 2_000 }, (_, n) => String(n));
  for (const note of notes) {
    one.outlet.post('one ', note);
    other.outlet.post('other ', note);
    if (note.endsWith('99')) void one.outlet.send(`sent ${note}`);
  }

  await expect.poll(() => one.got.length + other.got.length).toBe(4_020);
  expect(other.got).toEqual(notes.map((note) => `other ${note}`));
  expect(one.got).toEqual(notes.flatMap((note) => [`one ${note}`, ...(note.endsWith('99') ? [`sent ${note}`] : [])]));
});

test('pings of the socket itself go between messages, never into one', async () => {
  const { outlet, socket, client, got } = await someOutlet();
  let pings = 0;
  client.on('ping', () => pings++);
  const long = 'x'.repeat(100_000);
  for (let n = 0; n < 20; n++) {
    outlet.post(`${n} `, long);
    socket.ping();
  }

  await expect.poll(() => got.length + pings).toBe(40);
  expect(got).toEqual(Array.from({ length: 20 }, (_, n) => `${n} ${long}`));
});

test('an outlet is full while the other end reads nothing, and has room again when it does', async () => {
  const { outlet, client, got } = await someOutlet();
  client.pause();
  let posted = 0;
  const long = 'x'.repeat(100_000);
  while (!outlet.full) {
    outlet.post(`${posted++} `, long);
    if (posted % 10 === 0) await new Promise(setImmediate);
  }
  expect(outlet.stalledFor(performance.now() + 1_000)).toBeGreaterThan(900);

  client.resume();
  await outlet.full;

  expect(outlet.full).toBeNull();
  expect(outlet.stalledFor(performance.now())).toBe(0);
  await expect.poll(() => got.length).toBe(posted);
  expect(got).toEqual(Array.from({ length: posted }, (_, n) => `${n} ${long}`));
});

test('what the system does not take at once stays as it was, whatever is written to others meanwhile', async () => {
  const [slow, quick] = [await someOutlet(), await someOutlet()];
  slow.client.pause();
  const short = (what: string) => what.repeat(8_000);
  let posted = 0;
  while (slow.socket.bufferedAmount === 0) {
    slow.outlet.post(`${posted++} `, short('s'));
    await new Promise(setImmediate);
  }
  quick.outlet.post('', short('q'));
  await expect.poll(() => quick.got).toEqual([short('q')]);

  slow.client.resume();

  await expect.poll(() => slow.got.length).toBe(posted);
  expect(slow.got).toEqual(Array.from({ length: posted }, (_, n) => `${n} ${short('s')}`));
});

test('what is posted on a socket that closes is dropped, and nobody waits for it', async () => {
  const { outlet, socket, client, got } = await someOutlet();
  await outlet.send('first');
  outlet.post('second', '');
  socket.close(1001);
  await once(client, 'close');
  outlet.post('third', '');

  expect(outlet.send('fourth')).toBeNull();
  expect(got).toEqual(['first']);
});
