import type { Actor } from '../../platform/actor.js';
import { leaverRefused, successorRefused } from './transfers.errors.js';

const dayMs = 24 * 3600 * 1000;

/** What must be known of a leaver to decide whether they may hand over. */
export interface Leaver {
  readonly id: string;
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

/** Whether an actor may see transfers and their items: administrators of the enterprise. */
export function mayViewTransfers(actor: Actor): boolean {
  return actor.kind === 'system' || (actor.kind === 'member' && actor.isAdministrator);
}

/** Throws HANDOVER_NOT_RESIGNED or INHERITANCE_EXPIRED. A leaver may hand over up to the last moment of the period. */
export function requireLeaver(leaver: Leaver, inheritanceDays: number, now: Date): void {
  if (leaver.status !== 'RESIGNED' || leaver.resignedAt === null) {
    throw leaverRefused('HANDOVER_NOT_RESIGNED', `${leaver.name} has not resigned. Call resignMember first.`);
  }
  if (now.getTime() > leaver.resignedAt.getTime() + inheritanceDays * dayMs) {
    throw leaverRefused(
      'INHERITANCE_EXPIRED',
      `${leaver.name} resigned more than ${inheritanceDays} days ago. An administrator can raise inheritanceDays with updateSettings.`,
    );
  }
}

/** Throws the first reason why this successor, named at `place` of the input, cannot take over from the leaver. */
export function requireSuccessor(
  successor: Successor,
  place: number,
  leaverId: string,
  inactiveDays: number,
  now: Date,
): void {
  const refuse = (reason: Parameters<typeof successorRefused>[0], message: string) =>
    successorRefused(reason, message, place, successor.id);
  const { name, status } = successor;
  if (successor.id === leaverId) throw refuse('SAME_MEMBER', `${name} is the leaver. Name somebody else as successor.`);
  if (status === 'RESIGNED') throw refuse('SUCCESSOR_RESIGNED', `${name} has left the company. Name somebody else.`);
  if (status === 'DISABLED')
    throw refuse('SUCCESSOR_DISABLED', `${name} is disabled. Enable them, or name somebody else.`);
  if (status !== 'ACTIVE') {
    throw refuse('SUCCESSOR_NOT_ACTIVATED', `${name} has not signed in yet. Ask them to, or name somebody else.`);
  }
  if (!successor.verified) {
    throw refuse(
      'SUCCESSOR_NOT_VERIFIED',
      `${name}'s real name is not verified. Have it verified, or name somebody else.`,
    );
  }
  if (!successor.customerContact) {
    throw refuse('SUCCESSOR_NO_CUSTOMER_CONTACT', `${name} may not serve customers. Allow it, or name somebody else.`);
  }
  // A member whose sign-ins are not known is not held to be inactive.
  if (successor.lastLoginAt && now.getTime() - successor.lastLoginAt.getTime() > inactiveDays * dayMs) {
    throw refuse(
      'SUCCESSOR_INACTIVE',
      `${name} has not signed in for ${inactiveDays} days. Ask them to, or name somebody else.`,
    );
  }
}
