import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { feedOf } from '../../src/features/inbox/inbox.js';
import { notes, occur } from '../features/inbox/inbox-seed.js';
import { settled } from '../support/settled.js';
import { openTestApp } from '../support/app.js';
import { hire, notifications, openDoors, PlainClient } from './open-doors.js';

vi.setConfig({ testTimeout: 90_000 });

const here = await openTestApp();
const { app, tokenOf, ask } = here;
const limits = {
  highWaterBytes: 64 * 1024,
  stallMs: 1_500,
  // Longer than any test: how soon this one reads again depends on how busy the machine is.
  closeMs: 60_000,
};
const doors = await openDoors(here, { limits });
const many = 20_000;
// The embedded database shares this thread with both ends.
const plenty = app.db.kind === 'postgres' ? 100_000 : many;
const mb = 1024 * 1024;

/** Some 3 KB for each event: the system itself takes up to 33 MB off a socket that nobody reads, before it is seen to stand still. */
const heavyNotifications = notifications.replace(
  'id cursor note',
  `id cursor note ${Array.from({ length: 36 }, (_, n) => `c${n}: cursor`).join(' ')}`,
);

/** Records so many events for this member, told in thousands, and gives readers the time between. */
async function pour(member: Awaited<ReturnType<typeof hire>>, count: number): Promise<void> {
  for (let first = 1; first <= count; first += 2000) {
    await occur(app.db, member, { first, count: 2000 });
    app.wakeup.wake();
    await sleep(20);
  }
  await settled(app.db);
}

afterEach(() => expect.poll(() => feedOf(here.served).size, { timeout: 10_000 }).toBe(0));

async function someMember() {
  const member = await hire(here);
  const token = await tokenOf({ kind: 'member', ...member });
  const { data } = await ask<{ assignmentNotifications: { headCursor: string } }>(
    token,
    '{ assignmentNotifications { headCursor } }',
  );
  return { member, token, after: data.assignmentNotifications.headCursor };
}

test('a client that stops reading costs little, is closed with 1013, and loses nothing when it comes back', async () => {
  const { member, token, after } = await someMember();
  const slow = await PlainClient.signIn(doors.url, token);
  slow.subscribe('1', heavyNotifications, { after });
  slow.socket.pause();
  const heap = process.memoryUsage().heapUsed;

  await pour(member, plenty);
  expect(process.memoryUsage().heapUsed - heap).toBeLessThan(64 * mb);
  await sleep(limits.stallMs + 3_000);
  slow.socket.resume();
  expect((await slow.closed).code).toBe(1013);
  await expect.poll(() => feedOf(here.served).size, { timeout: 5_000 }).toBe(0);

  const got: string[] = [];
  let cursor = after;
  while (slow.waiting > 0) {
    const event = (await slow.next('next')).payload?.data?.['assignmentNotifications'];
    got.push(event?.['note'] ?? '');
    cursor = event?.['cursor'] ?? cursor;
  }
  expect(got.length).toBeLessThan(plenty);
  const again = await PlainClient.signIn(doors.url, token);
  again.subscribe('1', notifications, { after: cursor });
  while (got.length < plenty) {
    got.push((await again.next('next')).payload?.data?.['assignmentNotifications']?.['note'] ?? '');
  }
  again.socket.terminate();
  expect(got).toEqual(notes(1, plenty));
});

test('a client that never reads again is let go of', async () => {
  const hasty = await openDoors(here, { limits: { ...limits, closeMs: 500 } });
  const { member, token, after } = await someMember();
  const slow = await PlainClient.signIn(hasty.url, token);
  slow.subscribe('1', heavyNotifications, { after });
  slow.socket.pause();

  await pour(member, many);
  await sleep(limits.stallMs + 3_000);
  slow.socket.resume();

  // The line was torn, long before it could have been told why.
  expect((await slow.closed).code).toBe(1006);
  await hasty.close();
});

test('a client that asks much and reads nothing is not answered without end', async () => {
  const { token } = await someMember();
  const greedy = await PlainClient.signIn(doors.url, token);
  greedy.socket.pause();
  const heap = process.memoryUsage().rss;
  for (let times = 0; times < 400; times++) {
    greedy.subscribe(String(times), '{ __schema { types { name description fields { name description } } } }');
    if (times % 40 === 0) await sleep(10);
  }

  await sleep(1_000);

  expect(process.memoryUsage().rss - heap).toBeLessThan(128 * 1024 * 1024);
  greedy.socket.terminate();
});

test('others are served while one does not read', async () => {
  const [stuck, fine] = [await someMember(), await someMember()];
  const slow = await PlainClient.signIn(doors.url, stuck.token);
  slow.subscribe('1', notifications, { after: stuck.after });
  slow.socket.pause();
  await occur(app.db, stuck.member, { first: 1, count: 5000 });
  app.wakeup.wake();

  const quick = await PlainClient.signIn(doors.url, fine.token);
  quick.subscribe('1', notifications, { after: fine.after });
  await occur(app.db, fine.member, { first: 1 });
  app.wakeup.wake();

  expect((await quick.next('next')).payload?.data?.['assignmentNotifications']?.['note']).toBe('1');
  slow.socket.terminate();
  quick.socket.terminate();
});

test('closing the doors closes sockets with 1001, also those that do not read', async () => {
  const others = await openDoors(here, { limits });
  const { member, token, after } = await someMember();
  const [reading, stuck] = [await PlainClient.signIn(others.url, token), await PlainClient.signIn(others.url, token)];
  stuck.subscribe('1', notifications, { after });
  stuck.socket.pause();
  await occur(app.db, member, { first: 1, count: 5000 });
  app.wakeup.wake();

  const began = performance.now();
  await others.close();

  expect((await reading.closed).code).toBe(1001);
  expect(performance.now() - began).toBeLessThan(8_000);
  stuck.socket.terminate();
});

/** Opens an event stream, and answers what it says, event by event. */
async function openStream(token: string, after: string): Promise<{ response: IncomingMessage; stop(): void }> {
  const sent = request({
    host: '127.0.0.1',
    port: doors.port,
    path: '/graphql',
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      authorization: `Bearer ${token}`,
    },
  });
  sent.on('error', () => undefined);
  sent.end(JSON.stringify({ query: notifications, variables: { after } }));
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.on('error', () => undefined);
  const stop = () => void sent.destroy();
  onTestFinished(stop);
  return { response, stop };
}

test('an event stream carries the same events, and leaves nothing behind when its client goes', async () => {
  const { member, token, after } = await someMember();
  const { response, stop } = await openStream(token, after);
  let text = '';
  response.setEncoding('utf8').on('data', (part: string) => (text += part));
  await occur(app.db, member, { first: 1, count: 3 });
  await settled(app.db);
  app.wakeup.wake();
  await expect
    .poll(() => text.match(/"note":"\d+"/g), { timeout: 5_000 })
    .toEqual(['"note":"1"', '"note":"2"', '"note":"3"']);
  expect(feedOf(here.served).size).toBe(1);

  stop();

  await expect.poll(() => feedOf(here.served).size, { timeout: 5_000 }).toBe(0);
});

test('an event stream that nobody reads does not pile up', async () => {
  const { member, token, after } = await someMember();
  const { response, stop } = await openStream(token, after);
  response.pause();
  const heap = process.memoryUsage().heapUsed;

  await pour(member, many);
  await sleep(1_000);
  expect(process.memoryUsage().heapUsed - heap).toBeLessThan(64 * mb);
  // Behind, so it has left the reader: it reads on from its own place when the client does.
  expect(feedOf(here.served).size).toBe(0);

  let text = '';
  response.setEncoding('utf8').on('data', (part: string) => (text += part));
  response.resume();
  await expect.poll(() => text.includes(`"note":"${many}"`), { timeout: 20_000 }).toBe(true);
  expect([...text.matchAll(/"note":"(\d+)"/g)].map(([, note]) => note)).toEqual(notes(1, many));
  stop();
});

test('an event stream ends with UNAUTHENTICATED once its person may not sign in', async () => {
  const { member, token, after } = await someMember();
  const { response } = await openStream(token, after);
  let text = '';
  response.setEncoding('utf8').on('data', (part: string) => (text += part));

  await app.db.prisma.member.update({ where: { id: member.id }, data: { status: 'DISABLED' } });
  await once(response, 'end');

  expect(text).toContain('UNAUTHENTICATED');
  expect(text).toContain('event: complete');
});
