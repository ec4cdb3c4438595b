import { describe, expect, test } from 'vitest';
import { openTestApp } from '../support/app.js';
import { fullCompany } from '../support/full-company.js';

// Whole operations and objects: role-matrix.test.ts.
const baton = await openTestApp();
const here = await fullCompany(baton);

describe('fields of an object that not everybody may read', () => {
  const nothing = { nodes: [] };
  test.each([
    ['settings', 'Enterprise', 'settings { waitHours }', { waitHours: 0 }, { waitHours: 0 }, null],
    ['pool', 'Enterprise', 'pool { leavers customers groups }', { leavers: 1, customers: 2, groups: 1 }, null, null],
    [
      'portfolio',
      'Member',
      'portfolio { customers groups }',
      { customers: 2, groups: 1 },
      { customers: 2, groups: 1 },
      null,
    ],
    [
      'customers',
      'Member',
      'customers { nodes { remark } }',
      { nodes: [{ remark: 'remark on Customer 1' }, { remark: 'remark on Customer 2' }] },
      { nodes: [{ remark: 'remark on Customer 1' }, { remark: 'remark on Customer 2' }] },
      nothing,
    ],
    [
      'customerGroups',
      'Member',
      'customerGroups { nodes { name } }',
      { nodes: [{ name: 'Buyers' }] },
      { nodes: [{ name: 'Buyers' }] },
      nothing,
    ],
    ['customersAt', 'Member', 'customersAt { totalCount }', { totalCount: 2 }, null, null],
    ['servedByAt', 'Customer', 'servedByAt { name }', [{ name: 'Ana' }], null, null],
    ['customerLimit', 'Member', 'customerLimit', 3, 3, null],
    ['lastLoginAt', 'Member', 'lastLoginAt', '2026-03-01T00:00:00.000Z', '2026-03-01T00:00:00.000Z', null],
    ['department', 'Member', 'department { name }', { name: 'Sales' }, { name: 'Sales' }, null],
    ['transfers', 'Member', 'transfers { nodes { id } }', nothing, null, null],
    ['transferItems', 'Customer', 'transferItems { nodes { position } }', { nodes: [{ position: 0 }] }, null, null],
    [
      'customerGroups',
      'Customer',
      'customerGroups { nodes { name } }',
      { nodes: [{ name: 'Buyers' }] },
      { nodes: [{ name: 'Buyers' }] },
      nothing,
    ],
    [
      'servedBy',
      'Customer',
      'servedBy { member { name } }',
      [{ member: { name: 'Ana' } }],
      [{ member: { name: 'Ana' } }],
      [{ member: { name: 'Ana' } }],
    ],
    ['remark', 'Relation', 'remark', 'remark on Customer 1', 'remark on Customer 1', ''],
    ['description', 'Relation', 'description', 'long', 'long', ''],
    ['tags', 'Relation', 'tags { name }', [{ name: 'VIP' }], [{ name: 'Nice' }, { name: 'VIP' }], []],
  ] as const)('%s of %s', async (field, type, selection, forAdministrator, forMember, forCustomer) => {
    const company = await fullCompany(baton);
    await baton.app.db.prisma.relation.updateMany({
      where: { enterpriseId: company.enterpriseId },
      data: { description: 'long' },
    });
    await baton.app.db.prisma.member.update({
      where: { id: company.ana.uuid },
      data: { customerLimit: 3, lastLoginAt: new Date('2026-03-01T00:00:00.000Z') },
    });

    const answers = await Promise.all(
      [company.admin, company.ana, company.handed].map(({ token }) =>
        baton.ask<{ node: Record<string, unknown> }>(
          token,
          `query ($id: ID!) { node(id: $id) { ... on ${type} { ${selection} } } }`,
          { id: company.ids[type] },
        ),
      ),
    );

    expect(answers.map(({ data }) => data.node[field])).toEqual([forAdministrator, forMember, forCustomer]);
  });

  test('a colleague sees what somebody is called, and nothing of what they hold', async () => {
    const holds =
      'name portfolio { customers } customers { totalCount nodes { id } } customerGroups { nodes { id } } transfers { nodes { id } }';

    const { data } = await baton.ask(
      here.ana.token,
      `query ($id: ID!) { node(id: $id) { ... on Member { ${holds} } } }`,
      {
        id: here.leaver.id,
      },
    );

    expect(data['node']).toEqual({
      name: 'Lee',
      portfolio: null,
      customers: { totalCount: 0, nodes: [] },
      customerGroups: { nodes: [] },
      transfers: null,
    });
  });

  test('a customer reads how to reach who serves them, and nobody who does not', async () => {
    const { data } = await baton.ask(
      here.handed.token,
      '{ viewer { customer { servedBy { member { name mobile userId } } } } }',
    );

    expect(data['viewer']!['customer']!['servedBy']).toEqual([
      { member: { name: 'Ana', mobile: '+86 ana', userId: 'ana' } },
    ]);
  });
});
