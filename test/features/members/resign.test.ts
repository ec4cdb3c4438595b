import { expect, test } from 'vitest';
import type { CustomerGroupStatus } from '../../../src/generated/prisma/enums.js';
import { openTestApp } from '../../support/app.js';
import { foundCompany, type Company, type Made } from '../../support/company.js';
import { everythingOf } from '../../support/full-company.js';

const baton = await openTestApp();
const { ask, app } = baton;

const resign = `mutation ($id: ID!) { resignMember(input: { memberId: $id }) { member { status } userErrors { code message path } } }`;
const reinstate = `mutation ($id: ID!) { reinstateMember(input: { memberId: $id }) { member { status } userErrors { code message path } } }`;

async function office() {
  const company = await foundCompany(baton);
  return {
    company,
    admin: await company.member('admin', { administrator: true }),
    ana: await company.member('ana'),
    ben: await company.member('ben'),
  };
}

async function groupIn(company: Company, owner: Made, status: CustomerGroupStatus, name: string = status) {
  const { id } = await company.group(name, owner);
  await app.db.prisma.customerGroup.update({ where: { id }, data: { status } });
}

async function statusesOf(owner: Made): Promise<string> {
  const groups = await app.db.prisma.customerGroup.findMany({ where: { ownerId: owner.id }, orderBy: { name: 'asc' } });
  return groups.map(({ name, status }) => `${name}: ${status}`).join(', ');
}

function portfolioOf(member: Made) {
  return app.db.prisma.portfolio.findUniqueOrThrow({ where: { memberId: member.id } });
}

test('who resigns leaves their groups without an owner, but for those that are being inherited; who comes back owns them', async () => {
  const { company, admin, ana, ben } = await office();
  for (const status of ['NORMAL', 'INHERITED', 'INHERITING'] as const) await groupIn(company, ana, status);
  await groupIn(company, ben, 'NORMAL', 'bens');

  const left = await ask(admin.token, resign, { id: ana.globalId });

  expect(left.data).toEqual({ resignMember: { member: { status: 'RESIGNED' }, userErrors: [] } });
  expect(await statusesOf(ana)).toBe('INHERITED: OWNER_RESIGNED, INHERITING: INHERITING, NORMAL: OWNER_RESIGNED');
  expect(await statusesOf(ben)).toBe('bens: NORMAL');

  const back = await ask(admin.token, reinstate, { id: ana.globalId });

  expect(back.data).toEqual({ reinstateMember: { member: { status: 'ACTIVE' }, userErrors: [] } });
  expect(await statusesOf(ana)).toBe('INHERITED: NORMAL, INHERITING: INHERITING, NORMAL: NORMAL');
  expect(await statusesOf(ben)).toBe('bens: NORMAL');
});

test('followers of the pool can tell who came and went, even where nothing was held and no portfolio was there', async () => {
  const { admin, ana, ben } = await office();
  const before = await portfolioOf(ben);
  await app.db.prisma.portfolio.delete({ where: { memberId: ana.id } });

  await ask(admin.token, resign, { id: ana.globalId });
  const gone = await portfolioOf(ana);
  await ask(admin.token, reinstate, { id: ana.globalId });
  const back = await portfolioOf(ana);

  expect(gone.xid).toBeGreaterThan(before.xid);
  expect(gone.leftPoolXid).toBeNull();
  expect(back.xid).toBeGreaterThan(gone.xid);
  expect(back.leftPoolXid).toBe(back.xid);
  expect(await portfolioOf(ben)).toEqual(before);
});

test.each([
  [{ waiting: 2 }, '2 customers and 0 groups of ana wait'],
  [{ groupsWaiting: 1 }, '0 customers and 1 groups of ana wait'],
])('nobody comes back while %o: nothing moves', async (waits, message) => {
  const { company, admin, ana } = await office();
  await groupIn(company, ana, 'INHERITING');
  await ask(admin.token, resign, { id: ana.globalId });
  await app.db.prisma.portfolio.update({ where: { memberId: ana.id }, data: waits });
  const before = await everythingOf(baton, company.id);

  const { data } = await ask(admin.token, reinstate, { id: ana.globalId });

  expect(data).toEqual({
    reinstateMember: {
      member: null,
      userErrors: [
        {
          code: 'MEMBER_IN_TRANSFER',
          message: `${message} to be taken over. Try again when the transfer has ended, or cancel it.`,
          path: ['input', 'memberId'],
        },
      ],
    },
  });
  expect(await everythingOf(baton, company.id)).toEqual(before);
});
