import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shareOut, type Lot, type Seat, type SharedOut } from '../../../src/features/transfers/share-out.js';

const seat = (memberId: string, more: Partial<Seat> = {}): Seat => ({
  memberId,
  weight: 1,
  load: 0,
  room: 1_000_000,
  ...more,
});
const alike = (count: number): Lot[] => [{ count, tiers: [] }];
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** How many each seat gets in all. */
function sharesOf({ helpings }: SharedOut, seats: readonly Seat[]): number[] {
  return seats.map((_, place) => sum(helpings.filter((helping) => helping.seat === place).map(({ count }) => count)));
}

/** The seats in the order in which the customers of a lot go to them. */
function order({ helpings }: SharedOut, lot = 0): number[] {
  return helpings
    .filter((helping) => helping.lot === lot)
    .flatMap(({ tier, seat: place, count, firstTurn, turnStep }) =>
      Array.from({ length: count }, (_, k) => ({ tier, place, turn: firstTurn + k * turnStep })),
    )
    .sort((a, b) => a.tier - b.tier || a.turn - b.turn || a.place - b.place)
    .map(({ place }) => place);
}

const seatsOf = fc.array(
  fc.record({
    memberId: fc.uuid(),
    weight: fc.integer({ min: 1, max: 1000 }),
    load: fc.integer({ min: 0, max: 50 }),
    room: fc.integer({ min: 0, max: 40 }),
  }),
  { minLength: 1, maxLength: 12 },
);
const strategies = ['EVEN', 'LEAST_LOADED', 'WEIGHTED', 'STICKY', 'MATCHING'] as const;

describe('whatever the strategy', () => {
  const lotsOf = (seats: readonly Seat[]) =>
    fc.array(
      fc.record({
        count: fc.integer({ min: 0, max: 60 }),
        tiers: fc.array(
          fc.record({
            seats: fc.uniqueArray(fc.integer({ min: 0, max: seats.length - 1 }), { minLength: 1 }),
            because: fc.constantFrom('SERVES', 'SERVED_BEFORE'),
          }),
          { maxLength: 3 },
        ),
      }),
      { maxLength: 5 },
    );
  const story = seatsOf.chain((seats) =>
    fc.record({ seats: fc.constant(seats), lots: lotsOf(seats), strategy: fc.constantFrom(...strategies) }),
  );

  test('every customer goes to one seat or is left, nobody gets more than their room, and none is left while there is room', () => {
    fc.assert(
      fc.property(story, ({ seats, lots, strategy }) => {
        const shared = shareOut(strategy, seats, lots);
        const shares = sharesOf(shared, seats);
        lots.forEach(({ count }, lot) => expect(order(shared, lot).length + shared.left[lot]!).toBe(count));
        seats.forEach(({ room }, place) => expect(shares[place]).toBeLessThanOrEqual(room));
        if (sum(shared.left) > 0) expect(shares).toEqual(seats.map(({ room }) => room));
      }),
      { numRuns: 500 },
    );
  });

  test('the same gives the same, and a helping says what its seat held before', () => {
    fc.assert(
      fc.property(story, ({ seats, lots, strategy }) => {
        const shared = shareOut(strategy, seats, lots);
        expect(shareOut(strategy, seats, lots)).toEqual(shared);
        const held = seats.map(({ load }) => load);
        for (const { seat: place, count, load } of shared.helpings) {
          expect(load).toBe(held[place]);
          held[place]! += count;
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('EVEN', () => {
  test('goes in turn from the first', () => {
    const shared = shareOut('EVEN', [seat('a'), seat('b'), seat('c')], alike(7));
    expect(order(shared)).toEqual([0, 1, 2, 0, 1, 2, 0]);
  });

  test('shares differ by at most one, but for those who are full', () => {
    fc.assert(
      fc.property(seatsOf, fc.integer({ min: 0, max: 300 }), (seats, count) => {
        const shares = sharesOf(shareOut('EVEN', seats, alike(count)), seats);
        const open = shares.filter((share, place) => share < seats[place]!.room);
        const most = Math.max(0, ...shares);
        for (const share of open) expect(most - share).toBeLessThanOrEqual(1);
      }),
      { numRuns: 500 },
    );
  });

  test('who is full is passed over, and the others share on', () => {
    const shared = shareOut('EVEN', [seat('a', { room: 1 }), seat('b'), seat('c', { room: 0 })], alike(5));
    expect(order(shared)).toEqual([0, 1, 1, 1, 1]);
  });
});

describe('WEIGHTED', () => {
  test('is exact to one for each seat with room', () => {
    fc.assert(
      fc.property(seatsOf, fc.integer({ min: 0, max: 100_000 }), (some, count) => {
        const seats = some.map((one) => ({ ...one, room: 1_000_000 }));
        const whole = sum(seats.map(({ weight }) => weight));
        const shares = sharesOf(shareOut('WEIGHTED', seats, alike(count)), seats);
        expect(sum(shares)).toBe(count);
        seats.forEach(({ weight }, place) =>
          expect(Math.abs(shares[place]! - (count * weight) / whole)).toBeLessThan(1),
        );
      }),
      { numRuns: 500 },
    );
  });

  test('mixes the turns, so that a part of the customers is shared by weight as well', () => {
    const shared = shareOut('WEIGHTED', [seat('a', { weight: 3 }), seat('b')], alike(8));
    expect(order(shared)).toEqual([0, 0, 1, 0, 0, 0, 1, 0]);
  });

  test('what is too much for one is shared by weight among the others', () => {
    const seats = [seat('a', { weight: 6, room: 2 }), seat('b', { weight: 2 }), seat('c')];
    expect(sharesOf(shareOut('WEIGHTED', seats, alike(11)), seats)).toEqual([2, 6, 3]);
  });
});

describe('LEAST_LOADED', () => {
  test('levels out what each will hold', () => {
    fc.assert(
      fc.property(seatsOf, fc.integer({ min: 0, max: 300 }), (seats, count) => {
        const shares = sharesOf(shareOut('LEAST_LOADED', seats, alike(count)), seats);
        const after = seats.map(({ load }, place) => load + shares[place]!);
        // Nobody who got one stands more than one above somebody who could have had it.
        seats.forEach((_, giver) => {
          if (shares[giver] === 0) return;
          seats.forEach(({ room }, taker) => {
            if (shares[taker]! < room) expect(after[giver]! - after[taker]!).toBeLessThanOrEqual(1);
          });
        });
      }),
      { numRuns: 500 },
    );
  });

  test('begins with the one who holds least, the earlier of equals', () => {
    const shared = shareOut(
      'LEAST_LOADED',
      [seat('a', { load: 3 }), seat('b', { load: 1 }), seat('c', { load: 1 })],
      alike(6),
    );
    expect(order(shared)).toEqual([1, 2, 1, 2, 0, 1]);
  });
});

describe('STICKY and MATCHING', () => {
  test.each(['STICKY', 'MATCHING'] as const)(
    '%s goes to the first tier that has room, then to the rest of the pool',
    (strategy) => {
      const seats = [seat('a', { load: 9 }), seat('b', { room: 1 }), seat('c', { load: 5 }), seat('d')];
      const lots: Lot[] = [
        {
          count: 2,
          tiers: [
            { seats: [1], because: 'SERVES' },
            { seats: [0, 2], because: 'SHARES_GROUP' },
          ],
        },
        { count: 1, tiers: [] },
      ];
      const shared = shareOut(strategy, seats, lots);
      expect(
        shared.helpings.map(({ lot, seat: place, count, load, because }) => ({ lot, place, count, load, because })),
      ).toEqual([
        { lot: 0, place: 1, count: 1, load: 0, because: 'SERVES' },
        { lot: 0, place: 2, count: 1, load: 5, because: 'SHARES_GROUP' },
        { lot: 1, place: 3, count: 1, load: 0, because: null },
      ]);
    },
  );

  test('levels out within a tier', () => {
    const seats = [seat('a', { load: 2 }), seat('b', { load: 0 }), seat('c')];
    const lots: Lot[] = [{ count: 4, tiers: [{ seats: [0, 1], because: 'SERVES' }] }];
    expect(sharesOf(shareOut('STICKY', seats, lots), seats)).toEqual([1, 3, 0]);
  });
});
