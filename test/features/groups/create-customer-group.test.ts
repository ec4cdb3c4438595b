import { expect, test } from 'vitest';
import { encodeId } from '../../../src/graphql/ids.js';
import { openTestApp } from '../../support/app.js';
import { everythingOf } from '../../support/full-company.js';
import { brokenInvariants } from '../../support/invariants.js';
import { departing, serve, type Person } from '../../support/seed.js';

const baton = await openTestApp();
const { ask, app } = baton;

interface Payload {
  readonly customerGroup: object | null;
  readonly userErrors: object[];
}

async function create(by: Person, input: object): Promise<Payload> {
  const { data } = await ask<{ createCustomerGroup: Payload }>(
    by.token,
    `mutation ($input: CreateCustomerGroupInput!) { createCustomerGroup(input: $input) {
      customerGroup { chatId name notice status owner { name } participants { nodes { member { name } customer { name } } } }
      userErrors { code path } } }`,
    { input },
  );
  return data.createCustomerGroup;
}

test('an administrator makes a group of somebody, with members and customers; it is counted and handed over like any other', async () => {
  const { admin, leaver, ana, ben, customers, enterpriseId } = await departing(baton, {
    customers: 1,
    resigned: false,
  });

  const made = await create(admin, {
    chatId: 'chat-1',
    name: 'Buyers',
    notice: 'Welcome',
    ownerId: leaver.id,
    memberIds: [ben.id, leaver.id],
    customerIds: [customers[0]!.id, customers[0]!.id],
  });

  expect(made).toEqual({
    customerGroup: {
      chatId: 'chat-1',
      name: 'Buyers',
      notice: 'Welcome',
      status: 'NORMAL',
      owner: { name: 'Lee' },
      participants: {
        nodes: [
          { member: { name: 'Lee' }, customer: null },
          { member: { name: 'Ben' }, customer: null },
          { member: null, customer: { name: 'Customer 1' } },
        ],
      },
    },
    userErrors: [],
  });
  expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
  await ask(admin.token, 'mutation ($id: ID!) { resignMember(input: { memberId: $id }) { userErrors { code } } }', {
    id: leaver.id,
  });
  await ask(
    admin.token,
    'mutation ($input: TransferGroupsInput!) { transferGroups(input: $input) { userErrors { code } } }',
    { input: { leaverId: leaver.id, selection: { all: true }, successorIds: [ana.id] } },
  );
  await app.settle();
  const { data } = await ask(admin.token, '{ customerGroup(chatId: "chat-1") { status owner { name } } }');
  expect(data).toEqual({ customerGroup: { status: 'INHERITED', owner: { name: 'Ana' } } });
  expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
});

test('a member makes their own, with customers they serve; repeated by key it is one', async () => {
  const { ana, enterpriseId } = await departing(baton);
  const { customer } = await serve(baton, { enterpriseId, member: ana });
  const input = { chatId: 'chat-1', name: 'Mine', customerIds: [customer.id], idempotencyKey: 'once' };

  const answers = [await create(ana, input), await create(ana, input)];

  expect(answers[0]).toMatchObject({ customerGroup: { owner: { name: 'Ana' } }, userErrors: [] });
  expect(answers[1]).toEqual(answers[0]);
  expect(await app.db.prisma.customerGroup.count({ where: { enterpriseId } })).toBe(1);
  expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
});

test.each([
  ['a taken chatId', 'admin', { chatId: 'taken' }, 'ALREADY_EXISTS', ['chatId']],
  ['an owner who has left', 'admin', { ownerId: 'leaver' }, 'MEMBER_NOT_ACTIVE', ['ownerId']],
  ['a group of a colleague', 'ana', { ownerId: 'ben' }, 'FORBIDDEN', ['ownerId']],
  ["somebody else's customer", 'ana', { customerIds: ['customer'] }, 'NOT_FOUND', ['customerIds']],
  ['a chatId of blanks', 'ana', { chatId: ' ' }, 'INVALID_INPUT', ['chatId']],
  ['a name of 201 characters', 'ana', { name: 'x'.repeat(201) }, 'INVALID_INPUT', ['name']],
] as const)('%s is refused, and nothing changes', async (_what, who, wrong: object, code, path) => {
  const story = await departing(baton);
  await create(story.admin, { chatId: 'taken', name: 'Taken' });
  const ids = { leaver: story.leaver.id, ben: story.ben.id, customer: story.customers[0]!.id };
  const input = JSON.parse(
    JSON.stringify({ chatId: 'chat-1', name: 'New', ...wrong }, (_key, value: unknown) =>
      typeof value === 'string' && value in ids ? ids[value as keyof typeof ids] : value,
    ),
  ) as object;
  const before = await everythingOf(baton, story.enterpriseId);

  const { customerGroup, userErrors } = await create(story[who], input);

  expect(customerGroup).toBeNull();
  expect(userErrors).toEqual([{ code, path: ['input', ...path] }]);
  expect(await everythingOf(baton, story.enterpriseId)).toEqual(before);
});

test('500 people are a group, 501 are too many', async () => {
  const { admin, enterpriseId } = await departing(baton, { customers: 0 });
  const createdAt = baton.clock.now();
  const members = Array.from({ length: 500 }, (_, n) => ({
    id: app.ids.next(),
    enterpriseId,
    userId: `crowd${n}`,
    name: 'One of many',
    createdAt,
  }));
  await app.db.prisma.member.createMany({ data: members });
  const memberIds = members.map(({ id }) => encodeId('Member', id));

  const many = await create(admin, { chatId: 'chat-501', name: 'Too many', memberIds });
  const most = await create(admin, { chatId: 'chat-500', name: 'All', memberIds: memberIds.slice(1) });

  expect(many.userErrors).toEqual([{ code: 'INVALID_INPUT', path: ['input'] }]);
  expect(most.userErrors).toEqual([]);
});
