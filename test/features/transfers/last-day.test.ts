import { describe, expect, inject, test } from 'vitest';
import { startRunner } from '../../../src/app/runner.js';
import { encodeId } from '../../../src/graphql/ids.js';
import { resignDue } from '../../../src/features/transfers/transfers.js';
import { openTestApp } from '../../support/app.js';
import { everythingOf } from '../../support/full-company.js';
import { contactAdministrator, type Departing, type Person } from '../../support/seed.js';
import { change, codeOf } from './change.js';
import { auditOf, expectWhole, holdingOf, itemsOf, resign, ruled } from './resigning.js';

// One connection cannot race: these need a server.
const onPostgres = test.runIf(inject('databaseTemplate').kind === 'postgres');
const baton = await openTestApp();
const { app, clock } = baton;
const began = clock.now();

/** A company in which it is the second of March, 8 o'clock in UTC. */
async function office(settings: object = {}): Promise<Departing> {
  clock.set(began);
  const story = await ruled(baton);
  if (Object.keys(settings).length > 0) {
    expect(await codeOf(baton, story.admin, 'updateSettings', settings)).toBeNull();
  }
  return story;
}

const plan = ({ admin, leaver }: Departing, input: object = {}) =>
  resign(baton, admin, { memberId: leaver.id, lastDay: '2026-03-31', ...input });

const statusOf = async ({ uuid: id }: Person) =>
  (await app.db.prisma.member.findUniqueOrThrow({ where: { id } })).status;

const over = new Date('2026-04-01T00:00:00.000Z');

describe('a planned last day', () => {
  test.each([
    ['UTC', '2026-03-31', '2026-04-01T00:00:00.000Z'],
    ['Asia/Shanghai', '2026-03-31', '2026-03-31T16:00:00.000Z'],
    // New York sets its clocks forward on the 8th of March, and back on the first of November, at two in the morning.
    ['America/New_York', '2026-03-07', '2026-03-08T05:00:00.000Z'],
    ['America/New_York', '2026-03-08', '2026-03-09T04:00:00.000Z'],
    ['America/New_York', '2026-10-31', '2026-11-01T04:00:00.000Z'],
    ['America/New_York', '2026-11-01', '2026-11-02T05:00:00.000Z'],
  ])('in %s, %s is over at %s: not a second earlier', async (timeZone, lastDay, leavesAt) => {
    const story = await office({ timeZone });
    const { member, transfer, userErrors } = await plan(story, { lastDay, autoAssign: true });

    expect([userErrors, transfer]).toEqual([[], null]);
    expect(member).toEqual({ status: 'ACTIVE', resignedAt: null, lastDay, leavesAt, autoAssignOnLeave: true });

    clock.set(new Date(new Date(leavesAt).getTime() - 1000));
    await app.settle();
    expect(await holdingOf(baton, story.leaver)).toBe('ACTIVE 4 customers, 2 groups, 0 and 0 wait');

    clock.advance(1 / 3600);
    await app.settle();
    expect(await holdingOf(baton, story.leaver)).toBe('RESIGNED 0 customers, 0 groups, 0 and 0 wait');
    expect(await app.db.prisma.member.findUniqueOrThrow({ where: { id: story.leaver.uuid } })).toMatchObject({
      resignedAt: new Date(leavesAt),
      leavesAt: null,
      autoAssignOnLeave: null,
    });
    await expectWhole(baton, story);
  });

  test.each([
    ['UTC', '2026-03-01', false],
    ['UTC', '2026-03-02', true],
    // Eight in the morning of the second: in Kiritimati ten at night, in Niue nine in the evening of the first.
    ['Pacific/Kiritimati', '2026-03-01', false],
    ['Pacific/Niue', '2026-03-01', true],
    ['Pacific/Niue', '2026-02-28', false],
    ['UTC', '0001-01-01', false],
    ['UTC', '2036-02-28', true],
    ['UTC', '2036-02-29', false],
    ['UTC', '9999-12-31', false],
  ])('in %s, %s may be planned: %s', async (timeZone, lastDay, may) => {
    const story = await office({ timeZone });
    const before = await everythingOf(baton, story.enterpriseId);

    const { userErrors } = await plan(story, { lastDay });

    expect(userErrors).toMatchObject(may ? [] : [{ code: 'INVALID_INPUT', path: ['input', 'lastDay'] }]);
    if (!may) expect(await everythingOf(baton, story.enterpriseId)).toEqual(before);
  });

  test('is the system that resigns, and each rule hands over, as the audit says', async () => {
    const story = await office();
    await plan(story, { autoAssign: true });
    clock.set(over);
    await app.settle();

    const log = await auditOf(baton, story);
    expect(log.map(({ said }) => said)).toEqual([
      'resignMember SUCCESS MEMBER Ada',
      'resignMember SUCCESS SYSTEM Baton',
      'transferByRules SUCCESS SYSTEM Baton',
      'assignByRule SUCCESS SYSTEM North',
      'assignByRule SUCCESS SYSTEM Default assignment',
    ]);
    expect(log[0]?.detail).toEqual({
      lastDay: '2026-03-31',
      before: { leavesAt: null },
      after: { leavesAt: over.toISOString(), autoAssign: true },
    });
    expect(log[1]?.detail).toEqual({
      before: { status: 'ACTIVE', leavesAt: over.toISOString() },
      after: { status: 'RESIGNED', resignedAt: over.toISOString() },
      autoAssign: true,
    });
    const { createdById } = await app.db.prisma.transfer.findFirstOrThrow({
      where: { enterpriseId: story.enterpriseId },
    });
    expect(createdById).toBeNull();
    await expectWhole(baton, story);
  });

  test.each([
    [null, true, 6],
    [null, false, 0],
    [false, true, 0],
    [true, false, 6],
  ])('with autoAssign %s and the setting %s by then, %i items', async (autoAssign, autoAssignOnResignation, items) => {
    const story = await office({ autoAssignOnResignation: !autoAssignOnResignation });
    await plan(story, { autoAssign });
    await change(baton, story.admin, 'updateSettings', { autoAssignOnResignation });
    clock.set(over);
    await app.settle();

    expect(await statusOf(story.leaver)).toBe('RESIGNED');
    expect(await itemsOf(baton, story)).toHaveLength(items);
  });

  test('with customer contact off by then, the member leaves, and what they hold stays in the pool', async () => {
    const story = await office();
    await plan(story, { autoAssign: true });
    await change(baton, story.admin, 'updateSettings', { customerContactEnabled: false });
    clock.set(over);
    await app.settle();

    expect(await holdingOf(baton, story.leaver)).toBe('RESIGNED 4 customers, 2 groups, 0 and 0 wait');
    expect((await auditOf(baton, story)).map(({ said }) => said)).toEqual([
      'resignMember SUCCESS MEMBER Ada',
      'resignMember SUCCESS SYSTEM Baton',
      'transferByRules REFUSED CUSTOMER_CONTACT_DISABLED SYSTEM Baton',
    ]);
  });

  test('can be moved, and the last choice counts', async () => {
    const story = await office();
    await plan(story, { autoAssign: true });
    const { member } = await plan(story, { lastDay: '2026-04-30' });
    expect(member).toMatchObject({ lastDay: '2026-04-30', autoAssignOnLeave: null });

    clock.set(over);
    await app.settle();
    expect(await statusOf(story.leaver)).toBe('ACTIVE');

    clock.set(new Date('2026-05-01T00:00:00.000Z'));
    await app.settle();
    expect(await holdingOf(baton, story.leaver)).toBe('RESIGNED 4 customers, 2 groups, 0 and 0 wait');
  });

  test('can be dropped, again and again: the member stays', async () => {
    const story = await office();
    const { admin, leaver } = story;
    await plan(story, { autoAssign: true });

    const payload = 'member { status lastDay leavesAt autoAssignOnLeave }';
    const dropped = await change(baton, admin, 'cancelResignation', { memberId: leaver.id }, payload);
    const again = await change(baton, admin, 'cancelResignation', { memberId: leaver.id }, payload);

    const stays = { status: 'ACTIVE', lastDay: null, leavesAt: null, autoAssignOnLeave: null };
    expect([dropped, again]).toEqual([
      { member: stays, userErrors: [] },
      { member: stays, userErrors: [] },
    ]);
    clock.set(over);
    await app.settle();
    expect(await holdingOf(baton, leaver)).toBe('ACTIVE 4 customers, 2 groups, 0 and 0 wait');
  });

  test('is no longer planned once the member has resigned before it', async () => {
    const story = await office();
    const { admin, leaver } = story;
    await plan(story);
    const { member } = await resign(baton, admin, { memberId: leaver.id });
    expect(member).toMatchObject({ status: 'RESIGNED', lastDay: null });
    expect(await codeOf(baton, admin, 'cancelResignation', { memberId: leaver.id })).toBe('ALREADY_RESIGNED');
    expect((await plan(story)).userErrors).toMatchObject([{ code: 'ALREADY_RESIGNED' }]);
    expect(await codeOf(baton, admin, 'reinstateMember', { memberId: leaver.id })).toBeNull();

    clock.set(over);
    await app.settle();
    expect(await statusOf(leaver)).toBe('ACTIVE');
  });

  test('outlives other changes of the member, and is refused together with resignedAt', async () => {
    const story = await office();
    const { admin, leaver } = story;
    await plan(story);
    await change(baton, admin, 'updateMember', { memberId: leaver.id, name: 'Lee Li', isDisabled: true });
    const before = await everythingOf(baton, story.enterpriseId);

    const { userErrors } = await plan(story, { resignedAt: began.toISOString() });

    expect(userErrors).toMatchObject([{ code: 'INVALID_INPUT', path: ['input', 'lastDay'] }]);
    expect(await everythingOf(baton, story.enterpriseId)).toEqual(before);
    clock.set(over);
    await app.settle();
    expect(await statusOf(leaver)).toBe('RESIGNED');
  });

  test('of a customer-contact administrator needs the approval that their own transfer would need', async () => {
    const story = await office({ approvalAbove: 5 });
    const cora = await contactAdministrator(baton, story.enterpriseId, 'Cora');
    await resign(baton, cora, { memberId: story.leaver.id, lastDay: '2026-03-31', autoAssign: true });
    clock.set(over);
    await app.settle();

    expect(await holdingOf(baton, story.leaver)).toBe('RESIGNED 4 customers, 2 groups, 4 and 2 wait');
    const where = { enterpriseId: story.enterpriseId };
    const transfer = await app.db.prisma.transfer.findFirstOrThrow({ where });
    expect([transfer.status, transfer.createdById]).toEqual(['PENDING_APPROVAL', cora.uuid]);
    expect(await app.db.prisma.inboxEvent.findMany({ where, select: { recipientId: true, type: true } })).toEqual([
      { recipientId: story.admin.uuid, type: 'APPROVAL_REQUESTED' },
    ]);
    const transferId = encodeId('Transfer', transfer.id);
    const later = async (person: Person) => ({
      ...person,
      token: await baton.tokenOf({ kind: 'member', id: person.uuid, enterpriseId: story.enterpriseId }),
    });
    expect(await codeOf(baton, await later(cora), 'approveTransfer', { transferId })).toBe('OWN_TRANSFER');
    expect(await codeOf(baton, await later(story.admin), 'approveTransfer', { transferId })).toBeNull();
    await app.settle();
    expect(await holdingOf(baton, story.leaver)).toBe('RESIGNED 0 customers, 0 groups, 0 and 0 wait');
    await expectWhole(baton, story);
  });

  test('is for administrators and the member to read, and not for colleagues and customers', async () => {
    const story = await office();
    await plan(story, { autoAssign: false });
    const read = async ({ token }: Person) => {
      const document = 'query ($id: ID!) { node(id: $id) { ... on Member { lastDay leavesAt autoAssignOnLeave } } }';
      return (await baton.ask(token, document, { id: story.leaver.id })).data['node'];
    };

    const shown = { lastDay: '2026-03-31', leavesAt: over.toISOString(), autoAssignOnLeave: false };
    const hidden = { lastDay: null, leavesAt: null, autoAssignOnLeave: null };
    expect([await read(story.admin), await read(story.leaver)]).toEqual([shown, shown]);
    expect([await read(story.ana), await read(story.customers[0]!)]).toEqual([hidden, hidden]);
  });
});

describe('who cannot leave holds up nobody', () => {
  test('the only administrator stays: the plan is dropped once, and the audit says what to do', async () => {
    const story = await office();
    const { admin, leaver } = story;
    await resign(baton, admin, { memberId: admin.id, lastDay: '2026-03-30' });
    await plan(story);
    clock.set(over);
    await app.settle();
    await app.settle();

    expect([await statusOf(admin), await statusOf(leaver)]).toEqual(['ACTIVE', 'RESIGNED']);
    expect((await auditOf(baton, { ...story, leaver: admin })).slice(1)).toEqual([
      {
        said: 'resignMember REFUSED LAST_ADMINISTRATOR SYSTEM Baton',
        detail: {
          message:
            'This is the only super administrator left. Make somebody else one first, with grantRights. Then call resignMember again: the ' +
            'planned last day has been dropped.',
          before: { leavesAt: '2026-03-31T00:00:00.000Z' },
          after: { leavesAt: null },
        },
      },
    ]);
  });

  test('a failure on our side leaves that member for later, and the others leave', async () => {
    const story = await office();
    const { admin, leaver, ana } = story;
    await resign(baton, admin, { memberId: ana.id, lastDay: '2026-03-30' });
    await plan(story);
    clock.set(over);
    await app.db.script(`
      CREATE FUNCTION test_fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'broken'; END $$;
      CREATE TRIGGER test_fail BEFORE UPDATE ON member FOR EACH ROW WHEN (OLD.id = '${ana.uuid}') EXECUTE FUNCTION test_fail();`);
    try {
      await using _runner = startRunner(app);
      await expect.poll(() => statusOf(leaver), { timeout: 10_000 }).toBe('RESIGNED');
    } finally {
      await app.db.script('DROP TRIGGER test_fail ON member; DROP FUNCTION test_fail;');
    }
    expect(await statusOf(ana)).toBe('ACTIVE');

    await app.settle();
    expect(await statusOf(ana)).toBe('RESIGNED');
  });
});

onPostgres('several runners at once resign each member once, and hand over once', async () => {
  // Whom earlier tests have left behind.
  clock.set(over);
  await app.settle();
  const stories: Departing[] = [];
  for (let one = 0; one < 6; one++) stories.push(await office());
  for (const story of stories) {
    await plan(story, { autoAssign: true });
    await resign(baton, story.admin, { memberId: story.ben.id, lastDay: '2026-03-31', autoAssign: true });
  }
  clock.set(over);
  const drain = async () => {
    let done = 0;
    // An instance that found all of them claimed by others comes again at its next poll.
    while ((await app.db.prisma.member.count({ where: { leavesAt: over } })) > 0) done += await resignDue(app);
    return done;
  };

  const done = await Promise.all([drain(), drain(), drain(), drain()]);

  expect(done.reduce((sum, count) => sum + count)).toBe(12);
  await app.settle();
  for (const story of stories) {
    const { enterpriseId } = story;
    expect(await app.db.prisma.transfer.count({ where: { enterpriseId, leaverId: story.leaver.uuid } })).toBe(1);
    const bySystem = { enterpriseId, action: 'resignMember', actorKind: 'SYSTEM' } as const;
    expect(await app.db.prisma.auditEvent.count({ where: bySystem })).toBe(2);
    expect(await holdingOf(baton, story.leaver)).toMatch(/^RESIGNED/);
    await expectWhole(baton, story);
  }
});

onPostgres('a planned day that is over and its cancellation at once: one of them holds', async () => {
  for (let round = 0; round < 10; round++) {
    const story = await office();
    await plan(story, { autoAssign: true });
    clock.set(over);
    const { enterpriseId, admin } = story;
    const token = await baton.tokenOf({ kind: 'member', id: admin.uuid, enterpriseId });

    const [code] = await Promise.all([
      codeOf(baton, { ...admin, token }, 'cancelResignation', { memberId: story.leaver.id }),
      resignDue(app),
    ]);

    const items = await itemsOf(baton, story);
    expect([code, await statusOf(story.leaver), items.length]).toEqual(
      code === null ? [null, 'ACTIVE', 0] : ['ALREADY_RESIGNED', 'RESIGNED', 6],
    );
    await app.settle();
    await expectWhole(baton, story);
  }
});

onPostgres(
  'a resignation by the rules and a handover of the same customers at once: each goes with one of them',
  async () => {
    for (let round = 0; round < 10; round++) {
      const story = await office({ waitHours: 24 });
      const { admin, leaver, ana, ben } = story;
      const handOver = {
        leaverId: leaver.id,
        kind: 'ON_JOB',
        successorIds: [ben.id, ana.id],
        selection: { all: true },
      };

      const [code, resigned] = await Promise.all([
        codeOf(baton, admin, 'transferCustomers', handOver),
        codeOf(baton, admin, 'resignMember', { memberId: leaver.id, autoAssign: true }),
      ]);

      expect(resigned).toBeNull();
      expect([null, 'HANDOVER_RESIGNED']).toContain(code);
      const items = await itemsOf(baton, story);
      expect(items.filter((item) => item.startsWith('CUSTOMER WAITING'))).toHaveLength(4);
      expect(items).toHaveLength(code === null ? 10 : 6);
      await expectWhole(baton, story);
    }
  },
);
