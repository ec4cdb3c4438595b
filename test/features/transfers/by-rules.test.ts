import { describe, expect, test } from 'vitest';
import { encodeId, uuidOf } from '../../../src/graphql/ids.js';
import { openTestApp } from '../../support/app.js';
import { brokenInvariants } from '../../support/invariants.js';
import { settled } from '../../support/settled.js';
import { departing, ownGroup, serve, standing, type Departing, type Person } from '../../support/seed.js';
import { begin } from './begin.js';

const baton = await openTestApp();
const { app } = baton;

interface Item {
  readonly kind: string;
  readonly status: string;
  readonly reason: string | null;
  readonly successor: { readonly name: string } | null;
  readonly why: {
    readonly rule: { readonly name: string; readonly version: number | null };
    readonly loadBefore: number;
    readonly skipped: readonly { readonly member: { readonly name: string }; readonly reason: string }[];
  } | null;
}

const itemFields =
  'kind status reason successor { name } why { rule { name version } loadBefore skipped { member { name } reason } }';

/** A rule, made by the administrator; Ana is who takes over unless `successors` says otherwise. */
async function rule(story: Departing, name: string, input: object = {}): Promise<string> {
  return change(story, 'createAssignmentRule', { name, strategy: 'EVEN', ...pool(story.ana), ...input });
}

const pool = (...members: Person[]) => ({ successors: members.map(({ id: memberId }) => ({ memberId })) });

async function change(story: Departing, mutation: string, input: object): Promise<string> {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input!`;
  const { data, errors } = await baton.ask<Record<string, { rule: { id: string } | null; userErrors: object[] }>>(
    story.admin.token,
    `mutation ($input: ${type}) { ${mutation}(input: $input) { rule { id } userErrors { code message path } } }`,
    { input },
  );
  expect([errors, data[mutation]?.userErrors]).toEqual([undefined, []]);
  return data[mutation]!.rule!.id;
}

async function itemsOf(story: Departing, transferId: string): Promise<readonly Item[]> {
  const { data, errors } = await baton.ask<{ node: { items: { nodes: Item[] } } }>(
    story.admin.token,
    `query ($id: ID!) { node(id: $id) { ... on Transfer { items(first: 100) { nodes { ${itemFields} } } } } }`,
    { id: transferId },
  );
  expect(errors).toBeUndefined();
  return data.node.items.nodes;
}

const byRules = (story: Departing, input: object = {}) => ({
  leaverId: story.leaver.id,
  selection: { all: true },
  byRules: true,
  ...input,
});

const hand = (story: Departing, input: object = {}) =>
  begin(baton, story.admin, 'transferCustomers', byRules(story, input));

const regions = (story: Departing, names: readonly (string | null)[]) =>
  Promise.all(
    names.map((region, place) =>
      app.db.prisma.customer.update({ where: { id: story.customers[place]!.uuid }, data: { region } }),
    ),
  );

const told = async (person: Person) => {
  await settled(baton.app.db);
  const { data } = await baton.ask<{ inbox: { nodes: { note: string }[] } }>(
    person.token,
    '{ inbox: assignmentNotifications(first: 20) { nodes { note } } }',
  );
  return data.inbox.nodes.map(({ note }) => note);
};

describe('who takes over by rules', () => {
  test('each customer goes by the first rule in order that holds, and the default takes the rest; the item says which', async () => {
    const story = await departing(baton, { customers: 4 });
    await regions(story, ['North', 'South', 'North', null]);
    await rule(story, 'North to Ben', { condition: { customers: { region: { eq: 'North' } } }, ...pool(story.ben) });
    await rule(story, 'Off', { enabled: false, ...pool(story.ben) });
    await rule(story, 'South to Ana', { condition: { customers: { region: { eq: 'South' } } } });
    await change(story, 'setDefaultAssignment', { strategy: 'EVEN', ...pool(story.ana, story.ben) });

    const transferId = await hand(story);

    expect(
      (await itemsOf(story, transferId)).map(({ successor, why }) => [
        successor?.name,
        why?.rule.name,
        why?.rule.version,
      ]),
    ).toEqual([
      ['Ben', 'North to Ben', 1],
      ['Ana', 'South to Ana', 1],
      ['Ben', 'North to Ben', 1],
      ['Ana', 'Default assignment', 1],
    ]);
    await app.settle();
    expect(await brokenInvariants(app.db, story.enterpriseId)).toEqual([]);
  });

  test('whom no rule takes stays in the pool: refused with NO_RULE, and told nothing', async () => {
    const story = await departing(baton, { customers: 2 });
    await regions(story, ['North', null]);
    await rule(story, 'North', { condition: { customers: { region: { eq: 'North' } } } });

    const transferId = await hand(story);
    await app.settle();

    expect((await itemsOf(story, transferId)).map(({ status, reason }) => [status, reason])).toEqual([
      ['COMPLETED', null],
      ['REJECTED', 'NO_RULE'],
    ]);
    expect(await app.db.prisma.inboxEvent.count({ where: { recipientId: story.customers[1]!.uuid } })).toBe(0);
    expect(await brokenInvariants(app.db, story.enterpriseId)).toEqual([]);
  });

  test('who is away or not eligible is passed over, and says why; when all are, customers wait', async () => {
    const story = await departing(baton, { customers: 2 });
    await app.db.prisma.member.update({ where: { id: story.ana.uuid }, data: { acceptsAssignments: false } });
    await rule(story, 'All', pool(story.ana, story.ben));
    const first = await hand(story, { selection: { customerIds: [story.customers[0]!.id] } });
    await app.db.prisma.member.update({ where: { id: story.ben.uuid }, data: { verified: false } });
    const second = await hand(story, { selection: { customerIds: [story.customers[1]!.id] } });

    const [given] = await itemsOf(story, first);
    expect([given?.status, given?.successor?.name, given?.why?.skipped]).toEqual([
      'WAITING',
      'Ben',
      [{ member: { name: 'Ana' }, reason: 'SUCCESSOR_AWAY' }],
    ]);
    expect((await itemsOf(story, second)).map(({ status, successor }) => [status, successor])).toEqual([
      ['QUEUED', null],
    ]);
    expect(await brokenInvariants(app.db, story.enterpriseId)).toEqual([]);
  });

  test('rules together never give anybody more than their limit: the rest waits for room', async () => {
    const story = await departing(baton, { customers: 5 });
    await regions(story, ['North', 'North', null, null, null]);
    await app.db.prisma.member.update({ where: { id: story.ana.uuid }, data: { customerLimit: 3 } });
    await rule(story, 'North', { condition: { customers: { region: { eq: 'North' } } } });
    await change(story, 'setDefaultAssignment', { strategy: 'EVEN', ...pool(story.ana) });

    const transferId = await hand(story);

    expect((await itemsOf(story, transferId)).map(({ status, why }) => [status, why?.loadBefore])).toEqual([
      ['WAITING', 0],
      ['WAITING', 1],
      ['WAITING', 2],
      ['QUEUED', undefined],
      ['QUEUED', undefined],
    ]);
    expect(await brokenInvariants(app.db, story.enterpriseId)).toEqual([]);
  });

  test('a named successor who is away takes over all the same: an administrator says so', async () => {
    const story = await departing(baton, { customers: 1 });
    await app.db.prisma.member.update({ where: { id: story.ana.uuid }, data: { acceptsAssignments: false } });
    const transferId = await hand(story, { byRules: null, successorIds: [story.ana.id] });
    expect((await itemsOf(story, transferId)).map(({ status }) => status)).toEqual(['WAITING']);
  });

  test('STICKY: each rule puts those of its own pool first whom the customer knows, whatever pools other rules have', async () => {
    const story = await departing(baton, { customers: 4 });
    const { enterpriseId, ana, ben, customers } = story;
    await regions(story, ['North', 'North', 'South', 'South']);
    for (const customer of customers.slice(0, 3)) await serve(baton, { enterpriseId, member: ben, customer });
    await serve(baton, { enterpriseId, member: ana, customer: customers[3]! });
    const sticky = (name: string, ...members: Person[]) =>
      rule(story, name, {
        condition: { customers: { region: { eq: name } } },
        strategy: 'STICKY',
        ...pool(...members),
      });
    await sticky('North', ana);
    await sticky('South', ben, ana);

    const transferId = await hand(story);

    const items = await app.db.prisma.transferItem.findMany({
      where: { transferId: uuidOf('Transfer', transferId) },
      orderBy: { position: 'asc' },
    });
    expect(items.map(({ successorId, rulePlace, chosenBecause }) => [successorId, rulePlace, chosenBecause])).toEqual([
      [ana.uuid, 1, null],
      [ana.uuid, 1, null],
      [ben.uuid, 2, 'SERVES'],
      [ana.uuid, 2, 'SERVES'],
    ]);
  });

  test('a rule for leavers of a department asks only about these', async () => {
    const story = await departing(baton, { customers: 1 });
    const { enterpriseId } = story;
    const [sales, service] = [app.ids.next(), app.ids.next()];
    await app.db.prisma.department.createMany({
      data: [
        { id: sales, enterpriseId, key: 'sales', name: 'Sales' },
        { id: service, enterpriseId, key: 'service', name: 'Service' },
      ],
    });
    await app.db.prisma.member.update({ where: { id: story.leaver.uuid }, data: { departmentId: service } });
    await rule(story, 'Sales', { condition: { leaverDepartmentId: encodeId('Department', sales) } });
    await rule(story, 'Service', {
      condition: { leaverDepartmentId: encodeId('Department', service) },
      ...pool(story.ben),
    });

    const transferId = await hand(story);

    expect((await itemsOf(story, transferId)).map(({ successor }) => successor?.name)).toEqual(['Ben']);
  });
});

describe('groups by rules', () => {
  test('groups go in turn to the first rule that asks nothing of the customer', async () => {
    const story = await departing(baton, { customers: 1 });
    const { enterpriseId, leaver } = story;
    for (const name of ['A', 'B', 'C']) await ownGroup(baton, { enterpriseId, member: leaver, name, customers: [] });
    await rule(story, 'North', { condition: { customers: { region: { eq: 'North' } } } });
    await change(story, 'setDefaultAssignment', { strategy: 'EVEN', ...pool(story.ben, story.ana) });

    const transferId = await hand(story, { groups: { all: true } });
    await app.settle();

    const groups = (await itemsOf(story, transferId)).filter(({ kind }) => kind === 'GROUP');
    expect(groups.map(({ status, successor }) => [status, successor?.name])).toEqual([
      ['COMPLETED', 'Ben'],
      ['COMPLETED', 'Ana'],
      ['COMPLETED', 'Ben'],
    ]);
    expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
  });

  test('where the rules name nobody, groups stay: NO_RULE; where all are away, SUCCESSOR_AWAY', async () => {
    const story = await departing(baton, { customers: 0 });
    const { enterpriseId, leaver } = story;
    await ownGroup(baton, { enterpriseId, member: leaver, name: 'A', customers: [] });
    const take = () =>
      begin(baton, story.admin, 'transferGroups', { leaverId: leaver.id, selection: { all: true }, byRules: true });
    const first = await take();
    await rule(story, 'All');
    await app.db.prisma.member.update({ where: { id: story.ana.uuid }, data: { acceptsAssignments: false } });
    const second = await take();

    expect((await itemsOf(story, first)).map(({ reason }) => reason)).toEqual(['NO_RULE']);
    expect((await itemsOf(story, second)).map(({ reason }) => reason)).toEqual(['SUCCESSOR_AWAY']);
    expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
  });
});

test('groups that go to nobody use up nothing of the day: all say NO_RULE, however many', async () => {
  const story = await departing(baton, { customers: 0 });
  const { enterpriseId, leaver } = story;
  await app.db.prisma.enterprise.update({ where: { id: enterpriseId }, data: { groupDailyLimit: 2 } });
  for (const name of ['A', 'B', 'C']) await ownGroup(baton, { enterpriseId, member: leaver, name, customers: [] });

  const transferId = await begin(baton, story.admin, 'transferGroups', {
    leaverId: leaver.id,
    selection: { all: true },
    byRules: true,
  });

  expect((await itemsOf(story, transferId)).map(({ reason }) => reason)).toEqual(['NO_RULE', 'NO_RULE', 'NO_RULE']);
});

describe('what a transfer by rules keeps', () => {
  test('a change of the rules does not touch it; its retry asks them as they are by then', async () => {
    const story = await departing(baton, { customers: 1, waitHours: 1 });
    const id = await rule(story, 'All');
    const first = await hand(story);
    await change(story, 'updateAssignmentRule', { ruleId: id, name: 'All of it', ...pool(story.ben) });
    const [kept] = await itemsOf(story, first);
    await baton.ask(
      story.admin.token,
      `mutation { cancelTransfer(input: { transferId: "${first}" }) { userErrors { code } } }`,
    );
    const second = await begin(baton, story.admin, 'retryTransfer', { transferId: first, statuses: ['CANCELLED'] });
    const [next] = await itemsOf(story, second);

    expect([kept?.successor?.name, kept?.why?.rule]).toEqual(['Ana', { name: 'All', version: 1 }]);
    expect([next?.successor?.name, next?.why?.rule]).toEqual(['Ben', { name: 'All of it', version: 2 }]);
  });

  test('what was handed to named successors can be tried again by rules', async () => {
    const story = await departing(baton, { customers: 1, waitHours: 1 });
    const first = await hand(story, { byRules: null, successorIds: [story.ana.id] });
    await rule(story, 'All', pool(story.ben));
    await baton.ask(
      story.admin.token,
      `mutation { cancelTransfer(input: { transferId: "${first}" }) { userErrors { code } } }`,
    );
    const second = await begin(baton, story.admin, 'retryTransfer', {
      transferId: first,
      statuses: ['CANCELLED'],
      byRules: true,
    });
    expect((await itemsOf(story, second)).map(({ successor }) => successor?.name)).toEqual(['Ben']);
  });

  test("a successor reads the transfer's note, then those of the rules that chose them, and no other", async () => {
    const story = await departing(baton, { customers: 2 });
    await regions(story, ['North', null]);
    await rule(story, 'North', {
      condition: { customers: { region: { eq: 'North' } } },
      note: 'Call first.',
      ...pool(story.ben),
    });
    await change(story, 'setDefaultAssignment', { strategy: 'EVEN', ...pool(story.ana) });

    await hand(story, { note: 'Thank you.' });
    await app.settle();

    expect(await told(story.ben)).toEqual(['Thank you.\n\nCall first.']);
    expect(await told(story.ana)).toEqual(['Thank you.']);
  });
});

test('the preview is what the transfer then does, and a rule that changes in between is a changed plan', async () => {
  const story = await departing(baton, { customers: 3, waitHours: 1 });
  await regions(story, ['North', null, null]);
  await serve(baton, { enterpriseId: story.enterpriseId, member: story.ben });
  const north = await rule(story, 'North', { condition: { customers: { region: { eq: 'North' } } } });
  await change(story, 'setDefaultAssignment', { strategy: 'LEAST_LOADED', ...pool(story.ana, story.ben) });
  const { data } = await baton.ask<{
    previewTransfer: { preview: { digest: string; successors: object[]; rules: object[]; sample: Item[] } };
  }>(
    story.admin.token,
    `query ($input: PreviewTransferInput!) { previewTransfer(input: $input) { preview {
      digest rules { name assigned queued } successors { member { name } assigned customersBefore }
      sample { reason successor { name } why { rule { name version } loadBefore skipped { member { name } reason } } } } } }`,
    { input: byRules(story) },
  );
  const { digest, ...seen } = data.previewTransfer.preview;
  expect(seen.rules).toEqual([
    { name: 'North', assigned: 1, queued: 0 },
    { name: 'Default assignment', assigned: 2, queued: 0 },
  ]);
  expect(seen.successors).toEqual([
    { member: { name: 'Ana' }, assigned: 2, customersBefore: 0 },
    { member: { name: 'Ben' }, assigned: 1, customersBefore: 1 },
  ]);

  await change(story, 'updateAssignmentRule', { ruleId: north, ...pool(story.ben) });
  const before = await standing(baton, story.enterpriseId);
  const refused = await begin(
    baton,
    story.admin,
    'transferCustomers',
    byRules(story, { expectedDigest: digest }),
  ).catch(String);
  expect(refused).toContain('PLAN_CHANGED');
  expect(await standing(baton, story.enterpriseId)).toEqual(before);

  await change(story, 'updateAssignmentRule', { ruleId: north, ...pool(story.ana) });
  const transferId = await hand(story, { expectedDigest: digest });
  const items = await itemsOf(story, transferId);
  expect(items.map(({ successor }) => successor)).toEqual(seen.sample.map(({ successor }) => successor));
});

test.each([
  ['neither', { byRules: null }, ['input', 'successorIds']],
  ['both', { successorIds: ['ana'] }, ['input', 'byRules']],
  ['a strategy', { strategy: 'STICKY' }, ['input', 'strategy']],
  ['weights', { weights: [1] }, ['input', 'weights']],
])('says what is wrong with %s, and does nothing', async (_name, input, path) => {
  const story = await departing(baton, { customers: 1 });
  const before = await standing(baton, story.enterpriseId);
  const named = { ...input, ...('successorIds' in input && { successorIds: [story.ana.id] }) };
  const refused = await hand(story, named).catch(String);
  expect(refused).toContain(JSON.stringify(path));
  expect(refused).toContain('INVALID_INPUT');
  expect(await standing(baton, story.enterpriseId)).toEqual(before);
});
