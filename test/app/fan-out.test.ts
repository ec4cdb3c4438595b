import { expect, test, vi } from 'vitest';
import { feedOf } from '../../src/features/inbox/inbox.js';
import { occur } from '../features/inbox/inbox-seed.js';
import { transferCustomers } from '../features/transfers/begin.js';
import { openTestApp } from '../support/app.js';
import { departing } from '../support/seed.js';
import { hire, notifications, openDoors, PlainClient } from './open-doors.js';

const here = await openTestApp();
const { app, tokenOf, ask } = here;
const doors = await openDoors(here);

/** Counts the statements that ask for this table until the test ends. */
function asked(table: string): () => number {
  const spy = vi.spyOn(here.served.db, 'query');
  return () => spy.mock.calls.filter(([{ sql }]) => sql.includes(table)).length;
}

test('one event reaches all sockets of its recipient, on each under the id that was given there', async () => {
  const member = await hire(here);
  const token = await tokenOf({ kind: 'member', ...member });
  const { data } = await ask<{ assignmentNotifications: { headCursor: string } }>(
    token,
    '{ assignmentNotifications { headCursor } }',
  );
  const after = data.assignmentNotifications.headCursor;
  const ids = ['1', 'a "quoted" one', '\\', '名'];
  const clients = await Promise.all(ids.map(() => PlainClient.signIn(doors.url, token)));
  clients.forEach((client, index) => client.subscribe(ids[index]!, notifications, { after }));

  for (let first = 1; first <= 6; first++) {
    await occur(app.db, member, { first });
    app.wakeup.wake();
    const messages = await Promise.all(clients.map((client) => client.next('next')));

    expect(messages.map(({ id }) => id)).toEqual(ids);
    for (const { payload } of messages) expect(payload).toEqual(messages[0]?.payload);
    expect(messages[0]?.payload?.data?.assignmentNotifications?.note).toBe(String(first));
  }
  clients[0]?.send({ type: 'complete', id: '1' });
  clients[0]?.send({ type: 'ping' });
  await clients[0]?.next('pong');
  await occur(app.db, member, { first: 7 });
  app.wakeup.wake();
  await Promise.all(clients.slice(1).map((client) => client.next('next')));

  expect(clients[0]?.waiting).toBe(0);
  clients.forEach(({ socket }) => socket.terminate());
});

// As many as a server sends in one piece, which is 8 KB: they are asked for as they come, so those of two pieces may cost two.
test('what 10 customers are told of their items at once is asked for with one statement', async () => {
  const story = await departing(here, { customers: 10, waitHours: 2, key: 'items' });
  const head = '{ customerNotices { headCursor } }';
  const document = `subscription ($after: String) { customerNotices(after: $after) { ... on CustomerNotice {
    type takeoverDueAt groupName } } }`;
  const clients = await Promise.all(
    story.customers.map(async ({ token }) => {
      const { data } = await ask<{ customerNotices: { headCursor: string } }>(token, head);
      const client = await PlainClient.signIn(doors.url, token);
      client.subscribe('1', document, { after: data.customerNotices.headCursor });
      return client;
    }),
  );
  const follows = () => clients.map((client) => client.next('next'));
  await expect.poll(() => feedOf(here.served).size).toBe(10);
  const statements = asked('transfer_item i USING (transfer_id, position)');

  await transferCustomers(here, story);
  const due = new Date(app.clock.now().getTime() + 2 * 3600_000).toISOString();
  await app.settle();
  const told = await Promise.all(follows());

  const notice = { type: 'SCHEDULED', takeoverDueAt: due, groupName: null };
  expect(told.map(({ payload }) => payload?.data)).toEqual(told.map(() => ({ customerNotices: notice })));
  expect(statements()).toBe(1);

  here.clock.advance(2);
  await app.settle();
  for (const { payload } of await Promise.all(follows())) {
    expect(payload?.data?.customerNotices).toEqual({ type: 'COMPLETED', takeoverDueAt: null, groupName: null });
  }
  expect(statements()).toBe(1);
  clients.forEach(({ socket }) => socket.terminate());
});
