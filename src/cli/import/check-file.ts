import { findLooseBranches } from './department-tree.js';
import type { Branch } from './department-tree.js';
import { shorten } from './cells.js';
import { formats } from './format.js';
import type { FileName, Format, Reference, RowOf } from './format.js';
import { KeyLines } from './key-lines.js';
import type { Known } from './known.js';
import { digestOf } from './message-digest.js';
import type { SourceFile } from './open-folder.js';
import { readRows } from './read-rows.js';
import type { BadRow, ReadRow } from './read-rows.js';
import { Repeats } from './repeats.js';
import { RowSet } from './row-set.js';

/** What is known of a file before anything of it is written. */
export interface CheckedFile<Name extends FileName = FileName> {
  readonly source: SourceFile<Name>;
  readonly rows: number;
  readonly leftOut: RowSet;
  /** Which messages are equal, for their ids. */
  readonly repeats: Repeats;
}

/** What the check of a folder carries from file to file. */
export interface Check {
  readonly known: Known;
  /** Keys of the good rows so far: what later files may refer to. */
  readonly keys: { readonly [File in Reference['to']]: KeyLines };
  readonly report: (bad: BadRow) => void;
}

/** A check that has seen no file yet. */
export function beginCheck(known: Known, report: (bad: BadRow) => void): Check {
  return {
    known,
    keys: { departments: new KeyLines(), members: new KeyLines(), customers: new KeyLines(), groups: new KeyLines() },
    report,
  };
}

/**
 * Reads a whole file and reports each row that is to be left out: cells that are not as the format wants them, a row
 * that is there twice, a reference to nobody, a relation that a transfer has handed on. Writes nothing.
 *
 * Files are checked in the order of the format, since each may refer to the good rows of those before it.
 */
export async function checkFile<Name extends FileName>(
  check: Check,
  source: SourceFile<Name>,
  tell: (rows: number) => void,
): Promise<CheckedFile<Name>> {
  const format: Format<RowOf[Name]> = formats[source.name];
  const identities = keptFor(check, source.name) ?? new KeyLines();
  const leftOut = new RowSet();
  const repeats = new Repeats(source.name === 'messages' ? source.bytes : 0);
  const branches: Branch[] = [];
  let rows = 0;

  for await (const chunk of readRows(source)) {
    const objections = await objectTo(check, source, format, chunk);
    for (const { number, line, row, bad } of chunk) {
      const found = bad ?? objections.get(number) ?? repetition(format, source, identities, row, line);
      if (found.length > 0) {
        leftOut.add(number);
        found.forEach(check.report);
      } else if (row !== undefined) {
        const given: Given = { name: source.name, row } as Given;
        if (given.name === 'departments')
          branches.push({ number, line, key: given.row.id, parent: given.row.parent_id });
        if (given.name === 'messages') repeats.note(digestOf(given.row));
      }
    }
    rows += chunk.length;
    tell(rows);
  }
  if (source.name === 'departments') await checkTree(check, branches, leftOut);
  return { source, rows, leftOut, repeats };
}

// What later files refer to is what makes the rows different; departments count only when their tree is known.
function keptFor({ keys }: Check, name: FileName): KeyLines | undefined {
  return name === 'members' || name === 'customers' || name === 'groups' ? keys[name] : undefined;
}

type Given = { [Name in FileName]: { readonly name: Name; readonly row: RowOf[Name] } }[FileName];

/** What is wrong with good-looking rows when one looks at other rows, by row number: one question per chunk and file. */
async function objectTo<Row>(
  { known, keys }: Check,
  source: SourceFile,
  format: Format<Row>,
  chunk: readonly ReadRow<Row>[],
): Promise<Map<number, BadRow[]>> {
  const objections = new Map<number, BadRow[]>();
  const object = (at: { number: number; line: number }, column: string, reason: string) => {
    const bad = { file: source.fileName, line: at.line, column, reason };
    objections.set(at.number, [...(objections.get(at.number) ?? []), bad]);
  };

  const open = new Map<Reference['to'], Set<string>>();
  const references = chunk.flatMap((read) =>
    read.row === undefined ? [] : format.references(read.row).map((reference) => ({ read, reference })),
  );
  const unseen = references.filter(({ reference: { to, key } }) => !keys[to].has(key));
  for (const { reference } of unseen) {
    open.set(reference.to, (open.get(reference.to) ?? new Set()).add(reference.key));
  }
  const found = new Map<Reference['to'], Set<string>>();
  for (const [to, wanted] of open) found.set(to, await known.keys(to, [...wanted]));
  for (const { read, reference } of unseen) {
    if (found.get(reference.to)?.has(reference.key)) continue;
    const what = { departments: 'department', members: 'member', customers: 'customer', groups: 'group' }[reference.to];
    object(
      read,
      reference.column,
      `there is no ${what} "${shorten(reference.key)}", neither among the good rows of ${reference.to}.csv nor in the enterprise`,
    );
  }

  if (source.name === 'relations') {
    const whole = chunk.filter((read) => read.row !== undefined);
    const pairs = whole.map(({ row }) => {
      const { user_id, external_user_id } = row as RowOf['relations'];
      return { user_id, external_user_id };
    });
    for (const [place, successor] of await known.handedOn(pairs)) {
      const read = whole[place];
      if (read)
        object(read, 'user_id', `the customer was handed over to "${successor}" by a transfer, and stays there`);
    }
  }
  return objections;
}

function repetition<Row>(
  format: Format<Row>,
  source: SourceFile,
  identities: KeyLines,
  row: Row | undefined,
  line: number,
): BadRow[] {
  const identity = row === undefined ? null : format.identity(row);
  if (identity === null) return [];
  const first = identities.add(identity, line);
  if (first === undefined) return [];
  const column = format.identityColumns.split(/, | and /)[0] ?? '';
  return [
    { file: source.fileName, line, column, reason: `line ${first} has the same ${format.identityColumns} already` },
  ];
}

async function checkTree({ known, keys, report }: Check, branches: readonly Branch[], leftOut: RowSet): Promise<void> {
  for (const { number, bad } of findLooseBranches(branches, await known.departmentParents())) {
    leftOut.add(number);
    report(bad);
  }
  for (const { number, key, line } of branches) if (!leftOut.has(number)) keys.departments.add(key, line);
}
