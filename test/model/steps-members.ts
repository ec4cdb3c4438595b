import fc from 'fast-check';
import { Prisma } from '../../src/generated/prisma/client.js';
import { place, refuse, Step } from './step.js';
import { audit, must, pick, type Member, type World } from './world.js';

/** Whoever is not only the administrator, mostly. */
export const aMember = (world: World, at: number): Member =>
  must(pick(at % 15 === 0 ? world.members.values() : [...world.members.values()].slice(1), at));

export const resignMember = place.map(
  (at) =>
    new Step('resignMember', (world) => {
      const member = aMember(world, at);
      return {
        says: `resignMember ${member.name}`,
        model: () => {
          if (member.status === 'RESIGNED') return refuse(world, 'resignMember', 'ALREADY_RESIGNED');
          if (member.name === 'm0') return refuse(world, 'resignMember', 'LAST_ADMINISTRATOR');
          Object.assign(member, { status: 'RESIGNED', resignedAt: world.now });
          for (const group of world.groups.values()) if (group.owner === member.name) group.inherited = false;
          audit(world, 'resignMember SUCCESS');
          return null;
        },
        real: async (company) =>
          (await company.does('m0', 'resignMember', { memberId: company.id('Member', member.name) }, '')).refused,
      };
    }),
);

export const reinstateMember = place.map(
  (at) =>
    new Step('reinstateMember', (world) => {
      const resigned = [...world.members.values()].filter(({ status }) => status === 'RESIGNED');
      const member = at % 10 === 0 || resigned.length === 0 ? aMember(world, at) : must(pick(resigned, at));
      const waits = () =>
        [...world.transfers.values()].some(
          ({ leaver, items }) => leaver === member.name && items.some(({ status }) => status === 'WAITING'),
        );
      return {
        says: `reinstateMember ${member.name}`,
        model: () => {
          if (member.status !== 'RESIGNED') return refuse(world, 'reinstateMember', 'NOT_RESIGNED');
          if (waits()) return refuse(world, 'reinstateMember', 'MEMBER_IN_TRANSFER');
          Object.assign(member, { status: 'ACTIVE', resignedAt: null });
          audit(world, 'reinstateMember SUCCESS');
          return null;
        },
        real: async (company) =>
          (await company.does('m0', 'reinstateMember', { memberId: company.id('Member', member.name) }, '')).refused,
      };
    }),
);

export const createMember = fc.constant(null).map(
  () =>
    new Step('createMember', (world) => {
      const name = `m${world.members.size}`;
      return {
        says: `createMember ${name}`,
        model: () => {
          world.members.set(name, { name, status: 'ACTIVE', resignedAt: null, limit: null });
          audit(world, 'createMember SUCCESS');
          return null;
        },
        real: async (company) => {
          const { refused, payload } = await company.does(
            'm0',
            'createMember',
            { userId: name, name },
            'member { id }',
          );
          company.nameMade(name, payload['member']);
          return refused;
        },
      };
    }),
);

export const updateSettings = fc
  .record(
    { waitHours: fc.constantFrom(0, 0, 24), customerLimit: fc.constantFrom(2, 4, 5000), travelTags: fc.boolean() },
    { requiredKeys: [] },
  )
  .filter((change) => Object.keys(change).length > 0)
  .map(
    (change) =>
      new Step('updateSettings', () => ({
        says: `updateSettings ${JSON.stringify(change)}`,
        model: (world) => {
          Object.assign(world.settings, change);
          audit(world, 'updateSettings SUCCESS');
          return null;
        },
        real: async (company) => (await company.does('m0', 'updateSettings', change, '')).refused,
      })),
  );

/** A limit of the member's own, or whether they are disabled: there is no mutation for these yet. */
export const changeMember = fc
  .record({
    member: place,
    change: fc.constantFrom(
      { limit: 1 },
      { limit: 3 },
      { limit: null },
      { status: 'DISABLED' as const },
      { status: 'ACTIVE' as const },
    ),
  })
  .map(
    ({ member: at, change }) =>
      new Step('changeMember', (world) => {
        const member = must(pick([...world.members.values()].slice(1), at));
        if (member.status === 'RESIGNED') return null;
        return {
          says: `${member.name} becomes ${JSON.stringify(change)}`,
          model: () => {
            Object.assign(member, change);
            return null;
          },
          real: async (company) => {
            await company.baton.app.db.prisma.$executeRaw(Prisma.sql`
              UPDATE member SET customer_limit = ${member.limit}, status = ${member.status}::"MemberStatus"
              WHERE id = ${company.uuid(member.name)}::uuid`);
            return null;
          },
        };
      }),
  );
