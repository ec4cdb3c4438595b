import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { importCompany } from '../../src/cli/import/import-company.js';
import { openReport } from '../../src/cli/import/report.js';
import { runQuietly } from '../../src/cli/import/steps.js';
import { openTestApp } from '../support/app.js';
import { countRows, folderOf, importFolder, smallCompany } from '../support/import.js';

const { app } = await openTestApp();

const relations = 'user_id,external_user_id,added_at,add_way,tags\n';
const messages = 'user_id,external_user_id,sent_at,direction,text\n';

/** Each kind of bad row: the file it is in, its text, and all that is reported. */
const badRows: [name: string, file: string, text: string, reported: string[]][] = [
  [
    'an empty key',
    'members.csv',
    'user_id,name\nana,Ana\n ,Ben\n',
    ['members.csv:3: user_id: is empty; every row needs it'],
  ],
  [
    'a key that is too long',
    'members.csv',
    `user_id,name\nana,Ana\n${'x'.repeat(201)},Ben\n`,
    ['members.csv:3: user_id: is longer than 200 characters'],
  ],
  [
    'several mistakes in a row',
    'customers.csv',
    'external_user_id,name,kind\nc1,One,WECHAT\nc2,,wechat\n',
    [
      'customers.csv:3: name: is empty; every row needs it',
      'customers.csv:3: kind: "wechat" is not known; it is one of WECHAT, WECOM',
    ],
  ],
  [
    'an unknown status',
    'members.csv',
    'user_id,name,status\nana,Ana,\nben,Ben,GONE\n',
    ['members.csv:3: status: "GONE" is not known; it is one of ACTIVE, NOT_ACTIVATED, DISABLED, RESIGNED, or empty'],
  ],
  [
    'a resignation without its day',
    'members.csv',
    'user_id,name,status,resigned_at\nana,Ana,,\nben,Ben,RESIGNED,\n',
    ['members.csv:3: resigned_at: is empty; a RESIGNED member needs the day, the inheritance is counted from it'],
  ],
  [
    'a resignation day of one in service',
    'members.csv',
    'user_id,name,status,resigned_at\nana,Ana,,\nben,Ben,ACTIVE,2026-01-01\n',
    ['members.csv:3: resigned_at: is given, but the status is not RESIGNED'],
  ],
  [
    'an unknown department',
    'members.csv',
    'user_id,name,department_id\nana,Ana,\nben,Ben,moon\n',
    [
      'members.csv:3: department_id: there is no department "moon", neither among the good rows of departments.csv nor in the enterprise',
    ],
  ],
  [
    'an unknown member and customer',
    'relations.csv',
    `${relations}ana,c1,,,\neve,c9,,,\n`,
    [
      'relations.csv:3: user_id: there is no member "eve", neither among the good rows of members.csv nor in the enterprise',
      'relations.csv:3: external_user_id: there is no customer "c9", neither among the good rows of customers.csv nor in the enterprise',
    ],
  ],
  [
    'the same row twice',
    'relations.csv',
    `${relations}ana,c1,,,\nana,c2,,,\nana,c1,,CARD,\n`,
    ['relations.csv:4: user_id: line 2 has the same user_id and external_user_id already'],
  ],
  [
    'a time of another form',
    'relations.csv',
    `${relations}ana,c1,,,\nana,c2,31.01.2026,,\n`,
    ['relations.csv:3: added_at: "31.01.2026" is no ISO 8601 time; write it as 2026-01-31T09:30:00Z'],
  ],
  [
    'a time without a zone',
    'relations.csv',
    `${relations}ana,c1,,,\nana,c2,2026-01-31T09:30:00,,\n`,
    [
      'relations.csv:3: added_at: "2026-01-31T09:30:00" does not say in which zone; add Z for UTC, or an offset as +08:00',
    ],
  ],
  [
    'a day that is none',
    'relations.csv',
    `${relations}ana,c1,,,\nana,c2,2026-02-30,,\n`,
    ['relations.csv:3: added_at: "2026-02-30" is no day of the calendar, or no time of the day'],
  ],
  [
    'a tag without a group',
    'relations.csv',
    `${relations}ana,c1,,,\nana,c2,,,Level/A;VIP\n`,
    ['relations.csv:3: tags: "VIP" is no tag; write Group/Name, and ; between two'],
  ],
  [
    'too few cells, counted in lines of the file',
    'relations.csv',
    `${relations}ana,c1,,,"Level/A;\n\nLevel/B"\n\nana,c2\n`,
    ['relations.csv:6: external_user_id: the row has 2 cells, the header 5'],
  ],
  [
    'an unknown owner',
    'groups.csv',
    'chat_id,name,owner_user_id\ng1,Group,eve\n',
    [
      'groups.csv:2: owner_user_id: there is no member "eve", neither among the good rows of members.csv nor in the enterprise',
    ],
  ],
  [
    'a participant of an unknown kind, group and person',
    'group_members.csv',
    'chat_id,kind,ref\ng1,ROBOT,ana\ng1,CUSTOMER,ana\n',
    [
      'group_members.csv:2: kind: "ROBOT" is not known; it is one of MEMBER, CUSTOMER',
      'group_members.csv:3: chat_id: there is no group "g1", neither among the good rows of groups.csv nor in the enterprise',
      'group_members.csv:3: ref: there is no customer "ana", neither among the good rows of customers.csv nor in the enterprise',
    ],
  ],
  [
    'a message without a time, with an unknown direction',
    'messages.csv',
    `${messages}ana,c1,,TO_MEMBER,Hi\n`,
    [
      'messages.csv:2: sent_at: is empty; every message needs the time it was sent',
      'messages.csv:2: direction: "TO_MEMBER" is not known; it is one of FROM_MEMBER, FROM_CUSTOMER',
    ],
  ],
  [
    'a NUL character',
    'messages.csv',
    `${messages}ana,c1,2026-01-01,FROM_MEMBER,a\0b\n`,
    ['messages.csv:2: text: "a\\u0000b" holds a NUL character, which no text may have'],
  ],
  [
    'departments in a circle, and what hangs on it',
    'departments.csv',
    'id,name,parent_id\na,A,b\nb,B,a\nc,C,b\nd,D,moon\ne,E,\n',
    [
      'departments.csv:2: parent_id: the department would be its own parent: a → b → a',
      'departments.csv:3: parent_id: the department would be its own parent: a → b → a',
      'departments.csv:4: parent_id: the parent "b" was left out itself',
      'departments.csv:5: parent_id: there is no department "moon", neither in this file nor in the enterprise',
    ],
  ],
];

test.each(badRows)('%s is reported, and the good rows go in', async (name, file, text, reported) => {
  const files = { ...smallCompany, [file]: text };

  const outcome = await importFolder(app, folderOf(files), { enterprise: name });

  const own = outcome.reported.filter((line) => line.startsWith(`${file}:`));
  expect(own).toEqual(reported);
  const lines = new Set(reported.map((line) => line.split(':')[1]));
  const entry = outcome.files.find((each) => each.file === file);
  expect(entry?.leftOut).toBe(lines.size);
  expect(entry?.added).toBe((entry?.rows ?? 0) - lines.size);
});

test('a row is not left out for the sake of a bad one with its key', async () => {
  const members = 'user_id,name,status\nana,Ana,GONE\nana,Ana,ACTIVE\nben,Ben,\n';

  const outcome = await importFolder(app, folderOf({ ...smallCompany, 'members.csv': members }), {
    enterprise: 'Second',
  });

  expect(outcome.reported).toEqual([expect.stringMatching(/^members\.csv:2: status: /)]);
  expect(outcome.files.map(({ added }) => added)).toEqual([2, 2, 1]);
});

test('all reasons are in the report file, also those that are not shown', async () => {
  const rows = Array.from({ length: 300 }, (_, number) => `ana,"c,${number}"\n`);
  const folder = folderOf({ ...smallCompany, 'relations.csv': `user_id,external_user_id\n${rows.join('')}` });
  const path = join(folder, 'report.txt');
  let shown: string[];
  {
    await using report = await openReport(path);
    await importCompany(app, { enterprise: 'Many', folder, report: report.add, runSteps: runQuietly });
    shown = report.lines();
  }

  expect(shown).toHaveLength(201);
  expect(shown.at(-1)).toBe(`... and 100 more; all of them are in ${path}`);
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  expect(lines).toHaveLength(301);
  expect(lines[300]).toBe(
    'relations.csv,301,external_user_id,"there is no customer ""c,299"", neither among the good rows of customers.csv nor in the enterprise"',
  );
});

const known: Record<string, string> = {
  members: 'user_id,name,department_id,position,email,mobile,status,resigned_at',
  customers: 'external_user_id,name,kind,corp_name,region,city,business_type',
};

/** What makes a folder unreadable, and the message for it after `Nothing was imported from <folder>:`. */
const mistakes: [name: string, files: Record<string, string>, without: string | null, message: string][] = [
  [
    'a required file missing',
    {},
    'relations.csv',
    'relations.csv is missing: members, customers and relations are required.',
  ],
  [
    'a file of another name',
    { 'relation.csv': '' },
    null,
    'relation.csv is no file of the format. Rename it or take it away; known are departments.csv, members.csv, customers.csv, relations.csv, groups.csv, group_members.csv, messages.csv.',
  ],
  [
    'an empty file',
    { 'members.csv': '' },
    null,
    `members.csv is empty. Its first line names the columns: ${known.members}.`,
  ],
  [
    'a file of empty lines',
    { 'members.csv': '\n\r\n' },
    null,
    `members.csv has no header. Its first line names the columns: ${known.members}.`,
  ],
  [
    'a missing column',
    { 'customers.csv': 'external_user_id,name\n' },
    null,
    `The header of customers.csv lacks the column kind. It may have: ${known.customers}.`,
  ],
  [
    'an unknown, a nameless and a repeated column',
    { 'customers.csv': 'external_user_id,name,kind,kind,phone,\n' },
    null,
    `The header of customers.csv has the unknown columns "phone", "" (a comma too many?), and names "kind" more than once. It may have: ${known.customers}.`,
  ],
  [
    'UTF-16',
    { 'members.csv': '\uFEFFuser_id,name\n' },
    null,
    'members.csv is UTF-16. Save it as "CSV UTF-8" and import again; UTF-8 and GB18030 can be read.',
  ],
];

test.each(mistakes)('%s is one clear message, and nothing goes in', async (name, files, without, message) => {
  const contents = Object.fromEntries(
    Object.entries({ ...smallCompany, ...files })
      .filter(([file]) => file !== without)
      .map(([file, text]) => [file, Buffer.from(text, name === 'UTF-16' && file in files ? 'utf16le' : 'utf8')]),
  );
  const folder = folderOf(contents);
  const before = await countRows(app.db);

  await expect(importFolder(app, folder, { enterprise: name })).rejects.toMatchObject({
    name: 'StartupError',
    message: `Nothing was imported from ${folder}:\n  ${message}`,
  });
  expect(await countRows(app.db)).toEqual(before);
});

const advice =
  'Put a cell that holds a quote, a comma or a line break in double quotes, and write each quote inside it twice. Nothing was imported.';

test.each([
  [
    'not closed',
    'ana,c1,2026-01-01,FROM_MEMBER,"Hello\nben,c2,2026-01-01,FROM_MEMBER,Hello\n',
    'opens a quote that is not closed',
  ],
  [
    'not closed for very long',
    `ana,c1,2026-01-01,FROM_MEMBER,"${'Hello\n'.repeat(300_000)}`,
    'opens a quote that is not closed',
  ],
  ['inside a bare cell', 'ana,c1,2026-01-01,FROM_MEMBER,5" pipe\n', 'has a quote where none may be'],
  ['not doubled', 'ana,c1,2026-01-01,FROM_MEMBER,"a "big" one"\n', 'has a quote where none may be'],
])('a quote %s in the last file is one clear message, and nothing goes in', async (name, text, what) => {
  const good = 'ben,c2,2026-01-01,FROM_MEMBER,"Two\nlines"\n\n';
  const before = await countRows(app.db);

  await expect(
    importFolder(app, folderOf({ ...smallCompany, 'messages.csv': messages + good + text }), { enterprise: name }),
  ).rejects.toMatchObject({
    name: 'StartupError',
    message: `messages.csv, line 5: the row that begins here ${what}. ${advice}`,
  });
  expect(await countRows(app.db)).toEqual(before);
});

test('a folder that is not there, or is a file, is one clear message', async () => {
  const advice = 'Give the folder that holds members.csv and the others.';
  const folder = folderOf(smallCompany);

  await expect(importFolder(app, join(folder, 'no'))).rejects.toThrow(
    `There is no folder ${join(folder, 'no')}. ${advice}`,
  );
  await expect(importFolder(app, join(folder, 'members.csv'))).rejects.toThrow(
    `${join(folder, 'members.csv')} is a file. ${advice}`,
  );
});
