import { expect, test } from 'vitest';
import { encodeId } from '../../../src/graphql/ids.js';
import { openTestApp } from '../../support/app.js';
import { everythingOf } from '../../support/full-company.js';
import { brokenInvariants } from '../../support/invariants.js';
import { departing, serve, type Departing, type Person } from '../../support/seed.js';

const baton = await openTestApp();
const { app } = baton;
const { prisma } = app.db;

interface Recorded {
  readonly archivedCount: number | null;
  readonly relation: { lastMessageAt: string } | null;
  readonly userErrors: readonly { code: string; path: string[] }[];
}

async function mutate<Payload>(by: Person, name: string, input: object, payload: string): Promise<Payload> {
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input!`;
  const { data, errors } = await baton.ask<Record<string, Payload>>(
    by.token,
    `mutation ($input: ${type}) { ${name}(input: $input) { ${payload} userErrors { code path } } }`,
    { input },
  );
  expect(errors).toBeUndefined();
  return data[name]!;
}

function record(by: Person, relation: string, messages: readonly object[], more: object = {}): Promise<Recorded> {
  const input = { relationId: encodeId('Relation', relation), messages, ...more };
  return mutate(by, 'recordConversation', input, 'archivedCount relation { lastMessageAt }');
}

async function consent(customer: Person, agreed = true): Promise<string | null> {
  const { customer: shown } = await mutate<{ customer: { archiveConsentAt: string | null } }>(
    customer,
    'setArchiveConsent',
    { agreed },
    'customer { archiveConsentAt }',
  );
  return shown.archiveConsentAt;
}

/** So many minutes ago, by the test's clock. */
const ago = (minutes: number) => new Date(baton.clock.now().getTime() - minutes * 60_000).toISOString();
const said = (text: string, minutes: number) => ({ sentAt: ago(minutes), direction: 'FROM_CUSTOMER', text });

/** What somebody reads of a relation: its own messages, and those that were inherited. */
async function read(by: Person, relation: string): Promise<{ own: string[]; inherited: string[] } | null> {
  const { data, errors } = await baton.ask<{ node: Record<string, { nodes: { text: string }[] }> | null }>(
    by.token,
    `query ($id: ID!) { node(id: $id) { ... on Relation {
       messages { nodes { text } } inheritedMessages { nodes { text } } } } }`,
    { id: encodeId('Relation', relation) },
  );
  expect(errors).toBeUndefined();
  if (!data.node) return null;
  const texts = (field: string) => data.node![field]!.nodes.map(({ text }) => text);
  return { own: texts('messages'), inherited: texts('inheritedMessages') };
}

/** A company that archives, whose first customer agreed, and where Ana has written with her own. */
async function office(customers = 1): Promise<Departing> {
  const story = await departing(baton, { customers, resigned: false });
  await prisma.enterprise.update({ where: { id: story.enterpriseId }, data: { archiveEnabled: true } });
  for (const customer of story.customers) await consent(customer);
  return story;
}

async function handOver({ admin, leaver, ana }: Departing, more: object = {}): Promise<string> {
  await mutate(admin, 'resignMember', { memberId: leaver.id }, 'member { id }');
  const input = { leaverId: leaver.id, selection: { all: true }, successorIds: [ana.id], ...more };
  const { transfer } = await mutate<{ transfer: { id: string } }>(admin, 'transferCustomers', input, 'transfer { id }');
  await app.settle();
  return transfer.id;
}

test('that they wrote is always noted; what they wrote is kept only where the company archives and the customer agreed', async () => {
  const story = await departing(baton, { customers: 1, resigned: false });
  const { leaver, admin, customers, relations, enterpriseId } = story;
  const [relation, customer] = [relations[0]!, customers[0]!];

  const off = await record(leaver, relation, [said('one', 30)]);
  await prisma.enterprise.update({ where: { id: enterpriseId }, data: { archiveEnabled: true } });
  const unasked = await record(admin, relation, [said('two', 20)]);
  expect(await consent(customer)).toBe(ago(0));
  const kept = await record(leaver, relation, [said('four', 5), said('three', 10)]);
  const late = await record(leaver, relation, [said('before', 40)]);
  expect(await consent(customer, false)).toBeNull();
  const withdrawn = await record(leaver, relation, [said('five', 1)]);

  const answer = (archivedCount: number, minutes: number) => ({
    archivedCount,
    relation: { lastMessageAt: ago(minutes) },
    userErrors: [],
  });
  expect([off, unasked, kept, late, withdrawn]).toEqual([
    answer(0, 30),
    answer(0, 20),
    answer(2, 5),
    answer(1, 5),
    answer(0, 1),
  ]);
  expect(await read(leaver, relation)).toEqual({ own: ['four', 'three', 'before'], inherited: [] });
  expect(await prisma.relation.findUniqueOrThrow({ where: { id: relation } })).toMatchObject({
    revision: 5,
    touches: { CONVERSATION: 5 },
  });
  expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
});

test('a message that comes again is kept once, and a repetition touches nothing', async () => {
  const { leaver, relations, enterpriseId } = await office();
  const relation = relations[0]!;
  const messages = [said('hi', 9), said('hi', 9), { ...said('hi', 9), id: 'm-1' }];
  const first = await record(leaver, relation, messages, { idempotencyKey: 'k' });
  const before = await everythingOf(baton, enterpriseId);
  expect(first.archivedCount).toBe(3);

  const byKey = await record(leaver, relation, messages, { idempotencyKey: 'k' });
  expect(byKey).toEqual(first);
  expect(await everythingOf(baton, enterpriseId)).toEqual(before);

  const bare = await record(leaver, relation, [...messages, { ...said('edited', 9), id: 'm-1' }]);
  expect(bare.archivedCount).toBe(0);
  const { audit_event: _, ...after } = await everythingOf(baton, enterpriseId);
  const { audit_event: __, ...asBefore } = before;
  expect(after).toEqual(asBefore);
});

test('the successor reads what the leaver and the customer wrote, from the takeover on and no earlier', async () => {
  const story = await office();
  const { admin, leaver, ana, ben, relations, customers } = story;
  const [relation, customer] = [relations[0]!, customers[0]!];
  await record(leaver, relation, [said('first', 30), said('second', 20)]);
  expect(await read(ana, relation)).toBeNull();

  await handOver(story);
  baton.clock.advance(1);
  await record(ana, relation, [said('welcome', 1)]);

  expect(await read(ana, relation)).toEqual({ own: ['welcome'], inherited: ['second', 'first'] });
  expect(await read(ben, relation)).toBeNull();
  expect(await read(admin, relation)).toEqual({ own: [], inherited: [] });
  expect(await read(customer, relation)).toEqual({ own: [], inherited: [] });
  await consent(customer, false);
  expect(await read(ana, relation)).toEqual({ own: ['welcome'], inherited: [] });
});

test('of a takeover that leaves the archive behind nothing is inherited, and one that merged is read until it is undone', async () => {
  const story = await office(2);
  const { leaver, ana, relations, customers, enterpriseId } = story;
  for (const relation of relations) await record(leaver, relation, [said('secret', 30)]);
  const own = await serve(baton, { enterpriseId, member: ana, customer: customers[1]! });
  const [left, merged] = customers.map(({ id }) => ({ selection: { customerIds: [id] } }));

  await handOver(story, { ...left, travels: { archive: false } });
  await mutate(story.admin, 'reinstateMember', { memberId: leaver.id }, 'member { id }');
  const transferId = await handOver(story, merged);

  expect(await read(ana, relations[0]!)).toEqual({ own: [], inherited: [] });
  expect(await read(ana, own.relation)).toEqual({ own: [], inherited: ['secret'] });
  await mutate(story.admin, 'undoTransfer', { transferId }, 'transfer { id }');
  await app.settle();
  expect(await read(ana, own.relation)).toEqual({ own: [], inherited: [] });
  expect(await read(ana, relations[1]!)).toBeNull();
  expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
});

test('what a former member writes after the takeover is not inherited', async () => {
  const story = await office();
  const { leaver, ana, relations, customers, enterpriseId, admin } = story;
  await record(leaver, relations[0]!, [said('then', 30)]);
  await handOver(story);
  await mutate(admin, 'reinstateMember', { memberId: leaver.id }, 'member { id }');
  baton.clock.advance(1);
  const again = await serve(baton, { enterpriseId, member: leaver, customer: customers[0]! });
  await record(leaver, again.relation, [said('now', 1)]);

  expect(await read(ana, relations[0]!)).toEqual({ own: [], inherited: ['then'] });
  expect(await read(leaver, again.relation)).toEqual({ own: ['now', 'then'], inherited: [] });
});

test('messages are paged by time, the latest first, whichever way one reads', async () => {
  const { leaver, relations } = await office();
  const messages = Array.from({ length: 5 }, (_, minute) => said(`${minute}`, minute));
  await record(leaver, relations[0]!, messages);
  const page = async (args: string) => {
    const { data } = await baton.ask<{
      node: { messages: { nodes: { text: string }[]; pageInfo: { endCursor: string } } };
    }>(
      leaver.token,
      `query ($id: ID!) { node(id: $id) { ... on Relation {
         messages(${args}) { nodes { text } pageInfo { endCursor } } } } }`,
      { id: encodeId('Relation', relations[0]!) },
    );
    const { nodes, pageInfo } = data.node.messages;
    return { texts: nodes.map(({ text }) => text), end: pageInfo.endCursor };
  };

  const first = await page('first: 2');
  const second = await page(`first: 2, after: "${first.end}"`);
  const last = await page('last: 2');

  expect([first.texts, second.texts, last.texts]).toEqual([
    ['0', '1'],
    ['2', '3'],
    ['3', '4'],
  ]);
});

test.each([
  ['of somebody else', 'ben', () => [said('x', 1)], 'NOT_FOUND', ['input', 'relationId']],
  ['of no message', 'leaver', () => [], 'INVALID_INPUT', ['input', 'messages']],
  [
    'of 101 messages',
    'leaver',
    () => Array.from({ length: 101 }, () => said('x', 1)),
    'INVALID_INPUT',
    ['input', 'messages'],
  ],
  ['of the future', 'leaver', () => [said('x', -1)], 'INVALID_INPUT', ['input', 'messages', '0', 'sentAt']],
  ['of blanks', 'leaver', () => [said('x', 1), said(' ', 1)], 'INVALID_INPUT', ['input', 'messages', '1', 'text']],
] as const)('a conversation %s is refused, and nothing moved', async (_what, by, messages, code, path) => {
  const story = await office();
  const before = await everythingOf(baton, story.enterpriseId);

  const { archivedCount, userErrors } = await record(story[by], story.relations[0]!, messages());

  expect(archivedCount).toBeNull();
  expect(userErrors).toEqual([{ code, path }]);
  expect(await everythingOf(baton, story.enterpriseId)).toEqual(before);
});
