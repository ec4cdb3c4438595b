import type { Tx } from '../../platform/db/transaction.js';
import { loadAffinities } from './affinities.store.js';
import { countLots, insertItems, keepChecked, kept, type CountedLot, type HelpingRow } from './planned-items.store.js';
import { matchingTiers, stickyTiers } from './tiers-plan.js';
import { shareOut, type Lot, type Seat } from './share-out.js';
import {
  counted,
  type CountRow,
  type CustomerPlan,
  type PlanCounts,
  type PlanRule,
  type SharedPlan,
} from './transfer-plan.js';
import { customersChecked } from './transfer-plan.store.js';

/**
 * Plans who goes to whom, and counts it. With `write`, an item is written for each customer; without, nothing is.
 *
 * Both follow the same rows and the same shares, so that a preview and the transfer after it agree on unchanged data.
 */
export async function planCustomers(
  tx: Tx,
  plan: CustomerPlan,
  write: { readonly transferId: string; readonly takeoverDueAt: Date } | null,
): Promise<PlanCounts & { readonly shared: SharedPlan }> {
  const checked = customersChecked(plan);
  if (write) await keepChecked(tx, checked);
  const lots = await countLots(tx, write ? kept : checked);
  const shared = await share(tx, plan, lots);
  if (!write) return { ...counted(rowsOf(plan, lots, shared)), shared };
  const placesOf = (when: PlanRule['whenFull']) =>
    plan.rules.filter(({ whenFull }) => whenFull === when).map(({ place }) => place);
  const counts = await insertItems(tx, write.transferId, write.takeoverDueAt, plan, {
    helpings: shared.helpings,
    queueing: placesOf('QUEUE'),
    keeping: placesOf('KEEP'),
  });
  return { ...counts, shared };
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
  const rules: { place: number; assigned: number; left: number }[] = [];
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
