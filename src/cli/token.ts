import { Command, InvalidArgumentError } from 'commander';
import { createApp } from '../app/app.js';
import { readConfig } from '../app/config.js';
import { issueToken } from '../app/tokens.js';
import { StartupError } from '../platform/errors.js';
import { findPerson } from './find-person.js';
import { runCommand } from './run-command.js';

interface Options {
  readonly enterprise?: string;
  readonly member?: string;
  readonly customer?: string;
  readonly hours?: number;
}

const program = new Command('token')
  .description('Prints a token (JWT) for a member or a customer, and nothing else.')
  .option('--enterprise <key>', 'key of the enterprise, where several have such a person')
  .option('--member <user_id>', 'member that the token is for')
  .option('--customer <external_user_id>', 'customer that the token is for')
  .option('--hours <hours>', 'how long the token lasts; default: the setting TOKEN_HOURS', readHours)
  .action((options: Options) => runCommand(() => run(options)));

async function run(options: Options): Promise<number> {
  const { member, customer } = options;
  if ((member === undefined) === (customer === undefined)) {
    throw new StartupError('Give one of --member <user_id> and --customer <external_user_id>.');
  }
  // The log goes to the same stdout, which is for the token alone.
  await using app = await createApp({ ...readConfig(), runner: false, logLevel: 'silent' });
  const person = await findPerson(app, {
    kind: member === undefined ? 'customer' : 'member',
    key: member ?? customer ?? '',
    enterpriseKey: options.enterprise,
  });
  process.stdout.write(`${await issueToken(app, person, options.hours)}\n`);
  return 0;
}

function readHours(text: string): number {
  const hours = Number(text);
  if (!(hours > 0 && hours <= 24 * 365)) throw new InvalidArgumentError('It must be more than 0 and at most 8760.');
  return hours;
}

await program.parseAsync();
