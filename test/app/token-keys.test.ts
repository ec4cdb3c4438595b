import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type CryptoKey, type JWK } from 'jose';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { issueToken } from '../../src/app/tokens.js';
import { encodeId } from '../../src/graphql/ids.js';
import { openTestApp } from '../support/app.js';
import { hire, openDoors, PlainClient } from './open-doors.js';

const issuer = 'https://login.example.com/';
const audience = 'baton-desk';

/** The service that issues tokens, as its clients see it: one answer at a time. */
let answer: { status: number; body: string };
let asked = 0;
const service = createServer((_request, response) => {
  asked++;
  response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
}).listen(0, '127.0.0.1');
await once(service, 'listening');
afterAll(() => void service.close());

const here = await openTestApp({
  TOKEN_JWKS_URL: `http://127.0.0.1:${(service.address() as AddressInfo).port}/jwks.json`,
  TOKEN_ISSUER: issuer,
  TOKEN_AUDIENCE: audience,
});
const doors = await openDoors(here);
const member = await hire(here);

const pairs = {
  first: await generateKeyPair('ES256'),
  second: await generateKeyPair('RS256'),
  withdrawn: await generateKeyPair('ES256'),
  new: await generateKeyPair('ES256'),
  strange: await generateKeyPair('ES256'),
};
type Name = keyof typeof pairs;
const algorithm = (name: Name) => (name === 'second' ? 'RS256' : 'ES256');

async function publish(...names: readonly Name[]): Promise<void> {
  const jwk = async (name: Name): Promise<JWK> => ({ ...(await exportJWK(pairs[name].publicKey)), kid: name });
  answer = { status: 200, body: JSON.stringify({ keys: await Promise.all(names.map(jwk)) }) };
}
await publish('first', 'second', 'withdrawn');

const now = () => Math.floor(here.app.clock.now().getTime() / 1000);
const claims = { kind: 'member', ent: member.enterpriseId };

/** A token of the service for the member, each another one, but for what `change` makes of it. */
let issued = 0;
function sign(
  name: Name,
  change: (token: SignJWT) => SignJWT = (token) => token,
  {
    key = pairs[name].privateKey,
    alg = algorithm(name),
    lasts = 3600,
    ent = member.enterpriseId,
  }: { ent?: string; key?: CryptoKey | Uint8Array; alg?: string; lasts?: number | null } = {},
): Promise<string> {
  const token = new SignJWT({ kind: 'member', ent })
    .setProtectedHeader({ alg, kid: name })
    .setSubject(member.id)
    .setIssuer(issuer)
    .setAudience(audience)
    .setJti(String(issued++));
  if (lasts !== null) token.setExpirationTime(now() + lasts);
  return change(token).sign(key);
}

async function askWith(token: string) {
  const response = await fetch(doors.url.replace('ws:', 'http:'), {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: '{"query":"{ enterprise { name } }"}',
  });
  const { data, errors } = (await response.json()) as {
    data?: unknown;
    errors?: { message: string; extensions: { code: string; retryAfterSeconds?: number } }[];
  };
  const [error] = errors ?? [];
  return {
    status: response.status,
    data,
    code: error?.extensions.code,
    message: error?.message,
    retryAfter: response.headers.get('retry-after'),
  };
}

async function closedWith(token: string): Promise<{ code: number; reason: string }> {
  const client = await PlainClient.open(doors.url);
  client.send({ type: 'connection_init', payload: { token } });
  return client.closed;
}

const served = { status: 200, data: { enterprise: { name: 'Acme' } } };

describe('of the service that TOKEN_JWKS_URL names', () => {
  test.each(['first', 'second'] as const)('a token signed with its %s key is good at both doors', async (name) => {
    expect(await askWith(await sign(name))).toMatchObject(served);
    await PlainClient.signIn(doors.url, await sign(name)).then(({ socket }) => socket.close());
  });

  test('a token names people by their ids in the API, each of its own type', async () => {
    const sub = (typename: string) => (token: SignJWT) => token.setSubject(encodeId(typename, member.id));
    const ent = encodeId('Enterprise', member.enterpriseId);

    expect(await askWith(await sign('first', sub('Member'), { ent }))).toMatchObject(served);
    expect(await askWith(await sign('first', sub('Customer'), { ent }))).toMatchObject({
      status: 401,
      message: 'The token names nobody. Get a new one.',
    });
  });

  test('the keys are asked for once, not for each token', async () => {
    await askWith(await sign('first'));
    const before = asked;
    for (let turn = 0; turn < 5; turn++) await askWith(await sign('second'));

    expect(asked).toBe(before);
  });

  const secret = () => new TextEncoder().encode(here.app.config.tokenSecret);
  const refused: readonly (readonly [string, () => Promise<string> | string, number])[] = [
    ['signed by another hand under its name', () => sign('first', undefined, { key: pairs.strange.privateKey }), 4401],
    ['signed with the secret', () => sign('first', undefined, { key: secret(), alg: 'HS256' }), 4401],
    [
      'signed with its public key as if that were a secret',
      async () => {
        const key = new TextEncoder().encode(JSON.stringify(await exportJWK(pairs.first.publicKey)));
        return sign('first', undefined, { key, alg: 'HS256' });
      },
      4401,
    ],
    ['not signed', () => new UnsecuredJWT({ ...claims, sub: member.id, iss: issuer, aud: audience }).encode(), 4401],
    ['of another issuer', () => sign('first', (token) => token.setIssuer('baton')), 4401],
    ['for another product', () => sign('first', (token) => token.setAudience('billing')), 4401],
    ['without an expiry', () => sign('first', undefined, { lasts: null }), 4401],
    ['of nobody here', () => sign('first', (token) => token.setSubject('ana')), 4401],
    ['that has expired', () => sign('first', undefined, { lasts: -1 }), 4403],
    ['that is not valid yet', () => sign('first', (token) => token.setNotBefore(now() + 60)), 4403],
    ['signed with a key that it does not have', () => sign('strange'), 4403],
  ];
  test.each(refused)('a token %s is refused at both doors', async (_what, make, code) => {
    const token = await make();

    expect(await askWith(token)).toMatchObject({ status: 401, code: 'UNAUTHENTICATED', data: undefined });
    expect((await closedWith(token)).code).toBe(code);
  });

  test('no token is issued here', async () => {
    const person = { kind: 'member', personId: member.id, enterpriseId: member.enterpriseId } as const;

    await expect(issueToken(here.app, person)).rejects.toThrow(
      'Tokens come from the service that TOKEN_JWKS_URL names. Get one there.',
    );
  });
});

const began = Date.now();
describe('when the service', () => {
  afterEach(() => void vi.useRealTimers());
  let passed = 0;
  /** So much later by the clock that the keys age by, which is not that of the product. */
  const later = (seconds: number) => {
    passed += seconds * 1000;
    vi.useFakeTimers({ toFake: ['Date'], now: began + passed });
  };

  test('has a new key, half a minute is all that it takes to be known', async () => {
    await askWith(await sign('first'));
    await publish('first', 'second', 'withdrawn', 'new');
    const token = await sign('new');
    expect(await askWith(token)).toMatchObject({
      status: 401,
      message: 'The token is signed with a key that is not known here. Get a new one.',
    });

    later(31);

    expect(await askWith(token)).toMatchObject(served);
  });

  test('withdraws a key, no new token of it is good after ten minutes', async () => {
    later(601);
    expect(await askWith(await sign('withdrawn'))).toMatchObject(served);
    await publish('first', 'second');

    later(601);

    expect(await askWith(await sign('withdrawn'))).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
    expect(await askWith(await sign('first'))).toMatchObject(served);
  });

  test.each([
    ['fails', 500, ''],
    ['answers what is no JSON', 200, '<html>'],
    ['answers what are no keys', 200, '{"keys": 1}'],
    ['sends elsewhere', 302, ''],
  ])('%s, clients are told to come back, and are served as soon as it answers', async (_what, status, body) => {
    later(601);
    const known = await sign('first');
    expect(await askWith(known)).toMatchObject(served);
    const token = await sign('second');
    answer = { status, body };

    later(601);

    expect(await askWith(token)).toEqual({
      status: 503,
      data: undefined,
      code: 'UNAVAILABLE',
      message:
        'The keys that tokens are signed with cannot be had right now. Try again in 5 seconds; send a mutation again with the same idempotencyKey.',
      retryAfter: '5',
    });
    expect((await closedWith(token)).code).toBe(1013);
    // Its signature was proved before.
    expect(await askWith(known)).toMatchObject(served);
    await publish('first', 'second');
    expect(await askWith(token)).toMatchObject(served);
  });
});
