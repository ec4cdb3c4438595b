import { expect, test } from 'vitest';
import { openTestApp } from '../../support/app.js';
import { foundCompany } from '../../support/company.js';
import { everythingOf } from '../../support/full-company.js';

const baton = await openTestApp();
const { prisma } = baton.app.db;

interface Payload {
  readonly customer: object | null;
  readonly userErrors: readonly { code: string; path: string[] }[];
}

async function update(token: string, input: object): Promise<Payload> {
  const { data, errors } = await baton.ask<{ updateCustomer: Payload }>(
    token,
    `mutation ($input: UpdateCustomerInput!) { updateCustomer(input: $input) {
       customer { name corpName region city businessType } userErrors { code path } } }`,
    { input },
  );
  expect(errors).toBeUndefined();
  return data.updateCustomer;
}

async function office() {
  const company = await foundCompany(baton);
  const ana = await company.member('ana');
  const ada = await company.customer('Ada', { city: 'Bonn', region: 'West' });
  const relation = await company.relation(ana, ada);
  return {
    ...{ company, ana, ada, relation },
    ben: await company.member('ben'),
    admin: await company.member('admin', { administrator: true }),
  };
}

test('who serves a customer, and an administrator, correct what is known of them; the log says what it was before', async () => {
  const { company, ana, admin, ada, relation } = await office();
  const customerId = ada.globalId;

  const byMember = await update(ana.token, { customerId, city: 'Berlin', region: ' ' });
  const byAdministrator = await update(admin.token, { customerId, name: 'Ada L.', corpName: 'Engines' });

  const berlin = { region: null, city: 'Berlin', businessType: null };
  expect(byMember).toEqual({ customer: { name: 'Ada', corpName: null, ...berlin }, userErrors: [] });
  expect(byAdministrator).toEqual({ customer: { name: 'Ada L.', corpName: 'Engines', ...berlin }, userErrors: [] });
  const log = await prisma.auditEvent.findMany({ where: { enterpriseId: company.id }, orderBy: { id: 'asc' } });
  expect(log.map(({ action, actorName, detail }) => ({ action, actorName, detail }))).toEqual([
    {
      ...{ action: 'updateCustomer', actorName: 'ana' },
      detail: { before: { city: 'Bonn', region: 'West' }, after: { city: 'Berlin', region: null } },
    },
    {
      ...{ action: 'updateCustomer', actorName: 'admin' },
      detail: { before: { name: 'Ada', corpName: null }, after: { name: 'Ada L.', corpName: 'Engines' } },
    },
  ]);
  expect(await prisma.relation.findUniqueOrThrow({ where: { id: relation.id } })).toMatchObject({
    revision: 0,
    touches: {},
  });
});

test.each([
  ['by a member who does not serve them', 'ben', { city: 'Berlin' }, 'NOT_FOUND', ['input', 'customerId']],
  ['that says nothing', 'ana', {}, 'INVALID_INPUT', ['input']],
  ['to no name', 'ana', { name: ' ' }, 'INVALID_INPUT', ['input', 'name']],
  ['to a city of 201 characters', 'ana', { city: 'x'.repeat(201) }, 'INVALID_INPUT', ['input', 'city']],
] as const)('a correction %s is refused, and nothing moved', async (_what, by, change, code, path) => {
  const story = await office();
  const before = await everythingOf(baton, story.company.id);

  const answer = await update(story[by].token, { customerId: story.ada.globalId, ...change });

  expect(answer).toEqual({ customer: null, userErrors: [{ code, path }] });
  expect(await everythingOf(baton, story.company.id)).toEqual(before);
});

test('a member whose customer has gone to somebody else corrects them no more', async () => {
  const { ana, ben, ada, relation } = await office();
  await prisma.relation.update({ where: { id: relation.id }, data: { memberId: ben.id } });

  const answer = await update(ana.token, { customerId: ada.globalId, city: 'Berlin' });

  expect(answer.userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
});
