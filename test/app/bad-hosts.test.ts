import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { openTestApp } from '../support/app.js';
import { openDoors } from './open-doors.js';

const { port } = await openDoors(await openTestApp());

function answerTo(head: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => socket.end(head.replaceAll('\n', '\r\n')));
    socket
      .setEncoding('utf8')
      .on('data', (chunk: string) => (text += chunk))
      .on('error', reject)
      .on('close', () => resolve(text));
  });
}

test.each(['a b', 'x:65536', 'x:y', '[', 'a%', '<script>', 'x, y'])(
  'a request to the host %j, which is none, is refused and told nothing of the inside',
  async (host) => {
    const body = '{"query":"{ __typename }"}';
    const type = `content-type: application/json\ncontent-length: ${body.length}`;
    for (const asked of [
      `POST /graphql HTTP/1.1\n${type}`,
      'GET /graphql HTTP/1.1\naccept: text/html',
      'GET / HTTP/1.1',
    ]) {
      const answer = await answerTo(
        `${asked}\nhost: ${host}\nconnection: close\n\n${asked.startsWith('POST') ? body : ''}`,
      );

      expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
      expect(answer).toContain('The Host header names no host. Send the name and port of this server.\n');
    }
  },
);

test.each(['x', 'x:80', '127.0.0.1:4000', '[::1]:4000', 'my_host', 'bücher.example'])(
  'the host %j is served',
  async (host) => {
    const answer = await answerTo(`GET /livez HTTP/1.1\nhost: ${host}\nconnection: close\n\n`);

    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  },
);
