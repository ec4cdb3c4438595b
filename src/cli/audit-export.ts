import { pipeline } from 'node:stream/promises';
import { Command } from 'commander';
import { createApp } from '../app/app.js';
import { readConfig } from '../app/config.js';
import { exportAudit } from '../features/audit/audit.js';
import { withinEnterprise } from '../platform/db/scope.js';
import { findEnterprises } from './find-enterprises.js';
import { runCommand } from './run-command.js';

const program = new Command('audit:export')
  .description(
    'Writes the audit log of an enterprise to stdout, one JSON object a line, in the order of its chain, with sequence and hash: ' +
      'audit:verify --export checks it without the database.',
  )
  .requiredOption('--enterprise <key>', 'key of the enterprise')
  .action((options: { enterprise: string }) => runCommand(() => run(options)));

async function run({ enterprise }: { enterprise: string }): Promise<number> {
  // The log goes to the same stdout, which is for records alone.
  await using app = await createApp({ ...readConfig(), runner: false, logLevel: 'silent' });
  for (const { id } of await findEnterprises(app, enterprise)) {
    await withinEnterprise(id, () => pipeline(linesOf(exportAudit(app, id)), process.stdout, { end: false }));
  }
  return 0;
}

async function* linesOf(texts: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const text of texts) yield `${text}\n`;
}

await program.parseAsync();
