import type { Actor } from '../../platform/actor.js';

/** What a member and a customer wrote is read by that member, while they serve. Administrators and customers do not. */
export function mayReadConversation(actor: Actor, relation: { readonly memberId: string }): boolean {
  return actor.kind === 'member' && actor.id === relation.memberId;
}
