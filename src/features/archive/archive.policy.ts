import type { Actor } from '../../platform/actor.js';
import { reaches, reachOf } from '../../platform/rights.js';

/** Who wrote with a customer, and where they work. */
export interface Written {
  readonly memberId: string;
  readonly departmentId: string | null;
  readonly knewEachOther: boolean;
}

/** What a member and a customer wrote is read by that member, while they serve. Customers do not read it here. */
export function mayReadConversation(actor: Actor, relation: { readonly memberId: string }): boolean {
  return actor.kind === 'member' && actor.id === relation.memberId;
}

/**
 * And by whose AUDIT reaches that member, on record. Where it does not reach everybody, only of a customer whom the member knew: the
 * answer would tell of one of another department whether they are there, and agree to the archive.
 */
export function mayAuditConversation(actor: Actor, { memberId, departmentId, knewEachOther }: Written): boolean {
  if (actor.kind !== 'member' || actor.id === memberId || !reaches(actor, 'AUDIT', departmentId)) return false;
  return knewEachOther || reachOf(actor, 'AUDIT') === 'ALL';
}
