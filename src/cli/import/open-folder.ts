import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { StartupError } from '../../platform/errors.js';
import { shorten } from './cells.js';
import { readRecords } from './csv.js';
import { detectEncoding } from './encoding.js';
import type { Encoding } from './encoding.js';
import { fileNames, formats } from './format.js';
import type { FileName } from './format.js';

/** A file of the folder whose header is right. */
export interface SourceFile<Name extends FileName = FileName> {
  readonly name: Name;
  /** As people know it: `members.csv`. */
  readonly fileName: string;
  readonly path: string;
  readonly bytes: number;
  readonly encoding: Encoding;
  /** Column of the format in each place of a row. */
  readonly header: readonly string[];
}

/** The folder's files by name; optional ones may be missing. */
export type Folder = { readonly [Name in FileName]?: SourceFile<Name> };

/**
 * Looks at a folder's files and their headers, and reads no rows yet.
 *
 * Throws one StartupError that names every mistake that would make reading pointless: a missing folder or required
 * file, a file of no known name, an empty one, a missing, unknown or repeated column.
 */
export async function openFolder(path: string): Promise<Folder> {
  const names = await listCsv(path);
  const mistakes = unknownFiles(names);
  const folder: { [Name in FileName]?: SourceFile } = {};
  for (const name of fileNames) {
    const fileName = `${name}.csv`;
    if (!names.includes(fileName)) {
      if (formats[name].isRequired)
        mistakes.push(`${fileName} is missing: members, customers and relations are required.`);
      continue;
    }
    try {
      folder[name] = await openFile(name, join(path, fileName));
    } catch (error) {
      if (!(error instanceof StartupError)) throw error;
      mistakes.push(error.message);
    }
  }
  if (mistakes.length > 0) {
    throw new StartupError(`Nothing was imported from ${path}:\n${mistakes.map((each) => `  ${each}`).join('\n')}`);
  }
  return folder as Folder;
}

async function listCsv(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => null);
  if (!found)
    throw new StartupError(`There is no folder ${path}. Give the folder that holds members.csv and the others.`);
  if (!found.isDirectory())
    throw new StartupError(`${path} is a file. Give the folder that holds members.csv and the others.`);
  try {
    return (await readdir(path)).filter((name) => /\.csv$/i.test(name)).sort();
  } catch (error) {
    throw new StartupError(`The folder ${path} cannot be read: ${messageOf(error)}.`, { cause: error });
  }
}

function unknownFiles(names: readonly string[]): string[] {
  const known: readonly string[] = fileNames.map((name) => `${name}.csv`);
  return names
    .filter((name) => !known.includes(name))
    .map((name) => `${name} is no file of the format. Rename it or take it away; known are ${known.join(', ')}.`);
}

async function openFile<Name extends FileName>(name: Name, path: string): Promise<SourceFile<Name>> {
  const fileName = `${name}.csv`;
  const { size } = await stat(path);
  const columns = formats[name].columns;
  if (size === 0) {
    throw new StartupError(
      `${fileName} is empty. Its first line names the columns: ${Object.keys(columns).join(',')}.`,
    );
  }
  let encoding;
  try {
    encoding = await detectEncoding(path, fileName);
  } catch (error) {
    if (error instanceof StartupError) throw error;
    throw new StartupError(`${fileName} cannot be read: ${messageOf(error)}.`, { cause: error });
  }
  for await (const records of readRecords({ path, fileName, encoding }, 1)) {
    const header = (records[0]?.cells ?? []).map((cell) => cell.trim());
    checkHeader(fileName, header, columns);
    return { name, fileName, path, bytes: size, encoding, header };
  }
  throw new StartupError(
    `${fileName} has no header. Its first line names the columns: ${Object.keys(columns).join(',')}.`,
  );
}

function checkHeader(fileName: string, header: readonly string[], columns: Readonly<Record<string, boolean>>): void {
  const known = Object.keys(columns);
  const missing = known.filter((column) => columns[column] && !header.includes(column));
  const unknown = header.filter((column) => !known.includes(column));
  const repeated = header.filter((column, place) => header.indexOf(column) !== place);
  const mistakes = [
    missing.length > 0 && `lacks the column${missing.length > 1 ? 's' : ''} ${missing.join(', ')}`,
    unknown.length > 0 && `has the unknown column${unknown.length > 1 ? 's' : ''} ${unknown.map(show).join(', ')}`,
    repeated.length > 0 && `names ${repeated.map(show).join(', ')} more than once`,
  ].filter(Boolean);
  if (mistakes.length > 0) {
    throw new StartupError(`The header of ${fileName} ${mistakes.join(', and ')}. It may have: ${known.join(',')}.`);
  }
}

function show(column: string): string {
  return column === '' ? '"" (a comma too many?)' : `"${shorten(column)}"`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
