import { describe, expect, test } from 'vitest';
import { encodeId } from '../../../src/graphql/ids.js';
import { openTestApp } from '../../support/app.js';
import { departing, serve, standing, type Departing, type Person } from '../../support/seed.js';

const baton = await openTestApp();
const { app, clock, ask } = baton;
const { prisma } = app.db;

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
