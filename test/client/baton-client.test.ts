import { describe, expect, test } from 'vitest';
import { memoryCursor, type BatonClientOptions } from '../../src/client/baton-client.js';
import { openDoors } from '../app/open-doors.js';
import { notes } from '../features/inbox/inbox-seed.js';
import { openTestApp } from '../support/app.js';
import { connect as connectTo, someMember as someMemberOf, take, watchedCursor } from './followers.js';

const here = await openTestApp();
const { app, tokenOf } = here;
let doors = await openDoors(here);
const url = `http://127.0.0.1:${doors.port}/graphql`;
const connect = (token: BatonClientOptions['token']) => connectTo({ url, token });
const someMember = () => someMemberOf(here);

describe('a followed inbox', () => {
  test('goes on through a restart of the server, without a loss and without a repeat', async () => {
    const { token, happen } = await someMember();
    const cursor = watchedCursor();
    const events = connect(token).assignmentNotifications({ cursor });
    const before = take(events, 3);
    await cursor.saved;
    await happen(1, 3);
    expect(await before).toEqual(['1', '2', '3']);

    const after = take(events, 4);
    await doors.close();
    await happen(4, 3);
    doors = await openDoors(here, { port: doors.port });
    await happen(7);

    expect(await after).toEqual(['4', '5', '6', '7']);
    await events.return();
  });

  test('goes on after the events that were handled when it is started anew, and no others', async () => {
    const { token, happen } = await someMember();
    const cursor = watchedCursor();
    await happen(1, 5);
    const first = connect(token).assignmentNotifications({ cursor, from: 'oldest' });
    expect(await take(first, 3)).toEqual(['1', '2', '3']);
    await first.return();

    const second = connect(token).assignmentNotifications({ cursor });

    // The third was given out, and nothing told that it had been handled.
    expect(await take(second, 3)).toEqual(['3', '4', '5']);
    await second.return();
  });

  test('begins with the oldest event when asked to, page by page, and then follows', async () => {
    const { token, happen } = await someMember();
    await happen(1, 250);
    const events = connect(token).assignmentNotifications({ from: 'oldest' });

    expect(await take(events, 250)).toEqual(notes(1, 250));
    const next = take(events, 1);
    await happen(251);

    expect(await next).toEqual(['251']);
    await events.return();
  });

  test('gives all to a consumer that takes its time, in order', async () => {
    const { token, happen } = await someMember();
    const cursor = watchedCursor();
    const events = connect(token).assignmentNotifications({ cursor });
    const first = take(events, 1);
    await cursor.saved;
    await happen(1, 3000);
    await first;

    await new Promise((resolve) => setTimeout(resolve, 300));

    expect(await take(events, 2999)).toEqual(notes(2, 3000));
    await events.return();
  });

  test('tells of a cursor that cannot be honoured, and goes on', async () => {
    const { token, happen } = await someMember();
    const cursor = watchedCursor();
    const old = connect(token).assignmentNotifications({ cursor });
    const first = take(old, 1);
    await cursor.saved;
    await happen(1);
    await first;
    await old.return();
    const { epoch } = await app.db.prisma.inboxEpoch.findUniqueOrThrow({ where: { id: 1 } });
    await app.db.prisma.inboxEpoch.update({ where: { id: 1 }, data: { epoch: 'restored' } });

    try {
      const events = connect(token).assignmentNotifications({ cursor });
      expect(await take(events, 1)).toEqual(['OTHER_EPOCH']);
      const next = take(events, 1);
      await happen(2);
      expect(await next).toEqual(['2']);
      await events.return();
    } finally {
      await app.db.prisma.inboxEpoch.update({ where: { id: 1 }, data: { epoch } });
    }
  });

  test('gets a new token when the old one has expired', async () => {
    const { member, happen } = await someMember();
    const cursor = watchedCursor();
    let asked = 0;
    const current = () => (asked++, tokenOf({ kind: 'member', ...member }));
    const events = connect(current).assignmentNotifications({ cursor });
    const first = take(events, 1);
    await cursor.saved;
    await happen(1);
    expect(await first).toEqual(['1']);
    const before = asked;

    here.clock.advance(13);
    try {
      const second = take(events, 1);
      await happen(2);
      expect(await second).toEqual(['2']);
      expect(asked).toBeGreaterThan(before);
    } finally {
      here.clock.advance(-13);
      await events.return();
    }
  });

  test.each([
    ['a token that is no token', 'x', 'UNAUTHENTICATED'],
    ['no token', undefined, 'UNAUTHENTICATED'],
  ])('ends with the refusal for %s', async (_what, token, code) => {
    await expect(connect(token).assignmentNotifications().next()).rejects.toMatchObject({ code });
  });

  test('ends for good when the API closes with 4401', async () => {
    const events = connect('x').assignmentNotifications({ cursor: memoryCursor('any') });
    await expect(events.next()).rejects.toMatchObject({ name: 'ClosedForGoodError', code: 4401 });
  });

  test('ends when it is told to, though it waits', async () => {
    const { token } = await someMember();
    const stop = new AbortController();
    const next = connect(token).assignmentNotifications({ signal: stop.signal }).next();

    stop.abort();

    expect(await next).toEqual({ done: true, value: undefined });
  });
});
