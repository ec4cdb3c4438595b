import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { describeNotification } from '../../src/cli/watch/describe-notification.js';
import type { AssignmentNotificationEvent } from '../../src/client/baton-client.js';
import { openDoors } from '../app/open-doors.js';
import { someMember } from '../client/followers.js';
import { openTestApp } from '../support/app.js';

type Notification = Extract<AssignmentNotificationEvent, { __typename: 'AssignmentNotification' }>;
const root = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'baton-watch-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The terminal as a process of its own, its output until a text appears, and its end by Ctrl-C. */
function watch(...args: string[]) {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli/watch.ts', ...args], {
    cwd: root,
    env: { PATH, HOME },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const written = { stdout: '', stderr: '' };
  let stir: () => void = () => undefined;
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      written[name] += text;
      stir();
    });
  }
  const ended = once(child, 'close').then(() => ({ code: child.exitCode, ...written }));
  return {
    ended,
    async shows(text: string) {
      while (!written.stdout.includes(text)) {
        if (child.exitCode !== null) throw new Error(`It ended: ${written.stderr}`);
        await new Promise<void>((resolve) => (stir = resolve));
      }
    },
    stop() {
      child.kill('SIGINT');
      return ended;
    },
  };
}

test(
  'a terminal shows what is there and what comes, and after a restart only what it has not shown',
  { timeout: 90_000 },
  async () => {
    const here = await openTestApp();
    let doors = await openDoors(here);
    const { token, happen } = await someMember(here);
    const cursor = join(folder, 'cursor');
    const tokenFile = join(folder, 'token');
    writeFileSync(tokenFile, `${token}\n`);
    const args = ['--url', `http://127.0.0.1:${doors.port}/graphql`, '--token-file', tokenFile, '--cursor', cursor];
    await happen(1);

    const first = watch(...args);
    await first.shows(' 1\n');
    await happen(2);
    await first.shows(' 2\n');
    await doors.close();
    await happen(3);
    doors = await openDoors(here, { port: doors.port });
    await first.shows(' 3\n');
    const shown = await first.stop();
    await happen(4);
    const second = watch(...args);
    await second.shows(' 4\n');
    const later = await second.stop();

    const line = (note: number) => `<time>  1 customer of Lea came to you.\n                     ${note}\n`;
    const timeless = (text: string) => text.replace(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/gm, '<time>');
    expect(shown.code).toBe(0);
    expect(timeless(shown.stdout)).toBe(line(1) + line(2) + line(3));
    expect(shown.stderr).toContain('Not connected: ');
    expect(later).toMatchObject({ code: 0, stderr: expect.stringMatching(/^Watching [^\n]+\n$/) as string });
    expect(timeless(later.stdout)).toBe(line(4));
    expect(readFileSync(cursor, 'utf8')).toMatch(/^[\w-]+\n$/);

    const refused = await watch('--url', args[1]!, '--token', `${token}x`, '--cursor', join(folder, 'other')).ended;
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain('The API refused: The token is not valid.');
  },
);

test.each([
  ['nobody', [], 'Give one of --token <token>, --token-file <file> and --member <user_id>.\n'],
  [
    'two people',
    ['--token', 'x', '--member', 'y'],
    'Give one of --token <token>, --token-file <file> and --member <user_id>.\n',
  ],
  [
    'no token',
    ['--token', 'x'],
    'This is no token of Baton. Give one that npm start or npm run token printed, whole.\n',
  ],
  [
    'a member without a database to look in',
    ['--member', 'ana'],
    '--member needs DATABASE_URL: the embedded database belongs to the server alone. Give --token, which npm start prints.\n',
  ],
  [
    'no address',
    ['--token', 'x', '--url', 'here'],
    '"here" is no address. Give one like http://127.0.0.1:4000/graphql.\n',
  ],
])('a terminal for %s says what to give', { timeout: 60_000 }, async (_who, args, stderr) => {
  expect(await watch(...args).ended).toEqual({ code: 1, stdout: '', stderr });
});

describe('a line of the terminal', () => {
  const event: Notification = {
    __typename: 'AssignmentNotification',
    id: '1',
    cursor: 'c',
    createdAt: '2026-01-31T12:00:00Z',
    acknowledgedAt: null,
    transferId: 't',
    type: 'CUSTOMERS_ASSIGNED',
    transferKind: 'RESIGNED',
    leaverName: 'Lin Wei',
    successorName: 'Ana',
    note: '',
    customerCount: 2,
    groupCount: 1,
  };
  const say = (changes: Partial<Notification>) => describeNotification({ ...event, ...changes }, false).slice(21);

  test.each<[Notification['type'], string]>([
    ['CUSTOMERS_SCHEDULED', '2 customers of Lin Wei will come to you, unless they decline.'],
    ['CUSTOMERS_ASSIGNED', '2 customers of Lin Wei came to you.'],
    ['CUSTOMERS_REFUSED', '2 customers of Lin Wei declined, and do not come to you.'],
    ['CUSTOMERS_CANCELLED', '2 customers of Lin Wei do not come to you as scheduled.'],
    ['CUSTOMERS_UNDONE', '2 customers of Lin Wei went back.'],
    ['CUSTOMERS_RETURNED', '2 customers of Lin Wei came back to you from Ana.'],
    ['GROUPS_ASSIGNED', '1 customer group of Lin Wei came to you.'],
    ['GROUPS_UNDONE', '1 customer group of Lin Wei went back.'],
    ['GROUPS_RETURNED', '1 customer group of Lin Wei came back to you from Ana.'],
    ['APPROVAL_REQUESTED', 'The handover from Lin Wei waits for your approval.'],
    ['TRANSFER_APPROVED', 'The handover from Lin Wei was approved.'],
    ['TRANSFER_DISAPPROVED', 'The handover from Lin Wei was disapproved.'],
    ['SOMETHING_NEW' as Notification['type'], 'SOMETHING_NEW: 2 customers of Lin Wei.'],
  ])('says of %s what happened', (type, text) => {
    expect(say({ type })).toBe(text);
  });

  test('shows a note below, and nothing of it commands the terminal', () => {
    const indent = ' '.repeat(21);
    expect(say({ note: 'Call\r\n\u001b[2Jthem\u0007.\u009b1m', leaverName: 'L\u001b]0;x\u0007in' })).toBe(
      `2 customers of L]0;xin came to you.\n${indent}Call\n${indent}[2Jthem.1m`,
    );
  });

  test('has colours only where they were asked for', () => {
    const resync = { __typename: 'ResyncRequired', reason: 'EXPIRED', message: 'Read the list.', cursor: 'c' } as const;
    expect(describeNotification(resync, false)).toBe('Some notifications may be missing. Read the list.');
    expect(describeNotification(event, true)).toMatch(/^\u001b\[2m.{19}\u001b\[0m {2}\u001b\[1m2 customers/);
  });
});
