import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockFolder } from '../../src/platform/db/folder-lock.js';
import { StartupError } from '../../src/platform/errors.js';

const script = join(import.meta.dirname, '../support/lock-folder.ts');
let home: string;
let folder: string;
let children: ChildProcess[];

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'baton-lock-'));
  folder = join(home, 'data');
  children = [];
});

afterEach(async () => {
  await Promise.all(children.map(kill));
  rmSync(home, { recursive: true });
});

interface Other {
  readonly child: ChildProcess;
  /** Tries to lock the folder, at the given moment, and says how that went. */
  lock(lockAt?: number): Promise<string>;
  release(): Promise<string>;
}

/** Starts another process. */
async function start(): Promise<Other> {
  const child = fork(script, [folder], { execArgv: ['--import', 'tsx'] });
  children.push(child);
  await once(child, 'message');
  const ask = async (message: object | string) => {
    child.send(message);
    const [answer] = (await once(child, 'message')) as [string];
    return answer;
  };
  return { child, lock: (lockAt = 0) => ask({ lockAt }), release: () => ask('release') };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

test('a second process is refused, with the number of the first', async () => {
  const other = await start();
  expect(await other.lock()).toBe('locked');

  expect(() => lockFolder(folder)).toThrow(StartupError);
  expect(() => lockFolder(folder)).toThrow(`in use by process ${other.child.pid}.`);
});

test('a second lock in the same process is refused too', () => {
  const lock = lockFolder(folder);

  expect(() => lockFolder(folder)).toThrow(`in use by process ${process.pid}.`);
  lock.release();
  lockFolder(folder).release();
});

test('a released lock leaves no file behind', () => {
  const lock = lockFolder(folder);
  lock.release();
  lock.release();

  expect(readdirSync(home)).toEqual([]);
});

test('the file of a killed process is replaced', async () => {
  const other = await start();
  await other.lock();
  await kill(other.child);
  expect(existsSync(`${folder}.pid`)).toBe(true);

  lockFolder(folder).release();
  expect(readdirSync(home)).toEqual([]);
});

test('of several that find the file of a killed process at once, exactly one gets the lock, every time', async () => {
  const dead = await start();
  await dead.lock();
  await kill(dead.child);
  const stale = readFileSync(`${folder}.pid`, 'utf8');
  const racers = await Promise.all([start(), start(), start()]);

  for (let round = 0; round < 150; round++) {
    writeFileSync(`${folder}.pid`, stale.replace(/"nonce":"[^"]*"/, `"nonce":"round-${round}"`));
    const lockAt = Date.now() + 3;
    const answers = await Promise.all(racers.map((racer) => racer.lock(lockAt)));

    const winner = racers[answers.indexOf('locked')]?.child.pid;
    expect(answers.filter((answer) => answer === 'locked')).toHaveLength(1);
    expect(answers.filter((answer) => answer.includes(`in use by process ${winner}.`))).toHaveLength(2);
    await Promise.all(racers.map((racer) => racer.release()));
  }
  expect(readdirSync(home)).toEqual([]);
});

test('the same number of another process, as after the restart of a container, is no holder', () => {
  const earlier = { pid: process.pid, host: hostname(), began: 'another boot/1', nonce: 'n' };
  writeFileSync(`${folder}.pid`, JSON.stringify(earlier));

  lockFolder(folder).release();
});

test('a lock of another host is respected, and the message says how to remove it', () => {
  writeFileSync(`${folder}.pid`, JSON.stringify({ pid: 1, host: 'elsewhere', began: null, nonce: 'n' }));

  expect(() => lockFolder(folder)).toThrow(`by process 1 on elsewhere. If that host`);
  expect(existsSync(`${folder}.pid`)).toBe(true);
});

test('an empty file, left by a crash between making and filling it, is replaced', () => {
  writeFileSync(`${folder}.pid`, '');

  lockFolder(folder).release();
  expect(readdirSync(home)).toEqual([]);
});
