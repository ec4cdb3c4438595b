import { getIntrospectionQuery } from 'graphql';
import { afterEach, expect, test, vi } from 'vitest';
import { documentLimits } from '../../src/app/document-limits.js';
import { openDoors, PlainClient } from '../app/open-doors.js';
import { openTestApp } from '../support/app.js';
import { departing } from '../support/seed.js';
import { hostileDocuments } from './hostile-documents.js';

const baton = await openTestApp();
const doors = await openDoors(baton);
const { admin } = await departing(baton, { customers: 1 });
const statements = vi.spyOn(baton.served.db, 'query');
afterEach(() => statements.mockClear());

/** Of the process, not of the clock on the wall: other tests run beside this one. */
const mostMs = 250;
/** What a WebSocket message may have; one that is larger closes the socket by its protocol. */
const largestMessage = 256 * 1024;

async function post(query: string): Promise<{ status: number; body: string; errors: Told[] }> {
  const response = await fetch(`http://127.0.0.1:${doors.port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${admin.token}` },
    body: JSON.stringify({ query }),
  });
  const body = await response.text();
  return { status: response.status, body, errors: (JSON.parse(body) as { errors?: Told[] }).errors ?? [] };
}

interface Told {
  readonly message: string;
  readonly extensions: { readonly code: string; readonly requestId: string };
}

function worked(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}

const documents = Object.entries(hostileDocuments).map(([name, { make, code }]) => [name, make(), code] as const);

// All of these before the first socket, which has its person looked up every second.
test.each(documents)('%s: refused over HTTP, at once and before any statement', async (_name, document, code) => {
  const since = process.cpuUsage();
  const { status, body, errors } = await post(document);
  const took = worked(since);

  expect(errors.map(({ extensions }) => extensions.code)).toContain(code);
  if (code === 'TOO_EXPENSIVE') expect(status).toBe(400);
  expect(body.length).toBeLessThan(1_000);
  expect(took).toBeLessThan(mostMs);
  expect(statements).not.toHaveBeenCalled();
});

test.each(documents)('%s: refused over WebSocket, and the socket serves on', async (_name, document, code) => {
  const client = await PlainClient.signIn(doors.url, admin.token);
  const since = process.cpuUsage();
  client.subscribe('bad', document);
  if (document.length > largestMessage) {
    expect((await client.closed).code).toBe(1009);
    return;
  }
  const told = await client.next('error');
  const took = worked(since);

  expect(told.payload?.map(({ extensions }) => extensions.code)).toContain(code);
  expect(took).toBeLessThan(mostMs);
  client.subscribe('good', '{ __typename }');
  expect((await client.next('next')).payload?.data).toEqual({ __typename: 'Query' });
  client.socket.close();
});

test('what people really send is not refused: the introspection of GraphiQL, and limits that are just met', async () => {
  const field = (n: number) => `a${n}: viewer { __typename }`;
  const good = [
    getIntrospectionQuery({ inputValueDeprecation: true, schemaDescription: true, specifiedByUrl: true }),
    `{ ${Array.from({ length: documentLimits.rootFields }, (_, n) => field(n)).join(' ')} }`,
  ];
  for (const document of good) {
    const { status, errors } = await post(document);
    expect(errors).toEqual([]);
    expect(status).toBe(200);
  }

  const { status, errors } = await post(
    `{ ${Array.from({ length: documentLimits.rootFields + 1 }, (_, n) => field(n)).join(' ')} }`,
  );
  expect(status).toBe(400);
  expect(errors[0]?.message).toContain('an operation has 51 fields at its root, at most 50 are taken');
});
