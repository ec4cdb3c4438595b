import type { Member } from '../../src/generated/prisma/client.js';
import { encodeId } from '../../src/graphql/ids.js';
import type { TestApp } from './app.js';

/** A person of a story, with the id and the token that clients use. */
export interface Person {
  readonly id: string;
  readonly uuid: string;
  readonly name: string;
  readonly token: string;
}

/** A company in which somebody is about to be, or has been, replaced. */
export interface Departing {
  readonly enterpriseId: string;
  readonly admin: Person;
  readonly leaver: Person;
  readonly ana: Person;
  readonly ben: Person;
  /** The leaver's customers, the first one added last: the order in which `all` takes them. */
  readonly customers: readonly Person[];
  /** Relation of each of these customers with the leaver, by UUID, in the same order. */
  readonly relations: readonly string[];
}

/**
 * A company of an administrator, a leaver with customers, and Ana and Ben who could take over. The leaver has resigned an
 * hour ago unless `resigned` is false; nothing waits: `waitHours` is 0 unless given.
 */
export async function departing(
  test: Pick<TestApp, 'app' | 'clock' | 'tokenOf'>,
  story: {
    readonly customers?: number;
    readonly resigned?: boolean;
    readonly waitHours?: number;
    readonly key?: string;
  } = {},
): Promise<Departing> {
  const { app, clock } = test;
  const { prisma } = app.db;
  const enterpriseId = app.ids.next();
  const createdAt = clock.now();
  await prisma.enterprise.create({
    data: {
      id: enterpriseId,
      key: story.key ?? enterpriseId,
      name: 'Lantern Trading',
      createdAt,
      waitHours: story.waitHours ?? 0,
    },
  });
  const member = async (userId: string, name: string, more: Partial<Member> = {}): Promise<Person> => {
    const uuid = app.ids.next();
    const data = { id: uuid, enterpriseId, userId, name, mobile: `+86 ${userId}`, createdAt, ...more };
    await prisma.member.create({ data });
    await prisma.portfolio.create({ data: { memberId: uuid, enterpriseId } });
    const token = await test.tokenOf({ kind: 'member', id: uuid, enterpriseId });
    return { id: encodeId('Member', uuid), uuid, name, token };
  };
  const admin = await member('admin', 'Ada');
  await prisma.administrator.create({ data: { memberId: admin.uuid, enterpriseId, role: 'SUPER', createdAt } });
  const resigned = story.resigned ?? true;
  const leaver = await member('leaver', 'Lee', {
    ...(resigned && { status: 'RESIGNED', resignedAt: new Date(createdAt.getTime() - 3600_000) }),
  });
  const ana = await member('ana', 'Ana');
  const ben = await member('ben', 'Ben');
  const customers: Person[] = [];
  const relations: string[] = [];
  for (let index = 0; index < (story.customers ?? 3); index++) {
    const { customer, relation } = await serve(test, {
      enterpriseId,
      member: leaver,
      name: `Customer ${index + 1}`,
      daysAgo: index + 1,
    });
    customers.push(customer);
    relations.push(relation);
  }
  return { enterpriseId, admin, leaver, ana, ben, customers, relations };
}

/**
 * Another administrator of the company, for customer contact only: a transfer of theirs may need an approval. They have every right
 * over the whole company; all who work nowhere are put into a department "Everybody".
 */
export async function contactAdministrator(
  { app, clock, tokenOf }: Pick<TestApp, 'app' | 'clock' | 'tokenOf'>,
  enterpriseId: string,
  name: string,
): Promise<Person> {
  const { prisma } = app.db;
  const uuid = app.ids.next();
  const createdAt = clock.now();
  await prisma.member.create({ data: { id: uuid, enterpriseId, userId: name.toLowerCase(), name, createdAt } });
  await prisma.portfolio.create({ data: { memberId: uuid, enterpriseId } });
  await prisma.administrator.create({ data: { memberId: uuid, enterpriseId, role: 'CUSTOMER_CONTACT', createdAt } });
  const department = { enterpriseId, key: 'everybody', name: 'Everybody' };
  const { id: departmentId } = await prisma.department.upsert({
    where: { enterpriseId_key: { enterpriseId, key: department.key } },
    create: { id: app.ids.next(), ...department },
    update: {},
  });
  await prisma.member.updateMany({ where: { enterpriseId, departmentId: null }, data: { departmentId } });
  const whole = await prisma.department.findMany({ where: { enterpriseId, parentId: null } });
  await prisma.grant.createMany({
    data: whole.flatMap(({ id }) =>
      (['VIEW', 'ASSIGN', 'CONFIGURE', 'AUDIT'] as const).map((right) => ({
        ...{ administratorId: uuid, departmentId: id, right, enterpriseId },
      })),
    ),
  });
  const token = await tokenOf({ kind: 'member', id: uuid, enterpriseId });
  return { id: encodeId('Member', uuid), uuid, name, token };
}

/** A customer, new unless given, whom the member serves since so many days. */
export async function serve(
  test: Pick<TestApp, 'app' | 'clock' | 'tokenOf'>,
  story: {
    readonly enterpriseId: string;
    readonly member: Person;
    readonly name?: string;
    readonly customer?: Person;
    readonly daysAgo?: number;
    readonly remark?: string;
  },
): Promise<{ customer: Person; relation: string }> {
  const { app, clock } = test;
  const { enterpriseId, member } = story;
  const createdAt = clock.now();
  let { customer } = story;
  if (!customer) {
    const uuid = app.ids.next();
    const name = story.name ?? 'A customer';
    await app.db.prisma.customer.create({
      data: { id: uuid, enterpriseId, externalUserId: `ext-${uuid}`, name, kind: 'WECHAT', createdAt },
    });
    const token = await test.tokenOf({ kind: 'customer', id: uuid, enterpriseId });
    customer = { id: encodeId('Customer', uuid), uuid, name, token };
  }
  const relation = app.ids.next();
  const addedAt = new Date(createdAt.getTime() - (story.daysAgo ?? 1) * 24 * 3600_000);
  await app.db.prisma.relation.create({
    data: {
      id: relation,
      enterpriseId,
      memberId: member.uuid,
      customerId: customer.uuid,
      addedAt,
      remark: story.remark ?? `remark on ${customer.name}`,
    },
  });
  await app.db.prisma.portfolio.update({ where: { memberId: member.uuid }, data: { customers: { increment: 1 } } });
  return { customer, relation };
}

/** Everything a handover could have moved, as it stands: what a refusal must leave as it was. */
export async function standing(test: TestApp, enterpriseId: string) {
  const { prisma } = test.app.db;
  const where = { enterpriseId };
  return {
    relations: await prisma.relation.findMany({ where, orderBy: { id: 'asc' } }),
    tags: await prisma.relationTag.findMany({ where, orderBy: [{ relationId: 'asc' }, { tagId: 'asc' }] }),
    portfolios: await prisma.portfolio.findMany({ where, orderBy: { memberId: 'asc' } }),
    transfers: await prisma.transfer.count({ where }),
    items: await prisma.transferItem.count({ where }),
    facts: await prisma.fact.count({ where }),
    events: await prisma.inboxEvent.count({ where }),
    done: await prisma.auditEvent.count({ where: { ...where, outcome: 'SUCCESS' } }),
  };
}

/** A customer group that the member owns, with these customers in it. Counted; OWNER_RESIGNED where the owner has left. */
export async function ownGroup(
  test: Pick<TestApp, 'app' | 'clock'>,
  story: {
    readonly enterpriseId: string;
    readonly member: Person;
    readonly name: string;
    readonly customers?: readonly Person[];
  },
): Promise<{ readonly id: string; readonly uuid: string }> {
  const { app, clock } = test;
  const { enterpriseId, member } = story;
  const { prisma } = app.db;
  const uuid = app.ids.next();
  const createdAt = clock.now();
  const { status } = await prisma.member.findUniqueOrThrow({ where: { id: member.uuid } });
  await prisma.customerGroup.create({
    data: {
      id: uuid,
      enterpriseId,
      chatId: `chat-${uuid}`,
      name: story.name,
      ownerId: member.uuid,
      status: status === 'RESIGNED' ? 'OWNER_RESIGNED' : 'NORMAL',
      createdAt,
    },
  });
  const participants = [
    { memberId: member.uuid },
    ...(story.customers ?? []).map((customer) => ({ customerId: customer.uuid })),
  ];
  await prisma.groupParticipant.createMany({
    data: participants.map((who) => ({ id: app.ids.next(), enterpriseId, groupId: uuid, ...who })),
  });
  await prisma.portfolio.update({ where: { memberId: member.uuid }, data: { groups: { increment: 1 } } });
  return { id: encodeId('CustomerGroup', uuid), uuid };
}
