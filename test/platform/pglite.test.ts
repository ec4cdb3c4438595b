import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openAsBlob, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, onTestFinished, test } from 'vitest';
import { Prisma } from '../../src/generated/prisma/client.js';
import { openDatabase } from '../../src/platform/db/database.js';
import { createLogger } from '../../src/platform/log.js';

const log = createLogger({ level: 'silent' });
const template = inject('databaseTemplate');
const onPglite = template.kind === 'pglite' ? template.dump : undefined;

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'baton-pglite-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

test.runIf(onPglite)('a kill loses nothing that was acknowledged, and the folder opens again', async () => {
  const dataDir = newFolder();
  const script = join(import.meta.dirname, '../support/commit-for-ever.ts');
  const child = fork(script, [dataDir, onPglite ?? ''], { execArgv: ['--import', 'tsx'] });
  let acknowledged = 0;
  const enough = new Promise<void>((resolve) => {
    child.on('message', (count: number) => {
      acknowledged = count;
      if (count === 50) resolve();
    });
  });
  await enough;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;

  await using db = await openDatabase({ dataDir, log });
  const [row] = await db.query<{ count: number }>(Prisma.sql`SELECT pruned_xid AS count FROM inbox_epoch`);

  expect(acknowledged).toBeGreaterThanOrEqual(50);
  // The last commit may have happened without its answer getting out.
  expect([acknowledged, acknowledged + 1]).toContain(row?.count);
});

test.runIf(onPglite)('two in one process do not share a folder', async () => {
  const dataDir = newFolder();
  const loadDump = await openAsBlob(onPglite ?? '');
  await using first = await openDatabase({ dataDir, loadDump, log });

  await expect(openDatabase({ dataDir, log })).rejects.toThrow(`in use by process ${process.pid}`);
  await expect(first.ping()).resolves.toBeUndefined();
});

test('a folder that is not a database is explained and unlocked again', async () => {
  const dataDir = newFolder();
  await openDatabase({ dataDir, log }).then((db) => db[Symbol.asyncDispose]());
  rmSync(join(dataDir, 'postgres', 'global'), { recursive: true });

  for (const _attempt of [1, 2]) {
    await expect(openDatabase({ dataDir, log })).rejects.toThrow('could not be opened');
  }
});
