import { describe, expect, test } from 'vitest';
import type { InboxEventType } from '../../../src/generated/prisma/enums.js';
import { openTestApp, type Answer } from '../../support/app.js';
import { departing, ownGroup } from '../../support/seed.js';
import { begin, transferCustomers } from '../transfers/begin.js';
import { occur } from './inbox-seed.js';
import { settled } from '../../support/settled.js';

const baton = await openTestApp();
const { app } = baton;

const notifications = `{ assignmentNotifications { nodes {
  type transferKind leaverName successorName successor { name } customerCount groupCount
  customers { nodes { customer { name } } }
  groups { nodes { name status } } } } }`;
const notices = '{ customerNotices { nodes { type transferKind takeoverDueAt groupName text } } }';

async function inboxOf(token: string, document: string): Promise<Answer[]> {
  await settled(app.db);
  const { data, errors } = await baton.ask(token, document);
  expect(errors).toBeUndefined();
  return Object.values(data)[0]!['nodes'] as unknown as Answer[];
}

/** Every type of event, who reads it, and by which name. */
const types: Readonly<Record<InboxEventType, readonly ['member' | 'customer', string]>> = {
  CUSTOMERS_ASSIGNED: ['member', 'CUSTOMERS_ASSIGNED'],
  CUSTOMERS_SCHEDULED: ['member', 'CUSTOMERS_SCHEDULED'],
  CUSTOMERS_REFUSED: ['member', 'CUSTOMERS_REFUSED'],
  CUSTOMERS_CANCELLED: ['member', 'CUSTOMERS_CANCELLED'],
  CUSTOMERS_UNDONE: ['member', 'CUSTOMERS_UNDONE'],
  CUSTOMERS_RETURNED: ['member', 'CUSTOMERS_RETURNED'],
  GROUPS_ASSIGNED: ['member', 'GROUPS_ASSIGNED'],
  GROUPS_UNDONE: ['member', 'GROUPS_UNDONE'],
  GROUPS_RETURNED: ['member', 'GROUPS_RETURNED'],
  APPROVAL_REQUESTED: ['member', 'APPROVAL_REQUESTED'],
  TRANSFER_APPROVED: ['member', 'TRANSFER_APPROVED'],
  TRANSFER_DISAPPROVED: ['member', 'TRANSFER_DISAPPROVED'],
  TAKEOVER_SCHEDULED: ['customer', 'SCHEDULED'],
  TAKEOVER_COMPLETED: ['customer', 'COMPLETED'],
  TAKEOVER_CANCELLED: ['customer', 'CANCELLED'],
  TAKEOVER_UNDONE: ['customer', 'UNDONE'],
  GROUP_OWNER_CHANGED: ['customer', 'GROUP_OWNER_CHANGED'],
};

test.each(Object.entries(types))(
  'an event %s is told as what it is, and counts what it is about',
  async (type, [who, shown]) => {
    const story = await departing(baton, { customers: 1 });
    const reader = who === 'member' ? story.ana : story.customers[0]!;
    await occur(
      app.db,
      { enterpriseId: story.enterpriseId, recipientId: reader.uuid },
      { first: 1, type: type as InboxEventType },
    );

    const [entry, ...more] = await inboxOf(reader.token, who === 'member' ? notifications : notices);

    expect(more).toEqual([]);
    const aboutGroups = shown.startsWith('GROUPS');
    expect(entry).toMatchObject(
      who === 'member'
        ? { type: shown, customerCount: aboutGroups ? 0 : 1, groupCount: aboutGroups ? 1 : 0 }
        : { type: shown, takeoverDueAt: null, groupName: null },
    );
  },
);

describe('what a transfer tells', () => {
  test('the customer reads until when to decline, and whose group has another owner', async () => {
    const story = await departing(baton, { customers: 1, waitHours: 2 });
    const { enterpriseId, leaver, customers, ana } = story;
    await ownGroup(baton, { enterpriseId, member: leaver, name: 'Buyers', customers });
    await transferCustomers(baton, story, { groups: { all: true } });
    const due = new Date(app.clock.now().getTime() + 2 * 3600_000).toISOString();
    await app.settle();

    expect(await inboxOf(customers[0]!.token, notices)).toEqual([
      {
        type: 'SCHEDULED',
        transferKind: 'RESIGNED',
        takeoverDueAt: due,
        groupName: null,
        text: 'Hello, Lee is moving on, and Ana (+86 ana) takes over. In 2 hours Ana becomes your contact by itself; you may also decline.',
      },
      {
        type: 'GROUP_OWNER_CHANGED',
        transferKind: 'RESIGNED',
        takeoverDueAt: null,
        groupName: 'Buyers',
        text: 'Hello, the group "Buyers" is now looked after by Ana (+86 ana).',
      },
    ]);
    const common = { transferKind: 'RESIGNED', leaverName: 'Lee', successorName: 'Ana', successor: { name: 'Ana' } };
    expect(await inboxOf(ana.token, notifications)).toEqual([
      {
        ...common,
        type: 'CUSTOMERS_SCHEDULED',
        customerCount: 1,
        groupCount: 0,
        customers: { nodes: [] },
        groups: { nodes: [] },
      },
      {
        ...common,
        type: 'GROUPS_ASSIGNED',
        customerCount: 0,
        groupCount: 1,
        customers: { nodes: [] },
        groups: { nodes: [{ name: 'Buyers', status: 'INHERITED' }] },
      },
    ]);

    baton.clock.advance(2);
    await app.settle();

    expect((await inboxOf(customers[0]!.token, notices))[2]).toMatchObject({
      type: 'COMPLETED',
      takeoverDueAt: null,
      groupName: null,
    });
    expect((await inboxOf(ana.token, notifications))[2]).toMatchObject({
      type: 'CUSTOMERS_ASSIGNED',
      customerCount: 1,
      groupCount: 0,
      customers: { nodes: [{ customer: { name: 'Customer 1' } }] },
      groups: { nodes: [] },
    });
  });

  test('a group that was handed on since is no longer among those of the notification', async () => {
    const story = await departing(baton, { customers: 1 });
    const { enterpriseId, leaver, admin, ana, ben } = story;
    await ownGroup(baton, { enterpriseId, member: leaver, name: 'One' });
    const two = await ownGroup(baton, { enterpriseId, member: leaver, name: 'Two' });
    const input = { leaverId: leaver.id, successorIds: [ana.id], selection: { all: true } };
    await begin(baton, admin, 'transferGroups', input);
    await app.settle();
    await begin(baton, admin, 'transferGroups', {
      kind: 'ON_JOB',
      leaverId: ana.id,
      successorIds: [ben.id],
      selection: { groupIds: [two.id] },
    });
    await app.settle();

    expect((await inboxOf(ana.token, notifications))[0]).toMatchObject({
      groupCount: 2,
      groups: { nodes: [{ name: 'One' }] },
    });
  });

  test('a member who stays reads which customers and groups each undo gave back', async () => {
    const story = await departing(baton, { customers: 3, resigned: false });
    const { enterpriseId, leaver, admin, ana, relations } = story;
    const { prisma } = app.db;
    await ownGroup(baton, { enterpriseId, member: leaver, name: 'Buyers' });
    const transferId = await transferCustomers(baton, story, { kind: 'ON_JOB', groups: { all: true } });
    await app.settle();
    const undo = async () => {
      baton.clock.advance(1 / 60);
      const { data } = await baton.ask(
        admin.token,
        'mutation ($input: UndoTransferInput!) { undoTransfer(input: $input) { undone userErrors { code } } }',
        { input: { transferId } },
      );
      return data['undoTransfer'];
    };
    // Touched, and then as if it had not been.
    const { revision } = await prisma.relation.findUniqueOrThrow({ where: { id: relations[1]! } });
    const touch = (by: number, touches: object) =>
      prisma.relation.update({ where: { id: relations[1]! }, data: { revision: revision + by, touches } });
    await touch(1, { REMARK: revision + 1 });
    expect(await undo()).toEqual({ undone: 3, userErrors: [] });
    await touch(0, {});
    expect(await undo()).toEqual({ undone: 1, userErrors: [] });

    const returned = (await inboxOf(leaver.token, notifications)).map((each) => ({
      type: each['type'],
      successorName: each['successorName'],
      counts: [each['customerCount'], each['groupCount']],
      customers: (each['customers']!['nodes'] as unknown as Answer[]).map((node) => node['customer']!['name']),
      groups: (each['groups']!['nodes'] as unknown as Answer[]).map((node) => node['name']),
    }));

    expect(returned).toEqual(
      expect.arrayContaining([
        {
          type: 'CUSTOMERS_RETURNED',
          successorName: 'Ana',
          counts: [2, 0],
          customers: ['Customer 1', 'Customer 3'],
          groups: [],
        },
        { type: 'GROUPS_RETURNED', successorName: 'Ana', counts: [0, 1], customers: [], groups: ['Buyers'] },
        { type: 'CUSTOMERS_RETURNED', successorName: 'Ana', counts: [1, 0], customers: ['Customer 2'], groups: [] },
      ]),
    );
    expect(returned).toHaveLength(3);
    const undone = (await inboxOf(ana.token, notifications)).filter((each) =>
      JSON.stringify(each['type']).includes('UNDONE'),
    );
    expect(undone.map(({ customers, groups }) => [customers, groups])).toEqual(
      Array(3).fill([{ nodes: [] }, { nodes: [] }]),
    );
  });
});
