import { createHash } from 'node:crypto';
import type { Tx } from '../../platform/db/transaction.js';
import { loadAffinities } from './affinities.store.js';
import { keepChecked, kept, readLots, type CheckedLot, type CountedLot, type GivenOut } from './planned-items.store.js';
import { matchedBy, matchingTiers, stickyMembers, stickyTiers, type Affinity } from './tiers-plan.js';
import { shareOut, type Lot, type Seat } from './share-out.js';
import { counted, type CountRow, type CustomerPlan, type PlanCounts, type PlanRule } from './transfer-plan.js';
import { customersChecked } from './transfer-plan.store.js';
import { turnsOf, type HelpingRow } from './turns-plan.js';

/** A plan for customers, shared out. */
export interface PlannedCustomers {
  readonly counts: PlanCounts;
  /** What each rule came to; one that took nobody is there as well. */
  readonly rules: readonly RuleOutcome[];
  readonly given: GivenOut;
  /** Changes with any choice of the plan. */
  readonly digest: string;
  /** The first customers, one by one. */
  readonly sample: readonly PlannedCustomer[];
}

/** How many customers of a rule have a successor, and how many are left because everybody is full. */
export interface RuleOutcome {
  readonly place: number;
  readonly assigned: number;
  readonly left: number;
}

interface SharedPlan {
  readonly helpings: readonly HelpingRow[];
  readonly rules: readonly RuleOutcome[];
}

/** A customer of a plan, as a preview shows it. */
export interface PlannedCustomer {
  readonly position: number;
  readonly customerId: string | null;
  readonly requested: string | null;
  readonly reason: string | null;
  readonly successorId: string | null;
  readonly rulePlace: number | null;
  readonly loadBefore: number | null;
  readonly chosenBecause: string | null;
}

/** How many customers a preview shows one by one: the most that a page may have. */
export const sampleSize = 100;

/**
 * Plans who goes to whom, and counts it.
 *
 * With `keep`, the transaction keeps the checked customers for `insertItems`: what was counted is what is inserted, whatever
 * others change between the two statements. Without, nothing is written.
 */
export async function planCustomers(
  tx: Tx,
  plan: CustomerPlan,
  { keep }: { readonly keep: boolean },
): Promise<PlannedCustomers> {
  if (keep) await keepChecked(tx, customersChecked(plan));
  const lots = await readLots(tx, keep ? kept : customersChecked(plan), sampleSize);
  const shared = await share(tx, plan, lots);
  const placesOf = (when: PlanRule['whenFull']) =>
    plan.rules.filter(({ whenFull }) => whenFull === when).map(({ place }) => place);
  return {
    counts: counted(rowsOf(plan, lots, shared)),
    rules: shared.rules,
    given: { helpings: shared.helpings, queueing: placesOf('QUEUE'), keeping: placesOf('KEEP') },
    digest: createHash('sha256')
      .update(
        JSON.stringify([
          lots.map(({ rule_place, lot, reason, digest }) => [rule_place, lot, reason, digest]),
          shared.helpings,
        ]),
      )
      .digest('base64url'),
    sample: sampleOf(plan, lots, shared),
  };
}

/** The first customers, each with whom they go to. */
function sampleOf({ rules }: CustomerPlan, lots: readonly CheckedLot[], { helpings }: SharedPlan): PlannedCustomer[] {
  const none = { successorId: null, loadBefore: null, chosenBecause: null };
  return lots
    .flatMap(({ rule_place: rulePlace, lot, reason, first }): PlannedCustomer[] => {
      const rule = rules.find(({ place }) => place === rulePlace);
      const turns = rule ? turnsOf(helpings, rule.place, lot, first.length) : [];
      return first.map(({ position, customer_id: customerId, requested }, turn) => {
        const about = { position, customerId, requested, rulePlace };
        const chosen = turns[turn];
        if (reason !== null || !rule) return { ...about, ...none, reason };
        if (!chosen) return { ...about, ...none, reason: reasonWhenFull[rule.whenFull] };
        const { memberId: successorId, loadBefore, because: chosenBecause } = chosen;
        return { ...about, reason: null, successorId, loadBefore, chosenBecause };
      });
    })
    .sort((a, b) => a.position - b.position);
}

const reasonWhenFull = { REJECT: 'SUCCESSOR_LIMIT_REACHED', KEEP: 'NO_RULE', QUEUE: null } as const;

/** What the items would be counted as. */
function rowsOf({ rules }: CustomerPlan, lots: readonly CountedLot[], shared: SharedPlan): CountRow[] {
  return [
    ...lots.flatMap(({ reason, count }) => (reason === null ? [] : [{ reason, successor_id: null, count }])),
    ...shared.helpings.map(({ member_id, count }) => ({ reason: null, successor_id: member_id, count })),
    ...rules.flatMap(({ place, whenFull }) => {
      const left = shared.rules.find((rule) => rule.place === place)?.left ?? 0;
      return left === 0 ? [] : [{ reason: reasonWhenFull[whenFull], successor_id: null, count: left }];
    }),
  ];
}

/** Shares out rule after rule: what an earlier one gave to a successor counts for the later ones. */
async function share(tx: Tx, plan: CustomerPlan, lots: readonly CountedLot[]): Promise<SharedPlan> {
  const given = new Map<string, number>();
  const helpings: HelpingRow[] = [];
  const rules: RuleOutcome[] = [];
  const affinities = await affinitiesOf(tx, plan, lots);
  const sticky = stickyMembers(plan.rules);
  for (const rule of plan.rules) {
    const own = lots.filter(({ rule_place, reason }) => reason === null && rule_place === rule.place);
    const seats = rule.seats.map((seat): Seat => {
      const already = given.get(seat.memberId) ?? 0;
      return { ...seat, load: seat.load + already, room: Math.max(0, seat.room - already) };
    });
    const { helpings: shares, left } = shareOut(rule.strategy, seats, lotsOf(rule, own, affinities, sticky));
    for (const { lot, seat, count, load, tier, because, firstTurn, turnStep } of shares) {
      const [known, taker] = [own[lot], seats[seat]];
      if (!known || !taker) continue;
      given.set(taker.memberId, (given.get(taker.memberId) ?? 0) + count);
      helpings.push({
        rule: rule.place,
        lot: known.lot,
        member_id: taker.memberId,
        seat,
        tier,
        because,
        load,
        count,
        first_turn: firstTurn,
        turn_step: turnStep,
      });
    }
    const total = own.reduce((sum, { count }) => sum + count, 0);
    const rest = left.reduce((sum, count) => sum + count, 0);
    rules.push({ place: rule.place, assigned: total - rest, left: rest });
  }
  return { helpings, rules };
}

/** What the successors of MATCHING rules that have customers have in common with these. */
async function affinitiesOf(
  tx: Tx,
  { enterpriseId, rules }: CustomerPlan,
  lots: readonly CountedLot[],
): Promise<ReadonlyMap<string, Affinity>> {
  const asked = rules.filter(({ strategy, seats }) => strategy === 'MATCHING' && seats.length > 0);
  const own = lots.filter(
    ({ rule_place, reason }) => reason === null && asked.some(({ place }) => place === rule_place),
  );
  const taking = asked.filter(({ place }) => own.some(({ rule_place }) => rule_place === place));
  const memberIds = new Set(taking.flatMap(({ seats }) => seats.map(({ memberId }) => memberId)));
  if (memberIds.size === 0) return new Map();
  const wanted = own.map(({ lot }) => matchedBy(lot));
  return loadAffinities(tx, enterpriseId, [...memberIds], {
    tagIds: [...new Set(wanted.flatMap(({ tagIds }) => tagIds))],
    regions: [...new Set(wanted.flatMap(({ region }) => region ?? []))],
  });
}

/** Who comes first for the customers of each lot. */
function lotsOf(
  { strategy, seats }: PlanRule,
  lots: readonly CountedLot[],
  affinities: ReadonlyMap<string, Affinity>,
  sticky: readonly string[],
): Lot[] {
  // Nobody to come first: the lots have not been told apart.
  if (seats.length === 0) return lots.map(({ count }) => ({ count, tiers: [] }));
  const known = seats.map(({ memberId }) => affinities.get(memberId));
  return lots.map(({ lot, count }) => {
    if (strategy === 'STICKY') return { count, tiers: stickyTiers(lot, seats, sticky) };
    return { count, tiers: strategy === 'MATCHING' ? matchingTiers(lot, known) : [] };
  });
}
