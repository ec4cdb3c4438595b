import { builder } from './builder.js';
import { badInput } from './errors.js';

export { isReadable } from '../platform/text.js';

/** How much a filter may say; beyond it is BAD_USER_INPUT. */
export const filterLimits = { depth: 5, conditions: 50, values: 1000, days: 36_500 } as const;

/** For the description of every filter that nests. */
export const filterLimitsText =
  `All that is given must hold. Nests at most ${filterLimits.depth} deep, with at most ${filterLimits.conditions} conditions and ` +
  `${filterLimits.values} values in a list; a list or condition that says nothing is refused with BAD_USER_INPUT.`;

export const OrderDirection = builder.enumType('OrderDirection', {
  description: 'Which way a list is sorted.',
  values: {
    ASC: { value: 'ASC', description: 'The least first: A before Z, early before late, not known before known.' },
    DESC: { value: 'DESC', description: 'The greatest first: Z before A, late before early, known before not known.' },
  } as const,
});

export const StringFilter = builder.inputType('StringFilter', {
  description: 'Conditions on a text; all that are given must hold. At least one is needed.',
  fields: (t) => ({
    eq: t.string({ description: 'Is this text, letter for letter.' }),
    in: t.stringList({ description: `Is one of these texts, letter for letter; 1 to ${filterLimits.values}.` }),
    contains: t.string({ description: 'Has this text somewhere, whatever the case. % and _ mean themselves.' }),
    startsWith: t.string({ description: 'Begins with this text, whatever the case. % and _ mean themselves.' }),
  }),
});

export const DateTimeFilter = builder.inputType('DateTimeFilter', {
  description: 'Conditions on a time; all that are given must hold. At least one is needed.',
  fields: (t) => ({
    after: t.field({ type: 'DateTime', description: 'At this time or later.' }),
    before: t.field({ type: 'DateTime', description: 'Earlier than this time; the time itself is not in.' }),
    withinDays: t.int({
      description:
        `At most so many days of 24 hours ago, from the moment of asking; 0 to ${filterLimits.days}. A time that is not known is ` +
        'neither within nor older.',
    }),
    olderThanDays: t.int({
      description:
        `More than so many days of 24 hours ago, from the moment of asking; 0 to ${filterLimits.days}. A time that is not known is ` +
        'neither within nor older: add isNull to an `or` where never counts as well.',
    }),
    isNull: t.boolean({ description: 'True: the time is not known. False: it is known.' }),
  }),
});

/** A filter as a client sent it: comparators by field, and more filters in `and`, `or` and `not`. */
export interface FilterInput {
  readonly and?: readonly FilterInput[] | null;
  readonly or?: readonly FilterInput[] | null;
  readonly not?: FilterInput | null;
}

/**
 * Reads a filter into what a room understands: nothing in it is null, and it is JSON, so that it can be kept.
 *
 * `field` reads the fields of one level. Refuses with BAD_USER_INPUT what is beyond the limits, and what says nothing:
 * an empty filter that slipped in would hold for everyone, and a handover by filter would hand everyone over.
 */
export function readFilter<Filter extends object>(
  input: FilterInput,
  field: (name: string, value: unknown) => unknown,
): Filter {
  let conditions = 0;

  const read = (filter: FilterInput, depth: number): object => {
    if (depth > filterLimits.depth) throw badInput(`A filter nests at most ${filterLimits.depth} deep.`);
    const entries = Object.entries(filter).filter(([, value]) => value != null);
    if (entries.length === 0 && depth > 1) throw badInput('A filter inside `and`, `or` or `not` needs a condition.');
    return Object.fromEntries(entries.map(([name, value]) => [name, readEntry(name, value, depth)]));
  };

  const readEntry = (name: string, value: unknown, depth: number): unknown => {
    if (name === 'not') return read(value as FilterInput, depth + 1);
    if (name === 'and' || name === 'or') {
      const list = value as readonly FilterInput[];
      if (list.length === 0) throw badInput(`\`${name}\` needs at least one filter.`);
      if (list.length > filterLimits.conditions) throw tooMany();
      return list.map((inner) => read(inner, depth + 1));
    }
    if (isComparator(value)) return field(name, readComparator(name, value));
    requireReadable(name, value);
    return field(name, counted(value));
  };

  const readComparator = (name: string, comparator: object): object => {
    const entries = Object.entries(comparator).filter(([, value]) => value != null);
    if (entries.length === 0) throw badInput(`\`${name}\` needs at least one condition.`);
    return Object.fromEntries(
      entries.map(([operator, value]) => {
        requireReadable(`${name}.${operator}`, value);
        requireDays(`${name}.${operator}`, value);
        return [operator, counted(value instanceof Date ? value.toISOString() : value)];
      }),
    );
  };

  const counted = (value: unknown): unknown => {
    if (++conditions > filterLimits.conditions) throw tooMany();
    return value;
  };

  return read(input, 1) as Filter;
}

function tooMany() {
  return badInput(`A filter has at most ${filterLimits.conditions} conditions.`);
}

function requireReadable(place: string, value: unknown): void {
  if (Array.isArray(value)) {
    if (value.length === 0) throw badInput(`\`${place}\` needs at least one value.`);
    if (value.length > filterLimits.values) {
      throw badInput(`\`${place}\` takes at most ${filterLimits.values} values, got ${value.length}.`);
    }
    value.forEach((item) => requireReadable(place, item));
  }
  if (typeof value === 'string' && value.includes('\0'))
    throw badInput(`\`${place}\` must not contain a NUL character.`);
}

/** Numbers in comparators are days. */
function requireDays(place: string, value: unknown): void {
  if (typeof value !== 'number' || (value >= 0 && value <= filterLimits.days)) return;
  throw badInput(`\`${place}\` is from 0 to ${filterLimits.days} days, got ${value}.`);
}

function isComparator(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !(value instanceof Date) && !Array.isArray(value);
}
