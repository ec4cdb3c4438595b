import { describe, expect, onTestFinished, test } from 'vitest';
import { encodeId } from '../../../src/graphql/ids.js';
import { openTestApp } from '../../support/app.js';
import { begin } from '../transfers/begin.js';
import { openDoors, PlainClient } from '../../app/open-doors.js';
import { departing, serve, standing, type Departing, type Person } from '../../support/seed.js';

const baton = await openTestApp();
const { app, clock, ask } = baton;
const { prisma } = app.db;
const doors = await openDoors(baton);

type Right = 'VIEW' | 'ASSIGN' | 'CONFIGURE' | 'AUDIT';

interface Story extends Departing {
  /** Sales, in which the leaver and Ana work; below it East, in which Lin works; and beside it Service, in which Ben works. */
  readonly departments: Readonly<Record<'sales' | 'east' | 'service', string>>;
  readonly lin: Person;
  readonly gone: Person;
}

/** A company of two departments, each with a leaver: Lee of Sales with two customers, Gone of Service with one. */
async function story(): Promise<Story> {
  const company = await departing(baton, { customers: 2 });
  const { enterpriseId, leaver, ana, ben } = company;
  const [sales, east, service] = [app.ids.next(), app.ids.next(), app.ids.next()];
  await prisma.department.createMany({
    data: [
      { id: sales, enterpriseId, key: 'sales', name: 'Sales' },
      { id: east, enterpriseId, key: 'east', name: 'East', parentId: sales },
      { id: service, enterpriseId, key: 'service', name: 'Service' },
    ],
  });
  const lin = await member(enterpriseId, 'Lin');
  const gone = await member(enterpriseId, 'Gone');
  const put = (who: readonly Person[], departmentId: string) =>
    prisma.member.updateMany({ where: { id: { in: who.map(({ uuid }) => uuid) } }, data: { departmentId } });
  await put([leaver, ana], sales);
  await put([lin], east);
  await put([ben, gone], service);
  await serve(baton, { enterpriseId, member: gone, name: 'Of service' });
  await prisma.member.update({ where: { id: gone.uuid }, data: { status: 'RESIGNED', resignedAt: clock.now() } });
  return { ...company, departments: { sales, east, service }, lin, gone };
}

async function member(enterpriseId: string, name: string): Promise<Person> {
  const uuid = app.ids.next();
  const data = { id: uuid, enterpriseId, userId: name.toLowerCase(), name, createdAt: clock.now() };
  await prisma.member.create({ data });
  await prisma.portfolio.create({ data: { memberId: uuid, enterpriseId } });
  return {
    id: encodeId('Member', uuid),
    uuid,
    name,
    token: await baton.tokenOf({ kind: 'member', id: uuid, enterpriseId }),
  };
}

/** A member who has these rights over one department. */
async function administrator(here: Story, rights: readonly Right[], departmentId: string): Promise<Person> {
  const who = await member(here.enterpriseId, `With ${rights.join(' ')}`);
  const outcome = await change(here.admin, 'grantRights', {
    memberId: who.id,
    rights,
    departmentIds: [encodeId('Department', departmentId)],
  });
  expect(outcome).toEqual([]);
  return who;
}

async function change(by: Person, mutation: string, input: object): Promise<string[]> {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
  const { data, errors } = await ask(
    by.token,
    `mutation ($input: ${type}!) { ${mutation}(input: $input) { userErrors { code } } }`,
    { input },
  );
  if (errors) return errors.map(({ extensions }) => String(extensions?.['code']));
  return (data[mutation] as unknown as { userErrors: { code: string }[] }).userErrors.map(({ code }) => code);
}

const handing = ({ leaver }: Story, successors: readonly Person[], from = leaver) => ({
  leaverId: from.id,
  selection: { all: true },
  successorIds: successors.map(({ id }) => id),
});

describe('VIEW over a department', () => {
  test('shows its pool, customers and transfers, with counts that agree, and nothing of another department', async () => {
    const here = await story();
    expect(await change(here.admin, 'transferCustomers', handing(here, [here.ben], here.gone))).toEqual([]);
    expect(await change(here.admin, 'transferCustomers', handing(here, [here.ana]))).toEqual([]);
    const viewer = await administrator(here, ['VIEW'], here.departments.sales);

    const { data, errors } = await ask(
      viewer.token,
      `{ departedMembers { totalCount nodes { name } } customers { totalCount nodes { name } } transfers { totalCount nodes { leaver { name } } }
         statistics(by: LEAVER) { totalCount nodes { member { name } } }
         gone: member(userId: "gone") { portfolio { customers } customers { totalCount nodes { id } } transfers { totalCount nodes { id } } } }`,
    );

    expect(errors).toBeUndefined();
    expect(data).toMatchObject({
      departedMembers: { totalCount: 1, nodes: [{ name: 'Lee' }] },
      customers: { totalCount: 2, nodes: [{ name: 'Customer 1' }, { name: 'Customer 2' }] },
      transfers: { totalCount: 1, nodes: [{ leaver: { name: 'Lee' } }] },
      statistics: { totalCount: 1, nodes: [{ member: { name: 'Lee' } }] },
      gone: { portfolio: null, customers: { totalCount: 0, nodes: [] }, transfers: { totalCount: 0, nodes: [] } },
    });
  });

  test('shows no transfer of another department by way of one that tried it first, or again', async () => {
    const here = await story();
    const [first] = here.customers;
    const { ana, departments } = here;
    const other = await prisma.customer.findFirstOrThrow({
      where: { enterpriseId: here.enterpriseId, name: 'Of service' },
    });
    const selection = { customerIds: [first!.id, encodeId('Customer', other.id)] };
    const tried = await begin(baton, here.admin, 'transferCustomers', { ...handing(here, [ana]), selection });
    await prisma.member.update({ where: { id: here.leaver.uuid }, data: { departmentId: departments.service } });
    const again = await begin(baton, here.admin, 'retryTransfer', { transferId: tried, statuses: ['REJECTED'] });
    const [inSales, inService] = [
      await administrator(here, ['VIEW'], departments.sales),
      await administrator(here, ['VIEW', 'AUDIT'], departments.service),
    ];
    const links = `query ($id: ID!) { transfer(id: $id) {
      retryOf { id } retries { id } items { nodes { retriedBy { reason } follows { reason } inTransfer { id } } } } }`;

    expect((await ask(here.admin.token, links, { id: tried })).data['transfer']).toMatchObject({
      retries: [{ id: again }],
      items: { nodes: [{ retriedBy: null }, { retriedBy: { reason: 'NOT_FOLLOWER' } }] },
    });
    expect((await ask(inSales.token, links, { id: tried })).data['transfer']).toMatchObject({
      retries: [],
      items: { nodes: [{ retriedBy: null }, { retriedBy: null }] },
    });
    expect((await ask(inService.token, links, { id: again })).data['transfer']).toEqual({
      retryOf: null,
      retries: [],
      items: { nodes: [{ retriedBy: null, follows: null, inTransfer: null }] },
    });
  });

  test('tells of who went to another department who they are, and nothing of what is known of them today', async () => {
    const here = await story();
    await prisma.enterprise.update({ where: { id: here.enterpriseId }, data: { waitHours: 0 } });
    const [first, second] = here.customers as [Person, Person];
    const known = {
      ...{ city: 'Wuhan', region: 'Central', corpName: 'Acme', businessType: 'retail' },
      archiveConsentAt: '2026-01-02T03:04:05.000Z',
    };
    await prisma.customer.updateMany({ where: { enterpriseId: here.enterpriseId }, data: known });
    const before = clock.now();
    clock.advance(1);
    const toService = { ...handing(here, [here.ben]), selection: { customerIds: [first.id] } };
    expect(await change(here.admin, 'transferCustomers', toService)).toEqual([]);
    await app.settle();
    const viewer = await administrator(here, ['VIEW'], here.departments.sales);
    const former = async ({ token }: Person) => {
      const fields = 'id name city region corpName businessType archiveConsentAt servedBy { member { name } }';
      const { data, errors } = await ask<{ node: { customersAt: { totalCount: number; nodes: unknown[] } } }>(
        token,
        `query ($id: ID!, $at: DateTime) { node(id: $id) { ... on Member { customersAt(at: $at) { totalCount nodes { ${fields} } } } } }`,
        { id: here.leaver.id, at: before },
      );
      expect(errors).toBeUndefined();
      return data.node.customersAt;
    };
    const nothing = { city: null, region: null, corpName: null, businessType: null, archiveConsentAt: null };
    const served = (...names: string[]) => names.map((name) => ({ member: { name } }));

    expect(await former(viewer)).toEqual({
      totalCount: 2,
      nodes: [
        { id: first.id, name: 'Customer 1', ...nothing, servedBy: [] },
        { id: second.id, name: 'Customer 2', ...known, servedBy: served('Lee') },
      ],
    });
    expect((await former(here.admin)).nodes).toEqual([
      { id: first.id, name: 'Customer 1', ...known, servedBy: served('Ben') },
      { id: second.id, name: 'Customer 2', ...known, servedBy: served('Lee') },
    ]);
  });

  test('tells how much successors hold, and why, of those within it alone', async () => {
    const here = await story();
    const dee = await member(here.enterpriseId, 'Dee');
    const off = [here.lin, dee].map(({ uuid }) => uuid);
    await prisma.member.updateMany({ where: { id: { in: off } }, data: { acceptsAssignments: false } });
    await prisma.member.update({ where: { id: dee.uuid }, data: { departmentId: here.departments.service } });
    await prisma.enterprise.update({ where: { id: here.enterpriseId }, data: { customerLimit: 5 } });
    await serve(baton, { enterpriseId: here.enterpriseId, member: here.ana, name: 'Of Ana' });
    const successors = [here.ana, here.ben, dee, here.lin].map(({ id }) => ({ memberId: id }));
    expect(await change(here.admin, 'setDefaultAssignment', { strategy: 'EVEN', successors })).toEqual([]);
    const { data: begun } = await ask<{ transferCustomers: { transfer: { id: string } } }>(
      here.admin.token,
      'mutation ($input: TransferCustomersInput!) { transferCustomers(input: $input) { transfer { id } userErrors { code } } }',
      { input: { leaverId: here.leaver.id, selection: { all: true }, byRules: true } },
    );
    const viewer = await administrator(here, ['VIEW'], here.departments.sales);
    const read = async ({ token }: Person) => {
      const { data, errors } = await ask<{ node: { rules: unknown[]; items: { nodes: unknown[] } } }>(
        token,
        `query ($id: ID!) { node(id: $id) { ... on Transfer {
           rules { seats { member { name } loadBefore room passedOver } }
           items { nodes { successor { name } why { choice loadBefore sharedTags sameRegion skipped { member { name } reason } } } } } } }`,
        { id: begun.transferCustomers.transfer.id },
      );
      expect(errors).toBeUndefined();
      return { seats: data.node.rules, items: data.node.items.nodes };
    };
    const seat = (name: string, loadBefore: number | null, room: number | null, passedOver: string | null = null) => ({
      ...{ member: { name }, loadBefore, room, passedOver },
    });
    const item = (name: string, choice: string | null, loadBefore: number | null, dee: string) => ({
      successor: { name },
      why: {
        ...{ choice, loadBefore, sharedTags: null, sameRegion: null },
        skipped: [
          { member: { name: 'Dee' }, reason: dee },
          { member: { name: 'Lin' }, reason: 'SUCCESSOR_AWAY' },
        ],
      },
    });

    expect(await read(here.admin)).toEqual({
      seats: [
        {
          seats: [
            seat('Ana', 1, 4),
            seat('Ben', 0, 5),
            seat('Dee', 0, 0, 'SUCCESSOR_AWAY'),
            seat('Lin', 0, 0, 'SUCCESSOR_AWAY'),
          ],
        },
      ],
      items: [item('Ana', 'TURN', 1, 'SUCCESSOR_AWAY'), item('Ben', 'TURN', 0, 'SUCCESSOR_AWAY')],
    });
    expect(await read(viewer)).toEqual({
      seats: [
        {
          seats: [
            seat('Ana', 1, 4),
            seat('Ben', null, null),
            seat('Dee', null, null, 'OUT_OF_SCOPE'),
            seat('Lin', 0, 0, 'SUCCESSOR_AWAY'),
          ],
        },
      ],
      items: [item('Ana', 'TURN', 1, 'OUT_OF_SCOPE'), item('Ben', null, null, 'OUT_OF_SCOPE')],
    });
  });

  test('is warned that a member of another department may not take over, and not that they stay away', async () => {
    const here = await story();
    const longAgo = new Date(clock.now().getTime() - 366 * 24 * 3600_000);
    const asleep = [here.ana, here.ben];
    await prisma.member.updateMany({
      where: { id: { in: asleep.map(({ uuid }) => uuid) } },
      data: { lastLoginAt: longAgo },
    });
    const successors = asleep.map(({ id }) => ({ memberId: id }));
    const rule = { name: 'All', strategy: 'EVEN', successors };
    expect(await change(here.admin, 'createAssignmentRule', rule)).toEqual([]);
    const warned = async ({ token }: Person) => {
      const { data, errors } = await ask<{ assignmentRules: { warnings: { message: string }[] }[] }>(
        token,
        '{ assignmentRules { warnings { message } } }',
      );
      expect(errors).toBeUndefined();
      return data.assignmentRules.flatMap(({ warnings }) => warnings.map(({ message }) => message)).slice(0, 2);
    };
    const passed = 'and is passed by until that changes.';

    expect(await warned(await administrator(here, ['VIEW'], here.departments.sales))).toEqual([
      `Ana has not signed in for too long, ${passed}`,
      `Ben may not take over now, ${passed}`,
    ]);
    expect(await warned(here.admin)).toEqual([
      `Ana has not signed in for too long, ${passed}`,
      `Ben has not signed in for too long, ${passed}`,
    ]);
  });

  test('lets nothing be changed, and nothing is', async () => {
    const here = await story();
    const viewer = await administrator(here, ['VIEW'], here.departments.sales);
    const before = await standing(baton, here.enterpriseId);

    expect(await change(viewer, 'transferCustomers', handing(here, [here.ana]))).toEqual(['FORBIDDEN']);
    expect(await change(viewer, 'resignMember', { memberId: here.ana.id })).toEqual(['FORBIDDEN']);
    expect(await change(viewer, 'updateSettings', { waitHours: 1 })).toEqual(['FORBIDDEN']);
    expect(await standing(baton, here.enterpriseId)).toEqual(before);
  });
});

describe('ASSIGN over a department', () => {
  test('hands over to successors in it and below it', async () => {
    const here = await story();
    const assigner = await administrator(here, ['ASSIGN'], here.departments.sales);

    expect(await change(assigner, 'transferCustomers', handing(here, [here.ana, here.lin]))).toEqual([]);
    await app.settle();
    expect(await prisma.relation.count({ where: { memberId: { in: [here.ana.uuid, here.lin.uuid] } } })).toBe(2);
  });

  test('answers a leaver of another department as an unknown one, a successor OUT_OF_SCOPE, and nothing moves', async () => {
    const here = await story();
    const assigner = await administrator(here, ['ASSIGN'], here.departments.sales);
    const before = await standing(baton, here.enterpriseId);

    expect(await change(assigner, 'transferCustomers', handing(here, [here.ana], here.gone))).toEqual(['NOT_FOUND']);
    expect(await change(assigner, 'transferCustomers', handing(here, [here.ben]))).toEqual(['OUT_OF_SCOPE']);
    expect(await change(assigner, 'resignMember', { memberId: here.ben.id })).toEqual(['NOT_FOUND']);
    expect(await standing(baton, here.enterpriseId)).toEqual(before);
  });
});

describe('rights', () => {
  test('are granted and revoked by super administrators alone, and by nobody for themselves', async () => {
    const here = await story();
    const all = await administrator(here, ['VIEW', 'ASSIGN', 'CONFIGURE', 'AUDIT'], here.departments.sales);

    expect(await change(all, 'grantRights', { memberId: here.ana.id, role: 'SUPER' })).toEqual(['FORBIDDEN']);
    expect(await change(here.admin, 'grantRights', { memberId: here.admin.id, role: 'SUPER' })).toEqual(['OWN_RIGHTS']);
    expect(await change(here.admin, 'revokeRights', { memberId: here.admin.id })).toEqual(['OWN_RIGHTS']);
    expect(await change(all, 'updateMember', { memberId: here.admin.id, isDisabled: true })).toEqual(['NOT_FOUND']);
    expect(await prisma.administrator.count({ where: { enterpriseId: here.enterpriseId } })).toBe(2);
  });

  test('show with their grants, and are gone when they are revoked', async () => {
    const here = await story();
    const viewer = await administrator(here, ['VIEW'], here.departments.east);
    const shown =
      '{ administrators { totalCount nodes { member { name } role grants { right department { name } } } } }';

    expect((await ask(here.admin.token, shown)).data['administrators']).toEqual({
      totalCount: 2,
      nodes: [
        { member: { name: 'Ada' }, role: 'SUPER', grants: [] },
        {
          member: { name: 'With VIEW' },
          role: 'CUSTOMER_CONTACT',
          grants: [{ right: 'VIEW', department: { name: 'East' } }],
        },
      ],
    });
    expect(await change(here.admin, 'revokeRights', { memberId: viewer.id })).toEqual([]);
    expect((await ask(here.admin.token, '{ administrators { totalCount } }')).data['administrators']).toEqual({
      totalCount: 1,
    });
  });

  test('are on record as they were and as they are since, when granted and when revoked', async () => {
    const here = await story();
    const { admin, lin } = here;
    const { sales, east } = here.departments;
    const over = (departmentId: string) => ({ departmentIds: [encodeId('Department', departmentId)] });
    await change(admin, 'grantRights', { memberId: lin.id, rights: ['VIEW'], ...over(sales) });
    await change(admin, 'grantRights', { memberId: lin.id, rights: ['AUDIT'], ...over(east) });
    await change(admin, 'revokeRights', { memberId: lin.id, ...over(sales) });
    await change(admin, 'grantRights', { memberId: lin.id, role: 'SUPER' });
    await change(admin, 'revokeRights', { memberId: lin.id });

    const records = await prisma.auditEvent.findMany({
      where: { enterpriseId: here.enterpriseId, action: { in: ['grantRights', 'revokeRights'] } },
      orderBy: { id: 'asc' },
    });

    const viewing = { right: 'VIEW', departmentId: sales };
    const auditing = { right: 'AUDIT', departmentId: east };
    const contact = (...grants: object[]) => ({ role: 'CUSTOMER_CONTACT', grants });
    const everything = { role: 'SUPER', grants: [] };
    expect(records.map(({ action, detail }) => ({ action, detail }))).toMatchObject([
      { action: 'grantRights', detail: { before: null, after: contact(viewing) } },
      { action: 'grantRights', detail: { before: contact(viewing), after: contact(viewing, auditing) } },
      { action: 'revokeRights', detail: { before: contact(viewing, auditing), after: contact(auditing) } },
      { action: 'grantRights', detail: { before: contact(auditing), after: everything } },
      { action: 'revokeRights', detail: { before: everything, after: null } },
    ]);
  });

  test('of the last super administrator stay when two revoke each other at once', async () => {
    const here = await story();
    expect(await change(here.admin, 'grantRights', { memberId: here.ana.id, role: 'SUPER' })).toEqual([]);

    const outcomes = await Promise.all([
      change(here.admin, 'revokeRights', { memberId: here.ana.id }),
      change(here.ana, 'revokeRights', { memberId: here.admin.id }),
    ]);

    expect(outcomes.filter((codes) => codes.length === 0)).toHaveLength(1);
    expect(await prisma.administrator.count({ where: { enterpriseId: here.enterpriseId, role: 'SUPER' } })).toBe(1);
  });
});

describe('VIEW over a department, over a socket', () => {
  const pool = 'subscription { poolChanged { member { name } portfolio { customers waiting } } }';
  const progress = 'subscription ($id: ID!) { transferProgress(id: $id) { leaver { name } counts { waiting } } }';

  test('hears what becomes of its leavers, and never of those of another department', async () => {
    const here = await story();
    const { admin, ana, ben, gone } = here;
    await prisma.enterprise.update({ where: { id: here.enterpriseId }, data: { waitHours: 1 } });
    const viewer = await administrator(here, ['VIEW'], here.departments.sales);
    const client = await PlainClient.signIn(doors.url, viewer.token);
    onTestFinished(() => client.socket.terminate());
    client.subscribe('pool', pool);
    const first = await client.next('next');

    // The other department's comes first, so that it would be heard first.
    const theirs = await begin(baton, admin, 'transferCustomers', handing(here, [ben], gone));
    const own = await begin(baton, admin, 'transferCustomers', handing(here, [ana]));
    const second = await client.next('next');
    client.subscribe('theirs', progress, { id: theirs });
    const refused = await client.next('next');
    await client.next('complete');
    client.subscribe('own', progress, { id: own });
    const shown = await client.next('next');

    const lee = (waiting: number) => ({
      poolChanged: { member: { name: 'Lee' }, portfolio: { customers: 2, waiting } },
    });
    expect([first, second].map(({ payload }) => payload?.data)).toEqual([lee(0), lee(2)]);
    expect([refused.id, refused.payload?.errors?.[0]?.extensions.code]).toEqual(['theirs', 'NOT_FOUND']);
    expect([shown.id, shown.payload?.data]).toEqual([
      'own',
      { transferProgress: { leaver: { name: 'Lee' }, counts: { waiting: 2 } } },
    ]);
    expect(client.waiting).toBe(0);
  });
});
