import type { Actor } from '../../platform/actor.js';
import { reachOf } from '../../platform/rights.js';

/** Which customer groups an actor may see: all of the enterprise, those a member owns and their departments' owners, or none. */
export interface GroupSight {
  readonly enterpriseId: string;
  /** Null: every owner's. */
  readonly ownerId: string | null;
  /** Whose owners' groups show beside the member's own. */
  readonly departmentIds: readonly string[];
  readonly none: boolean;
}

/** VIEW shows the groups of the owners it reaches, a member sees their own. Customers see none: a group names other customers. */
export function groupSightOf(actor: Actor): GroupSight {
  const reach = reachOf(actor, 'VIEW');
  return {
    enterpriseId: actor.enterpriseId,
    ownerId: reach === 'ALL' || actor.kind !== 'member' ? null : actor.id,
    departmentIds: reach === 'ALL' ? [] : reach,
    none: actor.kind === 'customer',
  };
}

/** Whether the groups of this owner are the actor's to list. */
export function mayListGroupsOf(
  { none, ownerId, departmentIds }: GroupSight,
  owner: { readonly id: string; readonly departmentId: string | null },
): boolean {
  if (none) return false;
  return (
    ownerId === null ||
    ownerId === owner.id ||
    (owner.departmentId !== null && departmentIds.includes(owner.departmentId))
  );
}
