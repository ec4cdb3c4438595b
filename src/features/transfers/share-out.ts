import type { AssignmentStrategy } from '../../generated/prisma/enums.js';

/** A successor as a plan sees them. */
export interface Seat {
  readonly memberId: string;
  /** Share of a WEIGHTED pool, from 1. */
  readonly weight: number;
  /** Customers whom they hold, or who wait to come to them. */
  readonly load: number;
  /** How many more they may take. */
  readonly room: number;
}

/** Successors who come first for a lot of customers, all alike, and why; places in the list of seats. */
export interface Tier {
  readonly seats: readonly number[];
  readonly because: string;
}

/** So many customers who are alike for the rule. Whom no tier takes goes to the rest of the pool. */
export interface Lot {
  readonly count: number;
  /** For STICKY and MATCHING, best first. */
  readonly tiers: readonly Tier[];
}

/**
 * What one seat gets of one lot. The customers of a lot go to its helpings by turns: the `k`th of a helping comes at
 * `firstTurn + k * turnStep`, equal turns by seat.
 */
export interface Helping {
  readonly lot: number;
  readonly seat: number;
  readonly count: number;
  /** What the seat held, or was promised, before the first of these. */
  readonly load: number;
  /** Tiers are served one after the other; the rest of the pool is the last. */
  readonly tier: number;
  /** Why this seat came first; null: by the strategy's turns alone. */
  readonly because: string | null;
  readonly firstTurn: number;
  readonly turnStep: number;
}

/** Who gets how many of a rule's customers, and what is left because everybody is full. */
export interface SharedOut {
  readonly helpings: readonly Helping[];
  /** By lot. */
  readonly left: readonly number[];
}

/**
 * Shares the lots of one rule out over its seats. Deterministic, and nobody gets more than their room.
 *
 * EVEN: in turn, so that shares differ by at most one, but for those who are full. WEIGHTED: by weight, exact to one (largest
 * remainders; earlier seats first among equals). LEAST_LOADED: levels out what each will hold. STICKY and MATCHING: the
 * seats of a lot's tiers first, levelled out within a tier, then the rest of the pool in the same way.
 */
export function shareOut(strategy: AssignmentStrategy, seats: readonly Seat[], lots: readonly Lot[]): SharedOut {
  const given = seats.map(() => 0);
  const helpings: Helping[] = [];
  const left = lots.map(({ count, tiers }, lot) => {
    const looks = strategy === 'STICKY' || strategy === 'MATCHING';
    const rounds: (Tier | { readonly seats: readonly number[]; readonly because: null })[] = [
      ...(looks ? tiers : []),
      { seats: seats.map((_, place) => place), because: null },
    ];
    let rest = count;
    rounds.forEach(({ seats: places, because }, tier) => {
      const now = places.map((place) => {
        const { weight, load, room } = at(seats, place);
        const already = at(given, place);
        return { place, weight, load: load + already, room: room - already };
      });
      const counts = divide(strategy, now, rest);
      now.forEach(({ place, weight, load }, index) => {
        const share = at(counts, index);
        if (share === 0) return;
        const turns = {
          EVEN: { firstTurn: 0, turnStep: 1 },
          WEIGHTED: { firstTurn: 0.5 / weight, turnStep: 1 / weight },
          LEAST_LOADED: { firstTurn: load, turnStep: 1 },
        }[byTurns(strategy)];
        helpings.push({ lot, seat: place, count: share, load, tier, because, ...turns });
        given[place] = at(given, place) + share;
        rest -= share;
      });
    });
    return rest;
  });
  return { helpings, left };
}

interface Taker {
  readonly weight: number;
  readonly load: number;
  readonly room: number;
}

/** By what the shares of a strategy go once it is known who comes first. */
function byTurns(strategy: AssignmentStrategy): 'EVEN' | 'WEIGHTED' | 'LEAST_LOADED' {
  return strategy === 'EVEN' || strategy === 'WEIGHTED' ? strategy : 'LEAST_LOADED';
}

/** How many of `count` each taker gets; fewer in all only where nobody has room. */
function divide(strategy: AssignmentStrategy, takers: readonly Taker[], count: number): number[] {
  switch (byTurns(strategy)) {
    case 'EVEN':
      return levelled(takers, count, () => 0);
    case 'LEAST_LOADED':
      return levelled(takers, count, ({ load }) => load);
    case 'WEIGHTED':
      return weighted(takers, count);
  }
}

/**
 * Fills up from below, like water: whoever stands lowest gets the next one, the earlier of equals first, until they are full.
 */
function levelled(takers: readonly Taker[], count: number, heightOf: (taker: Taker) => number): number[] {
  const upTo = (level: number) => takers.map((taker) => clamp(level - heightOf(taker), 0, Math.max(0, taker.room)));
  // The highest level at which no more than `count` are given; by halves, since loads may lie a million apart.
  let low = Math.min(0, ...takers.map(heightOf));
  let high = Math.max(0, ...takers.map(heightOf)) + count + 1;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (sum(upTo(middle)) <= count) low = middle;
    else high = middle;
  }
  const shares = upTo(low);
  let rest = count - sum(shares);
  return takers.map((taker, index) => {
    const share = at(shares, index);
    if (rest === 0 || heightOf(taker) + share > low || share >= taker.room) return share;
    rest -= 1;
    return share + 1;
  });
}

/** By weight with largest remainders. What is too much for one is shared by weight among those who have room. */
function weighted(takers: readonly Taker[], count: number): number[] {
  const shares = takers.map(() => 0);
  let open = takers.map((_, index) => index).filter((index) => at(takers, index).room > 0);
  let rest = count;
  while (rest > 0 && open.length > 0) {
    const weights = open.map((index) => at(takers, index).weight);
    const whole = sum(weights);
    const quotas = weights.map((weight) => Math.floor((rest * weight) / whole));
    const over = weights.map((weight, place) => ({ place, remainder: (rest * weight) % whole }));
    over.sort((a, b) => b.remainder - a.remainder || a.place - b.place);
    for (const { place } of over.slice(0, rest - sum(quotas))) quotas[place] = at(quotas, place) + 1;
    const full = open.filter((index, place) => at(quotas, place) > at(takers, index).room);
    // Without anybody too full these are the shares. Otherwise the full ones get their room, and the others are asked anew.
    if (full.length === 0) {
      open.forEach((index, place) => (shares[index] = at(quotas, place)));
      return shares;
    }
    for (const index of full) {
      shares[index] = at(takers, index).room;
      rest -= at(shares, index);
    }
    open = open.filter((index) => !full.includes(index));
  }
  return shares;
}

function at<Value>(list: readonly Value[], index: number): Value {
  const value = list[index];
  if (value === undefined) throw new RangeError(`There is no place ${index} in a list of ${list.length}.`);
  return value;
}

const clamp = (value: number, least: number, most: number) => Math.min(most, Math.max(least, value));
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
