import { randomUUID } from 'node:crypto';
import { getNamedType, isInputObjectType, isObjectType, type GraphQLArgument, type GraphQLInputField } from 'graphql';
import { describe, expect, test } from 'vitest';
import { schema } from '../../src/app/schema.js';
import { encodeId, uuidOf } from '../../src/graphql/ids.js';
import { begin } from '../features/transfers/begin.js';
import { openTestApp } from '../support/app.js';
import { openEventStream } from '../support/event-stream.js';
import { everythingOf, fullCompany, handOver, type FullCompany, type NodeType } from '../support/full-company.js';
import { settled } from '../support/settled.js';
import { countStatements } from '../support/count-statements.js';
import { ownGroup, serve, type Person } from '../support/seed.js';

const baton = await openTestApp();
const here = await fullCompany(baton);
const elsewhere = await fullCompany(baton);
/** A group that went to Ana in each of them, and the notification that told her. */
const handedGroups = new Map([
  [here, await handGroupOver(here)],
  [elsewhere, await handGroupOver(elsewhere)],
]);

async function handGroupOver(company: FullCompany): Promise<Partial<Record<NodeType, string>>> {
  const { enterpriseId, leaver: member, ana: successor } = company;
  const group = await ownGroup(baton, { enterpriseId, member, name: 'Regulars' });
  const selection = { groupIds: [group.id] };
  await begin(baton, company.admin, 'transferGroups', { leaverId: member.id, successorIds: [successor.id], selection });
  await baton.app.settle();
  await settled(baton.app.db);
  const { data } = await baton.ask<{ assignmentNotifications: { nodes: { id: string; type: string }[] } }>(
    successor.token,
    '{ assignmentNotifications { nodes { id type } } }',
  );
  const told = data.assignmentNotifications.nodes.find(({ type }) => type === 'GROUPS_ASSIGNED');
  return { CustomerGroup: group.id, AssignmentNotification: told!.id };
}

/** Everywhere an id goes in: the place in the schema, whose id it is, who asks, and what is sent. */
interface Place {
  readonly place: string;
  readonly type: NodeType;
  readonly token?: string;
  readonly document: string;
  readonly variables: (id: string) => Record<string, unknown>;
  /** Ids of other types are as good here. */
  readonly anyType?: boolean;
}

const { admin, ana, ben, leaver, handed, ids } = here;

const find = (place: string, type: NodeType, field: string, filter: (id: string) => object): Place => {
  const filterType = place.split('.')[0];
  return {
    place,
    type,
    document: `query ($filter: ${filterType}) { ${field}(filter: $filter) { totalCount nodes { id } } }`,
    variables: (id) => ({ filter: filter(id) }),
  };
};

const addUp = (place: string, type: NodeType, filter: (id: string) => object): Place => ({
  place,
  type,
  document: `query ($filter: StatisticsFilter) {
    statistics(by: LEAVER, filter: $filter) { totalCount nodes { customers { assigned } } } }`,
  variables: (id) => ({ filter: filter(id) }),
});

const within = (
  place: string,
  type: NodeType,
  parent: string,
  field: string,
  filter: (id: string) => object,
): Place => {
  const filterType = place === 'TagFilter' || place.startsWith('TagFilter') ? 'RelationFilter' : place.split('.')[0];
  const owner = parent === ids.Transfer ? 'Transfer' : 'Member';
  return {
    place,
    type,
    document: `query ($parent: ID!, $filter: ${filterType}) {
      node(id: $parent) { ... on ${owner} { ${field}(filter: $filter) { totalCount nodes { id } } } } }`,
    variables: (id) => ({ parent, filter: filter(id) }),
  };
};

const change = (
  place: string,
  type: NodeType,
  input: (id: string) => object,
  payload = '',
  token = admin.token,
): Place => {
  const selections = {
    RuleConditionInput: 'CreateAssignmentRuleInput',
    RuleSuccessorInput: 'SetDefaultAssignmentInput',
    TransferSelection: 'TransferCustomersInput',
    GroupSelection: 'TransferGroupsInput',
  };
  const own = place.split('.')[0]!;
  const name = selections[own as keyof typeof selections] ?? own;
  const field = name.charAt(0).toLowerCase() + name.slice(1, -'Input'.length);
  return {
    place,
    type,
    token,
    document: `mutation ($input: ${name}!) { ${field}(input: $input) { ${payload} userErrors { code message path } } }`,
    variables: (id) => ({ input: input(id) }),
  };
};

const preview = (place: string, type: NodeType, input: (id: string) => object): Place => ({
  place,
  type,
  token: admin.token,
  document: `query ($input: PreviewTransferInput!) {
    previewTransfer(input: $input) { preview { total } userErrors { code message path } } }`,
  variables: (id) => ({ input: { selection: { all: true }, ...input(id) } }),
});

const hello = { sentAt: '2026-01-01T00:00:00.000Z', direction: 'FROM_MEMBER', text: 'Hello' };

const places: readonly Place[] = [
  {
    place: 'Query.node.id',
    type: 'Customer',
    document: 'query ($id: ID!) { node(id: $id) { id } }',
    variables: (id) => ({ id }),
    anyType: true,
  },
  {
    place: 'Query.nodes.ids',
    type: 'Relation',
    document: 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }',
    variables: (id) => ({ ids: [ids.Customer, id] }),
    anyType: true,
  },
  {
    place: 'Query.searchMessages.relationId',
    type: 'Relation',
    token: ana.token,
    document: 'query ($id: ID!) { searchMessages(text: "hello", relationId: $id) { nodes { message { text } } } }',
    variables: (id) => ({ id }),
  },
  {
    place: 'Query.transfer.id',
    type: 'Transfer',
    document: 'query ($id: ID!) { transfer(id: $id) { id } }',
    variables: (id) => ({ id }),
  },
  {
    place: 'Subscription.poolChanged.memberId',
    type: 'Member',
    document: 'subscription ($id: ID!) { poolChanged(memberId: $id) { left } }',
    variables: (id) => ({ id }),
  },
  {
    place: 'Subscription.transferProgress.id',
    type: 'Transfer',
    document: 'subscription ($id: ID!) { transferProgress(id: $id) { id } }',
    variables: (id) => ({ id }),
  },
  find('AuditEventFilter.actorId', 'Member', 'auditEvents', (actorId) => ({ actorId })),
  find('AuditEventFilter.transferId', 'Transfer', 'auditEvents', (transferId) => ({ transferId })),
  find('CustomerFilter.servedBy', 'Member', 'customers', (servedBy) => ({ servedBy })),
  find('CustomerGroupFilter.ownerId', 'Member', 'customerGroups', (ownerId) => ({ ownerId })),
  find('DepartedMemberFilter.departmentId', 'Department', 'departedMembers', (departmentId) => ({ departmentId })),
  find('MemberFilter.departmentId', 'Department', 'members', (departmentId) => ({ departmentId })),
  addUp('StatisticsFilter.leaverId', 'Member', (leaverId) => ({ leaverId })),
  addUp('StatisticsFilter.successorId', 'Member', (successorId) => ({ successorId })),
  addUp('StatisticsFilter.departmentId', 'Department', (departmentId) => ({ departmentId })),
  addUp('StatisticsFilter.ruleId', 'AssignmentRule', (ruleId) => ({ ruleId })),
  find('TransferFilter.leaverId', 'Member', 'transfers', (leaverId) => ({ leaverId })),
  find('TransferFilter.successorId', 'Member', 'transfers', (successorId) => ({ successorId })),
  within('TransferItemFilter.successorId', 'Member', ids.Transfer, 'items', (successorId) => ({ successorId })),
  within('TagFilter.anyOf', 'Tag', ana.id, 'customers', (id) => ({ tags: { anyOf: [id] } })),
  within('TagFilter.allOf', 'Tag', ana.id, 'customers', (id) => ({ tags: { allOf: [id] } })),
  within('TagFilter.noneOf', 'Tag', ana.id, 'customers', (id) => ({ tags: { noneOf: [id] } })),
  change(
    'AcknowledgeNotificationsInput.ids',
    'AssignmentNotification',
    (id) => ({ ids: [id] }),
    'unreadCount',
    ana.token,
  ),
  change('AcknowledgeNoticesInput.ids', 'CustomerNotice', (id) => ({ ids: [id] }), 'unreadCount', handed.token),
  change('AcceptTakeoverInput.transferId', 'Transfer', (transferId) => ({ transferId }), '', handed.token),
  change('ApproveTransferInput.transferId', 'Transfer', (transferId) => ({ transferId })),
  change('DisapproveTransferInput.transferId', 'Transfer', (transferId) => ({ transferId })),
  change('CancelTransferInput.transferId', 'Transfer', (transferId) => ({ transferId })),
  change('EndRelationInput.relationId', 'Relation', (relationId) => ({ relationId })),
  change('DeclineTakeoverInput.transferId', 'Transfer', (transferId) => ({ transferId }), '', handed.token),
  change('AddRelationInput.memberId', 'Member', (memberId) => ({ memberId, customerId: handed.id })),
  change('AddRelationInput.customerId', 'Customer', (customerId) => ({ memberId: ben.id, customerId })),
  change('AddRelationInput.tagIds', 'Tag', (id) => ({
    memberId: ben.id,
    customerId: handed.id,
    tagIds: [ids.Tag, id],
  })),
  change('UpdateAssignmentRuleInput.ruleId', 'AssignmentRule', (ruleId) => ({ ruleId, enabled: false })),
  change('DeleteAssignmentRuleInput.ruleId', 'AssignmentRule', (ruleId) => ({ ruleId })),
  change('ReorderAssignmentRulesInput.ruleIds', 'AssignmentRule', (id) => ({ ruleIds: [ids.AssignmentRule, id] })),
  change('RuleConditionInput.leaverDepartmentId', 'Department', (leaverDepartmentId) => ({
    name: 'New',
    condition: { leaverDepartmentId },
    successors: [{ memberId: ben.id }],
  })),
  change('RuleSuccessorInput.memberId', 'Member', (memberId) => ({ successors: [{ memberId: ben.id }, { memberId }] })),
  change('RuleSuccessorInput.departmentId', 'Department', (departmentId) => ({ successors: [{ departmentId }] })),
  change('CreateCustomerGroupInput.ownerId', 'Member', (ownerId) => ({ chatId: 'new', name: 'New', ownerId })),
  change('CreateCustomerGroupInput.memberIds', 'Member', (id) => ({
    chatId: 'new',
    name: 'New',
    memberIds: [ben.id, id],
  })),
  change('CreateCustomerGroupInput.customerIds', 'Customer', (id) => ({
    chatId: 'new',
    name: 'New',
    customerIds: [handed.id, id],
  })),
  change('CreateCustomerInput.servedBy', 'Member', (servedBy) => ({
    externalUserId: 'new',
    name: 'New',
    kind: 'WECHAT',
    servedBy,
  })),
  change('CreateMemberInput.departmentId', 'Department', (departmentId) => ({
    userId: 'new',
    name: 'New',
    departmentId,
  })),
  change('CreateTagInput.groupId', 'TagGroup', (groupId) => ({ kind: 'CORP', name: 'New', groupId })),
  change('DeleteTagInput.tagId', 'Tag', (tagId) => ({ tagId })),
  change('DeleteTagGroupInput.tagGroupId', 'TagGroup', (tagGroupId) => ({ tagGroupId })),
  change('UpdateTagInput.tagId', 'Tag', (tagId) => ({ tagId, name: 'changed' })),
  change('UpdateTagGroupInput.tagGroupId', 'TagGroup', (tagGroupId) => ({ tagGroupId, name: 'changed' })),
  change('ReinstateMemberInput.memberId', 'Member', (memberId) => ({ memberId })),
  change('GrantRightsInput.memberId', 'Member', (memberId) => ({
    ...{ memberId, rights: ['VIEW'], departmentIds: [ids.Department] },
  })),
  change('GrantRightsInput.departmentIds', 'Department', (departmentId) => ({
    ...{ memberId: ben.id, rights: ['VIEW'], departmentIds: [departmentId] },
  })),
  change('RevokeRightsInput.memberId', 'Member', (memberId) => ({ memberId })),
  change('RevokeRightsInput.departmentIds', 'Department', (departmentId) => ({
    ...{ memberId: ben.id, departmentIds: [departmentId] },
  })),
  change('CancelResignationInput.memberId', 'Member', (memberId) => ({ memberId })),
  change('ResignMemberInput.memberId', 'Member', (memberId) => ({ memberId })),
  change('TagRelationsInput.relationIds', 'Relation', (id) => ({
    relationIds: [ids.Relation, id],
    removeTagIds: [ids.Tag],
  })),
  {
    ...change('TagRelationsInput', 'Member', (memberId) => ({
      selection: { memberId, filter: {} },
      removeTagIds: [ids.Tag],
    })),
    place: 'RelationSelection.memberId',
  },
  change('TagRelationsInput.addTagIds', 'Tag', (id) => ({ relationIds: [ids.Relation], addTagIds: [id] })),
  change('TagRelationsInput.removeTagIds', 'Tag', (id) => ({
    relationIds: [ids.Relation],
    removeTagIds: [ids.Tag, id],
  })),
  change('TransferCustomersInput.leaverId', 'Member', (leaverId) => ({
    leaverId,
    selection: { all: true },
    successorIds: [ben.id],
  })),
  change('TransferCustomersInput.successorIds', 'Member', (id) => ({
    leaverId: leaver.id,
    selection: { all: true },
    successorIds: [ben.id, id],
  })),
  change(
    'TransferSelection.customerIds',
    'Customer',
    (id) => ({ leaverId: leaver.id, selection: { customerIds: [id] }, successorIds: [ben.id], dryRun: true }),
    'preview { total accepted rejected { reason count } }',
  ),
  change(
    'GroupSelection.groupIds',
    'CustomerGroup',
    (id) => ({ leaverId: leaver.id, selection: { groupIds: [id] }, successorIds: [ben.id], dryRun: true }),
    'preview { total accepted rejected { reason count } }',
  ),
  change('TransferGroupsInput.leaverId', 'Member', (leaverId) => ({
    leaverId,
    selection: { all: true },
    successorIds: [ben.id],
  })),
  change('TransferGroupsInput.successorIds', 'Member', (id) => ({
    leaverId: leaver.id,
    selection: { all: true },
    successorIds: [ben.id, id],
  })),
  preview('PreviewTransferInput.leaverId', 'Member', (leaverId) => ({ leaverId, successorIds: [ben.id] })),
  preview('PreviewTransferInput.successorIds', 'Member', (id) => ({
    leaverId: leaver.id,
    successorIds: [ben.id, id],
  })),
  change('RetryTransferInput.transferId', 'Transfer', (transferId) => ({ transferId })),
  change('RetryTransferInput.successorIds', 'Member', (id) => ({
    transferId: ids.Transfer,
    successorIds: [ben.id, id],
  })),
  change('UndoTransferInput.transferId', 'Transfer', (transferId) => ({ transferId })),
  change('UpdateMemberInput.memberId', 'Member', (memberId) => ({ memberId, acceptsAssignments: false })),
  change('UpdateMemberInput.departmentId', 'Department', (departmentId) => ({ memberId: ben.id, departmentId })),
  change(
    'ReadConversationInput.memberId',
    'Member',
    (memberId) => ({ memberId, customerId: handed.id, reason: 'A complaint' }),
    'messages { nodes { text } }',
  ),
  change(
    'ReadConversationInput.customerId',
    'Customer',
    (customerId) => ({ memberId: leaver.id, customerId, reason: 'A complaint' }),
    'messages { nodes { text } }',
  ),
  change('RecordConversationInput.relationId', 'Relation', (relationId) => ({ relationId, messages: [hello] })),
  change('UpdateCustomerInput.customerId', 'Customer', (customerId) => ({ customerId, city: 'Berlin' })),
  change('UpdateRelationInput.relationId', 'Relation', (relationId) => ({ relationId, remark: 'changed' })),
];

/** What is sent is answered, by this id; without what differs from request to request. */
async function answerTo(place: Place, id: string): Promise<string> {
  const token = place.token ?? admin.token;
  const answer = place.place.startsWith('Subscription')
    ? await firstOf(token, place, id)
    : await baton.ask<unknown>(token, place.document, place.variables(id));
  return JSON.stringify(answer)
    .replaceAll(/"requestId":"[^"]+"/g, '"requestId":"…"')
    .replaceAll(JSON.stringify(id), '"the id"');
}

async function firstOf(token: string, place: Place, id: string) {
  const stream = await openEventStream(baton, token, place.document, place.variables(id));
  const pushed = await stream.next();
  await stream.close();
  return pushed;
}

/** As everythingOf; an acknowledgement of nothing is on the log all the same. */
async function everything(company: FullCompany) {
  return { ...(await everythingOf(baton, company.enterpriseId)), audit_event: null };
}

/** How many statements it takes to answer: what would tell a stranger by the clock. Subscriptions are not counted. */
async function statementsFor(place: Place, id: string): Promise<number | null> {
  if (place.place.startsWith('Subscription')) return null;
  const signedIn = await baton.app.authenticator.signIn(place.token ?? admin.token);
  const { statements } = await countStatements(baton.app, signedIn!.actor, place.document, place.variables(id));
  return statements;
}

function unknown(type: NodeType): string {
  if (type === 'AssignmentNotification' || type === 'CustomerNotice') return encodeId(type, '7-999999999');
  return encodeId(type, randomUUID());
}

const malformed: readonly (readonly [string, (type: NodeType) => string])[] = [
  ['no id at all', () => 'nonsense'],
  ['nothing', () => ''],
  ['a bare UUID', () => randomUUID()],
  ['no UUID inside', (type) => encodeId(type, 'not-a-uuid')],
  ['dashes inside', (type) => encodeId(type, '-'.repeat(36))],
  ['a type that is none', () => encodeId('Nothing', randomUUID())],
  ['an id with padding', (type) => `${encodeId(type, randomUUID())}==`],
  ['a NUL inside', (type) => encodeId(type, `${randomUUID()}\0`)],
];

describe('every place that takes an id has a row', () => {
  test('arguments, filters and inputs', () => {
    const takes = (input: GraphQLArgument | GraphQLInputField) => getNamedType(input.type).name === 'ID';
    const inSchema = Object.values(schema.getTypeMap()).flatMap((type) => {
      if (type.name.startsWith('__')) return [];
      if (isInputObjectType(type)) {
        return Object.values(type.getFields())
          .filter(takes)
          .map((field) => `${type.name}.${field.name}`);
      }
      if (!isObjectType(type)) return [];
      return Object.values(type.getFields()).flatMap((field) =>
        field.args.filter(takes).map((arg) => `${type.name}.${field.name}.${arg.name}`),
      );
    });

    const covered = places.map(({ place }) => place);

    expect([...covered].sort()).toEqual(inSchema.sort());
  });
});

describe("another company's id answers exactly as an unknown one, and moves nothing", () => {
  test.each(places.map((place) => [place.place, place] as const))('%s', async (_name, place) => {
    const before = [await everything(here), await everything(elsewhere)];

    const foreign = await answerTo(place, elsewhere.ids[place.type]);
    const stranger = await answerTo(place, unknown(place.type));

    expect(foreign).toBe(stranger);
    expect(foreign).not.toContain('INTERNAL_SERVER_ERROR');
    expect(await statementsFor(place, elsewhere.ids[place.type])).toBe(await statementsFor(place, unknown(place.type)));
    expect([await everything(here), await everything(elsewhere)]).toEqual(before);
  });

  test.each(Object.keys(ids) as NodeType[])('node(id:) of a %s, for everybody', async (type) => {
    const place = { ...places[0]!, type };

    const answers = await Promise.all(
      [admin, ana, handed].map(async ({ token }) => [
        await answerTo({ ...place, token }, elsewhere.ids[type]),
        await answerTo({ ...place, token }, unknownNode(type)),
      ]),
    );

    for (const [foreign, stranger] of answers) {
      expect(foreign).toBe('{"data":{"node":null}}');
      expect(stranger).toBe('{"data":{"node":null}}');
    }
  });

  test.each([
    ['member', 'userId', 'only-there'],
    ['customer', 'externalUserId', 'only-there'],
    ['customerGroup', 'chatId', 'only-there'],
  ])('%s(%s:)', async (field, key, value) => {
    await baton.app.db.prisma.member.updateMany({ where: { id: elsewhere.ben.uuid }, data: { userId: value } });
    await baton.app.db.prisma.customer.updateMany({
      where: { id: elsewhere.kept.uuid },
      data: { externalUserId: value },
    });
    await baton.app.db.prisma.customerGroup.updateMany({
      where: { enterpriseId: elsewhere.enterpriseId, chatId: 'chat-leaver' },
      data: { chatId: value },
    });

    const foreign = await baton.ask(admin.token, `{ ${field}(${key}: "${value}") { id } }`);
    const stranger = await baton.ask(admin.token, `{ ${field}(${key}: "nobody") { id } }`);

    expect(foreign).toEqual({ data: { [field]: null } });
    expect(stranger).toEqual(foreign);
  });
});

/** Every field that takes `after`, as a document that reads the list behind it. */
const lists = Object.values(schema.getTypeMap()).flatMap((type) => {
  if (!isObjectType(type) || type.name === 'Subscription') return [];
  return Object.values(type.getFields())
    .filter((field) => field.args.some(({ name }) => name === 'after'))
    .map((field) => [`${type.name}.${field.name}`, type.name, field.name] as const);
});

interface List {
  readonly edges: readonly { readonly cursor: string }[];
  readonly pageInfo: { readonly endCursor: string | null };
}

/** One such list after a cursor, of a parent where it has one. */
async function readList(
  token: string,
  list: { readonly type: string; readonly field: string; readonly parent?: string; readonly after?: string },
) {
  const { type, field, parent, after } = list;
  const by = { statistics: 'by: LEAVER, ', searchMessages: 'text: "hello", ' }[field] ?? '';
  const id = /^participants$|^statistics$|^administrators$|essages$/.test(field) ? '' : 'id';
  const selection = `${field}(${by}after: $after) { edges { cursor node { __typename ${id} } } pageInfo { endCursor } }`;
  const answer = await (type === 'Query'
    ? baton.ask<Record<string, List>>(token, `query ($after: String) { ${selection} }`, { after })
    : baton.ask<{ node: Record<string, List> }>(
        token,
        `query ($parent: ID!, $after: String) { node(id: $parent) { ... on ${type} { ${selection} } } }`,
        { parent, after },
      ));
  const data = answer.data as { node?: Record<string, List> } & Record<string, List>;
  const found = type === 'Query' ? data?.[field] : data?.node?.[field];
  return { found, code: answer.errors?.[0]?.extensions.code, text: JSON.stringify(answer) };
}

describe("another department's id answers exactly as an unknown one, and moves nothing", async () => {
  const scoped = await overSales();
  const { beside, sam, customer } = await workBeside();
  const tried = new Map<string, number>();
  // What the whole company knows of itself has no department: who works there and where, tags, rules. A successor out of reach has
  // a code of its own; so has a department that somebody is put into.
  const known: readonly NodeType[] = ['AssignmentRule', 'Department', 'Enterprise', 'Tag', 'TagGroup'];
  // Colleagues of any department take part in a group.
  const elsewhereToo = /RuleSuccessor|successorIds|CreateCustomerGroupInput.memberIds/;
  const asked = places.filter(({ place, type }) => !known.includes(type) && !elsewhereToo.test(place));

  test.each(asked.map((place) => [place.place, place] as const))('%s', async (_name, place) => {
    const before = await everything(here);
    const theirs = { ...place, ...(place.token !== ana.token && place.token !== handed.token && { token: scoped }) };

    const foreign = await answerTo(theirs, beside[place.type]!);
    const stranger = await answerTo(theirs, unknown(place.type));

    expect(foreign).toBe(stranger);
    expect(foreign).not.toContain('INTERNAL_SERVER_ERROR');
    expect(await statementsFor(theirs, beside[place.type]!)).toBe(await statementsFor(theirs, unknown(place.type)));
    expect(await everything(here)).toEqual(before);
  });

  test.each(Object.keys(beside) as NodeType[])('node(id:) of a %s, for everybody of the other one', async (type) => {
    const shown = type === 'Member' ? { id: 'the id' } : null;
    for (const token of [scoped, ana.token, handed.token]) {
      const place = { ...places[0]!, type, token };
      // Colleagues know what each other are called; a customer knows who serves them.
      const expected = JSON.stringify({ data: { node: token === handed.token ? null : shown } });

      expect(await answerTo(place, beside[type]!)).toBe(expected);
      expect(await answerTo(place, unknownNode(type))).toBe('{"data":{"node":null}}');
    }
  });

  test.each(lists)('%s: with a cursor of theirs it shows nothing of theirs', async (_name, type, field) => {
    const owner = { assignmentNotifications: sam.token, customerNotices: customer.token }[field] ?? admin.token;
    const own = { Member: here.leaver.id }[type] ?? (type === 'Query' ? undefined : ids[type as NodeType]);
    const { found } = await readList(owner, { type, field, parent: beside[type as NodeType] ?? own });

    const texts: string[] = [];
    for (const { cursor } of found?.edges ?? []) {
      texts.push((await readList(scoped, { type, field, parent: own, after: cursor })).text);
    }

    // Of colleagues everybody knows who they are.
    const theirs = Object.entries(beside).flatMap(([name, id]) => (name === 'Member' ? [] : [id]));
    expect(theirs.filter((id) => texts.some((text) => text.includes(id)))).toEqual([]);
    tried.set(`${type}.${field}`, texts.length);
  });

  test('and such cursors there were, but for lists of one object whom they have not, and of conversations', () => {
    expect([...tried].flatMap(([name, count]) => (count === 0 ? [name] : [])).sort()).toEqual([
      ...['AssignmentNotification.customers', 'AssignmentNotification.groups', 'Customer.customerGroups'],
      ...['CustomerGroup.transferItems', 'Member.customerGroups', 'Query.searchMessages'],
      ...['Relation.inheritedMessages', 'Relation.messages'],
    ]);
  });

  /** An administrator with every right over Sales, where the people of `here` work. */
  async function overSales(): Promise<string> {
    const { data } = await baton.ask(
      admin.token,
      'mutation { createMember(input: { userId: "over-sales", name: "Over Sales" }) { member { id } } }',
    );
    const memberId = (data['createMember']!['member'] as unknown as { id: string }).id;
    await baton.ask(
      admin.token,
      'mutation ($input: GrantRightsInput!) { grantRights(input: $input) { userErrors { code } } }',
      { input: { memberId, rights: ['VIEW', 'ASSIGN', 'CONFIGURE', 'AUDIT'], departmentIds: [ids.Department] } },
    );
    return baton.tokenOf({ kind: 'member', id: uuidOf('Member', memberId), enterpriseId: here.enterpriseId });
  }

  /** One object of each type that a department has, of Service in the same company. */
  async function workBeside() {
    const { prisma } = baton.app.db;
    const { enterpriseId } = here;
    const departmentId = baton.app.ids.next();
    await prisma.department.create({ data: { id: departmentId, enterpriseId, key: 'service', name: 'Service' } });
    const [gone, sam] = [await workIn(departmentId, 'Gone'), await workIn(departmentId, 'Sam')];
    const { customer } = await serve(baton, { enterpriseId, member: gone });
    // Who has handed over everything is in no pool.
    await serve(baton, { enterpriseId, member: gone });
    const { relation } = await serve(baton, { enterpriseId, member: sam });
    const group = await ownGroup(baton, { enterpriseId, member: sam, name: 'Of Service' });
    await prisma.member.update({
      where: { id: gone.uuid },
      data: { status: 'RESIGNED', resignedAt: baton.clock.now() },
    });
    const transfer = await handOver(baton, { admin, leaver: gone }, [customer], [sam]);
    await settled(baton.app.db);
    const first = async (token: string, list: string) => {
      const { data } = await baton.ask<Record<string, { nodes: { id: string }[] }>>(
        token,
        `{ ${list} { nodes { id } } }`,
      );
      return data[list]!.nodes[0]!.id;
    };
    const record = await prisma.auditEvent.findFirstOrThrow({ where: { enterpriseId, subjectId: gone.uuid } });
    const beside: Partial<Record<NodeType, string>> = {
      AssignmentNotification: await first(sam.token, 'assignmentNotifications'),
      AuditEvent: encodeId('AuditEvent', record.id),
      Customer: customer.id,
      CustomerGroup: group.id,
      CustomerNotice: await first(customer.token, 'customerNotices'),
      Member: gone.id,
      Relation: encodeId('Relation', relation),
      Transfer: transfer,
      TransferItem: encodeId('TransferItem', `${uuidOf('Transfer', transfer)}.0`),
    };
    return { beside, sam, customer };
  }

  async function workIn(departmentId: string, name: string): Promise<Person> {
    const { enterpriseId } = here;
    const uuid = baton.app.ids.next();
    const data = { id: uuid, enterpriseId, departmentId, userId: name, name, createdAt: baton.clock.now() };
    await baton.app.db.prisma.member.create({ data });
    await baton.app.db.prisma.portfolio.create({ data: { memberId: uuid, enterpriseId } });
    const token = await baton.tokenOf({ kind: 'member', id: uuid, enterpriseId });
    return { id: encodeId('Member', uuid), uuid, name, token };
  }
});

describe('an id that cannot be one is BAD_USER_INPUT with a requestId, and moves nothing', () => {
  test.each(places.map((place) => [place.place, place] as const))('%s', async (_name, place) => {
    const before = [await everything(here), await everything(elsewhere)];
    const wrong = malformed.map(([what, make]) => [what, make(place.type)] as const);
    const otherType = ['the id of another type', place.type === 'Member' ? ids.Customer : ids.Member] as const;

    const answers: [string, unknown][] = [];
    for (const [what, id] of place.anyType ? wrong : [...wrong, otherType]) {
      answers.push([what, JSON.parse(await answerTo(place, id))]);
    }

    for (const [what, answer] of answers) {
      expect([what, answer]).toMatchObject([
        what,
        { errors: [{ extensions: { code: 'BAD_USER_INPUT', requestId: '…' } }] },
      ]);
    }
    expect([await everything(here), await everything(elsewhere)]).toEqual(before);
  });
});

describe('cursors', () => {
  /** Where the company's one object of the type has no such list. */
  const parentOf = (company: FullCompany, type: string, field: string) =>
    ['CustomerGroup.transferItems', 'AssignmentNotification.groups'].includes(`${type}.${field}`)
      ? handedGroups.get(company)?.[type as NodeType]
      : undefined;

  async function read(company: FullCompany, type: string, field: string, after?: string) {
    const own = /ssignmentNotification|essages/.test(type + field) ? company.ana : company.admin;
    const person = field === 'customerNotices' ? company.handed : own;
    const parent =
      type === 'Member' ? company.leaver.id : (parentOf(company, type, field) ?? company.ids[type as NodeType]);
    return readList(person.token, { type, field, parent, after });
  }

  test.each(lists)('%s: of another company it shows nothing of theirs', async (_name, type, field) => {
    await settled(baton.app.db);
    const theirs = (await read(elsewhere, type, field)).found?.edges[0]?.cursor;
    expect(theirs).toBeTypeOf('string');

    const { text, code } = await read(here, type, field, theirs);

    expect(elsewhere.everyId.filter((id) => text.includes(id))).toEqual([]);
    const inbox = field === 'assignmentNotifications' || field === 'customerNotices';
    expect(code).toBe(inbox ? 'BAD_USER_INPUT' : undefined);
  });

  test.each(lists)('%s: nonsense, and one of another list, is BAD_USER_INPUT', async (_name, type, field) => {
    const other = await (field === 'tagGroups' ? read(here, 'Query', 'departments') : read(here, 'Query', 'tagGroups'));

    const codes = [];
    for (const cursor of ['nonsense', '', 'WzFd', 'W10', '{}', other.found!.edges[0]!.cursor]) {
      codes.push((await read(here, type, field, cursor)).code);
    }

    expect(codes).toEqual(Array.from({ length: 6 }, () => 'BAD_USER_INPUT'));
  });

  test.each(lists)('%s: a forged one is refused or means a place, and is never a fault', async (_name, type, field) => {
    const good = (await read(here, type, field)).found!.edges[0]!.cursor;
    const forged = forgeries(good);
    expect(forged.length).toBeGreaterThan(5);

    const codes = new Set<string | undefined>();
    for (const cursor of forged) codes.add((await read(here, type, field, cursor)).code);

    // An inbox says so when it has forgotten the place.
    const known = [undefined, 'BAD_USER_INPUT', 'RESYNC_REQUIRED'];
    expect([...codes].filter((code) => !known.includes(code))).toEqual([]);
  });

  test.each([
    ['acknowledgeNotifications', ana, elsewhere.ana],
    ['acknowledgeNotices', handed, elsewhere.handed],
  ])('%s(through:) takes no cursor but one of the own inbox', async (field, reader, stranger) => {
    const list = field === 'acknowledgeNotices' ? 'customerNotices' : 'assignmentNotifications';
    const { data } = await baton.ask(stranger.token, `{ ${list} { headCursor } }`);
    const before = [await everything(here), await everything(elsewhere)];

    const codes = [];
    for (const through of ['nonsense', '', data[list]!['headCursor']]) {
      const input = `${field.charAt(0).toUpperCase()}${field.slice(1)}Input!`;
      const { errors } = await baton.ask(
        reader.token,
        `mutation ($input: ${input}) { ${field}(input: $input) { unreadCount } }`,
        { input: { through } },
      );
      codes.push(errors?.[0]?.extensions.code);
    }

    expect(codes).toEqual(['BAD_USER_INPUT', 'BAD_USER_INPUT', 'BAD_USER_INPUT']);
    expect([await everything(here), await everything(elsewhere)]).toEqual(before);
  });
});

/** A cursor with each of its values replaced by what somebody might try. */
function forgeries(cursor: string): string[] {
  const text = Buffer.from(cursor, 'base64url').toString();
  const inbox = !text.startsWith('[');
  const parts = inbox ? text.split('/') : (JSON.parse(text) as unknown[]);
  const junk = [
    '\0',
    '',
    "'; DROP TABLE member; --",
    '9'.repeat(40),
    '-1',
    1e300,
    -1,
    0.5,
    2 ** 53,
    true,
    null,
    {},
    [],
  ];
  return parts.flatMap((_part, place) =>
    junk.map((value) => {
      const forged = [...parts];
      forged[place] = value;
      return Buffer.from(inbox ? forged.map(String).join('/') : JSON.stringify(forged)).toString('base64url');
    }),
  );
}

function unknownNode(type: NodeType): string {
  return type === 'TransferItem' ? encodeId(type, `${randomUUID()}.0`) : unknown(type);
}
