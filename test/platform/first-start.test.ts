import { mkdtempSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Prisma } from '../../src/generated/prisma/client.js';
import { openDatabase } from '../../src/platform/db/database.js';
import { applyMigrations } from '../../src/platform/db/migrate.js';
import { acrossEnterprises } from '../../src/platform/db/scope.js';
import { createLogger } from '../../src/platform/log.js';
import { ownerDatabase } from '../support/owner-database.js';

const log = createLogger({ level: 'silent' });

test('a first start that was stopped half-way does not spoil the folder for the next one, and deletes nothing', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'baton-first-start-'));
  mkdirSync(join(dataDir, 'postgres'));
  writeFileSync(join(dataDir, 'postgres', 'PG_VERSION'), '18\n');

  const db = await openDatabase({ dataDir, log });
  const [row] = await ownerDatabase(db).query<{ answer: number }>(Prisma.sql`SELECT 42 AS answer`);
  await db[Symbol.asyncDispose]();

  expect(row).toEqual({ answer: 42 });
  const [aside] = readdirSync(dataDir).filter((name) => name.startsWith('postgres.unfinished-'));
  expect(readdirSync(join(dataDir, aside ?? ''))).toEqual(['PG_VERSION']);
  rmSync(dataDir, { recursive: true });
});

test('lists of enums are taken at the very start that made them', async () => {
  await using db = await openDatabase({ dataDir: 'memory://', log });
  await applyMigrations(db);

  const statuses = ['CANCELLED', 'REFUSED'];
  const found = await acrossEnterprises('of nobody', async () => [
    await db.query(
      Prisma.sql`SELECT count(*) FROM transfer_item WHERE status = ANY(${statuses}::"TransferItemStatus"[])`,
    ),
    await db.prisma
      .$queryRaw`SELECT count(*) FROM transfer_item WHERE status = ANY(${statuses}::"TransferItemStatus"[])`,
  ]);

  expect(found).toEqual([[{ count: expect.anything() as unknown }], [{ count: expect.anything() as unknown }]]);
});
