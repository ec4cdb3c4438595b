import { connect } from 'node:net';
import { afterAll, describe, expect, test } from 'vitest';
import { createHttpServer } from '../../src/app/http.js';
import { openTestApp } from '../support/app.js';
import { openDoors, PlainClient } from './open-doors.js';

const here = await openTestApp();

test('headers are cut within 30 seconds, a request within 40, an idle connection after 20', () => {
  const server = createHttpServer(here.served, here.yoga, null);
  afterAll(() => server.close());

  expect(server.headersTimeout).toBe(29_000);
  expect(server.requestTimeout).toBe(39_000);
  expect(server.keepAliveTimeout).toBe(20_000);
});

describe('a client that trickles is cut, and others are served', () => {
  const head = 'POST /graphql HTTP/1.1\r\nhost: x\r\n';

  test.each([
    ['headers', 'x', head],
    ['a body', '{', `${head}content-type: application/json\r\ncontent-length: 1000\r\n\r\n`],
  ])('%s', async (_what, drop, begin) => {
    const server = createHttpServer(here.served, here.yoga, null);
    // Whether they are over is looked at once a second.
    Object.assign(server, { headersTimeout: 300, requestTimeout: 400 });
    server.listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    afterAll(() => server.close());
    const { port } = server.address() as { port: number };
    const socket = connect(port, '127.0.0.1', () => socket.write(begin));
    const trickle = setInterval(() => socket.write(drop), 100);
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    socket.on('error', () => undefined);

    const since = performance.now();
    await new Promise((resolve) => socket.once('close', resolve));
    clearInterval(trickle);

    expect(performance.now() - since).toBeLessThan(5_000);
    expect(text).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('a WebSocket that says nothing: 4408', async () => {
    const doors = await openDoors(here, { limits: { initMs: 100 } });
    const client = await PlainClient.open(doors.url);

    expect((await client.closed).code).toBe(4408);
  });
});
