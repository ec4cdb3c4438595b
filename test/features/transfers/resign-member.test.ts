import { describe, expect, test } from 'vitest';
import { decodeId } from '../../../src/graphql/ids.js';
import { openDoors, PlainClient } from '../../app/open-doors.js';
import { openTestApp } from '../../support/app.js';
import { everythingOf } from '../../support/full-company.js';
import { contactAdministrator, type Departing } from '../../support/seed.js';
import { transferCustomers } from './begin.js';
import { change } from './change.js';
import { auditOf, expectWhole, holdingOf, itemsOf, resign, ruled } from './resigning.js';

const baton = await openTestApp();
const { app, clock } = baton;

const rulesGave = [
  'CUSTOMER WAITING Ben',
  'CUSTOMER WAITING Ben',
  'CUSTOMER WAITING Ana',
  'CUSTOMER WAITING Ana',
  'GROUP WAITING Ana',
  'GROUP WAITING Ana',
];

const setting = ({ admin }: Departing, settings: object) => change(baton, admin, 'updateSettings', settings);

const groupsOf = async ({ enterpriseId }: Departing) =>
  (await app.db.prisma.customerGroup.findMany({ where: { enterpriseId } })).map(({ status }) => status);

describe('who resigns with autoAssign hands everything over by the rules', () => {
  test('customers and groups are under way in the same moment, and then moved', async () => {
    const story = await ruled(baton, { waitHours: 24 });
    const { admin, leaver, ana, ben } = story;

    const { member, transfer, userErrors } = await resign(baton, admin, { memberId: leaver.id, autoAssign: true });

    expect([userErrors, member]).toEqual([
      [],
      {
        status: 'RESIGNED',
        resignedAt: clock.now().toISOString(),
        lastDay: null,
        leavesAt: null,
        autoAssignOnLeave: null,
      },
    ]);
    expect(transfer).toEqual({ id: expect.any(String) as string, status: 'RUNNING' });
    expect(await itemsOf(baton, story)).toEqual(rulesGave);
    expect(await groupsOf(story)).toEqual(['INHERITING', 'INHERITING']);
    expect(await holdingOf(baton, leaver)).toBe('RESIGNED 4 customers, 2 groups, 4 and 2 wait');
    await expectWhole(baton, story);

    clock.advance(24);
    await app.settle();

    expect(await holdingOf(baton, leaver)).toBe('RESIGNED 0 customers, 0 groups, 0 and 0 wait');
    expect(await holdingOf(baton, ana)).toBe('ACTIVE 2 customers, 2 groups, 0 and 0 wait');
    expect(await holdingOf(baton, ben)).toBe('ACTIVE 2 customers, 0 groups, 0 and 0 wait');
    expect(await groupsOf(story)).toEqual(['INHERITED', 'INHERITED']);
    await expectWhole(baton, story);
  });

  test('the audit names the administrator, and each rule that took something with what it took', async () => {
    const story = await ruled(baton);
    const { admin, leaver, ana, ben, enterpriseId } = story;
    const unused = { condition: { customers: { region: { eq: 'South' } } }, successors: [{ memberId: ana.id }] };
    await change(baton, admin, 'createAssignmentRule', { name: 'South', ...unused });
    const ruleId = async (name: string) =>
      (await app.db.prisma.assignmentRule.findFirstOrThrow({ where: { enterpriseId, name } })).id;

    const { transfer } = await resign(baton, admin, { memberId: leaver.id, autoAssign: true });

    const log = await auditOf(baton, story);
    expect(log.map(({ said }) => said)).toEqual([
      'resignMember SUCCESS MEMBER Ada',
      'transferByRules SUCCESS MEMBER Ada',
      'assignByRule SUCCESS SYSTEM North',
      'assignByRule SUCCESS SYSTEM Default assignment',
    ]);
    expect(log[1]?.detail).toMatchObject({ kind: 'RESIGNED', total: 6, accepted: 6, rejected: {} });
    expect(log.slice(2).map(({ detail }) => detail)).toEqual([
      {
        ruleId: await ruleId('North'),
        version: 1,
        assigned: 2,
        groups: 0,
        queued: 0,
        successors: [{ memberId: ben.uuid, customers: 2, groups: 0 }],
      },
      {
        ruleId: await ruleId('Default assignment'),
        version: 1,
        assigned: 2,
        groups: 2,
        queued: 0,
        successors: [{ memberId: ana.uuid, customers: 2, groups: 2 }],
      },
    ]);
    const { createdById } = await app.db.prisma.transfer.findUniqueOrThrow({
      where: { id: decodeId(transfer!.id as unknown as string).id },
    });
    expect(createdById).toBe(admin.uuid);
  });

  test.each([
    [false, null, []],
    [true, null, rulesGave],
    [true, false, []],
    [false, true, rulesGave],
  ])('autoAssignOnResignation %s, autoAssign %s', async (autoAssignOnResignation, autoAssign, items) => {
    const story = await ruled(baton, { waitHours: 24 });
    await setting(story, { autoAssignOnResignation });

    const { transfer } = await resign(baton, story.admin, { memberId: story.leaver.id, autoAssign });

    expect(transfer === null).toBe(items.length === 0);
    expect(await itemsOf(baton, story)).toEqual(items);
    expect(await groupsOf(story)).toEqual(Array(2).fill(items.length === 0 ? 'OWNER_RESIGNED' : 'INHERITING'));
    await expectWhole(baton, story);
  });

  test('who holds nothing resigns, and there is no transfer', async () => {
    const story = await ruled(baton);

    const { member, transfer, userErrors } = await resign(baton, story.admin, {
      memberId: story.ben.id,
      autoAssign: true,
    });

    expect([member?.status, transfer, userErrors]).toEqual(['RESIGNED', null, []]);
    expect(await app.db.prisma.transfer.count({ where: { enterpriseId: story.enterpriseId } })).toBe(0);
    expect(await app.db.prisma.auditEvent.count({ where: { subjectId: story.ben.uuid } })).toBe(1);
  });

  test('whom nobody may take stays in the pool, and the transfer says why', async () => {
    const story = await ruled(baton);
    await app.db.prisma.member.update({ where: { id: story.ana.uuid }, data: { acceptsAssignments: false } });
    await change(baton, story.admin, 'setDefaultAssignment', { successors: [] });

    await resign(baton, story.admin, { memberId: story.leaver.id, autoAssign: true });

    expect(await itemsOf(baton, story)).toEqual([
      'CUSTOMER WAITING Ben',
      'CUSTOMER WAITING Ben',
      ...Array<string>(2).fill('CUSTOMER NO_RULE nobody'),
      ...Array<string>(2).fill('GROUP NO_RULE nobody'),
    ]);
    await app.settle();
    await expectWhole(baton, story);
  });

  test('customers under way with ON_JOB stay with that transfer', async () => {
    const story = await ruled(baton, { waitHours: 24 });
    const { leaver, customers, ana } = story;
    await transferCustomers(baton, story, { kind: 'ON_JOB', selection: { customerIds: [customers[0]!.id] } });

    await resign(baton, story.admin, { memberId: leaver.id, autoAssign: true });

    expect(await itemsOf(baton, story)).toEqual([
      'CUSTOMER WAITING Ana',
      'CUSTOMER ALREADY_IN_TRANSFER nobody',
      ...rulesGave.slice(1),
    ]);
    clock.advance(24);
    await app.settle();
    expect(await holdingOf(baton, ana)).toBe('ACTIVE 3 customers, 2 groups, 0 and 0 wait');
    await expectWhole(baton, story);
  });

  test('a customer-contact administrator needs the approval that any transfer of theirs would', async () => {
    const story = await ruled(baton, { waitHours: 24 });
    await setting(story, { approvalAbove: 5 });
    const bo = await contactAdministrator(baton, story.enterpriseId, 'Bo');

    const { member, transfer } = await resign(baton, bo, { memberId: story.leaver.id, autoAssign: true });

    expect([member?.status, transfer?.status]).toEqual(['RESIGNED', 'PENDING_APPROVAL']);
    clock.advance(24);
    await app.settle();
    expect(await holdingOf(baton, story.leaver)).toBe('RESIGNED 4 customers, 2 groups, 4 and 2 wait');
    expect((await auditOf(baton, story)).map(({ said }) => said)).toEqual([
      'resignMember SUCCESS MEMBER Bo',
      'transferByRules SUCCESS MEMBER Bo',
      'assignByRule SUCCESS SYSTEM North',
      'assignByRule SUCCESS SYSTEM Default assignment',
    ]);
    await expectWhole(baton, story);

    const token = await baton.tokenOf({ kind: 'member', id: story.admin.uuid, enterpriseId: story.enterpriseId });
    await change(baton, { ...story.admin, token }, 'approveTransfer', { transferId: transfer!.id });
    clock.advance(24);
    await app.settle();
    expect(await holdingOf(baton, story.leaver)).toBe('RESIGNED 0 customers, 0 groups, 0 and 0 wait');
    await expectWhole(baton, story);
  });

  test('a successor hears of it over their socket', async () => {
    const story = await ruled(baton);
    const doors = await openDoors(baton);
    const { data } = await baton.ask<{ assignmentNotifications: { headCursor: string } }>(
      story.ben.token,
      '{ assignmentNotifications { headCursor } }',
    );
    const client = await PlainClient.signIn(doors.url, story.ben.token);
    client.subscribe(
      '1',
      `subscription ($after: String) { assignmentNotifications(after: $after) {
        ... on AssignmentNotification { type customerCount leaverName } } }`,
      { after: data.assignmentNotifications.headCursor },
    );

    await resign(baton, story.admin, { memberId: story.leaver.id, autoAssign: true });
    await app.settle();

    expect((await client.next('next')).payload?.data?.['assignmentNotifications']).toEqual({
      type: 'CUSTOMERS_ASSIGNED',
      customerCount: 2,
      leaverName: 'Lee',
    });
    client.socket.terminate();
  });
});

describe('where the transfer is refused', () => {
  test('an administrator who asked for it is refused, and nothing was done', async () => {
    const story = await ruled(baton);
    await setting(story, { customerContactEnabled: false, autoAssignOnResignation: true });
    const before = await everythingOf(baton, story.enterpriseId);

    const answer = await resign(baton, story.admin, { memberId: story.leaver.id, autoAssign: true });

    expect(answer).toEqual({
      member: null,
      transfer: null,
      userErrors: [
        {
          code: 'CUSTOMER_CONTACT_DISABLED',
          message: expect.stringMatching(/^Customer contact is switched off/) as string,
          path: ['input', 'autoAssign'],
        },
      ],
    });
    expect(await everythingOf(baton, story.enterpriseId)).toEqual(before);
  });

  test('where only the setting asked for it, the member resigns, and the audit says why nothing was handed over', async () => {
    const story = await ruled(baton);
    await setting(story, { customerContactEnabled: false, autoAssignOnResignation: true });

    const { member, transfer } = await resign(baton, story.admin, { memberId: story.leaver.id });

    expect([member?.status, transfer]).toEqual(['RESIGNED', null]);
    expect(await groupsOf(story)).toEqual(['OWNER_RESIGNED', 'OWNER_RESIGNED']);
    const log = await auditOf(baton, story);
    expect(log.map(({ said }) => said)).toEqual([
      'resignMember SUCCESS MEMBER Ada',
      'transferByRules REFUSED CUSTOMER_CONTACT_DISABLED SYSTEM Baton',
    ]);
    expect(log[1]?.detail['message']).toMatch(/What Lee holds stays in the pool until it is handed over\.$/);
    await expectWhole(baton, story);
  });

  test('a resignation longer ago than customers can be handed on is refused with autoAssign', async () => {
    const story = await ruled(baton);
    const before = await everythingOf(baton, story.enterpriseId);
    const resignedAt = new Date(clock.now().getTime() - 366 * 24 * 3600_000).toISOString();

    const { userErrors } = await resign(baton, story.admin, {
      memberId: story.leaver.id,
      resignedAt,
      autoAssign: true,
    });

    expect(userErrors).toMatchObject([{ code: 'INHERITANCE_EXPIRED', path: ['input', 'autoAssign'] }]);
    expect(await everythingOf(baton, story.enterpriseId)).toEqual(before);
  });
});

test('the same key answers the same transfer, and hands over once', async () => {
  const story = await ruled(baton, { waitHours: 24 });
  const input = { memberId: story.leaver.id, autoAssign: true, idempotencyKey: 'leave' };

  const first = await resign(baton, story.admin, input);
  const before = await everythingOf(baton, story.enterpriseId);
  const again = await resign(baton, story.admin, input);
  const other = await resign(baton, story.admin, { ...input, autoAssign: false });

  expect(again).toEqual(first);
  expect(other.userErrors).toMatchObject([{ code: 'IDEMPOTENCY_KEY_REUSED' }]);
  expect(await everythingOf(baton, story.enterpriseId)).toEqual(before);
});
