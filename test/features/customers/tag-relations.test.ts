import { expect, test } from 'vitest';
import { openTestApp } from '../../support/app.js';
import { foundCompany, type Made } from '../../support/company.js';
import { serveMany } from '../../support/crowd.js';
import { everythingOf } from '../../support/full-company.js';
import { brokenInvariants } from '../../support/invariants.js';

const baton = await openTestApp();
const { app } = baton;
const { prisma } = app.db;

interface Payload {
  readonly changedCount: number | null;
  readonly relations: readonly { id: string }[];
  readonly userErrors: readonly { code: string; message: string; path: string[] }[];
}

async function tag(token: string, input: object): Promise<Payload> {
  const { data, errors } = await baton.ask<{ tagRelations: Payload }>(
    token,
    `mutation ($input: TagRelationsInput!) { tagRelations(input: $input) {
       changedCount relations { id } userErrors { code message path } } }`,
    { input },
  );
  expect(errors).toBeUndefined();
  return data.tagRelations;
}

async function office() {
  const company = await foundCompany(baton);
  const group = await company.tagGroup('Size');
  const [ana, ben] = [await company.member('ana'), await company.member('ben')];
  const [berlin, bonn] = [
    await company.customer('Ada', { city: 'Berlin' }),
    await company.customer('Bob', { city: 'Bonn' }),
  ];
  const vip = await company.tag('vip', { group });
  const old = await company.tag('old', { group });
  return {
    company,
    ana,
    ben,
    admin: await company.member('admin', { administrator: true }),
    vip,
    old,
    mine: await company.tag('mine', { member: ana }),
    anas: await company.relation(ana, berlin, { tags: [old] }),
    anasOther: await company.relation(ana, bonn),
    bens: await company.relation(ben, berlin, { tags: [old] }),
  };
}

/** Who carries the tag, by relation. */
async function carriers(of: Made): Promise<string[]> {
  const rows = await prisma.relationTag.findMany({ where: { tagId: of.id }, orderBy: { relationId: 'asc' } });
  return rows.map(({ relationId }) => relationId);
}

const inBerlin = { city: { eq: 'Berlin' } };

test('a filter tags those it holds for: of one member, of everybody for an administrator, of oneself for a member', async () => {
  const { company, admin, ana, ben, vip, old, anas, anasOther, bens } = await office();

  const ofAna = await tag(admin.token, {
    selection: { memberId: ana.globalId, filter: inBerlin },
    addTagIds: [vip.globalId],
  });
  expect(ofAna).toEqual({ changedCount: 1, relations: [], userErrors: [] });
  expect(await carriers(vip)).toEqual([anas.id]);

  const own = await tag(ben.token, { selection: { filter: {} }, addTagIds: [vip.globalId] });
  expect(own.changedCount).toBe(1);
  expect(await carriers(vip)).toEqual([anas.id, bens.id]);

  const everybody = { selection: { filter: {} }, addTagIds: [vip.globalId], removeTagIds: [old.globalId] };
  expect((await tag(admin.token, everybody)).changedCount).toBe(3);
  expect((await tag(admin.token, everybody)).changedCount).toBe(0);
  expect(await carriers(vip)).toEqual([anas.id, anasOther.id, bens.id]);
  expect(await carriers(old)).toEqual([]);
  expect(await brokenInvariants(app.db, company.id)).toEqual([]);
});

test('only what changed is noted as touched, and a personal tag touches nobody', async () => {
  const { admin, ana, vip, mine, anas, anasOther } = await office();
  await tag(admin.token, { relationIds: [anas.globalId], addTagIds: [vip.globalId] });

  await tag(ana.token, { selection: { filter: {} }, addTagIds: [vip.globalId, mine.globalId] });

  const rows = await prisma.relation.findMany({
    where: { memberId: ana.id },
    orderBy: { id: 'asc' },
    select: { id: true, revision: true, touches: true },
  });
  expect(rows).toEqual([
    { id: anas.id, revision: 1, touches: { TAGS: 1 } },
    { id: anasOther.id, revision: 1, touches: { TAGS: 1 } },
  ]);
  expect(await carriers(mine)).toEqual([anas.id, anasOther.id]);
});

test('the record of a selection says what was asked, of how many, and how many changed', async () => {
  const { company, admin, ana, vip } = await office();

  await tag(admin.token, { selection: { memberId: ana.globalId, filter: inBerlin }, addTagIds: [vip.globalId] });

  const [record] = await prisma.auditEvent.findMany({ where: { enterpriseId: company.id } });
  expect(record).toMatchObject({
    action: 'tagRelations',
    detail: {
      selection: { memberId: ana.id, filter: inBerlin },
      ...{ added: [vip.id], removed: [], relationCount: 1, changedCount: 1 },
    },
  });
});

type Office = Awaited<ReturnType<typeof office>> & { readonly adminsTag: Made };
const refusals: readonly (readonly [
  what: string,
  by: (story: Office) => { token: string },
  input: (story: Office) => object,
  code: string,
  path: string[],
])[] = [
  [
    "another member's customers, to who is no administrator",
    ({ ben }) => ben,
    ({ ana, vip }) => ({ selection: { memberId: ana.globalId, filter: {} }, addTagIds: [vip.globalId] }),
    'NOT_FOUND',
    ['input', 'selection', 'memberId'],
  ],
  [
    'a personal tag on customers of others',
    ({ admin }) => admin,
    ({ adminsTag }) => ({ selection: { filter: {} }, addTagIds: [adminsTag.globalId] }),
    'TAG_NOT_ALLOWED',
    ['input', 'addTagIds', '0'],
  ],
  [
    'both ways at once',
    ({ admin }) => admin,
    ({ anas, vip }) => ({ relationIds: [anas.globalId], selection: { filter: {} }, addTagIds: [vip.globalId] }),
    'INVALID_INPUT',
    ['input'],
  ],
  ['no way at all', ({ admin }) => admin, ({ vip }) => ({ addTagIds: [vip.globalId] }), 'INVALID_INPUT', ['input']],
];

test.each(refusals)('refused, and nothing moved: %s', async (_what, by, input, code, path) => {
  const made = await office();
  const adminsTag = await made.company.tag('secret', { member: made.admin });
  const story = { ...made, adminsTag };
  const before = await everythingOf(baton, story.company.id);

  const { changedCount, relations, userErrors } = await tag(by(story).token, input(story));

  expect({ changedCount, relations }).toEqual({ changedCount: null, relations: [] });
  expect(userErrors).toMatchObject([{ code, path }]);
  expect(await everythingOf(baton, story.company.id)).toEqual(before);
});

test('more than one chunk of customers is tagged whole', async () => {
  const { company, admin, ana, vip } = await office();
  await serveMany(app, company.id, ana.id, 10_001);

  const { changedCount } = await tag(admin.token, {
    selection: { memberId: ana.globalId, filter: { name: { startsWith: 'customer' } } },
    addTagIds: [vip.globalId],
  });

  expect(changedCount).toBe(10_001);
  expect(await prisma.relationTag.count({ where: { tagId: vip.id } })).toBe(10_001);
});
