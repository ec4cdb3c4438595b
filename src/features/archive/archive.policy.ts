import type { Actor } from '../../platform/actor.js';
import { reaches } from '../../platform/rights.js';

/** Who a relation is with, and where they work. */
export interface Written {
  readonly memberId: string;
  readonly departmentId: string | null;
}

/** What a member and a customer wrote is read by that member, while they serve. Customers do not read it here. */
export function mayReadConversation(actor: Actor, relation: { readonly memberId: string }): boolean {
  return actor.kind === 'member' && actor.id === relation.memberId;
}

/** And by whose AUDIT reaches that member, on record. */
export function mayAuditConversation(actor: Actor, { memberId, departmentId }: Written): boolean {
  return actor.kind === 'member' && actor.id !== memberId && reaches(actor, 'AUDIT', departmentId);
}
