import { Refusal } from '../../platform/errors.js';

/** Most characters of the name of a tag, or of a group of tags. */
export const longestName = 200;

/** A group has a name once, and so has a member among their own tags. */
export function tagExists(name: string, tagId: string): Refusal {
  return new Refusal('ALREADY_EXISTS', `There is a tag "${name}" there already. Use it, or take another name.`, {
    path: ['input', 'name'],
    variant: 'TagExistsError',
    data: { tagId },
  });
}

/** An enterprise has one tag group of a name. */
export function tagGroupExists(name: string, tagGroupId: string): Refusal {
  return new Refusal('ALREADY_EXISTS', `There is a tag group "${name}" already. Use it, or take another name.`, {
    path: ['input', 'name'],
    variant: 'TagGroupExistsError',
    data: { tagGroupId },
  });
}

/** Also the answer about what is another company's, or another member's own. */
export function noSuchTag(field: string): Refusal {
  return new Refusal('NOT_FOUND', 'There is no such tag, or it is not yours.', { path: ['input', field] });
}

/** Also the answer about another company's. */
export function noSuchTagGroup(field: string): Refusal {
  return new Refusal('NOT_FOUND', 'There is no such tag group.', { path: ['input', field] });
}

/** CORP tags and their groups are the company's to change, by its administrators. */
export function onlyAdministrators(field: string): Refusal {
  return new Refusal('FORBIDDEN', 'CORP tags are changed by administrators. Ask one of them.', {
    path: ['input', field],
  });
}
