import type { App } from '../../platform/app.js';
import { acrossEnterprises, withinEnterprise } from '../../platform/db/scope.js';
import { inTransaction } from '../../platform/db/transaction.js';
import { StartupError } from '../../platform/errors.js';
import { recordAudit } from '../../platform/events/audit.js';
import { beginCheck, checkFile } from './check-file.js';
import type { Check, CheckedFile } from './check-file.js';
import { findEnterprise, requireEnterprise } from './enterprise.js';
import { fileNames } from './format.js';
import type { FileName, RowOf } from './format.js';
import { knownOf } from './known.js';
import { lookUpIn } from './look-up.js';
import { messageId } from '../../features/archive/archive.js';
import { digestOf } from './message-digest.js';
import { openFolder } from './open-folder.js';
import type { Folder } from './open-folder.js';
import { readRows } from './read-rows.js';
import type { BadRow } from './read-rows.js';
import type { RunSteps, Step } from './steps.js';
import { importing, plus } from './write.js';
import type { Writing, Written } from './write.js';
import { writeCustomers } from './write-customers.js';
import { writeDepartments, writeParents } from './write-departments.js';
import { writeGroupMembers, writeGroups } from './write-groups.js';
import { writeAdministrators, writeMembers } from './write-members.js';
import { writeMessages } from './write-messages.js';
import { writeRelations } from './write-relations.js';

/** What is to be imported, and how. */
export interface ImportOptions {
  /** Name or key of the enterprise; one that is not there is made. */
  readonly enterprise: string;
  readonly folder: string;
  /** Members to make super administrators. */
  readonly administrators?: readonly string[];
  /** Checks only: nothing is written. */
  readonly dryRun?: boolean;
  /** Takes each reason for which a row is left out, as it is found. */
  readonly report: (bad: BadRow) => void;
  readonly runSteps: RunSteps;
}

/** What came of a file. */
export interface FileOutcome extends Written {
  readonly file: string;
  readonly rows: number;
  readonly leftOut: number;
}

/** What came of an import. */
export interface ImportOutcome {
  /** Null: it would be made, were this no dry run. */
  readonly enterpriseId: string | null;
  readonly files: readonly FileOutcome[];
  readonly leftOut: number;
  readonly newAdministrators: number;
  /** Whether somebody can administer the enterprise now. */
  readonly hasAdministrator: boolean;
}

type ImportApp = Pick<App, 'db' | 'wakeup' | 'clock' | 'ids'>;

/**
 * Brings a folder of the import format into an enterprise.
 *
 * First it checks every file, whole, and writes nothing; what cannot be read at all ends it there with a StartupError.
 * Then it writes the good rows, file by file, in chunks of a transaction each. Killed in between it leaves whole chunks,
 * with their counters right; the next run goes on. The same folder a second time changes nothing. Nothing that is
 * only in the database is removed. The files are read as streams: memory grows by some 25 bytes a key.
 */
export async function importCompany(app: ImportApp, options: ImportOptions): Promise<ImportOutcome> {
  const folder = await openFolder(options.folder);
  const existing = await acrossEnterprises('finds the enterprise by its name', () =>
    findEnterprise(app, options.enterprise),
  );
  const checked: CheckedFile[] = [];
  // Of an enterprise that is not there nothing is known, and nothing can be seen.
  await (existing ? withinEnterprise(existing.id, checkAll) : checkAll());
  let enterpriseId = existing?.id ?? null;
  if (!options.dryRun) {
    const made = await acrossEnterprises('makes the enterprise where it is missing', () =>
      requireEnterprise(app, options.enterprise),
    );
    enterpriseId = made.id;
  }
  const write = () => writeAll(app, options, enterpriseId, checked);
  return enterpriseId === null ? write() : withinEnterprise(enterpriseId, write);

  async function checkAll(): Promise<void> {
    const check = beginCheck(knownOf(app, existing?.id ?? null), options.report);
    await options.runSteps(checkSteps(check, folder, checked));
    await requireAdministratorsKnown(check, options.administrators ?? []);
  }
}

/** Writes the good rows of what was checked, unless it is a dry run, and says what came of it. */
async function writeAll(
  app: ImportApp,
  options: ImportOptions,
  enterpriseId: string | null,
  checked: readonly CheckedFile[],
): Promise<ImportOutcome> {
  const outcomes = new Map<FileName, FileOutcome>();
  for (const { source, rows, leftOut } of checked) {
    outcomes.set(source.name, { file: source.fileName, rows, leftOut: leftOut.size, added: 0, changed: 0 });
  }
  let newAdministrators = 0;
  if (enterpriseId !== null && !options.dryRun) {
    const id = enterpriseId;
    await options.runSteps(checked.map((file) => writeStep(app, id, file, outcomes)));
    newAdministrators = await inEnterprise(app, id, (writing) =>
      writeAdministrators(writing, options.administrators ?? []),
    );
  }
  const files = [...outcomes.values()];
  if (enterpriseId !== null && (await recordIfChanged(app, enterpriseId, files, newAdministrators))) {
    await app.db.script(`ANALYZE ${filled.join(', ')}`);
  }
  return {
    enterpriseId,
    files,
    leftOut: files.reduce((sum, file) => sum + file.leftOut, 0),
    newAdministrators,
    hasAdministrator: enterpriseId !== null && (await countAdministrators(app, enterpriseId)) > 0,
  };
}

function checkSteps(check: Check, folder: Folder, checked: CheckedFile[]): Step[] {
  return fileNames.flatMap((name) => {
    const source = folder[name];
    if (!source) return [];
    return {
      title: `Check ${source.fileName}`,
      run: async (tell) => {
        const file = await checkFile(check, source, (rows) => tell(`${rows} rows`));
        checked.push(file);
        return `${file.rows} rows${file.leftOut.size > 0 ? `, ${file.leftOut.size} left out` : ''}`;
      },
    } satisfies Step;
  });
}

function writeStep(
  app: ImportApp,
  enterpriseId: string,
  file: CheckedFile,
  outcomes: Map<FileName, FileOutcome>,
): Step {
  const { source, rows, leftOut } = file;
  const good = rows - leftOut.size;
  return {
    title: `Import ${source.fileName}`,
    run: async (tell) => {
      const written = await writeFile(app, enterpriseId, file, (done) => tell(`${done} of ${good} rows`));
      outcomes.set(source.name, { file: source.fileName, rows, leftOut: leftOut.size, ...written });
      return `${good} rows: ${written.added} new, ${written.changed} changed`;
    },
  };
}

async function writeFile(
  app: ImportApp,
  enterpriseId: string,
  file: CheckedFile,
  tell: (rows: number) => void,
): Promise<Written> {
  let written: Written = { added: 0, changed: 0 };
  let done = 0;
  for await (const chunk of goodRows(file)) {
    const write = chunkWriter(enterpriseId, file, chunk);
    written = plus(written, await inEnterprise(app, enterpriseId, write));
    tell((done += chunk.length));
  }
  if (file.source.name !== 'departments') return written;
  for await (const chunk of goodRows(file)) {
    const parents = await inEnterprise(app, enterpriseId, (writing) =>
      writeParents(writing, chunk as RowOf['departments'][]),
    );
    // A department that is new and then put in its place is one new department.
    if (written.added === 0) written = plus(written, parents);
  }
  return written;
}

async function* goodRows<Name extends FileName>({ source, leftOut }: CheckedFile<Name>): AsyncGenerator<RowOf[Name][]> {
  for await (const chunk of readRows(source)) {
    const rows = chunk.flatMap(({ number, row }) => (row === undefined || leftOut.has(number) ? [] : [row]));
    if (rows.length > 0) yield rows;
  }
}

// Made outside the transaction, which may be tried again: the ordinals of equal messages are counted once.
function chunkWriter(
  enterpriseId: string,
  file: CheckedFile,
  rows: readonly RowOf[FileName][],
): (writing: Writing) => Promise<Written> {
  const chunk = { name: file.source.name, rows } as {
    [Name in FileName]: { name: Name; rows: RowOf[Name][] };
  }[FileName];
  switch (chunk.name) {
    case 'departments':
      return (writing) => writeDepartments(writing, chunk.rows);
    case 'members':
      return (writing) => writeMembers(writing, chunk.rows);
    case 'customers':
      return (writing) => writeCustomers(writing, chunk.rows);
    case 'relations':
      return (writing) => writeRelations(writing, chunk.rows);
    case 'groups':
      return (writing) => writeGroups(writing, chunk.rows);
    case 'group_members':
      return (writing) => writeGroupMembers(writing, chunk.rows);
    case 'messages': {
      const messages = chunk.rows.map((row) => {
        const digest = digestOf(row);
        return { ...row, id: messageId(enterpriseId, digest, file.repeats.ordinalOf(digest)) };
      });
      return (writing) => writeMessages(writing, messages);
    }
  }
}

const chunkTimeoutMs = 60_000;

/**
 * What an import may fill. The planner is told: a server would find out by itself in a minute, and the embedded database never, where a
 * page of customers took nine times as long among 60,000.
 */
const filled = [
  'archived_message',
  'audit_event',
  'audit_item',
  'conversation',
  'customer',
  'customer_group',
  'department',
  'group_participant',
  'member',
  'portfolio',
  'relation',
  'relation_tag',
  'tag',
  'tag_group',
];

/** One import at a time writes to an enterprise: two would make each tag and conversation at once. */
function inEnterprise<T>(app: ImportApp, enterpriseId: string, work: (writing: Writing) => Promise<T>): Promise<T> {
  return inTransaction(
    app,
    async (tx) => {
      await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('import ' || ${enterpriseId}::text, 0))`;
      return work({ app, tx, enterpriseId, find: lookUpIn(enterpriseId) });
    },
    { timeoutMs: chunkTimeoutMs },
  );
}

async function requireAdministratorsKnown({ known, keys }: Check, userIds: readonly string[]): Promise<void> {
  const absent = userIds.filter((userId) => !keys.members.has(userId));
  const found = await known.keys('members', absent);
  const unknown = absent.filter((userId) => !found.has(userId));
  if (unknown.length > 0) {
    throw new StartupError(
      `Nothing was imported: --administrator names ${unknown.join(', ')}, who is no member in members.csv or in the enterprise.`,
    );
  }
}

async function recordIfChanged(
  app: ImportApp,
  enterpriseId: string,
  files: readonly FileOutcome[],
  newAdministrators: number,
): Promise<boolean> {
  const changed = files.filter(({ added, changed }) => added + changed > 0);
  if (changed.length === 0 && newAdministrators === 0) return false;
  const counts = Object.fromEntries(
    changed.map(({ file, added, changed, leftOut }) => [file, { added, changed, leftOut }]),
  );
  await inTransaction(app, (tx) =>
    recordAudit(app, tx, importing(enterpriseId), { action: 'import', detail: { files: counts, newAdministrators } }),
  );
  return true;
}

function countAdministrators({ db }: ImportApp, enterpriseId: string): Promise<number> {
  return db.prisma.administrator.count({
    where: { enterpriseId, role: 'SUPER', member: { status: 'ACTIVE' } },
  });
}
