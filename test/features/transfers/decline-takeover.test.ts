import { describe, expect, test } from 'vitest';
import { encodeId } from '../../../src/graphql/ids.js';
import { openTestApp, type Answer } from '../../support/app.js';
import { openEventStream } from '../../support/event-stream.js';
import { brokenInvariants } from '../../support/invariants.js';
import { departing, ownGroup, standing, type Departing, type Person } from '../../support/seed.js';
import { settled } from '../../support/settled.js';
import { begin, transferCustomers } from './begin.js';
import { change, codeOf } from './change.js';

const baton = await openTestApp();
const { app, clock } = baton;
const { prisma } = app.db;

const shown = 'takeover { transferId status takeoverDueAt successor { name } }';
const decline = (customer: Person, transferId: string, more: object = {}) =>
  change(baton, customer, 'declineTakeover', { transferId, ...more }, shown);

/** Status of the relation with the leaver, its holder, and what is counted of the leaver. */
async function stateOf({ relations, leaver }: Departing, place = 0) {
  const relation = await prisma.relation.findUniqueOrThrow({
    where: { id: relations[place]! },
    include: { member: true },
  });
  const { customers, waiting, refused } = await prisma.portfolio.findUniqueOrThrow({
    where: { memberId: leaver.uuid },
  });
  return { relation: relation.status, holder: relation.member.name, customers, waiting, refused };
}

describe('what a refusal means', () => {
  test.each([
    ['RESIGNED', true, { relation: 'ACTIVE', holder: 'Lee', customers: 2, waiting: 1, refused: 1 }],
    ['RESIGNED', false, { relation: 'LOST', holder: 'Lee', customers: 1, waiting: 1, refused: 1 }],
    ['ON_JOB', true, { relation: 'ACTIVE', holder: 'Lee', customers: 2, waiting: 1, refused: 1 }],
    ['ON_JOB', false, { relation: 'ACTIVE', holder: 'Lee', customers: 2, waiting: 1, refused: 1 }],
  ] as const)('%s, reassignAfterRefusal %s: %o', async (kind, reassignAfterRefusal, expected) => {
    const story = await departing(baton, { customers: 2, waitHours: 4, resigned: kind === 'RESIGNED' });
    const { enterpriseId, ana, customers } = story;
    await prisma.enterprise.update({ where: { id: enterpriseId }, data: { reassignAfterRefusal } });
    const transferId = await transferCustomers(baton, story, { kind });

    const { takeover, userErrors } = await decline(customers[0]!, transferId);

    expect(userErrors).toEqual([]);
    expect(takeover).toEqual({
      transferId,
      status: 'REFUSED',
      takeoverDueAt: new Date(clock.now().getTime() + 4 * 3600_000).toISOString(),
      successor: { name: 'Ana' },
    });
    expect(await stateOf(story)).toEqual(expected);
    expect(await prisma.portfolio.findUnique({ where: { memberId: ana.uuid } })).toMatchObject({ incoming: 1 });
    expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
    clock.advance(4);
    await app.settle();
    expect(await stateOf(story)).toMatchObject({ holder: 'Lee', waiting: 0 });
    expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
  });

  test('of a member who stayed, and resigned while it waited: the customer is in the pool', async () => {
    const story = await departing(baton, { customers: 1, waitHours: 4, resigned: false });
    const { enterpriseId, admin, leaver, customers } = story;
    await prisma.enterprise.update({ where: { id: enterpriseId }, data: { reassignAfterRefusal: false } });
    const transferId = await transferCustomers(baton, story, { kind: 'ON_JOB' });
    expect(await codeOf(baton, admin, 'resignMember', { memberId: leaver.id })).toBeNull();

    await decline(customers[0]!, transferId);

    expect(await stateOf(story)).toEqual({ relation: 'ACTIVE', holder: 'Lee', customers: 1, waiting: 0, refused: 1 });
    expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
  });

  test('a retry asks anew; one who was lost has no relation to hand over', async () => {
    const story = await departing(baton, { customers: 2, waitHours: 4 });
    const { enterpriseId, admin, ben, customers } = story;
    const transferId = await transferCustomers(baton, story);
    await decline(customers[0]!, transferId);
    await prisma.enterprise.update({ where: { id: enterpriseId }, data: { reassignAfterRefusal: false } });
    await decline(customers[1]!, transferId);

    const retry = await begin(baton, admin, 'retryTransfer', {
      transferId,
      statuses: ['REFUSED'],
      successorIds: [ben.id],
    });

    const { data } = await baton.ask(
      admin.token,
      'query ($id: ID!) { transfer(id: $id) { items { nodes { status reason attempt customer { name } } } } }',
      { id: retry },
    );
    expect(data['transfer']).toEqual({
      items: {
        nodes: [
          { status: 'WAITING', reason: null, attempt: 2, customer: { name: 'Customer 1' } },
          { status: 'REJECTED', reason: 'NO_RELATION', attempt: 2, customer: { name: 'Customer 2' } },
        ],
      },
    });
    expect((await decline(customers[0]!, retry)).takeover).toMatchObject({ status: 'REFUSED' });
    expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
  });
});

describe('who learns of a refusal', () => {
  test('the successor, one notification for each; the audit log, by the customer; the customer nothing more', async () => {
    const story = await departing(baton, { customers: 2, waitHours: 4 });
    const { enterpriseId, ana, customers, relations } = story;
    const transferId = await transferCustomers(baton, story);

    for (const customer of customers) await decline(customer, transferId);

    await settled(app.db);
    const { data } = await baton.ask(
      ana.token,
      '{ assignmentNotifications { nodes { type customerCount leaverName transferId } } }',
    );
    const refused = { type: 'CUSTOMERS_REFUSED', customerCount: 1, leaverName: 'Lee', transferId };
    expect(data['assignmentNotifications']!['nodes']).toEqual([
      { type: 'CUSTOMERS_SCHEDULED', customerCount: 2, leaverName: 'Lee', transferId },
      refused,
      refused,
    ]);
    const records = await prisma.auditEvent.findMany({
      where: { enterpriseId, action: 'declineTakeover' },
      orderBy: { id: 'asc' },
    });
    expect(
      records.map(({ actorKind, actorName, subjectType, subjectId, detail }) => [
        ...[actorKind, actorName, subjectType, subjectId, detail],
      ]),
    ).toEqual(
      customers.map(({ name }, position) => [
        ...['CUSTOMER', name, 'Relation', relations[position]],
        { position, leaverId: story.leaver.uuid, successorId: ana.uuid, lost: false },
      ]),
    );
    const notices = await baton.ask(customers[0]!.token, '{ customerNotices { nodes { type } } }');
    expect(notices.data['customerNotices']).toEqual({ nodes: [{ type: 'SCHEDULED' }] });
  });

  test('whoever follows the transfer, at once, until the last has declined', async () => {
    const story = await departing(baton, { customers: 2, waitHours: 4 });
    const transferId = await transferCustomers(baton, story);
    const stream = await openEventStream(
      baton,
      story.admin.token,
      'subscription ($id: ID!) { transferProgress(id: $id) { status counts { waiting refused } } }',
      { id: transferId },
    );
    const seen: Answer[] = [(await stream.next()).data as Answer];

    for (const customer of story.customers) {
      await decline(customer, transferId);
      seen.push((await stream.next()).data as Answer);
    }
    await stream.close();

    expect(seen.map((data) => data['transferProgress'])).toEqual([
      { status: 'RUNNING', counts: { waiting: 2, refused: 0 } },
      { status: 'RUNNING', counts: { waiting: 1, refused: 1 } },
      { status: 'COMPLETED_WITH_FAILURES', counts: { waiting: 0, refused: 2 } },
    ]);
  });
});

describe('the clock decides exactly', () => {
  test.each([
    [-1, null],
    [0, 'TOO_LATE'],
    [1, 'TOO_LATE'],
  ])('%i ms from takeoverDueAt, the runner not yet come by: %s', async (ms, code) => {
    const story = await departing(baton, { customers: 1, waitHours: 4 });
    const due = clock.now().getTime() + 4 * 3600_000;
    const transferId = await transferCustomers(baton, story);
    clock.set(new Date(due + ms));
    const before = await standing(baton, story.enterpriseId);

    const { userErrors } = await decline(story.customers[0]!, transferId);

    expect(userErrors).toEqual(
      code === null
        ? []
        : [
            {
              code,
              message: `It could be decided until ${new Date(due).toISOString()}: Ana is just becoming your contact.`,
              path: ['input', 'transferId'],
            },
          ],
    );
    if (code !== null) expect(await standing(baton, story.enterpriseId)).toEqual(before);
    clock.set(new Date(due));
    await app.settle();
    expect(await stateOf(story)).toMatchObject({ holder: code === null ? 'Lee' : 'Ana' });
    expect(await brokenInvariants(app.db, story.enterpriseId)).toEqual([]);
  });

  test('after the takeover it says who serves the customer, and nothing moves', async () => {
    const story = await departing(baton, { customers: 1, waitHours: 4 });
    const transferId = await transferCustomers(baton, story);
    clock.advance(4);
    await app.settle();
    const before = await standing(baton, story.enterpriseId);

    const { userErrors } = await decline(story.customers[0]!, transferId);

    expect(userErrors).toEqual([
      {
        code: 'TOO_LATE',
        message: `It could be decided until ${clock.now().toISOString()}. You are served by Ana now.`,
        path: ['input', 'transferId'],
      },
    ]);
    expect(await standing(baton, story.enterpriseId)).toEqual(before);
  });
});

describe('what is not to be declined', () => {
  test('declined already, and with the same key: the same answer, and nothing is done', async () => {
    const story = await departing(baton, { customers: 1, waitHours: 4 });
    const customer = story.customers[0]!;
    const transferId = await transferCustomers(baton, story);
    const first = await decline(customer, transferId, { idempotencyKey: 'no' });
    const before = await standing(baton, story.enterpriseId);
    clock.advance(5);

    const again = [await decline(customer, transferId), await decline(customer, transferId, { idempotencyKey: 'no' })];

    expect(again).toEqual([first, first]);
    expect(await standing(baton, story.enterpriseId)).toEqual(before);
  });

  test('called off: NOT_WAITING, with who serves', async () => {
    const story = await departing(baton, { customers: 1, waitHours: 4 });
    const transferId = await transferCustomers(baton, story);
    await codeOf(baton, story.admin, 'cancelTransfer', { transferId });
    const before = await standing(baton, story.enterpriseId);

    const { userErrors } = await decline(story.customers[0]!, transferId);

    expect(userErrors).toEqual([
      {
        code: 'NOT_WAITING',
        message: 'Ana does not take over: there is nothing left to decide. You are served by Lee now.',
        path: ['input', 'transferId'],
      },
    ]);
    expect(await standing(baton, story.enterpriseId)).toEqual(before);
  });

  test("others', unknown and rejected ones, and groups, are all the same: NOT_FOUND", async () => {
    const story = await departing(baton, { customers: 2, waitHours: 4 });
    const { enterpriseId, leaver } = story;
    const [inside, outside] = story.customers as [Person, Person];
    await ownGroup(baton, { enterpriseId, member: leaver, name: 'Buyers', customers: [outside] });
    const transferId = await transferCustomers(baton, story, {
      selection: { customerIds: [inside.id] },
      groups: { all: true },
    });
    const rejecting = await transferCustomers(baton, story, { selection: { customerIds: [inside.id] } });
    const stranger = await departing(baton, { customers: 1, waitHours: 4 });
    const foreign = await transferCustomers(baton, stranger);
    const before = await standing(baton, enterpriseId);

    const answers = [
      await decline(outside, transferId),
      await decline(inside, rejecting),
      await decline(inside, foreign),
      await decline(inside, encodeId('Transfer', app.ids.next())),
    ];

    const notFound = {
      takeover: null,
      userErrors: [
        {
          code: 'NOT_FOUND',
          message: 'There is no such transfer, or you have no part in it.',
          path: ['input', 'transferId'],
        },
      ],
    };
    expect(answers).toEqual([notFound, notFound, notFound, notFound]);
    expect(await standing(baton, enterpriseId)).toEqual(before);
  });
});
