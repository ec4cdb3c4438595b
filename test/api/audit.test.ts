import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { schema } from '../../src/app/schema.js';
import { encodeId } from '../../src/graphql/ids.js';
import { openTestApp } from '../support/app.js';
import { begin } from '../features/transfers/begin.js';
import { contactAdministrator, type Person } from '../support/seed.js';
import { everythingOf, fullCompany, handOver, type FullCompany } from '../support/full-company.js';

const baton = await openTestApp();

/** Done once as it should be, and once as it is refused. */
interface Row {
  readonly mutation: string;
  readonly by?: (company: FullCompany) => Person;
  readonly done: (company: FullCompany) => object | Promise<object>;
  /** The object that the record of the success names. */
  readonly subject?: (company: FullCompany) => string;
  readonly refused: (company: FullCompany) => object;
  readonly refusedTo?: (company: FullCompany) => Person;
  readonly code: string;
}

const ana = (company: FullCompany) => company.ana;
const handed = (company: FullCompany) => company.handed;

/** A transfer of the customer whom Ana serves, to Ben, who waits in it. */
async function underWay(company: FullCompany): Promise<string> {
  await run('updateSettings', company.admin.token, { waitHours: 24 });
  return handOver(baton, { ...company, leaver: company.ana }, [company.handed], [company.ben], 'ON_JOB');
}

/** A transfer of all that the leaver still holds, which waits for an approval. */
async function awaitingApproval(company: FullCompany): Promise<string> {
  const { admin, enterpriseId, leaver, ben } = company;
  await run('updateSettings', admin.token, { approvalAbove: 0 });
  const submitter = await contactAdministrator(baton, enterpriseId, 'Cleo');
  const input = { leaverId: leaver.id, successorIds: [ben.id], selection: { all: true } };
  return begin(baton, submitter, 'transferCustomers', input);
}

const hello = { sentAt: '2026-01-01T00:00:00.000Z', direction: 'FROM_MEMBER', text: 'Hello' };

const rows: readonly Row[] = [
  {
    mutation: 'acceptTakeover',
    by: handed,
    done: async (company) => ({ transferId: await underWay(company) }),
    refused: ({ ids }) => ({ transferId: ids.Transfer }),
    code: 'TOO_LATE',
  },
  {
    mutation: 'approveTransfer',
    done: async (company) => ({ transferId: await awaitingApproval(company) }),
    subject: ({ leaver }) => leaver.id,
    refused: ({ ids }) => ({ transferId: ids.Transfer }),
    code: 'NOT_PENDING',
  },
  {
    mutation: 'disapproveTransfer',
    done: async (company) => ({ transferId: await awaitingApproval(company) }),
    subject: ({ leaver }) => leaver.id,
    refused: ({ ids }) => ({ transferId: ids.Transfer }),
    code: 'NOT_PENDING',
  },
  {
    mutation: 'cancelTransfer',
    done: async (company) => ({ transferId: await underWay(company) }),
    subject: ({ ana: leaver }) => leaver.id,
    refused: ({ ids }) => ({ transferId: ids.Transfer }),
    code: 'TRANSFER_FINISHED',
  },
  {
    mutation: 'endRelation',
    by: ana,
    done: ({ ids }) => ({ relationId: ids.Relation }),
    subject: ({ ids }) => ids.Relation,
    refused: ({ leavers }) => ({ relationId: leavers.relation }),
    code: 'NOT_FOUND',
  },
  {
    mutation: 'declineTakeover',
    by: handed,
    done: async (company) => ({ transferId: await underWay(company) }),
    subject: ({ ids }) => ids.Relation,
    refused: ({ ids }) => ({ transferId: ids.Transfer }),
    code: 'TOO_LATE',
  },
  {
    mutation: 'acknowledgeNotifications',
    by: ana,
    done: ({ ids }) => ({ ids: [ids.AssignmentNotification] }),
    refused: () => ({}),
    code: 'BAD_USER_INPUT',
  },
  {
    mutation: 'acknowledgeNotices',
    by: handed,
    done: ({ ids }) => ({ ids: [ids.CustomerNotice] }),
    refused: () => ({ ids: [] }),
    refusedTo: ana,
    code: 'FORBIDDEN',
  },
  {
    mutation: 'addRelation',
    done: ({ ben, handed: customer }) => ({ memberId: ben.id, customerId: customer.id }),
    refused: ({ ana: member, handed: customer }) => ({ memberId: member.id, customerId: customer.id }),
    code: 'ALREADY_SERVED',
  },
  {
    mutation: 'createAssignmentRule',
    done: ({ ben }) => ({ name: 'New', successors: [{ memberId: ben.id }] }),
    refused: ({ ben }) => ({ name: 'VIPs', successors: [{ memberId: ben.id }] }),
    code: 'ALREADY_EXISTS',
  },
  {
    mutation: 'updateAssignmentRule',
    done: ({ ids }) => ({ ruleId: ids.AssignmentRule, enabled: false }),
    subject: ({ ids }) => ids.AssignmentRule,
    refused: ({ ids }) => ({ ruleId: ids.AssignmentRule, name: 'Default assignment' }),
    code: 'ALREADY_EXISTS',
  },
  {
    mutation: 'deleteAssignmentRule',
    done: ({ ids }) => ({ ruleId: ids.AssignmentRule }),
    subject: ({ ids }) => ids.AssignmentRule,
    refused: () => ({ ruleId: encodeId('AssignmentRule', randomUUID()) }),
    code: 'NOT_FOUND',
  },
  {
    mutation: 'reorderAssignmentRules',
    done: ({ ids }) => ({ ruleIds: [ids.AssignmentRule] }),
    subject: ({ ids }) => ids.Enterprise,
    refused: () => ({ ruleIds: [] }),
    code: 'INVALID_INPUT',
  },
  {
    mutation: 'setDefaultAssignment',
    done: ({ ben }) => ({ successors: [{ memberId: ben.id }] }),
    refused: ({ leaver }) => ({ successors: [{ memberId: leaver.id }] }),
    code: 'MEMBER_NOT_ACTIVE',
  },
  {
    mutation: 'createCustomer',
    done: () => ({ externalUserId: 'new', name: 'New', kind: 'WECHAT' }),
    refused: ({ externalUserId }) => ({ externalUserId, name: 'New', kind: 'WECHAT' }),
    code: 'ALREADY_EXISTS',
  },
  {
    mutation: 'createCustomerGroup',
    by: ana,
    done: ({ handed: customer }) => ({ chatId: 'new', name: 'New', customerIds: [customer.id] }),
    refused: ({ chatId }) => ({ chatId, name: 'New' }),
    code: 'ALREADY_EXISTS',
  },
  {
    mutation: 'createMember',
    done: () => ({ userId: 'new', name: 'New' }),
    refused: () => ({ userId: 'ana', name: 'New' }),
    code: 'ALREADY_EXISTS',
  },
  {
    mutation: 'createTag',
    done: ({ ids }) => ({ kind: 'CORP', groupId: ids.TagGroup, name: 'New' }),
    refused: ({ ids }) => ({ kind: 'CORP', groupId: ids.TagGroup, name: 'VIP' }),
    code: 'ALREADY_EXISTS',
  },
  {
    mutation: 'createTagGroup',
    done: () => ({ name: 'New' }),
    refused: () => ({ name: 'Level' }),
    code: 'ALREADY_EXISTS',
  },
  {
    mutation: 'deleteTag',
    done: ({ ids }) => ({ tagId: ids.Tag }),
    subject: ({ ids }) => ids.Tag,
    refused: ({ personalTag }) => ({ tagId: personalTag }),
    code: 'NOT_FOUND',
  },
  {
    mutation: 'deleteTagGroup',
    done: async (company) => ({ tagGroupId: await emptyTagGroup(company) }),
    refused: ({ ids }) => ({ tagGroupId: ids.TagGroup }),
    code: 'TAG_GROUP_NOT_EMPTY',
  },
  {
    mutation: 'readConversation',
    done: ({ leaver, ids }) => ({ memberId: leaver.id, customerId: ids.Customer, reason: 'A complaint' }),
    subject: ({ ids }) => ids.Customer,
    refused: ({ leaver, kept }) => ({ memberId: leaver.id, customerId: kept.id, reason: 'A complaint' }),
    code: 'ARCHIVE_NOT_AGREED',
  },
  {
    mutation: 'recordConversation',
    by: ana,
    done: ({ ids }) => ({ relationId: ids.Relation, messages: [hello] }),
    subject: ({ ids }) => ids.Relation,
    refused: ({ leavers }) => ({ relationId: leavers.relation, messages: [hello] }),
    code: 'NOT_FOUND',
  },
  {
    mutation: 'setArchiveConsent',
    by: handed,
    done: () => ({ agreed: false }),
    subject: ({ handed: customer }) => customer.id,
    refused: () => ({ agreed: true }),
    refusedTo: ana,
    code: 'FORBIDDEN',
  },
  {
    mutation: 'reinstateMember',
    done: ({ leaver }) => ({ memberId: leaver.id }),
    subject: ({ leaver }) => leaver.id,
    refused: ({ ben }) => ({ memberId: ben.id }),
    code: 'NOT_RESIGNED',
  },
  {
    mutation: 'grantRights',
    done: ({ ben, ids }) => ({ memberId: ben.id, rights: ['VIEW'], departmentIds: [ids.Department] }),
    subject: ({ ben }) => ben.id,
    refused: ({ admin }) => ({ memberId: admin.id, role: 'SUPER' }),
    code: 'OWN_RIGHTS',
  },
  {
    mutation: 'revokeRights',
    done: ({ ben }) => ({ memberId: ben.id }),
    subject: ({ ben }) => ben.id,
    refused: ({ admin }) => ({ memberId: admin.id }),
    code: 'OWN_RIGHTS',
  },
  {
    mutation: 'cancelResignation',
    done: ({ ben }) => ({ memberId: ben.id }),
    subject: ({ ben }) => ben.id,
    refused: ({ leaver }) => ({ memberId: leaver.id }),
    code: 'ALREADY_RESIGNED',
  },
  {
    mutation: 'resignMember',
    done: ({ ben }) => ({ memberId: ben.id }),
    subject: ({ ben }) => ben.id,
    refused: ({ admin }) => ({ memberId: admin.id }),
    code: 'LAST_ADMINISTRATOR',
  },
  {
    mutation: 'tagRelations',
    by: ana,
    done: ({ ids }) => ({ relationIds: [ids.Relation], removeTagIds: [ids.Tag] }),
    refused: ({ ids, leavers }) => ({ relationIds: [leavers.relation], removeTagIds: [ids.Tag] }),
    code: 'NOT_FOUND',
  },
  {
    mutation: 'retryTransfer',
    done: async (company) => ({ transferId: await handOver(baton, company, [company.handed], [company.ben]) }),
    subject: ({ leaver }) => leaver.id,
    refused: ({ ids }) => ({ transferId: ids.Transfer }),
    code: 'EMPTY_SELECTION',
  },
  {
    mutation: 'transferCustomers',
    done: ({ leaver, ben }) => ({ leaverId: leaver.id, selection: { all: true }, successorIds: [ben.id] }),
    refused: ({ ana: member, ben }) => ({ leaverId: member.id, selection: { all: true }, successorIds: [ben.id] }),
    code: 'HANDOVER_NOT_RESIGNED',
  },
  {
    mutation: 'transferGroups',
    done: ({ leaver, ben }) => ({ leaverId: leaver.id, selection: { all: true }, successorIds: [ben.id] }),
    refused: ({ ana: member, ben }) => ({ leaverId: member.id, selection: { all: true }, successorIds: [ben.id] }),
    code: 'HANDOVER_NOT_RESIGNED',
  },
  {
    mutation: 'undoTransfer',
    done: ({ ids }) => ({ transferId: ids.Transfer }),
    subject: ({ leaver }) => leaver.id,
    refused: ({ enterpriseId }) => ({ transferId: encodeId('Transfer', enterpriseId) }),
    code: 'NOT_FOUND',
  },
  {
    mutation: 'updateMember',
    done: ({ ben }) => ({ memberId: ben.id, acceptsAssignments: false }),
    subject: ({ ben }) => ben.id,
    refused: ({ admin }) => ({ memberId: admin.id, isDisabled: true }),
    code: 'LAST_ADMINISTRATOR',
  },
  {
    mutation: 'updateCustomer',
    by: ana,
    done: ({ handed: customer }) => ({ customerId: customer.id, city: 'Berlin' }),
    subject: ({ handed: customer }) => customer.id,
    refused: ({ kept }) => ({ customerId: kept.id, city: 'Berlin' }),
    code: 'NOT_FOUND',
  },
  {
    mutation: 'updateRelation',
    by: ana,
    done: ({ ids }) => ({ relationId: ids.Relation, remark: 'changed' }),
    subject: ({ ids }) => ids.Relation,
    refused: ({ leavers }) => ({ relationId: leavers.relation, remark: 'changed' }),
    code: 'NOT_FOUND',
  },
  {
    mutation: 'updateTag',
    done: ({ ids }) => ({ tagId: ids.Tag, name: 'changed' }),
    subject: ({ ids }) => ids.Tag,
    refused: ({ personalTag }) => ({ tagId: personalTag, name: 'changed' }),
    code: 'NOT_FOUND',
  },
  {
    mutation: 'updateTagGroup',
    done: ({ ids }) => ({ tagGroupId: ids.TagGroup, name: 'changed' }),
    subject: ({ ids }) => ids.TagGroup,
    refused: ({ ids }) => ({ tagGroupId: ids.TagGroup, name: ' ' }),
    code: 'INVALID_INPUT',
  },
  {
    mutation: 'updateSettings',
    done: () => ({ waitHours: 7 }),
    subject: ({ ids }) => ids.Enterprise,
    refused: () => ({ waitHours: -1 }),
    code: 'INVALID_INPUT',
  },
];

async function emptyTagGroup({ enterpriseId }: FullCompany): Promise<string> {
  const id = baton.app.ids.next();
  await baton.app.db.prisma.tagGroup.create({ data: { id, enterpriseId, name: 'Empty' } });
  return encodeId('TagGroup', id);
}

async function run(mutation: string, token: string | null, input: object) {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input!`;
  const { data, errors } = await baton.ask<Record<string, { userErrors: { code: string }[] }>>(
    token,
    `mutation ($input: ${type}) { ${mutation}(input: $input) { userErrors { code } } }`,
    { input },
  );
  return errors?.[0]?.extensions.code ?? data[mutation]?.userErrors[0]?.code;
}

/** The whole log of the company, as an administrator reads it, newest first. */
async function log(company: FullCompany) {
  const { data } = await baton.ask<{ auditEvents: { nodes: Record<string, unknown>[] } }>(
    company.admin.token,
    `{ auditEvents(first: 100) { nodes {
      id at action outcome code actor actorKind actorName subject requestId transferId detail } } }`,
  );
  return data.auditEvents.nodes;
}

async function added(company: FullCompany, work: () => Promise<unknown>) {
  const known = new Set((await log(company)).map(({ id }) => id));
  await work();
  return (await log(company)).filter(({ id }) => !known.has(id));
}

test('every mutation has a row', () => {
  const mutations = Object.keys(schema.getMutationType()?.getFields() ?? {}).sort();

  const covered = rows.map(({ mutation }) => mutation).sort();

  expect(covered).toEqual(mutations);
});

describe('a mutation that was done leaves exactly one record of who did what to whom', () => {
  test.each(rows.map((row) => [row.mutation, row] as const))('%s', async (mutation, row) => {
    const company = await fullCompany(baton);
    const person = row.by?.(company) ?? company.admin;
    const input = await row.done(company);

    const records = await added(company, async () => expect(await run(mutation, person.token, input)).toBeUndefined());

    const isCustomer = person.token === company.handed.token;
    expect(records).toMatchObject([
      {
        action: mutation,
        outcome: 'SUCCESS',
        code: null,
        actor: person.id,
        actorKind: isCustomer ? 'CUSTOMER' : 'MEMBER',
        actorName: person.name,
        at: baton.clock.now().toISOString(),
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        ...(row.subject && { subject: row.subject(company) }),
      },
    ]);
  });
});

describe('the record of a change says what was before and what is since', () => {
  const changes = rows.filter(({ mutation }) =>
    /^(update|set|reorder|resign|reinstate|cancelResignation)/.test(mutation),
  );

  test.each(changes.map((row) => [row.mutation, row] as const))('%s', async (mutation, row) => {
    const company = await fullCompany(baton);
    const person = row.by?.(company) ?? company.admin;
    const input = await row.done(company);

    const [record] = await added(company, () => run(mutation, person.token, input));

    // A company's first default assignment had nothing before it.
    expect(Object.keys(record!['detail'] as object)).toEqual(expect.arrayContaining(['before', 'after']));
  });
});

test('no record has a secret in it, whoever sent what and however it ended', async () => {
  const company = await fullCompany(baton);
  const people = [company.admin, company.ana, company.ben, company.leaver, company.handed];
  for (const row of rows) {
    const person = row.by?.(company) ?? company.admin;
    await run(row.mutation, person.token, row.refused(company));
  }
  await run('updateSettings', company.admin.token, { waitHours: 5 });
  const keyed = { externalUserId: 'keyed', name: 'Keyed', kind: 'WECHAT', idempotencyKey: 'a-key-of-the-client' };
  await run('createCustomer', company.admin.token, keyed);

  const events = await baton.app.db.prisma.auditEvent.findMany();

  const text = JSON.stringify(events);
  expect(events.length).toBeGreaterThan(rows.length);
  for (const { token } of people) expect(text).not.toContain(token);
  expect(text).not.toContain('a-key-of-the-client');
  expect(text).not.toContain(baton.app.config.tokenSecret);
  expect(text).not.toMatch(/eyJ[\w-]+\.[\w-]+\.[\w-]+|Bearer|PRIVATE KEY|password/i);
  // What was said in an archived conversation is read in the archive, by whom it may concern.
  expect(text).not.toContain(hello.text);
});

describe('a mutation that was refused leaves exactly one record with the code, and nothing else', () => {
  test.each(rows.map((row) => [row.mutation, row.code, row] as const))('%s: %s', async (mutation, code, row) => {
    const company = await fullCompany(baton);
    const person = (row.refusedTo ?? row.by)?.(company) ?? company.admin;
    const before = await everythingOf(baton, company.enterpriseId);

    const records = await added(company, async () =>
      expect(await run(mutation, person.token, row.refused(company))).toBe(code),
    );

    expect(records).toMatchObject([
      {
        action: mutation,
        outcome: 'REFUSED',
        code,
        actor: person.id,
        actorName: person.name,
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      },
    ]);
    expect(await everythingOf(baton, company.enterpriseId)).toEqual(before);
  });

  // Anyone may end a relation of theirs: who may not gets NOT_FOUND, above.
  const guarded = rows.filter(({ mutation }) => mutation !== 'endRelation');

  test.each(guarded.map((row) => [row.mutation, row] as const))('%s by who may not', async (mutation, row) => {
    const company = await fullCompany(baton);
    const [person, kind] = row.by === handed ? [company.ben, 'MEMBER'] : [company.handed, 'CUSTOMER'];
    const input = await row.done(company);

    const records = await added(company, async () =>
      expect(await run(mutation, person.token, input)).toBe('FORBIDDEN'),
    );

    expect(records).toMatchObject([
      {
        action: mutation,
        outcome: 'REFUSED',
        code: 'FORBIDDEN',
        actor: person.id,
        actorKind: kind,
        actorName: person.name,
      },
    ]);
  });

  test.each(rows.map((row) => [row.mutation, row] as const))('%s by nobody leaves none', async (mutation, row) => {
    const company = await fullCompany(baton);
    const input = await row.done(company);

    const records = await added(company, async () => expect(await run(mutation, null, input)).toBe('UNAUTHENTICATED'));

    expect(records).toEqual([]);
  });
});

describe('what the log says of a transfer', () => {
  test('its record leads to each customer and who got them', async () => {
    const company = await fullCompany(baton);
    const [, , third, fourth] = company.customers;
    const id = await handOver(baton, company, [fourth!, third!], [company.ben, company.ana]);

    const records = (await log(company)).filter(({ transferId }) => transferId === id);
    const submitted = records.find(({ action }) => action === 'transferCustomers');
    const { data } = await baton.ask<{
      node: { items: { nodes: unknown[] }; auditEvents: { nodes: { id: string }[] } };
    }>(
      company.admin.token,
      `query ($id: ID!) { node(id: $id) { ... on Transfer {
        auditEvents(first: 100) { nodes { id } }
        items(first: 100) { nodes { status customer { name } leaver { name } successor { name } } } } } }`,
      { id: submitted?.['transferId'] },
    );

    expect(records.map(({ action, outcome, actorName }) => [action, outcome, actorName])).toEqual([
      ...Array.from({ length: records.length - 1 }, () => ['takeOver', 'SUCCESS', expect.any(String) as string]),
      ['transferCustomers', 'SUCCESS', 'Ada'],
    ]);
    expect(records.length).toBeGreaterThan(1);
    expect(data.node.auditEvents.nodes.map((record) => record.id)).toEqual(records.map((record) => record['id']));
    expect(data.node.items.nodes).toEqual([
      { status: 'COMPLETED', customer: { name: 'Customer 4' }, leaver: { name: 'Lee' }, successor: { name: 'Ben' } },
      { status: 'COMPLETED', customer: { name: 'Customer 3' }, leaver: { name: 'Lee' }, successor: { name: 'Ana' } },
    ]);
  });

  test('each filter of the log answers what it names, and no more', async () => {
    const company = await fullCompany(baton);
    await run('updateSettings', company.ana.token, { waitHours: 7 });
    await run('updateRelation', company.ana.token, { relationId: company.ids.Relation, remark: 'changed' });

    const find = async (filter: object) => {
      const { data } = await baton.ask<{ auditEvents: { nodes: { action: string; outcome: string }[] } }>(
        company.admin.token,
        'query ($filter: AuditEventFilter) { auditEvents(filter: $filter) { nodes { action outcome } } }',
        { filter },
      );
      return data.auditEvents.nodes.map(({ action, outcome }) => `${action} ${outcome}`).sort();
    };

    expect(await find({ actorId: company.ana.id })).toEqual(['updateRelation SUCCESS', 'updateSettings REFUSED']);
    expect(await find({ outcome: 'REFUSED' })).toEqual(['updateSettings REFUSED']);
    expect(await find({ action: ['updateRelation', 'takeOver'] })).toEqual([
      'takeOver SUCCESS',
      'updateRelation SUCCESS',
    ]);
    expect(await find({ transferId: company.ids.Transfer })).toEqual(['takeOver SUCCESS', 'transferCustomers SUCCESS']);
    expect(await find({ before: baton.clock.now().toISOString() })).toEqual([]);
    expect(await find({ after: baton.clock.now().toISOString() })).toHaveLength(5);
  });
});
