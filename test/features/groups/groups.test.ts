import { allRights } from '../../../src/platform/rights.js';
import { expect, test } from 'vitest';
import { openTestApp } from '../../support/app.js';
import { foundCompany } from '../../support/company.js';
import { countStatements } from '../../support/count-statements.js';

const baton = await openTestApp();
const { ask, app } = baton;

async function office() {
  const company = await foundCompany(baton);
  const admin = await company.member('admin', { administrator: true });
  const ana = await company.member('ana');
  const ben = await company.member('ben');
  const ada = await company.customer('Ada');
  const bob = await company.customer('Bob');
  await company.relation(ana, ada);
  const anas = await company.group('anas', ana, [
    { member: ana },
    { member: ben },
    { customer: ada },
    { customer: bob },
  ]);
  const bens = await company.group('bens', ben, [{ member: ben }, { customer: ada }]);
  return { company, admin, ana, ben, ada, bob, anas, bens };
}

interface Groups {
  customerGroups: { totalCount: number; nodes: { name: string }[] };
}

test.each([
  ['admin', 'anas bens'],
  ['ana', 'anas'],
  ['ben', 'bens'],
] as const)('%s lists the groups that are theirs to see: %s', async (who, expected) => {
  const people = await office();

  const { data } = await ask<Groups>(people[who].token, '{ customerGroups { totalCount nodes { name } } }');

  expect(data.customerGroups.nodes.map(({ name }) => name).join(' ')).toBe(expected);
  expect(data.customerGroups.totalCount).toBe(data.customerGroups.nodes.length);
});

test('a group names its owner and participants; customers whom the reader does not serve stay unnamed', async () => {
  const { admin, ana } = await office();
  const document = `{ customerGroup(chatId: "anas") { name chatId notice status owner { userId } participantCount
    participants(first: 3) { totalCount nodes { member { userId } customer { name } } pageInfo { hasNextPage endCursor } } } }`;
  interface Group {
    customerGroup: { participants: { pageInfo: { endCursor: string } } };
  }

  const { data } = await ask<Group>(admin.token, document);
  const rest = `query ($after: String) { customerGroup(chatId: "anas") { participants(first: 3, after: $after) {
    nodes { member { userId } customer { name } } pageInfo { hasNextPage } } } }`;
  const after = data.customerGroup.participants.pageInfo.endCursor;
  const forAdmin = await ask(admin.token, rest, { after });
  const forAna = await ask(ana.token, rest, { after });

  expect(data).toEqual({
    customerGroup: {
      ...{
        name: 'anas',
        chatId: 'anas',
        notice: null,
        status: 'NORMAL',
        owner: { userId: 'ana' },
        participantCount: 4,
      },
      participants: {
        totalCount: 4,
        nodes: [
          { member: { userId: 'ana' }, customer: null },
          { member: { userId: 'ben' }, customer: null },
          { member: null, customer: { name: 'Ada' } },
        ],
        pageInfo: { hasNextPage: true, endCursor: after },
      },
    },
  });
  const last = (customer: object | null) => ({
    customerGroup: { participants: { nodes: [{ member: null, customer }], pageInfo: { hasNextPage: false } } },
  });
  expect(forAdmin.data).toEqual(last({ name: 'Bob' }));
  expect(forAna.data).toEqual(last(null));
});

test('what is not theirs is null by key and by id, and empty in lists', async () => {
  const { admin, ana, ada, bens } = await office();
  const stranger = await (await foundCompany(baton)).member('stranger', { administrator: true });
  const document = 'query ($id: ID!) { customerGroup(chatId: "bens") { name } node(id: $id) { id } }';
  const lists = `{ member(userId: "ben") { customerGroups { totalCount nodes { name } } }
    customer(externalUserId: "Ada") { customerGroups { totalCount nodes { name } } } }`;

  for (const { token } of [ana, ada, stranger]) {
    expect((await ask(token, document, { id: bens.globalId })).data).toEqual({ customerGroup: null, node: null });
  }
  expect((await ask(admin.token, document, { id: bens.globalId })).data).toEqual({
    customerGroup: { name: 'bens' },
    node: { id: bens.globalId },
  });
  expect((await ask(ana.token, lists)).data).toEqual({
    member: { customerGroups: { totalCount: 0, nodes: [] } },
    customer: { customerGroups: { totalCount: null, nodes: [{ name: 'anas' }] } },
  });
  expect((await ask(admin.token, lists)).data).toEqual({
    member: { customerGroups: { totalCount: 1, nodes: [{ name: 'bens' }] } },
    customer: { customerGroups: { totalCount: null, nodes: [{ name: 'anas' }, { name: 'bens' }] } },
  });
  expect(
    (await ask(ada.token, '{ customer(externalUserId: "Ada") { customerGroups { nodes { name } } } }')).data,
  ).toEqual({ customer: { customerGroups: { nodes: [] } } });
});

test('groups are filtered by name, key, status and owner', async () => {
  const { admin, ana } = await office();
  const document =
    'query ($filter: CustomerGroupFilter) { customerGroups(filter: $filter) { totalCount nodes { name } } }';
  const named = async (filter: object) =>
    (await ask<Groups>(admin.token, document, { filter })).data.customerGroups.nodes.map(({ name }) => name).join(' ');

  expect(await named({ name: { contains: 'S' } })).toBe('anas bens');
  expect(await named({ chatId: { eq: 'bens' } })).toBe('bens');
  expect(await named({ status: ['OWNER_RESIGNED'] })).toBe('');
  expect(await named({ status: ['NORMAL', 'INHERITED'], ownerId: ana.globalId })).toBe('anas');
  const { errors } = await ask(admin.token, document, { filter: { status: [] } });
  expect(errors?.[0]).toMatchObject({
    message: '`status` needs at least one value.',
    extensions: { code: 'BAD_USER_INPUT' },
  });
});

test('5 and 50 groups cost as many statements', async () => {
  const company = await foundCompany(baton);
  const admin = await company.member('admin', { administrator: true });
  for (let i = 0; i < 50; i++) {
    const member = await company.member(`member ${i}`);
    const customer = await company.customer(`customer ${i}`);
    await company.group(`group ${i}`, member, [{ member }, { customer }]);
  }
  const actor = {
    kind: 'member',
    id: admin.id,
    enterpriseId: company.id,
    name: 'admin',
    rights: allRights,
  } as const;
  const document = `query ($first: Int!) { customerGroups(first: $first) { totalCount nodes { owner { name } participantCount
    participants(first: 5) { nodes { member { name } customer { name customerGroups(first: 1) { nodes { name } } } } } } } }`;

  const few = await countStatements(app, actor, document, { first: 5 });
  const many = await countStatements(app, actor, document, { first: 50 });

  expect(many.result.errors).toBeUndefined();
  expect(many.statements).toBe(few.statements);
});
