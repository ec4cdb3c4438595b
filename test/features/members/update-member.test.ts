import { expect, test } from 'vitest';
import { encodeId } from '../../../src/graphql/ids.js';
import { openTestApp } from '../../support/app.js';
import { openEventStream } from '../../support/event-stream.js';
import { everythingOf } from '../../support/full-company.js';
import { brokenInvariants } from '../../support/invariants.js';
import { departing, type Person } from '../../support/seed.js';

const baton = await openTestApp();
const { ask, app, clock } = baton;

async function change(admin: Person, input: object) {
  const { data, errors } = await ask(
    admin.token,
    `mutation ($input: UpdateMemberInput!) { updateMember(input: $input) {
      member { name position email mobile status isVerified isCustomerContactOn acceptsAssignments customerLimit lastLoginAt
        department { name } }
      userErrors { code path } } }`,
    { input },
  );
  if (errors) throw new Error(JSON.stringify(errors));
  return data['updateMember'] as unknown as { member: Record<string, unknown>; userErrors: object[] };
}

async function hand({ admin, leaver, ana }: { admin: Person; leaver: Person; ana: Person }) {
  const { data } = await ask(
    admin.token,
    `mutation ($input: TransferCustomersInput!) { transferCustomers(input: $input) { userErrors { code } } }`,
    { input: { leaverId: leaver.id, selection: { all: true }, successorIds: [ana.id] } },
  );
  return data['transferCustomers']!['userErrors'];
}

test('what is named changes and the rest stays; null empties; the log has both sides', async () => {
  const { enterpriseId, admin, ana } = await departing(baton);
  const department = app.ids.next();
  await app.db.prisma.department.create({ data: { id: department, enterpriseId, key: 'sales', name: 'Sales' } });
  const lastLoginAt = clock.now().toISOString();
  const about = { position: 'Key account', email: 'ana@lantern.example', customerLimit: 7, lastLoginAt };

  const first = await change(admin, { memberId: ana.id, ...about, departmentId: encodeId('Department', department) });
  const second = await change(admin, {
    memberId: ana.id,
    name: 'Anna',
    mobile: null,
    departmentId: null,
    customerLimit: null,
    isVerified: false,
    isCustomerContactOn: false,
    acceptsAssignments: false,
  });

  const before = {
    name: 'Ana',
    mobile: '+86 ana',
    status: 'ACTIVE',
    isVerified: true,
    isCustomerContactOn: true,
    acceptsAssignments: true,
    ...about,
    department: { name: 'Sales' },
  };
  expect(first).toEqual({ member: before, userErrors: [] });
  expect(second.member).toEqual({
    ...before,
    name: 'Anna',
    mobile: null,
    department: null,
    customerLimit: null,
    isVerified: false,
    isCustomerContactOn: false,
    acceptsAssignments: false,
  });
  const { data } = await ask<{ auditEvents: { nodes: { detail: unknown }[] } }>(
    admin.token,
    '{ auditEvents(first: 1, filter: { action: ["updateMember"] }) { nodes { detail } } }',
  );
  expect(data.auditEvents.nodes[0]!.detail).toEqual({
    before: {
      name: 'Ana',
      mobile: '+86 ana',
      departmentId: department,
      customerLimit: 7,
      verified: true,
      customerContact: true,
      acceptsAssignments: true,
    },
    after: {
      name: 'Anna',
      mobile: null,
      departmentId: null,
      customerLimit: null,
      verified: false,
      customerContact: false,
      acceptsAssignments: false,
    },
  });
});

test.each([
  [{ isDisabled: true }, 'SUCCESSOR_DISABLED'],
  [{ isVerified: false }, 'SUCCESSOR_NOT_VERIFIED'],
  [{ isCustomerContactOn: false }, 'SUCCESSOR_NO_CUSTOMER_CONTACT'],
  [{ lastLoginAt: '2020-01-01T00:00:00.000Z' }, 'SUCCESSOR_INACTIVE'],
])('%o keeps a member from taking over: %s', async (what, code) => {
  const story = await departing(baton);

  expect((await change(story.admin, { memberId: story.ana.id, ...what })).userErrors).toEqual([]);

  expect(await hand(story)).toEqual([{ code }]);
});

test('who is disabled while customers wait to come to them gets none, and enabled again can take over', async () => {
  const story = await departing(baton, { customers: 2, waitHours: 24 });
  const { admin, leaver, ana, enterpriseId } = story;
  expect(await hand(story)).toEqual([]);

  await change(admin, { memberId: ana.id, isDisabled: true });
  clock.advance(24);
  await app.settle();

  const token = await baton.tokenOf({ kind: 'member', id: admin.uuid, enterpriseId });
  const { data } = await ask(
    token,
    'query ($id: ID!) { node(id: $id) { ... on Member { portfolio { customers failed } } } }',
    {
      id: leaver.id,
    },
  );
  expect(data).toEqual({ node: { portfolio: { customers: 2, failed: 2 } } });
  const enabled = await change({ ...admin, token }, { memberId: ana.id, isDisabled: false });
  expect(enabled.member['status']).toBe('ACTIVE');
  expect(await hand({ ...story, admin: { ...admin, token } })).toEqual([]);
  expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
});

test('who is disabled is served no more: what they follow ends, and holds on to what they hold', async () => {
  const { admin, ana, enterpriseId } = await departing(baton);
  const stream = await openEventStream(baton, ana.token, 'subscription { assignmentNotifications { __typename } }');

  const { member } = await change(admin, { memberId: ana.id, isDisabled: true });

  expect(member['status']).toBe('DISABLED');
  expect((await stream.next()).errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
  const { errors } = await ask(ana.token, '{ viewer { isAdministrator } }');
  expect(errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
  expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
});

test('said twice it is the same, and done twice it is on the log twice', async () => {
  const { admin, ana } = await departing(baton);

  const answers = [];
  for (let time = 0; time < 2; time++) answers.push(await change(admin, { memberId: ana.id, isDisabled: true }));

  expect(answers[1]).toEqual(answers[0]);
});

test.each([
  ['nothing to change', {}, 'INVALID_INPUT', []],
  ['a name of blanks', { name: '  ' }, 'INVALID_INPUT', ['name']],
  ['a name of 201 characters', { name: 'x'.repeat(201) }, 'INVALID_INPUT', ['name']],
  ['a limit below none', { customerLimit: -1 }, 'INVALID_INPUT', ['customerLimit']],
  ['a limit beyond all', { customerLimit: 10_000_001 }, 'INVALID_INPUT', ['customerLimit']],
  ['a sign-in to come', { lastLoginAt: '2100-01-01T00:00:00.000Z' }, 'INVALID_INPUT', ['lastLoginAt']],
  ['disabling a leaver', { who: 'leaver', isDisabled: true }, 'ALREADY_RESIGNED', ['isDisabled']],
  ['enabling a leaver', { who: 'leaver', isDisabled: false }, 'ALREADY_RESIGNED', ['isDisabled']],
  ['disabling the last administrator', { who: 'admin', isDisabled: true }, 'LAST_ADMINISTRATOR', ['memberId']],
] as const)('%s is refused, and nothing changes', async (_what, { who = 'ana', ...input }: Wrong, code, path) => {
  const story = await departing(baton);
  const before = await everythingOf(baton, story.enterpriseId);

  const { member, userErrors } = await change(story.admin, { memberId: story[who].id, ...input });

  expect(member).toBeNull();
  expect(userErrors).toEqual([{ code, path: ['input', ...path] }]);
  expect(await everythingOf(baton, story.enterpriseId)).toEqual(before);
});

interface Wrong {
  readonly who?: 'ana' | 'leaver' | 'admin';
  readonly [field: string]: unknown;
}

test.each(['disable', 'resign'])('two administrators who %s each other at once do not both succeed', async (how) => {
  const { admin, ana, enterpriseId } = await departing(baton);
  await app.db.prisma.administrator.create({
    data: { memberId: ana.uuid, enterpriseId, role: 'SUPER', createdAt: clock.now() },
  });
  const [name, input] =
    how === 'disable' ? (['updateMember', ', isDisabled: true'] as const) : (['resignMember', ''] as const);
  const remove = (by: Person, { id }: Person) =>
    ask(by.token, `mutation ($id: ID!) { ${name}(input: { memberId: $id${input} }) { userErrors { code } } }`, { id });

  const answers = await Promise.all([remove(admin, ana), remove(ana, admin)]);

  // Who comes so late that they are removed already may not even ask.
  const refused = answers.map(({ data, errors }) => errors?.[0]?.extensions.code ?? data[name]!['userErrors']);
  expect(refused).toContainEqual([]);
  const where = { enterpriseId, status: 'ACTIVE', administrator: { isNot: null } } as const;
  expect(await app.db.prisma.member.count({ where })).toBe(1);
});
