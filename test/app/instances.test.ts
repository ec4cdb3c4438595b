import { describe, expect, test } from 'vitest';
import { createApp, type Baton } from '../../src/app/app.js';
import { readConfig } from '../../src/app/config.js';
import { createGraphqlHandler } from '../../src/app/http.js';
import { encodeCursor, headOf as headOfHorizon } from '../../src/features/inbox/inbox-cursor.js';
import { readHorizon } from '../../src/features/inbox/inbox.store.js';
import { issueToken } from '../../src/app/tokens.js';
import { createLogger } from '../../src/platform/log.js';
import { occur } from '../features/inbox/inbox-seed.js';
import { openTestDatabase } from '../support/database.js';
import { ownerDatabase } from '../support/owner-database.js';
import { hire, notifications, openDoors, PlainClient } from './open-doors.js';

const { url } = await openTestDatabase();
const redis = process.env['TEST_REDIS_URL'];
const ways = [['LISTEN/NOTIFY', undefined] as const, ...(redis === undefined ? [] : [['Redis', redis] as const])];

/** A server of its own on the shared database, as another process would have it. */
async function startInstance(redisUrl: string | undefined): Promise<Baton> {
  const app = await createApp(
    readConfig({ NODE_ENV: 'test', RUNNER: 'false', DATABASE_URL: url, DATABASE_POOL: '3', REDIS_URL: redisUrl }),
    { log: createLogger({ level: 'silent' }) },
  );
  await expect.poll(() => app.wakeup.healthy, { timeout: 10_000 }).toBe(true);
  return app;
}

/** The same application with the database as the owner has it. */
const inTestsHands = (app: Baton): Baton => ({ ...app, db: ownerDatabase(app.db) });

async function headOf(app: Baton, recipientId: string): Promise<string> {
  const horizon = await readHorizon(app);
  return encodeCursor(recipientId, { epoch: horizon.epoch, position: headOfHorizon(horizon) });
}

// PGlite belongs to one process, so only a server can show these.
describe.runIf(url).each(ways)('two instances that share a database and wake each other by %s', (_way, redisUrl) => {
  test('an event that is committed through one reaches the subscriber of the other, without waiting for the poll', async () => {
    await using writing = await startInstance(redisUrl);
    await using serving = await startInstance(redisUrl);
    const doors = await openDoors({ app: serving, yoga: createGraphqlHandler(serving) });
    const member = await hire({ app: inTestsHands(serving) });
    const client = await PlainClient.signIn(
      doors.url,
      await issueToken(serving, { kind: 'member', personId: member.id, enterpriseId: member.enterpriseId }),
    );
    client.subscribe('1', notifications, { after: await headOf(serving, member.id) });
    const delays: number[] = [];
    for (let note = 1; note <= 20; note++) {
      const began = performance.now();
      await occur(inTestsHands(writing).db, member, { first: note });
      writing.wakeup.wake();
      expect((await client.next('next')).payload?.data?.['assignmentNotifications']?.['note']).toBe(String(note));
      delays.push(performance.now() - began);
    }
    client.socket.terminate();
    await doors.close();

    expect(delays.toSorted((a, b) => a - b)[10]).toBeLessThan(1_000);
  });

  test('a cursor of one instance goes on at the other', async () => {
    await using first = await startInstance(redisUrl);
    await using second = await startInstance(redisUrl);
    const [one, two] = [
      await openDoors({ app: first, yoga: createGraphqlHandler(first) }),
      await openDoors({ app: second, yoga: createGraphqlHandler(second) }),
    ];
    const member = await hire({ app: inTestsHands(first) });
    const token = await issueToken(first, { kind: 'member', personId: member.id, enterpriseId: member.enterpriseId });
    const client = await PlainClient.signIn(one.url, token);
    client.subscribe('1', notifications, { after: await headOf(first, member.id) });
    await occur(inTestsHands(first).db, member, { first: 1, count: 3 });
    first.wakeup.wake();
    await client.next('next');
    const cursor = (await client.next('next')).payload?.data?.['assignmentNotifications']?.['cursor'];
    client.socket.terminate();
    await one.close();
    await occur(inTestsHands(second).db, member, { first: 4, count: 2 });

    const again = await PlainClient.signIn(two.url, token);
    again.subscribe('1', notifications, { after: cursor });
    const got: string[] = [];
    while (got.length < 3) {
      got.push((await again.next('next')).payload?.data?.['assignmentNotifications']?.['note'] ?? '');
    }
    again.socket.terminate();
    await two.close();

    expect(got).toEqual(['3', '4', '5']);
  });
});
