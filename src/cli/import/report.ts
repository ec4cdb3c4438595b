import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import { StartupError } from '../../platform/errors.js';
import type { FileOutcome, ImportOutcome } from './import-company.js';
import type { BadRow } from './read-rows.js';

/** Takes bad rows as they are found, and tells of them at the end. */
export interface Report extends AsyncDisposable {
  readonly add: (bad: BadRow) => void;
  /** A line for each of the first rows, and how many more there are. */
  lines(): string[];
}

const linesShown = 200;

/**
 * A report that remembers the first 200 reasons, and writes all of them to a CSV file when it is given one.
 *
 * Throws a StartupError when that file cannot be written.
 */
export async function openReport(path?: string): Promise<Report> {
  const shown: string[] = [];
  let count = 0;
  const file = path === undefined ? null : createWriteStream(path);
  if (file) {
    await once(file, 'open').catch((error: unknown) => {
      throw new StartupError(`The report ${path} cannot be written: ${String(error)}`, { cause: error });
    });
    file.write('file,line,column,reason\n');
  }
  return {
    add(bad) {
      count++;
      if (shown.length < linesShown) shown.push(asLine(bad));
      file?.write(`${[bad.file, String(bad.line), bad.column, bad.reason].map(quoted).join(',')}\n`);
    },
    lines() {
      if (count === shown.length) return shown;
      const where = path === undefined ? 'give --report <file> to have all of them' : `all of them are in ${path}`;
      return [...shown, `... and ${count - shown.length} more; ${where}`];
    },
    async [Symbol.asyncDispose]() {
      if (!file) return;
      file.end();
      await finished(file);
    },
  };
}

/** A reason as an editor or a person follows it: file, line, column, what is wrong. */
export function asLine({ file, line, column, reason }: BadRow): string {
  return `${file}:${line}: ${column}: ${reason}`;
}

function quoted(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** What came of the import as a whole, and what is to be done next. */
export function summarize(outcome: ImportOutcome, enterprise: string, dryRun: boolean): string[] {
  const sum = (of: (file: FileOutcome) => number) => outcome.files.reduce((total, file) => total + of(file), 0);
  const [rows, added, changed] = [sum((file) => file.rows), sum((file) => file.added), sum((file) => file.changed)];
  const good = rows - outcome.leftOut;
  const lines = [
    dryRun
      ? `${rows} rows: ${good} are good, ${outcome.leftOut} would be left out. Checked only, nothing was written.`
      : `${rows} rows: ${added} new, ${changed} changed, ${good - added - changed} as before, ${outcome.leftOut} left out.`,
  ];
  const stayed = sum((file) => file.stayedResigned ?? 0);
  if (stayed > 0) {
    lines.push(
      `${stayed === 1 ? '1 member who resigned here stays' : `${stayed} members who resigned here stay`} so, though members.csv has them in ` +
        'service: reinstateMember takes a resignation back.',
    );
  }
  if (!dryRun && !outcome.hasAdministrator) {
    lines.push(
      `"${enterprise}" has no active administrator, and nobody can hand customers over. Import again with ` +
        '--administrator <user_id> to make a member one.',
    );
  }
  return lines;
}
