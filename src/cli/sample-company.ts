import { fileURLToPath } from 'node:url';
import type { App } from '../platform/app.js';
import { acrossEnterprises } from '../platform/db/scope.js';
import { importCompany } from './import/import-company.js';
import { runQuietly } from './import/steps.js';

/** The company that ships with the product, to try it out: who is who in it. */
export interface SampleCompany {
  readonly enterpriseKey: string;
  readonly administrator: string;
  /** Serves 60 customers and owns two groups, and is about to leave. */
  readonly leaver: string;
  readonly successors: readonly string[];
  /** Customers of the leaver's, by external user id. */
  readonly customers: readonly string[];
}

const enterprise = 'Sample Company';

const sampleCompany: SampleCompany = {
  enterpriseKey: 'sample-company',
  administrator: 'admin',
  leaver: 'lin-wei',
  successors: ['ana-torres', 'zhang-min', 'ben-carter'],
  customers: ['customer-001', 'customer-002', 'customer-003'],
};

// The same from src/cli and from dist/cli.
const folder = fileURLToPath(new URL('../../prisma/seed', import.meta.url));

/**
 * Imports the sample company into a database that holds no enterprise yet, and says who is who. A load that was
 * interrupted is completed by the next one. Null where there are enterprises, but not this one: it is not mixed in.
 */
export function loadSampleCompany(app: Pick<App, 'db' | 'wakeup' | 'clock' | 'ids'>): Promise<SampleCompany | null> {
  return acrossEnterprises('looks whether there is any enterprise', () => load(app));
}

async function load(app: Pick<App, 'db' | 'wakeup' | 'clock' | 'ids'>): Promise<SampleCompany | null> {
  const enterprises = await app.db.prisma.enterprise.findMany({ select: { id: true, key: true }, take: 2 });
  const own = await app.db.prisma.enterprise.findUnique({ where: { key: sampleCompany.enterpriseKey } });
  if (enterprises.length > 0 && !own) return null;
  // The import records itself when all is in.
  const isComplete =
    own && (await app.db.prisma.auditEvent.findFirst({ where: { enterpriseId: own.id, action: 'import' } }));
  if (!isComplete) {
    await importSampleCompany(app, enterprise);
    // Whoever tries it out sees a takeover at once, not after the day that a real company gives its customers.
    await app.db.prisma.enterprise.update({ where: { key: sampleCompany.enterpriseKey }, data: { waitHours: 0 } });
  }
  return sampleCompany;
}

/** Imports the sample company under a name of the caller's, beside whatever there is, and says who is who. */
export async function importSampleCompany(
  app: Pick<App, 'db' | 'wakeup' | 'clock' | 'ids'>,
  name: string,
): Promise<Omit<SampleCompany, 'enterpriseKey'> & { readonly enterpriseId: string }> {
  const { enterpriseId } = await importCompany(app, {
    enterprise: name,
    folder,
    administrators: [sampleCompany.administrator],
    report: ({ file, line, column, reason }) => {
      throw new Error(`The sample company is broken: ${file}:${line}: ${column}: ${reason}`);
    },
    runSteps: runQuietly,
  });
  if (enterpriseId === null) throw new Error('An import that was no dry run made no enterprise.');
  return { ...sampleCompany, enterpriseId };
}
