import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Prisma } from '../../src/generated/prisma/client.js';
import { systemClock } from '../../src/platform/clock.js';
import type { Database } from '../../src/platform/db/database.js';
import { createIds } from '../../src/platform/ids.js';
import { createLocalWakeup } from '../../src/platform/wakeup/local-wakeup.js';
import { openChildDatabase } from '../support/child-database.js';
import { folderOf, importFolder, portfolios } from '../support/import.js';

const { env, open } = await openChildDatabase();

const members = ['ana', 'ben', 'eve'];
const customers = Array.from({ length: 700 }, (_, number) => `c${number}`);
const pairs = members.flatMap((member) => customers.map((customer) => ({ member, customer })));
const lines = (head: string, rows: readonly string[]) => `${head}\n${rows.join('\n')}\n`;

const files = {
  'members.csv': lines(
    'user_id,name',
    members.map((id) => `${id},${id}`),
  ),
  'customers.csv': lines(
    'external_user_id,name,kind',
    customers.map((id) => `${id},${id},WECHAT`),
  ),
  'relations.csv': lines(
    'user_id,external_user_id,tags',
    pairs.map(({ member, customer }, place) => `${member},${customer},Level/${place % 3};Stage/${place % 5}`),
  ),
  'groups.csv': lines('chat_id,name,owner_user_id', ['g1,One,ana', 'g2,Two,ben']),
  'messages.csv': lines(
    'user_id,external_user_id,sent_at,direction,text',
    // Each one twice, and the two far apart.
    [...pairs, ...pairs].map(({ member, customer }) => `${member},${customer},2026-01-01T00:00:00Z,FROM_MEMBER,Hi`),
  ),
};

/** Imports in a process of its own, and kills it at the first progress that matches. */
async function importUntil(folder: string, enterprise: string, mark: RegExp): Promise<void> {
  const child = fork(join(import.meta.dirname, '../support/import-and-tell.ts'), [folder, enterprise], {
    env,
    execArgv: ['--import', 'tsx'],
  });
  child.on('message', (progress: string) => {
    if (mark.test(progress)) child.kill('SIGKILL');
  });
  expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
}

/** All that an enterprise holds, without ids and times of arrival. */
async function contentOf(db: Database, key: string): Promise<unknown[]> {
  return db.query(Prisma.sql`
    WITH here AS (SELECT id FROM enterprise WHERE key = ${key}),
    tagged AS (
      SELECT l.relation_id, array_agg(t.name ORDER BY t.name) AS tags
      FROM here JOIN relation_tag l ON l.enterprise_id = here.id JOIN tag t ON t.id = l.tag_id GROUP BY l.relation_id
    ), said AS (
      SELECT v.member_id, v.customer_id, count(*)::int AS messages
      FROM here JOIN conversation v ON v.enterprise_id = here.id JOIN archived_message a ON a.conversation_id = v.id
      GROUP BY v.member_id, v.customer_id
    )
    SELECT m.user_id, c.external_user_id, r.status, r.last_message_at, p.customers, p.groups, tagged.tags, said.messages
    FROM here JOIN relation r ON r.enterprise_id = here.id JOIN member m ON m.id = r.member_id
    JOIN customer c ON c.id = r.customer_id JOIN portfolio p ON p.member_id = m.id
    LEFT JOIN tagged ON tagged.relation_id = r.id
    LEFT JOIN said ON said.member_id = r.member_id AND said.customer_id = r.customer_id
    ORDER BY 1, 2`);
}

test('an import killed in the middle keeps whole chunks with right counters, and the next one completes it', async () => {
  const folder = folderOf(files);
  const left: number[][] = [];
  for (const mark of [/^Import relations\.csv: 1999 of 2100/, /^Import messages\.csv: 1999 of 4200/]) {
    await importUntil(folder, 'killed', mark);
    await using db = await open();
    expect((await portfolios(db)).filter(({ told, counted }) => String(told) !== String(counted))).toEqual([]);
    left.push([await db.prisma.relation.count(), await db.prisma.archivedMessage.count()]);
  }
  // A chunk is 2,000 records, the first one with the header; one more may be through before the kill arrives.
  const [[relations] = [], [, messages] = []] = left;
  expect([1999, 2100]).toContain(relations);
  expect([1999, 3999]).toContain(messages);

  await using db = await open();
  const app = { db, clock: systemClock, ids: createIds(systemClock), wakeup: createLocalWakeup() };
  await importFolder(app, folder, { enterprise: 'killed' });
  await importFolder(app, folder, { enterprise: 'undisturbed' });

  const content = await contentOf(db, 'killed');
  expect(content).toHaveLength(2100);
  expect(content[0]).toMatchObject({ customers: 700, groups: 1, tags: ['0', '0'], messages: 2 });
  expect(content).toEqual(await contentOf(db, 'undisturbed'));
}, 120_000);
