import { Prisma } from '../../src/generated/prisma/client.js';
import { encodeId } from '../../src/graphql/ids.js';
import type { TestApp } from './app.js';
import { companyTables } from './company-tables.js';
import { departing, type Departing, type Person } from './seed.js';
import { settled } from './settled.js';

/** A company in which there is at least one of everything the API can show, after a handover of two customers to Ana. */
export interface FullCompany extends Departing {
  /** Served by Ana since the handover. */
  readonly handed: Person;
  /** Still the leaver's. */
  readonly kept: Person;
  /** One object of each type, by the name of the type; what Ana may see where it matters. */
  readonly ids: Readonly<Record<NodeType, string>>;
  /** The leaver's, which Ana and the customer she serves may not see. */
  readonly leavers: { readonly relation: string; readonly group: string };
  readonly personalTag: string;
  readonly chatId: string;
  readonly externalUserId: string;
  /** Every person and object above, by the id that clients see. */
  readonly everyId: readonly string[];
}

/** Every type that `node` can answer. */
export type NodeType =
  | 'AssignmentNotification'
  | 'AssignmentRule'
  | 'AuditEvent'
  | 'Customer'
  | 'CustomerGroup'
  | 'CustomerNotice'
  | 'Department'
  | 'Enterprise'
  | 'Member'
  | 'Relation'
  | 'Tag'
  | 'TagGroup'
  | 'Transfer'
  | 'TransferItem';

/** Founds such a company, whose leaver, Ana and Ben work in Sales. The leaver still holds two of the four customers and a group; Ana holds two and a group. */
export async function fullCompany(test: TestApp): Promise<FullCompany> {
  const story = await departing(test, { customers: 4 });
  const { admin, leaver, ana, ben, customers, relations, enterpriseId } = story;
  const [handed, , , kept] = customers as [Person, Person, Person, Person];
  const { prisma } = test.app.db;
  const createdAt = test.clock.now();
  const id = test.app.ids.next;

  const [department, division, tagGroup, tag, personal, group, leaversGroup] = Array.from({ length: 7 }, () =>
    id(),
  ) as [string, string, string, string, string, string, string];
  await prisma.department.create({ data: { id: division, enterpriseId, key: 'all', name: 'All' } });
  await prisma.department.create({
    data: { id: department, enterpriseId, key: 'sales', name: 'Sales', parentId: division },
  });
  await prisma.member.updateMany({
    where: { id: { in: [leaver.uuid, ana.uuid, ben.uuid] } },
    data: { departmentId: department },
  });
  await prisma.tagGroup.create({ data: { id: tagGroup, enterpriseId, name: 'Level' } });
  await prisma.tag.createMany({
    data: [
      { id: tag, enterpriseId, kind: 'CORP', name: 'VIP', groupId: tagGroup },
      { id: personal, enterpriseId, kind: 'PERSONAL', name: 'Nice', memberId: ana.uuid },
    ],
  });
  await prisma.customerGroup.createMany({
    data: [
      { id: group, enterpriseId, chatId: 'chat-ana', name: 'Buyers', ownerId: ana.uuid, createdAt },
      { id: leaversGroup, enterpriseId, chatId: 'chat-leaver', name: 'Sellers', ownerId: leaver.uuid, createdAt },
    ],
  });
  await prisma.groupParticipant.createMany({
    data: [
      { id: id(), enterpriseId, groupId: group, memberId: ana.uuid },
      { id: id(), enterpriseId, groupId: group, customerId: handed.uuid },
    ],
  });
  await prisma.portfolio.updateMany({
    where: { memberId: { in: [ana.uuid, leaver.uuid] } },
    data: { groups: { increment: 1 } },
  });

  const rule = await ruleOf(test, { admin, ana }, encodeId('Tag', tag));
  const transfer = await handOver(test, story, customers.slice(0, 2), [ana]);
  await settled(test.app.db);
  await prisma.relationTag.createMany({
    data: [tag, personal].map((tagId) => ({ relationId: relations[0]!, tagId, enterpriseId })),
  });
  await prisma.enterprise.update({ where: { id: enterpriseId }, data: { archiveEnabled: true } });
  await prisma.customer.update({ where: { id: handed.uuid }, data: { archiveConsentAt: createdAt } });
  for (const member of [leaver, ana]) {
    const conversationId = id();
    await prisma.conversation.create({
      data: { id: conversationId, enterpriseId, memberId: member.uuid, customerId: handed.uuid },
    });
    await prisma.archivedMessage.create({
      data: {
        id: id(),
        enterpriseId,
        conversationId,
        memberId: member.uuid,
        sentAt: createdAt,
        direction: 'FROM_CUSTOMER',
        text: 'Hello',
      },
    });
  }
  const shown = await test.ask(
    admin.token,
    'query ($id: ID!) { transfer(id: $id) { items { nodes { id } } auditEvents { nodes { id } } } }',
    { id: transfer },
  );
  const told = await test.ask(ana.token, '{ assignmentNotifications { nodes { id } } }');
  const noticed = await test.ask(handed.token, '{ customerNotices { nodes { id } } }');
  const first = (list: unknown) => (list as { nodes: { id: string }[] }).nodes[0]!.id;

  const ids = {
    AssignmentNotification: first(told.data['assignmentNotifications']),
    AssignmentRule: rule,
    AuditEvent: first(shown.data['transfer']!['auditEvents']),
    Customer: handed.id,
    CustomerGroup: encodeId('CustomerGroup', group),
    CustomerNotice: first(noticed.data['customerNotices']),
    Department: encodeId('Department', department),
    Enterprise: encodeId('Enterprise', enterpriseId),
    Member: ana.id,
    Relation: encodeId('Relation', relations[0]!),
    Tag: encodeId('Tag', tag),
    TagGroup: encodeId('TagGroup', tagGroup),
    Transfer: transfer,
    TransferItem: first(shown.data['transfer']!['items']),
  };
  const leavers = {
    relation: encodeId('Relation', relations[3]!),
    group: encodeId('CustomerGroup', leaversGroup),
  };
  const personalTag = encodeId('Tag', personal);
  const everyId = [
    ...Object.values(ids),
    ...Object.values(leavers),
    personalTag,
    ...[admin, leaver, ana, ben, ...customers].map((person) => person.id),
  ];
  const { externalUserId } = await prisma.customer.findUniqueOrThrow({ where: { id: handed.uuid } });
  return { ...story, handed, kept, ids, leavers, personalTag, chatId: 'chat-ana', externalUserId, everyId };
}

/** Makes the rule "VIPs", which gives customers with this tag to Ana; answers its id. */
async function ruleOf(test: TestApp, { admin, ana }: Pick<Departing, 'admin' | 'ana'>, tagId: string): Promise<string> {
  const { data } = await test.ask(
    admin.token,
    'mutation ($input: CreateAssignmentRuleInput!) { createAssignmentRule(input: $input) { rule { id } } }',
    {
      input: {
        name: 'VIPs',
        condition: { customers: { tags: { anyOf: [tagId] } } },
        successors: [{ memberId: ana.id }],
      },
    },
  );
  return (data['createAssignmentRule'] as unknown as { rule: { id: string } }).rule.id;
}

/** Hands these customers over to these successors, and takes over; answers the transfer's id. */
export async function handOver(
  test: TestApp,
  { admin, leaver }: Pick<Departing, 'admin' | 'leaver'>,
  customers: readonly Pick<Person, 'id'>[],
  successors: readonly Pick<Person, 'id'>[],
  kind: 'RESIGNED' | 'ON_JOB' = 'RESIGNED',
): Promise<string> {
  const { data } = await test.ask(
    admin.token,
    `mutation ($input: TransferCustomersInput!) {
      transferCustomers(input: $input) { transfer { id } userErrors { code message } }
    }`,
    {
      input: {
        kind,
        leaverId: leaver.id,
        selection: { customerIds: customers.map(({ id }) => id) },
        successorIds: successors.map(({ id }) => id),
      },
    },
  );
  const payload = data['transferCustomers'] as unknown as { transfer: { id: string } | null; userErrors: object[] };
  if (!payload.transfer) throw new Error(`No transfer: ${JSON.stringify(payload.userErrors)}`);
  await test.app.settle();
  return payload.transfer.id;
}

/**
 * Every row of the company in every table, by table: what a refusal must leave as it was. Without the audit records of
 * refusals, which it must write, and without their places in the chain, unless these are asked for too.
 */
export async function everythingOf(
  test: TestApp,
  enterpriseId: string,
  refusals?: 'also refusals',
): Promise<Record<string, string>> {
  const { db } = test.app;
  const links = ['audit_link', 'audit_unsealed'];
  const tables = (await companyTables(db)).filter(({ name }) => refusals !== undefined || !links.includes(name));
  const parts = tables.map(
    ({ name, key }) => Prisma.sql`
      SELECT ${name}::text AS name, coalesce(string_agg(row, E'\n' ORDER BY row), '') AS rows FROM (
        SELECT to_jsonb(t)::text AS row FROM ${Prisma.raw(`"${name}"`)} t
        WHERE t.${Prisma.raw(key)} = ${enterpriseId}::uuid
        ${name === 'audit_event' && !refusals ? Prisma.sql`AND t.outcome = 'SUCCESS'` : Prisma.empty}) r`,
  );
  const rows = await db.query<{ name: string; rows: string }>(Prisma.join(parts, ' UNION ALL '));
  return Object.fromEntries(rows.map(({ name, rows: all }) => [name, all]));
}
