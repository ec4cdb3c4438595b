import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { BatonError, memoryCursor } from '../../src/client/baton-client.js';
import { openDoors } from '../app/open-doors.js';
import { notes } from '../features/inbox/inbox-seed.js';
import { settled } from '../support/settled.js';
import { openTestApp } from '../support/app.js';
import { openWay } from '../support/way.js';
import { connect, someMember, take, watchedCursor } from './followers.js';

const here = await openTestApp();
const doors = await openDoors(here);
const url = `http://127.0.0.1:${doors.port}/graphql`;
const connectionTimeoutMs = 300;

async function someWay() {
  const way = await openWay(() => ({ host: '127.0.0.1', port: doors.port }));
  onTestFinished(() => way[Symbol.asyncDispose]());
  return way;
}

describe('a follower comes back by itself', () => {
  test('from a connection that opens and answers nothing', async () => {
    const { token, happen } = await someMember(here);
    const way = await someWay();
    const cursor = watchedCursor();
    const stop = new AbortController();
    const placed = connect({ url, token }).assignmentNotifications({ cursor, signal: stop.signal }).next();
    await cursor.saved;
    stop.abort();
    await placed;
    await happen(1, 3);
    way.set('silent');
    const told: unknown[] = [];

    const events = connect({ url: way.through(url), token, connectionTimeoutMs }).assignmentNotifications({
      cursor,
      onRetry: (error) => {
        told.push(error);
        if (told.length === 2) way.set('open');
      },
    });

    expect(await take(events, 3)).toEqual(notes(1, 3));
    expect(told.map(String)).toEqual(Array(2).fill('Error: The API does not answer.'));
    await events.return();
  });

  test('from a connection that falls silent, with all that happened meanwhile', async () => {
    const { token, happen } = await someMember(here);
    const way = await someWay();
    const cursor = watchedCursor();
    const events = connect({ url: way.through(url), token, connectionTimeoutMs }).assignmentNotifications({ cursor });
    const first = take(events, 1);
    await cursor.saved;
    await happen(1);
    expect(await first).toEqual(['1']);

    way.freeze();
    const others = take(events, 50);
    await happen(2, 50);

    expect(await others).toEqual(notes(2, 51));
    await events.return();
  });

  test('from lines that are torn again and again, in order and each event once', async () => {
    const { token, happen } = await someMember(here);
    const way = await someWay();
    const cursor = watchedCursor();
    const events = connect({ url: way.through(url), token, connectionTimeoutMs }).assignmentNotifications({ cursor });
    const all = take(events, 400);
    await cursor.saved;

    for (let round = 0; round < 20; round++) {
      await happen(1 + round * 20, 20);
      if (round % 4 === 3) way.tear(1, () => 0);
    }

    expect(await all).toEqual(notes(1, 400));
    await events.return();
  });

  test('from a token that cannot be had for a while', async () => {
    const { token, happen } = await someMember(here);
    const told: unknown[] = [];
    let asked = 0;
    const failing = () => {
      if (asked++ < 2) throw new Error('The token service is away.');
      return token;
    };
    const client = connect({ url, token: failing });
    await happen(1, 2);

    const events = client.assignmentNotifications({ from: 'oldest', onRetry: (error) => told.push(error) });

    expect(await take(events, 2)).toEqual(['1', '2']);
    expect(told.map(String)).toEqual(Array(2).fill('Error: The token service is away.'));
    await events.return();
  });

  test('from a proxy that answers in the name of the API', async () => {
    const { token, happen } = await someMember(here);
    let answered = 0;
    const proxy = createServer((_request, response) => {
      answered++;
      response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad Gateway</h1>');
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void proxy.close());
    await once(proxy, 'listening');
    const { port } = proxy.address() as AddressInfo;
    let away = true;
    const client = connect({
      url,
      token,
      fetch: (input, init) => fetch(away ? `http://127.0.0.1:${port}/graphql` : input, init),
    });
    await happen(1);

    const told: unknown[] = [];
    const events = client.assignmentNotifications({
      from: 'oldest',
      onRetry: (error) => {
        told.push(error);
        if (told.length === 2) away = false;
      },
    });

    expect(await take(events, 1)).toEqual(['1']);
    expect(told.map(String)).toEqual(Array(2).fill('BatonError: The server answered 502 Bad Gateway'));
    expect(answered).toBe(2);
    await events.return();
  });
});

describe('a follower ends', () => {
  test('with what the cursor store throws, and the event counts as not handled', async () => {
    const { token, happen } = await someMember(here);
    await happen(1, 2);
    // Another transaction of the server holds events back, and the client would save where the list ended without them.
    await settled(here.app.db);
    let full = true;
    const kept = memoryCursor();
    const cursor = {
      load: () => kept.load(),
      save: (place: string) => {
        if (full) throw new Error('The disk is full.');
        return kept.save(place);
      },
    };

    const events = connect({ url, token }).assignmentNotifications({ cursor, from: 'oldest' });
    expect(await take(events, 1)).toEqual(['1']);
    await expect(events.next()).rejects.toThrow('The disk is full.');
    full = false;

    const again = connect({ url, token }).assignmentNotifications({ cursor, from: 'oldest' });
    expect(await take(again, 2)).toEqual(['1', '2']);
    await again.return();
  });

  test.each([
    ['while it waits for an event', (way: Awaited<ReturnType<typeof someWay>>) => void way],
    ['while nobody answers', (way: Awaited<ReturnType<typeof someWay>>) => way.set('silent')],
  ])('without an error when the client is closed %s', async (_when, happens) => {
    const { token, happen } = await someMember(here);
    const way = await someWay();
    const cursor = watchedCursor();
    const client = connect({ url: way.through(url), token });
    const events = client.assignmentNotifications({ cursor });
    const first = take(events, 1);
    await cursor.saved;
    await happen(1);
    await first;
    happens(way);

    const next = events.next();
    client.close();

    expect(await next).toEqual({ done: true, value: undefined });
    await expect(client.assignmentNotifications({ cursor }).next()).resolves.toEqual({ done: true, value: undefined });
  });

  test('without an error when its signal comes while the token is on its way', async () => {
    const stop = new AbortController();
    let asked: () => void = () => undefined;
    const asking = new Promise<void>((resolve) => (asked = resolve));
    const token = () => (asked(), new Promise<string>(() => undefined));
    const client = connect({ url, token });
    const events = client.assignmentNotifications({ cursor: memoryCursor('x'), signal: stop.signal });
    const next = events.next();
    await asking;

    stop.abort();

    expect(await next).toEqual({ done: true, value: undefined });
  });
});

test('a place that is lost between two pages of the oldest events is told as ResyncRequired', async () => {
  const { token, happen } = await someMember(here);
  await happen(1, 150);
  // Held back by another transaction of the server, they would come as a subscription does, not in pages.
  await settled(here.app.db);
  const events = connect({ url, token }).assignmentNotifications({ from: 'oldest' });
  expect(await take(events, 100)).toEqual(notes(1, 100));
  const { epoch } = await here.app.db.prisma.inboxEpoch.findUniqueOrThrow({ where: { id: 1 } });
  await here.app.db.prisma.inboxEpoch.update({ where: { id: 1 }, data: { epoch: 'restored' } });

  try {
    expect(await take(events, 1)).toEqual(['OTHER_EPOCH']);
    const next = take(events, 1);
    await happen(151);
    expect(await next).toEqual(['151']);
    await events.return();
  } finally {
    await here.app.db.prisma.inboxEpoch.update({ where: { id: 1 }, data: { epoch } });
  }
});

test('a request that nobody answers fails in its time', async () => {
  const { token } = await someMember(here);
  const way = await someWay();
  way.set('silent');
  const client = connect({ url: way.through(url), token, requestTimeoutMs: 200 });
  const told: unknown[] = [];
  const stop = new AbortController();

  await client
    .assignmentNotifications({
      signal: stop.signal,
      onRetry: (error) => {
        told.push(error);
        stop.abort();
      },
    })
    .next();

  expect(told.map(String)).toEqual(['Error: The API did not answer within 200 ms.']);
});

test('too many lines of one person are waited out, and a refusal is not', () => {
  const refusal = (code: string) => new BatonError([{ message: 'No.', extensions: { code } }]);
  expect(refusal('TOO_MANY_SUBSCRIPTIONS').isPassing).toBe(true);
  for (const code of ['UNAVAILABLE', 'OVERLOADED', 'STORAGE_FULL', 'RATE_LIMITED']) {
    expect([code, refusal(code).isPassing]).toEqual([code, true]);
  }
  expect(refusal('FORBIDDEN').isPassing).toBe(false);
});
