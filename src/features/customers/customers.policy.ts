import type { Actor } from '../../platform/actor.js';

/**
 * Which customers and relations an actor may see: ALL of the enterprise, those that a member serves now (OF_MEMBER), or
 * a customer's own (OF_CUSTOMER). Everything else answers exactly as if it were not there.
 */
export type Sight =
  | { readonly kind: 'ALL' }
  | { readonly kind: 'OF_MEMBER'; readonly memberId: string }
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

/** What the actor may see: administrators all, a member the customers they serve now, a customer who serves them. */
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
  const sight: Sight = actor.isAdministrator ? { kind: 'ALL' } : { kind: 'OF_MEMBER', memberId: actor.id };
  return { enterpriseId, sight, seesNotes: true, personalTagsOf: actor.id };
}

/** Whether the list of a member's customers is the actor's to read: administrators read everyone's, members their own. */
export function mayListCustomersOf(actor: Actor, memberId: string): boolean {
  const { sight } = viewOf(actor);
  return sight.kind === 'ALL' || (sight.kind === 'OF_MEMBER' && sight.memberId === memberId);
}

/** Whether the actor may learn, of a customer they see, that this member serves them. */
export function mayAskWhetherServedBy(actor: Actor, memberId: string): boolean {
  return actor.kind === 'customer' || mayListCustomersOf(actor, memberId);
}

/** A relation is begun by the member themself, or by an administrator for anyone. */
export function mayAddRelationFor(actor: Actor, memberId: string): boolean {
  return actor.kind === 'member' && (actor.isAdministrator || actor.id === memberId);
}

/** A relation's notes and tags are changed by the member who serves, or by an administrator. */
export function mayEditRelation(actor: Actor, relation: { readonly memberId: string }): boolean {
  return actor.kind === 'member' && (actor.isAdministrator || actor.id === relation.memberId);
}

/** A relation is ended by its customer, by the member who serves, or by an administrator. */
export function mayEndRelation(
  actor: Actor,
  relation: { readonly memberId: string; readonly customerId: string },
): boolean {
  return actor.kind === 'customer' ? actor.id === relation.customerId : mayEditRelation(actor, relation);
}

/** A PERSONAL tag goes on its owner's relations only, and only the owner puts it there. */
export function mayPutTag(
  actor: Actor,
  tag: { readonly memberId: string | null },
  relation: { readonly memberId: string },
): boolean {
  if (tag.memberId === null) return mayEditRelation(actor, relation);
  return actor.kind === 'member' && actor.id === tag.memberId && tag.memberId === relation.memberId;
}
