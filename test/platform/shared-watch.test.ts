import { expect, test, vi } from 'vitest';
import { createLogger } from '../../src/platform/log.js';
import { createLocalWakeup } from '../../src/platform/wakeup/local-wakeup.js';
import { createSharedWatch, type Seen } from '../../src/platform/wakeup/shared-watch.js';

const log = createLogger({ level: 'silent' });

function watched(read: () => Promise<number | null>) {
  const wakeup = createLocalWakeup(log);
  const asked = vi.fn(read);
  const idle = vi.fn();
  const states = { same: (a: number, b: number) => a === b, done: (state: number) => state >= 10 };
  const { follow } = createSharedWatch({ wakeup, log }, asked, states, idle);
  const followed = async () => (await follow()) ?? expect.unreachable('There is no such thing.');
  return { wakeup, asked, idle, follow, followed };
}

/** What a follower is told next; it must not be over. */
async function toldNext(follower: AsyncIterator<Seen<number>>): Promise<Seen<number>> {
  const told = await follower.next();
  return told.done ? expect.unreachable('It is over.') : told.value;
}

test('many who come at once, and then wait for a change, cost one look each time, and get the same object', async () => {
  let state = 1;
  const { wakeup, asked, idle, followed } = watched(() => Promise.resolve(state));
  const followers = await Promise.all(Array.from({ length: 50 }, followed));
  const first = await Promise.all(followers.map(toldNext));
  const waiting = followers.map(toldNext);
  state = 10;
  wakeup.wake();
  const second = await Promise.all(waiting);

  expect(asked).toHaveBeenCalledTimes(2);
  for (const [told, expected] of [
    [first, 1],
    [second, 10],
  ] as const) {
    expect(told.map(({ state }) => state)).toEqual(told.map(() => expected));
    for (const { common } of told) expect(common).toBe(told[0]?.common);
  }
  // Done, so nobody waits any more, and nothing is looked at.
  for (const follower of followers) expect(await follower.next()).toEqual({ done: true, value: undefined });
  expect(idle).toHaveBeenCalledTimes(1);
  wakeup.wake();
  await new Promise((resolve) => setTimeout(resolve, 150));
  expect(asked).toHaveBeenCalledTimes(2);
});

test('who comes while a look is under way gets a state that was read after they came', async () => {
  const answers: ((state: number) => void)[] = [];
  const { asked, followed } = watched(() => new Promise<number>((answer) => answers.push(answer)));
  const early = followed();
  await expect.poll(() => asked.mock.calls.length).toBe(1);
  const late = followed();
  answers[0]!(1);
  await expect.poll(() => asked.mock.calls.length).toBe(2);
  answers[1]!(2);

  const [one, other] = [await early, await late];
  expect((await toldNext(other)).state).toBe(2);
  expect((await toldNext(one)).state).toBe(2);
  await one.return?.();
  await other.return?.();
});

test('one who does not read gets the latest state, and one who leaves ends nobody else', async () => {
  let state = 1;
  const { wakeup, followed } = watched(() => Promise.resolve(state));
  const [slow, quick, leaving] = [await followed(), await followed(), await followed()];
  for (const follower of [slow, quick, leaving]) await follower.next();
  const left = leaving.next();
  await leaving.return?.();
  expect(await left).toEqual({ done: true, value: undefined });

  for (state = 2; state <= 4; state++) {
    wakeup.wake();
    expect((await toldNext(quick)).state).toBe(state);
  }
  expect((await toldNext(slow)).state).toBe(4);
  await slow.return?.();
  await quick.return?.();
});

test('a database that is away is an error to those who come, and ends nothing for those who are there', async () => {
  let away = false;
  const { wakeup, followed, follow } = watched(() => (away ? Promise.reject(new Error('away')) : Promise.resolve(1)));
  const there = await followed();
  await there.next();
  const waits = there.next();
  away = true;
  await expect(follow()).rejects.toThrow('away');
  away = false;
  wakeup.wake();

  expect((await toldNext(await followed())).state).toBe(1);
  await there.return?.();
  expect(await waits).toEqual({ done: true, value: undefined });
});

test('of what is not there it answers null, and of what goes it ends', async () => {
  let state: number | null = null;
  const { wakeup, follow, followed, idle } = watched(() => Promise.resolve(state));
  expect(await follow()).toBeNull();
  expect(idle).toHaveBeenCalledTimes(1);

  state = 1;
  const there = await followed();
  await there.next();
  state = null;
  wakeup.wake();
  expect(await there.next()).toEqual({ done: true, value: undefined });
});

test('a state goes straight to a taker that waits; one that it refuses comes by next, or a later one in its place', async () => {
  let state = 1;
  const { wakeup, asked, followed } = watched(() => Promise.resolve(state));
  const follower = await followed();
  expect((await toldNext(follower)).state).toBe(1);
  const taken: number[] = [];
  const next = follower.next({ take: ({ state }) => state < 4 && taken.push(state) > 0 });

  for (state = 2; state <= 4; state++) {
    wakeup.wake();
    await expect.poll(() => asked.mock.calls.length).toBe(state);
  }
  const refused = await next;

  expect(taken).toEqual([2, 3]);
  expect(refused).toMatchObject({ done: false, value: { state: 4 } });
  await follower.return?.();
});
