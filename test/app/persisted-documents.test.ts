import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getIntrospectionQuery } from 'graphql';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { createApp } from '../../src/app/app.js';
import { readConfig } from '../../src/app/config.js';
import { createGraphqlHandler } from '../../src/app/http.js';
import { createLogger } from '../../src/platform/log.js';
import { openTestApp } from '../support/app.js';
import { openDoors, PlainClient } from './open-doors.js';

const folder = mkdtempSync(join(tmpdir(), 'baton-documents-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'persisted-documents.json');
const listed = 'query Named {\n  __typename\n}';
const id = 'the-id-that-codegen-made';
const subscription = 'subscription Inbox { assignmentNotifications { __typename } }';
// As codegen lists them: fragments first.
const sorted = 'fragment F on Query { __typename } query Sorted { ...F }';
writeFileSync(file, JSON.stringify({ [id]: listed, other: subscription, sorted }));

const base = await openTestApp();

/** The same application with this setting. */
async function openWith(mode: 'report' | 'enforce') {
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  const settings = { NODE_ENV: 'test', RUNNER: 'false', PERSISTED_DOCUMENTS: mode, PERSISTED_DOCUMENTS_FILE: file };
  const app = await createApp(readConfig(settings), {
    ...base.served,
    log: createLogger({ level: 'warn', destination }),
  });
  afterAll(() => app[Symbol.asyncDispose]());
  return { lines, doors: await openDoors({ app, yoga: createGraphqlHandler(app) }) };
}

async function post(port: number, body: object) {
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const { data, errors } = (await response.json()) as { data?: unknown; errors?: { extensions: { code: string } }[] };
  return [response.status, errors?.map(({ extensions }) => extensions.code) ?? data];
}

const byId = (hash: string) => ({ extensions: { persistedQuery: { version: 1, sha256Hash: hash } } });
const answer = { __typename: 'Query' };

describe('enforced', async () => {
  const { doors } = await openWith('enforce');

  test.each([
    ['a listed document', { query: listed }, [200, answer]],
    ['a listed document, spaced otherwise', { query: 'query Named{__typename} # short' }, [200, answer]],
    [
      'a listed document, as it was written and not sorted',
      { query: 'query Sorted { ...F } fragment F on Query { __typename }' },
      [200, answer],
    ],
    ['the id of a listed document', byId(id), [200, answer]],
    ['an id that is not listed', byId('nothing'), [400, ['PERSISTED_DOCUMENT_NOT_FOUND']]],
    ['another document', { query: '{ __typename }' }, [400, ['PERSISTED_DOCUMENT_REQUIRED']]],
    [
      'another document, with a listed id',
      { query: '{ __typename }', ...byId(id) },
      [400, ['PERSISTED_DOCUMENT_REQUIRED']],
    ],
    ['introspection', { query: getIntrospectionQuery() }, [400, ['PERSISTED_DOCUMENT_REQUIRED']]],
  ])('%s over HTTP', async (_what, body, expected) => {
    const statements = vi.spyOn(base.served.db, 'query');

    expect(await post(doors.port, body)).toEqual(expected);

    expect(statements).not.toHaveBeenCalled();
    statements.mockRestore();
  });

  test('the same over WebSocket, and the socket serves on', async () => {
    const client = await PlainClient.signIn(doors.url, null);
    const send = (number: string, payload: object) => client.send({ type: 'subscribe', id: number, payload });
    const refused: (string | undefined)[] = [];
    send('1', { query: '{ __typename }' });
    refused.push((await client.next('error')).payload?.[0]?.extensions.code);
    send('2', { query: 'subscription { customerNotices { __typename } }' });
    refused.push((await client.next('error')).payload?.[0]?.extensions.code);
    send('3', { query: '', ...byId('nothing') });
    refused.push((await client.next('error')).payload?.[0]?.extensions.code);
    send('4', { query: '', ...byId(id) });
    const served = (await client.next('next')).payload?.data;
    await client.next('complete');
    send('5', { query: subscription });

    expect(refused).toEqual([
      'PERSISTED_DOCUMENT_REQUIRED',
      'PERSISTED_DOCUMENT_REQUIRED',
      'PERSISTED_DOCUMENT_NOT_FOUND',
    ]);
    expect(served).toEqual(answer);
    // Let through, and then refused for having no person.
    expect((await client.next('next')).payload?.errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
    client.socket.terminate();
  });
});

test('reported: everything is answered, and each document that is not listed is logged once, on whatever way it came', async () => {
  const { doors, lines } = await openWith('report');
  const client = await PlainClient.signIn(doors.url, null);

  for (let n = 0; n < 3; n++) {
    expect(await post(doors.port, { query: 'query Mine { __typename }' })).toEqual([200, answer]);
    client.subscribe(String(n), 'query Mine { __typename }');
    expect((await client.next('next')).payload?.data).toEqual(answer);
    await client.next('complete');
  }
  await post(doors.port, { query: '{ __typename }' });
  await post(doors.port, { query: listed });
  client.socket.terminate();

  expect(lines.map(({ msg, operations, hash }) => [msg, operations, hash])).toEqual([
    ['A document that is not listed was asked for', ['Mine'], expect.stringMatching(/^[0-9a-f]{64}$/)],
    ['A document that is not listed was asked for', ['unnamed query'], expect.stringMatching(/^[0-9a-f]{64}$/)],
  ]);
});
