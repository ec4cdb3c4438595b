import type { Actor } from '../../platform/actor.js';

/** Which customer groups an actor may see: all of the enterprise, those a member owns, or none. */
export interface GroupSight {
  readonly enterpriseId: string;
  /** Null: every owner's. */
  readonly ownerId: string | null;
  readonly none: boolean;
}

/** Administrators see all groups, a member those they own. Customers see none: a group names other customers. */
export function groupSightOf(actor: Actor): GroupSight {
  const all = actor.kind === 'system' || (actor.kind === 'member' && actor.isAdministrator);
  return {
    enterpriseId: actor.enterpriseId,
    ownerId: all || actor.kind !== 'member' ? null : actor.id,
    none: actor.kind === 'customer',
  };
}

/** Whether the groups of this owner are the actor's to list. */
export function mayListGroupsOf(sight: GroupSight, memberId: string): boolean {
  return !sight.none && (sight.ownerId === null || sight.ownerId === memberId);
}
