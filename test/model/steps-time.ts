import fc from 'fast-check';
import { settle } from './rules-takeover.js';
import { Step } from './step.js';
import { day, hour, type World } from './world.js';

/** Hours, days, or to a moment at which something becomes due, runs out or is over, a millisecond before or after it. */
export const wait = fc
  .oneof(
    fc.record({ to: fc.constant('due' as const), which: fc.nat(3), off: fc.constantFrom(-1, 0, 0, 1) }),
    fc.record({ to: fc.constant('later' as const), ms: fc.constantFrom(hour, 12 * hour, day, day, 3 * day, 45 * day) }),
    fc.record({ to: fc.constant('deadline' as const), which: fc.nat(3), off: fc.constantFrom(-1, 0, 1) }),
  )
  .map(
    (given) =>
      new Step('wait', (world) => {
        const moments = given.to === 'due' ? dueMoments(world) : given.to === 'deadline' ? deadlines(world) : [];
        const to = given.to === 'later' ? world.now + given.ms : moments[given.which % Math.max(1, moments.length)];
        if (to === undefined) return null;
        const at = given.to === 'later' ? to : to + given.off;
        if (at <= world.now) return null;
        return {
          says: `the clock moves to ${new Date(at).toISOString()}`,
          setsClock: true,
          model: (moving) => {
            moving.now = at;
            return null;
          },
          real: async () => null,
        };
      }),
  );

function dueMoments(world: World): number[] {
  const due = [...world.transfers.values()].flatMap(({ items }) =>
    items.flatMap(({ status, dueAt }) => (status === 'WAITING' && dueAt !== null ? [dueAt] : [])),
  );
  return [...new Set(due)].filter((at) => at > world.now);
}

/** When an inheritance ends, when an ON_JOB handover is forgotten, and when an undo is too late. */
function deadlines(world: World): number[] {
  const { inheritanceDays, onJobWindowDays, undoHours } = world.settings;
  const resigned = [...world.members.values()].flatMap(({ resignedAt }) =>
    resignedAt === null ? [] : [resignedAt + inheritanceDays * day],
  );
  const taken = [...world.transfers.values()].flatMap(({ items }) =>
    items.flatMap(({ takenOverAt: at }) => (at === null ? [] : [at + undoHours * hour, at + onJobWindowDays * day])),
  );
  return [...resigned, ...taken].filter((at) => at > world.now);
}

/** What is due is taken over. */
export const settleAll = fc.constant(null).map(
  () =>
    new Step('settle', () => ({
      says: 'settle',
      model: (world) => {
        settle(world);
        return null;
      },
      real: async (company) => {
        await company.baton.app.settle();
        return null;
      },
    })),
);
