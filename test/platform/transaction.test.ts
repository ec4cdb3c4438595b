import { beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/platform/clock.js';
import { inTransaction } from '../../src/platform/db/transaction.js';
import { createIds } from '../../src/platform/ids.js';
import { createLocalWakeup } from '../../src/platform/wakeup/local-wakeup.js';
import { openTestDatabase } from '../support/database.js';
import { createGate } from '../support/gate.js';

const { db } = await openTestDatabase();
const ids = createIds(systemClock);
let wakes = 0;
const wakeup = { ...createLocalWakeup(), wake: () => void wakes++ };
const app = { db, wakeup };

const enterprise = (key: string) => ({ id: ids.next(), key, name: key, createdAt: new Date() });
const names = async () => (await db.prisma.enterprise.findMany({ orderBy: { key: 'asc' } })).map(({ name }) => name);

beforeEach(async () => {
  await db.prisma.enterprise.deleteMany();
  wakes = 0;
});

test('work that throws leaves nothing behind and wakes nobody', async () => {
  const work = inTransaction(app, async (tx) => {
    tx.wakeAfterCommit();
    await tx.enterprise.create({ data: enterprise('a') });
    throw new Error('changed my mind');
  });

  await expect(work).rejects.toThrow('changed my mind');
  expect(await names()).toEqual([]);
  expect(wakes).toBe(0);
});

test('followers are woken once, after the commit, and only when asked', async () => {
  await inTransaction(app, async (tx) => {
    tx.wakeAfterCommit();
    await tx.enterprise.create({ data: enterprise('a') });
    tx.wakeAfterCommit();
    expect(wakes).toBe(0);
  });
  expect(wakes).toBe(1);

  await inTransaction(app, (tx) => tx.enterprise.create({ data: enterprise('b') }));
  expect(wakes).toBe(1);
});

test('an error that the work swallowed does not turn the commit into a silent rollback', async () => {
  const work = inTransaction(app, async (tx) => {
    tx.wakeAfterCommit();
    await tx.enterprise.create({ data: enterprise('a') });
    await tx.enterprise.create({ data: enterprise('a') }).catch(() => undefined);
  });

  await expect(work).rejects.toThrow('current transaction is aborted');
  expect(await names()).toEqual([]);
  expect(wakes).toBe(0);
});

test('a transaction inside a transaction is refused at once', async () => {
  await expect(inTransaction(app, () => inTransaction(app, async () => 1))).rejects.toThrow('hand tx on');
});

test('work left running after the commit may use transactions of its own', async () => {
  let later: Promise<unknown> | undefined;
  const committed = createGate();
  await inTransaction(app, async () => {
    later = committed.opened.then(() => inTransaction(app, async () => 'done'));
  });
  committed.open();

  expect(await later).toBe('done');
});

test('a transaction that takes too long is rolled back', async () => {
  const slow = inTransaction(
    app,
    async (tx) => {
      await tx.enterprise.create({ data: enterprise('a') });
      await new Promise((resolve) => setTimeout(resolve, 900));
      await tx.enterprise.create({ data: enterprise('b') });
    },
    { timeoutMs: 600 },
  );

  await expect(slow).rejects.toThrow();
  expect(await names()).toEqual([]);
});

test('many at once all happen', async () => {
  const keys = Array.from({ length: 40 }, (_, index) => `e${String(index).padStart(2, '0')}`);
  await Promise.all(keys.map((key) => inTransaction(app, (tx) => tx.enterprise.create({ data: enterprise(key) }))));

  expect(await names()).toEqual(keys);
});

describe.runIf(db.kind === 'postgres')('on a server', () => {
  test.each(['through Prisma', 'through raw SQL'])('two that dead-lock both succeed in the end: %s', async (way) => {
    await db.prisma.enterprise.createMany({ data: [enterprise('a'), enterprise('b')] });
    let runs = 0;
    let written = 0;
    const both = createGate();

    const count = (first: string, second: string) =>
      inTransaction(app, async (tx) => {
        runs++;
        const write = (key: string) =>
          way === 'through Prisma'
            ? tx.enterprise.update({ where: { key }, data: { waitHours: { increment: 1 } } })
            : tx.$executeRaw`UPDATE enterprise SET wait_hours = wait_hours + 1 WHERE key = ${key}`;
        await write(first);
        // Not when both have begun: one could be through with both rows before the other has its first.
        if (++written === 2) both.open();
        await both.opened;
        await write(second);
      });
    await Promise.all([count('a', 'b'), count('b', 'a')]);

    expect(runs).toBe(3);
    const rows = await db.prisma.enterprise.findMany({ orderBy: { key: 'asc' } });
    expect(rows.map(({ key, waitHours }) => [key, waitHours])).toEqual([
      ['a', 26],
      ['b', 26],
    ]);
  });

  test('the server gives up a statement before Prisma gives up the transaction', async () => {
    const work = inTransaction(app, (tx) => tx.$queryRaw`SELECT pg_sleep(5)::text`, { timeoutMs: 1_000 });

    await expect(work).rejects.toThrow('statement timeout');
  });
});
