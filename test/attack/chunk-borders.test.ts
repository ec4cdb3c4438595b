import { expect, test } from 'vitest';
import { startRunner } from '../../src/app/runner.js';
import { chunkOf, takeOverDue } from '../../src/features/transfers/take-over.js';
import { openTestApp } from '../support/app.js';
import { serveMany } from '../support/crowd.js';
import { brokenInvariants } from '../support/invariants.js';
import { departing, type Departing } from '../support/seed.js';

const baton = await openTestApp();
const { app, clock } = baton;

async function handAll(story: Departing): Promise<number> {
  await app.db.prisma.enterprise.update({ where: { id: story.enterpriseId }, data: { customerLimit: 1_000_000 } });
  const { data, errors } = await baton.ask(
    story.admin.token,
    `mutation ($input: TransferCustomersInput!) {
       transferCustomers(input: $input) { transfer { counts { waiting } } userErrors { code message } } }`,
    { input: { leaverId: story.leaver.id, selection: { all: true }, successorIds: [story.ana.id, story.ben.id] } },
  );
  expect(errors).toBeUndefined();
  expect(data['transferCustomers']?.['userErrors']).toEqual([]);
  return data['transferCustomers']?.['transfer']?.['counts']?.['waiting'] as unknown as number;
}

async function held(story: Departing): Promise<Record<string, number>> {
  const rows = await app.db.prisma.relation.groupBy({
    by: ['memberId'],
    where: { enterpriseId: story.enterpriseId, status: 'ACTIVE' },
    _count: true,
  });
  const nameOf = new Map([story.leaver, story.ana, story.ben].map(({ uuid, name }) => [uuid, name]));
  return Object.fromEntries(rows.map(({ memberId, _count }) => [nameOf.get(memberId) ?? 'somebody else', _count]));
}

const chunk = chunkOf[app.db.kind];

test.each([
  { customers: 1, chunks: [1] },
  { customers: chunk, chunks: [chunk] },
  { customers: chunk + 1, chunks: [chunk, 1] },
])('$customers customers go in chunks of $chunks, the last of which finishes the transfer', async (given) => {
  const story = await departing(baton, { customers: 0 });
  await serveMany(app, story.enterpriseId, story.leaver.uuid, given.customers);
  expect(await handAll(story)).toBe(given.customers);

  const ended: number[] = [];
  for (let one = await takeOverDue(app); one > 0; one = await takeOverDue(app)) {
    ended.push(one);
    expect(await brokenInvariants(app.db, story.enterpriseId)).toEqual([]);
  }

  expect(ended).toEqual(given.chunks);
  const half = Math.floor(given.customers / 2);
  expect(await held(story)).toEqual({ Ana: given.customers - half, ...(half > 0 && { Ben: half }) });
  const transfer = await app.db.prisma.transfer.findFirstOrThrow({ where: { enterpriseId: story.enterpriseId } });
  expect(transfer).toMatchObject({ status: 'COMPLETED', waiting: 0, completed: given.customers, runAt: null });
});

test('a clock that jumps back in the middle delays the rest, and loses none of it', async () => {
  const story = await departing(baton, { customers: 0 });
  await serveMany(app, story.enterpriseId, story.leaver.uuid, 25);
  await handAll(story);
  expect(await takeOverDue(app, 10)).toBe(10);

  clock.advance(-1);
  expect(await takeOverDue(app, 10)).toBe(0);
  expect(await brokenInvariants(app.db, story.enterpriseId)).toEqual([]);
  clock.advance(1);
  expect(await takeOverDue(app, 10)).toBe(10);
  clock.advance(-0.5);
  expect(await takeOverDue(app, 10)).toBe(0);
  clock.advance(0.6);
  expect(await takeOverDue(app, 10)).toBe(5);

  expect(await held(story)).toEqual({ Ana: 13, Ben: 12 });
  expect(await brokenInvariants(app.db, story.enterpriseId)).toEqual([]);
});

test('a transfer submitted before the clock jumped back, and one after it, both end', async () => {
  const early = await departing(baton, { customers: 3 });
  await handAll(early);
  clock.advance(-2);
  const late = await departing(baton, { customers: 3 });
  await handAll(late);

  await app.settle();
  expect(await held(late)).toEqual({ Ana: 2, Ben: 1 });
  expect(await held(early)).toEqual({ Lee: 3 });
  clock.advance(2);
  await app.settle();
  expect(await held(early)).toEqual({ Ana: 2, Ben: 1 });
  for (const story of [early, late]) expect(await brokenInvariants(app.db, story.enterpriseId)).toEqual([]);
});

test('with no waiting time, the runner in this process takes over without being asked', async () => {
  await using _runner = startRunner(app);
  const story = await departing(baton, { customers: 0, waitHours: 0 });
  await serveMany(app, story.enterpriseId, story.leaver.uuid, 30);
  const began = performance.now();
  await handAll(story);

  await expect.poll(() => held(story), { timeout: 10_000, interval: 20 }).toEqual({ Ana: 15, Ben: 15 });
  // Woken by the commit, not found by a poll of a second.
  expect(performance.now() - began).toBeLessThan(5000);
  expect(await brokenInvariants(app.db, story.enterpriseId)).toEqual([]);
});
