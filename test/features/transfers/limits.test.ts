import { describe, expect, test } from 'vitest';
import { Prisma } from '../../../src/generated/prisma/client.js';
import { decodeId, encodeId } from '../../../src/graphql/ids.js';
import { openTestApp } from '../../support/app.js';
import { serveMany } from '../../support/crowd.js';
import { brokenInvariants } from '../../support/invariants.js';
import { departing, standing, type Departing, type Person } from '../../support/seed.js';

const baton = await openTestApp();
const { app, clock } = baton;
const { prisma } = app.db;
const dayMs = 24 * 3600_000;

interface Begun {
  readonly transfer: { readonly id: string; readonly counts: Record<string, number> } | null;
  readonly userErrors: readonly { readonly code: string; readonly path: readonly string[]; readonly given?: number }[];
}

async function mutate(story: Departing, mutation: string, input: object): Promise<Begun> {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input!`;
  const { data, errors } = await baton.ask<Record<string, Begun>>(
    // Anew: the clock goes further than a session lasts.
    await baton.tokenOf({ kind: 'member', id: story.admin.uuid, enterpriseId: story.enterpriseId }),
    `mutation ($input: ${type}) { ${mutation}(input: $input) {
       transfer { id counts { total waiting completed rejected } } userErrors { code path ... on LimitError { given } } } }`,
    { input: { leaverId: story.leaver.id, successorIds: [story.ana.id], ...input } },
  );
  expect(errors).toBeUndefined();
  return data[mutation] as Begun;
}

/** How many items of a transfer ended how, by status and reason. */
async function outcomes(begun: Begun): Promise<Record<string, number>> {
  const transferId = decodeId(begun.transfer?.id ?? '').id;
  const counted = await prisma.transferItem.groupBy({ by: ['status', 'reason'], where: { transferId }, _count: true });
  return Object.fromEntries(counted.map(({ status, reason, _count }) => [reason ?? status, _count]));
}

/** Refused with this code, and everything stands as it stood. */
async function refused(story: Departing, code: string, path: readonly string[], attempt: () => Promise<Begun>) {
  const before = await standing(baton, story.enterpriseId);
  const { transfer, userErrors } = await attempt();
  expect(transfer).toBeNull();
  expect(userErrors.map((error) => [error.code, error.path])).toEqual([[code, path]]);
  expect(await standing(baton, story.enterpriseId)).toEqual(before);
}

const whole = async ({ enterpriseId }: Departing) => expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);

describe('ids in one request', () => {
  test('101 customers by their ids are handed over', async () => {
    const story = await departing(baton, { customers: 0 });
    const ids = await customersOf(story, 101);

    const begun = await mutate(story, 'transferCustomers', { selection: { customerIds: ids } });

    expect(begun.transfer?.counts).toEqual({ total: 101, waiting: 101, completed: 0, rejected: 0 });
    await app.settle();
    expect(await outcomes(begun)).toEqual({ COMPLETED: 101 });
    await whole(story);
  });

  test('10,000 are taken, each with its outcome, and 10,001 are refused as a whole', async () => {
    const story = await departing(baton, { customers: 0 });
    const known = await customersOf(story, 3);
    const unknown = Array.from({ length: 9998 }, () => encodeId('Customer', app.ids.next()));
    const ids = [...known, ...unknown];
    expect(ids).toHaveLength(10_001);

    await refused(story, 'SELECTION_TOO_LARGE', ['input', 'selection', 'customerIds'], () =>
      mutate(story, 'transferCustomers', { selection: { customerIds: ids } }),
    );
    const begun = await mutate(story, 'transferCustomers', { selection: { customerIds: ids.slice(0, 10_000) } });

    expect(await outcomes(begun)).toEqual({ WAITING: 3, INVALID_CUSTOMER: 9997 });
    await whole(story);
  });

  test('10,001 groups, and 101 successors, are refused as a whole', async () => {
    const story = await departing(baton, { customers: 1 });
    const many = (typename: string, count: number) =>
      Array.from({ length: count }, () => encodeId(typename, app.ids.next()));

    await refused(story, 'SELECTION_TOO_LARGE', ['input', 'selection', 'groupIds'], () =>
      mutate(story, 'transferGroups', { selection: { groupIds: many('CustomerGroup', 10_001) } }),
    );
    await refused(story, 'SELECTION_TOO_LARGE', ['input', 'successorIds'], () =>
      mutate(story, 'transferCustomers', { selection: { all: true }, successorIds: many('Member', 101) }),
    );
  });
});

describe('groups of one former owner in a day', () => {
  test('the 301st waits until midnight where the enterprise is, and goes then', async () => {
    // 23:59:59.999 in Shanghai.
    clock.set(new Date('2026-03-02T15:59:59.999Z'));
    const story = await departing(baton, { customers: 0 });
    await prisma.enterprise.update({ where: { id: story.enterpriseId }, data: { timeZone: 'Asia/Shanghai' } });
    await ownMany(story, 301);

    const first = await mutate(story, 'transferGroups', { selection: { all: true } });
    expect(await outcomes(first)).toEqual({ WAITING: 300, GROUP_DAILY_LIMIT: 1 });
    await app.settle();
    expect(await outcomes(first)).toEqual({ COMPLETED: 300, GROUP_DAILY_LIMIT: 1 });

    const sameDay = await mutate(story, 'transferGroups', { selection: { all: true } });
    expect(await outcomes(sameDay)).toEqual({ GROUP_DAILY_LIMIT: 1 });
    await whole(story);

    clock.set(new Date('2026-03-02T16:00:00.000Z'));
    const nextDay = await mutate(story, 'transferGroups', { selection: { all: true } });
    expect(await outcomes(nextDay)).toEqual({ WAITING: 1 });
    await app.settle();
    expect(await outcomes(nextDay)).toEqual({ COMPLETED: 1 });
    await whole(story);
  });

  test("midnight elsewhere is not the enterprise's: in New York the day goes on, also where it has 25 hours", async () => {
    // 1 November 2026: the clocks of New York go back at 2 in the morning; its day lasts from 04:00 UTC to 05:00 UTC.
    clock.set(new Date('2026-11-01T04:00:00.000Z'));
    const story = await departing(baton, { customers: 0 });
    const settings = { timeZone: 'America/New_York', groupDailyLimit: 1 };
    await prisma.enterprise.update({ where: { id: story.enterpriseId }, data: settings });
    await ownMany(story, 2);
    await mutate(story, 'transferGroups', { selection: { all: true } });
    await app.settle();

    clock.set(new Date('2026-11-02T04:59:59.999Z'));
    expect(await outcomes(await mutate(story, 'transferGroups', { selection: { all: true } }))).toEqual({
      GROUP_DAILY_LIMIT: 1,
    });
    clock.set(new Date('2026-11-02T05:00:00.000Z'));
    expect(await outcomes(await mutate(story, 'transferGroups', { selection: { all: true } }))).toEqual({ WAITING: 1 });
    await whole(story);
  });

  test('the groups of another former owner are counted apart', async () => {
    const story = await departing(baton, { customers: 0 });
    await prisma.enterprise.update({ where: { id: story.enterpriseId }, data: { groupDailyLimit: 1 } });
    await ownMany(story, 1);
    await ownMany(story, 1, story.ben);

    const lees = await mutate(story, 'transferGroups', { selection: { all: true } });
    const bens = await mutate(story, 'transferGroups', {
      kind: 'ON_JOB',
      leaverId: story.ben.id,
      selection: { all: true },
    });

    expect([await outcomes(lees), await outcomes(bens)]).toEqual([{ WAITING: 1 }, { WAITING: 1 }]);
    await whole(story);
  });
});

describe('the year of an inheritance', () => {
  test('in its last millisecond customers and groups are handed over, and one later neither', async () => {
    const story = await departing(baton, { customers: 2, waitHours: 24 });
    await ownMany(story, 1);
    const { resignedAt } = await prisma.member.findUniqueOrThrow({ where: { id: story.leaver.uuid } });
    const last = (resignedAt?.getTime() ?? 0) + 365 * dayMs;
    const [one, two] = story.customers as [Person, Person];

    clock.set(new Date(last));
    const inTime = await mutate(story, 'transferCustomers', { selection: { customerIds: [one.id] } });
    expect(await outcomes(inTime)).toEqual({ WAITING: 1 });

    clock.set(new Date(last + 1));
    await refused(story, 'INHERITANCE_EXPIRED', ['input', 'leaverId'], () =>
      mutate(story, 'transferCustomers', { selection: { customerIds: [two.id] } }),
    );
    await refused(story, 'INHERITANCE_EXPIRED', ['input', 'leaverId'], () =>
      mutate(story, 'transferGroups', { selection: { all: true } }),
    );

    // What was submitted in time goes on.
    clock.set(new Date(last + dayMs));
    await app.settle();
    expect(await outcomes(inTime)).toEqual({ COMPLETED: 1 });
    await whole(story);
  });
});

describe('handing the same customer over while everybody stays', () => {
  test('twice in 90 days, and a third time when the first is 90 days ago to the millisecond', async () => {
    const story = await departing(baton, { customers: 1, resigned: false });
    const { leaver, ana, ben } = story;
    const hand = (from: Person, to: Person) =>
      mutate(story, 'transferCustomers', {
        ...{ kind: 'ON_JOB', leaverId: from.id, successorIds: [to.id], selection: { all: true } },
      });
    const began = clock.now().getTime();
    await hand(leaver, ana);
    await app.settle();
    clock.set(new Date(began + 40 * dayMs));
    await hand(ana, ben);
    await app.settle();

    clock.set(new Date(began + 90 * dayMs - 1));
    expect(await outcomes(await hand(ben, ana))).toEqual({ TRANSFER_TOO_FREQUENT: 1 });
    clock.set(new Date(began + 90 * dayMs));
    const third = await hand(ben, ana);
    expect(await outcomes(third)).toEqual({ WAITING: 1 });
    await app.settle();
    expect(await outcomes(third)).toEqual({ COMPLETED: 1 });

    // By now the second and the third count.
    clock.set(new Date(began + 130 * dayMs - 1));
    expect(await outcomes(await hand(ana, ben))).toEqual({ TRANSFER_TOO_FREQUENT: 1 });
    clock.set(new Date(began + 130 * dayMs));
    expect(await outcomes(await hand(ana, ben))).toEqual({ WAITING: 1 });
    await whole(story);
  });
});

describe('a clock that jumps back', () => {
  test('between submit and takeover: nobody moves before the moment that was announced, everybody at it', async () => {
    const story = await departing(baton, { customers: 2, waitHours: 24 });
    const submitted = clock.now().getTime();
    const begun = await mutate(story, 'transferCustomers', { selection: { all: true } });

    for (const moment of [submitted - 3 * dayMs, submitted, submitted + dayMs - 1]) {
      clock.set(new Date(moment));
      await app.settle();
      expect(await outcomes(begun)).toEqual({ WAITING: 2 });
      await whole(story);
    }
    clock.set(new Date(submitted + dayMs));
    await app.settle();

    expect(await outcomes(begun)).toEqual({ COMPLETED: 2 });
    await whole(story);
  });

  test('behind a takeover: it stays, and what is submitted then waits its own time', async () => {
    const story = await departing(baton, { customers: 2, waitHours: 1 });
    const [one, two] = story.customers as [Person, Person];
    const began = clock.now().getTime();
    const first = await mutate(story, 'transferCustomers', { selection: { customerIds: [one.id] } });
    clock.advance(1);
    await app.settle();
    expect(await outcomes(first)).toEqual({ COMPLETED: 1 });

    clock.set(new Date(began - 5 * 3600_000));
    const second = await mutate(story, 'transferCustomers', { selection: { customerIds: [one.id, two.id] } });
    expect(await outcomes(second)).toEqual({ NOT_FOLLOWER: 1, WAITING: 1 });
    await app.settle();
    expect(await outcomes(second)).toEqual({ NOT_FOLLOWER: 1, WAITING: 1 });
    clock.advance(1);
    await app.settle();

    expect(await outcomes(first)).toEqual({ COMPLETED: 1 });
    expect(await outcomes(second)).toEqual({ NOT_FOLLOWER: 1, COMPLETED: 1 });
    await whole(story);
  });
});

/** So many new customers of the leaver, by the ids that clients use. */
async function customersOf({ enterpriseId, leaver }: Departing, count: number): Promise<string[]> {
  await serveMany(app, enterpriseId, leaver.uuid, count);
  const relations = await prisma.relation.findMany({ where: { enterpriseId, memberId: leaver.uuid } });
  return relations.map(({ customerId }) => encodeId('Customer', customerId));
}

/** So many groups of the leaver, or of somebody else, with nobody but the owner in them. In one statement. */
async function ownMany({ enterpriseId, leaver }: Departing, count: number, owner: Person = leaver): Promise<void> {
  const enterprise = Prisma.sql`${enterpriseId}::uuid`;
  await prisma.$executeRaw`
    WITH made AS (
      INSERT INTO customer_group (id, enterprise_id, chat_id, name, owner_id, status, created_at)
      SELECT gen_random_uuid(), ${enterprise}, ${owner.name} || n, 'Group ' || to_char(n, 'FM000'), id,
             CASE status WHEN 'RESIGNED' THEN 'OWNER_RESIGNED' ELSE 'NORMAL' END::"CustomerGroupStatus", created_at
      FROM member, generate_series(1, ${count}::int) n WHERE id = ${owner.uuid}::uuid
      RETURNING id, owner_id
    ),
    inside AS (
      INSERT INTO group_participant (id, enterprise_id, group_id, member_id)
      SELECT gen_random_uuid(), ${enterprise}, id, owner_id FROM made
    )
    UPDATE portfolio SET groups = groups + ${count}::int WHERE member_id = ${owner.uuid}::uuid`;
}
