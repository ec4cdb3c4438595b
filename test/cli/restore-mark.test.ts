import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { openChildDatabase } from '../support/child-database.js';
import { occur } from '../features/inbox/inbox-seed.js';

const { env, open } = await openChildDatabase();
const root = resolve(import.meta.dirname, '../..');

/** Runs the command as npm does. */
async function mark(...args: string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli/restore-mark.ts', ...args], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode, stdout, stderr };
}

const marked =
  'Marked. Whoever comes back with a cursor from before is told to read the lists afresh (ResyncRequired, OTHER_EPOCH).\n';
const goOn = 'Start the servers and workers now.\n';

test('restore:mark begins a new epoch, once nobody else is connected', { timeout: 120_000 }, async () => {
  const epochOf = async () => {
    await using db = await open();
    return (await db.prisma.inboxEpoch.findUniqueOrThrow({ where: { id: 1 } })).epoch;
  };
  const before = await epochOf();

  {
    await using db = await open();
    const refused = await mark();
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(
      db.kind === 'postgres'
        ? /^Others are connected to this database: baton \(\d+\)\. Stop all servers/
        : /in use by process/,
    );
    expect((await db.prisma.inboxEpoch.findUniqueOrThrow({ where: { id: 1 } })).epoch).toBe(before);
  }

  expect(await mark()).toEqual({ code: 0, stdout: marked + goOn, stderr: '' });
  const after = await epochOf();
  expect(after).not.toBe(before);

  {
    await using db = await open();
    for (const first of [1, 2, 3])
      await occur(db, { enterpriseId: crypto.randomUUID(), recipientId: crypto.randomUUID() }, { first });
    await db.prisma.$executeRaw`UPDATE inbox_event SET xid = xid + 1000000000000`;
  }
  expect(await mark()).toEqual({
    code: 0,
    stdout: `${marked}3 events came from another server and were numbered anew.\n${goOn}`,
    stderr: '',
  });
  expect(await epochOf()).not.toBe(after);
});
