import { describe, expect, test } from 'vitest';
import { takeOverDue } from '../../../src/features/transfers/take-over.js';
import { encodeId } from '../../../src/graphql/ids.js';
import { openTestApp } from '../../support/app.js';
import { brokenInvariants } from '../../support/invariants.js';
import { departing, ownGroup, serve, type Departing, type Person } from '../../support/seed.js';
import { begin, transferCustomers } from './begin.js';
import { corpTag, held, keptItems, undoTransfer, wears } from './undoing.js';

const baton = await openTestApp();
const { app, clock } = baton;
const { prisma } = app.db;

async function mutate(by: Person, name: string, input: object): Promise<void> {
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input!`;
  const document = `mutation ($input: ${type}) { ${name}(input: $input) { userErrors { code message } } }`;
  const { data, errors } = await baton.ask(by.token, document, { input });
  expect({ errors, data }).toEqual({ errors: undefined, data: { [name]: { userErrors: [] } } });
}

/** Whoever the story hands customers of Ana's on to. */
const passOn = ({ admin, ana, ben }: Departing, input: object = {}) =>
  begin(baton, admin, 'transferCustomers', {
    leaverId: ana.id,
    kind: 'ON_JOB',
    successorIds: [ben.id],
    selection: { all: true },
    ...input,
  });

interface Touched extends Departing {
  /** The relation that the item gave to Ana, or that its own ended in. */
  readonly relation: string;
  readonly tagId: string;
}

/** What can happen to one customer after the takeover, and what the undo then says. */
const cases: Readonly<Record<string, readonly [obstacles: string[], happens: (story: Touched) => Promise<unknown>]>> = {
  'a new remark': [
    ['REMARK'],
    ({ ana, relation }) => mutate(ana, 'updateRelation', { relationId: encodeId('Relation', relation), remark: 'new' }),
  ],
  'a new description, by an administrator': [
    ['DESCRIPTION'],
    ({ admin, relation }) =>
      mutate(admin, 'updateRelation', { relationId: encodeId('Relation', relation), description: 'new' }),
  ],
  'a corp tag': [
    ['TAGS'],
    ({ ana, relation, tagId }) =>
      mutate(ana, 'tagRelations', {
        relationIds: [encodeId('Relation', relation)],
        addTagIds: [encodeId('Tag', tagId)],
      }),
  ],
  'remark, description and tags, one after the other': [
    ['REMARK', 'DESCRIPTION', 'TAGS'],
    async ({ ana, relation, tagId }) => {
      const relationId = encodeId('Relation', relation);
      await mutate(ana, 'tagRelations', { relationIds: [relationId], addTagIds: [encodeId('Tag', tagId)] });
      await mutate(ana, 'updateRelation', { relationId, description: 'new' });
      await mutate(ana, 'updateRelation', { relationId, remark: 'new' });
    },
  ],
  'a conversation': [
    ['CONVERSATION'],
    ({ relation }) =>
      prisma.$executeRaw`
        UPDATE relation SET revision = revision + 1, touches = touches || jsonb_build_object('CONVERSATION', revision + 1)
        WHERE id = ${relation}::uuid`,
  ],
  'the end of the relation': [
    ['RELATION_ENDED'],
    async ({ ana, relation }) => {
      const ended = { status: 'DELETED_BY_CUSTOMER', endedAt: clock.now() } as const;
      await prisma.relation.update({ where: { id: relation }, data: ended });
      await prisma.portfolio.update({ where: { memberId: ana.uuid }, data: { customers: { decrement: 1 } } });
    },
  ],
  'the leaver serves the customer again': [
    ['SERVED_AGAIN'],
    ({ admin, leaver, customers }) =>
      mutate(admin, 'addRelation', { memberId: leaver.id, customerId: customers[0]!.id }),
  ],
  'the customer was handed on': [
    ['MOVED_ON'],
    async (story) => {
      await passOn(story, { selection: { customerIds: [story.customers[0]!.id] } });
      await app.settle();
    },
  ],
  'the customer was handed on, and back': [
    ['MOVED_ON'],
    async (story) => {
      const { ana, ben, customers } = story;
      const selection = { customerIds: [customers[0]!.id] };
      await passOn(story, { selection });
      await app.settle();
      await passOn(story, { selection, leaverId: ben.id, successorIds: [ana.id] });
      await app.settle();
    },
  ],
  'the customer waits to be handed on': [
    ['IN_TRANSFER'],
    async (story) => {
      await prisma.enterprise.update({ where: { id: story.enterpriseId }, data: { waitHours: 1 } });
      await passOn(story, { selection: { customerIds: [story.customers[0]!.id] } });
    },
  ],
};

describe.each(['MOVED', 'MERGED'])('a customer whose relation was %s stays with the successor after', (outcome) => {
  test.each(Object.entries(cases))('%s, and the other goes back', async (_what, [obstacles, happens]) => {
    const story = await departing(baton, { customers: 2, resigned: false });
    const { enterpriseId, ana, relations, customers } = story;
    const own =
      outcome === 'MERGED' ? await serve(baton, { enterpriseId, member: ana, customer: customers[0]! }) : null;
    const relation = own?.relation ?? relations[0]!;
    const tagId = await corpTag(baton, enterpriseId, 'VIP');
    const transferId = await transferCustomers(baton, story, { kind: 'ON_JOB' });
    await app.settle();
    await happens({ ...story, relation, tagId });
    const before = await held(baton, enterpriseId);

    const { undone, kept, transfer } = await undoTransfer(baton, story, transferId);

    expect({ undone, kept }).toEqual({ undone: 1, kept: obstacles.map((obstacle) => ({ obstacle, count: 1 })) });
    expect(transfer).toEqual({ status: 'COMPLETED', counts: { completed: 1, undone: 1 } });
    expect(await keptItems(baton, transferId)).toEqual([`COMPLETED ${obstacles.join(' ')}`, 'UNDONE']);
    const after = await held(baton, enterpriseId);
    const ofFirst = ({ customerId }: { customerId: string }) => customerId === customers[0]!.uuid;
    expect(after.relations.filter(ofFirst)).toEqual(before.relations.filter(ofFirst));
    expect(after.tags).toEqual(before.tags);
    expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
  });

  test('nothing that touches it: a PERSONAL tag, the same remark again, a tag it has already', async () => {
    const story = await departing(baton, { customers: 1 });
    const { enterpriseId, ana, relations, customers } = story;
    const own =
      outcome === 'MERGED' ? await serve(baton, { enterpriseId, member: ana, customer: customers[0]! }) : null;
    const relation = own?.relation ?? relations[0]!;
    const [vip, nice] = [await corpTag(baton, enterpriseId, 'VIP'), app.ids.next()];
    await prisma.tag.create({
      data: { id: nice, enterpriseId, kind: 'PERSONAL', name: 'Nice', memberId: ana.uuid },
    });
    await wears(baton, enterpriseId, relation, [vip]);
    const before = await held(baton, enterpriseId);
    const transferId = await transferCustomers(baton, story);
    await app.settle();
    const relationId = encodeId('Relation', relation);
    const { remark } = await prisma.relation.findUniqueOrThrow({ where: { id: relation } });
    await mutate(ana, 'updateRelation', { relationId, remark });
    await mutate(ana, 'tagRelations', {
      relationIds: [relationId],
      addTagIds: [encodeId('Tag', vip), encodeId('Tag', nice)],
    });

    expect(await undoTransfer(baton, story, transferId)).toMatchObject({ undone: 1, kept: [] });

    const after = await held(baton, enterpriseId);
    expect(after.relations).toEqual(before.relations);
    expect(after.tags.filter(({ tagId }) => tagId === vip)).toEqual(before.tags);
    expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
  });
});

test('a customer taken over before the window stays, one taken over a millisecond later goes back', async () => {
  const story = await departing(baton, { customers: 2 });
  const transferId = await transferCustomers(baton, story);
  await takeOverDue(app, 1);
  const millisecond = 1 / 3600_000;
  clock.advance(millisecond);
  await takeOverDue(app, 1);
  clock.advance(72);

  expect(await undoTransfer(baton, story, transferId)).toMatchObject({
    undone: 1,
    kept: [{ obstacle: 'WINDOW_PASSED', count: 1 }],
  });

  expect(await keptItems(baton, transferId)).toEqual(['COMPLETED WINDOW_PASSED', 'UNDONE']);
  expect(await brokenInvariants(app.db, story.enterpriseId)).toEqual([]);
});

test('many, each touched in its own way: counted by reason at once, and shown on each item', async () => {
  const story = await departing(baton, { customers: 6 });
  const { enterpriseId, admin, ana, relations, customers } = story;
  const transferId = await transferCustomers(baton, story);
  await app.settle();
  const relation = (place: number) => encodeId('Relation', relations[place]!);
  await mutate(ana, 'updateRelation', { relationId: relation(1), remark: 'new', description: 'new' });
  await mutate(ana, 'updateRelation', { relationId: relation(3), remark: 'new' });
  await passOn(story, { selection: { customerIds: [customers[4]!.id] } });
  await app.settle();

  expect(await undoTransfer(baton, story, transferId)).toEqual({
    transfer: { status: 'COMPLETED', counts: { completed: 3, undone: 3 } },
    undone: 3,
    kept: [
      { obstacle: 'MOVED_ON', count: 1 },
      { obstacle: 'REMARK', count: 2 },
      { obstacle: 'DESCRIPTION', count: 1 },
    ],
    userErrors: [],
  });

  const { data } = await baton.ask(
    admin.token,
    'query ($id: ID!) { transfer(id: $id) { items { nodes { status keptBecause } } } }',
    { id: transferId },
  );
  expect(data['transfer']!['items']!['nodes']).toEqual([
    { status: 'UNDONE', keptBecause: [] },
    { status: 'COMPLETED', keptBecause: ['REMARK', 'DESCRIPTION'] },
    { status: 'UNDONE', keptBecause: [] },
    { status: 'COMPLETED', keptBecause: ['REMARK'] },
    { status: 'COMPLETED', keptBecause: ['MOVED_ON'] },
    { status: 'UNDONE', keptBecause: [] },
  ]);
  const audit = await prisma.auditEvent.findFirstOrThrow({ where: { enterpriseId, action: 'undoTransfer' } });
  expect(audit.detail).toMatchObject({ customers: 3, kept: { MOVED_ON: 1, REMARK: 2, DESCRIPTION: 1 } });
  expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
});

describe('transfers that follow each other are undone in turn, the latest first', () => {
  test('of one relation and one group', async () => {
    const story = await departing(baton, { customers: 1, resigned: false });
    const { enterpriseId, leaver, customers } = story;
    await ownGroup(baton, { enterpriseId, member: leaver, name: 'Buyers', customers });
    const before = await held(baton, enterpriseId);
    const groups = { all: true };
    const first = await transferCustomers(baton, story, { kind: 'ON_JOB', groups });
    await app.settle();
    const between = await held(baton, enterpriseId);
    const second = await passOn(story, { groups });
    await app.settle();

    expect(await undoTransfer(baton, story, first)).toMatchObject({
      undone: 0,
      kept: [{ obstacle: 'MOVED_ON', count: 2 }],
    });
    expect(await undoTransfer(baton, story, second)).toMatchObject({ undone: 2, kept: [] });
    const inherited = { ...between, groups: between.groups.map((group) => ({ ...group, status: 'NORMAL' })) };
    expect(await held(baton, enterpriseId)).toEqual(inherited);
    expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
    expect(await undoTransfer(baton, story, first)).toMatchObject({ undone: 2, kept: [] });

    expect(await held(baton, enterpriseId)).toEqual(before);
    expect(await keptItems(baton, first)).toEqual(['UNDONE', 'UNDONE']);
    expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
  });

  test('of a relation that moved, and one that ended in it', async () => {
    const story = await departing(baton, { customers: 1, resigned: false });
    const { enterpriseId, ben, ana, customers, relations } = story;
    const { relation: bens } = await serve(baton, { enterpriseId, member: ben, customer: customers[0]! });
    const vip = await corpTag(baton, enterpriseId, 'VIP');
    await wears(baton, enterpriseId, bens, [vip]);
    const before = await held(baton, enterpriseId);
    const moved = await transferCustomers(baton, story, { kind: 'ON_JOB' });
    await app.settle();
    const merged = await passOn(story, { leaverId: ben.id, successorIds: [ana.id] });
    await app.settle();
    expect(await prisma.relationTag.count({ where: { relationId: relations[0]! } })).toBe(1);

    expect(await undoTransfer(baton, story, moved)).toMatchObject({
      undone: 0,
      kept: [{ obstacle: 'MOVED_ON', count: 1 }],
    });
    expect(await undoTransfer(baton, story, merged)).toMatchObject({ undone: 1, kept: [] });
    expect(await undoTransfer(baton, story, moved)).toMatchObject({ undone: 1, kept: [] });

    expect(await held(baton, enterpriseId)).toEqual(before);
    expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
  });

  test.each(['the first', 'the second'])(
    'of two relations that ended in the same one, %s undone first: a tag that both brought stays until both are gone',
    async (which) => {
      const story = await departing(baton, { customers: 1, resigned: false });
      const { enterpriseId, ben, ana, customers, relations } = story;
      const customer = customers[0]!;
      const { relation: anas } = await serve(baton, { enterpriseId, member: ana, customer });
      const { relation: bens } = await serve(baton, { enterpriseId, member: ben, customer });
      const [both, one] = [await corpTag(baton, enterpriseId, 'Both'), await corpTag(baton, enterpriseId, 'One')];
      await wears(baton, enterpriseId, relations[0]!, [both, one]);
      await wears(baton, enterpriseId, bens, [both]);
      const before = await held(baton, enterpriseId);
      const first = await transferCustomers(baton, story, { kind: 'ON_JOB' });
      await app.settle();
      const second = await passOn(story, { leaverId: ben.id, successorIds: [ana.id] });
      await app.settle();
      const tagsOfAna = async () => {
        const tags = await prisma.relationTag.findMany({ where: { relationId: anas }, include: { tag: true } });
        return tags.map(({ tag }) => tag.name).sort();
      };
      expect(await tagsOfAna()).toEqual(['Both', 'One']);

      const [now, later] = which === 'the first' ? [first, second] : [second, first];
      expect(await undoTransfer(baton, story, now)).toMatchObject({ undone: 1, kept: [] });
      expect(await tagsOfAna()).toEqual(which === 'the first' ? ['Both'] : ['Both', 'One']);
      expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
      expect(await undoTransfer(baton, story, later)).toMatchObject({ undone: 1, kept: [] });

      expect(await held(baton, enterpriseId)).toEqual(before);
      expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
    },
  );
});

test('a group that waits to be handed on, or was, stays with its new owner', async () => {
  const story = await departing(baton, { customers: 0 });
  const { enterpriseId, admin, leaver, ana, ben } = story;
  for (const name of ['A', 'B', 'C']) await ownGroup(baton, { enterpriseId, member: leaver, name });
  const transferId = await begin(baton, admin, 'transferGroups', {
    leaverId: leaver.id,
    successorIds: [ana.id],
    selection: { all: true },
  });
  await app.settle();
  const passGroupOn = async (name: string) => {
    const group = await prisma.customerGroup.findFirstOrThrow({ where: { enterpriseId, name } });
    const selection = { groupIds: [encodeId('CustomerGroup', group.id)] };
    const input = { leaverId: ana.id, kind: 'ON_JOB', successorIds: [ben.id], selection };
    return begin(baton, admin, 'transferGroups', input);
  };
  await passGroupOn('A');
  await app.settle();
  await passGroupOn('B');

  expect(await undoTransfer(baton, story, transferId)).toMatchObject({
    undone: 1,
    kept: [
      { obstacle: 'MOVED_ON', count: 1 },
      { obstacle: 'IN_TRANSFER', count: 1 },
    ],
  });

  expect(await keptItems(baton, transferId)).toEqual(['COMPLETED MOVED_ON', 'COMPLETED IN_TRANSFER', 'UNDONE']);
  expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
});
