import type { Actor } from './actor.js';

/** What an administrator may be granted, each over departments and all below them. */
export type Right = 'VIEW' | 'ASSIGN' | 'CONFIGURE' | 'AUDIT';

/** Over whom a right reaches: everybody, or the members of these departments; those below are among them. None: nobody. */
export type Reach = 'ALL' | readonly string[];

/** What an administrator may do. It is JSON, and equal rights have equal texts: that is how a change of them is noticed. */
export interface Rights extends Readonly<Record<Right, Reach>> {
  readonly isSuper: boolean;
  /** Whether CONFIGURE reaches every department, and so what belongs to the company as a whole. */
  readonly configuresCompany: boolean;
}

/** The rights of a super administrator. */
export const allRights: Rights = {
  isSuper: true,
  configuresCompany: true,
  VIEW: 'ALL',
  ASSIGN: 'ALL',
  CONFIGURE: 'ALL',
  AUDIT: 'ALL',
};

/** Over whom the actor has a right: the system has every right over everybody, who is no administrator has none. */
export function reachOf(actor: Actor, right: Right): Reach {
  if (actor.kind === 'system') return 'ALL';
  return actor.kind === 'member' && actor.rights ? actor.rights[right] : [];
}

/** Whether the actor has a right over anybody at all. */
export function hasRight(actor: Actor, right: Right): boolean {
  return reachOf(actor, right).length > 0;
}

/** Whether the actor has a right over the members of this department. Who has no department is within reach of ALL only. */
export function reaches(actor: Actor, right: Right, departmentId: string | null): boolean {
  return isWithin(reachOf(actor, right), departmentId);
}

/** Whether the members of this department are within reach. */
export function isWithin(reach: Reach, departmentId: string | null): boolean {
  return reach === 'ALL' || (departmentId !== null && reach.includes(departmentId));
}

/** Whether the actor is a super administrator. */
export function isSuper(actor: Actor): boolean {
  return actor.kind === 'member' && actor.rights?.isSuper === true;
}

/** Whether the actor may change what belongs to no department but to the company: settings, rules, corp tags. */
export function mayConfigureCompany(actor: Actor): boolean {
  return actor.kind === 'member' && actor.rights?.configuresCompany === true;
}
