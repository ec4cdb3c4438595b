import { expect, test } from 'vitest';
import { createApp } from '../../src/app/app.js';
import { readConfig } from '../../src/app/config.js';
import { playHandover } from '../../src/cli/demo/play-handover.js';
import { loadSampleCompany } from '../../src/cli/sample-company.js';
import { createLogger } from '../../src/platform/log.js';
import { openTestDatabase } from '../support/database.js';
import { everyRow } from '../support/import.js';
import { rewriteAudit } from '../support/rewrite-audit.js';

const { db, served } = await openTestDatabase();
const config = readConfig({ NODE_ENV: 'test', PORT: '0', RUNNER: 'true', GRAPHIQL: 'false' });

test('the demo hands all customers over and everybody hears of it once, beside what is there already', async () => {
  await using app = await createApp(config, { db: served, log: createLogger({ level: 'silent' }) });
  const sample = await loadSampleCompany(app);
  expect(sample).toMatchObject({ enterpriseKey: 'sample-company', leaver: 'lin-wei' });
  const lines: string[] = [];
  const screen = { line: (text: string) => void lines.push(text), progress: () => undefined, end: () => undefined };

  const delivery = await playHandover(app, screen, AbortSignal.timeout(60_000));

  expect(delivery).toEqual({
    handedOver: 60,
    recorded: 62,
    customerNotices: 60,
    assignmentNotifications: 2,
    missed: 0,
    surplus: 0,
  });
  expect(lines.filter((line) => line.startsWith('  customer '))).toHaveLength(60);
  expect(lines.filter((line) => line.startsWith('  successor '))).toEqual([
    expect.stringContaining('30 customers of Lin Wei 林伟 are yours.'),
    expect.stringContaining('30 customers of Lin Wei 林伟 are yours.'),
  ]);
  const own = await db.prisma.enterprise.findUniqueOrThrow({ where: { key: 'sample-company' } });
  expect(await db.prisma.transfer.count({ where: { enterpriseId: own.id } })).toBe(0);
}, 120_000);

test('the sample company is loaded once, completed when it was interrupted, and not mixed in with others', async () => {
  await using app = await createApp(
    { ...config, runner: false },
    { db: served, log: createLogger({ level: 'silent' }) },
  );
  const before = await everyRow(db);
  await loadSampleCompany(app);
  expect(await everyRow(db)).toEqual(before);

  const own = await db.prisma.enterprise.findUniqueOrThrow({ where: { key: 'sample-company' } });
  await rewriteAudit(db, `DELETE FROM audit_event WHERE enterprise_id = '${own.id}'`);
  await db.prisma.archivedMessage.deleteMany({ where: { enterpriseId: own.id } });
  await loadSampleCompany(app);
  expect(await db.prisma.archivedMessage.count({ where: { enterpriseId: own.id } })).toBe(490);

  await db.prisma.enterprise.update({ where: { id: own.id }, data: { key: 'somebody-else' } });
  expect(await loadSampleCompany(app)).toBeNull();
}, 60_000);
