import { request } from 'node:http';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { hire, notifications, openDoors, PlainClient } from '../app/open-doors.js';
import { occur } from '../features/inbox/inbox-seed.js';
import { openTestApp } from '../support/app.js';
import { departing } from '../support/seed.js';
import {
  createRandom,
  mutateBytes,
  mutateDocument,
  mutateHeaders,
  mutateValue,
  pick,
  type Random,
} from './mutations.js';

/** MUTATIONS=10000 for the whole of it (`npm run test:mutations`); SEED for that of a run that failed. */
const count = Number(process.env['MUTATIONS'] ?? 400);
const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const lanes = 4;

const baton = await openTestApp({ MOST_COST_PER_MINUTE: '0', MOST_CONNECTIONS_PER_PERSON: '100000' });
const doors = await openDoors(baton);
const { admin, leaver, ana, customers } = await departing(baton, { customers: 3 });

interface Operation {
  readonly query: string;
  readonly variables: Record<string, unknown>;
}

const operations: readonly Operation[] = [
  {
    query: `query Q($first: Int, $after: String, $filter: RelationFilter) { members(first: $first, after: $after) {
      nodes { id name customers(first: 2, filter: $filter) { totalCount nodes { remark customer { name } } } } pageInfo { endCursor } } }`,
    variables: {
      first: 3,
      after: null,
      filter: { city: { eq: 'Shanghai' }, and: [{ addedAt: { olderThanDays: 3 } }] },
    },
  },
  {
    query: 'query N($id: ID!, $ids: [ID!]!) { node(id: $id) { id } nodes(ids: $ids) { id ... on Member { name } } }',
    variables: { id: ana.id, ids: [leaver.id, ...customers.map(({ id }) => id)] },
  },
  {
    query:
      'query A($filter: AuditEventFilter) { auditEvents(first: 5, filter: $filter) { nodes { id action detail } } }',
    variables: { filter: { after: '2026-01-01T00:00:00Z', action: ['updateMember'] } },
  },
  {
    query: `mutation T($input: TransferCustomersInput!) { transferCustomers(input: $input) { transfer { id status } userErrors { code path } } }`,
    variables: {
      input: {
        leaverId: leaver.id,
        successorIds: [ana.id],
        selection: { all: true },
        note: 'Hello',
        idempotencyKey: 'k',
      },
    },
  },
  {
    query:
      'mutation U($input: UpdateMemberInput!) { updateMember(input: $input) { member { name } userErrors { code } } }',
    variables: { input: { memberId: ana.id, name: 'Ana', customerLimit: 7, mobile: null } },
  },
  {
    query: 'subscription S($after: String) { assignmentNotifications(after: $after) { __typename } }',
    variables: { after: null },
  },
];

const faults: string[] = [];
const seen = new Map<string, number>();
/** Which request it was, to send that one again. */
function note(index: number, what: string, isFault: boolean, text = ''): void {
  seen.set(what, (seen.get(what) ?? 0) + 1);
  if (isFault) faults.push(`request ${index} of seed ${seed}: ${what} ${text.slice(0, 2_000)}`);
}

/** Where to look for `INTERNAL_SERVER_ERROR` and the like, which a status of 200 would hide. */
const leaks = /INTERNAL_SERVER_ERROR|UNAVAILABLE|OVERLOADED|STORAGE_FULL|node_modules|prisma|SELECT |\.ts:\d/;

function mutated(random: Random, wrap: (operation: unknown) => unknown): Buffer {
  const operation = pick(random, operations);
  const kind = random(4);
  if (kind === 0)
    return Buffer.from(JSON.stringify(wrap({ ...operation, query: mutateDocument(random, operation.query) })));
  if (kind === 1) {
    return Buffer.from(JSON.stringify(wrap({ ...operation, variables: mutateValue(random, operation.variables) })));
  }
  const whole = wrap(operation);
  if (kind === 2) return Buffer.from(JSON.stringify(mutateValue(random, whole)) ?? '');
  return mutateBytes(random, Buffer.from(JSON.stringify(whole)));
}

function overHttp(random: Random, index: number): Promise<void> {
  const body = mutated(random, (operation) => operation);
  let headers: Record<string, string> = { 'content-type': 'application/json', authorization: `Bearer ${admin.token}` };
  if (random(4) === 0) headers = mutateHeaders(random, headers);
  if (random(8) === 0) return overRawHttp(random, index, headers, body);
  return new Promise((resolve) => {
    const path = random(16) === 0 ? `/graphql?${body.toString('latin1').replace(/[^\x21-\x7e]/g, '%')}` : '/graphql';
    const sent = request({
      ...{ host: '127.0.0.1', port: doors.port, method: random(16) === 0 ? 'PUT' : 'POST', path },
      headers: { ...headers, 'content-length': String(body.length) },
    });
    sent.on('error', (error) => {
      note(index, `HTTP ${error.message}`, true);
      resolve();
    });
    sent.on('response', (response) => {
      let text = '';
      const status = response.statusCode ?? 0;
      const told = () => {
        note(index, `HTTP ${status}`, status >= 500 || leaks.test(text), `${body.toString('latin1')} ${text}`);
        resolve();
      };
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('error', () => undefined).on('close', told);
      // An event stream has no end.
      if (response.headers['content-type']?.includes('event-stream')) sent.destroy();
    });
    sent.end(body);
  });
}

/** The whole request as bytes, of which some are wrong. */
function overRawHttp(random: Random, index: number, headers: Record<string, string>, body: Buffer): Promise<void> {
  const lines = Object.entries({ host: 'x', 'content-length': String(body.length), connection: 'close', ...headers });
  const head = `POST /graphql HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
  const bytes = mutateBytes(random, Buffer.concat([Buffer.from(head, 'latin1'), body]));
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(doors.port, '127.0.0.1', () => socket.end(bytes));
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      text += chunk;
      if (text.includes('event-stream')) socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      const status = /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 'none';
      note(index, `bytes ${status}`, status.startsWith('5') || leaks.test(text), text);
      resolve();
    });
  });
}

/** Speaks on one socket until the server closes it, then on the next. */
function createLine() {
  let socket: WebSocket | null = null;
  let heard = '';
  const open = async (): Promise<WebSocket> => {
    const opened = new WebSocket(doors.url, 'graphql-transport-ws');
    opened.on('error', () => undefined).on('message', (data: Buffer) => void (heard += data.toString()));
    await new Promise((resolve) => opened.once('open', resolve));
    opened.send(JSON.stringify({ type: 'connection_init', payload: { token: admin.token } }));
    await new Promise((resolve) => opened.once('message', resolve));
    return opened;
  };
  return async (random: Random, index: number): Promise<void> => {
    const line = (socket ??= await open());
    const bytes = mutated(random, (payload) => ({ type: 'subscribe', id: String(index), payload }));
    heard = '';
    const over = new Promise<number>((resolve) => {
      line.once('close', resolve);
      line.on('message', (data: Buffer) => data.toString() === '{"type":"pong"}' && resolve(0));
    });
    line.send(random(8) === 0 ? bytes : bytes.toString('utf8'), { binary: false });
    line.send('{"type":"ping"}');
    const code = await over;
    line.removeAllListeners('close').removeAllListeners('message');
    line.on('message', (data: Buffer) => void (heard += data.toString()));
    const closedByFault = [1006, 1011, 1013, 4500].includes(code);
    note(index, code === 0 ? 'WebSocket served' : `WebSocket ${code}`, closedByFault || leaks.test(heard), heard);
    // Operations that go on would fill the socket.
    if (code !== 0 || random(20) === 0) {
      line.terminate();
      socket = null;
    }
  };
}

test(
  `${count} mutated requests over HTTP and WebSocket: no fault, and others are served all along`,
  { timeout: 30_000 + count * 60 },
  async () => {
    console.log(`Mutated requests: SEED=${seed} MUTATIONS=${count}`);
    const member = await hire(baton);
    const token = await baton.tokenOf({ kind: 'member', ...member });
    const { data } = await baton.ask<{ assignmentNotifications: { headCursor: string } }>(
      token,
      '{ assignmentNotifications { headCursor } }',
    );
    const bystander = await PlainClient.signIn(doors.url, token);
    bystander.subscribe('1', notifications, { after: data.assignmentNotifications.headCursor });
    let told = 0;
    let telling = Promise.resolve();
    // One after the other: lanes come to their turns when they will.
    const tell = () =>
      (telling = telling.then(async () => {
        await occur(baton.app.db, member, { first: ++told });
        baton.app.wakeup.wake();
        expect((await bystander.next('next')).payload?.data?.['assignmentNotifications']?.['note']).toBe(String(told));
      }));
    await tell();

    let next = 0;
    const lane = async () => {
      const line = createLine();
      while (next < count) {
        const index = next++;
        const random = createRandom(seed + index);
        await (index % 2 === 0 ? overHttp(random, index) : line(random, index));
        if (index % 200 === 0) await tell();
      }
    };
    const answeredBefore = await baton.ask(admin.token, '{ viewer { __typename } }');
    await Promise.all(Array.from({ length: lanes }, lane));
    await tell();

    console.log(Object.fromEntries([...seen].sort()));
    expect(faults).toEqual([]);
    expect(await baton.ask(admin.token, '{ viewer { __typename } }')).toEqual(answeredBefore);
    expect(bystander.waiting).toBe(0);
    bystander.socket.terminate();
  },
);
