import type { App } from '../platform/app.js';
import { sealAudit } from '../features/audit/audit.js';
import { isFromElsewhere } from '../features/inbox/inbox.js';
import { systemClock } from '../platform/clock.js';
import { openDatabase, type Database } from '../platform/db/database.js';
import { applyMigrations } from '../platform/db/migrate.js';
import { proveTenancy } from '../platform/db/prove-tenancy.js';
import { acrossEnterprises } from '../platform/db/scope.js';
import { StartupError } from '../platform/errors.js';
import { createIds } from '../platform/ids.js';
import { createLogger } from '../platform/log.js';
import { createLocalWakeup } from '../platform/wakeup/local-wakeup.js';
import { createPostgresWakeup } from '../platform/wakeup/postgres-wakeup.js';
import { createRedisWakeup } from '../platform/wakeup/redis-wakeup.js';
import type { Wakeup } from '../platform/wakeup/wakeup.js';
import { createAuthenticator, type Authenticator } from './authenticate.js';
import type { Config } from './config.js';
import { readPersistedDocuments, type PersistedDocuments } from './persisted-documents.js';
import { startPruner } from './pruner.js';
import { createRateLimit, type RateLimit } from './rate-limit.js';
import { doNextDue, startRunner } from './runner.js';
import { startSealer } from './sealer.js';

const unmarkedRestore =
  'The database was restored from another server and nobody has marked it: events would be missed, or come in the wrong order. ' +
  'Run `npm run restore:mark`, then start again.';

/** The running product, without its doors: `http.ts` and `websocket.ts` open those. */
export interface Baton extends App, AsyncDisposable {
  readonly config: Config;
  readonly authenticator: Authenticator;
  readonly rateLimit: RateLimit;
  /** Null where PERSISTED_DOCUMENTS is off. */
  readonly persistedDocuments: PersistedDocuments | null;
  /** Does all that is due now, and returns when nothing is: what tests wait for instead of sleeping. */
  settle(): Promise<void>;
}

/**
 * Puts the product together: opens the database, brings it up to date, starts the feed and, if set, the runner. Give
 * `overrides` to run it at another time or on a database that is open already; that one stays open.
 *
 * Throws StartupError when a setting, the database or its migrations do not allow it. `await using` ends all in reverse order.
 */
export async function createApp(
  config: Config,
  overrides: Partial<Pick<App, 'clock' | 'ids' | 'log' | 'db' | 'wakeup'>> = {},
): Promise<Baton> {
  const parts: AsyncDisposable[] = [];
  const use = <Part extends AsyncDisposable>(part: Part): Part => (parts.push(part), part);
  const close = async () => {
    for (const part of parts.splice(0).reverse()) await part[Symbol.asyncDispose]();
  };
  try {
    return { ...(await assemble(config, overrides, use)), [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function assemble(
  config: Config,
  overrides: Partial<Pick<App, 'clock' | 'ids' | 'log' | 'db' | 'wakeup'>>,
  use: <Part extends AsyncDisposable>(part: Part) => Part,
): Promise<Omit<Baton, typeof Symbol.asyncDispose>> {
  const { persistedDocumentsFile: file } = config;
  const persistedDocuments =
    config.persistedDocuments === 'off' || file === undefined ? null : readPersistedDocuments(file);
  const log =
    overrides.log ?? createLogger({ level: config.logLevel, pretty: !config.production && process.stdout.isTTY });
  const clock = overrides.clock ?? systemClock;
  const ids = overrides.ids ?? createIds(clock);
  const db: Database =
    overrides.db ??
    use(
      await openDatabase({
        ...(config.databaseUrl === undefined ? { dataDir: config.dataDir } : { url: config.databaseUrl }),
        poolSize: config.databasePool,
        log,
      }),
    );
  if (!overrides.db) {
    await applyMigrations(db);
    await proveTenancy(db);
    const elsewhere = await acrossEnterprises('compares all events with the server', () => isFromElsewhere({ db }));
    if (elsewhere) throw new StartupError(unmarkedRestore);
  }
  const wakeup: Wakeup = overrides.wakeup ?? use(openWakeup(config, log));
  const core = { config, db, clock, ids, log, wakeup, checkpointKey: config.auditVerifyingKey };
  const app = {
    ...core,
    authenticator: createAuthenticator(core),
    rateLimit: use(createRateLimit(config, log)),
    persistedDocuments,
  };
  if (config.runner) {
    use(startRunner(app));
    use(startPruner(app));
    use(startSealer(app));
  }
  return {
    ...app,
    async settle() {
      while ((await doNextDue(app)) > 0);
      while ((await sealAudit(app)) > 0);
    },
  };
}

function openWakeup(config: Config, log: App['log']) {
  if (config.redisUrl !== undefined) return createRedisWakeup(config.redisUrl, log);
  return config.databaseUrl === undefined ? createLocalWakeup() : createPostgresWakeup(config.databaseUrl, log);
}
