import { shorten } from './cells.js';
import { readRecords } from './csv.js';
import type { Record } from './csv.js';
import { formats } from './format.js';
import type { FileName, Format, RowOf } from './format.js';
import type { SourceFile } from './open-folder.js';

/** Why a row was left out. */
export interface BadRow {
  readonly file: string;
  readonly line: number;
  readonly column: string;
  readonly reason: string;
}

/** A row as it was read. `number` counts the rows of the file from 0. */
export type ReadRow<Row> =
  | { readonly number: number; readonly line: number; readonly row: Row; readonly bad?: undefined }
  | { readonly number: number; readonly line: number; readonly row?: undefined; readonly bad: readonly BadRow[] };

/** So many rows travel together: enough to make the statement dear and the round trip cheap, and no burden on memory. */
export const chunkSize = 2_000;

/** Reads a file's rows in chunks; a row that is not as the format wants it carries every reason. */
export async function* readRows<Name extends FileName>(
  file: SourceFile<Name>,
): AsyncGenerator<readonly ReadRow<RowOf[Name]>[]> {
  const format: Format<RowOf[Name]> = formats[file.name];
  let number = -1;
  for await (const records of readRecords(file, chunkSize)) {
    const rows: ReadRow<RowOf[Name]>[] = [];
    for (const record of records) {
      if (number >= 0) rows.push({ number, line: record.line, ...parse(file, format, record) });
      number++;
    }
    yield rows;
  }
}

function parse<Row>(
  file: SourceFile,
  format: Format<Row>,
  { line, cells }: Record,
): { row: Row; bad?: undefined } | { row?: undefined; bad: BadRow[] } {
  const { header, fileName } = file;
  if (cells.length !== header.length) {
    const reason = `the row has ${cells.length} cells, the header ${header.length}`;
    return { bad: [{ file: fileName, line, column: header[Math.min(cells.length, header.length) - 1] ?? '', reason }] };
  }
  const values: { [column: string]: string } = {};
  for (const column of Object.keys(format.columns)) values[column] = '';
  const unreadable: BadRow[] = [];
  header.forEach((column, place) => {
    const cell = cells[place] ?? '';
    values[column] = cell;
    const reason = whyUnreadable(cell, file);
    if (reason !== null) unreadable.push({ file: fileName, line, column, reason });
  });
  if (unreadable.length > 0) return { bad: unreadable };

  const parsed = format.row.safeParse(values);
  if (parsed.success) return { row: parsed.data };
  return {
    bad: parsed.error.issues.map((issue) => ({
      file: fileName,
      line,
      column: String(issue.path[0] ?? ''),
      reason: issue.message,
    })),
  };
}

function whyUnreadable(cell: string, { encoding }: SourceFile): string | null {
  if (cell.includes('\0')) return `"${shorten(cell)}" holds a NUL character, which no text may have`;
  if (encoding.mayBeDamaged && cell.includes('\uFFFD')) {
    return `"${shorten(cell)}" holds bytes that are no ${encoding.name === 'utf8' ? 'UTF-8' : 'GB18030'}`;
  }
  return null;
}
