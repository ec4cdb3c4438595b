import type { App } from '../platform/app.js';
import { acrossEnterprises } from '../platform/db/scope.js';
import { StartupError } from '../platform/errors.js';

/** An enterprise as a command names it. */
export interface NamedEnterprise {
  readonly id: string;
  readonly key: string;
}

/** The enterprise with this key or, without one, all of them by key. Throws a StartupError where there is none. */
export async function findEnterprises({ db }: Pick<App, 'db'>, key: string | undefined): Promise<NamedEnterprise[]> {
  const all = await acrossEnterprises('the operator names one by its key, or none', () =>
    db.prisma.enterprise.findMany({ select: { id: true, key: true }, orderBy: { key: 'asc' } }),
  );
  const found = key === undefined ? all : all.filter((enterprise) => enterprise.key === key);
  if (found.length > 0) return found;
  if (key === undefined) throw new StartupError('There is no enterprise yet.');
  throw new StartupError(
    `There is no enterprise with the key "${key}". There are: ${all.map((enterprise) => enterprise.key).join(', ')}.`,
  );
}
