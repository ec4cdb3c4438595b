import type { FullCompany, NodeType } from '../support/full-company.js';

/** A query, and what is asked of one company with it. */
export interface QueryRow {
  readonly query: string;
  /** What is asked for, where a query has more than one row. */
  readonly of?: string;
  readonly document: string;
  readonly variables?: (company: FullCompany) => Record<string, unknown>;
  /** What an answer has in it that shows it. */
  readonly shows: (company: FullCompany) => string;
}

const nodeRows: readonly (readonly [of: string, type: NodeType, id: (company: FullCompany) => string])[] = [
  ['the company', 'Enterprise', ({ ids }) => ids.Enterprise],
  ['a department', 'Department', ({ ids }) => ids.Department],
  ['who serves the customer', 'Member', ({ ana }) => ana.id],
  ['a colleague', 'Member', ({ ben }) => ben.id],
  ['a customer', 'Customer', ({ handed }) => handed.id],
  ["the leaver's customer", 'Customer', ({ kept }) => kept.id],
  ['a relation', 'Relation', ({ ids }) => ids.Relation],
  ["the leaver's relation", 'Relation', ({ leavers }) => leavers.relation],
  ['a tag group', 'TagGroup', ({ ids }) => ids.TagGroup],
  ['a tag', 'Tag', ({ ids }) => ids.Tag],
  ["the successor's own tag", 'Tag', ({ personalTag }) => personalTag],
  ['a group', 'CustomerGroup', ({ ids }) => ids.CustomerGroup],
  ["the leaver's group", 'CustomerGroup', ({ leavers }) => leavers.group],
  ['a transfer', 'Transfer', ({ ids }) => ids.Transfer],
  ['an item', 'TransferItem', ({ ids }) => ids.TransferItem],
  ['a rule', 'AssignmentRule', ({ ids }) => ids.AssignmentRule],
  ['an audit record', 'AuditEvent', ({ ids }) => ids.AuditEvent],
  ["the successor's notification", 'AssignmentNotification', ({ ids }) => ids.AssignmentNotification],
  ["the customer's notice", 'CustomerNotice', ({ ids }) => ids.CustomerNotice],
];

/** One row or more for each query there is; of `node`, one for each type that it can answer. */
export const queryRows: readonly QueryRow[] = [
  ...nodeRows.map(([of, type, id]): QueryRow => ({
    query: 'node',
    of,
    document: 'query ($id: ID!) { node(id: $id) { __typename } }',
    variables: (company) => ({ id: id(company) }),
    shows: () => `"${type}"`,
  })),
  ...['messages', 'inheritedMessages'].map((field): QueryRow => ({
    query: 'node',
    of: `${field} of a relation`,
    document: `query ($id: ID!) { node(id: $id) { ... on Relation { ${field} { nodes { text } } } } }`,
    variables: ({ ids }) => ({ id: ids.Relation }),
    shows: () => '"Hello"',
  })),
  {
    query: 'searchMessages',
    document: '{ searchMessages(text: "hello") { nodes { message { text } } } }',
    shows: () => '"Hello"',
  },
  {
    query: 'nodes',
    document: 'query ($ids: [ID!]!) { nodes(ids: $ids) { __typename } }',
    variables: ({ ids }) => ({ ids: [ids.Customer, ids.Relation] }),
    shows: () => '[{"__typename":"Customer"},{"__typename":"Relation"}]',
  },
  {
    query: 'viewer',
    document: '{ viewer { enterprise { id } } }',
    shows: ({ ids }) => ids.Enterprise,
  },
  { query: 'enterprise', document: '{ enterprise { id } }', shows: ({ ids }) => ids.Enterprise },
  {
    query: 'departments',
    document: '{ departments { nodes { id } } }',
    shows: ({ ids }) => ids.Department,
  },
  { query: 'members', document: '{ members { nodes { id } } }', shows: ({ ben }) => ben.id },
  {
    query: 'member',
    document: '{ member(userId: "ben") { id } }',
    shows: ({ ben }) => ben.id,
  },
  {
    query: 'departedMembers',
    document: '{ departedMembers { nodes { id } } }',
    shows: ({ leaver }) => leaver.id,
  },
  {
    query: 'administrators',
    document: '{ administrators { nodes { member { id } } } }',
    shows: ({ admin }) => admin.id,
  },
  {
    query: 'customers',
    of: 'handed over',
    document: '{ customers { nodes { id } } }',
    shows: ({ handed }) => handed.id,
  },
  {
    query: 'customers',
    of: "the leaver's",
    document: '{ customers { nodes { id } } }',
    shows: ({ kept }) => kept.id,
  },
  {
    query: 'customer',
    document: 'query ($externalUserId: String!) { customer(externalUserId: $externalUserId) { id } }',
    variables: ({ externalUserId }) => ({ externalUserId }),
    shows: ({ handed }) => handed.id,
  },
  {
    query: 'tagGroups',
    document: '{ tagGroups { nodes { id } } }',
    shows: ({ ids }) => ids.TagGroup,
  },
  {
    query: 'customerGroups',
    of: "the successor's",
    document: '{ customerGroups { nodes { id } } }',
    shows: ({ ids }) => ids.CustomerGroup,
  },
  {
    query: 'customerGroups',
    of: "the leaver's",
    document: '{ customerGroups { nodes { id } } }',
    shows: ({ leavers }) => leavers.group,
  },
  {
    query: 'customerGroup',
    document: 'query ($chatId: String!) { customerGroup(chatId: $chatId) { id } }',
    variables: ({ chatId }) => ({ chatId }),
    shows: ({ ids }) => ids.CustomerGroup,
  },
  {
    query: 'previewTransfer',
    document: `query ($input: PreviewTransferInput!) { previewTransfer(input: $input) {
      preview { successors { member { id } } } userErrors { code } } }`,
    variables: ({ leaver, ben }) => ({
      input: { leaverId: leaver.id, selection: { all: true }, successorIds: [ben.id] },
    }),
    shows: ({ ben }) => ben.id,
  },
  {
    query: 'transfers',
    document: '{ transfers { nodes { id } } }',
    shows: ({ ids }) => ids.Transfer,
  },
  {
    query: 'statistics',
    document: '{ statistics(by: SUCCESSOR) { nodes { member { id } customers { completed } } } }',
    shows: ({ ana }) => ana.id,
  },
  {
    query: 'transfer',
    document: 'query ($id: ID!) { transfer(id: $id) { status } }',
    variables: ({ ids }) => ({ id: ids.Transfer }),
    shows: () => '"COMPLETED"',
  },
  {
    query: 'assignmentRules',
    document: '{ assignmentRules { id } }',
    shows: ({ ids }) => ids.AssignmentRule,
  },
  {
    query: 'auditEvents',
    document: '{ auditEvents { nodes { id } } }',
    shows: ({ ids }) => ids.AuditEvent,
  },
  {
    query: 'verifyAudit',
    document: '{ verifyAudit { isComplete bad { fault } } }',
    shows: () => '{"isComplete":true,"bad":null}',
  },
  {
    query: 'assignmentNotifications',
    document: '{ assignmentNotifications { nodes { id } } }',
    shows: ({ ids }) => ids.AssignmentNotification,
  },
  {
    query: 'customerNotices',
    document: '{ customerNotices { nodes { id } } }',
    shows: ({ ids }) => ids.CustomerNotice,
  },
];
