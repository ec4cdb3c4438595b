import { expect, test } from 'vitest';
import { openTestApp } from '../../support/app.js';
import { foundCompany } from '../../support/company.js';

const baton = await openTestApp();
const { ask, app } = baton;

/** Two members who share a customer, one customer more each, and one that nobody serves. */
async function office() {
  const company = await foundCompany(baton);
  const admin = await company.member('admin', { administrator: true });
  const ana = await company.member('ana');
  const ben = await company.member('ben');
  const shared = await company.customer('shared', { city: 'Berlin', businessType: 'retail' });
  const anas = await company.customer('anas', { city: 'Bonn', region: 'West' });
  const bens = await company.customer('bens', { city: 'Berlin', kind: 'WECOM' });
  const free = await company.customer('free');
  const tag = await company.tag('big', { group: await company.tagGroup('Size') });
  const relations = {
    ana: await company.relation(ana, shared, { remark: "ana's note", tags: [tag], addedAt: new Date('2025-01-01') }),
    ben: await company.relation(ben, shared, { remark: "ben's note", addedAt: new Date('2025-01-02') }),
  };
  await company.relation(ana, anas);
  await company.relation(ben, bens);
  return { company, admin, ana, ben, shared, anas, bens, free, relations };
}

interface Customers {
  customers: { totalCount: number; nodes: { name: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
}

const listOf = `query ($filter: CustomerFilter, $first: Int, $after: String, $orderBy: CustomerOrder! = {field: NAME}) {
  customers(filter: $filter, first: $first, after: $after, orderBy: $orderBy) {
    totalCount nodes { name } pageInfo { hasNextPage endCursor } } }`;

test.each([
  ['admin', 'anas bens free shared'],
  ['ana', 'anas shared'],
  ['ben', 'bens shared'],
  ['shared', 'shared'],
] as const)('%s lists the customers that are theirs to see: %s', async (who, expected) => {
  const people = await office();

  const { data } = await ask<Customers>(people[who].token, listOf);

  expect(data.customers.nodes.map(({ name }) => name).join(' ')).toBe(expected);
  expect(data.customers.totalCount).toBe(data.customers.nodes.length);
});

test('without a token, customers answer UNAUTHENTICATED', async () => {
  const { errors } = await ask(null, listOf);

  expect(errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
});

test('a customer outside of what one may see is null by key and by id, exactly as one that there is not', async () => {
  const { ana, admin, bens, shared, company } = await office();
  const foreign = await (await foundCompany(baton)).customer('foreign');
  const document = 'query ($key: String!, $id: ID!) { customer(externalUserId: $key) { name } node(id: $id) { id } }';
  const nothing = { customer: null, node: null };
  const unknown = Buffer.from('Customer:019a0000-0000-7000-8000-000000000000').toString('base64url');

  expect((await ask(ana.token, document, { key: 'bens', id: bens.globalId })).data).toEqual(nothing);
  expect((await ask(ana.token, document, { key: 'nobody', id: unknown })).data).toEqual(nothing);
  expect((await ask(admin.token, document, { key: 'foreign', id: foreign.globalId })).data).toEqual(nothing);
  expect((await ask(shared.token, document, { key: 'anas', id: bens.globalId })).data).toEqual(nothing);
  expect((await ask(admin.token, document, { key: 'a\0b', id: unknown })).data).toEqual(nothing);
  expect((await ask(ana.token, document, { key: 'shared', id: shared.globalId })).data).toEqual({
    customer: { name: 'shared' },
    node: { id: shared.globalId },
  });
  expect(company.id).toBeDefined();
});

test('who serves a customer: all for administrators, their own for members, all without notes for the customer', async () => {
  const { admin, ana, shared } = await office();
  const document =
    '{ customer(externalUserId: "shared") { servedBy { remark description tags { name } member { name } customer { name } } } }';
  const customer = { name: 'shared' };
  const anas = { remark: "ana's note", description: '', tags: [{ name: 'big' }], member: { name: 'ana' }, customer };
  const bens = { remark: "ben's note", description: '', tags: [], member: { name: 'ben' }, customer };

  expect((await ask(admin.token, document)).data).toEqual({ customer: { servedBy: [anas, bens] } });
  expect((await ask(ana.token, document)).data).toEqual({ customer: { servedBy: [anas] } });
  expect((await ask(shared.token, document)).data).toEqual({
    customer: {
      servedBy: [
        { ...anas, remark: '', tags: [] },
        { ...bens, remark: '' },
      ],
    },
  });
});

test('customers are filtered and paged in either order', async () => {
  const { admin, ana, ben } = await office();
  const named = async (token: string, filter: object) =>
    (await ask<Customers>(token, listOf, { filter })).data.customers.nodes.map(({ name }) => name).join(' ');

  expect(await named(admin.token, { city: { startsWith: 'berl' } })).toBe('bens shared');
  expect(await named(admin.token, { kind: 'WECOM' })).toBe('bens');
  expect(await named(admin.token, { not: { region: { eq: 'West' } } })).toBe('bens free shared');
  expect(await named(admin.token, { externalUserId: { in: ['free', 'anas', 'x'] } })).toBe('anas free');
  expect(await named(admin.token, { servedBy: ben.globalId, businessType: { eq: 'retail' } })).toBe('shared');
  expect(await named(ana.token, { servedBy: ana.globalId })).toBe('anas shared');
  // That Ben serves one of them as well is not Ana's to know.
  expect(await named(ana.token, { servedBy: ben.globalId })).toBe('');

  for (const [direction, expected] of [
    ['ASC', 'shared anas bens free'],
    ['DESC', 'free bens anas shared'],
  ]) {
    const found: string[] = [];
    for (let after: string | null = null, more = true; more;) {
      const orderBy = { field: 'CREATED_AT', direction };
      const { data }: { data: Customers } = await ask<Customers>(admin.token, listOf, { first: 3, after, orderBy });
      found.push(...data.customers.nodes.map(({ name }) => name));
      after = data.customers.pageInfo.endCursor;
      more = data.customers.pageInfo.hasNextPage;
    }
    expect(found.join(' ')).toBe(expected);
  }
});

test('a customer that changes hands is at once out of sight of the old member, and in that of the new one', async () => {
  const { ana, ben, shared, relations } = await office();
  await app.db.prisma.relation.update({ where: { id: relations.ben.id }, data: { status: 'DELETED_BY_MEMBER' } });

  await app.db.prisma.relation.update({ where: { id: relations.ana.id }, data: { memberId: ben.id } });

  const document = 'query ($id: ID!) { node(id: $id) { id } }';
  expect((await ask(ana.token, document, { id: shared.globalId })).data).toEqual({ node: null });
  expect((await ask(ben.token, document, { id: shared.globalId })).data).toEqual({ node: { id: shared.globalId } });
});
