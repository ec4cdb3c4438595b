import { expect, test } from 'vitest';
import { encodeId } from '../../../src/graphql/ids.js';
import { openTestApp } from '../../support/app.js';
import { foundCompany, type Company, type Made } from '../../support/company.js';

const baton = await openTestApp();
const { ask, app } = baton;

const errors = 'userErrors { __typename code message path ... on AlreadyServedError { relation { id remark } } }';
const createCustomer = `mutation ($input: CreateCustomerInput!) { createCustomer(input: $input) {
  customer { id name externalUserId kind corpName region city businessType createdAt }
  relation { id member { userId } addedAt addWay remark } ${errors} } }`;
const addRelation = `mutation ($input: AddRelationInput!) { addRelation(input: $input) {
  relation { id member { userId } customer { name } remark description addedAt addWay tags { name } } ${errors} } }`;
const updateRelation = `mutation ($input: UpdateRelationInput!) { updateRelation(input: $input) {
  relation { remark description } ${errors} } }`;
const tagRelations = `mutation ($input: TagRelationsInput!) { tagRelations(input: $input) {
  relations { id tags { name } } ${errors} } }`;

interface UserError {
  __typename: string;
  code: string;
  message: string;
  path: string[];
  relation?: { id: string; remark: string };
}
type Payload = { userErrors: UserError[] } & Record<string, unknown>;

async function run(token: string, document: string, input: Record<string, unknown>): Promise<Payload> {
  const answer = await ask<Record<string, Payload>>(token, document, { input });
  expect(answer.errors).toBeUndefined();
  const [payload] = Object.values(answer.data);
  if (!payload) throw new Error('No payload.');
  return payload;
}

/** Everything that a mutation of these could have changed in the company. */
async function stateOf(company: Company) {
  const { prisma } = app.db;
  const where = { enterpriseId: company.id };
  return {
    customers: await prisma.customer.findMany({ where, orderBy: { id: 'asc' } }),
    relations: await prisma.relation.findMany({ where, orderBy: { id: 'asc' } }),
    tags: await prisma.relationTag.findMany({ where, orderBy: [{ relationId: 'asc' }, { tagId: 'asc' }] }),
    portfolios: await prisma.portfolio.findMany({ where, orderBy: { memberId: 'asc' } }),
    keys: await prisma.idempotencyKey.count({ where }),
    done: await prisma.auditEvent.count({ where: { ...where, outcome: 'SUCCESS' } }),
  };
}

/** Runs what must be refused; proves that nothing moved and that the refusal is on the audit log. */
async function refused(
  company: Company,
  token: string,
  document: string,
  input: Record<string, unknown>,
): Promise<UserError> {
  const before = await stateOf(company);
  const auditBefore = await app.db.prisma.auditEvent.count({ where: { enterpriseId: company.id, outcome: 'REFUSED' } });

  const { userErrors } = await run(token, document, input);

  expect(await stateOf(company)).toEqual(before);
  const audit = await app.db.prisma.auditEvent.findMany({
    where: { enterpriseId: company.id, outcome: 'REFUSED' },
    orderBy: { id: 'asc' },
  });
  expect(audit.length).toBe(auditBefore + 1);
  expect(userErrors).toHaveLength(1);
  expect(audit.at(-1)?.code).toBe(userErrors[0]?.code);
  const [error] = userErrors;
  if (!error) throw new Error('Not refused.');
  return error;
}

async function heldBy(member: Made): Promise<number> {
  return (await app.db.prisma.portfolio.findUniqueOrThrow({ where: { memberId: member.id } })).customers;
}

async function office() {
  const company = await foundCompany(baton);
  const group = await company.tagGroup('Size');
  const ana = await company.member('ana');
  return {
    company,
    admin: await company.member('admin', { administrator: true }),
    ana,
    ben: await company.member('ben'),
    gone: await company.member('gone', { status: 'RESIGNED' }),
    big: await company.tag('big', { group }),
    small: await company.tag('small', { group }),
    anasTag: await company.tag('mine', { member: ana }),
  };
}

const newCustomer = { externalUserId: 'wm-1', name: 'Ada', kind: 'WECHAT' };

test('a member creates a customer and serves them; an administrator may leave them to nobody yet', async () => {
  const { company, ana, admin } = await office();

  const own = await run(ana.token, createCustomer, { ...newCustomer, city: 'Berlin', region: '  ' });
  const free = await run(admin.token, createCustomer, { ...newCustomer, externalUserId: 'wm-2' });

  expect(own).toEqual({
    customer: {
      ...{
        id: expect.any(String) as string,
        ...newCustomer,
        corpName: null,
        region: null,
        city: 'Berlin',
        businessType: null,
      },
      createdAt: baton.clock.now().toISOString(),
    },
    relation: {
      ...{ id: expect.any(String) as string, member: { userId: 'ana' }, addWay: 'UNKNOWN', remark: '' },
      addedAt: baton.clock.now().toISOString(),
    },
    userErrors: [],
  });
  expect(free.relation).toBeNull();
  expect(await heldBy(ana)).toBe(1);
  const audit = await app.db.prisma.auditEvent.findMany({
    where: { enterpriseId: company.id },
    orderBy: { id: 'asc' },
  });
  expect(audit.map(({ action, outcome, actorName, subjectType }) => [action, outcome, actorName, subjectType])).toEqual(
    [
      ['createCustomer', 'SUCCESS', 'ana', 'Customer'],
      ['createCustomer', 'SUCCESS', 'admin', 'Customer'],
    ],
  );
});

test('createCustomer repeated with its key answers the same and does nothing; with other arguments it is refused', async () => {
  const { company, ana } = await office();
  const input = { ...newCustomer, idempotencyKey: 'key-1' };

  const first = await run(ana.token, createCustomer, input);
  const state = await stateOf(company);
  const again = await run(ana.token, createCustomer, input);

  expect(again).toEqual(first);
  expect(await stateOf(company)).toEqual(state);
  expect(await refused(company, ana.token, createCustomer, { ...input, name: 'Bob' })).toMatchObject({
    code: 'IDEMPOTENCY_KEY_REUSED',
  });
});

test('createCustomer refuses what is taken, not allowed or not readable', async () => {
  const { company, ana, ben, admin, gone } = await office();
  const stranger = await (await foundCompany(baton)).member('stranger');
  await run(admin.token, createCustomer, newCustomer);
  const other = { ...newCustomer, externalUserId: 'wm-2' };
  const no = (token: string, input: Record<string, unknown>) => refused(company, token, createCustomer, input);

  expect(await no(ana.token, newCustomer)).toMatchObject({
    code: 'ALREADY_EXISTS',
    path: ['input', 'externalUserId'],
    __typename: 'CommonError',
  });
  expect(await no(ana.token, { ...other, servedBy: ben.globalId })).toMatchObject({ code: 'FORBIDDEN' });
  expect(await no(admin.token, { ...other, servedBy: gone.globalId })).toMatchObject({
    code: 'MEMBER_NOT_ACTIVE',
    message: 'gone is not active. Name somebody who is.',
  });
  expect(await no(admin.token, { ...other, servedBy: stranger.globalId })).toMatchObject({ code: 'NOT_FOUND' });
  expect(await no(ana.token, { ...other, name: ' ' })).toMatchObject({
    code: 'INVALID_INPUT',
    path: ['input', 'name'],
  });
  expect(await no(ana.token, { ...other, name: 'x'.repeat(201) })).toMatchObject({
    message: 'name must have at most 200 characters, got 201.',
  });
  expect(await no(ana.token, { ...other, city: 'a\0b' })).toMatchObject({
    message: 'city must not contain a NUL character.',
  });
  expect(await no(ana.token, { ...other, idempotencyKey: '' })).toMatchObject({ code: 'INVALID_INPUT' });
  expect((await run(ana.token, createCustomer, { ...other, name: '😀'.repeat(200) })).userErrors).toEqual([]);
});

test('addRelation counts and tags; adding it again is refused with the relation that there is', async () => {
  const { company, ana, admin, big, anasTag } = await office();
  const ada = await company.customer('Ada');
  const input = { memberId: ana.globalId, customerId: ada.globalId, remark: 'note', addWay: 'CARD' };

  const added = await run(ana.token, addRelation, {
    ...input,
    addedAt: '2025-01-01T00:00:00.000Z',
    tagIds: [anasTag.globalId, big.globalId],
  });
  const relation = added.relation as { id: string };

  expect(added).toEqual({
    relation: {
      id: relation.id,
      ...{ member: { userId: 'ana' }, customer: { name: 'Ada' }, remark: 'note', description: '', addWay: 'CARD' },
      ...{ addedAt: '2025-01-01T00:00:00.000Z', tags: [{ name: 'big' }, { name: 'mine' }] },
    },
    userErrors: [],
  });
  expect(await heldBy(ana)).toBe(1);
  expect(await refused(company, admin.token, addRelation, input)).toEqual({
    __typename: 'AlreadyServedError',
    code: 'ALREADY_SERVED',
    message: 'This member serves the customer already. Change that relation instead.',
    path: ['input', 'customerId'],
    relation: { id: relation.id, remark: 'note' },
  });
});

test('of many that add the same relation at once, one does', async () => {
  const { company, ana } = await office();
  const ada = await company.customer('Ada');
  const input = { memberId: ana.globalId, customerId: ada.globalId };

  const answers = await Promise.all(Array.from({ length: 10 }, () => run(ana.token, addRelation, input)));

  expect(answers.filter(({ userErrors }) => userErrors.length === 0)).toHaveLength(1);
  expect(answers.flatMap(({ userErrors }) => userErrors.map(({ code }) => code))).toEqual(
    Array.from({ length: 9 }, () => 'ALREADY_SERVED'),
  );
  expect(await heldBy(ana)).toBe(1);
});

test('addRelation refuses those who may not, and whatever is unknown or foreign alike', async () => {
  const { company, ana, ben, admin, gone, anasTag } = await office();
  const ada = await company.customer('Ada');
  const other = await foundCompany(baton);
  const foreign = {
    customer: await other.customer('Eve'),
    member: await other.member('eve'),
    tag: await other.tag('x', { group: await other.tagGroup('y') }),
  };
  const input = { memberId: ana.globalId, customerId: ada.globalId };
  const no = (token: string, change: Record<string, unknown>) =>
    refused(company, token, addRelation, { ...input, ...change });
  const unknown = Buffer.from('Customer:019a0000-0000-7000-8000-000000000000').toString('base64url');

  expect(await no(ben.token, {})).toMatchObject({ code: 'FORBIDDEN', path: ['input', 'memberId'] });
  expect(await no(admin.token, { memberId: gone.globalId })).toMatchObject({ code: 'MEMBER_NOT_ACTIVE' });
  const { message, ...foreignAnswer } = await no(admin.token, { customerId: foreign.customer.globalId });
  expect({ message, ...foreignAnswer }).toEqual(await no(admin.token, { customerId: unknown }));
  expect(foreignAnswer.code).toBe('NOT_FOUND');
  expect(await no(admin.token, { memberId: foreign.member.globalId })).toMatchObject({ code: 'NOT_FOUND' });
  expect(await no(ana.token, { tagIds: [foreign.tag.globalId] })).toMatchObject({
    code: 'NOT_FOUND',
    path: ['input', 'tagIds', '0'],
  });
  // Ana's own tag is not the administrator's to see, so it is not there.
  expect(await no(admin.token, { tagIds: [anasTag.globalId] })).toMatchObject({ code: 'NOT_FOUND' });
  expect(await no(ana.token, { addedAt: '2100-01-01T00:00:00Z' })).toMatchObject({
    code: 'INVALID_INPUT',
    path: ['input', 'addedAt'],
  });
  expect(await no(ana.token, { remark: 'x'.repeat(201) })).toMatchObject({ code: 'INVALID_INPUT' });
  expect(await no(ana.token, { description: 'x'.repeat(2001) })).toMatchObject({ code: 'INVALID_INPUT' });
});

test("who knows the id of a colleague's customer cannot serve them by it; of one whom nobody serves, or they served, they can", async () => {
  const { company, ana, ben, admin } = await office();
  const [ada, eve] = [await company.customer('Ada'), await company.customer('Eve')];
  const serves = (member: typeof ana, customer: typeof ada) => ({
    memberId: member.globalId,
    customerId: customer.globalId,
  });
  const unknown = {
    ...serves(ana, ada),
    customerId: Buffer.from('Customer:019a0000-0000-7000-8000-000000000000').toString('base64url'),
  };
  const added = await run(ben.token, addRelation, serves(ben, ada));
  expect(added.userErrors).toEqual([]);

  expect(await refused(company, ana.token, addRelation, serves(ana, ada))).toEqual(
    await refused(company, ana.token, addRelation, unknown),
  );

  expect((await run(ana.token, addRelation, serves(ana, eve))).userErrors).toEqual([]);
  expect((await run(admin.token, addRelation, serves(ana, ada))).userErrors).toEqual([]);
  const endRelation = 'mutation ($input: EndRelationInput!) { endRelation(input: $input) { userErrors { code } } }';
  const hers = await app.db.prisma.relation.findFirstOrThrow({ where: { memberId: ana.id, customerId: ada.id } });
  await baton.ask(ana.token, endRelation, { input: { relationId: encodeId('Relation', hers.id) } });
  expect((await run(ana.token, addRelation, serves(ana, ada))).userErrors).toEqual([]);
});

test('the notes are changed by the member who serves, and by administrators; two changes in one request both show', async () => {
  const { company, ana, ben, admin } = await office();
  const relation = await company.relation(ana, await company.customer('Ada'), { remark: 'old' });
  const relationId = relation.globalId;

  expect(await run(ana.token, updateRelation, { relationId, remark: 'new' })).toEqual({
    relation: { remark: 'new', description: '' },
    userErrors: [],
  });
  expect(await run(admin.token, updateRelation, { relationId, remark: '', description: 'long' })).toEqual({
    relation: { remark: '', description: 'long' },
    userErrors: [],
  });
  const twice = await ask(
    ana.token,
    `mutation ($id: ID!) { a: updateRelation(input: {relationId: $id, remark: "1"}) { relation { remark } }
       b: updateRelation(input: {relationId: $id, remark: "2"}) { relation { remark } } }`,
    { id: relationId },
  );
  expect(twice.data).toEqual({ a: { relation: { remark: '1' } }, b: { relation: { remark: '2' } } });

  const no = (token: string, input: Record<string, unknown>) =>
    refused(company, token, updateRelation, { relationId, ...input });
  expect(await no(ben.token, { remark: 'x' })).toMatchObject({ code: 'NOT_FOUND', path: ['input', 'relationId'] });
  expect(await no(ana.token, {})).toMatchObject({ code: 'INVALID_INPUT', path: ['input'] });
  expect(await no(ana.token, { remark: '\0' })).toMatchObject({ code: 'INVALID_INPUT' });
  await app.db.prisma.relation.update({ where: { id: relation.id }, data: { memberId: ben.id } });
  expect(await no(ana.token, { remark: 'x' })).toMatchObject({ code: 'NOT_FOUND' });
});

test('tags go on and off all relations or none, as often as one likes', async () => {
  const { company, ana, admin, big, small } = await office();
  const [one, two] = [
    await company.relation(ana, await company.customer('Ada'), { tags: [small] }),
    await company.relation(ana, await company.customer('Bob')),
  ];
  const input = {
    relationIds: [two.globalId, one.globalId],
    addTagIds: [big.globalId],
    removeTagIds: [small.globalId],
  };
  const tagged = [
    { id: two.globalId, tags: [{ name: 'big' }] },
    { id: one.globalId, tags: [{ name: 'big' }] },
  ];

  for (const token of [ana.token, admin.token]) {
    const { relations, userErrors } = await run(token, tagRelations, input);
    expect(userErrors).toEqual([]);
    expect(relations).toEqual(tagged);
  }
});

test('tagRelations refuses the whole when one relation or tag is not the caller’s', async () => {
  const { company, ana, ben, admin, big, anasTag } = await office();
  const own = await company.relation(ana, await company.customer('Ada'));
  const bens = await company.relation(ben, await company.customer('Bob'));
  const adminTag = await company.tag('secret', { member: admin });
  const no = (token: string, input: Record<string, unknown>) => refused(company, token, tagRelations, input);
  const both = [own.globalId, bens.globalId];

  expect(await no(ana.token, { relationIds: both, addTagIds: [big.globalId] })).toMatchObject({
    code: 'NOT_FOUND',
    path: ['input', 'relationIds', '1'],
  });
  expect(await no(ben.token, { relationIds: [bens.globalId], addTagIds: [anasTag.globalId] })).toMatchObject({
    code: 'NOT_FOUND',
    path: ['input', 'addTagIds', '0'],
  });
  expect(await no(admin.token, { relationIds: both, addTagIds: [big.globalId, adminTag.globalId] })).toMatchObject({
    code: 'TAG_NOT_ALLOWED',
    path: ['input', 'addTagIds', '1'],
  });
  expect(await no(ana.token, { relationIds: [], addTagIds: [big.globalId] })).toMatchObject({ code: 'INVALID_INPUT' });
  expect(await no(ana.token, { relationIds: [own.globalId] })).toMatchObject({ code: 'INVALID_INPUT' });
  expect(
    await no(ana.token, { relationIds: [own.globalId], addTagIds: [big.globalId], removeTagIds: [big.globalId] }),
  ).toMatchObject({ code: 'INVALID_INPUT', path: ['input', 'removeTagIds', '0'] });
  expect(
    await no(ana.token, { relationIds: Array.from({ length: 1001 }, () => own.globalId), addTagIds: [big.globalId] }),
  ).toMatchObject({ message: 'relationIds takes 1 to 1000 ids, got 1001.' });
});

test.each([
  ['createCustomer', createCustomer, () => newCustomer],
  ['addRelation', addRelation, (ids: Ids) => ({ memberId: ids.member, customerId: ids.customer })],
  ['updateRelation', updateRelation, (ids: Ids) => ({ relationId: ids.relation, remark: 'x' })],
  ['tagRelations', tagRelations, (ids: Ids) => ({ relationIds: [ids.relation], addTagIds: [ids.tag] })],
])('%s is refused while customer contact is off, and to customers', async (_name, document, input) => {
  const { company, ana, big } = await office();
  const ada = await company.customer('Ada');
  const bob = await company.customer('Bob');
  const relation = await company.relation(ana, ada);
  const ids = { member: ana.globalId, customer: bob.globalId, relation: relation.globalId, tag: big.globalId };

  await app.db.prisma.enterprise.update({ where: { id: company.id }, data: { customerContactEnabled: false } });
  expect(await refused(company, ana.token, document, input(ids))).toMatchObject({ code: 'CUSTOMER_CONTACT_DISABLED' });
  await app.db.prisma.enterprise.update({ where: { id: company.id }, data: { customerContactEnabled: true } });

  const before = await stateOf(company);
  const answer = await ask(ada.token, document, { input: input(ids) });
  expect(answer.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  expect(await stateOf(company)).toEqual(before);
});

interface Ids {
  readonly member: string;
  readonly customer: string;
  readonly relation: string;
  readonly tag: string;
}
