import { describe, expect, test } from 'vitest';
import { encodeId } from '../../../src/graphql/ids.js';
import { openTestApp } from '../../support/app.js';
import { openEventStream } from '../../support/event-stream.js';
import { settled } from '../../support/settled.js';
import { brokenInvariants } from '../../support/invariants.js';
import { departing, type Departing, type Person } from '../../support/seed.js';
import { begin, transferCustomers } from './begin.js';
import { change } from './change.js';

const baton = await openTestApp();
const { app } = baton;
const { prisma } = app.db;

/** A company that archives; its one customer agreed, and wrote with the leaver, who is still there. */
async function office(more: { waitHours?: number } = {}): Promise<Departing> {
  const story = await departing(baton, { customers: 1, resigned: false, ...more });
  await prisma.enterprise.update({ where: { id: story.enterpriseId }, data: { archiveEnabled: true } });
  await agree(story, true);
  await write(story, story.leaver, 'with Lee');
  return story;
}

function agree({ customers }: Departing, agreed: boolean) {
  return change(baton, customers[0]!, 'setArchiveConsent', { agreed });
}

/** The customer writes to whoever serves them, just now. */
async function write({ relations }: Departing, to: Person, text: string): Promise<void> {
  const messages = [{ sentAt: baton.clock.now().toISOString(), direction: 'FROM_CUSTOMER', text }];
  const input = { relationId: encodeId('Relation', relations[0]!), messages };
  const { archivedCount } = await change(baton, to, 'recordConversation', input, 'archivedCount');
  expect(archivedCount).toBe(1);
}

/** Hands the customer on while both stay; one millisecond later. */
async function handOn({ admin }: Departing, from: Person, to: Person, more: object = {}): Promise<string> {
  const input = { kind: 'ON_JOB', leaverId: from.id, successorIds: [to.id], selection: { all: true }, ...more };
  const transferId = await begin(baton, admin, 'transferCustomers', input);
  await app.settle();
  baton.clock.set(new Date(baton.clock.now().getTime() + 1));
  return transferId;
}

const inherited = 'inheritedMessages { nodes { text } }';
interface Read {
  readonly inheritedMessages: { readonly nodes: readonly { readonly text: string }[] };
}
const textsOf = (relation: Read | null | undefined) =>
  relation ? relation.inheritedMessages.nodes.map(({ text }) => text) : [];

/** Every way to what was inherited with the story's customer, and what somebody reads there. */
const ways: Record<string, (by: Person, story: Departing) => Promise<string[]>> = {
  'node(id:)': async (by, { relations }) => {
    const { data } = await baton.ask<{ node: Read | null } | undefined>(
      by.token,
      `query ($id: ID!) { node(id: $id) { ... on Relation { ${inherited} } } }`,
      { id: encodeId('Relation', relations[0]!) },
    );
    return textsOf(data?.node);
  },
  'the customer': async (by, { customers }) => {
    const { data } = await baton.ask<{ node: { servedBy: Read[] } | null } | undefined>(
      by.token,
      `query ($id: ID!) { node(id: $id) { ... on Customer { servedBy { ${inherited} } } } }`,
      { id: customers[0]!.id },
    );
    return (data?.node?.servedBy ?? []).flatMap(textsOf);
  },
  "the member's list": async (by, { leaver, ana, ben }) => {
    const { data } = await baton.ask<{ nodes: ({ customers: { nodes: Read[] } } | null)[] } | undefined>(
      by.token,
      `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Member { customers { nodes { ${inherited} } } } } }`,
      { ids: [leaver.id, ana.id, ben.id] },
    );
    return (data?.nodes ?? []).flatMap((member) => member?.customers.nodes ?? []).flatMap(textsOf);
  },
  search: async (by) => {
    type Found = { searchMessages: { nodes: { inherited: boolean; message: { text: string } }[] } };
    const { data } = await baton.ask<Found | null>(
      by.token,
      '{ searchMessages(text: "with") { nodes { inherited message { text } } } }',
    );
    const found = (data?.searchMessages.nodes ?? []).filter((each) => each.inherited);
    return found.map(({ message }) => message.text);
  },
  notifications: async (by) => {
    const { data } = await baton.ask<{ assignmentNotifications: { nodes: { customers: { nodes: Read[] } }[] } } | null>(
      by.token,
      `{ assignmentNotifications { nodes { customers { nodes { ${inherited} } } } } }`,
    );
    const all = (data?.assignmentNotifications.nodes ?? [])
      .flatMap(({ customers }) => customers.nodes)
      .flatMap(textsOf);
    // A customer who came twice is in two notifications.
    return [...new Set(all)];
  },
};

async function readEveryWay(by: Person, story: Departing): Promise<Record<string, string[]>> {
  await settled(baton.app.db);
  const read = await Promise.all(Object.entries(ways).map(async ([way, of]) => [way, await of(by, story)] as const));
  return Object.fromEntries(read);
}
const everyWay = (...texts: string[]) => Object.fromEntries(Object.keys(ways).map((way) => [way, texts]));

describe("a leaver's conversation is read by the successor alone, by every way there is, and only as long as all holds", () => {
  test('all holds', async () => {
    const story = await office();
    await handOn(story, story.leaver, story.ana);

    expect(await readEveryWay(story.ana, story)).toEqual(everyWay('with Lee'));
    for (const other of [story.leaver, story.ben, story.admin, story.customers[0]!]) {
      expect(await readEveryWay(other, story)).toEqual(everyWay());
    }
    const elsewhere = await office();
    await handOn(elsewhere, elsewhere.leaver, elsewhere.ana);
    expect(await readEveryWay(elsewhere.ana, story)).toEqual({ ...everyWay(), ...onlyTheirOwn });
    expect(await brokenInvariants(app.db, story.enterpriseId)).toEqual([]);
  });

  // These two ways begin at the reader and not at the story's customer.
  const onlyTheirOwn = { search: ['with Lee'], notifications: ['with Lee'] };

  test.each<[string, (story: Departing) => Promise<unknown>]>([
    [
      'the enterprise archives no more',
      ({ enterpriseId }) => prisma.enterprise.update({ where: { id: enterpriseId }, data: { archiveEnabled: false } }),
    ],
    ['the customer withdrew the consent', (story) => agree(story, false)],
  ])('%s: nothing is read, until it is so again', async (_what, broken) => {
    const story = await office();
    await handOn(story, story.leaver, story.ana);

    await broken(story);
    expect(await readEveryWay(story.ana, story)).toEqual(everyWay());

    await prisma.enterprise.update({ where: { id: story.enterpriseId }, data: { archiveEnabled: true } });
    await agree(story, true);
    expect(await readEveryWay(story.ana, story)).toEqual(everyWay('with Lee'));
  });

  test.each<[string, object, object]>([
    ['the transfer left the archive behind', { travels: { archive: false } }, {}],
    ['the enterprise lets no archive travel', {}, { travelArchive: false }],
  ])('%s: nothing is read', async (_what, input, settings) => {
    const story = await office();
    await prisma.enterprise.update({ where: { id: story.enterpriseId }, data: settings });
    await handOn(story, story.leaver, story.ana, input);

    // What it lets travel from now on does not change what has travelled.
    await prisma.enterprise.update({ where: { id: story.enterpriseId }, data: { travelArchive: true } });
    expect(await readEveryWay(story.ana, story)).toEqual(everyWay());
  });

  test('before the takeover nothing is read, not in its last millisecond; from the takeover on, all', async () => {
    const story = await office({ waitHours: 1 });
    await transferCustomers(baton, story, { kind: 'ON_JOB' });
    const due = baton.clock.now().getTime() + 3600_000;

    baton.clock.set(new Date(due - 1));
    await app.settle();
    expect(await readEveryWay(story.ana, story)).toEqual(everyWay());
    baton.clock.set(new Date(due));
    await app.settle();
    expect(await readEveryWay(story.ana, story)).toEqual(everyWay('with Lee'));
  });

  test.each<[string, (story: Departing, transferId: string) => Promise<unknown>]>([
    [
      'an undo',
      async ({ admin }, transferId) => {
        await change(baton, admin, 'undoTransfer', { transferId });
        await app.settle();
      },
    ],
    [
      'the end of the relation',
      ({ ana, relations }) => change(baton, ana, 'endRelation', { relationId: encodeId('Relation', relations[0]!) }),
    ],
    [
      'the resignation of the successor',
      ({ admin, ana }) => change(baton, admin, 'resignMember', { memberId: ana.id }),
    ],
  ])('after %s nothing is read, by anybody', async (_what, end) => {
    const story = await office();
    const transferId = await handOn(story, story.leaver, story.ana);
    await end(story, transferId);

    for (const reader of [story.ana, story.leaver, story.ben, story.admin, story.customers[0]!]) {
      expect(await readEveryWay(reader, story)).toEqual(everyWay());
    }
  });
});

describe('who takes over from a successor reads what that one could read', () => {
  /** From Lee to Ana to Ben. */
  async function handOnTwice(first: object, second: object): Promise<Departing> {
    const story = await office();
    await handOn(story, story.leaver, story.ana, first);
    await write(story, story.ana, 'with Ana');
    await handOn(story, story.ana, story.ben, second);
    return story;
  }
  const leftBehind = { travels: { archive: false } };

  test.each([
    ['both transfers carried it', {}, {}, ['with Ana', 'with Lee']],
    ['the first one left it behind', leftBehind, {}, ['with Ana']],
    ['the second one left it behind', {}, leftBehind, []],
  ])('%s', async (_what, first, second, texts) => {
    const story = await handOnTwice(first, second);

    expect(await readEveryWay(story.ben, story)).toEqual(everyWay(...texts));
    expect(await readEveryWay(story.ana, story)).toEqual(everyWay());
  });

  test('a customer who comes back brings what was written meanwhile, and a third hand-over all of it', async () => {
    const story = await handOnTwice({}, {});
    const { leaver, ana, ben } = story;
    await prisma.enterprise.update({ where: { id: story.enterpriseId }, data: { onJobLimit: 9 } });
    await write(story, ben, 'with Ben');

    await handOn(story, ben, leaver);
    expect(await readEveryWay(leaver, story)).toEqual(everyWay('with Ben', 'with Ana'));
    await handOn(story, leaver, ana);
    expect(await readEveryWay(ana, story)).toEqual(everyWay('with Ben', 'with Lee'));
    expect(await brokenInvariants(app.db, story.enterpriseId)).toEqual([]);
  });
});

test('the notification of the takeover brings the conversation along, live, and one of a transfer that left it behind does not', async () => {
  for (const [archive, texts] of [
    [true, ['with Lee']],
    [false, []],
  ] as const) {
    const story = await office();
    await settled(baton.app.db);
    const { data } = await baton.ask(story.ana.token, '{ assignmentNotifications { headCursor } }');
    const stream = await openEventStream(
      baton,
      story.ana.token,
      `subscription ($after: String) { assignmentNotifications(after: $after) {
         ... on AssignmentNotification { customers { nodes { ${inherited} } } } } }`,
      { after: data['assignmentNotifications']?.['headCursor'] },
    );
    const pushed = stream.next();

    await handOn(story, story.leaver, story.ana, { travels: { archive } });

    const { customers } = (await pushed).data?.['assignmentNotifications'] as { customers: { nodes: Read[] } };
    expect(customers.nodes.map(textsOf)).toEqual([texts]);
    await stream.close();
  }
});
