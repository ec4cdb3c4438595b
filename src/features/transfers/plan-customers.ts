import type { Tx } from '../../platform/db/transaction.js';
import { loadAffinities } from './affinities.store.js';
import { countLots, keepChecked, type CountedLot, type GivenOut, type HelpingRow } from './planned-items.store.js';
import { matchingTiers, stickyTiers } from './tiers-plan.js';
import { shareOut, type Lot, type Seat } from './share-out.js';
import { counted, type CountRow, type CustomerPlan, type PlanCounts, type PlanRule } from './transfer-plan.js';
import { customersChecked } from './transfer-plan.store.js';

/** A plan for customers, shared out. */
export interface PlannedCustomers {
  readonly counts: PlanCounts;
  /** What each rule came to; one that took nobody is there as well. */
  readonly rules: readonly RuleOutcome[];
  readonly given: GivenOut;
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

/**
 * Plans who goes to whom, and counts it. Nothing is written but the plan itself, which the transaction keeps until its end:
 * `insertItems`, `digestCustomers` and `sampleCustomers` follow it.
 */
export async function planCustomers(tx: Tx, plan: CustomerPlan): Promise<PlannedCustomers> {
  await keepChecked(tx, customersChecked(plan));
  const lots = await countLots(tx);
  const shared = await share(tx, plan, lots);
  const placesOf = (when: PlanRule['whenFull']) =>
    plan.rules.filter(({ whenFull }) => whenFull === when).map(({ place }) => place);
  return {
    counts: counted(rowsOf(plan, lots, shared)),
    rules: shared.rules,
    given: { helpings: shared.helpings, queueing: placesOf('QUEUE'), keeping: placesOf('KEEP') },
  };
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
  for (const rule of plan.rules) {
    const own = lots.filter(({ rule_place, reason }) => reason === null && rule_place === rule.place);
    const seats = rule.seats.map((seat): Seat => {
      const already = given.get(seat.memberId) ?? 0;
      return { ...seat, load: seat.load + already, room: Math.max(0, seat.room - already) };
    });
    const { helpings: shares, left } = shareOut(rule.strategy, seats, await lotsOf(tx, plan, { ...rule, seats }, own));
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

/** Who comes first for the customers of each lot. */
async function lotsOf(tx: Tx, plan: CustomerPlan, rule: PlanRule, lots: readonly CountedLot[]): Promise<Lot[]> {
  if (rule.strategy === 'STICKY') return lots.map(({ lot, count }) => ({ count, tiers: stickyTiers(lot) }));
  if (rule.strategy !== 'MATCHING' || lots.length === 0) return lots.map(({ count }) => ({ count, tiers: [] }));
  const memberIds = rule.seats.map(({ memberId }) => memberId);
  const affinities = await loadAffinities(tx, plan.enterpriseId, memberIds);
  return lots.map(({ lot, count }) => ({ count, tiers: matchingTiers(lot, affinities) }));
}
