import type { Enterprise, Member, Prisma } from '../../generated/prisma/client.js';
import type { AssignmentStrategy } from '../../generated/prisma/enums.js';
import type { Holding } from '../members/members.js';
import type { Seat } from './share-out.js';
import type { PlanRule } from './transfer-plan.js';
import type { TransferReason } from './transfer-reasons.js';
import { reasonAgainst } from './transfers.policy.js';

/** A rule that a transfer asks, before it is known who of its pool may take over. */
export interface AskedRule {
  /** Place in the order; 0 stands for the named successors. */
  readonly place: number;
  /** Null: the named successors. */
  readonly ruleId: string | null;
  readonly version: number | null;
  readonly name: string;
  readonly note: string | null;
  readonly strategy: AssignmentStrategy;
  readonly condition: Prisma.Sql | null;
  readonly looksAtCustomer: boolean;
  readonly pool: readonly { readonly memberId: string; readonly weight: number }[];
}

/** A member of a rule's pool whom the plan passes over, and why. */
export interface PassedOver {
  readonly memberId: string;
  readonly reason: TransferReason;
}

/** A rule as the plan follows it, with whom it passes over. */
export interface SeatedRule extends PlanRule {
  readonly asked: AskedRule;
  readonly passedOver: readonly PassedOver[];
}

/** Who stands where: what decides whether a member gets a seat, and how much room there is. */
export interface Hall {
  readonly leaverId: string;
  readonly now: Date;
  readonly enterprise: Pick<Enterprise, 'customerLimit' | 'successorInactiveDays'>;
  readonly members: ReadonlyMap<string, Member>;
  readonly holdings: ReadonlyMap<string, Holding>;
}

/**
 * Seats those of a rule's pool who may take over now. Of a rule, who is away or not eligible is passed over; a named
 * successor has been checked before, and being away does not matter where an administrator says so.
 */
export function seated(asked: AskedRule, hall: Hall): SeatedRule {
  const { place, ruleId, strategy, condition, looksAtCustomer, pool } = asked;
  const seats: Seat[] = [];
  const passedOver: PassedOver[] = [];
  for (const { memberId, weight } of pool) {
    const member = hall.members.get(memberId);
    const reason = member ? reasonToPassOver(member, ruleId !== null, hall) : 'SUCCESSOR_RESIGNED';
    if (reason !== null) {
      passedOver.push({ memberId, reason });
      continue;
    }
    const holding = hall.holdings.get(memberId);
    const load = (holding?.customers ?? 0) + (holding?.incoming ?? 0);
    const room = Math.max(0, (member?.customerLimit ?? hall.enterprise.customerLimit) - load);
    seats.push({ memberId, weight, load, room });
  }
  const whenFull = ruleId === null ? 'REJECT' : pool.length === 0 ? 'KEEP' : 'QUEUE';
  return { asked, place, condition, looksAtCustomer, strategy, seats, passedOver, whenFull };
}

function reasonToPassOver(member: Member, byRule: boolean, hall: Hall): TransferReason | null {
  const { leaverId, enterprise, now } = hall;
  const reason = reasonAgainst(member, leaverId, enterprise.successorInactiveDays, now);
  if (reason !== null) return reason;
  return byRule && !member.acceptsAssignments ? 'SUCCESSOR_AWAY' : null;
}
