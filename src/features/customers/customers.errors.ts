import { Refusal } from '../../platform/errors.js';

/** Most characters of a text. */
export const longest = { name: 200, remark: 200, description: 2000 } as const;

/** Most objects that one tagRelations takes; `selected` by a filter. */
export const tagRelationsLimits = { relations: 1000, selected: 200_000, tags: 100 } as const;

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

/** The rows in the order of these ids, each once. Refuses NOT_FOUND for the first id that has none. */
export function foundAll<Row extends { readonly id: string }>(
  ids: readonly string[],
  rows: readonly Row[],
  what: string,
  field: string,
): Row[] {
  const known = new Map(rows.map((row) => [row.id, row]));
  const missing = ids.findIndex((id) => !known.has(id));
  if (missing >= 0) throw noSuch(what, field, String(missing));
  return [...new Set(ids)].flatMap((id) => known.get(id) ?? []);
}

/** Refuses INVALID_INPUT for a list that is too short or too long. */
export function requireCount(field: string, ids: readonly string[], least: number, most: number): void {
  if (ids.length >= least && ids.length <= most) return;
  throw new Refusal('INVALID_INPUT', `${field} takes ${least} to ${most} ids, got ${ids.length}.`, {
    path: ['input', field],
  });
}
