import type { App } from '../../platform/app.js';
import { StartupError } from '../../platform/errors.js';

/**
 * The enterprise of this name, or of this key; null when there is none.
 *
 * Throws a StartupError when the name alone does not tell which one.
 */
export async function findEnterprise({ db }: Pick<App, 'db'>, nameOrKey: string): Promise<{ id: string } | null> {
  const name = nameOrKey.trim();
  const key = keyOf(name);
  if (key === '') throw new StartupError('--enterprise needs a name with a letter or a digit in it.');
  const found = await db.prisma.enterprise.findMany({
    where: { OR: [{ name }, { key: { in: [name, key] } }] },
    select: { id: true, key: true, name: true },
    take: 3,
  });
  const exact = found.filter((each) => each.name === name || each.key === name);
  if (exact.length === 1) return { id: exact[0]?.id ?? '' };
  if (found.length === 0) return null;
  const which = found.map((each) => `"${each.key}" (${each.name})`).join(', ');
  throw new StartupError(
    exact.length > 1
      ? `Several enterprises are called "${name}". Give the key of the one you mean: ${which}.`
      : `There is no enterprise "${name}", but one whose key would be the same: ${which}. Give its key, or another name.`,
  );
}

/** The same, made when there is none: its key is the name in small letters, digits and hyphens. */
export async function requireEnterprise(
  app: Pick<App, 'db' | 'clock' | 'ids'>,
  nameOrKey: string,
): Promise<{ id: string }> {
  const existing = await findEnterprise(app, nameOrKey);
  if (existing) return existing;
  const name = nameOrKey.trim();
  const id = app.ids.next();
  await app.db.prisma.enterprise.createMany({
    data: { id, key: keyOf(name), name, createdAt: app.clock.now() },
    skipDuplicates: true,
  });
  // Somebody who made it at the same time was as right.
  return (await findEnterprise(app, name)) ?? { id };
}

/** Letters of every script stay: a company may have no Latin name. */
function keyOf(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[^\p{Letter}\p{Number}]+/gu, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 60);
}
