import { setImmediate as turn } from 'node:timers/promises';
import { inject, expect, onTestFinished, test } from 'vitest';
import { Prisma } from '../../src/generated/prisma/client.js';
import { openDatabase } from '../../src/platform/db/database.js';
import { acrossEnterprises, withinEnterprise } from '../../src/platform/db/scope.js';
import { createLogger } from '../../src/platform/log.js';
import { openTestDatabase } from '../support/database.js';
import { openWay } from '../support/way.js';

const { url = '' } = await openTestDatabase();
const isOnServer = inject('databaseTemplate').kind === 'postgres';

test.runIf(isOnServer)('a line that tears while its scope changes fails who asked, and nothing else', async () => {
  const target = new URL(url);
  await using way = await openWay(() => ({ host: target.hostname, port: Number(target.port || 5432) }));
  await using db = await openDatabase({ url: way.through(url), log: createLogger({ level: 'silent' }), poolSize: 1 });
  const faults: unknown[] = [];
  const note = (fault: unknown) => void faults.push(fault);
  process.on('uncaughtException', note);
  onTestFinished(() => void process.off('uncaughtException', note));
  const ask = () => db.query<{ one: number }>(Prisma.sql`SELECT 1 AS one`);
  expect(await acrossEnterprises('a test', ask)).toEqual([{ one: 1 }]);

  way.set('silent');
  const asked = withinEnterprise('01930000-0000-7000-8000-00000000000a', ask);
  const outcome = asked.catch(String);
  await turn();
  way.set('torn');

  expect(await outcome).toMatch(/terminated|ECONNRESET/);
  expect(faults).toEqual([]);
  way.set('open');
  expect(await acrossEnterprises('a test', ask)).toEqual([{ one: 1 }]);
});
