import { describe, expect, test } from 'vitest';
import { encodeId } from '../../../src/graphql/ids.js';
import { openTestApp } from '../../support/app.js';
import { brokenInvariants } from '../../support/invariants.js';
import { departing, ownGroup, serve, standing } from '../../support/seed.js';
import { begin, transferCustomers } from './begin.js';
import { corpTag, held, keptItems, signedIn, toldTo, undoTransfer, wears } from './undoing.js';

const baton = await openTestApp();
const { app, clock } = baton;
const { prisma } = app.db;

describe('what nobody touched goes back', () => {
  test('to the pool of who has left, as it was, and everybody is told', async () => {
    const story = await departing(baton, { customers: 3 });
    const { enterpriseId, admin, leaver, ana, ben, customers } = story;
    const before = await held(baton, enterpriseId);
    const transferId = await transferCustomers(baton, story, { successorIds: [ana.id, ben.id] });
    await app.settle();

    const answer = await undoTransfer(baton, story, transferId);

    expect(answer).toEqual({
      transfer: { status: 'COMPLETED', counts: { completed: 0, undone: 3 } },
      undone: 3,
      kept: [],
      userErrors: [],
    });
    expect(await held(baton, enterpriseId)).toEqual(before);
    expect(await keptItems(baton, transferId)).toEqual(['UNDONE', 'UNDONE', 'UNDONE']);
    expect(await toldTo(baton, customers[0]!)).toEqual([
      ['TAKEOVER_COMPLETED', 'Hello, your contact is now Ana (+86 ana), who will be glad to go on serving you.'],
      ['TAKEOVER_UNDONE', 'Hello, the change to Ana has been taken back. We will tell you who takes over.'],
    ]);
    expect(await toldTo(baton, ana)).toEqual([
      ['CUSTOMERS_ASSIGNED', 2],
      ['CUSTOMERS_UNDONE', 2],
    ]);
    expect(await toldTo(baton, ben)).toEqual([
      ['CUSTOMERS_ASSIGNED', 1],
      ['CUSTOMERS_UNDONE', 1],
    ]);
    expect(await toldTo(baton, leaver)).toEqual([]);
    const audit = await prisma.auditEvent.findFirstOrThrow({ where: { enterpriseId, action: 'undoTransfer' } });
    expect(audit).toMatchObject({ actorId: admin.uuid, subjectId: leaver.uuid, outcome: 'SUCCESS' });
    const digest = expect.stringMatching(/^[0-9a-f]{64}$/) as string;
    expect(audit.detail).toEqual({ customers: 3, groups: 0, kept: {}, returnedTo: 'POOL', items: 3, digest });
    expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
  });

  test('to a member who stays, who is told how many came back, and from whom', async () => {
    const story = await departing(baton, { customers: 2, resigned: false });
    const { enterpriseId, leaver, customers } = story;
    const before = await held(baton, enterpriseId);
    const transferId = await transferCustomers(baton, story, { kind: 'ON_JOB' });
    await app.settle();

    expect(await undoTransfer(baton, story, transferId)).toMatchObject({ undone: 2, kept: [] });

    expect(await held(baton, enterpriseId)).toEqual(before);
    expect(await toldTo(baton, leaver)).toEqual([['CUSTOMERS_RETURNED', 2]]);
    expect((await toldTo(baton, customers[1]!)).at(-1)).toEqual([
      'TAKEOVER_UNDONE',
      'Hello, the change to Ana has been taken back. Lee goes on serving you.',
    ]);
    expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
  });

  test('with the remark, the description and the tags that a narrowed transfer left behind', async () => {
    const story = await departing(baton, { customers: 2 });
    const { enterpriseId, relations } = story;
    const [vip, gold] = [await corpTag(baton, enterpriseId, 'VIP'), await corpTag(baton, enterpriseId, 'Gold')];
    await wears(baton, enterpriseId, relations[0]!, [vip, gold]);
    await prisma.relation.update({ where: { id: relations[0]! }, data: { description: 'likes tea' } });
    const before = await held(baton, enterpriseId);
    const transferId = await transferCustomers(baton, story, {
      travels: { tags: false, remark: false, description: false },
    });
    await app.settle();
    expect(await prisma.relation.findUnique({ where: { id: relations[0]! } })).toMatchObject({
      remark: '',
      description: '',
    });
    expect(await prisma.relationTag.count({ where: { enterpriseId } })).toBe(0);

    expect(await undoTransfer(baton, story, transferId)).toMatchObject({ undone: 2, kept: [] });

    expect(await held(baton, enterpriseId)).toEqual(before);
    expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
  });

  test('out of a relation that the successor had: both are as they were, with the tags of each', async () => {
    const story = await departing(baton, { customers: 2 });
    const { enterpriseId, ana, customers, relations } = story;
    const { relation: own } = await serve(baton, {
      enterpriseId,
      member: ana,
      customer: customers[0]!,
      remark: "Ana's",
    });
    const [vip, gold] = [await corpTag(baton, enterpriseId, 'VIP'), await corpTag(baton, enterpriseId, 'Gold')];
    await wears(baton, enterpriseId, relations[0]!, [vip, gold]);
    await wears(baton, enterpriseId, own, [gold]);
    const before = await held(baton, enterpriseId);
    const transferId = await transferCustomers(baton, story);
    await app.settle();
    expect(await prisma.relationTag.count({ where: { relationId: own } })).toBe(2);

    expect(await undoTransfer(baton, story, transferId)).toMatchObject({ undone: 2, kept: [] });

    expect(await held(baton, enterpriseId)).toEqual(before);
    expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
  });

  test('groups with their customers: the owner is the leaver again, and who had joined leaves', async () => {
    const story = await departing(baton, { customers: 2, waitHours: 0 });
    const { enterpriseId, leaver, ana, customers } = story;
    await ownGroup(baton, { enterpriseId, member: leaver, name: 'Buyers', customers });
    const inside = await ownGroup(baton, { enterpriseId, member: leaver, name: 'Sellers' });
    await prisma.groupParticipant.create({
      data: { id: app.ids.next(), enterpriseId, groupId: inside.uuid, memberId: ana.uuid },
    });
    const before = await held(baton, enterpriseId);
    const transferId = await transferCustomers(baton, story, { groups: { all: true } });
    await app.settle();

    expect(await undoTransfer(baton, story, transferId)).toMatchObject({ undone: 4, kept: [] });

    expect(await held(baton, enterpriseId)).toEqual(before);
    expect(await toldTo(baton, ana)).toEqual([
      ['GROUPS_ASSIGNED', 2],
      ['CUSTOMERS_ASSIGNED', 2],
      ['CUSTOMERS_UNDONE', 2],
      ['GROUPS_UNDONE', 2],
    ]);
    expect((await toldTo(baton, customers[0]!)).at(-1)).toEqual([
      'GROUP_OWNER_CHANGED',
      'Hello, the group "Buyers" belongs to Lee again for now. We will tell you who looks after it next.',
    ]);
    expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
  });

  test('groups to an owner who stays, who is told, and named to the customers with how to reach them', async () => {
    const story = await departing(baton, { customers: 1, resigned: false });
    const { enterpriseId, admin, leaver, customers } = story;
    await ownGroup(baton, { enterpriseId, member: leaver, name: 'Buyers', customers });
    const before = await held(baton, enterpriseId);
    const transferId = await begin(baton, admin, 'transferGroups', {
      leaverId: leaver.id,
      kind: 'ON_JOB',
      successorIds: [story.ana.id],
      selection: { all: true },
    });
    await app.settle();

    expect(await undoTransfer(baton, story, transferId)).toMatchObject({ undone: 1, kept: [] });

    expect(await held(baton, enterpriseId)).toEqual(before);
    expect(await toldTo(baton, leaver)).toEqual([['GROUPS_RETURNED', 1]]);
    expect((await toldTo(baton, customers[0]!)).at(-1)).toEqual([
      'GROUP_OWNER_CHANGED',
      'Hello, the group "Buyers" is looked after by Lee (+86 leaver) again.',
    ]);
    expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
  });

  test('to a leaver who came back meanwhile as to one who stays, and to one who has left meanwhile as to a pool', async () => {
    const back = await departing(baton, { customers: 1 });
    const first = await transferCustomers(baton, back);
    const gone = await departing(baton, { customers: 1, resigned: false });
    const second = await transferCustomers(baton, gone, { kind: 'ON_JOB' });
    await app.settle();
    const member = async ({ admin, leaver }: typeof back, mutation: string, type: string) => {
      const document = `mutation ($input: ${type}!) { ${mutation}(input: $input) { userErrors { code } } }`;
      const { data } = await baton.ask(admin.token, document, { input: { memberId: leaver.id } });
      expect(data[mutation]).toEqual({ userErrors: [] });
    };
    await member(back, 'reinstateMember', 'ReinstateMemberInput');
    await member(gone, 'resignMember', 'ResignMemberInput');

    await undoTransfer(baton, back, first);
    await undoTransfer(baton, gone, second);

    expect(await toldTo(baton, back.leaver)).toEqual([['CUSTOMERS_RETURNED', 1]]);
    expect((await toldTo(baton, back.customers[0]!)).at(-1)?.[1]).toContain('Lee goes on serving you.');
    expect(await toldTo(baton, gone.leaver)).toEqual([]);
    expect((await toldTo(baton, gone.customers[0]!)).at(-1)?.[1]).toContain('We will tell you who takes over.');
    expect(await brokenInvariants(app.db, back.enterpriseId)).toEqual([]);
    expect(await brokenInvariants(app.db, gone.enterpriseId)).toEqual([]);
  });

  test('and may be handed on again, by a new transfer or a retry, also past the inheritance deadline once that is raised', async () => {
    const story = await departing(baton, { customers: 2 });
    const { enterpriseId, ben } = story;
    const first = await transferCustomers(baton, story);
    await app.settle();
    await prisma.enterprise.update({ where: { id: enterpriseId }, data: { inheritanceDays: 1 } });
    clock.advance(48);
    expect(await undoTransfer(baton, story, first)).toMatchObject({ undone: 2, kept: [] });
    await prisma.enterprise.update({ where: { id: enterpriseId }, data: { inheritanceDays: 365 } });

    const again = await begin(baton, await signedIn(baton, story), 'retryTransfer', {
      transferId: first,
      statuses: ['UNDONE'],
      successorIds: [ben.id],
    });
    await app.settle();

    expect(await keptItems(baton, again)).toEqual(['COMPLETED', 'COMPLETED']);
    expect(await prisma.portfolio.findUnique({ where: { memberId: ben.uuid } })).toMatchObject({ customers: 2 });
    expect(await undoTransfer(baton, story, again)).toMatchObject({ undone: 2, kept: [] });
    expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
  });
});

describe('an undo is refused', () => {
  test.each([
    ['while something waits', 'TRANSFER_RUNNING', { waitHours: 1 }, 0],
    ['a millisecond after the window', 'UNDO_WINDOW_PASSED', {}, 72 + 1 / 3600_000],
  ])('%s: %s, and nothing has moved', async (_when, code, more, hours) => {
    const story = await departing(baton, { customers: 2, ...more });
    const { enterpriseId } = story;
    const transferId = await transferCustomers(baton, story);
    await app.settle();
    clock.advance(hours);
    const before = await standing(baton, enterpriseId);

    const { transfer, undone, kept, userErrors } = await undoTransfer(baton, story, transferId);

    expect({ transfer, undone, kept }).toEqual({ transfer: null, undone: null, kept: null });
    expect(userErrors).toEqual([{ code, message: expect.any(String) as string, path: ['input', 'transferId'] }]);
    expect(await standing(baton, enterpriseId)).toEqual(before);
  });

  test('where nothing was taken over: NOTHING_TO_UNDO, and nothing has moved', async () => {
    const story = await departing(baton, { customers: 1 });
    const { enterpriseId, ben } = story;
    const stranger = encodeId('Customer', app.ids.next());
    const transferId = await transferCustomers(baton, story, {
      selection: { customerIds: [stranger] },
      successorIds: [ben.id],
    });
    const before = await standing(baton, enterpriseId);

    const { userErrors } = await undoTransfer(baton, story, transferId);

    expect(userErrors.map(({ code }) => code)).toEqual(['NOTHING_TO_UNDO']);
    expect(await standing(baton, enterpriseId)).toEqual(before);
  });

  test('of a transfer of another enterprise: NOT_FOUND', async () => {
    const story = await departing(baton, { customers: 1 });
    const other = await departing(baton, { customers: 0 });
    const transferId = await transferCustomers(baton, story);
    await app.settle();
    const before = await standing(baton, story.enterpriseId);

    const { userErrors } = await undoTransfer(baton, other, transferId);

    expect(userErrors.map(({ code }) => code)).toEqual(['NOT_FOUND']);
    expect(await standing(baton, story.enterpriseId)).toEqual(before);
  });
});

test('in the last millisecond of the window everything goes back', async () => {
  const story = await departing(baton, { customers: 2 });
  const transferId = await transferCustomers(baton, story);
  await app.settle();
  clock.advance(72);

  expect(await undoTransfer(baton, story, transferId)).toMatchObject({ undone: 2, kept: [] });
});

describe('twice', () => {
  test('undoing what is undone answers the same, and does nothing', async () => {
    const story = await departing(baton, { customers: 2 });
    const transferId = await transferCustomers(baton, story);
    await app.settle();
    const first = await undoTransfer(baton, story, transferId);
    const before = await standing(baton, story.enterpriseId);
    clock.advance(1000);

    expect(await undoTransfer(baton, story, transferId)).toEqual(first);

    expect(await standing(baton, story.enterpriseId)).toEqual(before);
  });

  test('with the same idempotency key it answers the same, also after the customers were handed on', async () => {
    const story = await departing(baton, { customers: 2 });
    const { ben } = story;
    const transferId = await transferCustomers(baton, story);
    await app.settle();
    const first = await undoTransfer(baton, story, transferId, { idempotencyKey: 'once' });
    const other = await transferCustomers(baton, story, { successorIds: [ben.id] });
    await app.settle();
    const before = await standing(baton, story.enterpriseId);

    expect(await undoTransfer(baton, story, transferId, { idempotencyKey: 'once' })).toEqual(first);

    expect(await standing(baton, story.enterpriseId)).toEqual(before);
    const { userErrors } = await undoTransfer(baton, story, other, { idempotencyKey: 'once' });
    expect(userErrors.map(({ code }) => code)).toEqual(['IDEMPOTENCY_KEY_REUSED']);
  });
});
