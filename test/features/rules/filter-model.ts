import fc from 'fast-check';
import type { RelationFilter } from '../../../src/features/customers/customers.js';

/** A customer as a filter sees them: null where something is not known. */
export interface Seen {
  readonly name: string;
  readonly city: string | null;
  readonly kind: 'WECHAT' | 'WECOM';
  readonly addedAt: Date | null;
  readonly lastMessageAt: Date | null;
  readonly tags: readonly string[];
}

export const now = new Date('2026-03-02T08:00:00.000Z');
const daysAgo = (days: number) => new Date(now.getTime() - days * 24 * 3600_000);

/** Tags of the small world, as UUIDs. */
export const worldTags = [1, 2, 3].map((n) => `00000000-0000-7000-8000-00000000000${n}`);
const texts = ['a', 'ab', 'b', 'ba', 'abc'];
const days = [0, 1, 2, 3, 5];

/** Whether a filter holds for a customer: what the filter's documentation says, told in plain code. */
export function holds(filter: RelationFilter, seen: Seen): boolean {
  const { and, or, not, tags, kind, name, city, addedAt, lastMessageAt } = filter;
  const text = (value: string | null, condition: RelationFilter['name']) => {
    if (condition === undefined) return true;
    if (value === null) return false;
    const { eq, in: among, contains, startsWith } = condition;
    return (
      (eq === undefined || value === eq) &&
      (among === undefined || among.includes(value)) &&
      (contains === undefined || value.toLowerCase().includes(contains.toLowerCase())) &&
      (startsWith === undefined || value.toLowerCase().startsWith(startsWith.toLowerCase()))
    );
  };
  const time = (value: Date | null, condition: RelationFilter['addedAt']) => {
    if (condition === undefined) return true;
    const { after, before, withinDays, olderThanDays, isNull } = condition;
    const known = value?.getTime() ?? NaN;
    return (
      (after === undefined || known >= Date.parse(after)) &&
      (before === undefined || known < Date.parse(before)) &&
      (withinDays === undefined || known >= daysAgo(withinDays).getTime()) &&
      (olderThanDays === undefined || known < daysAgo(olderThanDays).getTime()) &&
      (isNull === undefined || (value === null) === isNull)
    );
  };
  const wears = (id: string) => seen.tags.includes(id);
  return (
    (tags?.anyOf === undefined || tags.anyOf.some(wears)) &&
    (tags?.allOf === undefined || tags.allOf.every(wears)) &&
    (tags?.noneOf === undefined || !tags.noneOf.some(wears)) &&
    (kind === undefined || kind === seen.kind) &&
    text(seen.name, name) &&
    text(seen.city, city) &&
    time(seen.addedAt, addedAt) &&
    time(seen.lastMessageAt, lastMessageAt) &&
    (and ?? []).every((inner) => holds(inner, seen)) &&
    (or === undefined || or.some((inner) => holds(inner, seen))) &&
    (not === undefined || !holds(not, seen))
  );
}

const some = <T>(values: readonly T[]) => fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 3 });
const atLeastOne = <T extends object>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(model, { requiredKeys: [] }).filter((made) => Object.keys(made).length > 0) as fc.Arbitrary<Partial<T>>;

const time = atLeastOne({
  after: fc.constantFrom(...days).map((n) => daysAgo(n).toISOString()),
  before: fc.constantFrom(...days).map((n) => daysAgo(n).toISOString()),
  withinDays: fc.constantFrom(...days),
  olderThanDays: fc.constantFrom(...days),
  isNull: fc.boolean(),
});
const text = atLeastOne({
  eq: fc.constantFrom(...texts),
  in: some(texts),
  contains: fc.constantFrom(...texts, 'A'),
  startsWith: fc.constantFrom(...texts, 'B'),
});

const level = (inner: fc.Arbitrary<RelationFilter> | null): fc.Arbitrary<RelationFilter> =>
  fc
    .shuffledSubarray(
      [
        'kind',
        'city',
        'name',
        'addedAt',
        'lastMessageAt',
        'tags',
        ...(inner ? (['and', 'or', 'not'] as const) : []),
      ] as const,
      // Few conditions each, or nearly all of them would hold for nobody.
      { minLength: 1, maxLength: 2 },
    )
    .chain((fields) => {
      const nested = inner ?? fc.constant({});
      const all: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
        kind: fc.constantFrom('WECHAT' as const, 'WECOM' as const),
        city: text,
        name: text,
        addedAt: time,
        lastMessageAt: time,
        tags: atLeastOne({ anyOf: some(worldTags), allOf: some(worldTags), noneOf: some(worldTags) }),
        and: fc.array(nested, { minLength: 1, maxLength: 2 }),
        or: fc.array(nested, { minLength: 1, maxLength: 3 }),
        not: nested,
      };
      return fc
        .record(Object.fromEntries(fields.map((field) => [field, all[field]!])))
        .map((made) => made as RelationFilter);
    });

/** Filters over a world so small that they often exclude or cover each other; they nest three deep. */
export const filters = level(level(level(null)));

/** Customers of that world. */
export const customers: fc.Arbitrary<Seen> = fc.record({
  name: fc.constantFrom(...texts),
  city: fc.constantFrom(...texts, null),
  kind: fc.constantFrom('WECHAT', 'WECOM'),
  addedAt: fc.constantFrom(null, ...[0, 0.5, 1, 1.5, 2, 2.5, 4, 6].map(daysAgo)),
  lastMessageAt: fc.constantFrom(null, ...[0, 0.5, 1, 1.5, 2, 2.5, 4, 6].map(daysAgo)),
  tags: fc.subarray(worldTags),
});

/** Enough of them that hardly a combination is missing. */
export const crowd: readonly Seen[] = fc.sample(customers, { numRuns: 400, seed: 7 });
