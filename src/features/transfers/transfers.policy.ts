import type { TransferKind } from '../../generated/prisma/enums.js';
import type { TransferReason } from './transfer-reasons.js';
import { leaverRefused, successorRefused, travelRefused } from './transfers.errors.js';

/** What goes with a customer, by the names of the settings. */
export interface Travels {
  readonly travelTags: boolean;
  readonly travelRemark: boolean;
  readonly travelDescription: boolean;
  readonly travelArchive: boolean;
}

const dayMs = 24 * 3600 * 1000;

/** What must be known of a leaver to decide whether they may hand over. */
export interface Leaver {
  readonly id: string;
  readonly departmentId: string | null;
  readonly name: string;
  readonly status: string;
  readonly resignedAt: Date | null;
}

/** What must be known of a successor to decide whether they may take over. */
export interface Successor {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly verified: boolean;
  readonly customerContact: boolean;
  readonly lastLoginAt: Date | null;
}

/** Why somebody cannot take over. */
export type SuccessorReason = Extract<TransferReason, 'SAME_MEMBER' | `SUCCESSOR_${string}`> &
  Exclude<TransferReason, 'SUCCESSOR_LIMIT_REACHED' | 'SUCCESSOR_AWAY'>;

/**
 * Throws HANDOVER_NOT_RESIGNED or INHERITANCE_EXPIRED where a member should have left, HANDOVER_RESIGNED where they should
 * be here. A leaver may hand over up to the last moment of the period. `field`: the argument that is to blame.
 */
export function requireLeaver(
  leaver: Leaver,
  kind: TransferKind,
  inheritanceDays: number,
  now: Date,
  field: 'leaverId' | 'transferId' = 'leaverId',
): void {
  const { name, status, resignedAt } = leaver;
  if (kind === 'ON_JOB') {
    if (status !== 'RESIGNED') return;
    throw leaverRefused('HANDOVER_RESIGNED', `${name} has resigned. Use the kind RESIGNED.`, field);
  }
  if (status !== 'RESIGNED' || resignedAt === null) {
    throw leaverRefused(
      'HANDOVER_NOT_RESIGNED',
      `${name} has not resigned. Call resignMember first, or use the kind ON_JOB.`,
      field,
    );
  }
  if (isInheritanceOver(leaver, inheritanceDays, now)) {
    throw leaverRefused(
      'INHERITANCE_EXPIRED',
      `${name} resigned more than ${inheritanceDays} days ago. An administrator can raise inheritanceDays with updateSettings.`,
      field,
    );
  }
}

/** Whether what a leaver holds may no longer be handed over. */
export function isInheritanceOver(
  { resignedAt }: Pick<Leaver, 'resignedAt'>,
  inheritanceDays: number,
  now: Date,
): boolean {
  return resignedAt !== null && now.getTime() > resignedAt.getTime() + inheritanceDays * dayMs;
}

/** The first reason why this member cannot take over from the leaver; null: they may. */
export function reasonAgainst(
  successor: Successor,
  leaverId: string,
  inactiveDays: number,
  now: Date,
): SuccessorReason | null {
  const { status, lastLoginAt } = successor;
  if (successor.id === leaverId) return 'SAME_MEMBER';
  if (status === 'RESIGNED') return 'SUCCESSOR_RESIGNED';
  if (status === 'DISABLED') return 'SUCCESSOR_DISABLED';
  if (status !== 'ACTIVE') return 'SUCCESSOR_NOT_ACTIVATED';
  if (!successor.verified) return 'SUCCESSOR_NOT_VERIFIED';
  if (!successor.customerContact) return 'SUCCESSOR_NO_CUSTOMER_CONTACT';
  // A member whose sign-ins are not known is not held to be inactive.
  if (lastLoginAt && now.getTime() - lastLoginAt.getTime() > inactiveDays * dayMs) return 'SUCCESSOR_INACTIVE';
  return null;
}

/** Throws the first reason why this successor, named at `place` of the input, cannot take over from the leaver. */
export function requireSuccessor(
  successor: Successor,
  place: number,
  leaverId: string,
  inactiveDays: number,
  now: Date,
): void {
  const reason = reasonAgainst(successor, leaverId, inactiveDays, now);
  if (reason === null) return;
  const advice = {
    SAME_MEMBER: 'is the leaver. Name somebody else as successor.',
    SUCCESSOR_RESIGNED: 'has left the company. Name somebody else.',
    SUCCESSOR_DISABLED: 'is disabled. Enable them, or name somebody else.',
    SUCCESSOR_NOT_ACTIVATED: 'has not signed in yet. Ask them to, or name somebody else.',
    SUCCESSOR_NOT_VERIFIED: 'is not verified by real name. Have it verified, or name somebody else.',
    SUCCESSOR_NO_CUSTOMER_CONTACT: 'may not serve customers. Allow it, or name somebody else.',
    SUCCESSOR_INACTIVE: `has not signed in for ${inactiveDays} days. Ask them to, or name somebody else.`,
  } as const satisfies Record<SuccessorReason, string>;
  throw successorRefused(reason, `${successor.name} ${advice[reason]}`, place, successor.id);
}

/** What an administrator chooses to let travel; left out: as the enterprise has it. */
export interface TravelChoice {
  readonly tags?: boolean | null;
  readonly remark?: boolean | null;
  readonly description?: boolean | null;
  readonly archive?: boolean | null;
}

/** What travels: what the enterprise lets, narrowed by the choice. Refuses INVALID_INPUT for a choice that would widen it. */
export function narrowed(enterprise: Travels, choice: TravelChoice): Travels {
  const one = (name: keyof TravelChoice, setting: keyof Travels): boolean => {
    if (choice[name] === true && !enterprise[setting]) {
      throw travelRefused(name, setting);
    }
    return choice[name] ?? enterprise[setting];
  };
  return {
    travelTags: one('tags', 'travelTags'),
    travelRemark: one('remark', 'travelRemark'),
    travelDescription: one('description', 'travelDescription'),
    travelArchive: one('archive', 'travelArchive'),
  };
}
