import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { issueToken } from '../../src/app/tokens.js';
import { openTestApp } from '../support/app.js';
import { hire, notifications, openDoors, PlainClient } from './open-doors.js';

const here = await openTestApp();
const doors = await openDoors(here, { limits: { initMs: 300 } });
const member = await hire(here);
const token = await here.tokenOf({ kind: 'member', ...member });

const init = { type: 'connection_init', payload: { token } };
const follow = { type: 'subscribe', id: '1', payload: { query: notifications } };

/** Messages as they are sent, and the code by which the protocol wants the socket closed. */
const wrong: readonly (readonly [string, readonly (object | string)[], number, RegExp])[] = [
  ['what is no JSON', ['{'], 4400, /Invalid message/],
  ['JSON that is no message', ['[]'], 4400, /Invalid message/],
  ['a message of no known type', [{ type: 'hello' }], 4400, /Invalid message/],
  ['a message that only servers send', [init, { type: 'next', id: '1', payload: {} }], 4400, /./],
  [
    'a subscribe message without a document',
    [init, { type: 'subscribe', id: '1', payload: {} }],
    4400,
    /Invalid message/,
  ],
  [
    'a subscribe message without an id',
    [init, { type: 'subscribe', payload: { query: '{ __typename }' } }],
    4400,
    /Invalid/,
  ],
  ['a token of nobody', [{ type: 'connection_init', payload: { token: 'x' } }], 4401, /not valid/],
  ['subscribing before connection_ack', [follow], 4401, /Unauthorized/],
  ['an id that is in use', [init, follow, follow], 4409, /Subscriber for 1 already exists/],
  ['a second connection_init', [init, { ...init }], 4429, /Too many initialisation requests/],
  ['nothing, for as long as connection_init may take', [], 4408, /Connection initialisation timeout/],
];

describe('a socket is closed as the protocol says after', () => {
  test.each(wrong)('%s', async (_what, messages, code, reason) => {
    const client = await PlainClient.open(doors.url);
    for (const message of messages) {
      client.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
      if (message === init && message !== messages.at(-1)) await client.next('connection_ack');
    }

    const closed = await client.closed;

    expect(closed).toEqual({ code, reason: expect.stringMatching(reason) as string });
  });

  test('a token that has expired: 4403, after which a client may come back with a new one', async () => {
    const client = await PlainClient.open(doors.url);
    const expired = await issueToken(here.app, { kind: 'member', personId: member.id, ...member }, -1);
    client.send({ type: 'connection_init', payload: { token: expired } });

    expect((await client.closed).code).toBe(4403);
  });

  test('no protocol named at the handshake: 4406', async () => {
    const socket = new WebSocket(doors.url);
    socket.on('error', () => undefined);
    const [code] = (await once(socket, 'close')) as [number];

    expect(code).toBe(4406);
  });

  test('none of it, when others do it: who behaves stays', async () => {
    const client = await PlainClient.signIn(doors.url, token);
    const bad = await PlainClient.open(doors.url);
    bad.socket.send('{');
    await bad.closed;
    client.send({ type: 'ping' });

    await client.next('pong');
    client.socket.terminate();
  });
});
