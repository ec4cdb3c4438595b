import { request } from 'node:http';
import { afterAll, expect, inject, test } from 'vitest';
import { createApp } from '../../src/app/app.js';
import { readConfig } from '../../src/app/config.js';
import { createGraphqlHandler } from '../../src/app/http.js';
import { issueToken } from '../../src/app/tokens.js';
import { openDatabase } from '../../src/platform/db/database.js';
import { createLogger } from '../../src/platform/log.js';
import { openDoors, PlainClient } from '../app/open-doors.js';
import { openTestDatabase } from '../support/database.js';
import { ownerDatabase } from '../support/owner-database.js';
import { departing } from '../support/seed.js';
import { openWay } from '../support/way.js';

const onServer = inject('databaseTemplate').kind === 'postgres';

/** The application on a database whose line can be cut, and on ten connections as by default. */
async function open() {
  const { db: direct, url = '' } = await openTestDatabase();
  const to = new URL(url);
  const way = await openWay(() => ({ host: to.hostname, port: Number(to.port || 5432) }));
  const log = createLogger({ level: 'silent' });
  const db = await openDatabase({ url: way.through(url), log, poolSize: 10 });
  const clock = { now: () => new Date('2026-03-02T08:00:00.000Z') };
  const app = await createApp(readConfig({ NODE_ENV: 'test', RUNNER: 'false' }), { db, clock, log });
  afterAll(async () => {
    await app[Symbol.asyncDispose]();
    await db[Symbol.asyncDispose]();
    await way[Symbol.asyncDispose]();
  });
  const test = {
    ...{ app: { ...app, db: ownerDatabase(db) }, served: app, yoga: createGraphqlHandler(app) },
    clock: { ...clock, advance: () => undefined, set: () => undefined },
    tokenOf: ({ kind, id, enterpriseId }: { kind: 'member' | 'customer'; id: string; enterpriseId: string }) =>
      issueToken(app, { kind, personId: id, enterpriseId }),
  };
  const doors = await openDoors(test);
  return { way, direct, doors, story: await departing(test, { customers: 3 }) };
}
const here = onServer ? await open() : null;

interface Answered {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly text: string;
}

/** By hand: fetch shares a pool of connections, and would queue hundreds of requests. */
function call(path: string, token: string | null = null, operation?: object): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const body = operation && JSON.stringify(operation);
    const headers = {
      ...(body !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
      ...(token !== null && { authorization: `Bearer ${token}` }),
    };
    const sent = request({ port: here?.doors.port, path, headers, method: body ? 'POST' : 'GET', agent: false });
    sent.on('error', reject).on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'], text }),
      );
    });
    sent.end(body);
  });
}

const codesOf = ({ text }: Pick<Answered, 'text'>) =>
  (JSON.parse(text) as { errors?: { extensions: { code: string } }[] }).errors?.map(
    ({ extensions }) => extensions.code,
  );

const rename =
  'mutation ($id: ID!, $name: String!) { updateMember(input: { memberId: $id, name: $name }) { userErrors { code } } }';

test.runIf(onServer)('with the database gone, everything that needs it says so and when to come back', async () => {
  const { way, direct, doors, story } = here!;
  const { admin, ana } = story;
  const nameOf = async () => (await direct.prisma.member.findUniqueOrThrow({ where: { id: ana.uuid } })).name;
  const mutation = { query: rename, variables: { id: ana.id, name: 'Anna' } };
  const client = await PlainClient.signIn(doors.url, admin.token);
  expect((await call('/readyz')).status).toBe(200);

  way.set('torn');
  try {
    const answers = {
      mutation: await call('/graphql', admin.token, mutation),
      query: await call('/graphql', admin.token, { query: '{ members { nodes { name } } }' }),
      nothing: await call('/graphql', null, { query: '{ __typename }' }),
    };
    client.subscribe('1', rename, mutation.variables);
    const { payload } = await client.next('next');
    const late = await PlainClient.open(doors.url);
    late.send({ type: 'connection_init', payload: { token: story.ben.token } });
    // Not 4500, after which clients would not come back.
    expect((await late.closed).code).toBe(1013);

    for (const answer of [answers.mutation, answers.query]) {
      expect([answer.status, answer.retryAfter, codesOf(answer)]).toEqual([503, '5', ['UNAVAILABLE']]);
      expect(answer.text).not.toMatch(/ECONN|127\.0\.0\.1|prisma|postgres|select/i);
    }
    expect(payload?.errors?.map(({ extensions }) => extensions)).toEqual([
      { code: 'UNAVAILABLE', retryAfterSeconds: 5, requestId: expect.any(String) as string },
    ]);
    expect([answers.nothing.status, answers.nothing.text]).toEqual([
      200,
      `{"data":{"__typename":"Query"},"extensions":{"cost":101}}`,
    ]);
    expect(await call('/livez')).toMatchObject({ status: 200 });
    expect(await call('/readyz')).toMatchObject({ status: 503, text: 'the database does not answer\n' });
    expect(await call('/metrics')).toMatchObject({ status: 503, text: 'the database does not answer\n' });
    expect(await nameOf()).toBe('Ana');
  } finally {
    way.set('open');
  }

  expect(codesOf(await call('/graphql', admin.token, mutation))).toBeUndefined();
  expect(await nameOf()).toBe('Anna');
  expect(await call('/readyz')).toMatchObject({ status: 200 });
  client.socket.terminate();
});

test.runIf(onServer)(
  '300 mutations at once on ten connections are done, or refused as too many: none is a fault',
  async () => {
    const { direct, story } = here!;
    const { admin, ben } = story;
    // Whoever holds a line of the pool waits for this, longer than the pool lets others wait.
    const held = direct.prisma.$transaction(
      async (tx) => {
        await tx.$queryRaw`SELECT 1 FROM member WHERE id = ${ben.uuid}::uuid FOR UPDATE`;
        await tx.$queryRaw`SELECT pg_sleep(12)::text`;
      },
      { timeout: 20_000 },
    );

    const sent = Array.from({ length: 300 }, (_, n) =>
      call('/graphql', admin.token, { query: rename, variables: { id: ben.id, name: `Ben ${n}` } }),
    );
    const answers = await Promise.all(sent);
    await held;

    const kinds = answers.map((answer) => `${answer.status} ${answer.retryAfter} ${codesOf(answer)?.join() ?? 'done'}`);
    expect([...new Set(kinds)].filter((kind) => kind !== '200 undefined done')).toEqual(['503 2 OVERLOADED']);
    // What was refused did nothing, and the next one is served.
    const { name } = await direct.prisma.member.findUniqueOrThrow({ where: { id: ben.uuid } });
    const done = kinds.flatMap((kind, n) => (kind === '200 undefined done' ? [`Ben ${n}`] : []));
    expect(['Ben', ...done]).toContain(name);
    const next = await call('/graphql', admin.token, { query: rename, variables: { id: ben.id, name: 'Benno' } });
    expect([next.status, codesOf(next)]).toEqual([200, undefined]);
  },
);
