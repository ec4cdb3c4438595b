import fc from 'fast-check';
import { submit } from './rules-submit.js';
import { place, refuse, Step } from './step.js';
import { audit, must, newMember, pick, type Member, type Transfer, type World } from './world.js';

/** Whoever is not only the administrator, mostly. */
export const aMember = (world: World, at: number): Member =>
  must(pick(at % 15 === 0 ? world.members.values() : [...world.members.values()].slice(1), at));

/** Now and then handing everything over by the rules: there are none, so all of it is refused and stays in the pool. */
export const resignMember = fc.record({ member: place, autoAssign: fc.constantFrom(false, false, true) }).map(
  ({ member: at, autoAssign }) =>
    new Step('resignMember', (world) => {
      const member = aMember(world, at);
      let transfer: Transfer | undefined;
      return {
        says: `resignMember ${member.name}${autoAssign ? ', by the rules' : ''}`,
        model: () => {
          if (member.status === 'RESIGNED') return refuse(world, 'resignMember', 'ALREADY_RESIGNED');
          if (member.name === 'm0') return refuse(world, 'resignMember', 'LAST_ADMINISTRATOR');
          Object.assign(member, { status: 'RESIGNED', resignedAt: world.now });
          for (const group of world.groups.values()) if (group.owner === member.name) group.inherited = false;
          audit(world, 'resignMember SUCCESS');
          if (!autoAssign) return null;
          const outcome = submit(world, {
            ...{
              kind: 'RESIGNED',
              leaver: member.name,
              successors: [],
              customers: 'all',
              groups: 'all',
              retryOf: null,
            },
            ...{ travels: { tags: true, remark: true, description: true }, action: 'transferByRules' },
          });
          // Whoever holds nothing has nothing to hand over.
          if ('transfer' in outcome) transfer = outcome.transfer;
          return null;
        },
        real: async (company) => {
          const input = { memberId: company.id('Member', member.name), autoAssign };
          const { refused, payload } = await company.does('m0', 'resignMember', input, 'transfer { id }');
          if (transfer) company.nameMade(transfer.name, payload['transfer']);
          return refused;
        },
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
          world.members.set(name, newMember(name));
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
    {
      waitHours: fc.constantFrom(0, 24),
      customerLimit: fc.constantFrom(2, 4, 5000),
      inheritanceDays: fc.constantFrom(1, 365),
      onJobLimit: fc.constantFrom(1, 2),
      groupDailyLimit: fc.constantFrom(1, 300),
      undoHours: fc.constantFrom(0, 24, 72),
      reassignAfterRefusal: fc.boolean(),
      travelTags: fc.boolean(),
      travelRemark: fc.boolean(),
      travelDescription: fc.boolean(),
    },
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

/** A limit of the member's own, and what a successor must be; now and then asked of one who has left. */
export const updateMember = fc
  .record({
    member: place,
    change: fc.oneof(
      fc.record({ customerLimit: fc.constantFrom(0, 1, 3, null) }),
      fc.record({ isDisabled: fc.boolean() }),
      fc.record({ isVerified: fc.constantFrom(true, true, false) }),
      fc.record({ isCustomerContactOn: fc.constantFrom(true, true, false) }),
    ),
  })
  .map(
    ({ member: at, change }) =>
      new Step('updateMember', (world) => {
        const member = aMember(world, at);
        return {
          says: `updateMember ${member.name} ${JSON.stringify(change)}`,
          model: () => {
            if ('isDisabled' in change) {
              if (member.status === 'RESIGNED') return refuse(world, 'updateMember', 'ALREADY_RESIGNED');
              if (member.name === 'm0' && change.isDisabled) return refuse(world, 'updateMember', 'LAST_ADMINISTRATOR');
              member.status = change.isDisabled ? 'DISABLED' : 'ACTIVE';
            }
            if ('customerLimit' in change) member.limit = change.customerLimit;
            if ('isVerified' in change) member.isVerified = change.isVerified;
            if ('isCustomerContactOn' in change) member.isCustomerContactOn = change.isCustomerContactOn;
            audit(world, 'updateMember SUCCESS');
            return null;
          },
          real: async (company) =>
            (await company.does('m0', 'updateMember', { memberId: company.id('Member', member.name), ...change }, ''))
              .refused,
        };
      }),
  );
