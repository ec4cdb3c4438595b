import { createReadStream } from 'node:fs';
import { CsvError, parse } from 'csv-parse';
import iconv from 'iconv-lite';
import { StartupError } from '../../platform/errors.js';
import type { Encoding } from './encoding.js';

/** A record of a file and the line it begins in, counted from 1 as editors do. */
export interface Record {
  readonly line: number;
  readonly cells: readonly string[];
}

// A quote that is never closed would make the rest of the file one cell.
const longestRecord = 1 << 20;

/**
 * Reads a file's records, header included, empty lines left out, `size` at a time; what was given out is not kept.
 *
 * Takes CRLF and LF, also mixed. Throws a StartupError that names the line where the quotes are wrong, after all that
 * came before: from there on nobody can tell what is a row.
 */
export async function* readRecords(
  file: { readonly path: string; readonly fileName: string; readonly encoding: Encoding },
  size: number,
): AsyncGenerator<readonly Record[]> {
  let line = 1;
  let records: Record[] = [];
  const parser = parse({
    bom: true,
    record_delimiter: ['\r\n', '\n'],
    relax_column_count: true,
    max_record_size: longestRecord,
    // Taken here and kept from the stream, which throws away what it has not given out when it meets a mistake.
    on_record: (cells: string[]) => {
      if (cells.length > 1 || cells[0]?.trim() !== '') records.push({ line, cells });
      line += 1 + lineBreaksWithin(cells);
      return null;
    },
  });
  // Mistakes come to whoever writes; unheard as events, they would end the process.
  parser.on('error', () => undefined).resume();
  const pieces = createReadStream(file.path, { highWaterMark: 1 << 18 });
  let mistake: CsvError | null = null;
  for await (const piece of file.encoding.name === 'utf8' ? pieces : decoded(pieces, file.encoding.name)) {
    mistake = await mistakeOf((done) => parser.write(piece, done));
    for (; records.length >= size; records = records.slice(size)) yield records.slice(0, size);
    if (mistake) break;
  }
  mistake ??= await mistakeOf((done) => {
    parser.once('error', done);
    parser.end(done);
  });
  for (; records.length > 0; records = records.slice(size)) yield records.slice(0, size);
  if (mistake) throw brokenQuotes(file.fileName, line, mistake);
}

async function* decoded(pieces: AsyncIterable<unknown>, encoding: string): AsyncGenerator<string> {
  const decoder = iconv.getDecoder(encoding);
  for await (const piece of pieces) yield decoder.write(piece as Buffer);
  yield decoder.end() ?? '';
}

function mistakeOf(work: (done: (error?: Error | null) => void) => void): Promise<CsvError | null> {
  return new Promise((resolve, reject) => {
    work((error) => {
      if (!error) resolve(null);
      else if (error instanceof CsvError) resolve(error);
      else reject(error);
    });
  });
}

function lineBreaksWithin(cells: readonly string[]): number {
  let count = 0;
  for (const cell of cells) {
    for (let at = cell.indexOf('\n'); at !== -1; at = cell.indexOf('\n', at + 1)) count++;
  }
  return count;
}

function brokenQuotes(fileName: string, line: number, error: CsvError): StartupError {
  const isEndless = error.code === 'CSV_QUOTE_NOT_CLOSED' || error.code === 'CSV_MAX_RECORD_SIZE';
  const what = isEndless ? 'opens a quote that is not closed' : 'has a quote where none may be';
  return new StartupError(
    `${fileName}, line ${line}: the row that begins here ${what}. Put a cell that holds a quote, a comma or a line break ` +
      'in double quotes, and write each quote inside it twice. Nothing was imported.',
    { cause: error },
  );
}
