import { describe, expect, test } from 'vitest';
import { schema } from '../../src/app/schema.js';
import { openTestApp } from '../support/app.js';
import { openEventStream } from '../support/event-stream.js';
import { everythingOf, fullCompany, type FullCompany, type NodeType } from '../support/full-company.js';
import { occur } from '../features/inbox/inbox-seed.js';

const baton = await openTestApp();
const here = await fullCompany(baton);
const elsewhere = await fullCompany(baton);

/** Everybody who may ask: in the company, nowhere, and as an administrator of another one. */
const callers = ['administrator', 'member', 'customer', 'nobody', 'stranger'] as const;
type Caller = (typeof callers)[number];

function tokenOf(caller: Caller, company: FullCompany): string | null {
  return {
    administrator: company.admin.token,
    member: company.ana.token,
    customer: company.handed.token,
    nobody: null,
    stranger: elsewhere.admin.token,
  }[caller];
}

/** `allowed`: the answer shows what was asked for. `empty`: an answer without it. Otherwise the code of the refusal. */
type Expected = 'allowed' | 'empty' | 'FORBIDDEN' | 'UNAUTHENTICATED' | 'NOT_FOUND';
type Rights = readonly [
  administrator: Expected,
  member: Expected,
  customer: Expected,
  nobody: Expected,
  stranger: Expected,
];

const everyone: Rights = ['allowed', 'allowed', 'allowed', 'UNAUTHENTICATED', 'empty'];
const members: Rights = ['allowed', 'allowed', 'FORBIDDEN', 'UNAUTHENTICATED', 'empty'];
const administrators: Rights = ['allowed', 'FORBIDDEN', 'FORBIDDEN', 'UNAUTHENTICATED', 'empty'];

interface Row {
  readonly operation: string;
  readonly document: string;
  readonly variables?: (company: FullCompany) => Record<string, unknown>;
  /** What an allowed answer has in it. */
  readonly shows: (company: FullCompany) => string;
  readonly rights: Rights;
}

const queries: readonly Row[] = [
  {
    operation: 'node',
    document: 'query ($id: ID!) { node(id: $id) { __typename } }',
    variables: ({ ids }) => ({ id: ids.Customer }),
    shows: () => '"Customer"',
    rights: everyone,
  },
  ...['messages', 'inheritedMessages'].map((field): Row => ({
    operation: 'node',
    document: `query ($id: ID!) { node(id: $id) { ... on Relation { ${field} { nodes { text } } } } }`,
    variables: ({ ids }) => ({ id: ids.Relation }),
    shows: () => '"Hello"',
    rights: ['empty', 'allowed', 'empty', 'UNAUTHENTICATED', 'empty'],
  })),
  {
    operation: 'searchMessages',
    document: '{ searchMessages(text: "hello") { nodes { message { text } } } }',
    shows: () => '"Hello"',
    rights: ['empty', 'allowed', 'FORBIDDEN', 'UNAUTHENTICATED', 'empty'],
  },
  {
    operation: 'nodes',
    document: 'query ($ids: [ID!]!) { nodes(ids: $ids) { __typename } }',
    variables: ({ ids }) => ({ ids: [ids.Customer, ids.Relation] }),
    shows: () => '[{"__typename":"Customer"},{"__typename":"Relation"}]',
    rights: everyone,
  },
  {
    operation: 'viewer',
    document: '{ viewer { enterprise { id } } }',
    shows: ({ ids }) => ids.Enterprise,
    rights: everyone,
  },
  { operation: 'enterprise', document: '{ enterprise { id } }', shows: ({ ids }) => ids.Enterprise, rights: everyone },
  {
    operation: 'departments',
    document: '{ departments { nodes { id } } }',
    shows: ({ ids }) => ids.Department,
    rights: members,
  },
  { operation: 'members', document: '{ members { nodes { id } } }', shows: ({ ben }) => ben.id, rights: members },
  {
    operation: 'member',
    document: '{ member(userId: "ben") { id } }',
    shows: ({ ben }) => ben.id,
    rights: members,
  },
  {
    operation: 'departedMembers',
    document: '{ departedMembers { nodes { id } } }',
    shows: ({ leaver }) => leaver.id,
    rights: administrators,
  },
  {
    operation: 'administrators',
    document: '{ administrators { nodes { member { id } } } }',
    shows: ({ admin }) => admin.id,
    rights: administrators,
  },
  {
    operation: 'customers',
    document: '{ customers { nodes { id } } }',
    shows: ({ handed }) => handed.id,
    rights: everyone,
  },
  {
    operation: 'customers',
    document: '{ customers { nodes { id } } }',
    shows: ({ kept }) => kept.id,
    rights: ['allowed', 'empty', 'empty', 'UNAUTHENTICATED', 'empty'],
  },
  {
    operation: 'customer',
    document: 'query ($externalUserId: String!) { customer(externalUserId: $externalUserId) { id } }',
    variables: ({ externalUserId }) => ({ externalUserId }),
    shows: ({ handed }) => handed.id,
    rights: everyone,
  },
  {
    operation: 'tagGroups',
    document: '{ tagGroups { nodes { id } } }',
    shows: ({ ids }) => ids.TagGroup,
    rights: members,
  },
  {
    operation: 'customerGroups',
    document: '{ customerGroups { nodes { id } } }',
    shows: ({ ids }) => ids.CustomerGroup,
    rights: members,
  },
  {
    operation: 'customerGroups',
    document: '{ customerGroups { nodes { id } } }',
    shows: ({ leavers }) => leavers.group,
    rights: ['allowed', 'empty', 'FORBIDDEN', 'UNAUTHENTICATED', 'empty'],
  },
  {
    operation: 'customerGroup',
    document: 'query ($chatId: String!) { customerGroup(chatId: $chatId) { id } }',
    variables: ({ chatId }) => ({ chatId }),
    shows: ({ ids }) => ids.CustomerGroup,
    rights: ['allowed', 'allowed', 'empty', 'UNAUTHENTICATED', 'empty'],
  },
  {
    operation: 'previewTransfer',
    document: `query ($input: PreviewTransferInput!) { previewTransfer(input: $input) {
      preview { successors { member { id } } } } }`,
    variables: ({ leaver, ben }) => ({
      input: { leaverId: leaver.id, selection: { all: true }, successorIds: [ben.id] },
    }),
    shows: ({ ben }) => ben.id,
    rights: administrators,
  },
  {
    operation: 'transfers',
    document: '{ transfers { nodes { id } } }',
    shows: ({ ids }) => ids.Transfer,
    rights: administrators,
  },
  {
    operation: 'statistics',
    document: '{ statistics(by: SUCCESSOR) { nodes { member { id } customers { completed } } } }',
    shows: ({ ana }) => ana.id,
    rights: administrators,
  },
  {
    operation: 'transfer',
    document: 'query ($id: ID!) { transfer(id: $id) { status } }',
    variables: ({ ids }) => ({ id: ids.Transfer }),
    shows: () => '"COMPLETED"',
    rights: administrators,
  },
  {
    operation: 'assignmentRules',
    document: '{ assignmentRules { id } }',
    shows: ({ ids }) => ids.AssignmentRule,
    rights: administrators,
  },
  {
    operation: 'auditEvents',
    document: '{ auditEvents { nodes { id } } }',
    shows: ({ ids }) => ids.AuditEvent,
    rights: administrators,
  },
  {
    operation: 'verifyAudit',
    document: '{ verifyAudit { isComplete bad { fault } } }',
    shows: () => '{"isComplete":true,"bad":null}',
    rights: ['allowed', 'FORBIDDEN', 'FORBIDDEN', 'UNAUTHENTICATED', 'allowed'],
  },
  {
    operation: 'assignmentNotifications',
    document: '{ assignmentNotifications { nodes { id } } }',
    shows: ({ ids }) => ids.AssignmentNotification,
    rights: ['empty', 'allowed', 'FORBIDDEN', 'UNAUTHENTICATED', 'empty'],
  },
  {
    operation: 'customerNotices',
    document: '{ customerNotices { nodes { id } } }',
    shows: ({ ids }) => ids.CustomerNotice,
    rights: ['FORBIDDEN', 'FORBIDDEN', 'allowed', 'UNAUTHENTICATED', 'FORBIDDEN'],
  },
];

interface Change {
  readonly operation: string;
  readonly input: (company: FullCompany) => object;
  /** Selected in the payload beside the user errors. */
  readonly payload: string;
  /** What the payload of an allowed call has in it; without it, that there is no user error says enough. */
  readonly shows?: (company: FullCompany) => string;
  readonly rights: Rights;
}

const byAdministrators: Rights = ['allowed', 'FORBIDDEN', 'FORBIDDEN', 'UNAUTHENTICATED', 'NOT_FOUND'];
const byMembers: Rights = ['allowed', 'allowed', 'FORBIDDEN', 'UNAUTHENTICATED', 'NOT_FOUND'];

const hello = { sentAt: '2026-01-01T00:00:00.000Z', direction: 'FROM_MEMBER', text: 'Hello' };

const mutations: readonly Change[] = [
  ...(['acceptTakeover', 'declineTakeover'] as const).map((operation) => ({
    operation,
    input: ({ ids }: FullCompany) => ({ transferId: ids.Transfer }),
    payload: 'takeover { status }',
    rights: ['FORBIDDEN', 'FORBIDDEN', 'TOO_LATE', 'UNAUTHENTICATED', 'FORBIDDEN'] as never,
  })),
  {
    operation: 'endRelation',
    input: ({ ids }) => ({ relationId: ids.Relation }),
    payload: 'end',
    rights: ['allowed', 'allowed', 'allowed', 'UNAUTHENTICATED', 'NOT_FOUND'],
  },
  {
    operation: 'endRelation',
    input: ({ leavers }) => ({ relationId: leavers.relation }),
    payload: 'end',
    rights: ['allowed', 'NOT_FOUND', 'NOT_FOUND', 'UNAUTHENTICATED', 'NOT_FOUND'],
  },
  ...(['approveTransfer', 'disapproveTransfer'] as const).map((operation) => ({
    operation,
    input: ({ ids }: FullCompany) => ({ transferId: ids.Transfer }),
    payload: 'transfer { id }',
    rights: ['NOT_PENDING', ...byAdministrators.slice(1)] as never,
  })),
  {
    operation: 'cancelTransfer',
    input: ({ ids }) => ({ transferId: ids.Transfer }),
    payload: 'transfer { id }',
    rights: ['TRANSFER_FINISHED', ...byAdministrators.slice(1)] as never,
  },
  {
    operation: 'acknowledgeNotifications',
    input: ({ ids }) => ({ ids: [ids.AssignmentNotification] }),
    payload: 'acknowledgedCount',
    shows: () => '"acknowledgedCount":1',
    rights: ['empty', 'allowed', 'FORBIDDEN', 'UNAUTHENTICATED', 'empty'],
  },
  {
    operation: 'acknowledgeNotices',
    input: ({ ids }) => ({ ids: [ids.CustomerNotice] }),
    payload: 'acknowledgedCount',
    shows: () => '"acknowledgedCount":1',
    rights: ['FORBIDDEN', 'FORBIDDEN', 'allowed', 'UNAUTHENTICATED', 'FORBIDDEN'],
  },
  {
    operation: 'addRelation',
    input: ({ ben, handed }) => ({ memberId: ben.id, customerId: handed.id }),
    payload: 'relation { id }',
    rights: byAdministrators,
  },
  {
    operation: 'createAssignmentRule',
    input: ({ ben }) => ({ name: 'New', successors: [{ memberId: ben.id }] }),
    payload: 'rule { id }',
    rights: byAdministrators,
  },
  {
    operation: 'updateAssignmentRule',
    input: ({ ids }) => ({ ruleId: ids.AssignmentRule, enabled: false }),
    payload: 'rule { id }',
    shows: ({ ids }) => ids.AssignmentRule,
    rights: byAdministrators,
  },
  {
    operation: 'deleteAssignmentRule',
    input: ({ ids }) => ({ ruleId: ids.AssignmentRule }),
    payload: 'assignmentRules { id }',
    shows: () => '"assignmentRules":[]',
    rights: byAdministrators,
  },
  {
    operation: 'reorderAssignmentRules',
    input: ({ ids }) => ({ ruleIds: [ids.AssignmentRule] }),
    payload: 'assignmentRules { id }',
    shows: ({ ids }) => ids.AssignmentRule,
    rights: byAdministrators,
  },
  {
    operation: 'setDefaultAssignment',
    input: ({ ben }) => ({ successors: [{ memberId: ben.id }] }),
    payload: 'rule { name }',
    shows: () => 'Default assignment',
    rights: byAdministrators,
  },
  {
    operation: 'createCustomer',
    input: ({ ana }) => ({ externalUserId: 'new', name: 'New', kind: 'WECHAT', servedBy: ana.id }),
    payload: 'customer { id }',
    rights: byMembers,
  },
  {
    operation: 'createCustomerGroup',
    input: ({ ana, handed, ben }) => ({
      chatId: 'new',
      name: 'New',
      ownerId: ana.id,
      memberIds: [ben.id],
      customerIds: [handed.id],
    }),
    payload: 'customerGroup { id }',
    rights: ['allowed', 'allowed', 'FORBIDDEN', 'UNAUTHENTICATED', 'NOT_FOUND'],
  },
  {
    operation: 'createMember',
    input: ({ ids }) => ({ userId: 'new', name: 'New', departmentId: ids.Department }),
    payload: 'member { id }',
    rights: byAdministrators,
  },
  {
    operation: 'createTag',
    input: ({ ids }) => ({ kind: 'CORP', name: 'New', groupId: ids.TagGroup }),
    payload: 'tag { id }',
    rights: byAdministrators,
  },
  {
    operation: 'createTagGroup',
    input: () => ({ name: 'New' }),
    payload: 'tagGroup { id }',
    rights: ['allowed', 'FORBIDDEN', 'FORBIDDEN', 'UNAUTHENTICATED', 'allowed'],
  },
  {
    operation: 'deleteTag',
    input: ({ ids }) => ({ tagId: ids.Tag }),
    payload: 'deletedTagId',
    rights: byAdministrators,
  },
  {
    operation: 'deleteTag',
    input: ({ personalTag }) => ({ tagId: personalTag }),
    payload: 'deletedTagId',
    rights: ['NOT_FOUND', 'allowed', 'FORBIDDEN', 'UNAUTHENTICATED', 'NOT_FOUND'],
  },
  {
    operation: 'deleteTagGroup',
    input: ({ ids }) => ({ tagGroupId: ids.TagGroup }),
    payload: 'deletedTagGroupId',
    rights: ['TAG_GROUP_NOT_EMPTY', ...byAdministrators.slice(1)] as never,
  },
  {
    operation: 'readConversation',
    input: ({ leaver, ids }) => ({ memberId: leaver.id, customerId: ids.Customer, reason: 'A complaint' }),
    payload: 'messages { nodes { text } }',
    shows: () => '"Hello"',
    rights: ['allowed', 'FORBIDDEN', 'FORBIDDEN', 'UNAUTHENTICATED', 'NOT_FOUND'],
  },
  {
    operation: 'recordConversation',
    input: ({ ids }) => ({ relationId: ids.Relation, messages: [hello] }),
    payload: 'archivedCount',
    shows: () => '"archivedCount":1',
    rights: byMembers,
  },
  {
    operation: 'recordConversation',
    input: ({ leavers }) => ({ relationId: leavers.relation, messages: [hello] }),
    payload: 'archivedCount',
    shows: () => '"archivedCount":0',
    rights: ['allowed', 'NOT_FOUND', 'FORBIDDEN', 'UNAUTHENTICATED', 'NOT_FOUND'],
  },
  {
    operation: 'setArchiveConsent',
    input: () => ({ agreed: false }),
    payload: 'customer { archiveConsentAt }',
    shows: () => '"archiveConsentAt":null',
    rights: ['FORBIDDEN', 'FORBIDDEN', 'allowed', 'UNAUTHENTICATED', 'FORBIDDEN'],
  },
  {
    operation: 'reinstateMember',
    input: ({ leaver }) => ({ memberId: leaver.id }),
    payload: 'member { id }',
    rights: byAdministrators,
  },
  {
    operation: 'resignMember',
    input: ({ ben }) => ({ memberId: ben.id }),
    payload: 'member { id }',
    rights: byAdministrators,
  },
  {
    operation: 'resignMember',
    input: ({ ana }) => ({ memberId: ana.id, autoAssign: true }),
    payload: 'transfer { id }',
    rights: byAdministrators,
  },
  {
    operation: 'resignMember',
    input: ({ ben }) => ({ memberId: ben.id, lastDay: '2026-12-31' }),
    payload: 'member { lastDay }',
    shows: () => '"lastDay":"2026-12-31"',
    rights: byAdministrators,
  },
  {
    operation: 'grantRights',
    input: ({ ben, ids }) => ({ memberId: ben.id, rights: ['VIEW'], departmentIds: [ids.Department] }),
    payload: 'member { id }',
    rights: byAdministrators,
  },
  {
    operation: 'revokeRights',
    input: ({ ben }) => ({ memberId: ben.id }),
    payload: 'member { id }',
    rights: byAdministrators,
  },
  {
    operation: 'cancelResignation',
    input: ({ ben }) => ({ memberId: ben.id }),
    payload: 'member { id }',
    rights: byAdministrators,
  },
  {
    operation: 'tagRelations',
    input: ({ ids }) => ({ relationIds: [ids.Relation], removeTagIds: [ids.Tag] }),
    payload: 'relations { id }',
    rights: byMembers,
  },
  {
    operation: 'tagRelations',
    input: ({ ids, leavers }) => ({ relationIds: [leavers.relation], addTagIds: [ids.Tag] }),
    payload: 'relations { id }',
    rights: ['allowed', 'NOT_FOUND', 'FORBIDDEN', 'UNAUTHENTICATED', 'NOT_FOUND'],
  },
  {
    operation: 'tagRelations',
    input: ({ ids, leaver }) => ({ selection: { memberId: leaver.id, filter: {} }, addTagIds: [ids.Tag] }),
    payload: 'changedCount',
    shows: () => '"changedCount":2',
    rights: ['allowed', 'NOT_FOUND', 'FORBIDDEN', 'UNAUTHENTICATED', 'NOT_FOUND'],
  },
  {
    operation: 'transferCustomers',
    input: ({ leaver, ben }) => ({ leaverId: leaver.id, selection: { all: true }, successorIds: [ben.id] }),
    payload: 'transfer { id }',
    rights: byAdministrators,
  },
  {
    operation: 'transferCustomers',
    input: ({ leaver, ben }) => ({
      leaverId: leaver.id,
      selection: { all: true },
      successorIds: [ben.id],
      dryRun: true,
    }),
    payload: 'preview { accepted }',
    rights: byAdministrators,
  },
  {
    operation: 'transferGroups',
    input: ({ leaver, ben }) => ({ leaverId: leaver.id, selection: { all: true }, successorIds: [ben.id] }),
    payload: 'transfer { id }',
    rights: byAdministrators,
  },
  {
    operation: 'retryTransfer',
    input: ({ ids }) => ({ transferId: ids.Transfer, statuses: ['REFUSED'] }),
    payload: 'transfer { id }',
    rights: ['EMPTY_SELECTION', ...byAdministrators.slice(1)] as never,
  },
  {
    operation: 'undoTransfer',
    input: ({ ids }) => ({ transferId: ids.Transfer }),
    payload: 'transfer { id }',
    rights: byAdministrators,
  },
  {
    operation: 'updateMember',
    input: ({ ben, ids }) => ({ memberId: ben.id, departmentId: ids.Department }),
    payload: 'member { id }',
    rights: byAdministrators,
  },
  {
    operation: 'updateCustomer',
    input: ({ handed }) => ({ customerId: handed.id, city: 'Berlin' }),
    payload: 'customer { id }',
    rights: byMembers,
  },
  {
    operation: 'updateCustomer',
    input: ({ kept }) => ({ customerId: kept.id, city: 'Berlin' }),
    payload: 'customer { id }',
    rights: ['allowed', 'NOT_FOUND', 'FORBIDDEN', 'UNAUTHENTICATED', 'NOT_FOUND'],
  },
  {
    operation: 'updateRelation',
    input: ({ ids }) => ({ relationId: ids.Relation, remark: 'changed' }),
    payload: 'relation { id }',
    rights: byMembers,
  },
  {
    operation: 'updateRelation',
    input: ({ leavers }) => ({ relationId: leavers.relation, remark: 'changed' }),
    payload: 'relation { id }',
    rights: ['allowed', 'NOT_FOUND', 'FORBIDDEN', 'UNAUTHENTICATED', 'NOT_FOUND'],
  },
  {
    operation: 'updateTag',
    input: ({ ids }) => ({ tagId: ids.Tag, name: 'changed' }),
    payload: 'tag { id }',
    rights: byAdministrators,
  },
  {
    operation: 'updateTag',
    input: ({ personalTag }) => ({ tagId: personalTag, name: 'changed' }),
    payload: 'tag { id }',
    rights: ['NOT_FOUND', 'allowed', 'FORBIDDEN', 'UNAUTHENTICATED', 'NOT_FOUND'],
  },
  {
    operation: 'updateTagGroup',
    input: ({ ids }) => ({ tagGroupId: ids.TagGroup, name: 'changed' }),
    payload: 'tagGroup { id }',
    rights: byAdministrators,
  },
  {
    operation: 'updateSettings',
    input: () => ({ waitHours: 7 }),
    payload: 'enterprise { id }',
    shows: ({ ids }) => ids.Enterprise,
    rights: administrators,
  },
];

/** Inboxes are one's own: after an event for Ana or the customer, and one for the caller, the first that comes tells. */
const subscriptions: readonly (Pick<Row, 'operation' | 'document' | 'rights'> & {
  readonly owner?: (company: FullCompany) => string;
})[] = [
  {
    operation: 'assignmentNotifications',
    document: 'subscription { assignmentNotifications { ... on AssignmentNotification { note } } }',
    owner: ({ ana }) => ana.uuid,
    rights: ['empty', 'allowed', 'FORBIDDEN', 'UNAUTHENTICATED', 'empty'],
  },
  {
    operation: 'customerNotices',
    document: 'subscription { customerNotices { ... on CustomerNotice { leaverName } } }',
    owner: ({ handed }) => handed.uuid,
    rights: ['FORBIDDEN', 'FORBIDDEN', 'allowed', 'UNAUTHENTICATED', 'FORBIDDEN'],
  },
  {
    operation: 'poolChanged',
    document: 'subscription { poolChanged { member { id } } }',
    rights: administrators,
  },
  {
    operation: 'transferProgress',
    document: 'subscription ($id: ID!) { transferProgress(id: $id) { status } }',
    rights: ['allowed', 'FORBIDDEN', 'FORBIDDEN', 'UNAUTHENTICATED', 'NOT_FOUND'],
  },
];

type Errors = readonly { extensions: { code: string } }[] | undefined;

function outcome(data: unknown, errors: Errors, shown: string | undefined): string {
  if (errors?.[0]) return errors[0].extensions.code;
  const text = JSON.stringify(data);
  const refused = /"userErrors":\[\{"code":"(\w+)"/.exec(text)?.[1];
  if (refused !== undefined) return refused;
  return shown === undefined || text.includes(shown) ? 'allowed' : 'empty';
}

/** What of the company an answer gives away, other than the ids that were asked about. */
function givenAway(company: FullCompany, data: unknown, asked: unknown): string[] {
  const [answered, known] = [JSON.stringify(data ?? null), JSON.stringify(asked ?? null)];
  return company.everyId.filter((id) => answered.includes(id) && !known.includes(id));
}

const casesOf = <R extends { operation: string; rights: Rights }>(rows: readonly R[]) =>
  rows.flatMap((row) =>
    callers.map((caller, index) => [row.operation, caller, row.rights[index] as Expected, row] as const),
  );

describe('every operation has a row', () => {
  test.each([
    ['queries', schema.getQueryType(), queries],
    ['mutations', schema.getMutationType(), mutations],
    ['subscriptions', schema.getSubscriptionType(), subscriptions],
  ] as const)('%s', (_kind, type, rows) => {
    const operations = Object.keys(type?.getFields() ?? {}).sort();

    const covered = [...new Set(rows.map(({ operation }) => operation))].sort();

    expect(covered).toEqual(operations);
  });
});

describe('a query shows what is theirs, and no more', () => {
  test.each(casesOf(queries))('%s, asked by %s: %s', async (_operation, caller, expected, row) => {
    const variables = row.variables?.(here) ?? {};

    const { data, errors } = await baton.ask<unknown>(tokenOf(caller, here), row.document, variables);

    expect(outcome(data, errors, row.shows(here))).toBe(expected);
    if (expected !== 'allowed' && caller === 'stranger') expect(givenAway(here, data, variables)).toEqual([]);
  });
});

describe('a mutation changes what is theirs; a refused one changes nothing', () => {
  test.each(casesOf(mutations))('%s, asked by %s: %s', async (operation, caller, expected, row) => {
    const company = expected === 'allowed' ? await fullCompany(baton) : here;
    const before = await everythingOf(baton, company.enterpriseId);
    const input = row.input(company);

    const type = `${operation.charAt(0).toUpperCase()}${operation.slice(1)}Input!`;
    const { data, errors } = await baton.ask<unknown>(
      tokenOf(caller, company),
      `mutation ($input: ${type}) { ${operation}(input: $input) { ${row.payload} userErrors { code } } }`,
      { input },
    );

    expect(outcome(data, errors, row.shows?.(company))).toBe(expected);
    if (expected !== 'allowed') {
      const after = await everythingOf(baton, company.enterpriseId);
      if (expected === 'empty' && caller === 'administrator') before['audit_event'] = after['audit_event']!;
      expect(after).toEqual(before);
      if (caller === 'stranger') expect(givenAway(company, data, input)).toEqual([]);
    }
  });
});

describe('a subscription pushes what is theirs', () => {
  test.each(casesOf(subscriptions))('%s, asked by %s: %s', async (_operation, caller, expected, row) => {
    const stream = await openEventStream(baton, tokenOf(caller, here), row.document, { id: here.ids.Transfer });
    if (row.owner) {
      const type = row.operation === 'customerNotices' ? 'TAKEOVER_COMPLETED' : 'CUSTOMERS_ASSIGNED';
      await occur(baton.app.db, { enterpriseId: here.enterpriseId, recipientId: row.owner(here) }, { first: 1, type });
      const caller_ = { administrator: here.admin, stranger: elsewhere.admin }[caller as string];
      const enterpriseId = caller === 'stranger' ? elsewhere.enterpriseId : here.enterpriseId;
      if (caller_) await occur(baton.app.db, { enterpriseId, recipientId: caller_.uuid }, { first: 2, type });
      baton.app.wakeup.wake();
    }

    const { data, errors } = await stream.next();
    await stream.close();

    const shown = {
      assignmentNotifications: '"note":"1"',
      customerNotices: '"Lea"',
      poolChanged: here.leaver.id,
      transferProgress: '"COMPLETED"',
    };
    expect(outcome(data, errors, shown[row.operation as keyof typeof shown])).toBe(expected);
  });
});

describe('one object by its id', () => {
  const table: readonly (readonly [string, NodeType, (company: FullCompany) => string, Rights])[] = [
    ['the company', 'Enterprise', ({ ids }) => ids.Enterprise, everyone],
    ['a department', 'Department', ({ ids }) => ids.Department, all('allowed', 'allowed', 'empty')],
    ['who serves the customer', 'Member', ({ ana }) => ana.id, everyone],
    ['a colleague', 'Member', ({ ben }) => ben.id, all('allowed', 'allowed', 'empty')],
    ['a customer', 'Customer', ({ handed }) => handed.id, everyone],
    ["another member's customer", 'Customer', ({ kept }) => kept.id, all('allowed', 'empty', 'empty')],
    ['a relation', 'Relation', ({ ids }) => ids.Relation, everyone],
    ["another member's relation", 'Relation', ({ leavers }) => leavers.relation, all('allowed', 'empty', 'empty')],
    ['a tag group', 'TagGroup', ({ ids }) => ids.TagGroup, all('allowed', 'allowed', 'empty')],
    ['a tag', 'Tag', ({ ids }) => ids.Tag, all('allowed', 'allowed', 'empty')],
    ["a member's own tag", 'Tag', ({ personalTag }) => personalTag, all('empty', 'allowed', 'empty')],
    ['a group', 'CustomerGroup', ({ ids }) => ids.CustomerGroup, all('allowed', 'allowed', 'empty')],
    ["another member's group", 'CustomerGroup', ({ leavers }) => leavers.group, all('allowed', 'empty', 'empty')],
    ['a transfer', 'Transfer', ({ ids }) => ids.Transfer, all('allowed', 'empty', 'empty')],
    ['an item', 'TransferItem', ({ ids }) => ids.TransferItem, all('allowed', 'empty', 'empty')],
    ['a rule', 'AssignmentRule', ({ ids }) => ids.AssignmentRule, all('allowed', 'empty', 'empty')],
    ['an audit record', 'AuditEvent', ({ ids }) => ids.AuditEvent, all('allowed', 'empty', 'empty')],
    [
      "a member's notification",
      'AssignmentNotification',
      ({ ids }) => ids.AssignmentNotification,
      all('empty', 'allowed', 'empty'),
    ],
    ["a customer's notice", 'CustomerNotice', ({ ids }) => ids.CustomerNotice, all('empty', 'empty', 'allowed')],
  ];

  test('every type of node has a row', () => {
    const types = schema.getPossibleTypes(schema.getType('Node') as never).map(({ name }) => name);

    const covered = new Set<string>(table.map(([, type]) => type));

    expect([...covered].sort()).toEqual(types.sort());
  });

  test.each(
    table.flatMap(([what, type, id, rights]) =>
      callers.map((caller, i) => [what, caller, rights[i], type, id] as const),
    ),
  )('%s, asked for by %s: %s', async (_what, caller, expected, type, id) => {
    const variables = { id: id(here) };

    const { data, errors } = await baton.ask<unknown>(
      tokenOf(caller, here),
      'query ($id: ID!) { node(id: $id) { __typename id } }',
      variables,
    );

    expect(outcome(data, errors, `"__typename":"${type}"`)).toBe(expected);
    if (expected === 'empty') expect(data).toEqual({ node: null });
  });

  function all(administrator: Expected, member: Expected, customer: Expected): Rights {
    return [administrator, member, customer, 'UNAUTHENTICATED', 'empty'];
  }
});

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
