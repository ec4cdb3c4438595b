import { setMaxListeners } from 'node:events';
import { Command, InvalidArgumentError, Option } from 'commander';
import { createApp } from '../app/app.js';
import { readConfig } from '../app/config.js';
import { serve } from '../app/serve.js';
import { issueToken } from '../app/tokens.js';
import { StartupError } from '../platform/errors.js';
import { runCommand } from './run-command.js';
import { openLiveLine } from './simulate/live-line.js';
import { playSimulation, type Outcome } from './simulate/play-simulation.js';
import { seededRandom } from './simulate/seeded-random.js';
import { importSimulatedCompany } from './simulate/simulated-company.js';

interface Options {
  readonly customers: number;
  readonly decline: number;
  readonly silent: number;
  readonly cut: number;
  readonly within: number;
  readonly seed: number;
  readonly url?: readonly string[];
}

/** Each is a socket from one address: a server takes some thousands of them. */
const mostCustomers = 4_000;

const program = new Command('simulate')
  .description(
    'Hands simulated customers over, each with a socket of their own: they are told, decline or accept, and acknowledge ' +
      'what they read. At the end, what each of them received is compared with what the API lists for them.',
  )
  .option('--customers <n>', `how many, 1 to ${mostCustomers}`, whole(1, mostCustomers), 1000)
  .addOption(new Option('--decline <share>', 'how many of them decline').argParser(share).default(0.05, '5%'))
  .addOption(
    new Option('--silent <share>', 'how many say nothing until the waiting time is over; everybody else accepts')
      .argParser(share)
      .default(0, '0%'),
  )
  .addOption(
    new Option('--cut <share>', 'how many lose their line once while it happens, and come back')
      .argParser(share)
      .default(0.1, '10%'),
  )
  .option('--within <seconds>', 'how long they take at most to say it', whole(0, 3600), 5)
  .addOption(
    new Option('--seed <n>', 'repeats the choices of an earlier run')
      .argParser(whole(0, 2 ** 32 - 1))
      .default(Math.floor(Math.random() * 2 ** 32), 'by chance'),
  )
  .option(
    '--url <address>',
    'server that is running already, on the same DATABASE_URL and TOKEN_SECRET; several times for several instances',
    (url: string, others: readonly string[] = []) => [...others, url],
  )
  .addHelpText(
    'after',
    '\nWithout --url it serves by itself, and with no DATABASE_URL on an embedded database that is gone afterwards.' +
      '\nIt makes a company of its own, beside whatever there is.' +
      '\nExit code: 0 when everybody received everything once and in order, 1 when not, 130 after Ctrl-C.' +
      '\n\nExamples:' +
      '\n  npm run simulate -- --customers 1000 --decline 5%' +
      '\n  DATABASE_URL=postgresql://... npm run simulate -- --url http://127.0.0.1:4000/graphql --url http://127.0.0.1:4001/graphql',
  )
  .action((options: Options) => runCommand(() => run(options)));

async function run(options: Options): Promise<number> {
  const config = readConfig();
  const { customers, url: given = [], seed } = options;
  if (options.decline + options.silent > 1)
    throw new StartupError('--decline and --silent are more than 100% together.');
  if (given.length > 0 && config.databaseUrl === undefined) {
    throw new StartupError('--url needs the DATABASE_URL of the server: tokens for the customers are made from there.');
  }
  if (given.length > 0 && options.silent > 0) {
    throw new StartupError('--silent does not go with --url: the time of another server does not pass faster.');
  }
  const stop = new AbortController();
  // Everybody listens.
  setMaxListeners(0, stop.signal);
  process.once('SIGINT', () => stop.abort()).once('SIGTERM', () => stop.abort());
  using live = openLiveLine(process.stdout);
  live.say(`Starting, with --seed ${seed} ...`);
  let skippedMs = 0;
  const clock = { now: () => new Date(Date.now() + skippedMs) };
  const settings = { host: '127.0.0.1', port: 0, dataDir: 'memory://', graphiql: false, logLevel: 'warn' };
  await using app = await createApp({ ...config, ...settings, runner: given.length === 0 }, { clock });
  const company = await importSimulatedCompany(app, `Simulation ${new Date().toISOString()}`, customers);
  await using doors = given.length > 0 ? null : await serve(app);
  const urls = doors ? [`${doors.url}/graphql`] : given;
  live.say(`${customers} customers on ${urls.join(', ')}`);

  const { decline, silent, cut, within } = options;
  const outcome = await playSimulation(
    {
      company,
      urls,
      tokenOf: ({ kind, personId }) => issueToken(app, { kind, personId, enterpriseId: company.enterpriseId }),
      skipHours: given.length > 0 ? null : (hours) => void (skippedMs += hours * 3_600_000),
      random: seededRandom(seed),
      live,
      signal: stop.signal,
    },
    { decline, silent, cut, withinMs: within * 1000 },
  );
  return report(outcome, customers, stop.signal.aborted, (text) => live.say(text));
}

const mostProblems = 10;

function report(outcome: Outcome, customers: number, stopped: boolean, say: (text: string) => void): number {
  const { told, declined, accepted, changed, events, missed, surplus, disordered, unread, cuts, problems } = outcome;
  say('');
  for (const problem of problems.slice(0, mostProblems)) say(problem);
  if (problems.length > mostProblems) say(`... and ${problems.length - mostProblems} more.`);
  const soFar = `${told} of ${customers} customers told, ${declined} declined, ${accepted} accepted, ${changed} have a new contact`;
  if (stopped) {
    say(`simulate: stopped; ${soFar}`);
    return 130;
  }
  say(
    `simulate: ${soFar}; ${cuts} lines cut; ${events} events delivered, ` +
      `${missed} missed, ${surplus} repeated, ${disordered} out of order, ${unread} not acknowledged`,
  );
  return problems.length + missed + surplus + disordered + unread === 0 ? 0 : 1;
}

function share(text: string): number {
  const percent = Number(text.replace(/%$/, ''));
  if (text.trim() === '' || !(percent >= 0 && percent <= 100))
    throw new InvalidArgumentError('It must be from 0% to 100%.');
  return percent / 100;
}

function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (text.trim() !== '' && Number.isInteger(number) && number >= least && number <= most) return number;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}

await program.parseAsync();
