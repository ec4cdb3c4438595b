import type { Seat, Tier } from './share-out.js';
import type { PlanRule } from './transfer-plan.js';

/** What a successor's customers have: their corp tags, and their regions. */
export interface Affinity {
  readonly tagIds: ReadonlySet<string>;
  readonly regions: ReadonlySet<string>;
}

/** Why STICKY puts a successor first, best first; in the order of the tiers in a lot's text. */
const bonds = ['SERVES', 'SERVED_BEFORE', 'SHARES_GROUP'] as const;

/** Who has a seat of a STICKY rule, each once: what the bits of such a rule's lots stand for. */
export function stickyMembers(rules: readonly Pick<PlanRule, 'strategy' | 'seats'>[]): string[] {
  const sticky = rules.filter(({ strategy }) => strategy === 'STICKY');
  return [...new Set(sticky.flatMap(({ seats }) => seats.map(({ memberId }) => memberId)))];
}

/** The tiers of a lot of a STICKY rule, from its text: for each bond the bits of `memberIds`, as `0100,0010,0000`. */
export function stickyTiers(lot: string, seats: readonly Seat[], memberIds: readonly string[]): Tier[] {
  const bitOf = new Map(memberIds.map((id, bit) => [id, bit]));
  return lot.split(',').flatMap((bits, index) => {
    const because = bonds[index];
    const first = seats.flatMap(({ memberId }, seat) => (bits[bitOf.get(memberId) ?? -1] === '1' ? [seat] : []));
    return because === undefined || first.length === 0 ? [] : [{ seats: first, because }];
  });
}

/** What the customers of a MATCHING rule's lot have, from its text: `{…,…}:region`, or without a region. */
export function matchedBy(lot: string): { readonly tagIds: readonly string[]; readonly region: string | null } {
  const end = lot.indexOf('}');
  const region = lot.slice(end + 1, end + 2) === ':' ? lot.slice(end + 2) : null;
  return {
    tagIds: lot
      .slice(1, end)
      .split(',')
      .filter((id) => id !== ''),
    region,
  };
}

/**
 * The tiers of a lot of a MATCHING rule, from its text. Successors whose customers have more of its tags come first, among
 * equals those with customers in the region. One who has neither is in no tier.
 */
export function matchingTiers(lot: string, affinities: readonly (Affinity | undefined)[]): Tier[] {
  const { region, tagIds } = matchedBy(lot);
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
