import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { App } from '../../platform/app.js';
import { withinEnterprise } from '../../platform/db/scope.js';
import { importCompany } from '../import/import-company.js';
import { runQuietly } from '../import/steps.js';

/** Whom a simulation is about: the company's own ids, and the rows' for those who get tokens. */
export interface SimulatedCompany {
  readonly enterpriseId: string;
  readonly administrator: string;
  /** Serves all customers. */
  readonly leaver: string;
  readonly successors: readonly string[];
  readonly people: readonly { readonly kind: 'member' | 'customer'; readonly key: string; readonly personId: string }[];
}

const administrator = 'admin';
const leaver = 'leaver';
const successors = ['successor-1', 'successor-2', 'successor-3'];

/** Imports a company of this name with so many customers, beside whatever there is. */
export async function importSimulatedCompany(
  app: Pick<App, 'db' | 'wakeup' | 'clock' | 'ids'>,
  name: string,
  customers: number,
): Promise<SimulatedCompany> {
  const keys = Array.from({ length: customers }, (_, at) => `customer-${String(at + 1).padStart(5, '0')}`);
  const table = (header: string, rows: readonly string[]) => `${[header, ...rows].join('\n')}\n`;
  const folder = await mkdtemp(path.join(tmpdir(), 'baton-simulate-'));
  try {
    const members = [`${administrator},Ada Admin`, `${leaver},Leo Leaver`, ...successors.map((key) => `${key},${key}`)];
    await writeFile(path.join(folder, 'members.csv'), table('user_id,name', members));
    await writeFile(
      path.join(folder, 'customers.csv'),
      table(
        'external_user_id,name,kind',
        keys.map((key) => `${key},${key},WECHAT`),
      ),
    );
    await writeFile(
      path.join(folder, 'relations.csv'),
      table(
        'user_id,external_user_id',
        keys.map((key) => `${leaver},${key}`),
      ),
    );
    const { enterpriseId } = await importCompany(app, {
      enterprise: name,
      folder,
      administrators: [administrator],
      report: ({ file, line, reason }) => {
        throw new Error(`The simulated company is broken: ${file}:${line}: ${reason}`);
      },
      runSteps: runQuietly,
    });
    if (enterpriseId === null) throw new Error('An import that was no dry run made no enterprise.');
    const where = { enterpriseId };
    const [memberRows, customerRows] = await withinEnterprise(enterpriseId, () =>
      Promise.all([
        app.db.prisma.member.findMany({ where, select: { id: true, userId: true } }),
        app.db.prisma.customer.findMany({ where, select: { id: true, externalUserId: true } }),
      ]),
    );
    return {
      enterpriseId,
      administrator,
      leaver,
      successors,
      people: [
        ...memberRows.map(({ id, userId }) => ({ kind: 'member' as const, key: userId, personId: id })),
        ...customerRows.map(({ id, externalUserId: key }) => ({ kind: 'customer' as const, key, personId: id })),
      ],
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
