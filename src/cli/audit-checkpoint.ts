import { Command } from 'commander';
import { createApp } from '../app/app.js';
import { readConfig } from '../app/config.js';
import { makeCheckpoint } from '../features/audit/audit.js';
import { withinEnterprise } from '../platform/db/scope.js';
import { StartupError } from '../platform/errors.js';
import { findEnterprises } from './find-enterprises.js';
import { runCommand } from './run-command.js';

const program = new Command('audit:checkpoint')
  .description(
    'Prints where the audit log of each enterprise stands, signed, one JSON object a line. Keep the lines where nobody can reach them who ' +
      'can write the database: audit:verify then finds out who cuts the log, or makes it anew. Needs AUDIT_SIGNING_KEY.',
  )
  .option('--enterprise <key>', 'only this enterprise; default: all')
  .addHelpText(
    'after',
    '\nExample, once an hour: npm run --silent audit:checkpoint >> /mnt/elsewhere/checkpoints.jsonl',
  )
  .action((options: { enterprise?: string }) => runCommand(() => run(options)));

async function run({ enterprise }: { enterprise?: string }): Promise<number> {
  const config = readConfig();
  const { auditSigningKey } = config;
  if (!auditSigningKey) {
    throw new StartupError('Set AUDIT_SIGNING_KEY to sign checkpoints with; npm run audit:key makes one.');
  }
  // The log goes to the same stdout, which is for checkpoints alone.
  await using app = await createApp({ ...config, runner: false, logLevel: 'silent' });
  for (const each of await findEnterprises(app, enterprise)) {
    const checkpoint = await withinEnterprise(each.id, () => makeCheckpoint(app, each, auditSigningKey));
    if (checkpoint) process.stdout.write(`${JSON.stringify(checkpoint)}\n`);
  }
  return 0;
}

await program.parseAsync();
