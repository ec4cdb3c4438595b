import type { Actor } from '../../platform/actor.js';
import { hasRight, reaches, reachOf, type Reach, type Right } from '../../platform/rights.js';

/**
 * Which customers and relations an actor may see: ALL of the enterprise, those that a member serves now (OF_MEMBER), these and
 * those that members of some departments serve now (OF_DEPARTMENTS), or a customer's own (OF_CUSTOMER). Everything else answers exactly as if it were not there.
 */
export type Sight =
  | { readonly kind: 'ALL' }
  | { readonly kind: 'OF_MEMBER'; readonly memberId: string }
  | { readonly kind: 'OF_DEPARTMENTS'; readonly departmentIds: readonly string[]; readonly memberId: string }
  | { readonly kind: 'OF_CUSTOMER'; readonly customerId: string };

/** All that a list or loader must know about who reads. */
export interface View {
  readonly enterpriseId: string;
  readonly sight: Sight;
  /** Remarks, descriptions and tags are notes about the customer, and not for the customer. */
  readonly seesNotes: boolean;
  /** Whose PERSONAL tags show, on the relations of that member; null: nobody's. */
  readonly personalTagsOf: string | null;
}

/** What the actor may see: whose VIEW reaches somebody theirs as well, a member the customers they serve now, a customer who serves them. */
export function viewOf(actor: Actor): View {
  const { enterpriseId } = actor;
  if (actor.kind === 'customer') {
    return {
      enterpriseId,
      sight: { kind: 'OF_CUSTOMER', customerId: actor.id },
      seesNotes: false,
      personalTagsOf: null,
    };
  }
  if (actor.kind === 'system') return { enterpriseId, sight: { kind: 'ALL' }, seesNotes: true, personalTagsOf: null };
  return { enterpriseId, sight: sightOf(actor.id, reachOf(actor, 'VIEW')), seesNotes: true, personalTagsOf: actor.id };
}

/** A member's own, and what a right of theirs reaches. */
export function sightOf(memberId: string, reach: Reach): Sight {
  if (reach === 'ALL') return { kind: 'ALL' };
  return reach.length === 0
    ? { kind: 'OF_MEMBER', memberId }
    : { kind: 'OF_DEPARTMENTS', departmentIds: reach, memberId };
}

/** Whether the list of a member's customers is the actor's to read: their own, and where VIEW reaches the member. */
export function mayListCustomersOf(actor: Actor, member: Serving): boolean {
  return (
    actor.kind === 'system' ||
    (actor.kind === 'member' && (actor.id === member.memberId || isReached(actor, 'VIEW', member)))
  );
}

/** Whether the actor may ask, of a customer they see, who serves them; of whom they see no customers the answer is nobody. */
export function mayAskWhetherServedBy(actor: Actor, memberId: string): boolean {
  return actor.kind === 'customer' || hasRight(actor, 'VIEW') || (actor.kind === 'member' && actor.id === memberId);
}

/** A member as a relation names them, with where they work. */
export interface Serving {
  readonly memberId: string;
  readonly departmentId: string | null;
}

function isReached(actor: Actor, right: Right, { departmentId }: Serving): boolean {
  return reaches(actor, right, departmentId);
}

/** A relation is begun by the member themself, or by who has ASSIGN; whether it reaches the member is asked when they are known. */
export function mayAddRelationFor(actor: Actor, memberId: string): boolean {
  return actor.kind === 'member' && (actor.id === memberId || hasRight(actor, 'ASSIGN'));
}

/** A relation's notes and tags are changed by the member who serves, or where ASSIGN reaches that member. */
export function mayEditRelation(actor: Actor, relation: Serving): boolean {
  return actor.kind === 'member' && (actor.id === relation.memberId || isReached(actor, 'ASSIGN', relation));
}

/** A relation is ended by its customer, by the member who serves, or where ASSIGN reaches that member. */
export function mayEndRelation(actor: Actor, relation: Serving & { readonly customerId: string }): boolean {
  return actor.kind === 'customer' ? actor.id === relation.customerId : mayEditRelation(actor, relation);
}

/** A PERSONAL tag goes on its owner's relations only, and only the owner puts it there. */
export function mayPutTag(actor: Actor, tag: { readonly memberId: string | null }, relation: Serving): boolean {
  if (tag.memberId === null) return mayEditRelation(actor, relation);
  return actor.kind === 'member' && actor.id === tag.memberId && tag.memberId === relation.memberId;
}
