import { once } from 'node:events';
import { createServer, request, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parse, validate } from 'graphql';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { createGraphiqlPage } from '../../src/app/graphiql.js';
import { prepareTabs } from '../../src/app/graphiql-tabs.js';
import { schema } from '../../src/app/schema.js';
import type { Baton } from '../../src/app/app.js';
import { openTestApp } from '../support/app.js';

const { app } = await openTestApp();
/** What GraphiQL writes on a tab. */
const titleOf = ({ query }: { query: string }) => /^(?:query|mutation|subscription) (\w+)/m.exec(query)![1]!;
const signed = /eyJ[\w-]+\.[\w-]+\.[\w-]+/;

/** The page of an application with other settings, on a port of its own. */
async function pageOf(config: Partial<Baton['config']>): Promise<number> {
  const server = createServer(await createGraphiqlPage({ ...app, config: { ...app.config, ...config } }));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterAll(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** By hand, since fetch names the host itself and undoes encodings. */
async function get(port: number, path: string, headers: Record<string, string> = {}) {
  const [answer] = (await once(request({ port, path, headers }).end(), 'response')) as [
    AsyncIterable<Buffer> & { statusCode: number; headers: IncomingHttpHeaders },
  ];
  const parts: Buffer[] = [];
  for await (const part of answer) parts.push(part);
  return { status: answer.statusCode, headers: answer.headers, body: Buffer.concat(parts) };
}

test.each(prepareTabs(null).map((tab) => ({ ...tab, title: titleOf(tab) })))(
  'the prepared tab $title asks for what the schema has',
  ({ query }) => {
    expect(validate(schema, parse(query))).toEqual([]);
  },
);

describe('with the sample company', () => {
  const opened = pageOf({ production: false, sampleCompany: true });

  test('every tab holds a token that signs its person in', async () => {
    const { body, headers } = await get(await opened, '/graphql');

    const [, json] = /<script type="application\/json" id="page">(.*?)<\/script>/.exec(body.toString())!;
    const page = JSON.parse(json!) as { tabs: { query: string; headers: string }[] };
    const people: Record<string, string> = {};
    for (const tab of page.tabs) {
      const { authorization } = JSON.parse(tab.headers) as { authorization: string };
      const signedIn = await app.authenticator.signIn(authorization.replace('Bearer ', ''));
      const { kind, name } = signedIn!.actor;
      const right = kind === 'member' && signedIn!.actor.rights ? 'administrator' : kind;
      people[titleOf(tab)] = `${right} ${name}`;
    }
    const administrator = 'administrator Grace Xu 徐静';
    expect(people).toEqual({
      Pool: administrator,
      Resign: administrator,
      LastDay: administrator,
      Preview: administrator,
      Transfer: administrator,
      Groups: administrator,
      Progress: administrator,
      Items: administrator,
      SuccessorInbox: 'member Ana Torres',
      CustomerNotices: 'customer 黄霞',
      Decline: 'customer 黄霞',
      Cancel: administrator,
      Approve: administrator,
      Retry: administrator,
      Undo: administrator,
      NewRule: administrator,
      Rules: administrator,
      ByRules: administrator,
      Statistics: administrator,
      Archive: administrator,
      Consent: 'customer 黄霞',
      Search: 'member Ben Carter',
      Conversation: administrator,
      Grant: administrator,
      Administrators: administrator,
      AuditLog: administrator,
    });
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'content-security-policy': expect.stringContaining("default-src 'none'; script-src 'self';") as string,
    });
  });

  test.each([
    ['127.0.0.1:4000', true],
    ['localhost', true],
    ['[::1]:4000', true],
    ['192.168.1.20:4000', true],
    ['evil.example:4000', false],
    ['127.0.0.1.evil.example', false],
    ['localhost.evil.example', false],
  ])('a browser that came by %s gets tokens: %s', async (host, gets) => {
    const { status, body } = await get(await opened, '/graphql', { host });
    expect({ status, gets: signed.test(body.toString()) }).toEqual({ status: 200, gets });
  });

  test('the files are small on the way, and kept by the browser', async () => {
    const port = await opened;
    const html = (await get(port, '/graphql')).body.toString();
    const script = /"(\/graphiql\/graphiql\.js\?[^"]+)"/.exec(html)![1]!;

    const plain = await get(port, script);
    const brotli = await get(port, script, { 'accept-encoding': 'gzip, deflate, br' });
    const gzip = await get(port, script, { 'accept-encoding': 'br;q=0, gzip' });
    expect(brotli.headers).toMatchObject({ 'content-encoding': 'br', vary: 'accept-encoding' });
    expect(brotli.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(gzip.headers['content-encoding']).toBe('gzip');
    expect(brotliDecompressSync(brotli.body).equals(plain.body)).toBe(true);
    expect(gunzipSync(gzip.body).equals(plain.body)).toBe(true);
    expect(brotli.body.length).toBeLessThan(plain.body.length / 3);

    const again = await get(port, script, { 'if-none-match': String(plain.headers.etag) });
    expect([again.status, again.body.length]).toEqual([304, 0]);
    expect((await get(port, '/graphiql/package.json')).status).toBe(404);
  });
});

test.each([
  ['in production', { production: true, sampleCompany: true }],
  ['without the sample company', { production: false, sampleCompany: false }],
])('%s no tab holds a token', async (_, config) => {
  const { status, body } = await get(await pageOf(config), '/graphql');

  expect(status).toBe(200);
  expect(body.toString()).not.toMatch(signed);
});
