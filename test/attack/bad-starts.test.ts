import { once } from 'node:events';
import { mkdtempSync, openAsBlob, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, onTestFinished, test } from 'vitest';
import { readConfig } from '../../src/app/config.js';
import { openDatabase } from '../../src/platform/db/database.js';
import { StartupError } from '../../src/platform/errors.js';
import { createLogger } from '../../src/platform/log.js';
import { startProcess } from '../support/process.js';

const secret = 'hunter2-hunter2-hunter2-hunter2-hunter2';

/** Starts the server, which must give up: one message for a person, exit code 1, no stack, and no secret anywhere. */
async function refusal(env: Readonly<Record<string, string>>, args: readonly string[] = []): Promise<string> {
  const server = startProcess(args, { NODE_ENV: 'test', PORT: '0', DATA_DIR: join(newFolder(), 'data'), ...env });
  const code = await server.ended;

  const { stdout, stderr } = server;
  expect(`${code} ${stderr}`).toMatch(/^1 \S/);
  expect(stdout + stderr).not.toMatch(/^\s+at |node:internal|\.ts:\d+|\[object|undefined/m);
  expect(stdout + stderr).not.toContain(secret);
  expect(stderr.trim().split('\n').length).toBeLessThan(10);
  return stderr;
}

/** What the same start would print, without a process: why the database cannot be opened. */
async function openingRefused(database: { url: string } | { dataDir: string }): Promise<string> {
  const opening = openDatabase({ ...database, log: createLogger({ level: 'silent' }) });
  const message = await opening.then(
    () => 'It opened.',
    (error: unknown) => {
      expect(error).toBeInstanceOf(StartupError);
      return (error as StartupError).message;
    },
  );
  expect(message).not.toContain(secret);
  return message;
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'baton-start-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Something that listens, and answers whatever it is sent with this; nothing for silence. */
async function listener(answer: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).once('data', () => answer(socket));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** An error as a PostgreSQL server reports it. */
function errorResponse(code: string, message: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${message}\0\0`);
  const head = Buffer.alloc(5, 'E');
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}

const at = (port: number) => `postgresql://baton:${secret}@127.0.0.1:${port}/baton`;

test('nothing listens at the address of the database', async () => {
  expect(await refusal({ DATABASE_URL: at(1) })).toMatch(
    /^PostgreSQL at 127\.0\.0\.1:1\/baton cannot be used: Nothing listens there: .*\nCheck DATABASE_URL, or leave it out/,
  );
});

test.each([
  ['28P01', 'password authentication failed for user "baton"', /The password, or the user, is wrong\./],
  ['28000', 'no pg_hba.conf entry for host', /does not let this user in/],
  ['3D000', 'database "baton" does not exist', /has no database of that name: make it with CREATE DATABASE/],
  ['53300', 'sorry, too many clients already', /no connection left/],
])('the database answers %s', async (code, message, advice) => {
  const port = await listener((socket) => socket.end(errorResponse(code, message)));

  expect(await openingRefused({ url: at(port) })).toMatch(advice);
});

test('what listens at the address of the database is something else', async () => {
  const port = await listener((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));

  expect(await openingRefused({ url: at(port) })).toMatch(/cannot be used: .*\nCheck DATABASE_URL/);
});

test('what listens at the address of the database says nothing', async () => {
  const port = await listener(() => undefined);

  expect(await openingRefused({ url: at(port) })).toMatch(/cannot be used: .*does not answer.*\nCheck DATABASE_URL/);
});

test('the host of the database is not known', async () => {
  expect(await openingRefused({ url: `postgresql://baton:${secret}@nowhere.invalid/baton` })).toMatch(
    /PostgreSQL at nowhere\.invalid\/baton cannot be used: .*(not known|looked up)/,
  );
});

const server = inject('databaseTemplate');
test.runIf(server.kind === 'postgres')(
  'the server of the database has none of that name, and knows no such user',
  async () => {
    const url = new URL(server.kind === 'postgres' ? server.server : '');
    url.pathname = '/not_there';
    expect(await openingRefused({ url: url.href })).toMatch(/has no database of that name/);

    url.username = 'not_there';
    expect(await openingRefused({ url: url.href })).toMatch(
      /does not let this user in|The password, or the user, is wrong/,
    );
  },
);

test('the port is taken', async () => {
  const port = await listener(() => undefined);

  expect(await refusal({ PORT: String(port) })).toBe(
    `Port ${port} is taken. Stop what listens there, or set PORT to another one.\n`,
  );
});

test('the host is no address of this machine', async () => {
  expect(await refusal({ HOST: '192.0.2.1' })).toMatch(/^HOST 192\.0\.2\.1 is no address of this machine/);
});

test('another process has the data folder', async () => {
  const dataDir = join(newFolder(), 'data');
  const template = inject('databaseTemplate');
  await using _held = await openDatabase({
    dataDir,
    ...(template.kind === 'pglite' && { loadDump: await openAsBlob(template.dump) }),
    log: createLogger({ level: 'silent' }),
  });

  expect(await refusal({ DATA_DIR: dataDir }, ['worker'])).toMatch(
    new RegExp(`is in use by process ${process.pid}\\. .*stop that one, give this one another data folder`),
  );
});

test('the data folder is a file, or lies where no folder can be made', async () => {
  const file = join(newFolder(), 'data');
  writeFileSync(file, 'not a folder');

  for (const dataDir of [file, join(file, 'below'), '/sys/baton']) {
    expect(await openingRefused({ dataDir })).toMatch(
      /^The data folder .* cannot be made: .*\nSet DATA_DIR to a folder/,
    );
  }
});

test('every setting that is wrong is named, and none of their values', async () => {
  const message = await refusal({
    PORT: `${secret}`,
    DATABASE_URL: `mysql://root:${secret}@db/baton`,
    TOKEN_HOURS: '0',
    RUNNER: 'maybe',
    LOG_LEVEL: 'loud',
    TOKEN_SECRET: 'short',
    NODE_ENV: 'staging',
  });

  const named = [...message.matchAll(/^ {2}- (\w+) /gm)].map(([, name]) => name);
  expect(named.sort()).toEqual([
    'DATABASE_URL',
    'LOG_LEVEL',
    'NODE_ENV',
    'PORT',
    'RUNNER',
    'TOKEN_HOURS',
    'TOKEN_SECRET',
  ]);
});

test('production names all that is unsafe at once, beside what is wrong, and no value', async () => {
  const unsafe = {
    ALLOWED_ORIGINS: 'https://desk.example.com,*',
    TRUSTED_PROXIES: '0.0.0.0/0',
    INTROSPECTION: 'everybody',
    SAMPLE_COMPANY: 'true',
    PERSISTED_DOCUMENTS: 'enforce',
  };
  const message = await refusal({ ...unsafe, NODE_ENV: 'production', PORT: secret });

  const named = [...message.matchAll(/^ {2}- (\w+) /gm)].map(([, name]) => name);
  expect(named).toEqual([
    ...['PORT', 'PERSISTED_DOCUMENTS_FILE', 'TOKEN_SECRET', 'ALLOWED_ORIGINS', 'TRUSTED_PROXIES', 'INTROSPECTION'],
    'SAMPLE_COMPANY',
  ]);
  expect(message).toMatch(/TOKEN_SECRET must be set in production: at least 32 random/);
});

test.each([
  ['a null origin', { ALLOWED_ORIGINS: 'null' }, 'ALLOWED_ORIGINS'],
  ['an origin with a path', { ALLOWED_ORIGINS: 'https://desk.example.com/' }, 'ALLOWED_ORIGINS'],
  ['all of IPv6 as proxies', { TRUSTED_PROXIES: '::/0' }, 'TRUSTED_PROXIES'],
  ['a long secret of one letter', { TOKEN_SECRET: 'x'.repeat(64) }, 'TOKEN_SECRET'],
])('production refuses %s, development does not', (_what, env, name) => {
  const read = (mode: string) =>
    readConfig({ TOKEN_SECRET: 'k7#Qz19-vTr_8wLm2xPd5sYh3bNc6fJg', ...env, NODE_ENV: mode });

  expect(() => read('production')).toThrow(new RegExp(`^The settings cannot be used:\n  - ${name} `));
  expect(read('development')).toMatchObject({ production: false });
});

test('keys of a service are used only with its name, for whom its tokens are, and without people of our own', () => {
  const keys = 'http://login.example.com/jwks.json';
  const read = (env: Readonly<Record<string, string>>) => () => readConfig({ TOKEN_JWKS_URL: keys, ...env });
  const named = { TOKEN_ISSUER: 'https://login.example.com/', TOKEN_AUDIENCE: 'baton' };

  expect(read({ SAMPLE_COMPANY: 'true', NODE_ENV: 'production' })).toThrow(
    `The settings cannot be used:
  - TOKEN_ISSUER must name the service of TOKEN_JWKS_URL
  - TOKEN_AUDIENCE must name this API where TOKEN_JWKS_URL is set
  - SAMPLE_COMPANY must not be on where TOKEN_JWKS_URL is set: nobody could sign in as its people
  - TOKEN_JWKS_URL must begin with https:// in production: whoever answers in its place could sign tokens
  - SAMPLE_COMPANY must not be on in production: GraphiQL would hold tokens of its people`,
  );
  expect(read({ ...named, TOKEN_JWKS_URL: 'file:///keys' })).toThrow(
    /\n {2}- TOKEN_JWKS_URL must be an address such as https:/,
  );
  expect(read(named)()).toMatchObject({ tokenJwksUrl: keys, tokenIssuer: named.TOKEN_ISSUER, sampleCompany: false });
  // Nothing is signed with a secret then.
  expect(read({ ...named, TOKEN_JWKS_URL: keys.replace('http:', 'https:'), NODE_ENV: 'production' })()).toMatchObject({
    production: true,
    tokenAudience: 'baton',
  });
});

test('production shows the schema to administrators only, serves no GraphiQL and loads no sample', () => {
  const { introspection, graphiql, sampleCompany } = readConfig({
    NODE_ENV: 'production',
    TOKEN_SECRET: 'k7#Qz19-vTr_8wLm2xPd5sYh3bNc6fJg',
  });

  expect({ introspection, graphiql, sampleCompany }).toEqual({
    introspection: 'administrators',
    graphiql: false,
    sampleCompany: false,
  });
});

test.each([
  ['is not there', null],
  ['is no JSON', '{'],
  ['has what is no document', '{"a": "query {"}'],
])('the list of documents %s', async (_what, content) => {
  const file = join(newFolder(), 'documents.json');
  if (content !== null) writeFileSync(file, content);

  expect(await refusal({ PERSISTED_DOCUMENTS: 'report', PERSISTED_DOCUMENTS_FILE: file })).toMatch(
    /^The documents of PERSISTED_DOCUMENTS_FILE cannot be read: .*\nIt must be a JSON object of id and document/s,
  );
});

test('a command that there is not', async () => {
  expect(await refusal({}, ['wroker'])).toMatch(/wroker.*worker/);
});
