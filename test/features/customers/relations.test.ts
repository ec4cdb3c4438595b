import { allRights } from '../../../src/platform/rights.js';
import { expect, test } from 'vitest';
import { relationFilterSql, type RelationFilter } from '../../../src/features/customers/customers.js';
import { Prisma } from '../../../src/generated/prisma/client.js';
import { inTransaction } from '../../../src/platform/db/transaction.js';
import { openTestApp } from '../../support/app.js';
import { foundCompany } from '../../support/company.js';
import { countStatements } from '../../support/count-statements.js';

const baton = await openTestApp();
const { ask, app } = baton;

const listOf = `query ($userId: String!, $first: Int, $after: String, $last: Int, $before: String,
    $filter: RelationFilter, $orderBy: RelationOrder! = {field: ADDED_AT, direction: DESC}) {
  member(userId: $userId) {
    customers(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy) {
      totalCount
      nodes { id remark addedAt customer { name city } tags { name kind } }
      edges { cursor }
      pageInfo { hasNextPage hasPreviousPage endCursor startCursor }
    }
  }
}`;

interface Listed {
  member: {
    customers: {
      totalCount: number;
      nodes: {
        id: string;
        remark: string;
        addedAt: string | null;
        customer: { name: string };
        tags: { name: string }[];
      }[];
      edges: { cursor: string }[];
      pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; endCursor: string; startCursor: string };
    };
  };
}

type List = Listed['member']['customers'];

async function list(token: string, variables: Record<string, unknown>): Promise<List> {
  const { data, errors } = await ask<Listed>(token, listOf, variables);
  expect(errors).toBeUndefined();
  return data.member.customers;
}

async function names(token: string, variables: Record<string, unknown>): Promise<string[]> {
  return (await list(token, variables)).nodes.map(({ customer }) => customer.name);
}

async function codeOf(token: string, variables: Record<string, unknown>): Promise<string> {
  const { errors } = await ask<Listed>(token, listOf, variables);
  return `${errors?.[0]?.extensions.code}: ${errors?.[0]?.message}`;
}

/** A leaver with six customers, of which two have no date and three the same one. */
async function departing() {
  const company = await foundCompany(baton);
  const admin = await company.member('admin', { administrator: true });
  const leaver = await company.member('leaver');
  const group = await company.tagGroup('Size');
  const big = await company.tag('big', { group });
  const small = await company.tag('small', { group });
  const mine = await company.tag('mine', { member: leaver });
  const at = (day: string) => new Date(`2025-01-${day}T00:00:00.000Z`);
  const add = async (
    name: string,
    more: Parameters<typeof company.relation>[2] & { city?: string; region?: string },
  ) => {
    const { city, region, ...about } = more;
    return company.relation(
      leaver,
      await company.customer(name, { ...(city && { city }), ...(region && { region }) }),
      about,
    );
  };
  const relations = {
    ada: await add('Ada', { addedAt: at('03'), city: 'Berlin', tags: [big, small, mine], remark: 'likes 100% wool' }),
    bob: await add('Bob', { addedAt: at('02'), city: 'Bonn', tags: [big], lastMessageAt: at('20') }),
    cem: await add('Cem', { addedAt: at('02'), city: 'berlin_x' }),
    dan: await add('Dan', { addedAt: at('02'), region: 'North', tags: [small], lastMessageAt: at('21') }),
    eve: await add('Eve', { addedAt: null, region: 'South' }),
    fay: await add('Fay', { addedAt: null, city: 'Çorum' }),
  };
  return { company, admin, leaver, big, small, mine, relations };
}

test("a member's customers come latest first, unknown dates last, with their customer and tags", async () => {
  const { admin } = await departing();

  const { data } = await ask<Listed>(admin.token, listOf, { userId: 'leaver' });

  expect(data.member.customers.nodes.map(({ customer }) => customer.name)).toEqual([
    'Ada',
    'Dan',
    'Cem',
    'Bob',
    'Fay',
    'Eve',
  ]);
  expect(data.member.customers.nodes[0]).toEqual({
    id: expect.any(String) as string,
    remark: 'likes 100% wool',
    addedAt: '2025-01-03T00:00:00.000Z',
    customer: { name: 'Ada', city: 'Berlin' },
    tags: [
      { name: 'big', kind: 'CORP' },
      { name: 'small', kind: 'CORP' },
    ],
  });
  expect(data.member.customers.totalCount).toBe(6);
});

test.each([
  ['ADDED_AT', 'DESC', 'Ada Dan Cem Bob Fay Eve'],
  ['ADDED_AT', 'ASC', 'Eve Fay Bob Cem Dan Ada'],
  ['NAME', 'ASC', 'Ada Bob Cem Dan Eve Fay'],
  ['NAME', 'DESC', 'Fay Eve Dan Cem Bob Ada'],
  ['LAST_MESSAGE_AT', 'DESC', 'Dan Bob Fay Eve Cem Ada'],
  ['LAST_MESSAGE_AT', 'ASC', 'Ada Cem Eve Fay Bob Dan'],
])('paging by %s %s, forwards and backwards, answers each customer once', async (field, direction, expected) => {
  const { admin } = await departing();
  const orderBy = { field, direction };

  const forwards: string[] = [];
  for (let after: string | null = null, more = true; more;) {
    const { nodes, pageInfo }: List = await list(admin.token, { userId: 'leaver', first: 2, after, orderBy });
    forwards.push(...nodes.map(({ customer }) => customer.name));
    after = pageInfo.endCursor;
    more = pageInfo.hasNextPage;
  }
  const backwards: string[] = [];
  for (let before: string | null = null, more = true; more;) {
    const { nodes, pageInfo }: List = await list(admin.token, { userId: 'leaver', last: 4, before, orderBy });
    backwards.unshift(...nodes.map(({ customer }) => customer.name));
    before = pageInfo.startCursor;
    more = pageInfo.hasPreviousPage;
  }

  expect(forwards.join(' ')).toBe(expected);
  expect(backwards.join(' ')).toBe(expected);
});

test('paging while customers leave the list, the cursor among them, repeats and skips none of those who stay', async () => {
  const { admin, company, relations } = await departing();
  const successor = await company.member('successor');

  const { data: first } = await ask<Listed>(admin.token, listOf, { userId: 'leaver', first: 3 });
  // Cem is the last of the page: its row is what the cursor stands on. Ada stands before it, Fay behind.
  await app.db.prisma.relation.updateMany({
    where: { id: { in: [relations.ada.id, relations.cem.id, relations.fay.id] } },
    data: { memberId: successor.id },
  });
  const { data: second } = await ask<Listed>(admin.token, listOf, {
    userId: 'leaver',
    first: 3,
    after: first.member.customers.pageInfo.endCursor,
  });

  expect(first.member.customers.nodes.map(({ customer }) => customer.name)).toEqual(['Ada', 'Dan', 'Cem']);
  expect(second.member.customers.nodes.map(({ customer }) => customer.name)).toEqual(['Bob', 'Eve']);
  expect(second.member.customers.pageInfo.hasNextPage).toBe(false);
});

test('a filter holds for exactly the customers it describes, and so does its count', async () => {
  const { admin, big, small, mine, company } = await departing();
  const other = await foundCompany(baton);
  const foreign = await other.tag('foreign', { group: await other.tagGroup('Size') });
  const unknown = { globalId: Buffer.from('Tag:019a0000-0000-7000-8000-000000000000').toString('base64url') };
  const cases: [Record<string, unknown>, string][] = [
    [{ tags: { anyOf: [big.globalId] } }, 'Ada Bob'],
    [{ tags: { anyOf: [big.globalId, small.globalId] } }, 'Ada Dan Bob'],
    [{ tags: { allOf: [big.globalId, small.globalId, big.globalId] } }, 'Ada'],
    [{ tags: { noneOf: [big.globalId] } }, 'Dan Cem Fay Eve'],
    [{ tags: { anyOf: [mine.globalId] } }, ''],
    [{ tags: { noneOf: [mine.globalId] } }, 'Ada Dan Cem Bob Fay Eve'],
    [{ tags: { anyOf: [foreign.globalId] } }, ''],
    [{ tags: { anyOf: [unknown.globalId] } }, ''],
    [{ tags: { allOf: [big.globalId, unknown.globalId] } }, ''],
    [{ addedAt: { after: '2025-01-02T00:00:00Z', before: '2025-01-03T00:00:00Z' } }, 'Dan Cem Bob'],
    [{ addedAt: { isNull: true } }, 'Fay Eve'],
    [{ addedAt: { isNull: false } }, 'Ada Dan Cem Bob'],
    [{ lastMessageAt: { after: '2025-01-21T00:00:00Z' } }, 'Dan'],
    [{ lastMessageAt: { withinDays: 406 } }, 'Dan'],
    [{ lastMessageAt: { olderThanDays: 406 } }, 'Bob'],
    [{ lastMessageAt: { withinDays: 36500, olderThanDays: 0 } }, 'Dan Bob'],
    [{ not: { lastMessageAt: { withinDays: 406 } } }, 'Ada Cem Bob Fay Eve'],
    [{ addedAt: { withinDays: 424 } }, 'Ada'],
    [{ addedAt: { withinDays: 425, olderThanDays: 424 } }, 'Dan Cem Bob'],
    [{ addedAt: { withinDays: 0 } }, ''],
    [{ city: { contains: 'BERLIN' } }, 'Ada Cem'],
    [{ city: { startsWith: 'berlin_' } }, 'Cem'],
    [{ city: { eq: 'Berlin' } }, 'Ada'],
    [{ city: { startsWith: 'ç' } }, 'Fay'],
    [{ city: { in: ['Bonn', 'Berlin'] } }, 'Ada Bob'],
    [{ remark: { contains: '100%' } }, 'Ada'],
    [{ remark: { contains: '1%0' } }, ''],
    [{ remark: { contains: '\\' } }, ''],
    [{ region: { in: ['North', 'South'] } }, 'Dan Eve'],
    [{ not: { region: { eq: 'North' } } }, 'Ada Cem Bob Fay Eve'],
    [{ kind: 'WECOM' }, ''],
    [{ kind: 'WECHAT', name: { contains: 'a' } }, 'Ada Dan Fay'],
    [
      { or: [{ name: { eq: 'Eve' } }, { and: [{ city: { contains: 'b' } }, { name: { startsWith: 'b' } }] }] },
      'Bob Eve',
    ],
    [{}, 'Ada Dan Cem Bob Fay Eve'],
  ];

  for (const [filter, expected] of cases) {
    const { data } = await ask<Listed>(admin.token, listOf, { userId: 'leaver', filter });

    const listed = data.member.customers;
    expect([JSON.stringify(filter), listed.nodes.map(({ customer }) => customer.name).join(' ')]).toEqual([
      JSON.stringify(filter),
      expected,
    ]);
    expect(listed.totalCount).toBe(listed.nodes.length);
  }
  expect(company.id).not.toBe(other.id);
});

test('a filter that is too large, or says nothing, is refused with its limit', async () => {
  const { admin } = await departing();
  const nested = (depth: number): object => (depth === 1 ? { name: { eq: 'Ada' } } : { not: nested(depth - 1) });
  const many = (count: number) => ({ or: Array.from({ length: count }, () => ({ name: { eq: 'Ada' } })) });
  const ask1 = (filter: object) => codeOf(admin.token, { userId: 'leaver', filter });

  expect(await names(admin.token, { userId: 'leaver', filter: nested(5) })).toEqual(['Ada']);
  expect(await names(admin.token, { userId: 'leaver', filter: many(50) })).toEqual(['Ada']);
  expect(await ask1(nested(6))).toBe('BAD_USER_INPUT: A filter nests at most 5 deep.');
  expect(await ask1(many(51))).toBe('BAD_USER_INPUT: A filter has at most 50 conditions.');
  expect(await ask1({ name: { in: Array.from({ length: 1001 }, String) } })).toBe(
    'BAD_USER_INPUT: `name.in` takes at most 1000 values, got 1001.',
  );
  expect(await ask1({ or: [] })).toBe('BAD_USER_INPUT: `or` needs at least one filter.');
  expect(await ask1({ and: [{}] })).toBe('BAD_USER_INPUT: A filter inside `and`, `or` or `not` needs a condition.');
  expect(await ask1({ name: {} })).toBe('BAD_USER_INPUT: `name` needs at least one condition.');
  expect(await ask1({ name: { eq: null } })).toBe('BAD_USER_INPUT: `name` needs at least one condition.');
  expect(await ask1({ tags: { anyOf: [] } })).toBe('BAD_USER_INPUT: `tags.anyOf` needs at least one value.');
  expect(await ask1({ name: { contains: 'a\0b' } })).toBe(
    'BAD_USER_INPUT: `name.contains` must not contain a NUL character.',
  );
  expect(await ask1({ addedAt: { withinDays: -1 } })).toBe(
    'BAD_USER_INPUT: `addedAt.withinDays` is from 0 to 36500 days, got -1.',
  );
  expect(await ask1({ not: { lastMessageAt: { olderThanDays: 36501 } } })).toBe(
    'BAD_USER_INPUT: `lastMessageAt.olderThanDays` is from 0 to 36500 days, got 36501.',
  );
  expect(await ask1({ tags: { anyOf: [admin.globalId] } })).toBe(
    'BAD_USER_INPUT: Expected the id of a Tag, got the id of a Member.',
  );
});

test('a forged cursor, or one of another order, is BAD_USER_INPUT and never a fault', async () => {
  const { admin } = await departing();
  const cursor = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url');
  const order = 'relations ADDED_AT DESC';
  const id = '019a0000-0000-7000-8000-000000000000';

  for (const after of [
    'nonsense',
    cursor(order, 1),
    cursor(order, 'x', id),
    cursor(order, 1.5, id),
    cursor(order, 1, 'not-an-id'),
    cursor('relations ADDED_AT ASC', 1, id),
    cursor('relations NAME ASC', 'a', id),
  ]) {
    expect(await codeOf(admin.token, { userId: 'leaver', after })).toMatch(/^BAD_USER_INPUT: This/);
  }
  expect(
    await codeOf(admin.token, {
      userId: 'leaver',
      orderBy: { field: 'NAME', direction: 'ASC' },
      after: cursor('relations NAME ASC', 'a\0', id),
    }),
  ).toMatch(/^BAD_USER_INPUT: This/);
  expect(await names(admin.token, { userId: 'leaver', after: cursor(order, Number.MIN_SAFE_INTEGER, id) })).toEqual([
    'Fay',
    'Eve',
  ]);
  expect(await codeOf(admin.token, { userId: 'leaver', first: 101 })).toMatch(/^BAD_USER_INPUT/);
  expect(await codeOf(admin.token, { userId: 'leaver', first: 1, last: 1 })).toMatch(/^BAD_USER_INPUT/);
});

test('members read their own list only; personal tags show to their owner only', async () => {
  const { leaver, admin, company, mine, relations } = await departing();
  const colleague = await company.member('colleague');

  const own = await ask<Listed>(leaver.token, listOf, { userId: 'leaver', first: 1 });
  const others = await ask<Listed>(colleague.token, listOf, { userId: 'leaver' });
  const administrators = await ask<Listed>(admin.token, listOf, { userId: 'leaver', first: 1 });

  expect(own.data.member.customers.nodes[0]?.tags.map(({ name }) => name)).toEqual(['big', 'mine', 'small']);
  expect(administrators.data.member.customers.nodes[0]?.tags.map(({ name }) => name)).toEqual(['big', 'small']);
  expect(others.data.member.customers).toEqual({
    totalCount: 0,
    nodes: [],
    edges: [],
    pageInfo: { hasNextPage: false, hasPreviousPage: false, endCursor: null, startCursor: null },
  });
  expect(await names(leaver.token, { userId: 'leaver', filter: { tags: { anyOf: [mine.globalId] } } })).toEqual([
    'Ada',
  ]);

  // Handed on, the tag stays on the row and shows to nobody.
  await app.db.prisma.relation.update({ where: { id: relations.ada.id }, data: { memberId: colleague.id } });
  const moved = await ask<{ node: { tags: { name: string }[] } }>(
    colleague.token,
    'query ($id: ID!) { node(id: $id) { ... on Relation { tags { name } } } }',
    { id: relations.ada.globalId },
  );
  expect(moved.data.node.tags.map(({ name }) => name)).toEqual(['big', 'small']);
});

test('node answers a relation to those who may see it, and null alike for foreign, ended and unknown ones', async () => {
  const { leaver, admin, company, relations } = await departing();
  const colleague = await company.member('colleague');
  const stranger = await (await foundCompany(baton)).member('stranger', { administrator: true });
  const document = `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Relation { remark member { userId } customer { name } } } }`;
  const ended = relations.bob;
  await app.db.prisma.relation.update({ where: { id: ended.id }, data: { status: 'LOST' } });
  const unknown = Buffer.from('Relation:019a0000-0000-7000-8000-000000000000').toString('base64url');
  const ids = [relations.ada.globalId, ended.globalId, unknown];
  const ada = { remark: 'likes 100% wool', member: { userId: 'leaver' }, customer: { name: 'Ada' } };

  expect((await ask(admin.token, document, { ids })).data).toEqual({ nodes: [ada, null, null] });
  expect((await ask(leaver.token, document, { ids })).data).toEqual({ nodes: [ada, null, null] });
  expect((await ask(colleague.token, document, { ids })).data).toEqual({ nodes: [null, null, null] });
  expect((await ask(stranger.token, document, { ids })).data).toEqual({ nodes: [null, null, null] });
  const malformed = Buffer.from('Relation:nonsense').toString('base64url');
  expect((await ask(admin.token, document, { ids: [malformed] })).errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
});

test('5 and 50 members cost as many statements, with their customers, counts and who serves those', async () => {
  const document = `query ($first: Int!) { members(first: $first) { nodes {
    name
    customers(first: 2) { totalCount nodes { member { name } tags { name group { name } } customer { name servedBy { member { name } } } } }
    filtered: customers(first: 1, filter: {name: {contains: "c"}}) { totalCount nodes { id } }
    customerGroups(first: 2) { totalCount nodes { participantCount participants(first: 3) { nodes { member { name } customer { name } } } } }
  } } }`;
  const company = await foundCompany(baton);
  const admin = await company.member('admin', { administrator: true });
  const tag = await company.tag('big', { group: await company.tagGroup('Size') });
  for (let i = 0; i < 50; i++) {
    const member = await company.member(`member ${i}`);
    const customer = await company.customer(`c${i}`);
    await company.relation(member, customer, { tags: [tag] });
    await company.group(`group ${i}`, member, [{ member }, { customer }]);
  }
  const actor = {
    kind: 'member',
    id: admin.id,
    enterpriseId: company.id,
    name: 'admin',
    rights: allRights,
  } as const;

  const few = await countStatements(app, actor, document, { first: 5 });
  const many = await countStatements(app, actor, document, { first: 50 });

  expect(few.result.errors).toBeUndefined();
  expect(many.result.errors).toBeUndefined();
  expect((many.result.data as { members: { nodes: unknown[] } }).members.nodes).toHaveLength(50);
  expect(many.statements).toBe(few.statements);
});

test("a page of one member's customers is one statement", async () => {
  const { company, admin } = await departing();
  const actor = {
    kind: 'member',
    id: admin.id,
    enterpriseId: company.id,
    name: 'admin',
    rights: allRights,
  } as const;
  const document = `query ($customers: Boolean!) { member(userId: "leaver") { userId customers @include(if: $customers) {
    nodes { id remark addedAt customer { id name city } tags { id name kind } } pageInfo { endCursor } } } }`;

  const without = await countStatements(app, actor, document, { customers: false });
  const with_ = await countStatements(app, actor, document, { customers: true });

  expect(with_.result.errors).toBeUndefined();
  expect(with_.statements - without.statements).toBe(1);
});

test('the same filter selects inside a transaction, under other aliases', async () => {
  const { company, leaver, big } = await departing();
  const filter: RelationFilter = {
    tags: { anyOf: [big.id] },
    addedAt: { after: '2025-01-02T00:00:00.000Z', before: '2025-01-03T00:00:00.000Z' },
    or: [{ city: { contains: 'BON' } }, { region: { in: ['North'] } }],
  };
  const reader = { enterpriseId: company.id, personalTagsOf: null, now: baton.clock.now() };

  const selected = await inTransaction(app, (tx) =>
    tx.$queryRaw<{ name: string }[]>(Prisma.sql`
      SELECT person.name FROM relation held JOIN customer person ON person.id = held.customer_id
      WHERE held.member_id = ${leaver.id}::uuid
        AND ${relationFilterSql(filter, reader, { relation: 'held', customer: 'person' })}`),
  );

  expect(selected).toEqual([{ name: 'Bob' }]);
});
