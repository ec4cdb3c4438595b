import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, expect, test } from 'vitest';
import { systemClock } from '../../src/platform/clock.js';
import { createIds } from '../../src/platform/ids.js';
import { createLocalWakeup } from '../../src/platform/wakeup/local-wakeup.js';
import { openChildDatabase } from '../support/child-database.js';
import { folderOf, importFolder, smallCompany } from '../support/import.js';
import { rewriteAudit } from '../support/rewrite-audit.js';

const { env, open } = await openChildDatabase();
const root = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'baton-audit-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a command as npm does. */
async function run(command: string, settings: Readonly<Record<string, string>>, ...args: string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', `src/cli/audit-${command}.ts`, ...args], {
    cwd: root,
    env: { ...env, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode, stdout, stderr };
}

test(
  'a log that was made anew is found out by a checkpoint that was kept, and by nothing else',
  { timeout: 240_000 },
  async () => {
    {
      await using db = await open();
      const app = { db, clock: systemClock, ids: createIds(systemClock), wakeup: createLocalWakeup() };
      await importFolder(app, folderOf(smallCompany), { enterprise: 'Acme' });
    }
    expect(await run('checkpoint', {})).toEqual({
      code: 1,
      stdout: '',
      stderr: 'Set AUDIT_SIGNING_KEY to sign checkpoints with; npm run audit:key makes one.\n',
    });

    const [signing, verifying] = (await run('key', {})).stdout
      .split('\n')
      .map((line) => line.slice(line.indexOf('=') + 1));
    const checkpoint = await run('checkpoint', { AUDIT_SIGNING_KEY: signing! });
    expect(checkpoint).toMatchObject({ code: 0, stderr: '' });
    const said = JSON.parse(checkpoint.stdout) as { sequence: number };
    expect(said).toMatchObject({ enterprise: 'acme' });
    const kept = join(folder, 'checkpoints.jsonl');
    writeFileSync(kept, checkpoint.stdout);
    const exported = await run('export', {}, '--enterprise', 'acme');
    const file = join(folder, 'log.jsonl');
    writeFileSync(file, exported.stdout);
    expect(exported.stdout.trim().split('\n')).toHaveLength(said.sequence);

    const known = { AUDIT_VERIFYING_KEY: verifying! };
    const whole = `${said.sequence} records are as they were sealed`;
    expect(await run('verify', known, '--checkpoint', kept)).toEqual({
      code: 0,
      stdout: `acme: ${whole} (against a checkpoint).\n`,
      stderr: '',
    });
    expect(await run('verify', known, '--checkpoint', kept, '--export', file)).toMatchObject({ code: 0, stderr: '' });

    {
      await using db = await open();
      await rewriteAudit(db, 'DELETE FROM audit_link; DELETE FROM audit_event');
    }
    writeFileSync(file, readFileSync(file, 'utf8').replace('Acme', 'Akme').replace('"action":"', '"action":"not '));
    expect(await run('verify', known)).toEqual({
      code: 0,
      stdout: 'acme: 0 records are as they were sealed (without a checkpoint).\n',
      stderr: '',
    });
    expect(await run('verify', known, '--checkpoint', kept)).toEqual({
      code: 1,
      stdout: `acme: CUT. The log ends with record 0; a checkpoint was made of record ${said.sequence}.\n`,
      stderr: '',
    });
    const edited = await run('verify', known, '--export', file);
    expect(edited).toMatchObject({ code: 1, stderr: '' });
    expect(edited.stdout).toContain('CHANGED. Record 1');
  },
);
