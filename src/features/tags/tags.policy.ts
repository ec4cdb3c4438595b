import type { Actor } from '../../platform/actor.js';
import { mayConfigureCompany } from '../../platform/rights.js';

/** Which tags an actor may see. */
export interface TagSight {
  readonly enterpriseId: string;
  /** The enterprise's own tags and their groups. */
  readonly corpTags: boolean;
  /** Whose PERSONAL tags; null: nobody's. Not even an administrator sees those of others. */
  readonly personalTagsOf: string | null;
}

/** Members see the corp tags and their own personal ones; customers see none: tags are notes about them. */
export function tagSightOf(actor: Actor): TagSight {
  return {
    enterpriseId: actor.enterpriseId,
    corpTags: actor.kind !== 'customer',
    personalTagsOf: actor.kind === 'member' ? actor.id : null,
  };
}

/** CORP tags are made by who has CONFIGURE over the company, PERSONAL ones by the member they belong to. */
export function mayCreateTag(actor: Actor, kind: 'CORP' | 'PERSONAL'): boolean {
  return actor.kind === 'member' && (kind === 'PERSONAL' || mayConfigureCompany(actor));
}

/** CORP tags are changed by who has CONFIGURE over the company, PERSONAL ones by the member they belong to. */
export function mayChangeTag(actor: Actor, tag: { readonly memberId: string | null }): boolean {
  return actor.kind === 'member' && (tag.memberId === null ? mayConfigureCompany(actor) : actor.id === tag.memberId);
}
