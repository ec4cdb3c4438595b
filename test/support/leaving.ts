import { allRights } from '../../src/platform/rights.js';
import { createApp, type Baton } from '../../src/app/app.js';
import { readConfig } from '../../src/app/config.js';
import { startTransfer } from '../../src/features/transfers/transfers.js';
import { encodeId } from '../../src/graphql/ids.js';
import type { Database } from '../../src/platform/db/database.js';
import { createLogger } from '../../src/platform/log.js';
import { serveMany } from './crowd.js';
import { departing, type Departing } from './seed.js';
import { issueToken } from '../../src/app/tokens.js';

/** The application in this process, at the real time and without a runner, on a database that stays open. */
export async function appOn(db: Database): Promise<Baton> {
  const config = readConfig({ NODE_ENV: 'test', RUNNER: 'false', LOG_LEVEL: 'silent' });
  return createApp(config, { db, log: createLogger({ level: 'silent' }) });
}

/** A leaver of so many customers, all of whom have just been handed to Ana and Ben, and are due; nobody has been moved yet. */
export async function leave(app: Baton, customers: number): Promise<Departing & { transferId: string }> {
  const clock = { now: () => app.clock.now(), advance: () => undefined, set: () => undefined };
  const story = await departing(
    {
      app,
      clock,
      tokenOf: ({ kind, id, enterpriseId }) => issueToken(app, { kind, personId: id, enterpriseId }),
    },
    { customers: 0 },
  );
  const { enterpriseId, admin, leaver, ana, ben } = story;
  await app.db.prisma.enterprise.update({ where: { id: enterpriseId }, data: { customerLimit: 1_000_000 } });
  await serveMany(app, enterpriseId, leaver.uuid, customers);
  const actor = { kind: 'member', id: admin.uuid, enterpriseId, name: admin.name, rights: allRights } as const;
  const { transferId } = await startTransfer(
    app,
    { actor, requestId: 'leave', address: null },
    {
      operation: 'transferCustomers',
      kind: 'RESIGNED',
      leaverId: leaver.uuid,
      selection: { all: true },
      successorIds: [ana.uuid, ben.uuid],
    },
  );
  return { ...story, transferId };
}

/** A transfer's id as clients see it. */
export const transferIdOf = (story: { transferId: string }): string => encodeId('Transfer', story.transferId);
