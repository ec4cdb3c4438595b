import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Prisma } from '../../../src/generated/prisma/client.js';
import { encodeId } from '../../../src/graphql/ids.js';
import { openTestApp } from '../../support/app.js';
import { brokenInvariants } from '../../support/invariants.js';
import { departing, ownGroup, serve, type Departing, type Person } from '../../support/seed.js';
import { begin, transferCustomers } from './begin.js';
import { change, codeOf } from './change.js';
import { signedIn, undoTransfer } from './undoing.js';

const baton = await openTestApp();
const { app, clock } = baton;
const { prisma } = app.db;

interface Counts {
  readonly medianMinutesToTakeover: number | null;
  readonly [counter: string]: number | null;
}
interface Row {
  readonly member: { readonly name: string } | null;
  readonly department: { readonly name: string } | null;
  readonly ruleId: string | null;
  readonly ruleName: string | null;
  readonly day: string | null;
  readonly customers: Counts;
  readonly groups: Counts;
}
interface Page {
  readonly totalCount: number;
  readonly pageInfo: {
    readonly startCursor: string | null;
    readonly endCursor: string | null;
    readonly hasNextPage: boolean;
  };
  readonly nodes: readonly Row[];
}

const counts =
  'assigned waiting queued completed refused cancelled successorFull failed undone medianMinutesToTakeover';

async function ask(story: Pick<Departing, 'enterpriseId' | 'admin'>, variables: object) {
  return baton.ask<{ statistics: Page }>(
    (await signedIn(baton, story)).token,
    `query ($by: StatisticsBy!, $from: Date, $to: Date, $filter: StatisticsFilter, $first: Int, $after: String, $last: Int, $before: String) {
       statistics(by: $by, from: $from, to: $to, filter: $filter, first: $first, after: $after, last: $last, before: $before) {
         totalCount pageInfo { startCursor endCursor hasNextPage }
         nodes { member { name } department { name } ruleId ruleName day customers { ${counts} } groups { ${counts} } } } }`,
    variables as Record<string, unknown>,
  );
}

const counted =
  'enterprise_id, transfer_id, kind, rule_place, successor_id, waiting, completed, refused, cancelled, successor_full, failed, undone';

/** What a count says, without the counters that are 0. */
function said({ medianMinutesToTakeover: median, ...rest }: Counts): object {
  return {
    ...Object.fromEntries(Object.entries(rest).filter(([, count]) => count !== 0)),
    ...(median !== null && { median }),
  };
}

/** The rows in order: what each is about, what became of customers, and of groups where there were any. */
async function statistics(story: Departing, by: string, more: object = {}) {
  const { data, errors } = await ask(story, { by, ...more });
  expect(errors).toBeUndefined();
  expect(data.statistics.totalCount).toBe(data.statistics.nodes.length);
  return data.statistics.nodes.map(({ member, department, ruleName, day, customers, groups }) => [
    member?.name ?? department?.name ?? ruleName ?? day ?? null,
    said(customers),
    ...(Object.keys(said(groups)).length === 0 ? [] : [said(groups)]),
  ]);
}

/** Puts a member into a department of this name. */
async function moveInto({ enterpriseId }: Departing, member: Person, name: string): Promise<string> {
  const id = app.ids.next();
  await prisma.department.create({ data: { id, enterpriseId, key: id, name } });
  await prisma.member.update({ where: { id: member.uuid }, data: { departmentId: id } });
  return encodeId('Department', id);
}

const accept = (customer: Person, transferId: string) => codeOf(baton, customer, 'acceptTakeover', { transferId });
const rule = async (story: Departing, name: string, member: Person) => {
  const input = { name, strategy: 'EVEN', successors: [{ memberId: member.id }] };
  const { rule: made } = await change(baton, story.admin, 'createAssignmentRule', input, 'rule { id }');
  return made!['id'] as unknown as string;
};
const byRules = (story: Departing, customers: readonly Person[]) =>
  begin(baton, story.admin, 'transferCustomers', {
    leaverId: story.leaver.id,
    selection: { customerIds: customers.map(({ id }) => id) },
    byRules: true,
  });

describe('statistics', () => {
  test('count each fate of what a successor was given, and how long takeovers took, at every moment', async () => {
    const story = await departing(baton, { customers: 6, waitHours: 4 });
    const { enterpriseId, leaver, ana, ben, customers } = story;
    await ownGroup(baton, { enterpriseId, member: leaver, name: 'Regulars' });
    const successorIds = [ana.id, ben.id];

    const transferId = await transferCustomers(baton, story, { successorIds, groups: { all: true } });
    expect(await statistics(story, 'SUCCESSOR')).toEqual([
      ['Ana', { assigned: 3, waiting: 3 }, { assigned: 1, waiting: 1 }],
      ['Ben', { assigned: 3, waiting: 3 }],
    ]);

    // An hour and 59 seconds later: full minutes count.
    clock.advance(1 + 59 / 3600);
    expect(await accept(customers[0]!, transferId)).toBeNull();
    expect(await codeOf(baton, customers[1]!, 'declineTakeover', { transferId })).toBeNull();
    await app.settle();
    const relationId = encodeId('Relation', story.relations[2]!);
    expect(await codeOf(baton, customers[2]!, 'endRelation', { relationId })).toBeNull();
    expect(await statistics(story, 'SUCCESSOR')).toEqual([
      [
        'Ana',
        { assigned: 3, waiting: 1, completed: 1, failed: 1, median: 60 },
        { assigned: 1, completed: 1, median: 60 },
      ],
      ['Ben', { assigned: 3, waiting: 2, refused: 1 }],
    ]);

    await prisma.member.update({ where: { id: ben.uuid }, data: { customerLimit: 1 } });
    clock.advance(3);
    await app.settle();
    const done = [
      ['Ana', { assigned: 3, completed: 2, failed: 1, median: 150 }, { assigned: 1, completed: 1, median: 60 }],
      ['Ben', { assigned: 3, completed: 1, refused: 1, successorFull: 1, median: 240 }],
    ];
    expect(await statistics(story, 'SUCCESSOR')).toEqual(done);
    expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);

    expect((await undoTransfer(baton, story, transferId)).undone).toBe(4);
    expect(await statistics(story, 'SUCCESSOR')).toEqual([
      ['Ana', { assigned: 3, undone: 2, failed: 1, median: 150 }, { assigned: 1, undone: 1, median: 60 }],
      ['Ben', { assigned: 3, undone: 1, refused: 1, successorFull: 1, median: 240 }],
    ]);
    // Of 60, 240 and 240 the one in the middle.
    expect(await statistics(story, 'LEAVER')).toEqual([
      [
        'Lee',
        { assigned: 6, undone: 3, refused: 1, successorFull: 1, failed: 1, median: 240 },
        { assigned: 1, undone: 1, median: 60 },
      ],
    ]);
    expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
  });

  test('take the middle of all takeovers of a row, not of its transfers: the mean of two where they are even', async () => {
    const story = await departing(baton, { customers: 5, waitHours: 10 });
    const { ana, ben, customers } = story;
    const transferId = await transferCustomers(baton, story, { successorIds: [ana.id, ben.id] });
    // Ana: minutes 60, 600, 600. Ben: 120, 180.
    for (const place of [0, 1, 3]) {
      clock.advance(1);
      expect(await accept(customers[place]!, transferId)).toBeNull();
      await app.settle();
    }
    expect(await statistics(story, 'SUCCESSOR')).toEqual([
      ['Ana', { assigned: 3, waiting: 2, completed: 1, median: 60 }],
      ['Ben', { assigned: 2, completed: 2, median: 150 }],
    ]);
    clock.advance(7);
    await app.settle();

    expect(await statistics(story, 'SUCCESSOR')).toEqual([
      ['Ana', { assigned: 3, completed: 3, median: 600 }],
      ['Ben', { assigned: 2, completed: 2, median: 150 }],
    ]);
    expect(await statistics(story, 'DAY')).toMatchObject([[expect.anything(), { completed: 5, median: 180 }]]);
  });

  test('know each rule, by its latest name and also when it is gone, and those who wait for somebody with room', async () => {
    const story = await departing(baton, { customers: 5, waitHours: 4 });
    const { enterpriseId, admin, ana, ben, customers } = story;
    await prisma.member.update({ where: { id: ana.uuid }, data: { customerLimit: 2 } });
    const id = await rule(story, 'All to Ana', ana);
    await byRules(story, customers.slice(0, 1));
    expect(await codeOf(baton, admin, 'updateAssignmentRule', { ruleId: id, name: 'Whoever to Ana' })).toBeNull();
    const second = await byRules(story, customers.slice(1, 4));
    await transferCustomers(baton, story, { selection: { customerIds: [customers[4]!.id] }, successorIds: [ben.id] });

    const rules = [
      ['', { assigned: 1, waiting: 1 }],
      ['Whoever to Ana', { assigned: 2, waiting: 4, queued: 2 }],
    ];
    expect(await statistics(story, 'RULE')).toEqual(rules);
    expect(await statistics(story, 'RULE', { filter: { ruleId: id } })).toEqual([rules[1]]);
    expect(await statistics(story, 'SUCCESSOR')).toEqual([
      [null, { waiting: 2, queued: 2 }],
      ['Ana', { assigned: 2, waiting: 2 }],
      ['Ben', { assigned: 1, waiting: 1 }],
    ]);

    expect(await codeOf(baton, admin, 'deleteAssignmentRule', { ruleId: id })).toBeNull();
    expect(await codeOf(baton, admin, 'cancelTransfer', { transferId: second })).toBeNull();
    expect(await statistics(story, 'RULE')).toEqual([
      rules[0],
      ['Whoever to Ana', { assigned: 2, waiting: 1, cancelled: 3 }],
    ]);
    expect(await statistics(story, 'SUCCESSOR')).toEqual([
      [null, { cancelled: 2 }],
      ['Ana', { assigned: 2, waiting: 1, cancelled: 1 }],
      ['Ben', { assigned: 1, waiting: 1 }],
    ]);
    const { data } = await ask(story, { by: 'RULE' });
    expect(data.statistics.nodes.map(({ ruleId }) => ruleId)).toEqual([null, id]);
    const broken = await brokenInvariants(app.db, enterpriseId);
    // Those about notices do not know of the queue.
    expect(broken.filter(({ rule: about }) => about.startsWith('what statistics'))).toEqual([]);
  });

  test("know the day in the enterprise's time zone, and the department of then", async () => {
    const story = await departing(baton, { customers: 3 });
    const { enterpriseId, leaver, ana, ben, customers } = story;
    await prisma.enterprise.update({ where: { id: enterpriseId }, data: { timeZone: 'Asia/Shanghai' } });
    const hand = async (customer: Person, successor: Person) => {
      const one = { selection: { customerIds: [customer.id] }, successorIds: [successor.id] };
      await transferCustomers(baton, { ...story, admin: await signedIn(baton, story) }, one);
    };
    // Shanghai is eight hours ahead: midnight of the 6th there.
    clock.set(new Date('2026-03-05T15:59:59.999Z'));
    await hand(customers[0]!, ana);
    const sales = await moveInto(story, leaver, 'Sales');
    clock.set(new Date('2026-03-05T16:00:00.000Z'));
    await hand(customers[1]!, ana);
    await hand(customers[2]!, ben);
    await moveInto(story, leaver, 'Support');
    await app.settle();

    const one = { assigned: 1, completed: 1, median: 0 };
    const two = { assigned: 2, completed: 2, median: 0 };
    const days = [
      ['2026-03-06', two],
      ['2026-03-05', one],
    ];
    expect(await statistics(story, 'DAY')).toEqual(days);
    expect(await statistics(story, 'DAY', { from: '2026-03-05', to: '2026-03-06' })).toEqual(days);
    expect(await statistics(story, 'DAY', { from: '2026-03-06' })).toEqual([days[0]]);
    expect(await statistics(story, 'DAY', { to: '2026-03-05' })).toEqual([days[1]]);
    expect(await statistics(story, 'DAY', { from: '2026-03-07' })).toEqual([]);
    expect(await statistics(story, 'DEPARTMENT')).toEqual([
      [null, one],
      ['Sales', two],
    ]);
    expect(await statistics(story, 'SUCCESSOR', { filter: { departmentId: sales } })).toEqual([
      ['Ana', one],
      ['Ben', one],
    ]);
    expect(await statistics(story, 'LEAVER', { filter: { successorId: ben.id } })).toEqual([['Lee', one]]);
    expect(await statistics(story, 'LEAVER', { filter: { leaverId: ana.id } })).toEqual([]);
    expect(await statistics(story, 'DAY', { filter: { kind: 'ON_JOB' } })).toEqual([]);
    expect(await statistics(story, 'DAY', { filter: { kind: 'RESIGNED' } })).toEqual(days);

    // The time zone of today tells the days, also those of before.
    await prisma.enterprise.update({ where: { id: enterpriseId }, data: { timeZone: 'UTC' } });
    expect(await statistics(story, 'DAY')).toEqual([['2026-03-05', { assigned: 3, completed: 3, median: 0 }]]);
  });

  test('count nobody who was rejected, and nothing of another company', async () => {
    const story = await departing(baton, { customers: 2 });
    const other = await departing(baton, { customers: 1 });
    const { leaver, ana, ben, customers } = story;
    await transferCustomers(baton, other);
    const strangers = [customers[0]!.id, encodeId('Customer', randomUUID())];
    await transferCustomers(baton, story, { selection: { customerIds: strangers } });
    await prisma.member.update({ where: { id: ben.uuid }, data: { customerLimit: 0 } });
    await transferCustomers(baton, story, { successorIds: [ben.id] });
    await app.settle();

    expect(await statistics(story, 'SUCCESSOR')).toEqual([['Ana', { assigned: 1, completed: 1, median: 0 }]]);
    expect(await statistics(story, 'LEAVER', { filter: { leaverId: other.leaver.id } })).toEqual([]);
    expect(await statistics(other, 'LEAVER')).toEqual([['Lee', { assigned: 1, completed: 1, median: 0 }]]);
    expect(await statistics(story, 'LEAVER', { filter: { leaverId: leaver.id, successorId: ana.id } })).toHaveLength(1);
  });

  test('page by name and not by number: each row comes once, of those with one name too', async () => {
    const story = await departing(baton, { customers: 0 });
    const { enterpriseId, leaver } = story;
    const names = ['Zoe', 'Ana', 'Eve', 'Ana'];
    const successors: string[] = [];
    for (const [place, name] of names.entries()) {
      const id = app.ids.next();
      const member = { id, enterpriseId, userId: `m${place}`, name, createdAt: clock.now() };
      await prisma.member.create({ data: member });
      successors.push(encodeId('Member', id));
    }
    for (let count = 0; count < 6; count++) await serve(baton, { enterpriseId, member: leaver });
    await transferCustomers(baton, { ...story, admin: await signedIn(baton, story) }, { successorIds: successors });

    const seen: unknown[] = [];
    let after: string | null = null;
    for (;;) {
      const { statistics: page }: { statistics: Page } = (await ask(story, { by: 'SUCCESSOR', first: 1, after })).data;
      expect(page.totalCount).toBe(4);
      seen.push(...page.nodes.map(({ member }) => member?.name));
      after = page.pageInfo.endCursor;
      if (!page.pageInfo.hasNextPage) break;
    }
    expect(seen).toEqual(['Ana', 'Ana', 'Eve', 'Zoe']);
    const { data } = await ask(story, { by: 'SUCCESSOR', last: 1 });
    const before = data.statistics.pageInfo.startCursor;
    const third = (await ask(story, { by: 'SUCCESSOR', last: 2, before })).data.statistics;
    expect(third.nodes.map(({ member, customers }) => [member?.name, said(customers)])).toEqual([
      ['Ana', { assigned: 1, waiting: 1 }],
      ['Eve', { assigned: 1, waiting: 1 }],
    ]);
    const elsewhere = await ask(story, { by: 'LEAVER', after });
    expect(elsewhere.errors?.[0]?.message).toBe(
      'This cursor belongs to another list or another orderBy. Start without it.',
    );
  });

  test.each([
    [
      { from: '2026-03-02', to: '2026-03-01' },
      '`from` is the first day and `to` the last: 2026-03-02 is after 2026-03-01.',
    ],
    [{ from: '0000-12-31' }, '`from` must be a day of the year 1 or later.'],
    [{ to: '0000-01-01' }, '`to` must be a day of the year 1 or later.'],
    [{ to: '2026-02-30' }, expect.stringContaining('"$to"') as string],
    [{ filter: { ruleId: encodeId('Member', randomUUID()) } }, expect.stringContaining('AssignmentRule') as string],
  ])('refuse %j, and say which argument it is', async (bad, message) => {
    const story = await departing(baton, { customers: 0 });

    const { data, errors } = await ask(story, { by: 'DAY', ...bad });

    expect(errors).toMatchObject([{ message, extensions: { code: 'BAD_USER_INPUT' } }]);
    expect(data ?? null).toBeNull();
  });

  test('of what was there before an upgrade are what they would have been', async () => {
    const known = () => Promise.all([tallied(), delayed()]);
    const tallied = () =>
      app.db.query<object>(Prisma.sql`
      SELECT ${Prisma.raw(counted)} FROM transfer_tally ORDER BY transfer_id, kind, rule_place, successor_id`);
    const delayed = () => app.db.query<object>(Prisma.sql`SELECT * FROM transfer_delay ORDER BY 1, 2, 3, 4, 5, 6`);
    const before = await known();
    expect(before.map(({ length }) => length > 5)).toEqual([true, true]);
    const migration = readFileSync('prisma/migrations/20261126065415_statistics/migration.sql', 'utf8');
    const byHand = migration.slice(migration.indexOf('UPDATE "transfer"'));

    await app.db.script(
      `DELETE FROM transfer_tally; DELETE FROM transfer_delay; UPDATE transfer SET department_id = NULL; ${byHand}`,
    );

    expect(await known()).toEqual(before);
    const misplaced = Prisma.sql`
      SELECT t.id FROM transfer t JOIN member m ON m.id = t.leaver_id WHERE m.department_id IS DISTINCT FROM t.department_id`;
    expect(await app.db.query(misplaced)).toEqual([]);
  });

  test('take the last day there is', async () => {
    const story = await departing(baton, { customers: 1 });
    await transferCustomers(baton, { ...story, admin: await signedIn(baton, story) });

    const days = await statistics(story, 'DAY', { from: '0001-01-01', to: '9999-12-31' });

    expect(days).toEqual([[clock.now().toISOString().slice(0, 10), { assigned: 1, waiting: 1 }]]);
  });
});
