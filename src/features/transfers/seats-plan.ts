import type { Enterprise, Member, Prisma } from '../../generated/prisma/client.js';
import type { AssignmentStrategy } from '../../generated/prisma/enums.js';
import { isWithin, type Reach } from '../../platform/rights.js';
import type { Holding } from '../members/members.js';
import type { Seat } from './share-out.js';
import type { PlanRule } from './transfer-plan.js';
import type { TransferReason } from './transfer-reasons.js';
import { reasonAgainst } from './transfers.policy.js';

/** A rule that a transfer asks, before it is known who of its pool may take over. */
export interface AskedRule {
  /** Place in the order; 0 stands for the named successors. */
  readonly place: number;
  /** Null: the named successors, or a default that nobody has set. */
  readonly ruleId: string | null;
  readonly version: number | null;
  readonly name: string;
  readonly note: string | null;
  readonly strategy: AssignmentStrategy;
  readonly condition: Prisma.Sql | null;
  readonly looksAtCustomer: boolean;
  /** `reason`: why the plan before passed them over, where this one goes on from it. */
  readonly pool: readonly { readonly memberId: string; readonly weight: number; readonly reason?: string | null }[];
}

/** A member of a rule's pool whom the plan passes over, and why. */
export interface PassedOver {
  readonly memberId: string;
  readonly reason: TransferReason;
}

/** What a successor reads: the note of the transfer, then those of the rules that chose them; empty where there is none. */
export function noteFor(
  successorId: string,
  transferNote: string,
  rules: readonly Pick<AskedRule, 'place' | 'note'>[],
  choices: readonly { readonly rulePlace: number; readonly successorId: string }[],
): string {
  const places = new Set(
    choices.filter((choice) => choice.successorId === successorId).map(({ rulePlace }) => rulePlace),
  );
  const notes = [
    transferNote,
    ...rules.flatMap(({ place, note }) => (places.has(place) && note !== null ? [note] : [])),
  ];
  return [...new Set(notes)].filter((note) => note !== '').join('\n\n');
}

/** A rule as the plan follows it, with whom it passes over. */
export interface SeatedRule extends PlanRule {
  readonly asked: AskedRule;
  readonly passedOver: readonly PassedOver[];
}

/** Who stands where: what decides whether a member gets a seat, and how much room there is. */
export interface Hall {
  readonly leaverId: string;
  /** Whom the administrator may choose. */
  readonly reach: Reach;
  readonly now: Date;
  readonly enterprise: Pick<Enterprise, 'customerLimit' | 'successorInactiveDays'>;
  readonly members: ReadonlyMap<string, Member>;
  readonly holdings: ReadonlyMap<string, Holding>;
}

/**
 * Seats those of a rule's pool who may take over now. Of a rule, who is away or not eligible is passed over; a named
 * successor has been checked before, and being away does not matter where an administrator says so. Who was out of the
 * administrator's scope at submit stays so, whoever goes on with the plan. Where the whole pool is, nobody will ever have room:
 * its customers stay in the pool.
 */
export function seated(asked: AskedRule, hall: Hall): SeatedRule {
  const { place, strategy, condition, looksAtCustomer, pool } = asked;
  const named = place === 0;
  const seats: Seat[] = [];
  const passedOver: PassedOver[] = [];
  for (const { memberId, weight, reason: before } of pool) {
    const member = hall.members.get(memberId);
    const isOut = before === 'OUT_OF_SCOPE' || (member && !isWithin(hall.reach, member.departmentId));
    const reason = isOut ? 'OUT_OF_SCOPE' : member ? reasonToPassOver(member, !named, hall) : 'SUCCESSOR_RESIGNED';
    if (reason !== null) {
      passedOver.push({ memberId, reason });
      continue;
    }
    const holding = hall.holdings.get(memberId);
    const load = (holding?.customers ?? 0) + (holding?.incoming ?? 0);
    const room = Math.max(0, (member?.customerLimit ?? hall.enterprise.customerLimit) - load);
    seats.push({ memberId, weight, load, room });
  }
  const whenFull = named
    ? 'REJECT'
    : passedOver.filter(({ reason }) => reason === 'OUT_OF_SCOPE').length === pool.length
      ? 'KEEP'
      : 'QUEUE';
  return { asked, place, condition, looksAtCustomer, strategy, seats, passedOver, whenFull };
}

function reasonToPassOver(member: Member, byRule: boolean, hall: Hall): TransferReason | null {
  const { leaverId, enterprise, now } = hall;
  const reason = reasonAgainst(member, leaverId, enterprise.successorInactiveDays, now);
  if (reason !== null) return reason;
  return byRule && !member.acceptsAssignments ? 'SUCCESSOR_AWAY' : null;
}

/**
 * Who takes groups, in the order of their turns, and why there is nobody. A group has no tags or region: it goes to the first rule
 * that asks nothing of a customer.
 */
export function groupTakers(rules: readonly SeatedRule[]): {
  readonly rulePlace: number;
  readonly successorIds: readonly string[];
  readonly whenNobody: TransferReason;
} {
  const rule = rules.find(({ condition }) => condition === null);
  return {
    rulePlace: rule?.place ?? 0,
    successorIds: rule?.seats.map(({ memberId }) => memberId) ?? [],
    whenNobody: rule && rule.passedOver.length > 0 ? 'SUCCESSOR_AWAY' : 'NO_RULE',
  };
}

/** A member of a rule's pool as a transfer keeps it; `reason`: why they were passed over, null where they had a seat. */
export interface KeptSeat {
  readonly memberId: string;
  readonly weight: number;
  /** What they held, or was promised to them, before the transfer. */
  readonly load: number;
  readonly room: number;
  readonly reason: string | null;
}

/** A rule as a transfer ran with it, and what it came to. */
export interface KeptRule {
  readonly place: number;
  readonly ruleId: string | null;
  readonly version: number | null;
  readonly name: string;
  readonly note: string | null;
  readonly strategy: AssignmentStrategy;
  readonly seats: readonly KeptSeat[];
  readonly assigned: number;
  readonly queued: number;
}

/** The rules as a transfer keeps them, each with what it came to. */
export function keptRules(
  rules: readonly SeatedRule[],
  outcomes: readonly { readonly place: number; readonly assigned: number; readonly left: number }[],
): KeptRule[] {
  return rules.map(({ asked, place, strategy, seats, passedOver, whenFull }) => {
    const outcome = outcomes.find((one) => one.place === place);
    const seatOf = new Map(seats.map((seat) => [seat.memberId, seat]));
    const reasonOf = new Map(passedOver.map(({ memberId, reason }) => [memberId, reason]));
    return {
      place,
      ruleId: asked.ruleId,
      version: asked.version,
      name: asked.name,
      note: asked.note,
      strategy,
      seats: asked.pool.map(({ memberId, weight }) => ({
        memberId,
        weight,
        load: seatOf.get(memberId)?.load ?? 0,
        room: seatOf.get(memberId)?.room ?? 0,
        reason: reasonOf.get(memberId) ?? null,
      })),
      assigned: outcome?.assigned ?? 0,
      queued: whenFull === 'QUEUE' ? (outcome?.left ?? 0) : 0,
    };
  });
}

/** A seat of a rule that could not have one customer, and why. */
export interface SkippedSeat {
  readonly memberId: string;
  readonly reason: string;
}

/**
 * Who of a rule's pool could not have the customer at this place: those whom the plan passed over, and those who were full by
 * then. A plan fills rule after rule, and within a rule by place.
 */
export function skippedAt(
  rule: KeptRule,
  position: number,
  fillings: readonly {
    readonly memberId: string;
    readonly rulePlace: number;
    readonly taken: number;
    readonly last: number;
  }[],
): SkippedSeat[] {
  return rule.seats.flatMap(({ memberId, room, reason }) => {
    if (reason !== null) return [{ memberId, reason }];
    const own = fillings.filter((filling) => filling.memberId === memberId);
    const taken = own.reduce((sum, filling) => sum + filling.taken, 0);
    const later = own.some(
      ({ rulePlace, last }) => rulePlace > rule.place || (rulePlace === rule.place && last >= position),
    );
    return taken >= room && !later ? [{ memberId, reason: 'SUCCESSOR_LIMIT_REACHED' }] : [];
  });
}
