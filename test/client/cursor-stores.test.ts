import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { storageCursor } from '../../src/client/cursor-store.js';
import { fileCursor } from '../../src/client/file-cursor.js';

const folder = mkdtempSync(join(tmpdir(), 'baton-cursor-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a cursor in a file is there after a restart, and saving leaves nothing else behind', async () => {
  const path = join(folder, 'cursor');
  expect(await fileCursor(path).load()).toBeNull();

  await fileCursor(path).save('one');
  await fileCursor(path).save('two');

  expect(await fileCursor(path).load()).toBe('two');
  expect(readdirSync(folder)).toEqual(['cursor']);
});

test('a save that was cut short leaves the place before', async () => {
  const path = join(folder, 'cut');
  await fileCursor(path).save('one');
  writeFileSync(`${path}.new`, 'tw');

  expect(await fileCursor(path).load()).toBe('one');
  expect(readFileSync(path, 'utf8')).toBe('one\n');
});

test('an empty file is no place, and a folder is no file', async () => {
  const path = join(folder, 'empty');
  writeFileSync(path, '');

  expect(await fileCursor(path).load()).toBeNull();
  await expect(fileCursor(folder).load()).rejects.toMatchObject({ code: 'EISDIR' });
});

test('a cursor in a storage keeps to its key', async () => {
  const items = new Map([['theirs', 'x']]);
  const storage = {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
  };
  const cursor = storageCursor(storage, 'mine');
  expect(await cursor.load()).toBeNull();

  await cursor.save('one');

  expect(await cursor.load()).toBe('one');
  expect([...items]).toEqual([
    ['theirs', 'x'],
    ['mine', 'one'],
  ]);
});
