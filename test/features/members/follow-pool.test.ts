import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { followPool } from '../../../src/features/members/follow-pool.js';
import type { PoolChange } from '../../../src/features/members/pool-changes.store.js';
import { Prisma } from '../../../src/generated/prisma/client.js';
import type { App } from '../../../src/platform/app.js';
import { inTransaction } from '../../../src/platform/db/transaction.js';
import { openDoors, PlainClient } from '../../app/open-doors.js';
import { openTestApp } from '../../support/app.js';
import { createGate } from '../../support/gate.js';
import { departing, ownGroup, serve, type Departing, type Person } from '../../support/seed.js';
import { settled } from '../../support/settled.js';

const baton = await openTestApp();
const { ask, app, clock } = baton;
const doors = await openDoors(baton);

const poolChanged = `subscription { poolChanged {
  left member { name status } portfolio { customers waiting unassigned handedOver groups } } }`;

function story(more: { resigned?: boolean; customers?: number; waitHours?: number } = {}) {
  return departing(baton, { customers: 3, waitHours: 1, ...more });
}

async function mutate<Payload = { transfer: { id: string } }>(by: Person, name: string, input: object, payload = '') {
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input!`;
  const { data } = await ask<Record<string, Payload & { userErrors: object[] }>>(
    by.token,
    `mutation ($input: ${type}) { ${name}(input: $input) { ${payload} userErrors { code message } } }`,
    { input },
  );
  expect(data[name]!.userErrors).toEqual([]);
  return data[name]!;
}

/** Follows the pool as the use case does, without a door. */
async function follow({ enterpriseId }: Departing, memberId: string | null = null, on: Pick<App, 'db'> = app) {
  const changes = await followPool({ ...app, ...on }, { enterpriseId, memberId, reach: 'ALL' });
  return {
    async next() {
      const { memberId: of, left, portfolio } = (await changes.next()).value as PoolChange;
      return { of, left, customers: portfolio.customers, refused: portfolio.refused };
    },
    [Symbol.asyncDispose]: async () => void (await changes.return?.()),
  };
}

/** Counts a refusal of each of them, as any transaction that changes counters; its wake-up has come when this returns. */
async function count(...members: readonly Person[]): Promise<void> {
  await inTransaction(app, async (tx) => {
    const ids = members.map(({ uuid }) => uuid);
    await tx.$executeRaw`UPDATE portfolio SET refused = refused + 1 WHERE member_id = ANY(${ids}::uuid[])`;
    tx.wakeAfterCommit();
  });
  await turn();
}

/** Ben as a second leaver, with a customer, who left before the first one. */
async function leaveToo({ admin, ben, enterpriseId }: Departing): Promise<void> {
  await serve(baton, { enterpriseId, member: ben });
  const resignedAt = new Date(clock.now().getTime() - 7200_000).toISOString();
  await mutate(admin, 'resignMember', { memberId: ben.id, resignedAt });
}

test('over a WebSocket an administrator sees a leaver come, wait, be handed over, get back what was undone, and leave', async () => {
  const { admin, leaver, ana, customers } = await story({ resigned: false });
  const client = await PlainClient.signIn(doors.url, admin.token);
  client.subscribe('1', poolChanged);
  const next = async () => (await client.next('next')).payload?.data?.['poolChanged'] as unknown;
  const lee = { left: false, member: { name: 'Lee', status: 'RESIGNED' } };

  await mutate(admin, 'resignMember', { memberId: leaver.id });
  expect(await next()).toEqual({
    ...lee,
    portfolio: { customers: 3, waiting: 0, unassigned: 3, handedOver: 0, groups: 0 },
  });

  const selection = { customerIds: customers.slice(1).map(({ id }) => id) };
  const input = { leaverId: leaver.id, selection, successorIds: [ana.id] };
  const { transfer } = await mutate(admin, 'transferCustomers', input, 'transfer { id }');
  expect(await next()).toEqual({
    ...lee,
    portfolio: { customers: 3, waiting: 2, unassigned: 1, handedOver: 0, groups: 0 },
  });

  clock.advance(1);
  await app.settle();
  expect(await next()).toEqual({
    ...lee,
    portfolio: { customers: 1, waiting: 0, unassigned: 1, handedOver: 2, groups: 0 },
  });

  await mutate(admin, 'undoTransfer', { transferId: transfer.id });
  expect(await next()).toEqual({
    ...lee,
    portfolio: { customers: 3, waiting: 0, unassigned: 3, handedOver: 0, groups: 0 },
  });

  await mutate(admin, 'reinstateMember', { memberId: leaver.id });
  expect(await next()).toEqual({
    left: true,
    member: { name: 'Lee', status: 'ACTIVE' },
    portfolio: { customers: 3, waiting: 0, unassigned: 3, handedOver: 0, groups: 0 },
  });
  expect(client.waiting).toBe(0);
  client.socket.terminate();
});

test('over a WebSocket an administrator sees a customer decline, and a transfer being called off', async () => {
  const { admin, leaver, ana, customers } = await story();
  const client = await PlainClient.signIn(doors.url, admin.token);
  client.subscribe('1', 'subscription { poolChanged { left portfolio { customers waiting unassigned refused } } }');
  const next = async () => (await client.next('next')).payload?.data?.['poolChanged'] as unknown;
  const stands = (waiting: number, refused: number) => ({
    left: false,
    portfolio: { customers: 3, waiting, unassigned: 3 - waiting, refused },
  });
  expect(await next()).toEqual(stands(0, 0));

  const input = { leaverId: leaver.id, selection: { all: true }, successorIds: [ana.id] };
  const { transfer } = await mutate(admin, 'transferCustomers', input, 'transfer { id }');
  expect(await next()).toEqual(stands(3, 0));

  await mutate(customers[0]!, 'declineTakeover', { transferId: transfer.id });
  expect(await next()).toEqual(stands(2, 1));

  await mutate(admin, 'cancelTransfer', { transferId: transfer.id });
  expect(await next()).toEqual(stands(0, 1));
  expect(client.waiting).toBe(0);
  client.socket.terminate();
});

test('it begins with all who are in the pool, the latest first: with groups alone too, but not who holds nothing or is here', async () => {
  const here = await story();
  await leaveToo(here);
  await ownGroup(baton, { ...here, member: here.ana, name: 'Buyers' });
  await mutate(here.admin, 'resignMember', { memberId: here.ana.id });
  await using changes = await follow(here);

  const seen = [await changes.next(), await changes.next(), await changes.next()].map(({ of }) => of);

  expect(seen).toEqual([here.ana.uuid, here.leaver.uuid, here.ben.uuid]);
});

test('who holds nothing any more has left, and is back when something comes back', async () => {
  const here = await story({ waitHours: 0 });
  const { admin, leaver, ana } = here;
  await using changes = await follow(here);
  await changes.next();

  const input = { leaverId: leaver.id, selection: { all: true }, successorIds: [ana.id] };
  const { transfer } = await mutate(admin, 'transferCustomers', input, 'transfer { id }');
  await app.settle();
  // Submitted and taken over between two looks.
  expect(await changes.next()).toMatchObject({ of: leaver.uuid, left: true, customers: 0 });

  await mutate(admin, 'undoTransfer', { transferId: transfer.id });
  expect(await changes.next()).toMatchObject({ of: leaver.uuid, left: false, customers: 3 });
});

test('of members who are here nothing is told, nor of who has come back, from then on', async () => {
  const here = await story();
  await leaveToo(here);
  await using changes = await follow(here);
  await changes.next();
  await changes.next();

  await mutate(here.admin, 'reinstateMember', { memberId: here.ben.id });
  expect(await changes.next()).toMatchObject({ of: here.ben.uuid, left: true });
  await count(here.ana, here.ben);
  await count(here.ben, here.leaver);

  expect(await changes.next()).toMatchObject({ of: here.leaver.uuid, left: false, refused: 1 });
});

test('who follows one leaver hears of no other', async () => {
  const here = await story();
  await leaveToo(here);
  await using changes = await follow(here, here.ben.uuid);

  expect(await changes.next()).toMatchObject({ of: here.ben.uuid, refused: 0 });
  await count(here.leaver);
  await count(here.ben);
  expect(await changes.next()).toMatchObject({ of: here.ben.uuid, refused: 1 });
});

test('a leaver who goes out of reach after the page was read is not told of', async () => {
  const here = await story();
  const { enterpriseId, leaver, ben } = here;
  await leaveToo(here);
  const [near, far] = [app.ids.next(), app.ids.next()];
  await app.db.prisma.department.createMany({
    data: [near, far].map((id) => ({ id, enterpriseId, key: id, name: id })),
  });
  const worksIn = (departmentId: string, ...members: Person[]) =>
    app.db.prisma.member.updateMany({
      where: { id: { in: members.map(({ uuid }) => uuid) } },
      data: { departmentId },
    });
  await worksIn(near, leaver, ben);
  const changes = await followPool(app, { enterpriseId, memberId: null, reach: [near] });
  const next = async () => {
    const { memberId, portfolio } = (await changes.next()).value as PoolChange;
    return { of: memberId, refused: portfolio.refused };
  };

  expect(await next()).toEqual({ of: leaver.uuid, refused: 0 });
  await worksIn(far, ben);
  await count(leaver);

  expect(await next()).toEqual({ of: leaver.uuid, refused: 1 });
  await changes.return?.();
});

test('who reads slowly gets the latest state of each leaver, once', async () => {
  const here = await story();
  await leaveToo(here);
  await using changes = await follow(here);
  await changes.next();

  for (let time = 0; time < 10; time++) await count(here.ben);
  expect(await changes.next()).toMatchObject({ of: here.ben.uuid, refused: 10 });
  for (let time = 0; time < 10; time++) await count(here.ben, here.leaver);
  const last = [await changes.next(), await changes.next()];
  await count(here.leaver);

  expect(last).toContainEqual({ of: here.ben.uuid, left: false, customers: 1, refused: 20 });
  expect(last).toContainEqual({ of: here.leaver.uuid, left: false, customers: 3, refused: 10 });
  expect(await changes.next()).toMatchObject({ of: here.leaver.uuid, refused: 11 });
});

test('a pool of 1,200 comes whole in three statements, and a change in one', async () => {
  const here = await story({ customers: 0, resigned: false });
  await app.db.prisma.$executeRaw(Prisma.sql`
    INSERT INTO member (id, enterprise_id, user_id, name, status, resigned_at, created_at)
    SELECT gen_random_uuid(), ${here.enterpriseId}::uuid, 'many' || n, 'Many', 'RESIGNED', ${clock.now()}, ${clock.now()}
    FROM generate_series(1, 1200) n`);
  await app.db.prisma.$executeRaw(Prisma.sql`
    INSERT INTO portfolio (member_id, enterprise_id, customers)
    SELECT id, enterprise_id, 1 FROM member WHERE enterprise_id = ${here.enterpriseId}::uuid AND name = 'Many'`);
  // With an older transaction still running, the look after these three would rightly read all of them again.
  await settled(baton.app.db, 'portfolio');
  let statements = 0;
  const db: App['db'] = { ...app.db, query: (sql) => ((statements += 1), app.db.query(sql)) };
  await using changes = await follow(here, null, { db });

  const seen = new Set<string>();
  while (seen.size < 1200) {
    const { of } = await changes.next();
    expect(seen.has(of)).toBe(false);
    seen.add(of);
  }
  expect(statements).toBe(3);
  const one = [...seen][700]!;
  await count({ ...here.leaver, uuid: one });

  expect(await changes.next()).toMatchObject({ of: one, refused: 1 });
  expect(statements).toBeLessThanOrEqual(5);
});

describe.runIf(app.db.kind === 'postgres')('on a server with several connections', () => {
  test('a change that a younger transaction overtook is told when it is committed, and nothing twice', async () => {
    const here = await story();
    await leaveToo(here);
    await using changes = await follow(here);
    await changes.next();
    await changes.next();
    const [stamped, released] = [createGate(), createGate()];

    const late = inTransaction(app, async (tx) => {
      await tx.$executeRaw`UPDATE portfolio SET refused = 7 WHERE member_id = ${here.leaver.uuid}::uuid`;
      stamped.open();
      await released.opened;
      tx.wakeAfterCommit();
    });
    await stamped.opened;
    await count(here.ben);
    expect(await changes.next()).toMatchObject({ of: here.ben.uuid, refused: 1 });
    released.open();
    await late;
    expect(await changes.next()).toMatchObject({ of: here.leaver.uuid, refused: 7 });
    await count(here.ben);

    expect(await changes.next()).toMatchObject({ of: here.ben.uuid, refused: 2 });
  });
});

test('an end while nothing happens ends the wait', async () => {
  const here = await story({ customers: 0 });
  const changes = await followPool(app, { enterpriseId: here.enterpriseId, memberId: null, reach: 'ALL' });

  const waiting = changes.next();
  await changes.return?.();

  expect(await waiting).toEqual({ done: true, value: undefined });
});
