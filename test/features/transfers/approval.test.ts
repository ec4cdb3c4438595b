import { describe, expect, inject, test } from 'vitest';
import { encodeId } from '../../../src/graphql/ids.js';
import { openDoors, PlainClient } from '../../app/open-doors.js';
import { openTestApp, type Answer } from '../../support/app.js';
import { serveMany } from '../../support/crowd.js';
import { brokenInvariants } from '../../support/invariants.js';
import {
  contactAdministrator,
  departing,
  ownGroup,
  standing,
  type Departing,
  type Person,
} from '../../support/seed.js';
import { settled } from '../../support/settled.js';
import { begin, transferCustomers } from './begin.js';
import { change, codeOf, type Changed } from './change.js';

const onPostgres = test.runIf(inject('databaseTemplate').kind === 'postgres');
const baton = await openTestApp();
const doors = await openDoors(baton);
const { app, clock } = baton;
const { prisma } = app.db;

/** With Bo and Cleo, who are customer-contact administrators; more than `above` need an approval. */
interface Office extends Departing {
  readonly bo: Person;
  readonly cleo: Person;
}

async function office(
  more: Parameters<typeof departing>[1] & { readonly above?: number | null; readonly groups?: number } = {},
): Promise<Office> {
  const story = await departing(baton, { customers: 3, waitHours: 4, ...more });
  const { enterpriseId, leaver } = story;
  await prisma.enterprise.update({
    where: { id: enterpriseId },
    data: { approvalAbove: more.above === undefined ? 2 : more.above },
  });
  for (let n = 0; n < (more.groups ?? 0); n++) {
    await ownGroup(baton, { enterpriseId, member: leaver, name: `Buyers ${n}`, customers: story.customers });
  }
  const [bo, cleo] = [
    await contactAdministrator(baton, enterpriseId, 'Bo'),
    await contactAdministrator(baton, enterpriseId, 'Cleo'),
  ];
  return { ...story, bo, cleo };
}

/** Bo hands all of the leaver's customers to Ana, and the groups if there are any. */
const submit = (story: Office, input: object = {}, by: Person = story.bo) =>
  transferCustomers(baton, { ...story, admin: by }, input);

const shown = `transfer { status begunAt takeoverDueAt finishedAt decidedAt decidedBy { name }
  counts { total waiting completed rejected cancelled failed } }`;
const approve = (by: Person, transferId: string, more: object = {}) =>
  change(baton, by, 'approveTransfer', { transferId, ...more }, shown);
const disapprove = (by: Person, transferId: string, more: object = {}) =>
  change(baton, by, 'disapproveTransfer', { transferId, ...more }, shown);

async function look(by: Person, transferId: string): Promise<Answer> {
  const { data, errors } = await baton.ask(
    by.token,
    `query ($id: ID!) { transfer: node(id: $id) { ... on Transfer {
    ${shown.slice('transfer {'.length, -1)} } } }`,
    { id: transferId },
  );
  expect(errors).toBeUndefined();
  return data['transfer']!;
}

async function read(token: string, document: string): Promise<Answer> {
  await settled(app.db);
  const { data, errors } = await baton.ask(token, document);
  expect(errors).toBeUndefined();
  return Object.values(data)[0]!['nodes']!;
}

const told = `{ assignmentNotifications { nodes {
  type transferId transferKind leaverName actorName actor { name } successorName note customerCount groupCount
  customers { nodes { id } } groups { nodes { id } } } } }`;
const types = '{ assignmentNotifications { nodes { type customerCount groupCount } } }';
const noticed = '{ customerNotices { nodes { type text } } }';
const hence = (hours: number) => new Date(clock.now().getTime() + hours * 3600_000).toISOString();
const statusOf = async (transferId: string, story: Office) => (await look(story.admin, transferId))['status'];

/** How many of the leaver's customers each member serves now. */
async function holders({ enterpriseId }: Office): Promise<Record<string, number>> {
  const relations = await prisma.relation.findMany({
    where: { enterpriseId, status: 'ACTIVE' },
    include: { member: true },
  });
  const counts: Record<string, number> = {};
  for (const { member } of relations) counts[member.name] = (counts[member.name] ?? 0) + 1;
  return counts;
}

describe('a transfer above the limit', () => {
  test('waits, holds its customers and groups for itself, and is known to nobody but who may approve it', async () => {
    const story = await office({ groups: 1 });
    const { enterpriseId, admin, leaver, ana, bo, cleo, customers } = story;

    const transferId = await submit(story, { groups: { all: true }, note: 'Be kind' });

    const pending = {
      status: 'PENDING_APPROVAL',
      begunAt: null,
      takeoverDueAt: null,
      finishedAt: null,
      decidedAt: null,
      decidedBy: null,
      counts: { total: 4, waiting: 4, completed: 0, rejected: 0, cancelled: 0, failed: 0 },
    };
    expect(await look(admin, transferId)).toEqual(pending);
    for (const reader of [admin, cleo]) {
      expect(await read(reader.token, told)).toEqual([
        {
          type: 'APPROVAL_REQUESTED',
          transferId,
          transferKind: 'RESIGNED',
          leaverName: 'Lee',
          actorName: 'Bo',
          actor: { name: 'Bo' },
          successorName: '',
          note: 'Be kind',
          customerCount: 3,
          groupCount: 1,
          customers: { nodes: [] },
          groups: { nodes: [] },
        },
      ]);
    }
    expect(await prisma.inboxEvent.count({ where: { enterpriseId } })).toBe(2);
    expect(await prisma.portfolio.findUnique({ where: { memberId: leaver.uuid } })).toMatchObject({
      customers: 3,
      waiting: 3,
      groupsWaiting: 1,
    });
    expect(await prisma.portfolio.findUnique({ where: { memberId: ana.uuid } })).toMatchObject({ incoming: 3 });
    expect(await prisma.customerGroup.findFirst({ where: { enterpriseId } })).toMatchObject({ status: 'INHERITING' });
    const second = await begin(baton, admin, 'transferCustomers', {
      leaverId: leaver.id,
      successorIds: [bo.id],
      selection: { all: true },
    });
    expect(await look(admin, second)).toMatchObject({ status: 'COMPLETED_WITH_FAILURES', counts: { rejected: 3 } });

    clock.advance(11);
    await app.settle();

    expect(await look(admin, transferId)).toEqual(pending);
    expect(await holders(story)).toEqual({ Lee: 3 });
    for (const operation of ['acceptTakeover', 'declineTakeover']) {
      expect(await codeOf(baton, customers[0]!, operation, { transferId })).toBe('NOT_FOUND');
    }
    expect(await prisma.inboxEvent.count({ where: { enterpriseId } })).toBe(2);
    expect(await codeOf(baton, admin, 'undoTransfer', { transferId })).toBe('TRANSFER_RUNNING');
    expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
  });

  test.each([
    ['as many as the limit', { above: 3 }, 'bo', {}, 'RUNNING'],
    ['one more than the limit', { above: 2 }, 'bo', {}, 'PENDING_APPROVAL'],
    ['a group counts as a customer', { above: 3, groups: 1 }, 'bo', { groups: { all: true } }, 'PENDING_APPROVAL'],
    ['from the first one on', { above: 0 }, 'bo', {}, 'PENDING_APPROVAL'],
    ['no limit', { above: null }, 'bo', {}, 'RUNNING'],
    ["a super administrator's", { above: 0 }, 'admin', {}, 'RUNNING'],
  ] as const)('%s: %#', async (_name, more, by, input, status) => {
    const story = await office(more);

    const transferId = await submit(story, input, story[by]);

    expect(await statusOf(transferId, story)).toBe(status);
    const preview = await change(
      baton,
      story[by],
      'transferCustomers',
      {
        leaverId: story.leaver.id,
        successorIds: [story.ana.id],
        selection: { all: true },
        dryRun: true,
      },
      'preview { needsApproval }',
    );
    // All are in a transfer by now: refused ones do not count.
    expect(preview).toEqual({ preview: { needsApproval: false }, userErrors: [] });
    expect(await brokenInvariants(app.db, story.enterpriseId)).toEqual([]);
  });

  test('a preview says so beforehand; a retry waits as well', async () => {
    const story = await office();
    const { admin, ana, bo, leaver } = story;
    const document = `query ($input: PreviewTransferInput!) {
      previewTransfer(input: $input) { preview { accepted needsApproval } userErrors { code } } }`;
    const input = { leaverId: leaver.id, successorIds: [ana.id], selection: { all: true } };
    const previews = [];
    for (const by of [bo, admin]) previews.push((await baton.ask(by.token, document, { input })).data);
    expect(previews).toEqual(
      [true, false].map((needsApproval) => ({
        previewTransfer: { preview: { accepted: 3, needsApproval }, userErrors: [] },
      })),
    );
    const first = await submit(story, {}, admin);
    await change(baton, admin, 'cancelTransfer', { transferId: first });

    const retry = await begin(baton, bo, 'retryTransfer', { transferId: first, statuses: ['CANCELLED'] });

    expect(await statusOf(retry, story)).toBe('PENDING_APPROVAL');
    expect((await approve(admin, retry)).userErrors).toEqual([]);
    expect(await statusOf(retry, story)).toBe('RUNNING');
    expect(await brokenInvariants(app.db, story.enterpriseId)).toEqual([]);
  });
});

describe('an approval', () => {
  test('starts the waiting time from then on, and tells customers, successors and who submitted it', async () => {
    const story = await office({ groups: 1 });
    const { enterpriseId, ana, bo, cleo, customers } = story;
    const transferId = await submit(story, { groups: { all: true }, note: 'Be kind' });
    clock.advance(5);
    const at = hence(0);

    const { transfer, userErrors } = await approve(cleo, transferId);

    expect(userErrors).toEqual([]);
    expect(transfer).toEqual({
      status: 'RUNNING',
      begunAt: at,
      takeoverDueAt: hence(4),
      finishedAt: null,
      decidedAt: at,
      decidedBy: { name: 'Cleo' },
      counts: { total: 4, waiting: 4, completed: 0, rejected: 0, cancelled: 0, failed: 0 },
    });
    expect(await read(bo.token, told)).toMatchObject([
      {
        type: 'TRANSFER_APPROVED',
        transferId,
        leaverName: 'Lee',
        actorName: 'Cleo',
        note: '',
        customerCount: 3,
        groupCount: 1,
      },
    ]);
    expect(await read(ana.token, types)).toEqual([{ type: 'CUSTOMERS_SCHEDULED', customerCount: 3, groupCount: 0 }]);
    expect(await read(customers[0]!.token, noticed)).toEqual([
      {
        type: 'SCHEDULED',
        text: 'Hello, Lee is moving on, and Ana (+86 ana) takes over. In 4 hours Ana becomes your contact by itself; you may also decline.',
      },
    ]);
    expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);

    await app.settle();
    expect(await prisma.customerGroup.findFirst({ where: { enterpriseId } })).toMatchObject({
      ownerId: ana.uuid,
      status: 'INHERITED',
    });
    expect(await codeOf(baton, customers[0]!, 'acceptTakeover', { transferId })).toBeNull();
    expect(await codeOf(baton, customers[0]!, 'acceptTakeover', { transferId })).toBeNull();
    expect(await codeOf(baton, customers[1]!, 'declineTakeover', { transferId })).toBeNull();
    await app.settle();
    expect(await holders(story)).toEqual({ Ana: 1, Lee: 2 });
    clock.advance(4);
    await app.settle();
    expect(await holders(story)).toEqual({ Ana: 2, Lee: 1 });
    expect(await statusOf(transferId, story)).toBe('COMPLETED_WITH_FAILURES');
    expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
  });

  test('without a waiting time takes over at once', async () => {
    const story = await office({ waitHours: 0 });
    const { enterpriseId, admin, ana, customers } = story;
    const transferId = await submit(story);
    await app.settle();
    expect(await holders(story)).toEqual({ Lee: 3 });

    await approve(admin, transferId);
    await app.settle();

    expect(await look(admin, transferId)).toMatchObject({ status: 'COMPLETED', counts: { completed: 3 } });
    expect(await read(ana.token, types)).toEqual([{ type: 'CUSTOMERS_ASSIGNED', customerCount: 3, groupCount: 0 }]);
    expect(await read(customers[2]!.token, noticed)).toMatchObject([{ type: 'COMPLETED' }]);
    expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
  });

  test('again, and with the same key, answers the same and does nothing', async () => {
    const story = await office();
    const { enterpriseId, admin, cleo } = story;
    const transferId = await submit(story);
    const first = await approve(cleo, transferId, { idempotencyKey: 'once' });
    const before = await standing(baton, enterpriseId);
    clock.advance(1);

    expect(await approve(cleo, transferId)).toEqual(first);
    expect(await approve(cleo, transferId, { idempotencyKey: 'once' })).toEqual(first);

    const others = [
      await approve(admin, transferId),
      await disapprove(cleo, transferId),
      await approve(story.bo, transferId),
    ];
    expect(others.map(({ userErrors }) => userErrors)).toEqual(
      Array(3).fill([
        {
          code: 'NOT_PENDING',
          message: `Cleo approved it at ${hence(-1)}: it is RUNNING.`,
          path: ['input', 'transferId'],
        },
      ]),
    );
    expect(await standing(baton, enterpriseId)).toEqual(before);
  });

  test('of 20,000 customers tells each once', { timeout: 120_000 }, async () => {
    const story = await office({ customers: 0 });
    const { enterpriseId, admin, leaver } = story;
    await prisma.enterprise.update({ where: { id: enterpriseId }, data: { customerLimit: 20_000 } });
    await serveMany(app, enterpriseId, leaver.uuid, 20_000);
    const transferId = await submit(story);

    expect((await approve(admin, transferId)).userErrors).toEqual([]);

    expect(await prisma.inboxEvent.count({ where: { enterpriseId, type: 'TAKEOVER_SCHEDULED' } })).toBe(20_000);
    expect(await prisma.inboxEvent.count({ where: { enterpriseId } })).toBe(20_000 + 1 + 2 + 1);
    expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
  });
});

describe('a disapproval, or a cancellation', () => {
  test('leaves all with the leaver and tells nobody but who submitted it, with the note', async () => {
    const story = await office({ groups: 1 });
    const { enterpriseId, admin, leaver, ana, bo, customers } = story;
    const transferId = await submit(story, { groups: { all: true }, note: 'Be kind' });
    clock.advance(1);

    const { transfer, userErrors } = await disapprove(admin, transferId, { note: 'Too many for Ana' });

    expect(userErrors).toEqual([]);
    expect(transfer).toEqual({
      status: 'CANCELLED',
      begunAt: null,
      takeoverDueAt: null,
      finishedAt: hence(0),
      decidedAt: hence(0),
      decidedBy: { name: 'Ada' },
      counts: { total: 4, waiting: 0, completed: 0, rejected: 0, cancelled: 4, failed: 0 },
    });
    expect(await read(bo.token, told)).toMatchObject([
      {
        type: 'TRANSFER_DISAPPROVED',
        transferId,
        actorName: 'Ada',
        note: 'Too many for Ana',
        customerCount: 3,
        groupCount: 1,
      },
    ]);
    expect(await read(ana.token, types)).toEqual([]);
    expect(await read(customers[0]!.token, noticed)).toEqual([]);
    expect(await prisma.customerGroup.findFirst({ where: { enterpriseId } })).toMatchObject({
      ownerId: leaver.uuid,
      status: 'OWNER_RESIGNED',
    });
    expect(await prisma.portfolio.findUnique({ where: { memberId: leaver.uuid } })).toMatchObject({
      customers: 3,
      waiting: 0,
      groupsWaiting: 0,
    });
    expect(await prisma.portfolio.findUnique({ where: { memberId: ana.uuid } })).toMatchObject({ incoming: 0 });
    expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
    const before = await standing(baton, enterpriseId);

    expect((await disapprove(admin, transferId, { note: 'another' })).transfer).toEqual(transfer);
    expect((await approve(admin, transferId)).userErrors).toMatchObject([
      { code: 'NOT_PENDING', message: `Ada disapproved it at ${hence(0)}: it is CANCELLED.` },
    ]);
    expect(await codeOf(baton, admin, 'undoTransfer', { transferId })).toBe('NOTHING_TO_UNDO');
    expect(await standing(baton, enterpriseId)).toEqual(before);
    expect(await statusOf(await submit(story), story)).toBe('PENDING_APPROVAL');
  });

  test('by the submitter calls it off without a word, and there is nothing left to decide', async () => {
    const story = await office();
    const { enterpriseId, admin, bo } = story;
    const transferId = await submit(story);

    const { transfer } = await change(baton, bo, 'cancelTransfer', { transferId }, shown);

    expect(transfer).toMatchObject({ status: 'CANCELLED', begunAt: null, decidedBy: null, counts: { cancelled: 3 } });
    expect(await prisma.inboxEvent.groupBy({ by: ['type'], where: { enterpriseId }, _count: true })).toEqual([
      { type: 'APPROVAL_REQUESTED', _count: 2 },
    ]);
    expect((await approve(admin, transferId)).userErrors).toMatchObject([
      { code: 'NOT_PENDING', message: 'It no longer waits for an approval: it is CANCELLED.' },
    ]);
    expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
  });
});

describe('a decision is refused, and nothing moves', () => {
  test('to who submitted it, to who is no administrator, and of what is not there', async () => {
    const story = await office();
    const stranger = await office();
    const transferId = await submit(story);
    const foreign = await submit(stranger);
    const before = [await standing(baton, story.enterpriseId), await standing(baton, stranger.enterpriseId)];

    const codes = [];
    for (const decide of [approve, disapprove]) {
      for (const [by, id] of [
        [story.bo, transferId],
        [story.admin, foreign],
        [story.admin, encodeId('Transfer', app.ids.next())],
      ] as const) {
        codes.push((await decide(by, id)).userErrors[0]);
      }
    }

    const path = ['input', 'transferId'];
    const none = { code: 'NOT_FOUND', message: 'There is no such transfer.', path };
    expect(codes).toEqual([
      { code: 'OWN_TRANSFER', message: 'You submitted this transfer: another administrator must approve it.', path },
      none,
      none,
      { code: 'OWN_TRANSFER', message: 'You submitted this transfer: call cancelTransfer to take it back.', path },
      none,
      none,
    ]);
    const { errors } = await baton.ask(
      story.ana.token,
      'mutation ($input: ApproveTransferInput!) { approveTransfer(input: $input) { userErrors { code } } }',
      { input: { transferId } },
    );
    expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
    expect(await codeOf(baton, story.admin, 'disapproveTransfer', { transferId, note: 'x'.repeat(1001) })).toBe(
      'INVALID_INPUT',
    );
    expect([await standing(baton, story.enterpriseId), await standing(baton, stranger.enterpriseId)]).toEqual(before);
    expect([await statusOf(transferId, story), await statusOf(foreign, stranger)]).toEqual(
      Array(2).fill('PENDING_APPROVAL'),
    );
  });

  test('of a transfer that never needed one', async () => {
    const story = await office({ above: 3 });
    const transferId = await submit(story);
    const before = await standing(baton, story.enterpriseId);

    expect((await approve(story.admin, transferId)).userErrors).toEqual([
      {
        code: 'NOT_PENDING',
        message: 'It needed no approval: it is RUNNING. cancelTransfer calls off what still waits.',
        path: ['input', 'transferId'],
      },
    ]);
    expect((await disapprove(story.admin, transferId)).userErrors).toMatchObject([{ code: 'NOT_PENDING' }]);

    expect(await standing(baton, story.enterpriseId)).toEqual(before);
  });

  test('after the inheritance deadline, after a leaver who was to stay resigned, and with customer contact off', async () => {
    const late = await office();
    const lateId = await submit(late);
    const onJob = await office({ resigned: false });
    const onJobId = await submit(onJob, { kind: 'ON_JOB' });
    expect(await codeOf(baton, onJob.admin, 'resignMember', { memberId: onJob.leaver.id })).toBeNull();
    const off = await office();
    const offId = await submit(off);
    await prisma.enterprise.update({ where: { id: off.enterpriseId }, data: { customerContactEnabled: false } });
    const longAgo = new Date(clock.now().getTime() - 366 * 24 * 3600_000);
    await prisma.member.update({ where: { id: late.leaver.uuid }, data: { resignedAt: longAgo } });

    for (const [story, transferId, code] of [
      [late, lateId, 'INHERITANCE_EXPIRED'],
      [onJob, onJobId, 'HANDOVER_RESIGNED'],
      [off, offId, 'CUSTOMER_CONTACT_DISABLED'],
    ] as const) {
      const before = await standing(baton, story.enterpriseId);
      expect((await approve(story.admin, transferId)).userErrors).toMatchObject([{ code }]);
      expect(await standing(baton, story.enterpriseId)).toEqual(before);
      expect((await disapprove(story.admin, transferId)).userErrors).toEqual([]);
      expect(await brokenInvariants(app.db, story.enterpriseId)).toEqual([]);
    }
  });

  test('on a day of which too few groups are left', async () => {
    const story = await office({ above: 1, groups: 3, customers: 0 });
    const { enterpriseId, leaver, ana } = story;
    const nextDay = async (): Promise<Person> => {
      clock.advance(24);
      // Yesterday's token has expired.
      return { ...story.admin, token: await baton.tokenOf({ kind: 'member', id: story.admin.uuid, enterpriseId }) };
    };
    await prisma.enterprise.update({ where: { id: enterpriseId }, data: { groupDailyLimit: 3 } });
    const groups = await prisma.customerGroup.findMany({ where: { enterpriseId }, orderBy: { name: 'asc' } });
    const input = (ids: string[]) => ({
      leaverId: leaver.id,
      successorIds: [ana.id],
      selection: { groupIds: ids.map((id) => encodeId('CustomerGroup', id)) },
    });
    const transferId = await begin(baton, story.bo, 'transferGroups', input(groups.slice(0, 2).map(({ id }) => id)));
    let admin = await nextDay();
    const more = await ownGroup(baton, { enterpriseId, member: leaver, name: 'Sellers' });
    await begin(baton, admin, 'transferGroups', input([groups[2]!.id, more.uuid]));
    const before = await standing(baton, enterpriseId);

    expect((await approve(admin, transferId)).userErrors).toEqual([
      {
        code: 'GROUP_DAILY_LIMIT',
        message:
          "Of Lee's groups 2 go today already, and these are 2 more: at most 3 do in a day. Approve it tomorrow, or raise " +
          'groupDailyLimit with updateSettings.',
        path: ['input', 'transferId'],
      },
    ]);
    expect(await standing(baton, enterpriseId)).toEqual(before);

    admin = await nextDay();
    expect((await approve(admin, transferId)).userErrors).toEqual([]);
    const another = await ownGroup(baton, { enterpriseId, member: leaver, name: 'Guests' });
    const last = await ownGroup(baton, { enterpriseId, member: leaver, name: 'Others' });
    const today = await begin(baton, admin, 'transferGroups', input([another.uuid, last.uuid]));
    expect(await look(admin, today)).toMatchObject({ counts: { waiting: 1, rejected: 1 } });
    expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
  });
});

test('a relation that ends leaves the rest waiting for the approval; the last one ends it, and nobody is told', async () => {
  const story = await office();
  const { enterpriseId, admin, customers, relations } = story;
  const transferId = await submit(story);
  const end = (by: Person, relation: string) =>
    codeOf(baton, by, 'endRelation', { relationId: encodeId('Relation', relation) });

  expect(await end(customers[0]!, relations[0]!)).toBeNull();
  expect(await look(admin, transferId)).toMatchObject({
    status: 'PENDING_APPROVAL',
    counts: { waiting: 2, failed: 1 },
  });
  expect(await end(admin, relations[1]!)).toBeNull();
  expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
  expect(await end(admin, relations[2]!)).toBeNull();

  expect(await look(admin, transferId)).toMatchObject({
    status: 'COMPLETED_WITH_FAILURES',
    finishedAt: hence(0),
    counts: { waiting: 0, failed: 3 },
  });
  expect((await approve(admin, transferId)).userErrors).toMatchObject([
    { code: 'NOT_PENDING', message: 'It no longer waits for an approval: it is COMPLETED_WITH_FAILURES.' },
  ]);
  expect(await prisma.inboxEvent.groupBy({ by: ['type'], where: { enterpriseId }, _count: true })).toEqual([
    { type: 'APPROVAL_REQUESTED', _count: 2 },
  ]);
  expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
});

test('what waits for an approval is listed, and the log tells who decided', async () => {
  const story = await office();
  const { admin, ana, bo } = story;
  await submit(story, { selection: { customerIds: [story.customers[0]!.id] } });
  const pending = await submit({ ...story }, {}, bo).catch(() => null);
  expect(pending).not.toBeNull();
  const list = async () =>
    (
      await baton.ask(
        admin.token,
        '{ transfers(filter: { status: [PENDING_APPROVAL] }) { totalCount nodes { id createdBy { name } } } }',
      )
    ).data['transfers'];
  // Of the three one is in the first transfer: two are not above the limit.
  expect(await list()).toEqual({ totalCount: 0, nodes: [] });
  await prisma.enterprise.update({ where: { id: story.enterpriseId }, data: { approvalAbove: 0 } });
  await change(baton, bo, 'cancelTransfer', { transferId: pending });
  const held = await begin(baton, bo, 'retryTransfer', {
    transferId: pending,
    statuses: ['CANCELLED'],
    successorIds: [ana.id],
  });
  expect(await list()).toEqual({ totalCount: 1, nodes: [{ id: held, createdBy: { name: 'Bo' } }] });

  await disapprove(admin, held, { note: 'No' });

  expect(await list()).toEqual({ totalCount: 0, nodes: [] });
  const rows = await prisma.auditEvent.findMany({
    where: { enterpriseId: story.enterpriseId, action: { in: ['retryTransfer', 'disapproveTransfer'] } },
    orderBy: { id: 'asc' },
  });
  expect(rows).toMatchObject([
    { action: 'retryTransfer', actorName: 'Bo', detail: { accepted: 2, awaitsApproval: true } },
    {
      action: 'disapproveTransfer',
      actorName: 'Ada',
      detail: { customers: 2, groups: 0, submittedBy: bo.uuid, note: 'No' },
    },
  ]);
});

test('both are told over their sockets, and the progress shows the decision', async () => {
  const story = await office();
  const { admin, bo } = story;
  const follow = async (by: Person) => {
    const { data } = await baton.ask(by.token, '{ assignmentNotifications { headCursor } }');
    const client = await PlainClient.signIn(doors.url, by.token);
    client.subscribe(
      'inbox',
      `subscription ($after: String) { assignmentNotifications(after: $after) {
        ... on AssignmentNotification { type actorName customerCount transferId } } }`,
      { after: data['assignmentNotifications']!['headCursor'] },
    );
    return client;
  };
  const pushed = async (client: PlainClient, field: string) => (await client.next('next')).payload?.data?.[field];
  const [approver, submitter] = [await follow(admin), await follow(bo)];

  const transferId = await submit(story);

  const told = { customerCount: 3, transferId };
  expect(await pushed(approver, 'assignmentNotifications')).toEqual({
    ...told,
    type: 'APPROVAL_REQUESTED',
    actorName: 'Bo',
  });
  const watcher = await PlainClient.signIn(doors.url, bo.token);
  watcher.subscribe(
    'progress',
    'subscription ($id: ID!) { transferProgress(id: $id) { status decidedBy { name } counts { waiting } } }',
    { id: transferId },
  );
  expect(await pushed(watcher, 'transferProgress')).toEqual({
    status: 'PENDING_APPROVAL',
    decidedBy: null,
    counts: { waiting: 3 },
  });

  await approve(admin, transferId);

  expect(await pushed(submitter, 'assignmentNotifications')).toEqual({
    ...told,
    type: 'TRANSFER_APPROVED',
    actorName: 'Ada',
  });
  expect(await pushed(watcher, 'transferProgress')).toEqual({
    status: 'RUNNING',
    decidedBy: { name: 'Ada' },
    counts: { waiting: 3 },
  });
  for (const client of [approver, submitter, watcher]) client.socket.close();
});

describe('at the same time', () => {
  const rounds = 15;
  const codes = (all: readonly Changed[]) => all.map(({ userErrors }) => userErrors[0]?.code ?? 'done');

  onPostgres('an approval, a disapproval and a cancellation: the first one decides', { timeout: 120_000 }, async () => {
    for (let round = 0; round < rounds; round++) {
      const story = await office({ groups: 1 });
      const { enterpriseId, admin, cleo, bo } = story;
      const transferId = await submit(story, { groups: { all: true } });
      const acts = [
        () => approve(admin, transferId),
        () => disapprove(cleo, transferId),
        () => change(baton, bo, 'cancelTransfer', { transferId }),
      ];

      const answers = await Promise.all(acts.map((_, place) => acts[(place + round) % 3]!()));

      const [approved, disapproved, cancelled] = [0, 1, 2].map((act) => codes(answers)[(act - (round % 3) + 3) % 3]);
      const { status, begunAt } = (await look(admin, transferId)) as unknown as {
        status: string;
        begunAt: string | null;
      };
      const outcome = [approved, disapproved, cancelled, status, begunAt !== null];
      // A cancellation comes after an approval as well, and finds nothing to do after a disapproval.
      expect([
        ['done', 'NOT_PENDING', 'done', 'CANCELLED', true],
        ['NOT_PENDING', 'done', 'done', 'CANCELLED', false],
        ['NOT_PENDING', 'NOT_PENDING', 'done', 'CANCELLED', false],
      ]).toContainEqual(outcome);
      expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
    }
  });

  onPostgres(
    'an approval and the end of a relation: told and called off, or not told at all',
    { timeout: 120_000 },
    async () => {
      for (let round = 0; round < rounds; round++) {
        const story = await office({ above: 0, customers: 1 + (round % 2) });
        const { enterpriseId, admin, relations } = story;
        const transferId = await submit(story);

        const answers = await Promise.all([
          approve(admin, transferId),
          change(baton, admin, 'endRelation', { relationId: encodeId('Relation', relations[0]!) }),
        ]);

        expect([
          ['done', 'done'],
          ['NOT_PENDING', 'done'],
        ]).toContainEqual(codes(answers));
        if (round % 2 === 1) expect(codes(answers)).toEqual(['done', 'done']);
        expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
      }
    },
  );

  onPostgres('ten approvals by two administrators: one is done, and told once', async () => {
    const story = await office();
    const { enterpriseId, admin, cleo } = story;
    const transferId = await submit(story);

    const answers = await Promise.all(Array.from({ length: 10 }, (_, n) => approve(n % 2 ? admin : cleo, transferId)));

    expect(codes(answers).sort()).toEqual([...Array<string>(5).fill('NOT_PENDING'), ...Array<string>(5).fill('done')]);
    expect(await prisma.inboxEvent.count({ where: { enterpriseId, type: 'TRANSFER_APPROVED' } })).toBe(1);
    expect(await prisma.inboxEvent.count({ where: { enterpriseId, type: 'TAKEOVER_SCHEDULED' } })).toBe(3);
    expect(
      await prisma.auditEvent.count({ where: { enterpriseId, action: 'approveTransfer', outcome: 'SUCCESS' } }),
    ).toBe(1);
    expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
  });
});
