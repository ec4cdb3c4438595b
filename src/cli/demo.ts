import { createApp } from '../app/app.js';
import { readConfig } from '../app/config.js';
import { playHandover } from './demo/play-handover.js';
import { openScreen } from './demo/screen.js';
import { runCommand } from './run-command.js';

const withinMs = 50_000;

/**
 * Plays the main job, and ends with one line that says what the database wrote and what arrived. On DATABASE_URL it makes
 * a company of its own there; otherwise it uses an embedded database that is gone afterwards.
 */
async function run(): Promise<number> {
  const screen = openScreen(process.stdout);
  const config = readConfig();
  screen.line('Starting ...');
  await using app = await createApp({
    ...config,
    host: '127.0.0.1',
    port: 0,
    dataDir: 'memory://',
    runner: true,
    graphiql: false,
    logLevel: 'warn',
  });
  const deadline = AbortSignal.timeout(withinMs);
  const { handedOver, customerNotices, assignmentNotifications, missed, surplus } = await playHandover(
    app,
    screen,
    deadline,
  );
  if (surplus > 0) screen.line(`${surplus} events arrived that were not written, or twice.`);
  screen.line(
    `demo: ${handedOver} customers handed over, ${customerNotices} customer notices and ${assignmentNotifications} ` +
      `assignment notifications delivered, ${missed} missed`,
  );
  return missed === 0 && surplus === 0 && handedOver > 0 ? 0 : 1;
}

await runCommand(run);
