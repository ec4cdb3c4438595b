import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import {
  createBatonClient,
  memoryCursor,
  type AssignmentNotificationEvent,
  type BatonClient,
  type BatonClientOptions,
} from '../../src/client/baton-client.js';
import { hire } from '../app/open-doors.js';
import { occur } from '../features/inbox/inbox-seed.js';
import type { TestApp } from '../support/app.js';

/** A client of the test's own, closed at its end. */
export function connect(options: BatonClientOptions): BatonClient {
  const client = createBatonClient({ webSocketImpl: WebSocket, ...options });
  onTestFinished(() => client.close());
  return client;
}

/** A member with a token, and what makes events happen to them: notes count from `first`. */
export async function someMember(here: TestApp) {
  const member = await hire(here);
  const token = await here.tokenOf({ kind: 'member', ...member });
  const happen = async (first: number, count = 1) => {
    await occur(here.app.db, member, { first, count });
    here.app.wakeup.wake();
  };
  return { member, token, happen };
}

/** A cursor that tells when it was saved first: from then on nothing that happens is missed. */
export function watchedCursor() {
  const kept = memoryCursor();
  let tell: () => void = () => undefined;
  const saved = new Promise<void>((resolve) => (tell = resolve));
  const save = async (cursor: string) => {
    await kept.save(cursor);
    tell();
  };
  return { load: () => kept.load(), save, saved };
}

/** The next events, each as its note or the reason to resync. */
export async function take(events: AsyncIterator<AssignmentNotificationEvent>, count: number): Promise<string[]> {
  const taken: string[] = [];
  while (taken.length < count) {
    const next = await events.next();
    if (next.done) throw new Error('The inbox ended.');
    taken.push(next.value.__typename === 'AssignmentNotification' ? next.value.note : next.value.reason);
  }
  return taken;
}
