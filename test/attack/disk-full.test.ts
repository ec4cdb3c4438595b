import { execFileSync } from 'node:child_process';
import { mkdtempSync, openAsBlob, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, onTestFinished, test } from 'vitest';
import { createApp, type Baton } from '../../src/app/app.js';
import { readConfig } from '../../src/app/config.js';
import { createGraphqlHandler } from '../../src/app/http.js';
import { issueToken } from '../../src/app/tokens.js';
import { openDatabase } from '../../src/platform/db/database.js';
import { createLogger } from '../../src/platform/log.js';
import { ownerDatabase } from '../support/owner-database.js';
import { departing } from '../support/seed.js';

const template = inject('databaseTemplate');
const onPglite = template.kind === 'pglite' ? template.dump : undefined;
// A disk of its own that may be filled takes the right to mount one.
const mayMount = process.platform === 'linux' && process.getuid?.() === 0;
const log = createLogger({ level: 'silent' });
const now = () => new Date('2026-03-02T08:00:00.000Z');

/** A file system of its own, so small that it can be filled; gone after the test. */
function smallDisk(): string {
  const folder = mkdtempSync(join(tmpdir(), 'baton-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=128m', 'tmpfs', folder]);
  onTestFinished(() => {
    execFileSync('umount', ['--lazy', folder]);
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** The application on the embedded database in this folder. */
async function openOn(dataDir: string, isNew: boolean) {
  const db = await openDatabase({ dataDir, log, ...(isNew && { loadDump: await openAsBlob(onPglite ?? '') }) });
  const config = readConfig({ NODE_ENV: 'test', RUNNER: 'false', DATA_DIR: dataDir });
  const served = await createApp(config, { db, clock: { now }, log });
  const app: Baton = { ...served, db: ownerDatabase(db) };
  return {
    app,
    yoga: createGraphqlHandler(served),
    tokenOf: (person: { kind: 'member' | 'customer'; id: string; enterpriseId: string }) =>
      issueToken(served, { ...person, personId: person.id }),
    clock: { now, advance: () => undefined, set: () => undefined },
    async close() {
      await served[Symbol.asyncDispose]();
      await db[Symbol.asyncDispose]();
    },
  };
}

interface Answer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly body: string;
}

async function create(yoga: Awaited<ReturnType<typeof openOn>>['yoga'], token: string, n: number): Promise<Answer> {
  const response = await yoga.fetch('http://baton.test/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({
      query:
        'mutation ($input: CreateCustomerInput!) { createCustomer(input: $input) { customer { name } userErrors { code } } }',
      variables: { input: { externalUserId: `c${n}`, kind: 'WECHAT', name: `Customer ${n} ${'x'.repeat(60)}` } },
    }),
  });
  return { status: response.status, retryAfter: response.headers.get('retry-after'), body: await response.text() };
}

test.runIf(onPglite && mayMount)(
  'a full disk is told as one, reads go on, and what was answered is there after a restart, nothing half',
  async () => {
    const disk = smallDisk();
    const dataDir = join(disk, 'data');
    const before = await openOn(dataDir, true);
    const { admin, enterpriseId } = await departing(before, { customers: 1 });
    const { bavail, bsize } = statfsSync(disk);
    const ballast = join(disk, 'ballast');
    writeFileSync(ballast, Buffer.alloc(bavail * bsize - 64 * 1024));

    const created: string[] = [];
    let refused: Answer | null = null;
    for (let n = 0; n < 3_000 && !refused; n++) {
      const answer = await create(before.yoga, admin.token, n);
      if (answer.status === 200 && !answer.body.includes('errors":[{')) created.push(`c${n}`);
      else refused = answer;
    }
    const read = await before.yoga.fetch('http://baton.test/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${admin.token}` },
      body: JSON.stringify({ query: '{ customers(first: 1) { totalCount } }' }),
    });

    expect(created.length).toBeGreaterThan(0);
    expect([refused?.status, refused?.retryAfter]).toEqual([503, '60']);
    expect(refused?.body).toContain('"code":"STORAGE_FULL"');
    expect(refused?.body).not.toMatch(/ENOSPC|No space|base\/|pglite|relation/i);
    expect([read.status, await read.json()]).toEqual([
      200,
      { data: { customers: { totalCount: created.length + 1 } }, extensions: { cost: 102 } },
    ]);

    rmSync(ballast);
    expect((await create(before.yoga, admin.token, 9_999)).body).toContain('"userErrors":[]');
    await before.close();
    const after = await openOn(dataDir, false);
    const kept = await after.app.db.prisma.customer.findMany({
      where: { enterpriseId, externalUserId: { startsWith: 'c' }, name: { contains: 'xxx' } },
      select: { externalUserId: true },
    });
    const audited = await after.app.db.prisma.auditEvent.count({ where: { action: 'createCustomer' } });
    await after.close();

    expect(kept.map(({ externalUserId }) => externalUserId).sort()).toEqual([...created, 'c9999'].sort());
    expect(audited).toBe(created.length + 1);
  },
);
