import { getIntrospectionQuery } from 'graphql';
import { describe, expect, test } from 'vitest';
import { openTestApp } from '../support/app.js';
import { departing } from '../support/seed.js';
import { openDoors, PlainClient } from './open-doors.js';

interface Told {
  readonly message: string;
  readonly extensions: { readonly code: string };
}

describe.each([
  ['administrators', { admin: true, ana: false, nobody: false }],
  ['nobody', { admin: false, ana: false, nobody: false }],
  ['everybody', { admin: true, ana: true, nobody: true }],
] as const)('for %s', async (who, may) => {
  const here = await openTestApp({ INTROSPECTION: who });
  const doors = await openDoors(here);
  const { admin, ana } = await departing(here, { customers: 1 });
  const tokens = { admin: admin.token, ana: ana.token, nobody: null };

  async function overHttp(token: string | null, query: string, variables = {}) {
    const { data, errors } = await here.ask<{ __schema?: object } | null>(token, query, variables);
    return { data, errors: errors as readonly Told[] | undefined };
  }

  async function overSocket(token: string | null, query: string) {
    const client = await PlainClient.signIn(doors.url, token);
    client.subscribe('1', query);
    const message = await client.next(query.includes('__') ? 'next' : 'error');
    client.socket.terminate();
    const { data, errors } = (message.payload ?? {}) as { data?: { __schema?: object } | null; errors?: Told[] };
    return { data, errors: errors ?? message.payload };
  }

  test.each(['admin', 'ana', 'nobody'] as const)('the schema, asked by %s over both transports', async (person) => {
    const queries = [getIntrospectionQuery(), '{ ...F } fragment F on Query { a: __type(name: "Member") { name } }'];
    for (const query of queries) {
      for (const { data, errors } of [await overHttp(tokens[person], query), await overSocket(tokens[person], query)]) {
        if (may[person]) expect(data).toBeTruthy();
        else {
          expect(data ?? null).toBeNull();
          expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['INTROSPECTION_REFUSED']);
        }
      }
    }
    expect((await overHttp(tokens[person], '{ __typename }')).data).toEqual({ __typename: 'Query' });
  });

  test('suggestions are made where everybody may see the schema', async () => {
    const [http, socket] = [await overHttp(null, '{ membrs { id } }'), await overSocket(null, '{ membrs { id } }')];
    const variable = await overHttp(
      admin.token,
      'query ($f: RelationFilter) { viewer { __typename } x: members { nodes { customers(filter: $f) { totalCount } } } }',
      {
        f: { kin: 'WECHAT' },
      },
    );

    for (const { errors } of [http, socket]) {
      const message = errors?.[0]?.message ?? '';
      expect(message).toMatch(/^Cannot query field "membrs" on type "Query"\./);
      expect(message.includes('Did you mean')).toBe(who === 'everybody');
    }
    expect(variable.errors?.[0]?.message).toMatch(/Field "kin" is not defined/);
    expect(variable.errors?.[0]?.message.includes('Did you mean')).toBe(who === 'everybody');
    const toAdmin = await overSocket(admin.token, '{ membrs { id } }');
    expect(toAdmin.errors?.[0]?.message.includes('Did you mean')).toBe(who === 'everybody');
  });
});
