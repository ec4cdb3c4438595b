import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { readConfig } from '../../src/app/config.js';
import { createTokenReader } from '../../src/app/tokens.js';
import { systemClock } from '../../src/platform/clock.js';
import { createIds } from '../../src/platform/ids.js';
import { createLocalWakeup } from '../../src/platform/wakeup/local-wakeup.js';
import { openChildDatabase } from '../support/child-database.js';
import { folderOf, importFolder, smallCompany } from '../support/import.js';

const { env, open } = await openChildDatabase();
const root = resolve(import.meta.dirname, '../..');

/** Runs a command as npm does. */
async function run(command: 'import' | 'token', ...args: string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', `src/cli/${command}.ts`, ...args], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode, stdout, stderr };
}

test(
  'import says what it does, what it left out, and by its exit code whether it did',
  { timeout: 120_000 },
  async () => {
    const good = folderOf(smallCompany);
    const bad = folderOf({ ...smallCompany, 'relations.csv': 'user_id,external_user_id\nana,c1\nana,c9\n' });
    const reason =
      'external_user_id: there is no customer "c9", neither among the good rows of customers.csv nor in the enterprise';

    expect(await run('import', '--enterprise', 'Acme', '--dry-run', bad)).toEqual({
      code: 2,
      stderr: `relations.csv:3: ${reason}\n`,
      stdout: [
        'Check members.csv: 2 rows',
        'Check customers.csv: 2 rows',
        'Check relations.csv: 2 rows, 1 left out',
        '6 rows: 5 are good, 1 would be left out. Checked only, nothing was written.',
        '',
      ].join('\n'),
    });

    const report = join(bad, 'report.txt');
    const first = await run('import', '--enterprise', 'Acme', '--report', report, bad);
    expect(first).toMatchObject({ code: 2, stderr: `relations.csv:3: ${reason}\n` });
    expect(first.stdout.split('\n').slice(-3)).toEqual([
      '6 rows: 5 new, 0 changed, 0 as before, 1 left out.',
      '"Acme" has no active administrator, and nobody can hand customers over. Import again with --administrator <user_id> to make a member one.',
      '',
    ]);
    expect(readFileSync(report, 'utf8').split('\n')).toHaveLength(3);

    const second = await run('import', '--enterprise', 'Acme', '--administrator', 'ana', good);
    expect(second).toMatchObject({ code: 0, stderr: '' });
    expect(second.stdout).toMatch(/\n5 rows: 0 new, 0 changed, 5 as before, 0 left out\.\n$/);

    expect(await run('import', '--enterprise', 'Acme', join(good, 'none'))).toEqual({
      code: 1,
      stdout: '',
      stderr: `There is no folder ${join(good, 'none')}. Give the folder that holds members.csv and the others.\n`,
    });
    expect(await run('import', good)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: "error: required option '--enterprise <name>' not specified\n",
    });
  },
);

test('token prints a token and nothing else, or says whom it does not find', { timeout: 120_000 }, async () => {
  const folder = folderOf(smallCompany);
  {
    await using db = await open();
    const app = { db, clock: systemClock, ids: createIds(systemClock), wakeup: createLocalWakeup() };
    for (const enterprise of ['First', 'Second']) await importFolder(app, folder, { enterprise });
  }

  const printed = await run('token', '--enterprise', 'first', '--member', 'ana', '--hours', '2');

  expect(printed).toMatchObject({ code: 0, stderr: '' });
  expect(printed.stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
  const session = await createTokenReader({ config: readConfig({}), clock: systemClock })(printed.stdout.trim());
  {
    await using db = await open();
    const ana = await db.prisma.member.findFirstOrThrow({ where: { userId: 'ana', enterprise: { key: 'first' } } });
    expect(session).toMatchObject({ kind: 'member', personId: ana.id, enterpriseId: ana.enterpriseId });
  }
  const hours = (session.expiresAt.getTime() - Date.now()) / 3_600_000;
  expect(hours).toBeGreaterThan(1.9);
  expect(hours).toBeLessThanOrEqual(2);

  const refused = (stderr: string) => ({ code: 1, stdout: '', stderr: `${stderr}\n` });
  expect(await run('token', '--member', 'anna')).toEqual(refused('There is no member "anna". Did you mean ana?'));
  expect(await run('token', '--customer', 'c1')).toEqual(
    refused('"c1" is a customer of several enterprises. Say which by --enterprise: acme, first, second.'),
  );
});
