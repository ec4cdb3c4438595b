import { describe, expect, test } from 'vitest';
import { pruneDue } from '../../src/app/pruner.js';
import { memoryCursor } from '../../src/client/baton-client.js';
import { follow, type FollowedEvent } from '../../src/client/follow.js';
import { markRestored } from '../../src/features/inbox/inbox.js';
import { openDoors } from '../app/open-doors.js';
import { settled } from '../support/settled.js';
import { openTestApp } from '../support/app.js';
import { connect, someMember, take, watchedCursor } from './followers.js';

const here = await openTestApp();
const { app, clock } = here;
const doors = await openDoors(here);
const url = `http://127.0.0.1:${doors.port}/graphql`;

describe('a followed inbox', () => {
  test('tells of a restore while it is connected, and goes on; the cursor it keeps is of the new epoch', async () => {
    const { token, happen } = await someMember(here);
    const cursor = watchedCursor();
    const events = connect({ url, token }).assignmentNotifications({ cursor });
    const first = take(events, 1);
    await cursor.saved;
    await happen(1);
    expect(await first).toEqual(['1']);

    const word = take(events, 1);
    await markRestored(app);
    expect(await word).toEqual(['OTHER_EPOCH']);
    const second = take(events, 1);
    await happen(2);
    expect(await second).toEqual(['2']);
    await events.return();

    const again = connect({ url, token }).assignmentNotifications({ cursor });
    await happen(3);
    // The second was given out, and nothing told that it had been handled.
    expect(await take(again, 2)).toEqual(['2', '3']);
    await again.return();
  });

  test.each(['now', 'oldest'] as const)(
    'tells of a kept cursor that has expired, beginning from %s, and gives what is kept',
    async (from) => {
      const { member, token, happen } = await someMember(here);
      const cursor = watchedCursor();
      const old = connect({ url, token }).assignmentNotifications({ cursor });
      const first = take(old, 1);
      await cursor.saved;
      await happen(1);
      expect(await first).toEqual(['1']);
      await old.return();
      await happen(2);
      await settled(app.db);
      clock.advance(2);
      await pruneDue(app);
      await happen(3);
      clock.advance(90 * 24);
      await pruneDue(app);

      const later = await here.tokenOf({ kind: 'member', ...member });
      const events = connect({ url, token: later }).assignmentNotifications({ cursor, from });

      expect(await take(events, 2)).toEqual(['EXPIRED', '3']);
      await events.return();
    },
  );

  test('gives events that a restore made anew, though they have the ids of those it took back; a repeat it drops', async () => {
    const event = (id: string): FollowedEvent => ({
      __typename: 'AssignmentNotification',
      id,
      cursor: `cursor of ${id}`,
    });
    const resync: FollowedEvent = { __typename: 'ResyncRequired', cursor: 'head' };
    const inbox = {
      list: () => Promise.reject(new Error('Nobody lists.')),
      async *subscribe() {
        yield* [event('1'), event('1'), event('2'), resync, event('1'), event('2'), event('2')];
        await new Promise(() => undefined);
      },
    };
    const events = follow(inbox, { cursor: memoryCursor('a place') });

    const got: unknown[] = [];
    while (got.length < 5) got.push((await events.next()).value?.id);

    expect(got).toEqual(['1', '2', undefined, '1', '2']);
  });
});
