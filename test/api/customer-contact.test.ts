import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { openTestApp } from '../support/app.js';
import { keepCompany } from '../support/company-tables.js';
import { everythingOf, fullCompany, type FullCompany } from '../support/full-company.js';
import type { Person } from '../support/seed.js';
import { mutationRows, runMutation } from './mutation-rows.js';

const baton = await openTestApp();
/** One for all tests: it is put back before each. */
const company = await fullCompany(baton);
beforeEach(await keepCompany(baton.app.db, company.enterpriseId));
const rows = mutationRows(baton);

/** What stays possible, and why. Everything else waits until customer contact is on again; a new mutation is in either test below. */
const stays: Readonly<Record<string, string>> = {
  updateSettings: 'switches customer contact on again',
  createMember: 'the staff comes and goes all the same',
  updateMember: 'the staff comes and goes all the same',
  resignMember: 'who leaves must be able to leave, at once or on a last day',
  cancelResignation: 'who leaves must be able to leave, or to stay',
  reinstateMember: 'who leaves must be able to leave, or to come back',
  grantRights: 'rights are about the staff',
  revokeRights: 'a right that is wrong must be taken away at once',
  acceptTakeover: 'what was begun comes to its end, also by the customer',
  declineTakeover: 'what was begun comes to its end, also by the customer',
  cancelTransfer: 'what was begun may be stopped',
  disapproveTransfer: 'what was begun may be stopped',
  acknowledgeNotifications: 'what was told is read',
  acknowledgeNotices: 'what was told is read',
  readConversation: 'what was said is looked into',
};

async function switchOff({ enterpriseId }: FullCompany): Promise<void> {
  await baton.app.db.prisma.enterprise.update({ where: { id: enterpriseId }, data: { customerContactEnabled: false } });
}

/** What the mutation answers once the company has switched customer contact off, and what is in the tables before and after. */
async function withContactOff(mutation: string, by: (company: FullCompany) => Person, input: Input) {
  const prepared = await input(company);
  await switchOff(company);
  const before = await everythingOf(baton, company.enterpriseId);
  const code = await runMutation(baton, mutation, by(company).token, prepared);
  return { code, before, after: await everythingOf(baton, company.enterpriseId) };
}
type Input = (company: FullCompany) => object | Promise<object>;

const admin = (company: FullCompany) => company.admin;

test('every mutation that stays possible is one', () => {
  const known = rows.map(({ mutation }) => mutation);

  expect(Object.keys(stays).filter((mutation) => !known.includes(mutation))).toEqual([]);
});

describe('with customer contact off CUSTOMER_CONTACT_DISABLED is the answer, and nothing changes', () => {
  const refused = rows.filter(({ mutation }) => stays[mutation] === undefined);

  test.each(refused.map((row) => [row.mutation, row] as const))('%s', async (mutation, row) => {
    const { code, before, after } = await withContactOff(mutation, row.by ?? admin, row.done);

    expect(code).toBe('CUSTOMER_CONTACT_DISABLED');
    expect(after).toEqual(before);
  });

  test('resignMember that hands everything over as well', async () => {
    const { code, before, after } = await withContactOff('resignMember', admin, ({ ana }) => ({
      memberId: ana.id,
      autoAssign: true,
    }));

    expect(code).toBe('CUSTOMER_CONTACT_DISABLED');
    expect(after).toEqual(before);
  });
});

describe('with customer contact off it is done all the same', () => {
  const done = rows.filter(({ mutation }) => stays[mutation] !== undefined);

  test.each(done.map((row) => [row.mutation, stays[row.mutation], row] as const))(
    '%s: %s',
    async (mutation, _why, row) => {
      const { code, before, after } = await withContactOff(mutation, row.by ?? admin, row.done);

      expect(code).toBeUndefined();
      expect(after['audit_event']).not.toBe(before['audit_event']);
    },
  );

  test('a customer ends a relation with who serves them', async () => {
    const { code } = await withContactOff(
      'endRelation',
      ({ handed }) => handed,
      ({ ids }) => ({ relationId: ids.Relation }),
    );

    expect(code).toBeUndefined();
  });

  test('what is due is taken over', async () => {
    await rows.find(({ mutation }) => mutation === 'cancelTransfer')?.done(company);
    await switchOff(company);
    const serving = () =>
      baton.app.db.prisma.relation.findFirst({
        where: { customerId: company.handed.uuid },
        select: { member: { select: { name: true } } },
      });
    expect(await serving()).toEqual({ member: { name: 'Ana' } });

    baton.clock.advance(24);
    onTestFinished(() => baton.clock.advance(-24));
    await baton.app.settle();

    expect(await serving()).toEqual({ member: { name: 'Ben' } });
  });

  test('updateSettings switches it on, and then customers are made again', async () => {
    await switchOff(company);
    const customer = { externalUserId: 'new', name: 'New', kind: 'WECHAT' };

    expect(await runMutation(baton, 'createCustomer', company.admin.token, customer)).toBe('CUSTOMER_CONTACT_DISABLED');
    expect(
      await runMutation(baton, 'updateSettings', company.admin.token, { customerContactEnabled: true }),
    ).toBeUndefined();
    expect(await runMutation(baton, 'createCustomer', company.admin.token, customer)).toBeUndefined();
  });
});
