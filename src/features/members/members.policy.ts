import type { Prisma } from '../../generated/prisma/client.js';
import type { Actor } from '../../platform/actor.js';
import { reaches } from '../../platform/rights.js';

/** The members that an actor may see: colleagues for a member, those who serve them for a customer. */
export function visibleMembers(actor: Actor): Prisma.MemberWhereInput {
  if (actor.kind !== 'customer') return { enterpriseId: actor.enterpriseId };
  return {
    enterpriseId: actor.enterpriseId,
    relations: { some: { customerId: actor.id, status: 'ACTIVE' } },
  };
}

/** Whether an actor may see what a member holds: whose VIEW reaches the member may, and the member. */
export function mayViewHoldings(
  actor: Actor,
  member: { readonly id: string; readonly departmentId: string | null },
): boolean {
  return actor.kind === 'member' && (actor.id === member.id || reaches(actor, 'VIEW', member.departmentId));
}

/**
 * Whether an actor may see how much room a member has, and what keeps them from taking over: who may see what they hold, and
 * whose ASSIGN reaches them, since that is what plans are made by.
 */
export function mayViewRoom(
  actor: Actor,
  member: { readonly id: string; readonly departmentId: string | null },
): boolean {
  return mayViewHoldings(actor, member) || reaches(actor, 'ASSIGN', member.departmentId);
}

const dayMs = 24 * 3600 * 1000;

/** The last moment at which a leaver's customers and groups can be handed on. */
export function inheritanceDeadline(resignedAt: Date, inheritanceDays: number): Date {
  return new Date(resignedAt.getTime() + inheritanceDays * dayMs);
}

/** Who resigned before this moment can be handed on no more; who resigned at it still can. */
export function expiredBefore(now: Date, inheritanceDays: number): Date {
  return new Date(now.getTime() - inheritanceDays * dayMs);
}
