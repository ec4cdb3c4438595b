import { Command } from 'commander';
import { createApp } from '../app/app.js';
import { readConfig } from '../app/config.js';
import { compareOwners, rebuildOwners } from '../features/audit/audit.js';
import { withinEnterprise } from '../platform/db/scope.js';
import { findEnterprises } from './find-enterprises.js';
import { runCommand } from './run-command.js';

interface Options {
  readonly enterprise?: string;
  readonly print: boolean;
}

const program = new Command('audit:owners')
  .description(
    'Works out from the audit log alone who serves each customer and owns each group, and compares it with the database.',
  )
  .option('--enterprise <key>', 'only this enterprise; default: all')
  .option('--print', 'print what the log says instead, one JSON object a line', false)
  .addHelpText(
    'after',
    '\nExit code: 0 when they agree, 1 when they do not. What the log says is worth what audit:verify says of the log.',
  )
  .action((options: Options) => runCommand(() => run(options)));

async function run({ enterprise, print }: Options): Promise<number> {
  // The log goes to the same stdout, which is for owners alone.
  await using app = await createApp({ ...readConfig(), runner: false, logLevel: 'silent' });
  let code = 0;
  for (const { id, key } of await findEnterprises(app, enterprise)) {
    if (print) {
      for (const owned of await withinEnterprise(id, () => rebuildOwners(app, id))) {
        process.stdout.write(`${JSON.stringify({ enterprise: key, ...owned })}\n`);
      }
      continue;
    }
    const { agreed, differ, differences } = await withinEnterprise(id, () => compareOwners(app, id));
    process.stdout.write(`${key}: ${agreed} owners are the same by the log and in the database, ${differ} are not.\n`);
    for (const { kind, subjectId, byLog, byTable } of differences) {
      process.stdout.write(
        `  ${kind} ${subjectId}: ${byLog ?? 'nobody'} by the log, ${byTable ?? 'nobody'} in the database\n`,
      );
    }
    if (differ > 0) code = 1;
  }
  return code;
}

await program.parseAsync();
