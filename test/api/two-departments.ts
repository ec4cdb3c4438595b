import { encodeId } from '../../src/graphql/ids.js';
import { begin } from '../features/transfers/begin.js';
import type { TestApp } from '../support/app.js';
import { fullCompany, handOver, type FullCompany } from '../support/full-company.js';
import { ownGroup, serve, type Person } from '../support/seed.js';
import { staff, type People } from './staff.js';

/** Where somebody works, and what is theirs with them: a department, or NOWHERE, which is the whole company. */
export type Whereabouts = 'SALES' | 'SERVICE' | 'NOWHERE';

/** A company of two departments that have the same, and hand over to each other; nothing that a field can show is missing. */
export interface TwoDepartments {
  readonly company: FullCompany;
  readonly people: { readonly sales: People; readonly service: People };
  /** Who left each department, and a member of it who could take over. */
  readonly leavers: Readonly<Record<'SALES' | 'SERVICE', Person>>;
  readonly successors: Readonly<Record<'SALES' | 'SERVICE', Person>>;
  /** What is a department's alone, as answers write it: names, ids and figures of what never was the other one's. */
  readonly secrets: Readonly<Record<'SALES' | 'SERVICE', readonly string[]>>;
  /** One who is being handed over, and one whose group was. */
  readonly customers: readonly Person[];
  /** Every object that `nodes` can answer, by type, and whose it is. */
  readonly objects: Readonly<Record<string, ReadonlyMap<string, Whereabouts>>>;
}

/** Founds such a company: that of `fullCompany` with its `staff`, and in Service what Sales has. */
export async function twoDepartments(test: TestApp): Promise<TwoDepartments> {
  const company = await fullCompany(test);
  const { own: sales, beside: service } = await staff(test, company);
  const { enterpriseId, admin, leaver, ana, ben } = company;
  const { prisma } = test.app.db;
  const [sam, dee] = [service.successor!, service.member!];
  const gone = await theLeaver(test, enterpriseId);
  const all = { selection: { all: true } };

  // Figures and notes of everybody, before anything is handed over.
  for (const [number, member] of [leaver, ana, ben, gone, sam, dee].entries())
    await fillIn(test, enterpriseId, member, number);
  await prisma.member.update({ where: { id: dee.uuid }, data: { customerContact: false } });
  const more: Record<string, Person[]> = {};
  for (const member of [leaver, gone]) {
    more[member.name] = [];
    for (const number of [1, 2, 3, 4, 5]) {
      const { customer } = await serve(test, { enterpriseId, member, name: `${member.name}'s ${number}` });
      more[member.name]!.push(customer);
    }
  }
  const chats: Record<string, string[]> = {};
  for (const [member, other] of [
    [leaver, sam],
    [gone, ana],
  ] as const) {
    chats[member.name] = [];
    for (const number of [1, 2, 3]) {
      const name = `${member.name}'s group ${number}`;
      const customers = [more[member.name]![4]!];
      const { id, uuid } = await ownGroup(test, { enterpriseId, member, name, customers });
      await prisma.groupParticipant.create({
        data: { id: test.app.ids.next(), enterpriseId, groupId: uuid, memberId: other.uuid },
      });
      chats[member.name]!.push(id);
    }
  }
  await ownGroup(test, { enterpriseId, member: sam, name: "Sam's", customers: [company.handed, service.customer!] });
  await everyRow(test, enterpriseId);

  const rule = await test.ask(
    admin.token,
    `mutation ($rule: CreateAssignmentRuleInput!, $default: SetDefaultAssignmentInput!) {
      createAssignmentRule(input: $rule) { rule { id } userErrors { message } }
      setDefaultAssignment(input: $default) { userErrors { message } } }`,
    {
      rule: {
        name: 'Of Wuhan',
        note: 'Call them.',
        position: 0,
        condition: { customers: { city: { eq: 'Wuhan' } } },
        strategy: 'MATCHING',
        successors: [{ memberId: dee.id }, { memberId: sam.id }, { memberId: ana.id }],
      },
      default: { successors: [{ departmentId: company.ids.Department }] },
    },
  );
  if (rule.errors) throw new Error(JSON.stringify(rule.errors));

  // Each leaver hands one customer to each department, two by rules, and one of a colleague, which is rejected and tried again.
  for (const [from, named] of [
    [leaver, [sam, ana]],
    [gone, [ana, sam]],
  ] as const) {
    const [first, second, third, fourth] = more[from.name] as [Person, Person, Person, Person];
    const story = { admin, leaver: from };
    const other = from === leaver ? more[gone.name]![4]! : more[leaver.name]![4]!;
    const travels = { tags: false, remark: false, description: false };
    const unknown = { id: encodeId('Customer', test.app.ids.next()) };
    const given = { leaverId: from.id, note: 'Handle with care.', customerMessage: 'Hello from all of us.' };
    await begin(test, admin, 'transferCustomers', {
      ...given,
      travels,
      selection: { customerIds: [first.id, second.id] },
      successorIds: named.map(({ id }) => id),
    });
    await test.app.settle();
    const tried = await handOver(test, story, [other, unknown], [named[0]]);
    await begin(test, admin, 'retryTransfer', { transferId: tried, statuses: ['REJECTED'] });
    await begin(test, admin, 'transferCustomers', {
      ...given,
      byRules: true,
      selection: { customerIds: [third.id] },
    });
    await test.app.settle();
    for (const [place, successor] of named.entries())
      await begin(test, admin, 'transferGroups', {
        leaverId: from.id,
        selection: { groupIds: [chats[from.name]![place]!] },
        successorIds: [successor.id],
      });
    await test.app.settle();
    await prisma.enterprise.update({ where: { id: enterpriseId }, data: { waitHours: 24 } });
    await begin(test, admin, 'transferCustomers', {
      ...given,
      selection: { customerIds: [fourth.id] },
      successorIds: [named[0].id],
    });
    await prisma.enterprise.update({ where: { id: enterpriseId }, data: { waitHours: 0 } });
    await test.ask(
      admin.token,
      `mutation ($input: TransferCustomersInput!) { transferCustomers(input: $input) { userErrors { code } } }`,
      { input: { leaverId: from.id, ...all, successorIds: [from.id] } },
    );
  }
  await archive(test, enterpriseId, sam, service.customer!);
  await everyRow(test, enterpriseId);
  await prisma.transfer.updateMany({
    where: { enterpriseId },
    data: { decidedById: ana.uuid, decidedAt: test.clock.now() },
  });
  await prisma.inboxEvent.updateMany({ where: { enterpriseId }, data: { acknowledgedAt: test.clock.now() } });
  await prisma.fact.updateMany({ where: { enterpriseId }, data: { actorId: admin.uuid, actorName: admin.name } });
  // An undo that kept an item, and a later transfer that the item's customer is in.
  const later = await prisma.transfer.findFirstOrThrow({ where: { enterpriseId, leaverId: leaver.uuid } });
  await prisma.transferItem.updateMany({
    where: { enterpriseId },
    data: { keptBecause: ['MOVED_ON'], inTransferId: later.id },
  });
  await prisma.enterprise.update({ where: { id: enterpriseId }, data: { approvalAbove: 100 } });

  const objects = await objectsOf(test, enterpriseId);
  return {
    company,
    people: { sales, service },
    leavers: { SALES: leaver, SERVICE: gone },
    successors: { SALES: ana, SERVICE: sam },
    customers: more[leaver.name]!.slice(3),
    objects,
    secrets: {
      SALES: await secretsOf(test, enterpriseId, objects, 'SALES'),
      SERVICE: await secretsOf(test, enterpriseId, objects, 'SERVICE'),
    },
  };
}

async function theLeaver({ app, tokenOf }: TestApp, enterpriseId: string): Promise<Person> {
  const { id: uuid, name } = await app.db.prisma.member.findUniqueOrThrow({
    where: { enterpriseId_userId: { enterpriseId, userId: 'Gone' } },
  });
  const token = await tokenOf({ kind: 'member', id: uuid, enterpriseId });
  return { id: encodeId('Member', uuid), uuid, name, token };
}

/** What a member may be known by, and how much they may hold. */
async function fillIn(
  { app, clock }: TestApp,
  enterpriseId: string,
  { uuid, name }: Person,
  number: number,
): Promise<void> {
  const { status } = await app.db.prisma.member.findUniqueOrThrow({ where: { id: uuid } });
  const leaves = status === 'RESIGNED' ? {} : { leavesAt: new Date('2027-01-01'), autoAssignOnLeave: true };
  await app.db.prisma.member.update({
    where: { id: uuid, enterpriseId },
    data: {
      position: `Seller ${name}`,
      email: `${name}@lantern.example`,
      mobile: `+86 ${name}`,
      // Far enough apart that no room that is left is another one's limit.
      customerLimit: 471_000 + 1000 * number,
      lastLoginAt: new Date(clock.now().getTime() - 60_000 * (number + 1) - 7),
      ...leaves,
    },
  });
}

/** What customers, relations and groups may say, on each of them. */
async function everyRow({ app, clock }: TestApp, enterpriseId: string): Promise<void> {
  const { prisma } = app.db;
  const where = { enterpriseId };
  const at = clock.now();
  await prisma.customer.updateMany({
    where,
    data: { city: 'Wuhan', region: 'Central', corpName: 'Acme', businessType: 'retail', archiveConsentAt: at },
  });
  await prisma.relation.updateMany({ where, data: { description: 'long', lastMessageAt: at } });
  await prisma.customerGroup.updateMany({ where, data: { notice: 'Be kind.' } });
  await prisma.groupParticipant.updateMany({ where, data: { joinedAt: at } });
  const { id: tagId } = await prisma.tag.findFirstOrThrow({ where: { enterpriseId, kind: 'CORP' } });
  const relations = await prisma.relation.findMany({ where });
  await prisma.relationTag.createMany({
    data: relations.map(({ id }) => ({ relationId: id, tagId, enterpriseId })),
    skipDuplicates: true,
  });
}

async function archive({ app, clock }: TestApp, enterpriseId: string, member: Person, customer: Person): Promise<void> {
  const conversationId = app.ids.next();
  const data = { enterpriseId, memberId: member.uuid };
  await app.db.prisma.conversation.create({ data: { id: conversationId, customerId: customer.uuid, ...data } });
  await app.db.prisma.archivedMessage.create({
    data: {
      ...{ id: app.ids.next(), conversationId, sentAt: clock.now(), ...data },
      direction: 'FROM_CUSTOMER',
      text: 'Hello',
    },
  });
}

/** What shows a department's alone: people's figures, and customers and groups that no transfer of the other one was about. */
async function secretsOf(
  { app }: TestApp,
  enterpriseId: string,
  objects: TwoDepartments['objects'],
  place: 'SALES' | 'SERVICE',
): Promise<string[]> {
  const { prisma } = app.db;
  const where = { enterpriseId };
  const isOf = (type: string, uuid: string) => objects[type]!.get(encodeId(type, uuid)) === place;
  const items = await prisma.transferItem.findMany({ where });
  const elsewhere = items.filter(({ transferId }) => !isOf('Transfer', transferId));
  const were = new Set(elsewhere.flatMap(({ customerId, groupId }) => [customerId, groupId]));
  const customers = (await prisma.customer.findMany({ where })).filter(
    ({ id }) => isOf('Customer', id) && !were.has(id),
  );
  const groups = (await prisma.customerGroup.findMany({ where })).filter(
    ({ id }) => isOf('CustomerGroup', id) && !were.has(id),
  );
  const relations = await prisma.relation.findMany({
    where: { ...where, customerId: { in: customers.map(({ id }) => id) } },
  });
  const members = (await prisma.member.findMany({ where })).filter(({ id }) => isOf('Member', id));
  const ids = (type: string) => [...objects[type]!].flatMap(([id, whose]) => (whose === place ? [id] : []));
  return [
    ...customers.flatMap(({ id, name, externalUserId }) => [encodeId('Customer', id), `"${name}"`, externalUserId]),
    ...groups.flatMap(({ id, name, chatId }) => [encodeId('CustomerGroup', id), `"${name}"`, chatId]),
    ...relations.flatMap(({ id, remark }) => [encodeId('Relation', id), ...(remark === '' ? [] : [`"${remark}"`])]),
    ...members.flatMap(({ customerLimit, lastLoginAt }) =>
      customerLimit && lastLoginAt ? [`:${customerLimit}`, lastLoginAt.toISOString()] : [],
    ),
    ...['Transfer', 'TransferItem', 'AuditEvent'].flatMap(ids),
  ];
}

/** Every object by type, with the department it belongs to: now for what is, then for what was. */
async function objectsOf(test: TestApp, enterpriseId: string): Promise<TwoDepartments['objects']> {
  const { prisma } = test.app.db;
  const where = { enterpriseId };
  const departments = await prisma.department.findMany({ where });
  const places = new Map(departments.map(({ id, key }) => [id, key.toUpperCase()]));
  const at = (departmentId: string | null): Whereabouts => {
    const place = departmentId === null ? undefined : places.get(departmentId);
    return place === 'SALES' || place === 'SERVICE' ? place : 'NOWHERE';
  };
  const members = new Map(
    (await prisma.member.findMany({ where })).map(({ id, departmentId }) => [id, at(departmentId)]),
  );
  const of = (memberId: string): Whereabouts => members.get(memberId)!;
  const relations = await prisma.relation.findMany({ where: { ...where, status: 'ACTIVE' } });
  const transfers = new Map((await prisma.transfer.findMany({ where })).map((row) => [row.id, at(row.departmentId)]));
  const items = await prisma.transferItem.findMany({ where });
  const list = <Row>(type: string, rows: Iterable<Row>, id: (row: Row) => string, place: (row: Row) => Whereabouts) =>
    [type, new Map([...rows].map((row) => [encodeId(type, id(row)), place(row)]))] as const;
  const byId = ({ id }: { readonly id: string }) => id;
  const nowhere = (): Whereabouts => 'NOWHERE';
  return Object.fromEntries([
    list('Enterprise', [{ id: enterpriseId }], byId, nowhere),
    list('Department', departments, byId, ({ id }) => at(id)),
    list(
      'Member',
      members,
      ([id]) => id,
      ([, place]) => place,
    ),
    list(
      'Customer',
      relations,
      ({ customerId }) => customerId,
      ({ memberId }) => of(memberId),
    ),
    list('Relation', relations, byId, ({ memberId }) => of(memberId)),
    list('TagGroup', await prisma.tagGroup.findMany({ where }), byId, nowhere),
    list('Tag', await prisma.tag.findMany({ where }), byId, ({ memberId }) => (memberId ? of(memberId) : 'NOWHERE')),
    list('CustomerGroup', await prisma.customerGroup.findMany({ where }), byId, ({ ownerId }) => of(ownerId)),
    list(
      'Transfer',
      transfers,
      ([id]) => id,
      ([, place]) => place,
    ),
    list(
      'TransferItem',
      items,
      ({ transferId, position }) => `${transferId}.${position}`,
      ({ transferId }) => transfers.get(transferId)!,
    ),
    list('AssignmentRule', await prisma.assignmentRule.findMany({ where }), byId, nowhere),
    list('AuditEvent', await prisma.auditEvent.findMany({ where }), byId, ({ departmentId }) => at(departmentId)),
  ]);
}
