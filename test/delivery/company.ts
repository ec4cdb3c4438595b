import { readConfig } from '../../src/app/config.js';
import { issueToken, type Session } from '../../src/app/tokens.js';
import { systemClock } from '../../src/platform/clock.js';
import { openDatabase, type Database } from '../../src/platform/db/database.js';
import { ownerDatabase } from '../support/owner-database.js';
import { applyMigrations } from '../../src/platform/db/migrate.js';
import { createLogger } from '../../src/platform/log.js';
import { serveMany } from '../support/crowd.js';
import { appOn } from '../support/leaving.js';
import { departing, type Departing } from '../support/seed.js';

export const tokenSecret = 'a-secret-that-only-the-delivery-test-has-and-knows';

/** Somebody whose inbox is followed. */
export interface Reader extends Pick<Session, 'kind' | 'personId' | 'enterpriseId'> {
  readonly token: string;
}

/** A company whose leaver's customers are handed over, and taken back, again and again. */
export interface Company extends Departing {
  /** Whether its customers are asked before. */
  readonly waits: boolean;
  /** The two successors, then the customers. */
  readonly readers: readonly Reader[];
}

/** Opens the database of the run, brought up to date. */
export async function openMigrated(url: string): Promise<Database> {
  const db = ownerDatabase(await openDatabase({ url, poolSize: 4, log: createLogger({ level: 'silent' }) }));
  await applyMigrations(db);
  return db;
}

/** Makes companies of so many customers each; every second one, or all, wait 24 hours before they move anybody. */
export async function foundCompanies(
  db: Database,
  count: number,
  customers: number,
  allWait = false,
): Promise<Company[]> {
  await using app = await appOn(db);
  const clock = { now: () => app.clock.now(), advance: () => undefined, set: () => undefined };
  const signer = { config: readConfig({ TOKEN_SECRET: tokenSecret }), clock: systemClock };
  const tokenOf = (person: { kind: 'member' | 'customer'; id: string; enterpriseId: string }) =>
    issueToken(signer, { kind: person.kind, personId: person.id, enterpriseId: person.enterpriseId });
  const companies: Company[] = [];
  for (let number = 0; number < count; number++) {
    const waits = allWait || number % 2 === 1;
    const story = await departing({ app, clock, tokenOf }, { customers: 0, waitHours: waits ? 24 : 0 });
    const { enterpriseId } = story;
    await serveMany(app, enterpriseId, story.leaver.uuid, customers);
    const served = await db.prisma.customer.findMany({ where: { enterpriseId }, select: { id: true } });
    const readers: Reader[] = [];
    for (const { uuid, token } of [story.ana, story.ben]) {
      readers.push({ kind: 'member', personId: uuid, enterpriseId, token });
    }
    for (const { id } of served) {
      const token = await tokenOf({ kind: 'customer', id, enterpriseId });
      readers.push({ kind: 'customer', personId: id, enterpriseId, token });
    }
    companies.push({ ...story, waits, readers });
  }
  return companies;
}
