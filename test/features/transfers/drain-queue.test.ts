import { describe, expect, inject, test } from 'vitest';
import { followTransfer } from '../../../src/features/transfers/follow-transfer.js';
import { drainQueue } from '../../../src/features/transfers/drain-queue.js';
import { decodeId, encodeId } from '../../../src/graphql/ids.js';
import { openTestApp, type Answer } from '../../support/app.js';
import { createGate } from '../../support/gate.js';
import { brokenInvariants } from '../../support/invariants.js';
import { contactAdministrator, departing, serve, standing, type Departing, type Person } from '../../support/seed.js';
import { begin } from './begin.js';
import { change, codeOf } from './change.js';

const baton = await openTestApp();
const { app, clock } = baton;
const { prisma } = app.db;

const pool = (...members: Person[]) => ({ successors: members.map(({ id: memberId }) => ({ memberId })) });

/** The administrator, signed in anew: the clock goes further than a session lasts. */
const adminOf = async ({ admin, enterpriseId }: Departing): Promise<Person> => ({
  ...admin,
  token: await baton.tokenOf({ kind: 'member', id: admin.uuid, enterpriseId }),
});

const ask = async (story: Departing, document: string, variables: object) => {
  const { data, errors } = await baton.ask((await adminOf(story)).token, document, { ...variables });
  expect(errors).toBeUndefined();
  return data;
};

const administer = async (story: Departing, mutation: string, input: object, payload = '') =>
  change(baton, await adminOf(story), mutation, input, payload);

/** The one rule of the company, for everybody. */
async function rule(story: Departing, input: object): Promise<string> {
  const { rule: made, userErrors } = await administer(
    story,
    'createAssignmentRule',
    { name: 'All', strategy: 'EVEN', ...input },
    'rule { id }',
  );
  expect(userErrors).toEqual([]);
  return made!.id as unknown as string;
}

const hand = async (story: Departing, input: object = {}) =>
  begin(baton, await adminOf(story), 'transferCustomers', {
    leaverId: story.leaver.id,
    selection: { all: true },
    byRules: true,
    ...input,
  });

const update = (story: Departing, member: Person, input: object) =>
  administer(story, 'updateMember', { memberId: member.id, ...input });

const away = ({ uuid }: Person, isAway = true) =>
  prisma.member.update({ where: { id: uuid }, data: { acceptsAssignments: !isAway } });
const limit = ({ uuid }: Person, customerLimit: number) =>
  prisma.member.update({ where: { id: uuid }, data: { customerLimit } });

/** Each customer of a transfer by place: the status, or the reason, and whom they go to. */
async function outcomes(story: Departing, transferId: string): Promise<string[]> {
  const data = await ask(
    story,
    `query ($id: ID!) { transfer(id: $id) { items(first: 100) { nodes { status reason successor { name } } } } }`,
    { id: transferId },
  );
  const nodes = data.transfer!.items!.nodes as unknown as {
    status: string;
    reason: string | null;
    successor: { name: string } | null;
  }[];
  return nodes.map(({ status, reason, successor }) => [reason ?? status, successor?.name].filter(Boolean).join(' '));
}

/** What somebody was told, in order. */
async function told(person: Person): Promise<string[]> {
  const events = await prisma.inboxEvent.findMany({
    where: { recipientId: person.uuid },
    orderBy: [{ xid: 'asc' }, { id: 'asc' }],
  });
  const facts = new Map(
    (await prisma.fact.findMany({ where: { id: { in: events.map(({ factId }) => factId) } } })).map((fact) => [
      fact.id,
      fact,
    ]),
  );
  return events.map(({ type, factId, position }) =>
    position === null ? `${type} ${facts.get(factId)?.itemCount}` : `${type} ${facts.get(factId)?.successorName}`,
  );
}

const whole = async ({ enterpriseId }: Departing) => expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);

const counts = async (transferId: string) => {
  const { queued, waiting, completed, failed, cancelled, status } = await prisma.transfer.findUniqueOrThrow({
    where: { id: decodeId(transferId).id },
  });
  return { queued, waiting, completed, failed, cancelled, status };
};

describe('room that appears', () => {
  test('a member who comes back takes those who waited: told then, once, and taken over after the waiting time', async () => {
    const story = await departing(baton, { customers: 2, waitHours: 24 });
    await rule(story, { ...pool(story.ana), note: 'Call first.' });
    await away(story.ana);
    const transferId = await hand(story, { note: 'Thank you.' });
    expect(await outcomes(story, transferId)).toEqual(['QUEUED', 'QUEUED']);
    expect(await Promise.all([story.ana, ...story.customers].map(told))).toEqual([[], [], []]);
    clock.advance(30);
    await app.settle();
    expect(await outcomes(story, transferId)).toEqual(['QUEUED', 'QUEUED']);

    await update(story, story.ana, { acceptsAssignments: true });
    await app.settle();

    expect(await outcomes(story, transferId)).toEqual(['WAITING Ana', 'WAITING Ana']);
    expect(await told(story.ana)).toEqual(['CUSTOMERS_SCHEDULED 2']);
    for (const customer of story.customers) expect(await told(customer)).toEqual(['TAKEOVER_SCHEDULED Ana']);
    const items = await prisma.transferItem.findMany({ where: { transferId: decodeId(transferId).id } });
    expect(items.map(({ takeoverDueAt }) => takeoverDueAt?.getTime())).toEqual(
      Array.from({ length: 2 }, () => clock.now().getTime() + 24 * 3600_000),
    );
    await whole(story);
    clock.advance(23.9);
    await app.settle();
    expect(await outcomes(story, transferId)).toEqual(['WAITING Ana', 'WAITING Ana']);
    clock.advance(0.1);
    await app.settle();
    expect(await outcomes(story, transferId)).toEqual(['COMPLETED Ana', 'COMPLETED Ana']);
    expect(await told(story.ana)).toEqual(['CUSTOMERS_SCHEDULED 2', 'CUSTOMERS_ASSIGNED 2']);
    const notes = await prisma.fact.findMany({
      where: { transferId: decodeId(transferId).id },
      select: { note: true },
    });
    expect(notes.map(({ note }) => note)).toEqual(['Thank you.\n\nCall first.', 'Thank you.\n\nCall first.']);
    await whole(story);
  });

  test.each([
    ['the member', (story: Departing) => update(story, story.ana, { customerLimit: 3 })],
    ['the company', (story: Departing) => administer(story, 'updateSettings', { customerLimit: 3 })],
  ])('a limit raised for %s lets in so many, the first of the transfer first', async (whose, raise) => {
    const story = await departing(baton, { customers: 4 });
    const { enterpriseId } = story;
    if (whose === 'the member') await limit(story.ana, 1);
    else await prisma.enterprise.update({ where: { id: enterpriseId }, data: { customerLimit: 1 } });
    await rule(story, pool(story.ana));
    const transferId = await hand(story);
    await app.settle();
    expect(await outcomes(story, transferId)).toEqual(['COMPLETED Ana', 'QUEUED', 'QUEUED', 'QUEUED']);

    await raise(story);
    await app.settle();

    expect(await outcomes(story, transferId)).toEqual(['COMPLETED Ana', 'COMPLETED Ana', 'COMPLETED Ana', 'QUEUED']);
    expect(await counts(transferId)).toEqual({
      ...{ queued: 1, waiting: 0, completed: 3, failed: 0, cancelled: 0, status: 'RUNNING' },
    });
    await whole(story);
  });

  test('a customer who leaves makes room for one, and a disabled member who is enabled for the rest', async () => {
    const story = await departing(baton, { customers: 3 });
    const { relation } = await serve(baton, { enterpriseId: story.enterpriseId, member: story.ana });
    await limit(story.ana, 1);
    await prisma.member.update({ where: { id: story.ben.uuid }, data: { status: 'DISABLED' } });
    await rule(story, pool(story.ben, story.ana));
    const transferId = await hand(story);
    expect(await outcomes(story, transferId)).toEqual(['QUEUED', 'QUEUED', 'QUEUED']);

    await administer(story, 'endRelation', { relationId: encodeId('Relation', relation) });
    await app.settle();
    expect(await outcomes(story, transferId)).toEqual(['COMPLETED Ana', 'QUEUED', 'QUEUED']);

    await update(story, story.ben, { isDisabled: false });
    await app.settle();
    expect(await outcomes(story, transferId)).toEqual(['COMPLETED Ana', 'COMPLETED Ben', 'COMPLETED Ben']);
    expect((await counts(transferId)).status).toBe('COMPLETED');
    await whole(story);
  });

  test('an undo elsewhere makes room', async () => {
    const story = await departing(baton, { customers: 2 });
    await limit(story.ana, 1);
    await rule(story, pool(story.ana));
    const [one, two] = story.customers.map(({ id }) => ({ selection: { customerIds: [id] } }));
    const first = await hand(story, one);
    await app.settle();
    const second = await hand(story, two);
    await app.settle();
    expect(await outcomes(story, second)).toEqual(['QUEUED']);

    await administer(story, 'undoTransfer', { transferId: first });
    await app.settle();

    expect(await outcomes(story, second)).toEqual(['COMPLETED Ana']);
    await whole(story);
  });

  test.each([
    ['updateMember', (story: Departing) => ({ memberId: story.ana.id, acceptsAssignments: true })],
    ['updateMember', (story: Departing) => ({ memberId: story.ana.id, customerLimit: 9 })],
    ['updateMember', (story: Departing) => ({ memberId: story.ana.id, isVerified: true })],
    ['updateSettings', () => ({ customerLimit: 9 })],
    ['updateSettings', () => ({ successorInactiveDays: 9 })],
  ])('%s wakes the runner where it may make room', async (mutation, inputFor) => {
    const story = await departing(baton, { customers: 0 });
    const woken = createGate();
    const stop = app.wakeup.onWake(woken.open);

    expect((await administer(story, mutation, inputFor(story))).userErrors).toEqual([]);

    await woken.opened;
    stop();
  });

  test.each([
    ['away', { acceptsAssignments: false }],
    ['not verified', { verified: false }],
    ['without customer contact', { customerContact: false }],
    ['disabled', { status: 'DISABLED' }],
    ['not activated', { status: 'NOT_ACTIVATED' }],
    ['full', { customerLimit: 0 }],
    ['not seen for a year', { lastLoginAt: new Date('2024-01-01T00:00:00.000Z') }],
  ] as const)('a pool that stays %s gets nothing, and nobody hears of it', async (_why, data) => {
    const story = await departing(baton, { customers: 2, waitHours: 1 });
    await prisma.member.update({ where: { id: story.ana.uuid }, data });
    await rule(story, pool(story.ana));
    const transferId = await hand(story);
    const before = await standing(baton, story.enterpriseId);

    await app.settle();
    clock.advance(2);
    expect(await drainQueue(app)).toBe(0);
    await app.settle();

    expect(await standing(baton, story.enterpriseId)).toEqual(before);
    expect(await outcomes(story, transferId)).toEqual(['QUEUED', 'QUEUED']);
    await whole(story);
  });
});

describe('whose turn it is', () => {
  test('the oldest transfer goes first, whatever the order of leavers, chunk by chunk', async () => {
    const story = await departing(baton, { customers: 6 });
    await away(story.ana);
    await limit(story.ana, 5);
    await rule(story, pool(story.ana));
    const ids = story.customers.map(({ id }) => id);
    const first = await hand(story, { selection: { customerIds: ids.slice(3) } });
    clock.advance(1);
    const second = await hand(story, { selection: { customerIds: ids.slice(0, 3) } });

    await away(story.ana, false);
    expect(await drainQueue(app, 2)).toBe(2);
    expect([await outcomes(story, first), await outcomes(story, second)]).toEqual([
      ['WAITING Ana', 'WAITING Ana', 'QUEUED'],
      ['QUEUED', 'QUEUED', 'QUEUED'],
    ]);
    expect(await drainQueue(app, 2)).toBe(1);
    expect(await drainQueue(app, 2)).toBe(2);
    expect(await drainQueue(app, 2)).toBe(0);

    expect([await outcomes(story, first), await outcomes(story, second)]).toEqual([
      ['WAITING Ana', 'WAITING Ana', 'WAITING Ana'],
      ['WAITING Ana', 'WAITING Ana', 'QUEUED'],
    ]);
    await whole(story);
  });

  test('an older transfer for whose rule nobody has room does not hold up a younger one', async () => {
    const story = await departing(baton, { customers: 2 });
    await away(story.ana);
    await away(story.ben);
    const all = await rule(story, pool(story.ben));
    const [one, two] = story.customers.map(({ id }) => ({ selection: { customerIds: [id] } }));
    const first = await hand(story, one);
    await administer(story, 'updateAssignmentRule', { ruleId: all, ...pool(story.ana) });
    const second = await hand(story, two);

    await away(story.ana, false);
    await app.settle();

    expect([await outcomes(story, first), await outcomes(story, second)]).toEqual([['QUEUED'], ['COMPLETED Ana']]);
    await whole(story);
  });

  test('the rules of a transfer are drained in their order, each by its own pool', async () => {
    const story = await departing(baton, { customers: 4 });
    const { id } = story.customers[2]!;
    await prisma.customer.update({ where: { id: decodeId(id).id }, data: { region: 'North' } });
    await away(story.ana);
    await away(story.ben);
    await rule(story, { name: 'North', condition: { customers: { region: { eq: 'North' } } }, ...pool(story.ben) });
    await administer(story, 'setDefaultAssignment', { strategy: 'EVEN', ...pool(story.ana, story.ben) });
    const transferId = await hand(story);

    await limit(story.ben, 1);
    await away(story.ben, false);
    await app.settle();
    expect(await outcomes(story, transferId)).toEqual(['QUEUED', 'QUEUED', 'COMPLETED Ben', 'QUEUED']);
    await away(story.ana, false);
    await app.settle();

    expect(await outcomes(story, transferId)).toEqual([
      ...['COMPLETED Ana', 'COMPLETED Ana', 'COMPLETED Ben', 'COMPLETED Ana'],
    ]);
    await whole(story);
  });
});

describe('the rule as the transfer keeps it', () => {
  test('shares as it did at submit, by weights and pool of then, whatever it says by now', async () => {
    const story = await departing(baton, { customers: 6 });
    await away(story.ana);
    await away(story.ben);
    const all = await rule(story, {
      strategy: 'WEIGHTED',
      successors: [
        { memberId: story.ana.id, weight: 2 },
        { memberId: story.ben.id, weight: 1 },
      ],
    });
    const transferId = await hand(story);
    await administer(story, 'updateAssignmentRule', {
      ...{ ruleId: all, name: 'Everything', strategy: 'EVEN', ...pool(story.ben) },
    });

    await away(story.ana, false);
    await away(story.ben, false);
    await app.settle();

    expect((await outcomes(story, transferId)).sort()).toEqual([
      ...['COMPLETED Ana', 'COMPLETED Ana', 'COMPLETED Ana', 'COMPLETED Ana', 'COMPLETED Ben', 'COMPLETED Ben'],
    ]);
    const [drained] = await prisma.auditEvent.findMany({
      where: { enterpriseId: story.enterpriseId, action: 'drainQueue' },
    });
    expect(drained).toMatchObject({
      ...{ actorKind: 'SYSTEM', actorName: 'All', subjectId: story.leaver.uuid, transferId: decodeId(transferId).id },
      detail: {
        ...{ ruleId: decodeId(all).id, version: 1, place: 1, given: 6, failed: {} },
        successors: { [story.ana.uuid]: 4, [story.ben.uuid]: 2 },
      },
    });
    await whole(story);
  });

  test('also where it is gone; STICKY gives to who served the customer before', async () => {
    const story = await departing(baton, { customers: 3 });
    const [, second] = story.customers as [Person, Person, Person];
    await serve(baton, { enterpriseId: story.enterpriseId, member: story.ben, customer: second });
    await away(story.ana);
    await away(story.ben);
    const all = await rule(story, { strategy: 'STICKY', ...pool(story.ana, story.ben) });
    const transferId = await hand(story);
    expect((await administer(story, 'deleteAssignmentRule', { ruleId: all })).userErrors).toEqual([]);

    await away(story.ana, false);
    await away(story.ben, false);
    await app.settle();

    expect((await outcomes(story, transferId))[1]).toBe('COMPLETED Ben');
    expect((await whyOf(story, transferId)).map(({ choice }) => choice)).toEqual(['TURN', 'SERVES', 'TURN']);
    await whole(story);
  });

  test('MATCHING gives to whose customers are alike', async () => {
    const story = await departing(baton, { customers: 2 });
    const { enterpriseId, ana, ben } = story;
    const others = await serve(baton, { enterpriseId, member: ben });
    const alike = [others.customer.uuid, story.customers[1]!.uuid];
    await prisma.customer.updateMany({ where: { id: { in: alike } }, data: { region: 'North' } });
    await away(ana);
    await away(ben);
    await rule(story, { strategy: 'MATCHING', ...pool(ana, ben) });
    const transferId = await hand(story);

    await away(ana, false);
    await away(ben, false);
    await app.settle();

    expect(await outcomes(story, transferId)).toEqual(['COMPLETED Ana', 'COMPLETED Ben']);
    expect((await whyOf(story, transferId)).map(({ choice }) => choice)).toEqual(['TURN', 'MATCHES']);
    await whole(story);
  });

  test('the item says why: the pool as it was when it was drained, and not as it was at submit', async () => {
    const story = await departing(baton, { customers: 3 });
    await limit(story.ana, 1);
    await away(story.ben);
    await rule(story, pool(story.ana, story.ben));
    const transferId = await hand(story);
    await app.settle();
    await away(story.ben, false);
    await app.settle();

    expect(await outcomes(story, transferId)).toEqual(['COMPLETED Ana', 'COMPLETED Ben', 'COMPLETED Ben']);
    expect(await whyOf(story, transferId)).toEqual([
      {
        choice: 'TURN',
        loadBefore: 0,
        skipped: [{ member: { name: 'Ben' }, reason: 'SUCCESSOR_AWAY' }],
        rule: counted(3),
      },
      { choice: 'TURN', loadBefore: 0, skipped: [full('Ana')], rule: counted(3) },
      { choice: 'TURN', loadBefore: 1, skipped: [full('Ana')], rule: counted(3) },
    ]);
    const data = await ask(
      story,
      `query ($id: ID!) { transfer(id: $id) { successors { member { name } assigned completed } } }`,
      { id: transferId },
    );
    expect(data.transfer!.successors).toEqual([
      { member: { name: 'Ana' }, assigned: 1, completed: 1 },
      { member: { name: 'Ben' }, assigned: 2, completed: 2 },
    ]);
  });
});

const counted = (assigned: number) => ({ assigned, queued: 0 });
const full = (name: string) => ({ member: { name }, reason: 'SUCCESSOR_LIMIT_REACHED' });

async function whyOf(story: Departing, transferId: string): Promise<Answer[]> {
  const data = await ask(
    story,
    `query ($id: ID!) { transfer(id: $id) { items(first: 100) { nodes {
       why { choice loadBefore skipped { member { name } reason } rule { assigned queued } } } } } }`,
    { id: transferId },
  );
  return (data.transfer!.items!.nodes as unknown as { why: Answer }[]).map(({ why }) => why);
}

describe('who is queued', () => {
  test('a cancellation calls them off in silence, and the counters know; room that appears later is not theirs', async () => {
    const story = await departing(baton, { customers: 3, waitHours: 1 });
    await limit(story.ana, 1);
    await rule(story, pool(story.ana));
    const transferId = await hand(story);
    const [taken, ...left] = story.customers as [Person, Person, Person];

    expect(await codeOf(baton, story.admin, 'cancelTransfer', { transferId })).toBeNull();
    await limit(story.ana, 5);
    await app.settle();

    expect(await outcomes(story, transferId)).toEqual(['CANCELLED Ana', 'CANCELLED', 'CANCELLED']);
    expect(await told(taken)).toEqual(['TAKEOVER_SCHEDULED Ana', 'TAKEOVER_CANCELLED Ana']);
    expect(await Promise.all(left.map(told))).toEqual([[], []]);
    expect(await counts(transferId)).toEqual({
      ...{ queued: 0, waiting: 0, completed: 0, failed: 0, cancelled: 3, status: 'CANCELLED' },
    });
    await whole(story);
    const again = await begin(baton, story.admin, 'retryTransfer', { transferId, statuses: ['CANCELLED'] });
    expect(await outcomes(story, again)).toEqual(['WAITING Ana', 'WAITING Ana', 'WAITING Ana']);
    await whole(story);
  });

  test('has nothing to accept or decline: NOT_FOUND, and nothing moves', async () => {
    const story = await departing(baton, { customers: 1, waitHours: 1 });
    await away(story.ana);
    await rule(story, pool(story.ana));
    const transferId = await hand(story);
    const [customer] = story.customers as [Person];
    const before = await standing(baton, story.enterpriseId);

    expect(await codeOf(baton, customer, 'acceptTakeover', { transferId })).toBe('NOT_FOUND');
    expect(await codeOf(baton, customer, 'declineTakeover', { transferId })).toBe('NOT_FOUND');

    expect(await standing(baton, story.enterpriseId)).toEqual(before);
    expect(await outcomes(story, transferId)).toEqual(['QUEUED']);
  });

  test('once they have a successor they decide like others: accepting twice answers the same, declining ends it', async () => {
    const story = await departing(baton, { customers: 2, waitHours: 24 });
    await away(story.ana);
    await rule(story, pool(story.ana));
    const transferId = await hand(story);
    clock.advance(48);
    await away(story.ana, false);
    await app.settle();
    const [one, two] = story.customers as [Person, Person];
    const renewed = async (person: Person) => ({
      ...person,
      token: await baton.tokenOf({ kind: 'customer', id: person.uuid, enterpriseId: story.enterpriseId }),
    });

    expect(await codeOf(baton, await renewed(one), 'acceptTakeover', { transferId })).toBeNull();
    expect(await codeOf(baton, await renewed(one), 'acceptTakeover', { transferId })).toBeNull();
    await app.settle();
    expect(await codeOf(baton, await renewed(one), 'acceptTakeover', { transferId })).toBeNull();
    expect(await codeOf(baton, await renewed(two), 'declineTakeover', { transferId })).toBeNull();

    expect(await outcomes(story, transferId)).toEqual(['COMPLETED Ana', 'REFUSED Ana']);
    await whole(story);
  });

  test('a customer who removes the leaver is out of the queue, and nobody is told', async () => {
    const story = await departing(baton, { customers: 2, waitHours: 1 });
    await away(story.ana);
    await rule(story, pool(story.ana));
    const transferId = await hand(story);
    const relationId = encodeId('Relation', story.relations[0]!);
    const progress = await followTransfer(
      app,
      { enterpriseId: story.enterpriseId, reach: 'ALL' },
      decodeId(transferId).id,
    );
    const queued = async () => ((await progress.next()).value as { state: { queued: number } }).state.queued;
    expect(await queued()).toBe(2);

    expect(await codeOf(baton, story.customers[0]!, 'endRelation', { relationId })).toBeNull();
    expect(await queued()).toBe(1);
    await progress.return?.();
    await away(story.ana, false);
    await app.settle();

    expect(await outcomes(story, transferId)).toEqual(['CUSTOMER_DELETED_MEMBER', 'WAITING Ana']);
    expect(await told(story.customers[0]!)).toEqual([]);
    expect(await told(story.ana)).toEqual(['CUSTOMERS_SCHEDULED 1']);
    await whole(story);
  });

  test("waits for the approval as well: room that is there before is nobody else's business, and is given after it", async () => {
    const story = await departing(baton, { customers: 3, waitHours: 24 });
    const { enterpriseId, ana } = story;
    await prisma.enterprise.update({ where: { id: enterpriseId }, data: { approvalAbove: 2 } });
    const bo = await contactAdministrator(baton, enterpriseId, 'Bo');
    await limit(ana, 1);
    await rule(story, pool(ana));
    const transferId = await begin(baton, bo, 'transferCustomers', {
      ...{ leaverId: story.leaver.id, selection: { all: true }, byRules: true },
    });
    await limit(ana, 2);
    const before = await standing(baton, enterpriseId);
    await app.settle();
    expect(await standing(baton, enterpriseId)).toEqual(before);
    expect(await counts(transferId)).toMatchObject({ queued: 2, waiting: 1, status: 'PENDING_APPROVAL' });

    clock.advance(5);
    expect((await administer(story, 'approveTransfer', { transferId })).userErrors).toEqual([]);
    await app.settle();

    expect(await outcomes(story, transferId)).toEqual(['WAITING Ana', 'WAITING Ana', 'QUEUED']);
    expect(await told(ana)).toEqual(['CUSTOMERS_SCHEDULED 1', 'CUSTOMERS_SCHEDULED 1']);
    await whole(story);
    expect((await administer(story, 'cancelTransfer', { transferId })).userErrors).toEqual([]);
    expect(await outcomes(story, transferId)).toEqual(['CANCELLED Ana', 'CANCELLED Ana', 'CANCELLED']);
    await whole(story);
  });

  test('one whose relation has ended meanwhile, however that came, fails when their turn comes', async () => {
    const story = await departing(baton, { customers: 2, waitHours: 1 });
    await away(story.ana);
    await rule(story, pool(story.ana));
    const transferId = await hand(story);
    const ended = { status: 'DELETED_BY_MEMBER', endedAt: clock.now() } as const;
    await prisma.relation.update({ where: { id: story.relations[0]! }, data: ended });
    await prisma.portfolio.update({ where: { memberId: story.leaver.uuid }, data: { customers: 1 } });

    await away(story.ana, false);
    await app.settle();

    expect(await outcomes(story, transferId)).toEqual(['NO_RELATION', 'WAITING Ana']);
    expect(await told(story.customers[0]!)).toEqual([]);
    await whole(story);
  });

  test('nothing is undone while somebody is queued', async () => {
    const story = await departing(baton, { customers: 2 });
    await limit(story.ana, 1);
    await rule(story, pool(story.ana));
    const transferId = await hand(story);
    await app.settle();
    expect(await codeOf(baton, story.admin, 'undoTransfer', { transferId })).toBe('TRANSFER_RUNNING');
    expect(await outcomes(story, transferId)).toEqual(['COMPLETED Ana', 'QUEUED']);
  });

  test('when the period of the inheritance is over they fail, in silence, and those who wait are taken over', async () => {
    const story = await departing(baton, { customers: 3, waitHours: 24 });
    const { resignedAt } = await prisma.member.findUniqueOrThrow({ where: { id: story.leaver.uuid } });
    const last = (resignedAt?.getTime() ?? 0) + 365 * 24 * 3600_000;
    clock.set(new Date(last - 1));
    await limit(story.ana, 1);
    await rule(story, pool(story.ana));
    const transferId = await hand(story);
    clock.set(new Date(last));
    await app.settle();
    expect(await counts(transferId)).toMatchObject({ queued: 2, waiting: 1, failed: 0 });

    clock.set(new Date(last + 1));
    await app.settle();
    expect(await counts(transferId)).toEqual({
      ...{ queued: 0, waiting: 1, completed: 0, failed: 2, cancelled: 0, status: 'RUNNING' },
    });
    await limit(story.ana, 9);
    clock.set(new Date(last + 24 * 3600_000));
    await app.settle();

    expect(await outcomes(story, transferId)).toEqual([
      ...['COMPLETED Ana', 'INHERITANCE_EXPIRED', 'INHERITANCE_EXPIRED'],
    ]);
    expect(await Promise.all(story.customers.slice(1).map(told))).toEqual([[], []]);
    const { waiting, failed } = await prisma.portfolio.findUniqueOrThrow({ where: { memberId: story.leaver.uuid } });
    expect({ waiting, failed }).toEqual({ waiting: 0, failed: 2 });
    await whole(story);
    clock.set(new Date('2026-03-02T08:00:00.000Z'));
  });
});

// One connection cannot race: this needs a server.
const onPostgres = test.runIf(inject('databaseTemplate').kind === 'postgres');

onPostgres('four runners at once give out what room there is, the oldest first, and nobody gets more', async () => {
  for (let round = 0; round < 5; round++) {
    const story = await departing(baton, { customers: 36, waitHours: 24 });
    await away(story.ana);
    await away(story.ben);
    await rule(story, pool(story.ana, story.ben));
    const ids = story.customers.map(({ id }) => id);
    const transfers: string[] = [];
    for (const from of [0, 12, 24]) {
      transfers.push(await hand(story, { selection: { customerIds: ids.slice(from, from + 12) } }));
      clock.advance(0.01);
    }
    await limit(story.ana, 11);
    await limit(story.ben, 8);
    await away(story.ana, false);
    await away(story.ben, false);

    await Promise.all(
      [1, 2, 3, 4].map(async () => {
        for (let turn = 0; turn < 6; turn++) await drainQueue(app, 2);
      }),
    );
    await app.settle();

    const given = await Promise.all(transfers.map(async (id) => (await counts(id)).waiting));
    expect(given).toEqual([12, 7, 0]);
    const held = await prisma.portfolio.findMany({
      where: { memberId: { in: [story.ana.uuid, story.ben.uuid] } },
      orderBy: { incoming: 'desc' },
    });
    expect(held.map(({ incoming }) => incoming)).toEqual([11, 8]);
    expect((await outcomes(story, transfers[1]!)).map((outcome) => outcome.split(' ')[0])).toEqual([
      ...Array.from({ length: 7 }, () => 'WAITING'),
      ...Array.from({ length: 5 }, () => 'QUEUED'),
    ]);
    const notices = await prisma.inboxEvent.count({
      where: { enterpriseId: story.enterpriseId, type: 'TAKEOVER_SCHEDULED' },
    });
    expect(notices).toBe(19);
    await whole(story);
  }
});

onPostgres('a cancellation in between takes what is left, and its room goes to the next', async () => {
  for (let round = 0; round < 5; round++) {
    const story = await departing(baton, { customers: 20, waitHours: 24 });
    await away(story.ana);
    await rule(story, pool(story.ana));
    const ids = story.customers.map(({ id }) => id);
    const first = await hand(story, { selection: { customerIds: ids.slice(0, 10) } });
    const second = await hand(story, { selection: { customerIds: ids.slice(10) } });
    await limit(story.ana, 10);
    await away(story.ana, false);

    await Promise.all([
      codeOf(baton, await adminOf(story), 'cancelTransfer', { transferId: first }),
      ...[1, 2, 3].map(async () => {
        for (let turn = 0; turn < 6; turn++) await drainQueue(app, 2);
      }),
    ]);
    await app.settle();

    expect(await counts(first)).toMatchObject({ queued: 0, waiting: 0, cancelled: 10, status: 'CANCELLED' });
    expect(await counts(second)).toMatchObject({ queued: 0, waiting: 10, cancelled: 0, status: 'RUNNING' });
    await whole(story);
  }
});

onPostgres('a drain waits for whoever gives the same successor customers, and sees what room is left', async () => {
  const story = await departing(baton, { customers: 12, waitHours: 24 });
  const { ana } = story;
  await away(ana);
  await rule(story, pool(ana));
  const transferId = await hand(story);
  await limit(ana, 12);
  await away(ana, false);

  const { drained } = await prisma.$transaction(
    async (writing) => {
      await writing.$executeRaw`UPDATE portfolio SET customers = 11 WHERE member_id = ${ana.uuid}::uuid`;
      await writing.$executeRaw`
        INSERT INTO relation (id, enterprise_id, member_id, customer_id, added_at)
        SELECT gen_random_uuid(), enterprise_id, ${ana.uuid}::uuid, customer_id, added_at FROM relation
        WHERE member_id = ${story.leaver.uuid}::uuid AND id <> ${story.relations[0]}::uuid`;
      const drained = drainQueue(app);
      await expect
        .poll(
          () => prisma.$queryRaw`
            SELECT 1 AS waits FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
          { timeout: 10_000 },
        )
        .toEqual([{ waits: 1 }]);
      return { drained };
    },
    { timeout: 20_000 },
  );

  expect(await drained).toBe(1);
  expect(await counts(transferId)).toMatchObject({ queued: 11, waiting: 1 });
  await whole(story);
});
