import fc from 'fast-check';
import { corpTags } from './company.js';
import { day, hour, newMember, type World } from './world.js';

/** What a company begins with. */
export const beginnings = fc.record({
  waitHours: fc.constantFrom(0, 24),
  customerLimit: fc.constantFrom(5000, 4),
  onJobLimit: fc.constantFrom(2, 1),
  groupDailyLimit: fc.constantFrom(300, 2),
  reassignAfterRefusal: fc.boolean(),
  hoursAheadOfUtc: fc.constantFrom(0, 8),
  travels: fc.boolean(),
  resigned: fc.boolean(),
  /** Who serves each customer. */
  served: fc.array(fc.subarray(['m1', 'm2', 'm3'], { minLength: 1 }), { minLength: 3, maxLength: 7 }),
  tags: fc.array(fc.subarray([...corpTags, 'p']), { minLength: 1, maxLength: 8 }),
  owners: fc.array(fc.constantFrom('m1', 'm1', 'm2'), { maxLength: 4 }),
});

type Beginning = typeof beginnings extends fc.Arbitrary<infer Value> ? Value : never;

/** The company of a beginning: an administrator m0, members m1 to m4, and what they hold. */
export function worldOf(start: Beginning): World {
  const now = Date.parse('2026-03-02T15:00:00.000Z');
  const names = ['m0', 'm1', 'm2', 'm3', 'm4'];
  const relations = start.served.flatMap((members, at) => members.map((member) => ({ member, customer: `c${at}` })));
  return {
    now,
    settings: {
      ...{ waitHours: start.waitHours, customerLimit: start.customerLimit, inheritanceDays: 365, undoHours: 72 },
      ...{ onJobLimit: start.onJobLimit, onJobWindowDays: 90, groupDailyLimit: start.groupDailyLimit },
      ...{ reassignAfterRefusal: start.reassignAfterRefusal, hoursAheadOfUtc: start.hoursAheadOfUtc },
      ...{ travelTags: true, travelRemark: start.travels, travelDescription: true },
    },
    members: new Map(
      names.map((name) => {
        const left = start.resigned && name === 'm1';
        return [name, { ...newMember(name), ...(left && { status: 'RESIGNED' as const, resignedAt: now - day }) }];
      }),
    ),
    customers: new Set(start.served.map((_members, at) => `c${at}`)),
    relations: new Map(
      relations.map(({ member, customer }, at) => {
        const name = `r${at}`;
        const tags = (start.tags[at % start.tags.length] ?? []).map((tag) =>
          tag === 'p' ? `p${member.slice(1)}` : tag,
        );
        const open = { status: 'ACTIVE', endedAt: null, mergedInto: null } as const;
        return [
          name,
          {
            ...open,
            name,
            member,
            customer,
            addedAt: now - day + at * hour,
            remark: `of ${member}`,
            description: 'long',
            tags: new Set(tags),
            history: [],
          },
        ];
      }),
    ),
    groups: new Map(
      start.owners.map((owner, at) => {
        const customers = new Set(
          start.served.map((_members, place) => `c${place}`).filter((_name, place) => place % (at + 1) === 0),
        );
        return [
          `g${at}`,
          { name: `g${at}`, owner, inherited: false, members: new Set([owner, 'm2']), customers, changes: 0 },
        ];
      }),
    ),
    transfers: new Map(),
    told: new Map(),
    audited: new Map(),
    story: [],
  };
}
