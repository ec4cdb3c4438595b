import type { SeenEvent } from './simulated-person.js';

/** What came, against what the lists say. */
export interface Comparison {
  readonly events: number;
  /** Listed, and did not come. */
  readonly missed: number;
  /** Came twice, or is not in the list. */
  readonly surplus: number;
  /** People to whom it came in another order. */
  readonly disordered: number;
  /** Came, and the list has it as unread. */
  readonly unread: number;
}

/** Compares one inbox: what came, in its order, with the list. */
export function compareInbox(received: readonly SeenEvent[], listed: readonly SeenEvent[]): Comparison {
  const came = [...new Set(received.map(({ id }) => id))];
  const there = listed.map(({ id }) => id);
  const missed = there.filter((id) => !came.includes(id)).length;
  const strange = came.filter((id) => !there.includes(id)).length;
  const expected = there.filter((id) => came.includes(id));
  const order = came.filter((id) => there.includes(id));
  return {
    events: came.length,
    missed,
    surplus: received.length - came.length + strange,
    disordered: order.some((id, at) => id !== expected[at]) ? 1 : 0,
    unread: listed.filter(({ id, acknowledged }) => !acknowledged && came.includes(id)).length,
  };
}

/** Whether all came as listed, once, in order, and was read. */
export function isWhole({ missed, surplus, disordered, unread }: Comparison): boolean {
  return missed + surplus + disordered + unread === 0;
}

/** Several people's in one. */
export function sum(comparisons: Iterable<Comparison>): Comparison {
  const total = { events: 0, missed: 0, surplus: 0, disordered: 0, unread: 0 };
  for (const each of comparisons) {
    for (const what of Object.keys(total) as (keyof Comparison)[]) total[what] += each[what];
  }
  return total;
}
