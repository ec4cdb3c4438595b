import { allRights } from '../../src/platform/rights.js';
import {
  getNamedType,
  isLeafType,
  isObjectType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
} from 'graphql';
import { expect, test } from 'vitest';
import { schema } from '../../src/app/schema.js';
import type { Actor } from '../../src/platform/actor.js';
import { encodeId } from '../../src/graphql/ids.js';
import { openTestApp } from '../support/app.js';
import { countStatements } from '../support/count-statements.js';
import { handOver } from '../support/full-company.js';
import { settled } from '../support/settled.js';
import { departing, ownGroup, type Departing, type Person } from '../support/seed.js';
import { occur } from '../features/inbox/inbox-seed.js';
import { begin } from '../features/transfers/begin.js';

const baton = await openTestApp();
const many = 50;
const crowd = await found();

/**
 * 50 of everything: leavers, each with a department, a group and four customers of their own, of whom two went to Ana and
 * Ben; all related customers tagged; one transfer of 50; one customer with 50 notices; one group of 50.
 */
async function found() {
  const story = await departing(baton, { customers: many });
  const { prisma } = baton.app.db;
  const { enterpriseId } = story;
  const createdAt = baton.clock.now();
  const next = () => baton.app.ids.next();
  const each = <Row>(make: (index: number) => Row): Row[] => Array.from({ length: many }, (_, index) => make(index));

  const top = next();
  await prisma.department.create({ data: { id: top, enterpriseId, key: 'top', name: 'Top' } });
  const departments = each((n) => ({ id: next(), enterpriseId, key: `d${n}`, name: `Department ${n}`, parentId: top }));
  const below = departments.map(({ id, key }) => ({
    id: next(),
    enterpriseId,
    key: `${key}b`,
    name: 'Below',
    parentId: id,
  }));
  await prisma.department.createMany({ data: [...departments, ...below] });
  const leavers = each((n) => ({
    id: next(),
    enterpriseId,
    userId: `leaver${n}`,
    name: `A leaver ${n}`,
    departmentId: departments[n]!.id,
    status: 'RESIGNED' as const,
    resignedAt: new Date(createdAt.getTime() - 3600_000),
    // Never so of one who has left; it is read as of one who will.
    leavesAt: new Date(createdAt.getTime() + 3600_000),
    createdAt,
  }));
  await prisma.member.createMany({ data: leavers });
  await prisma.portfolio.createMany({
    data: leavers.map(({ id }) => ({ memberId: id, enterpriseId, customers: 4, groups: 1 })),
  });
  const customers = leavers.flatMap(({ id: memberId }, n) =>
    [0, 1, 2, 3].map((k) => ({ memberId, id: next(), externalUserId: `c${n}-${k}`, name: `A customer ${n}-${k}` })),
  );
  await prisma.customer.createMany({
    data: customers.map(({ memberId: _, ...customer }) => ({ ...customer, enterpriseId, kind: 'WECHAT', createdAt })),
  });
  const relations = customers.map(({ memberId, id: customerId }) => ({
    id: next(),
    enterpriseId,
    memberId,
    customerId,
    addedAt: createdAt,
  }));
  await prisma.relation.createMany({ data: relations });
  const tagGroups = each((n) => ({ id: next(), enterpriseId, name: `Tags ${n}` }));
  await prisma.tagGroup.createMany({ data: tagGroups });
  const tags = tagGroups.flatMap(({ id: groupId }) =>
    ['one', 'two'].map((name) => ({ id: next(), enterpriseId, kind: 'CORP' as const, name, groupId })),
  );
  await prisma.tag.createMany({ data: tags });
  const tagged = [...relations.map(({ id }) => id), ...story.relations];
  await prisma.relationTag.createMany({
    data: tagged.map((relationId, n) => ({ relationId, tagId: tags[n % tags.length]!.id, enterpriseId })),
  });
  const groups = leavers.map(({ id: ownerId }, n) => ({
    id: next(),
    enterpriseId,
    chatId: `g${n}`,
    name: `Group ${n}`,
    ownerId,
    createdAt,
  }));
  await prisma.customerGroup.createMany({ data: groups });
  // In each group a customer who was handed over, one who was not, and the leaver; in the first one everybody else as well.
  const others = [
    ...customers.slice(0, many).map(({ id: customerId }) => ({ customerId })),
    ...leavers.map(({ id: memberId }) => ({ memberId })),
  ];
  await prisma.groupParticipant.createMany({
    data: groups.flatMap(({ id: groupId }, n) => {
      const own = [
        { customerId: customers[4 * n]!.id },
        { customerId: customers[4 * n + 3]!.id },
        { memberId: leavers[n]!.id },
      ];
      return (n === 0 ? others : own).map((who) => ({ id: next(), enterpriseId, groupId, ...who }));
    }),
  });

  for (const [n, { id }] of leavers.entries()) {
    const leaver: Person = { ...story.leaver, id: encodeId('Member', id) };
    const two = customers.slice(4 * n, 4 * n + 2).map((customer) => ({ id: encodeId('Customer', customer.id) }));
    await handOver(baton, { admin: story.admin, leaver }, two, [story.ana, story.ben]);
  }
  const large = await handOver(baton, story, story.customers, [story.ana, story.ben]);
  // Groups that each went to Ana and told one customer: 50 notices about a group each, 50 notifications about one.
  const noticed = story.customers[0]!;
  await handOverGroups(story, noticed);
  await occur(
    baton.app.db,
    { enterpriseId, recipientId: noticed.uuid },
    { first: 1, count: many, type: 'TAKEOVER_COMPLETED' },
  );
  await settled(baton.app.db);
  return {
    ...story,
    large,
    noticed,
    largeGroup: encodeId('CustomerGroup', groups[0]!.id),
    top: encodeId('Department', top),
  };
}

/** One transfer a group, so that Ana has a notification for each; and a customer who names nobody, so that it has a reason. */
async function handOverGroups(story: Departing, customer: Person): Promise<void> {
  const { enterpriseId, leaver, admin, ana } = story;
  for (let n = 0; n < many; n++) {
    const group = await ownGroup(baton, { enterpriseId, member: leaver, name: `Regulars ${n}`, customers: [customer] });
    await begin(baton, admin, 'transferGroups', {
      leaverId: leaver.id,
      successorIds: [ana.id],
      selection: { groupIds: [group.id, encodeId('CustomerGroup', baton.app.ids.next())] },
    });
  }
  await baton.app.settle();
}

const actorOf = ({ uuid: id, name }: Person, kind: 'member' | 'customer', isAdministrator = false): Actor =>
  kind === 'member'
    ? { kind, id, enterpriseId: crowd.enterpriseId, name, rights: isAdministrator ? allRights : null }
    : { kind, id, enterpriseId: crowd.enterpriseId, name };
const admin = actorOf(crowd.admin, 'member', true);
const ana = actorOf(crowd.ana, 'member');

/** Where many parents come from: the type whose list it is, its field, and the document around a selection of that list. */
const roots: readonly (readonly [list: string, actor: Actor, around: (list: string) => string])[] = [
  ['Query.departments', admin, query],
  ['Query.members', admin, query],
  ['Query.departedMembers', admin, query],
  ['Query.customers', admin, query],
  ['Query.tagGroups', admin, query],
  ['Query.customerGroups', admin, query],
  ['Query.transfers', admin, query],
  ...['LEAVER', 'DEPARTMENT'].map(
    (by) => ['Query.statistics', admin, (list: string) => query(list.replace('(', `(by: ${by}, `))] as const,
  ),
  ['Query.auditEvents', admin, query],
  ['Query.assignmentNotifications', ana, query],
  ['Query.customerNotices', actorOf(crowd.noticed, 'customer'), query],
  ['Query.customers', ana, query],
  ['Query.members', ana, query],
  ['Member.customers', ana, (list) => `{ viewer { member { ${list} } } }`],
  ['Transfer.items', admin, (list) => node('Transfer', crowd.large, list)],
  ['CustomerGroup.participants', admin, (list) => node('CustomerGroup', crowd.largeGroup, list)],
];

function query(list: string): string {
  return `{ ${list} }`;
}

function node(type: string, id: string, list: string): string {
  return `{ node(id: "${id}") { ... on ${type} { ${list} } } }`;
}

const fieldOf = (path: string): GraphQLField<unknown, unknown> => {
  const [type, name] = path.split('.') as [string, string];
  return (schema.getType(type) as GraphQLObjectType).getFields()[name]!;
};

/** The type of the objects in a list or a connection; the type itself otherwise. */
function rowType(type: GraphQLOutputType): GraphQLObjectType {
  const named = getNamedType(type) as GraphQLObjectType;
  return named.name.endsWith('Connection') ? rowType(named.getFields()['nodes']!.type) : named;
}

const isPlain = (field: GraphQLField<unknown, unknown>) => isLeafType(getNamedType(field.type));
const isList = (field: GraphQLField<unknown, unknown>) => getNamedType(field.type).name.endsWith('Connection');

/** A field of this many rows, with its plain fields, and below it the fields of this path. */
function selectionOf(field: GraphQLField<unknown, unknown>, path: readonly string[], first: number): string {
  const fields = rowType(field.type).getFields();
  const [next, ...rest] = path;
  const plain = Object.values(fields).filter(isPlain);
  const body =
    plain.map(({ name }) => name).join(' ') + (next === undefined ? '' : ` ${selectionOf(fields[next]!, rest, 2)}`);
  if (!isList(field)) return `${field.name} { ${body} }`;
  const counted = 'totalCount' in (getNamedType(field.type) as GraphQLObjectType).getFields();
  return `${field.name}(first: ${first}) { ${counted ? 'totalCount' : ''} nodes { ${body} } }`;
}

/** Every way down from a row, so many steps deep. */
function pathsFrom(type: GraphQLObjectType, steps: number): string[][] {
  if (steps === 0) return [];
  const nested = Object.values(type.getFields()).filter(
    (field) => !isPlain(field) && isObjectType(getNamedType(field.type)),
  );
  return nested.flatMap((field) => [
    [field.name],
    ...pathsFrom(rowType(field.type), steps - 1).map((path) => [field.name, ...path]),
  ]);
}

const cases = roots.flatMap(([list, actor, around]) => {
  const field = fieldOf(list);
  const who = actor.kind === 'member' && actor.rights ? 'an administrator' : `a ${actor.kind}`;
  return [[], ...pathsFrom(rowType(field.type), 2)].map((path) => {
    const document = (first: number) => around(selectionOf(field, path, first));
    return [list, path.join('.') || 'their plain fields', who, actor, document] as const;
  });
});

test.each(cases)(
  '50 of %s cost as many statements as 5, with %s, for %s',
  async (list, _field, _who, actor, document) => {
    const few = await countStatements(baton.app, actor, document(5));
    const lot = await countStatements(baton.app, actor, document(many));

    expect(few.result.errors).toBeUndefined();
    expect(lot.result.errors).toBeUndefined();
    const name = list.split('.')[1]!;
    expect([rowsOf(few.result.data, name), rowsOf(lot.result.data, name)]).toEqual([5, many]);
    // One more or less: two loads of a level meet in one statement, or just miss each other.
    expect(Math.abs(lot.statements - few.statements)).toBeLessThanOrEqual(1);
  },
);

function rowsOf(data: unknown, name: string): number {
  const record = data as Record<string, { nodes?: unknown[] }>;
  const own = record[name]?.nodes;
  if (own) return own.length;
  const inner = Object.values(record).find((each) => typeof each === 'object' && each !== null && !Array.isArray(each));
  return rowsOf(inner, name);
}
