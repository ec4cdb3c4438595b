import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';
import { importCompany } from '../../src/cli/import/import-company.js';
import type { ImportOptions, ImportOutcome } from '../../src/cli/import/import-company.js';
import { asLine } from '../../src/cli/import/report.js';
import { runQuietly } from '../../src/cli/import/steps.js';
import type { App } from '../../src/platform/app.js';
import type { Database } from '../../src/platform/db/database.js';
import { Prisma } from '../../src/generated/prisma/client.js';

/** An excerpt of the public sales data set: 6 members, 25 customers, 55 relations, 220 messages, two of them equal. */
export const crmFolder = resolve(import.meta.dirname, 'data/crm');

/** The least that a folder must hold. */
export const smallCompany: Readonly<Record<string, string>> = {
  'members.csv': 'user_id,name\nana,Ana\nben,Ben\n',
  'customers.csv': 'external_user_id,name,kind\nc1,One,WECHAT\nc2,Two,WECOM\n',
  'relations.csv': 'user_id,external_user_id\nana,c1\n',
};

/** A folder with these files, gone after the test. */
export function folderOf(files: Readonly<Record<string, string | Buffer>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'baton-import-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

/** Imports, and answers with what was reported as `file:line: column: reason` beside the outcome. */
export async function importFolder(
  app: Pick<App, 'db' | 'wakeup' | 'clock' | 'ids'>,
  folder: string,
  options: Partial<ImportOptions> = {},
): Promise<ImportOutcome & { reported: string[] }> {
  const reported: string[] = [];
  const outcome = await importCompany(app, {
    enterprise: 'Acme',
    folder,
    report: (bad) => reported.push(asLine(bad)),
    runSteps: runQuietly,
    ...options,
  });
  return { ...outcome, reported };
}

const tables = [
  'enterprise',
  'department',
  'member',
  'portfolio',
  'administrator',
  'customer',
  'relation',
  'tag_group',
  'tag',
  'relation_tag',
  'customer_group',
  'group_participant',
  'conversation',
  'archived_message',
  'audit_event',
] as const;

/** Every row of every table an import writes, with the transactions that wrote it and locked it. */
export async function everyRow(db: Database): Promise<Record<string, string[]>> {
  const rows: Record<string, string[]> = {};
  for (const table of tables) {
    const found = await db.query<{ row: string }>(Prisma.sql`
      SELECT xmin::text || ' ' || xmax::text || ' ' || to_jsonb(t)::text AS row FROM ${Prisma.raw(`"${table}"`)} t ORDER BY 1`);
    rows[table] = found.map(({ row }) => row);
  }
  return rows;
}

/** How many rows each table has. */
export async function countRows(db: Database): Promise<Record<string, number>> {
  return Object.fromEntries(Object.entries(await everyRow(db)).map(([table, rows]) => [table, rows.length]));
}

/** What each member holds, as the counters say and as counting says, by user id. */
export async function portfolios(db: Database): Promise<{ user_id: string; told: number[]; counted: number[] }[]> {
  return db.query(Prisma.sql`
    SELECT m.user_id, ARRAY[p.customers, p.groups] AS told, ARRAY[
      (SELECT count(*)::int FROM relation r WHERE r.member_id = m.id AND r.status = 'ACTIVE'),
      (SELECT count(*)::int FROM customer_group g WHERE g.owner_id = m.id)] AS counted
    FROM member m JOIN portfolio p ON p.member_id = m.id ORDER BY m.user_id`);
}
