import { Refusal } from '../../platform/errors.js';

/** Most characters of a text. */
export const longest = { name: 200, remark: 200, description: 2000 } as const;

/** Most objects that one tagRelations takes. */
export const tagRelationsLimits = { relations: 1000, tags: 100 } as const;

/** A member serves a customer at most once at a time. */
export function alreadyServed(relationId: string): Refusal {
  return new Refusal('ALREADY_SERVED', 'This member serves the customer already. Change that relation instead.', {
    path: ['input', 'customerId'],
    variant: 'AlreadyServedError',
    data: { relationId },
  });
}

/** Also the answer about what is somebody else's. */
export function noSuch(what: string, ...path: string[]): Refusal {
  return new Refusal('NOT_FOUND', `There is no such ${what}, or it is not yours.`, { path: ['input', ...path] });
}
