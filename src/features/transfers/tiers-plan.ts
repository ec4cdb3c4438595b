import type { Tier } from './share-out.js';

/** What a successor's customers have: their corp tags, and their regions. */
export interface Affinity {
  readonly tagIds: ReadonlySet<string>;
  readonly regions: ReadonlySet<string>;
}

/** Why STICKY puts a successor first, best first; in the order of the numbers in a lot's text. */
const bonds = ['SERVES', 'SERVED_BEFORE', 'SHARES_GROUP'] as const;

/** The tiers of a lot of a STICKY rule, from its text: bonds and seats, as `1:4,2:0`. */
export function stickyTiers(lot: string): Tier[] {
  const seatsOf = new Map<number, number[]>();
  for (const part of lot === '' ? [] : lot.split(',')) {
    const [tier = 0, seat = 0] = part.split(':').map(Number);
    seatsOf.set(tier, [...(seatsOf.get(tier) ?? []), seat]);
  }
  return bonds.flatMap((because, index) => {
    const seats = seatsOf.get(index + 1);
    return seats ? [{ seats, because }] : [];
  });
}

/**
 * The tiers of a lot of a MATCHING rule, from its text: the customers' region and corp tags, as JSON. Successors whose
 * customers have more of these tags come first, among equals those with customers in the region. One who has neither
 * is in no tier.
 */
export function matchingTiers(lot: string, affinities: readonly (Affinity | undefined)[]): Tier[] {
  const [region, tagIds] = JSON.parse(lot) as [string | null, string[]];
  const tiers = new Map<number, { seats: number[]; because: string }>();
  affinities.forEach((affinity, seat) => {
    if (!affinity) return;
    const shared = tagIds.filter((id) => affinity.tagIds.has(id)).length;
    const near = region !== null && affinity.regions.has(region);
    if (shared === 0 && !near) return;
    const rank = 2 * shared + (near ? 1 : 0);
    const tier = tiers.get(rank) ?? { seats: [], because: `MATCHES:${shared}:${near ? 1 : 0}` };
    tier.seats.push(seat);
    tiers.set(rank, tier);
  });
  return [...tiers].sort(([a], [b]) => b - a).map(([, tier]) => tier);
}
