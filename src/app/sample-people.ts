import { loadSampleCompany } from '../cli/sample-company.js';
import { acrossEnterprises } from '../platform/db/scope.js';
import type { Baton } from './app.js';

/** A person of the sample company, as tokens and texts name them. */
export interface SamplePerson {
  readonly kind: 'member' | 'customer';
  readonly personId: string;
  readonly enterpriseId: string;
  readonly name: string;
}

/** Who plays which part in the story that the sample company is for. */
export interface SamplePeople {
  readonly enterpriseId: string;
  readonly enterpriseName: string;
  readonly administrator: SamplePerson;
  readonly leaver: SamplePerson;
  /** Where the leaver works. */
  readonly departmentId: string;
  readonly successors: readonly [SamplePerson, ...SamplePerson[]];
  /** One of the leaver's. */
  readonly customer: SamplePerson;
}

/**
 * The people of the sample company, which is loaded first where the database is empty. Null where tokens of theirs must
 * not be given away: in production, where the sample company is switched off, or beside a real company.
 */
export async function findSamplePeople(app: Baton): Promise<SamplePeople | null> {
  if (app.config.production || !app.config.sampleCompany) return null;
  return acrossEnterprises('finds the sample company by its key', () => findPeople(app));
}

async function findPeople(app: Baton): Promise<SamplePeople | null> {
  const sample = await loadSampleCompany(app);
  if (!sample) return null;
  const { prisma } = app.db;
  const enterprise = await prisma.enterprise.findUniqueOrThrow({ where: { key: sample.enterpriseKey } });
  const enterpriseId = enterprise.id;
  const member = async (userId: string): Promise<SamplePerson> => {
    const { id, name } = await prisma.member.findUniqueOrThrow({
      where: { enterpriseId_userId: { enterpriseId, userId } },
    });
    return { kind: 'member', personId: id, enterpriseId, name };
  };
  const customer = async (externalUserId: string): Promise<SamplePerson> => {
    const { id, name } = await prisma.customer.findUniqueOrThrow({
      where: { enterpriseId_externalUserId: { enterpriseId, externalUserId } },
    });
    return { kind: 'customer', personId: id, enterpriseId, name };
  };
  const [first, ...others] = sample.successors;
  const [served] = sample.customers;
  if (first === undefined || served === undefined) return null;
  const leaver = await member(sample.leaver);
  const { departmentId } = await prisma.member.findUniqueOrThrow({ where: { id: leaver.personId } });
  if (departmentId === null) return null;
  return {
    enterpriseId,
    enterpriseName: enterprise.name,
    administrator: await member(sample.administrator),
    leaver,
    departmentId,
    successors: [await member(first), ...(await Promise.all(others.map(member)))],
    customer: await customer(served),
  };
}
