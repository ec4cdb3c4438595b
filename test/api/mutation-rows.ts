import { randomUUID } from 'node:crypto';
import { encodeId } from '../../src/graphql/ids.js';
import { begin } from '../features/transfers/begin.js';
import type { TestApp } from '../support/app.js';
import { handOver, type FullCompany } from '../support/full-company.js';
import { contactAdministrator, type Person } from '../support/seed.js';

/** A mutation, done once as it should be, and once as it is refused. */
export interface MutationRow {
  readonly mutation: string;
  /** Who may do it; the super administrator unless given. */
  readonly by?: (company: FullCompany) => Person;
  /** The input with which it is done; it may prepare the company for that. */
  readonly done: (company: FullCompany) => object | Promise<object>;
  /** The object that the record of the success names. */
  readonly subject?: (company: FullCompany) => string;
  /** The input with which it is refused. */
  readonly refused: (company: FullCompany) => object;
  /** To whom, where that is not who may do it. */
  readonly refusedTo?: (company: FullCompany) => Person;
  readonly code: string;
}

/** What archived messages of the rows say. */
export const hello = { sentAt: '2026-01-01T00:00:00.000Z', direction: 'FROM_MEMBER', text: 'Hello' };

/** One row for each mutation there is; what they need is made with `baton`. */
export function mutationRows(baton: TestApp): readonly MutationRow[] {
  const ana = (company: FullCompany) => company.ana;
  const handed = (company: FullCompany) => company.handed;

  return [
    {
      mutation: 'acceptTakeover',
      by: handed,
      done: async (company) => ({ transferId: await underWay(baton, company) }),
      refused: ({ ids }) => ({ transferId: ids.Transfer }),
      code: 'TOO_LATE',
    },
    {
      mutation: 'approveTransfer',
      done: async (company) => ({ transferId: await awaitingApproval(baton, company) }),
      subject: ({ leaver }) => leaver.id,
      refused: ({ ids }) => ({ transferId: ids.Transfer }),
      code: 'NOT_PENDING',
    },
    {
      mutation: 'disapproveTransfer',
      done: async (company) => ({ transferId: await awaitingApproval(baton, company) }),
      subject: ({ leaver }) => leaver.id,
      refused: ({ ids }) => ({ transferId: ids.Transfer }),
      code: 'NOT_PENDING',
    },
    {
      mutation: 'cancelTransfer',
      done: async (company) => ({ transferId: await underWay(baton, company) }),
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
      done: async (company) => ({ transferId: await underWay(baton, company) }),
      subject: ({ ids }) => ids.Relation,
      refused: ({ ids }) => ({ transferId: ids.Transfer }),
      code: 'TOO_LATE',
    },
    {
      mutation: 'acknowledgeNotifications',
      by: ana,
      done: ({ ids }) => ({ ids: [ids.AssignmentNotification] }),
      subject: ({ ana: member }) => member.id,
      refused: () => ({}),
      code: 'BAD_USER_INPUT',
    },
    {
      mutation: 'acknowledgeNotices',
      by: handed,
      done: ({ ids }) => ({ ids: [ids.CustomerNotice] }),
      subject: ({ handed: customer }) => customer.id,
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
      done: async (company) => ({ tagGroupId: await emptyTagGroup(baton, company) }),
      refused: ({ ids }) => ({ tagGroupId: ids.TagGroup }),
      code: 'TAG_GROUP_NOT_EMPTY',
    },
    {
      mutation: 'readConversation',
      done: ({ leaver, ids }) => ({ memberId: leaver.id, customerId: ids.Customer, reason: 'A complaint' }),
      subject: ({ leaver }) => leaver.id,
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
      subject: ({ ids }) => ids.Relation,
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
}

/** A transfer of the customer whom Ana serves, to Ben, who waits in it. */
async function underWay(baton: TestApp, company: FullCompany): Promise<string> {
  await runMutation(baton, 'updateSettings', company.admin.token, { waitHours: 24 });
  return handOver(baton, { ...company, leaver: company.ana }, [company.handed], [company.ben], 'ON_JOB');
}

/** A transfer of all that the leaver still holds, which waits for an approval. */
async function awaitingApproval(baton: TestApp, company: FullCompany): Promise<string> {
  const { admin, enterpriseId, leaver, ben } = company;
  await runMutation(baton, 'updateSettings', admin.token, { approvalAbove: 0 });
  const submitter = await contactAdministrator(baton, enterpriseId, 'Cleo');
  const input = { leaverId: leaver.id, successorIds: [ben.id], selection: { all: true } };
  return begin(baton, submitter, 'transferCustomers', input);
}

async function emptyTagGroup(baton: TestApp, { enterpriseId }: FullCompany): Promise<string> {
  const id = baton.app.ids.next();
  await baton.app.db.prisma.tagGroup.create({ data: { id, enterpriseId, name: 'Empty' } });
  return encodeId('TagGroup', id);
}

/** Runs a mutation; answers the code by which it was refused, undefined when it was done. */
export async function runMutation(
  baton: Pick<TestApp, 'ask'>,
  mutation: string,
  token: string | null,
  input: object,
): Promise<string | undefined> {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input!`;
  const { data, errors } = await baton.ask<Record<string, { userErrors: { code: string }[] }>>(
    token,
    `mutation ($input: ${type}) { ${mutation}(input: $input) { userErrors { code } } }`,
    { input },
  );
  return errors?.[0]?.extensions.code ?? data[mutation]?.userErrors[0]?.code;
}
