import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RelationFilter } from '../../../src/features/customers/customers.js';
import { contradictionIn, implies } from '../../../src/features/rules/implies.js';
import { crowd, filters, holds, worldTags } from './filter-model.js';

const [one, two, three] = worldTags as [string, string, string];
const city = (eq: string): RelationFilter => ({ city: { eq } });

describe('a filter that is said to hold for nobody', () => {
  test('holds for none of many customers, whatever the filter', () => {
    let found = 0;
    fc.assert(
      fc.property(filters, (filter) => {
        if (contradictionIn(filter) === null) return;
        found += 1;
        expect(crowd.filter((seen) => holds(filter, seen))).toEqual([]);
      }),
      { numRuns: 3000 },
    );
    expect(found).toBeGreaterThan(50);
  });

  test.each<[string, RelationFilter]>([
    ['after its before', { addedAt: { after: '2026-01-02T00:00:00Z', before: '2026-01-02T00:00:00Z' } }],
    [
      'in different parts of an and',
      { and: [{ addedAt: { after: '2026-02-01T00:00:00Z' } }, { addedAt: { before: '2026-01-01T00:00:00Z' } }] },
    ],
    ['within and older', { lastMessageAt: { withinDays: 30, olderThanDays: 30 } }],
    ['unknown and bounded', { lastMessageAt: { isNull: true, olderThanDays: 3 } }],
    ['known and unknown', { and: [{ addedAt: { isNull: true } }, { addedAt: { isNull: false } }] }],
    ['anyOf within noneOf', { tags: { anyOf: [one, two], noneOf: [one, two, three] } }],
    ['allOf within noneOf', { tags: { allOf: [one, two], noneOf: [two] } }],
    ['eq not in its list', { city: { eq: 'Berlin', in: ['Bonn'] } }],
    ['two texts at once', { and: [city('Berlin'), city('Bonn')] }],
    ['two kinds at once', { kind: 'WECOM', and: [{ kind: 'WECHAT' }] }],
    ['a filter and its own not', { ...city('Berlin'), not: city('Berlin') }],
    ['a narrower one than its not', { tags: { allOf: [one, two] }, not: { tags: { anyOf: [two] } } }],
    ['no branch left', { ...city('Berlin'), or: [city('Bonn'), { and: [city('Ulm')] }] }],
  ])('is found: %s', (_what, filter) => {
    expect(contradictionIn(filter)).toEqual(expect.any(String));
  });

  test.each<[string, RelationFilter]>([
    ['a moment', { addedAt: { after: '2026-01-02T00:00:00.000Z', before: '2026-01-02T00:00:00.001Z' } }],
    ['a day', { lastMessageAt: { withinDays: 31, olderThanDays: 30 } }],
    ['one tag of two', { tags: { anyOf: [one, two], noneOf: [two] } }],
    ['one branch of two', { ...city('Berlin'), or: [city('Bonn'), city('Berlin')] }],
    ['who is not in Berlin', { not: city('Berlin'), or: [city('Berlin'), city('Bonn')] }],
    ['case that only contains ignores', { city: { eq: 'berlin', contains: 'BER' } }],
  ])('is not said of one that leaves %s', (_what, filter) => {
    expect(contradictionIn(filter)).toBeNull();
  });
});

describe('a filter that is said to be covered by another', () => {
  test('holds for no customer whom the other does not hold for, whatever the two', () => {
    let found = 0;
    fc.assert(
      fc.property(filters, filters, (from, to) => {
        if (contradictionIn(from) !== null || !implies(from, to)) return;
        found += 1;
        expect(crowd.filter((seen) => holds(from, seen) && !holds(to, seen))).toEqual([]);
      }),
      { numRuns: 10_000 },
    );
    expect(found).toBeGreaterThan(50);
  });

  test('covers itself, and so do its parts and alternatives', () => {
    fc.assert(
      fc.property(filters, filters, (filter, other) => {
        expect(implies(filter, filter)).toBe(true);
        expect(implies({ and: [filter, other] }, filter)).toBe(true);
        expect(implies(filter, { or: [other, filter] })).toBe(true);
        expect(implies(filter, {})).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test.each<[string, RelationFilter, RelationFilter]>([
    ['a shorter list', { city: { in: ['Berlin', 'Bonn'] } }, { city: { in: ['Bonn', 'Ulm', 'Berlin'] } }],
    ['one of a list', city('Berlin'), { city: { in: ['Bonn', 'Berlin'] } }],
    ['a longer beginning', { city: { startsWith: 'Berl' } }, { city: { startsWith: 'Be' } }],
    ['narrower bounds', { addedAt: { withinDays: 3 } }, { addedAt: { withinDays: 4, isNull: false } }],
    ['more tags', { tags: { allOf: [one, two] } }, { tags: { anyOf: [two, three] } }],
    ['fewer alternatives', { tags: { anyOf: [one] } }, { tags: { anyOf: [one, two] } }],
    [
      'each branch of an or',
      { or: [city('Berlin'), city('Bonn')] },
      { or: [city('Ulm'), { city: { in: ['Bonn', 'Berlin'] } }] },
    ],
    ['what a not excludes', city('Berlin'), { not: city('Bonn') }],
    ['a wider not', { not: { city: { in: ['Bonn', 'Ulm'] } } }, { not: city('Bonn') }],
    ['a not in a not', { not: { not: city('Bonn') } }, { city: { in: ['Bonn', 'Ulm'] } }],
  ])('is found: %s', (_what, from, to) => {
    expect(implies(from, to)).toBe(true);
    expect(implies(to, from)).toBe(false);
  });
});
