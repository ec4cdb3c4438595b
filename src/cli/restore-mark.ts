import { Command } from 'commander';
import { readConfig } from '../app/config.js';
import { markRestored } from '../features/inbox/inbox.js';
import { Prisma } from '../generated/prisma/client.js';
import { systemClock } from '../platform/clock.js';
import { openDatabase, type Database } from '../platform/db/database.js';
import { acrossEnterprises, asOwner } from '../platform/db/scope.js';
import { applyMigrations } from '../platform/db/migrate.js';
import { StartupError } from '../platform/errors.js';
import { createIds } from '../platform/ids.js';
import { createLogger } from '../platform/log.js';
import { createLocalWakeup } from '../platform/wakeup/local-wakeup.js';
import { runCommand } from './run-command.js';

/** What the connections of this command are called, to tell them from those of servers. */
const ownName = 'baton restore:mark';

const program = new Command('restore:mark')
  .description(
    'Marks the database as restored from a backup. Run it after every restore, before servers and workers start: whoever kept a ' +
      'place in an inbox is then told to read it afresh, instead of missing what the restore took back.',
  )
  .option('--force', 'go on although others are connected to the database', false)
  .addHelpText(
    'after',
    '\nSettings are read as the server reads them: DATABASE_URL, or DATA_DIR for the embedded database.' +
      '\nExit code: 0 when it is marked, 1 when it could not be.',
  )
  .action((options: { force: boolean }) => runCommand(() => run(options)));

async function run({ force }: { force: boolean }): Promise<number> {
  const { databaseUrl, dataDir } = readConfig();
  const log = createLogger({ level: 'warn', pretty: false });
  await using db = await openDatabase({
    ...(databaseUrl === undefined ? { dataDir } : { url: named(databaseUrl) }),
    log,
  });
  if (!force && db.kind === 'postgres') await asOwner('sees who else is connected', () => refuseOthers(db));
  await applyMigrations(db);
  await using wakeup = createLocalWakeup(log);
  const clock = systemClock;
  const { renumbered } = await acrossEnterprises('marks the database as a whole', () =>
    markRestored({ db, wakeup, clock, ids: createIds(clock) }),
  );
  process.stdout.write(
    'Marked. Whoever comes back with a cursor from before is told to read the lists afresh (ResyncRequired, OTHER_EPOCH).\n' +
      (renumbered > 0 ? `${renumbered} events came from another server and were numbered anew.\n` : '') +
      'Start the servers and workers now.\n',
  );
  return 0;
}

// Of what a running server writes in between, some would be ordered before what was restored.
async function refuseOthers(db: Database): Promise<void> {
  const others = await db.query<{ name: string; count: number }>(Prisma.sql`
    SELECT coalesce(nullif(application_name, ''), 'without a name') AS name, count(*)::int AS count FROM pg_stat_activity
    WHERE datname = current_database() AND application_name <> ${ownName}
      AND coalesce(backend_type, 'client backend') = 'client backend'
    GROUP BY 1 ORDER BY 1`);
  if (others.length === 0) return;
  const names = others.map(({ name, count }) => `${name} (${count})`).join(', ');
  throw new StartupError(
    `Others are connected to this database: ${names}. Stop all servers and workers, then run this again; they would go on with ` +
      'cursors from before the restore meanwhile. If what is connected is not Baton, give --force.',
  );
}

function named(url: string): string {
  if (!URL.canParse(url)) return url;
  const parsed = new URL(url);
  parsed.searchParams.set('application_name', ownName);
  return parsed.href;
}

await program.parseAsync();
