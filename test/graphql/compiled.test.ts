import { parse } from 'graphql';
import { expect, test } from 'vitest';
import { createCompiler } from '../../src/graphql/compiled.js';
import { schema } from '../../src/app/schema.js';
import { openTestApp, type Answer } from '../support/app.js';
import { departing } from '../support/seed.js';

const baton = await openTestApp();

function isCompiled(text: string): boolean {
  const compiledFor = createCompiler(schema);
  const document = parse(text);
  return [1, 2, 3].map(() => compiledFor(document, null) !== null).at(-1) ?? false;
}

test.each([
  [
    'a member with customers',
    'query ($first: Int) { member(userId: "a") { customers(first: $first) { totalCount nodes { id } } } }',
    true,
  ],
  [
    'a filter in the document',
    'query ($name: String!) { member(userId: "a") { customers(filter: { name: { eq: $name } }) { totalCount } } }',
    true,
  ],
  [
    'an order as a variable',
    'query ($order: RelationOrder!) { member(userId: "a") { customers(orderBy: $order) { totalCount } } }',
    true,
  ],
  [
    'a filter as a variable',
    'query ($filter: RelationFilter) { member(userId: "a") { customers(filter: $filter) { totalCount } } }',
    false,
  ],
  ['a field that Prisma loads', '{ member(userId: "a") { department { name } } }', false],
  [
    'such a field in a fragment',
    '{ member(userId: "a") { ...M } } fragment M on Member { portfolio { customers } }',
    false,
  ],
  ['another field of Query beside it', '{ member(userId: "a") { id } enterprise { name } }', false],
  ['a list of members', '{ members { nodes { id } } }', false],
  ['a mutation', 'mutation { reinstateMember(input: { memberId: "a" }) { userErrors { code } } }', false],
])('of a document with %s it is known whether it may be compiled', (_what, text, may) => {
  expect(isCompiled(text)).toBe(may);
});

test('a query answers the same, compiled or not', async () => {
  const { admin } = await departing(baton, { customers: 5 });
  const document = `query Page($first: Int) {
    member(userId: "leaver") {
      id name status
      customers(first: $first) {
        totalCount
        nodes { id remark addedAt customer { id name city } tags { id name } }
        pageInfo { hasNextPage endCursor }
      }
    }
    nobody: member(userId: "nobody") { id }
  }`;

  const answers = [];
  for (let time = 1; time <= 5; time++) answers.push(await baton.ask(admin.token, document, { first: 3 }));

  expect(answers[0]?.errors).toBeUndefined();
  expect(
    (answers[0]?.data as unknown as { member: { customers: { nodes: Answer[] } } }).member.customers.nodes,
  ).toHaveLength(3);
  for (const answer of answers) expect(answer).toEqual(answers[0]);
});

test('a query is refused the same, compiled or not', async () => {
  const { admin, customers } = await departing(baton, { customers: 1, key: 'refused' });
  const document =
    'query Refused($first: Int) { member(userId: "leaver") { customers(first: $first) { nodes { id } } } }';
  const refusals = async (token: string | null, first: unknown) => {
    const all = [];
    for (let time = 1; time <= 5; time++) {
      const { data, errors } = await baton.ask(token, document, { first });
      all.push({ data, errors: errors?.map(({ extensions: { code }, message, path }) => ({ code, message, path })) });
    }
    for (const each of all) expect(each).toEqual(all[0]);
    return all[0]?.errors?.map(({ code }) => code);
  };

  expect(await refusals(null, 1)).toEqual(['UNAUTHENTICATED']);
  expect(await refusals(customers[0]?.token ?? '', 1)).toEqual(['FORBIDDEN']);
  expect(await refusals(admin.token, 1000)).toEqual(['BAD_USER_INPUT']);
  expect(await refusals(admin.token, 'many')).toEqual(['BAD_USER_INPUT']);
});
