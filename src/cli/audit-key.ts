import { Command } from 'commander';
import { checkpointKeys } from '../features/audit/audit.js';
import { runCommand } from './run-command.js';

const program = new Command('audit:key')
  .description(
    'Makes a pair of keys for checkpoints of the audit log and prints both, as settings. Keep the signing key where audit:checkpoint runs ' +
      'and nowhere else: whoever has it can make the log anew and sign it. The verifying key is no secret.',
  )
  .action(() =>
    runCommand(() => {
      const { signing, verifying } = checkpointKeys();
      process.stdout.write(`AUDIT_SIGNING_KEY=${signing}\nAUDIT_VERIFYING_KEY=${verifying}\n`);
      return Promise.resolve(0);
    }),
  );

await program.parseAsync();
