import { encodeId } from '../../src/graphql/ids.js';
import type { TestApp } from '../support/app.js';
import type { FullCompany } from '../support/full-company.js';
import { serve, type Person } from '../support/seed.js';

/** Everybody who may ask. `successor` took customers over; `every right` is over the whole company, the single ones over a department. */
export const roles = [
  'nobody',
  'customer',
  'member',
  'successor',
  'VIEW',
  'ASSIGN',
  'CONFIGURE',
  'AUDIT',
  'every right',
  'super',
] as const;
export type Role = (typeof roles)[number];

/** One person for each role, null for nobody. A role that reaches every department stands for the first place alone. */
export type People = Readonly<Partial<Record<Role, Person | null>>>;

const rights = ['VIEW', 'ASSIGN', 'CONFIGURE', 'AUDIT'] as const;

/**
 * Hires people beside those of this company: a colleague in Sales, where its leaver and successors work, and administrators over it;
 * the same in and over a department Service beside it, which has a leaver, a successor and a customer of its own.
 */
export async function staff(
  test: TestApp,
  company: FullCompany,
): Promise<{ readonly own: People; readonly beside: People }> {
  const { app, clock } = test;
  const { prisma } = app.db;
  const { enterpriseId, ana, handed, admin } = company;
  const createdAt = clock.now();
  const { id: sales, parentId: whole } = await prisma.department.findFirstOrThrow({
    where: { enterpriseId, key: 'sales' },
  });
  const service = app.ids.next();
  await prisma.department.create({
    data: { id: service, enterpriseId, key: 'service', name: 'Service', parentId: whole },
  });

  const hired: {
    person: Person;
    departmentId?: string;
    over?: readonly [string, readonly (typeof rights)[number][]];
  }[] = [];
  const hire = async (name: string, more: { departmentId?: string; over?: (typeof hired)[number]['over'] }) => {
    const uuid = app.ids.next();
    const token = await test.tokenOf({ kind: 'member', id: uuid, enterpriseId });
    const person = { id: encodeId('Member', uuid), uuid, name, token };
    hired.push({ person, ...more });
    return person;
  };
  const appoint = async (departmentId: string) => {
    const found: Partial<Record<Role, Person>> = {};
    for (const right of rights)
      found[right] = await hire(`${right} ${departmentId}`, { over: [departmentId, [right]] });
    return found;
  };
  const [colleague, another, sam, gone] = [
    await hire('Cai', { departmentId: sales }),
    await hire('Dee', { departmentId: service }),
    await hire('Sam', { departmentId: service }),
    await hire('Gone', { departmentId: service }),
  ];
  const everyRight = await hire('Eve', { over: [whole ?? sales, rights] });
  const [overSales, overService] = [await appoint(sales), await appoint(service)];

  await prisma.member.createMany({
    data: hired.map(({ person: { uuid, name }, departmentId = null }) => ({
      id: uuid,
      enterpriseId,
      userId: name,
      name,
      departmentId,
      createdAt,
    })),
  });
  await prisma.portfolio.createMany({ data: hired.map(({ person }) => ({ memberId: person.uuid, enterpriseId })) });
  const appointed = hired.flatMap(({ person, over }) => (over ? [{ id: person.uuid, over }] : []));
  await prisma.administrator.createMany({
    data: appointed.map(({ id }) => ({ memberId: id, enterpriseId, role: 'CUSTOMER_CONTACT' as const, createdAt })),
  });
  await prisma.grant.createMany({
    data: appointed.flatMap(({ id, over: [departmentId, granted] }) =>
      granted.map((right) => ({ administratorId: id, departmentId, right, enterpriseId })),
    ),
  });
  const { customer } = await serve(test, { enterpriseId, member: sam, name: 'Of Service' });
  await serve(test, { enterpriseId, member: gone, name: 'Left in Service' });
  await prisma.member.update({
    where: { id: gone.uuid },
    data: { status: 'RESIGNED', resignedAt: new Date(createdAt.getTime() - 2 * 3600_000) },
  });

  return {
    own: {
      nobody: null,
      customer: handed,
      member: colleague,
      successor: ana,
      ...overSales,
      'every right': everyRight,
      super: admin,
    },
    beside: { customer, member: another, successor: sam, ...overService },
  };
}
