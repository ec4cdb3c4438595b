import { allRights } from '../../../src/platform/rights.js';
import { expect, test } from 'vitest';
import { openTestApp } from '../../support/app.js';
import { foundCompany } from '../../support/company.js';
import { countStatements } from '../../support/count-statements.js';

const baton = await openTestApp();
const { ask, app } = baton;

const tagGroups = '{ tagGroups { totalCount nodes { name tags { name kind group { name } } } } }';
const createTag = `mutation ($input: CreateTagInput!) { createTag(input: $input) {
  tag { id name kind group { name } }
  userErrors { __typename code path ... on TagExistsError { tag { id name } } } } }`;

interface Created {
  createTag: {
    tag: { id: string; name: string } | null;
    userErrors: { __typename: string; code: string; path: string[]; tag?: { id: string } }[];
  };
}

async function office() {
  const company = await foundCompany(baton);
  return {
    company,
    admin: await company.member('admin', { administrator: true }),
    ana: await company.member('ana'),
    ben: await company.member('ben'),
  };
}

test('members read the tag groups by name, without personal tags; customers may not', async () => {
  const { company, ana } = await office();
  const size = await company.tagGroup('Size');
  await company.tagGroup('Empty');
  await company.tag('small', { group: size });
  await company.tag('big', { group: size });
  await company.tag('mine', { member: ana });
  const customer = await company.customer('Ada');

  const { data } = await ask(ana.token, tagGroups);
  const refusedToCustomers = await ask(customer.token, tagGroups);

  const tag = (name: string) => ({ name, kind: 'CORP', group: { name: 'Size' } });
  expect(data).toEqual({
    tagGroups: {
      totalCount: 2,
      nodes: [
        { name: 'Empty', tags: [] },
        { name: 'Size', tags: [tag('big'), tag('small')] },
      ],
    },
  });
  expect(refusedToCustomers.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
});

test("a tag by id: corp tags to the company's members, personal ones to their owner, nothing to customers and strangers", async () => {
  const { company, admin, ana, ben } = await office();
  const corp = await company.tag('big', { group: await company.tagGroup('Size') });
  const mine = await company.tag('mine', { member: ana });
  const customer = await company.customer('Ada');
  const stranger = await (await foundCompany(baton)).member('stranger', { administrator: true });
  const document = 'query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Tag { name } } }';
  const seen = async (token: string) =>
    (await ask(token, document, { ids: [corp.globalId, mine.globalId] })).data.nodes;

  expect(await seen(ana.token)).toEqual([{ name: 'big' }, { name: 'mine' }]);
  expect(await seen(ben.token)).toEqual([{ name: 'big' }, null]);
  expect(await seen(admin.token)).toEqual([{ name: 'big' }, null]);
  expect(await seen(customer.token)).toEqual([null, null]);
  expect(await seen(stranger.token)).toEqual([null, null]);
});

test('createTag makes a corp tag in a group, the group too, and a personal tag for whoever asks', async () => {
  const { company, admin, ana } = await office();

  const first = await ask(admin.token, createTag, { input: { kind: 'CORP', name: 'big', groupName: 'Size' } });
  const second = await ask(admin.token, createTag, { input: { kind: 'CORP', name: 'small', groupName: 'Size' } });
  const mine = await ask(ana.token, createTag, { input: { kind: 'PERSONAL', name: 'big' } });

  const id = expect.any(String) as string;
  expect(first.data).toEqual({
    createTag: { tag: { id, name: 'big', kind: 'CORP', group: { name: 'Size' } }, userErrors: [] },
  });
  expect(second.data).toMatchObject({ createTag: { tag: { name: 'small', group: { name: 'Size' } } } });
  expect(mine.data).toEqual({ createTag: { tag: { id, name: 'big', kind: 'PERSONAL', group: null }, userErrors: [] } });
  expect(await app.db.prisma.tagGroup.count({ where: { enterpriseId: company.id } })).toBe(1);
});

test('createTag refuses what it should, and leaves no tag or group behind', async () => {
  const { company, admin, ana } = await office();
  const size = await company.tagGroup('Size');
  const big = await company.tag('big', { group: size });
  const foreign = await (await foundCompany(baton)).tagGroup('Foreign');
  const before = await app.db.prisma.tag.findMany({ where: { enterpriseId: company.id } });

  const cases: [string, Record<string, unknown>, string, string][] = [
    [ana.token, { kind: 'CORP', name: 'x', groupName: 'New' }, 'FORBIDDEN', 'kind'],
    [admin.token, { kind: 'CORP', name: 'big', groupId: size.globalId }, 'ALREADY_EXISTS', 'name'],
    [admin.token, { kind: 'CORP', name: 'x', groupId: foreign.globalId }, 'NOT_FOUND', 'groupId'],
    [admin.token, { kind: 'CORP', name: 'x' }, 'INVALID_INPUT', 'groupId'],
    [admin.token, { kind: 'CORP', name: 'x', groupId: size.globalId, groupName: 'Size' }, 'INVALID_INPUT', 'groupId'],
    [admin.token, { kind: 'CORP', name: 'x', groupName: ' ' }, 'INVALID_INPUT', 'groupName'],
    [ana.token, { kind: 'PERSONAL', name: 'x', groupName: 'New' }, 'INVALID_INPUT', 'groupName'],
    [ana.token, { kind: 'PERSONAL', name: '' }, 'INVALID_INPUT', 'name'],
    [ana.token, { kind: 'PERSONAL', name: 'x'.repeat(201) }, 'INVALID_INPUT', 'name'],
  ];
  for (const [token, input, code, field] of cases) {
    const { data } = await ask<Created>(token, createTag, { input });
    expect(data.createTag.tag).toBeNull();
    expect(data.createTag.userErrors).toMatchObject([{ code, path: ['input', field] }]);
    if (code === 'ALREADY_EXISTS') {
      expect(data.createTag.userErrors[0]).toMatchObject({ __typename: 'TagExistsError', tag: { id: big.globalId } });
    }
  }

  expect(await app.db.prisma.tag.findMany({ where: { enterpriseId: company.id } })).toEqual(before);
  expect(await app.db.prisma.tagGroup.count({ where: { enterpriseId: company.id } })).toBe(1);
});

test('5 and 50 groups cost as many statements', async () => {
  const { company, admin } = await office();
  for (let i = 0; i < 50; i++) await company.tag('tag', { group: await company.tagGroup(`group ${i}`) });
  const actor = {
    kind: 'member',
    id: admin.id,
    enterpriseId: company.id,
    name: 'admin',
    rights: allRights,
  } as const;
  const document =
    'query ($first: Int!) { tagGroups(first: $first) { totalCount nodes { name tags { name group { name } } } } }';

  const few = await countStatements(app, actor, document, { first: 5 });
  const many = await countStatements(app, actor, document, { first: 50 });

  expect(many.result.errors).toBeUndefined();
  expect(many.statements).toBe(few.statements);
});
