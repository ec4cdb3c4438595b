import type { RelationFilter } from '../customers/customers.js';
import { clashOf, followsFrom, type OwnConditions } from './own-conditions.js';

/** A filter as one conjunction: the conditions of its own, and what of `or` and `not` is left when it is spread out. */
interface Conjunction {
  readonly own: readonly OwnConditions[];
  readonly ors: readonly (readonly RelationFilter[])[];
  readonly nots: readonly RelationFilter[];
}

/**
 * Whether everybody whom `from` holds for is among those whom `to` holds for, as far as the two filters alone tell it: bounds
 * within bounds, values among values, tags among tags, and the same through `and`, `or` and `not`. False: not for certain.
 */
export function implies(from: RelationFilter, to: RelationFilter): boolean {
  return covers(spread(from), to);
}

/**
 * Why a filter holds for nobody, whatever the customers, in words that follow "The condition holds for nobody:"; null where
 * the filter alone does not tell that. `given` are conditions that hold as well.
 */
export function contradictionIn(filter: RelationFilter, given: readonly OwnConditions[] = []): string | null {
  const { own, ors, nots } = spread(filter);
  const all = [...given, ...own];
  const clash = clashOf(all);
  if (clash !== null) return clash;
  if (ors.some((branches) => branches.every((branch) => contradictionIn(branch, all) !== null))) {
    return 'no filter in `or` can hold beside the others';
  }
  if (nots.some((not) => covers({ own: all, ors, nots: [] }, not))) return '`not` excludes what the rest demands';
  return null;
}

function spread(filter: RelationFilter): Conjunction {
  const { and = [], or = [], not, ...own } = filter;
  const twice = not && doublyNegated(not);
  const inner = [...and, ...(or.length === 1 ? or : []), ...(twice ? [twice] : [])].map(spread);
  return {
    own: [own, ...inner.flatMap((each) => each.own)],
    ors: [...(or.length > 1 ? [or] : []), ...inner.flatMap((each) => each.ors)],
    nots: [...(not && !twice ? [not] : []), ...inner.flatMap((each) => each.nots)],
  };
}

/** What a `not` within a `not` says, when that says nothing else. */
function doublyNegated({ not, ...rest }: RelationFilter): RelationFilter | undefined {
  return Object.keys(rest).length === 0 ? not : undefined;
}

function covers(from: Conjunction, { and = [], or, not, ...own }: RelationFilter): boolean {
  return (
    followsFrom(from.own, own) &&
    and.every((inner) => covers(from, inner)) &&
    (or === undefined || coversOneOf(from, or)) &&
    (not === undefined || excludes(from, not))
  );
}

function coversOneOf(from: Conjunction, or: readonly RelationFilter[]): boolean {
  if (or.some((inner) => covers(from, inner))) return true;
  // Whichever branch of an `or` it came by.
  return from.ors.some((branches) =>
    branches.every((branch) => {
      const { own, ors, nots } = spread(branch);
      const way = { own: [...from.own, ...own], ors, nots: [...from.nots, ...nots] };
      return or.some((inner) => covers(way, inner));
    }),
  );
}

function excludes(from: Conjunction, not: RelationFilter): boolean {
  const twice = doublyNegated(not);
  if (twice) return covers(from, twice);
  return contradictionIn(not, from.own) !== null || from.nots.some((excluded) => implies(not, excluded));
}
