import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { Command } from 'commander';
import { createApp } from '../app/app.js';
import { readConfig } from '../app/config.js';
import {
  readCheckpoints,
  readExport,
  UnreadableEvidence,
  verifyAudit,
  verifyChain,
  type ChainVerdict,
  type Checkpoint,
} from '../features/audit/audit.js';
import { withinEnterprise } from '../platform/db/scope.js';
import { StartupError } from '../platform/errors.js';
import { findEnterprises } from './find-enterprises.js';
import { runCommand } from './run-command.js';

interface Options {
  readonly enterprise?: string;
  readonly checkpoint?: string;
  readonly export?: string;
}

const program = new Command('audit:verify')
  .description('Reads the audit log from its start and names the first record that is not as it was sealed.')
  .option('--enterprise <key>', 'only this enterprise; default: all')
  .option('--checkpoint <file>', 'also hold it against the checkpoints in this file; needs AUDIT_VERIFYING_KEY')
  .option('--export <file>', 'verify this file of audit:export, and no database')
  .addHelpText(
    'after',
    '\nA tail that was cut off, and a log that was made anew, show only against checkpoints.' +
      '\nExit code: 0 when all is as it was sealed, 1 when it is not or could not be read.',
  )
  .action((options: Options) => runCommand(() => run(options)));

async function run(options: Options): Promise<number> {
  try {
    const checkpoints = await checkpointsOf(options);
    return options.export === undefined
      ? await verifyDatabase(options, checkpoints)
      : await verifyExport(options.export, checkpoints);
  } catch (error) {
    if (error instanceof UnreadableEvidence) throw new StartupError(error.message);
    throw error;
  }
}

async function checkpointsOf({ checkpoint }: Options): Promise<Checkpoint[]> {
  if (checkpoint === undefined) return [];
  const { auditVerifyingKey } = readConfig();
  if (!auditVerifyingKey) {
    throw new StartupError(
      'Set AUDIT_VERIFYING_KEY, the public key that proves the checkpoints, as npm run audit:key printed it.',
    );
  }
  return readCheckpoints(await readFile(checkpoint, 'utf8'), auditVerifyingKey);
}

async function verifyDatabase({ enterprise }: Options, checkpoints: readonly Checkpoint[]): Promise<number> {
  await using app = await createApp({ ...readConfig(), runner: false, logLevel: 'silent' });
  let code = 0;
  const enterprises = await findEnterprises(app, enterprise);
  const gone = checkpoints.find(({ enterpriseId }) => !enterprises.some(({ id }) => id === enterpriseId));
  if (gone && enterprise === undefined) {
    process.stdout.write(`${gone.enterprise}: a checkpoint was made of it, and there is no such enterprise.\n`);
    code = 1;
  }
  for (const { id, key } of enterprises) {
    const own = checkpoints.filter(({ enterpriseId }) => enterpriseId === id);
    const verdict = await withinEnterprise(id, () => verifyAudit(app, id, { checkpoints: own }));
    code = tell(key, verdict, own.length) || code;
  }
  return code;
}

async function verifyExport(file: string, checkpoints: readonly Checkpoint[]): Promise<number> {
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Infinity });
  const records = readExport(lines);
  const first = await records.next();
  // Of which enterprise it is, the first record says; an empty file may be of any.
  const own = checkpoints.filter(({ enterpriseId }) => first.done || enterpriseId === first.value.enterpriseId);
  async function* all() {
    if (!first.done) yield first.value;
    yield* records;
  }
  return tell(file, await verifyChain(all(), own), own.length);
}

/** Prints what a look came to, and answers the exit code. */
function tell(what: string, { verified, bad }: ChainVerdict, checkpoints: number): number {
  const against =
    checkpoints === 0
      ? 'without a checkpoint'
      : `against ${checkpoints === 1 ? 'a checkpoint' : `${checkpoints} checkpoints`}`;
  if (bad === null) {
    process.stdout.write(`${what}: ${verified.sequence} records are as they were sealed (${against}).\n`);
    return 0;
  }
  process.stdout.write(
    `${what}: ${bad.fault}. ${bad.message}${bad.recordId === null ? '' : ` Its id is ${bad.recordId}.`}\n`,
  );
  return 1;
}

await program.parseAsync();
