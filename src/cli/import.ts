import { Command } from 'commander';
import { createApp } from '../app/app.js';
import { readConfig } from '../app/config.js';
import { importCompany } from './import/import-company.js';
import { openReport, summarize } from './import/report.js';
import { showSteps } from './import/show-steps.js';
import { runCommand } from './run-command.js';

interface Options {
  readonly enterprise: string;
  readonly administrator: readonly string[];
  readonly dryRun: boolean;
  readonly report?: string;
}

const program = new Command('import')
  .description(
    'Imports a folder of CSV files (members.csv, customers.csv, relations.csv and others) into an enterprise.',
  )
  .argument('<folder>', 'folder of the CSV files')
  .requiredOption('--enterprise <name>', 'name or key of the enterprise; one that is not there is made')
  .option(
    '--administrator <user_id>',
    'member to make a super administrator; may be given several times',
    (userId: string, others: readonly string[]) => [...others, userId],
    [] as readonly string[],
  )
  .option('--dry-run', 'check only, write nothing', false)
  .option('--report <file>', 'write every reason for which a row was left out to this CSV file')
  .addHelpText(
    'after',
    '\nExit code: 0 when every row went in, 2 when some were left out, 1 when the import could not run.' +
      '\nThe same folder may be imported again: what is there already does not change.',
  )
  .action((folder: string, options: Options) => runCommand(() => run(folder, options)));

async function run(folder: string, options: Options): Promise<number> {
  const config = readConfig();
  // Lines for people go out here; of the log only what is wrong.
  await using app = await createApp({ ...config, runner: false, logLevel: quietest(config.logLevel) });
  await using report = await openReport(options.report);
  const outcome = await importCompany(app, {
    enterprise: options.enterprise,
    folder,
    administrators: options.administrator,
    dryRun: options.dryRun,
    report: report.add,
    runSteps: showSteps(process.stdout),
  });
  for (const line of report.lines()) process.stderr.write(`${line}\n`);
  for (const line of summarize(outcome, options.enterprise, options.dryRun)) process.stdout.write(`${line}\n`);
  return outcome.leftOut > 0 ? 2 : 0;
}

function quietest(level: string): string {
  return level === 'info' ? 'warn' : level;
}

await program.parseAsync();
