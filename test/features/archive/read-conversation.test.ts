import { expect, test } from 'vitest';
import { encodeId } from '../../../src/graphql/ids.js';
import { openTestApp, type Answer } from '../../support/app.js';
import { everythingOf } from '../../support/full-company.js';
import { contactAdministrator, departing, type Departing, type Person } from '../../support/seed.js';
import { change } from '../transfers/change.js';

const baton = await openTestApp();
const { prisma } = baton.app.db;

/** A company that archives, whose first customer agreed and wrote five messages to Lee, a minute apart; Lee has left since. */
async function office(): Promise<Departing> {
  const story = await departing(baton, { customers: 2, resigned: false });
  const { admin, leaver, customers, relations } = story;
  await prisma.enterprise.update({ where: { id: story.enterpriseId }, data: { archiveEnabled: true } });
  await change(baton, customers[0]!, 'setArchiveConsent', { agreed: true });
  const messages = ['order 1', 'order 2', '合同已经寄出', 'order 3', 'order 4'].map((text, place) => ({
    sentAt: ago(5 - place),
    direction: 'FROM_CUSTOMER',
    text,
  }));
  await change(baton, leaver, 'recordConversation', { relationId: encodeId('Relation', relations[0]!), messages });
  await change(baton, admin, 'resignMember', { memberId: leaver.id });
  return story;
}

const ago = (minutes: number) => new Date(baton.clock.now().getTime() - minutes * 60_000).toISOString();

interface Reading {
  readonly texts: string[] | null;
  readonly endCursor?: string;
  readonly codes: string[];
}

async function read(by: Person, { leaver, customers }: Departing, more: object = {}): Promise<Reading> {
  const input = { memberId: leaver.id, customerId: customers[0]!.id, reason: 'A complaint', ...more };
  const payload = 'messages { nodes { text } pageInfo { endCursor } }';
  const { messages, userErrors } = await change(baton, by, 'readConversation', input, payload);
  const page = messages as unknown as { nodes: { text: string }[]; pageInfo: { endCursor: string } } | null;
  return {
    texts: page?.nodes.map(({ text }) => text) ?? null,
    ...(page && { endCursor: page.pageInfo.endCursor }),
    codes: userErrors.map(({ code }) => code),
  };
}

/** What the audit log says of readings, the latest last. */
function recorded(enterpriseId: string) {
  return prisma.auditEvent.findMany({
    where: { enterpriseId, action: 'readConversation' },
    orderBy: [{ at: 'asc' }, { id: 'asc' }],
  });
}

test('an administrator reads a conversation page by page, and each page is on record with who, whose, why and how much', async () => {
  const story = await office();
  const { admin, leaver, customers, enterpriseId } = story;

  const first = await read(admin, story, { first: 2 });
  const second = await read(admin, story, { first: 2, after: first.endCursor });
  const found = await read(admin, story, { search: 'Orders', reason: 'What was ordered' });
  const none = await read(admin, story, { search: '合同没有' });

  expect([first, second, found, none].map(({ texts }) => texts)).toEqual([
    ['order 4', 'order 3'],
    ['合同已经寄出', 'order 2'],
    ['order 4', 'order 3', 'order 2', 'order 1'],
    [],
  ]);
  const { id } = await prisma.conversation.findFirstOrThrow({ where: { enterpriseId } });
  const of = {
    memberId: leaver.uuid,
    customerId: customers[0]!.uuid,
    conversationId: id,
    reason: 'A complaint',
    search: null,
  };
  const records = await recorded(enterpriseId);
  expect(records.map(({ detail }) => detail)).toEqual([
    { ...of, messageCount: 2, oldest: ago(2), newest: ago(1) },
    { ...of, messageCount: 2, oldest: ago(4), newest: ago(3) },
    { ...of, reason: 'What was ordered', search: 'Orders', messageCount: 4, oldest: ago(5), newest: ago(1) },
    { ...of, search: '合同没有', messageCount: 0 },
  ]);
  for (const record of records) {
    expect(record).toMatchObject({
      outcome: 'SUCCESS',
      actorId: admin.uuid,
      actorName: 'Ada',
      subjectType: 'Member',
      subjectId: leaver.uuid,
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown,
    });
  }
});

test.each<[string, (story: Departing) => Promise<unknown> | undefined, object, string]>([
  [
    'the company archives no more',
    ({ enterpriseId }) => prisma.enterprise.update({ where: { id: enterpriseId }, data: { archiveEnabled: false } }),
    {},
    'ARCHIVE_DISABLED',
  ],
  [
    'the customer withdrew the consent',
    ({ customers }) => change(baton, customers[0]!, 'setArchiveConsent', { agreed: false }),
    {},
    'ARCHIVE_NOT_AGREED',
  ],
  ['no reason is given', () => undefined, { reason: ' ' }, 'INVALID_INPUT'],
  ['the reason is too long', () => undefined, { reason: 'x'.repeat(501) }, 'INVALID_INPUT'],
  ['the search is too long', () => undefined, { search: 'x'.repeat(201) }, 'INVALID_INPUT'],
  ['the member is nobody', () => undefined, { memberId: encodeId('Member', crypto.randomUUID()) }, 'NOT_FOUND'],
  ['the customer is nobody', () => undefined, { customerId: encodeId('Customer', crypto.randomUUID()) }, 'NOT_FOUND'],
])('where %s, nothing is read, and that is on record', async (_what, broken, more, code) => {
  const story = await office();
  await broken(story);
  const before = await everythingOf(baton, story.enterpriseId);

  expect(await read(story.admin, story, more)).toEqual({ texts: null, codes: [code] });

  expect(await everythingOf(baton, story.enterpriseId)).toEqual(before);
  const records = await recorded(story.enterpriseId);
  expect(records.map((each) => [each.actorId, each.outcome, each.code])).toEqual([[story.admin.uuid, 'REFUSED', code]]);
});

test('nobody else reads it: a member and a customer are refused on record, and another company learns nothing', async () => {
  const story = await office();
  const elsewhere = await office();
  const document = `mutation ($input: ReadConversationInput!) {
    readConversation(input: $input) { messages { nodes { text } } userErrors { code } } }`;
  const input = { memberId: story.leaver.id, customerId: story.customers[0]!.id, reason: 'Curious' };

  for (const by of [story.ana, story.customers[0]!]) {
    const { data, errors } = await baton.ask<{ readConversation: Answer } | null>(by.token, document, { input });
    expect([data, errors?.map(({ extensions }) => extensions.code)]).toEqual([null, ['FORBIDDEN']]);
  }
  expect(await read(elsewhere.admin, story)).toEqual({ texts: null, codes: ['NOT_FOUND'] });

  const records = await recorded(story.enterpriseId);
  expect(records.map((each) => [each.actorId, each.outcome, each.code])).toEqual([
    [story.ana.uuid, 'REFUSED', 'FORBIDDEN'],
    [story.customers[0]!.uuid, 'REFUSED', 'FORBIDDEN'],
  ]);
  expect((await recorded(elsewhere.enterpriseId)).map(({ code }) => code)).toEqual(['NOT_FOUND']);
});

/** An administrator with this right over one department alone, in which the leaver works or not. */
async function granted(
  story: Departing,
  right: 'VIEW' | 'ASSIGN' | 'CONFIGURE' | 'AUDIT',
  within: boolean,
): Promise<Person> {
  const { enterpriseId, leaver } = story;
  const [sales, other] = [baton.app.ids.next(), baton.app.ids.next()];
  await prisma.department.createMany({
    data: [
      { id: sales, enterpriseId, key: 'sales', name: 'Sales' },
      { id: other, enterpriseId, key: 'other', name: 'Other' },
    ],
  });
  await prisma.member.update({ where: { id: leaver.uuid }, data: { departmentId: sales } });
  const person = await contactAdministrator(baton, enterpriseId, 'Olga');
  await prisma.grant.deleteMany({ where: { administratorId: person.uuid } });
  const departmentId = within ? sales : other;
  await prisma.grant.create({ data: { administratorId: person.uuid, departmentId, right, enterpriseId } });
  return person;
}

test('AUDIT over the member reads it, over another department it answers as if there were no such member', async () => {
  const [near, far] = [await office(), await office()];
  const [reader, stranger] = [await granted(near, 'AUDIT', true), await granted(far, 'AUDIT', false)];

  expect(await read(reader, near, { first: 1 })).toMatchObject({ texts: ['order 4'], codes: [] });
  expect(await read(stranger, far, { first: 1 })).toEqual({ texts: null, codes: ['NOT_FOUND'] });
  expect((await recorded(near.enterpriseId)).map((each) => [each.actorId, each.outcome])).toEqual([
    [reader.uuid, 'SUCCESS'],
  ]);
  expect((await recorded(far.enterpriseId)).map((each) => [each.actorId, each.code])).toEqual([
    [stranger.uuid, 'NOT_FOUND'],
  ]);
});

test.each(['VIEW', 'ASSIGN', 'CONFIGURE'] as const)(
  '%s over the member alone does not read it, on record',
  async (right) => {
    const story = await office();
    const reader = await granted(story, right, true);
    const { leaver, customers, enterpriseId } = story;

    const { data, errors } = await baton.ask(
      reader.token,
      `mutation ($input: ReadConversationInput!) { readConversation(input: $input) { messages { nodes { text } } } }`,
      { input: { memberId: leaver.id, customerId: customers[0]!.id, reason: 'A complaint' } },
    );

    expect([data, errors?.map(({ extensions }) => extensions.code)]).toEqual([null, ['FORBIDDEN']]);
    expect((await recorded(enterpriseId)).map((each) => [each.actorId, each.code])).toEqual([
      [reader.uuid, 'FORBIDDEN'],
    ]);
  },
);

test('two who never wrote have an empty conversation, on record', async () => {
  const story = await office();
  const { admin, ana, enterpriseId } = story;

  expect(await read(admin, story, { memberId: ana.id })).toMatchObject({ texts: [], codes: [] });

  const [record] = await recorded(enterpriseId);
  expect(record).toMatchObject({
    outcome: 'SUCCESS',
    detail: { memberId: ana.uuid, conversationId: null, messageCount: 0 },
  });
});

test('what cannot be recorded is not read', async () => {
  const story = await office();
  await prisma.$executeRawUnsafe(
    `ALTER TABLE audit_event ADD CONSTRAINT no_reading CHECK (action <> 'readConversation') NOT VALID`,
  );
  try {
    const { data, errors } = await baton.ask(
      story.admin.token,
      `mutation ($input: ReadConversationInput!) { readConversation(input: $input) { messages { nodes { text } } } }`,
      { input: { memberId: story.leaver.id, customerId: story.customers[0]!.id, reason: 'A complaint' } },
    );
    expect(data).toBeNull();
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['INTERNAL_SERVER_ERROR']);
  } finally {
    await prisma.$executeRawUnsafe('ALTER TABLE audit_event DROP CONSTRAINT no_reading');
  }
});
