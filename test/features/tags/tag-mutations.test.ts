import { expect, test } from 'vitest';
import { encodeId } from '../../../src/graphql/ids.js';
import { openTestApp } from '../../support/app.js';
import { foundCompany } from '../../support/company.js';
import { everythingOf } from '../../support/full-company.js';
import { brokenInvariants } from '../../support/invariants.js';

const baton = await openTestApp();
const { app } = baton;
const { prisma } = app.db;

interface Payload {
  readonly userErrors: readonly { __typename: string; code: string; path: string[]; [data: string]: unknown }[];
  readonly [field: string]: unknown;
}

const payloads = {
  createTag: 'tag { id }',
  createTagGroup: 'tagGroup { id name tags { name } }',
  updateTagGroup: 'tagGroup { name tags { name } }',
  deleteTagGroup: 'deletedTagGroupId',
  updateTag: 'tag { name kind }',
  deleteTag: 'deletedTagId removedFromCount',
} as const;

async function run(token: string, name: keyof typeof payloads, input: object): Promise<Payload> {
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input!`;
  const { data, errors } = await baton.ask<Record<string, Payload>>(
    token,
    `mutation ($input: ${type}) { ${name}(input: $input) { ${payloads[name]}
       userErrors { __typename code path ... on TagExistsError { tag { id } } ... on TagGroupExistsError { tagGroup { id } } } } }`,
    { input },
  );
  expect(errors).toBeUndefined();
  return data[name]!;
}

async function office() {
  const company = await foundCompany(baton);
  const size = await company.tagGroup('Size');
  const ana = await company.member('ana');
  return {
    company,
    size,
    ana,
    admin: await company.member('admin', { administrator: true }),
    ben: await company.member('ben'),
    big: await company.tag('big', { group: size }),
    small: await company.tag('small', { group: size }),
    mine: await company.tag('mine', { member: ana }),
  };
}

type Office = Awaited<ReturnType<typeof office>>;

test('an administrator makes, names and removes groups of tags; a repeated creation makes one', async () => {
  const { company, admin, size } = await office();
  const input = { name: 'Source', idempotencyKey: 'k' };

  const made = await run(admin.token, 'createTagGroup', input);
  const again = await run(admin.token, 'createTagGroup', input);
  const { id } = made['tagGroup'] as { id: string };
  const renamed = await run(admin.token, 'updateTagGroup', { tagGroupId: size.globalId, name: 'Scale' });
  const removed = await run(admin.token, 'deleteTagGroup', { tagGroupId: id });

  expect(made).toEqual({ tagGroup: { id, name: 'Source', tags: [] }, userErrors: [] });
  expect(again).toEqual(made);
  expect(renamed).toEqual({
    tagGroup: { name: 'Scale', tags: [{ name: 'big' }, { name: 'small' }] },
    userErrors: [],
  });
  expect(removed).toEqual({ deletedTagGroupId: id, userErrors: [] });
  expect(await prisma.tagGroup.findMany({ where: { enterpriseId: company.id }, select: { name: true } })).toEqual([
    { name: 'Scale' },
  ]);
});

test('a tag that is called something else says so on everybody who has it, and touches nobody', async () => {
  const { company, admin, ana, big, mine } = await office();
  const relation = await company.relation(ana, await company.customer('Ada'), { tags: [big, mine] });

  const corp = await run(admin.token, 'updateTag', { tagId: big.globalId, name: 'huge' });
  const own = await run(ana.token, 'updateTag', { tagId: mine.globalId, name: 'ours' });

  expect(corp).toEqual({ tag: { name: 'huge', kind: 'CORP' }, userErrors: [] });
  expect(own).toEqual({ tag: { name: 'ours', kind: 'PERSONAL' }, userErrors: [] });
  const { data } = await baton.ask(
    ana.token,
    'query ($id: ID!) { node(id: $id) { ... on Relation { tags { name } } } }',
    {
      id: relation.globalId,
    },
  );
  expect(data['node']).toEqual({ tags: [{ name: 'huge' }, { name: 'ours' }] });
  expect((await prisma.relation.findUniqueOrThrow({ where: { id: relation.id } })).revision).toBe(0);
});

test('a corp tag that is deleted goes off every relation at once, and each is noted as touched', async () => {
  const { company, admin, ana, ben, big, small } = await office();
  const [worn, other, bare] = [
    await company.relation(ana, await company.customer('Ada'), { tags: [big, small] }),
    await company.relation(ben, await company.customer('Bob'), { tags: [big] }),
    await company.relation(ben, await company.customer('Cem'), { tags: [small] }),
  ];
  const ended = await company.relation(ana, await company.customer('Dan'), { tags: [big] });
  await prisma.relation.update({
    where: { id: ended.id },
    data: { status: 'DELETED_BY_CUSTOMER', endedAt: baton.clock.now() },
  });
  await prisma.portfolio.update({ where: { memberId: ana.id }, data: { customers: { decrement: 1 } } });

  const { userErrors, ...answer } = await run(admin.token, 'deleteTag', { tagId: big.globalId });

  expect(userErrors).toEqual([]);
  expect(answer).toEqual({ deletedTagId: big.globalId, removedFromCount: 3 });
  expect(
    await prisma.relationTag.findMany({ where: { enterpriseId: company.id }, orderBy: { relationId: 'asc' } }),
  ).toEqual([worn, bare].map(({ id }) => ({ relationId: id, tagId: small.id, enterpriseId: company.id })));
  const touches = await prisma.relation.findMany({
    where: { enterpriseId: company.id },
    orderBy: { id: 'asc' },
    select: { id: true, revision: true, touches: true },
  });
  expect(touches).toEqual([
    { id: worn.id, revision: 1, touches: { TAGS: 1 } },
    { id: other.id, revision: 1, touches: { TAGS: 1 } },
    { id: bare.id, revision: 0, touches: {} },
    { id: ended.id, revision: 0, touches: {} },
  ]);
  expect(await brokenInvariants(app.db, company.id)).toEqual([]);
});

test("a personal tag is its owner's to delete, and touches nobody: it never travels", async () => {
  const { company, ana, mine } = await office();
  const relation = await company.relation(ana, await company.customer('Ada'), { tags: [mine] });
  const own = async () => (await baton.ask(ana.token, '{ viewer { personalTags { id name } } }')).data['viewer'];
  expect(await own()).toEqual({ personalTags: [{ id: mine.globalId, name: 'mine' }] });

  const { removedFromCount } = await run(ana.token, 'deleteTag', { tagId: mine.globalId });

  expect(removedFromCount).toBe(1);
  expect(await own()).toEqual({ personalTags: [] });
  expect((await prisma.relation.findUniqueOrThrow({ where: { id: relation.id } })).revision).toBe(0);
});

const refusals: readonly (readonly [
  what: string,
  mutation: keyof typeof payloads,
  by: (office: Office) => { token: string },
  input: (office: Office) => object,
  error: (office: Office) => object,
])[] = [
  [
    'a group called as another one',
    'createTagGroup',
    ({ admin }) => admin,
    () => ({ name: 'Size' }),
    ({ size }) => ({ __typename: 'TagGroupExistsError', code: 'ALREADY_EXISTS', tagGroup: { id: size.globalId } }),
  ],
  [
    'a group without a name',
    'createTagGroup',
    ({ admin }) => admin,
    () => ({ name: ' ' }),
    () => ({ code: 'INVALID_INPUT', path: ['input', 'name'] }),
  ],
  [
    'a group that is not there',
    'updateTagGroup',
    ({ admin }) => admin,
    ({ company }) => ({ tagGroupId: encodeId('TagGroup', company.id), name: 'x' }),
    () => ({ code: 'NOT_FOUND', path: ['input', 'tagGroupId'] }),
  ],
  [
    'the end of a group with tags in it',
    'deleteTagGroup',
    ({ admin }) => admin,
    ({ size }) => ({ tagGroupId: size.globalId }),
    () => ({ code: 'TAG_GROUP_NOT_EMPTY', path: ['input', 'tagGroupId'] }),
  ],
  [
    'a tag called as another one of its group',
    'updateTag',
    ({ admin }) => admin,
    ({ big }) => ({ tagId: big.globalId, name: 'small' }),
    ({ small }) => ({ __typename: 'TagExistsError', code: 'ALREADY_EXISTS', tag: { id: small.globalId } }),
  ],
  [
    'a corp tag, to who is no administrator',
    'updateTag',
    ({ ana }) => ana,
    ({ big }) => ({ tagId: big.globalId, name: 'x' }),
    () => ({ code: 'FORBIDDEN', path: ['input', 'tagId'] }),
  ],
  [
    'the end of a corp tag, to who is no administrator',
    'deleteTag',
    ({ ana }) => ana,
    ({ big }) => ({ tagId: big.globalId }),
    () => ({ code: 'FORBIDDEN', path: ['input', 'tagId'] }),
  ],
  [
    "another member's personal tag, even to an administrator",
    'deleteTag',
    ({ admin }) => admin,
    ({ mine }) => ({ tagId: mine.globalId }),
    () => ({ code: 'NOT_FOUND', path: ['input', 'tagId'] }),
  ],
];

test.each(refusals)('refused, and nothing moved: %s', async (_what, mutation, by, input, error) => {
  const story = await office();
  await story.company.relation(story.ana, await story.company.customer('Ada'), { tags: [story.big, story.mine] });
  const before = await everythingOf(baton, story.company.id);

  const { userErrors } = await run(by(story).token, mutation, input(story));

  expect(userErrors).toMatchObject([error(story)]);
  expect(await everythingOf(baton, story.company.id)).toEqual(before);
});

test('of ten that take the same name at once one does, and the others are told of the tag that has it', async () => {
  const { company, admin, ana, size, big } = await office();
  const makes = Array.from({ length: 9 }, () =>
    run(admin.token, 'createTag', { kind: 'CORP', groupId: size.globalId, name: 'new' }),
  );

  const answers = await Promise.all([...makes, run(admin.token, 'updateTag', { tagId: big.globalId, name: 'new' })]);
  const ended = await Promise.all([
    run(ana.token, 'createTag', { kind: 'PERSONAL', name: 'new' }),
    run(admin.token, 'deleteTagGroup', { tagGroupId: size.globalId }),
  ]);

  expect(answers.filter(({ userErrors }) => userErrors.length === 0)).toHaveLength(1);
  const { id } = await prisma.tag.findFirstOrThrow({
    where: { enterpriseId: company.id, groupId: size.id, name: 'new' },
  });
  for (const { userErrors } of answers) {
    if (userErrors.length > 0) {
      expect(userErrors).toMatchObject([{ code: 'ALREADY_EXISTS', tag: { id: encodeId('Tag', id) } }]);
    }
  }
  expect(ended.map(({ userErrors }) => userErrors.map(({ code }) => code))).toEqual([[], ['TAG_GROUP_NOT_EMPTY']]);
});

test('of ten groups that are made under the same name at once one is, and the others are told of it', async () => {
  const { company, admin } = await office();

  const answers = await Promise.all(
    Array.from({ length: 10 }, () => run(admin.token, 'createTagGroup', { name: 'Source' })),
  );

  const { id } = await prisma.tagGroup.findFirstOrThrow({ where: { enterpriseId: company.id, name: 'Source' } });
  const tagGroup = { id: encodeId('TagGroup', id) };
  expect(answers.flatMap(({ userErrors }) => userErrors)).toEqual(
    Array.from({ length: 9 }, () => ({
      __typename: 'TagGroupExistsError',
      code: 'ALREADY_EXISTS',
      path: ['input', 'name'],
      tagGroup,
    })),
  );
});
