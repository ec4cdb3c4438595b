import type { Prisma } from '../../generated/prisma/client.js';
import type { Actor } from '../../platform/actor.js';

/** The members that an actor may see: colleagues for a member, those who serve them for a customer. */
export function visibleMembers(actor: Actor): Prisma.MemberWhereInput {
  if (actor.kind !== 'customer') return { enterpriseId: actor.enterpriseId };
  return {
    enterpriseId: actor.enterpriseId,
    relations: { some: { customerId: actor.id, status: 'ACTIVE' } },
  };
}

/** Whether an actor may see what a member holds: administrators may, and the member. */
export function mayViewHoldings(actor: Actor, memberId: string): boolean {
  return actor.kind === 'member' && (actor.isAdministrator || actor.id === memberId);
}
