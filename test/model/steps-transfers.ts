import fc from 'fast-check';
import { expect } from 'vitest';
import type { Company } from './company.js';
import { submit, triedAgain, type Asked, type Chosen, type Wanted } from './rules-submit.js';
import { place, refuse, Step, type Deed } from './step.js';
import { must, pick, servedBy, type Kind, type Transfer, type World } from './world.js';

/** Mostly true: what a transfer does not narrow travels. */
const travels = fc.record({ tags: fc.nat(4), remark: fc.nat(4), description: fc.nat(4) });

/** A leaver who mostly holds something, and mostly the kind that fits them. */
function leaverFor(world: World, kind: Kind, at: number): { kind: Kind; leaver: string } {
  const owners = new Set([...world.groups.values()].map(({ owner }) => owner));
  const members = [...world.members.values()];
  const holds = members.filter(({ name }) => servedBy(world, name).length > 0 || owners.has(name));
  const resigned = holds.filter(({ status }) => status === 'RESIGNED');
  const among = at % 12 === 0 || holds.length === 0 ? members : at % 3 > 0 && resigned.length > 0 ? resigned : holds;
  const { name, status } = must(pick(among, at));
  return { leaver: name, kind: at % 10 === 0 ? kind : status === 'RESIGNED' ? 'RESIGNED' : 'ON_JOB' };
}

/** One to three successors, each once; mostly some who may take over. */
function successorsFor(world: World, leaver: string, places: readonly number[]): string[] {
  const able = [...world.members.values()].filter(({ name, status }) => name !== leaver && status === 'ACTIVE');
  const chosen = places.map(
    (at) => must(pick(at % 12 === 0 || able.length === 0 ? world.members.values() : able, at)).name,
  );
  return [...new Set(chosen)];
}

/** Some of the leaver's own, and now and then somebody else's, or one nobody knows. */
function some(own: readonly string[], all: Iterable<string>, unknown: string, places: readonly number[]): Wanted[] {
  const chosen = places.map((at) => {
    if (at % 20 === 0) return unknown;
    return pick(at % 5 === 0 || own.length === 0 ? all : own, at) ?? unknown;
  });
  return [...new Set(chosen)].map((subject) => ({ subject }));
}

const selection = fc.oneof(
  fc.constant({ by: 'all' as const }),
  fc.record({ by: fc.constant('tag' as const), tag: fc.constantFrom('k1', 'k2', 'k3') }),
  fc.record({ by: fc.constant('ids' as const), places: fc.array(place, { minLength: 1, maxLength: 5 }) }),
);
const groupSelection = fc.oneof(
  fc.constant({ by: 'all' as const }),
  fc.record({ by: fc.constant('ids' as const), places: fc.array(place, { minLength: 1, maxLength: 3 }) }),
);

export const transferCustomers = fc
  .record({
    kind: fc.constantFrom<Kind>('RESIGNED', 'ON_JOB'),
    leaver: place,
    successors: fc.array(place, { minLength: 1, maxLength: 3 }),
    selection,
    groups: fc.option(groupSelection, { freq: 2 }),
    travels,
    again: fc.nat(3),
  })
  .map(
    (given) =>
      new Step('transferCustomers', (world) => {
        const { kind, leaver } = leaverFor(world, given.kind, given.leaver);
        const own = servedBy(world, leaver).map(({ customer }) => customer);
        const customers: Chosen =
          given.selection.by === 'all'
            ? 'all'
            : given.selection.by === 'tag'
              ? { tag: given.selection.tag }
              : some(own, world.customers, 'c?', given.selection.places);
        return handOver(given.again === 0, {
          ...{ kind, leaver, customers, retryOf: null, action: 'transferCustomers' },
          successors: successorsFor(world, leaver, given.successors),
          groups: given.groups && groupsOf(world, leaver, given.groups),
          travels: {
            tags: given.travels.tags > 0,
            remark: given.travels.remark > 0,
            description: given.travels.description > 0,
          },
        });
      }),
  );

export const transferGroups = fc
  .record({
    kind: fc.constantFrom<Kind>('RESIGNED', 'ON_JOB'),
    leaver: place,
    successors: fc.array(place, { minLength: 1, maxLength: 2 }),
    groups: groupSelection,
  })
  .map(
    (given) =>
      new Step('transferGroups', (world) => {
        const { kind, leaver } = leaverFor(world, given.kind, given.leaver);
        return handOver(false, {
          ...{ kind, leaver, customers: null, retryOf: null, action: 'transferGroups' },
          successors: successorsFor(world, leaver, given.successors),
          groups: groupsOf(world, leaver, given.groups),
          travels: { tags: true, remark: true, description: true },
        });
      }),
  );

function groupsOf(
  world: World,
  leaver: string,
  given: { by: 'all' } | { by: 'ids'; places: readonly number[] },
): Chosen {
  if (given.by === 'all') return 'all';
  const own = [...world.groups.values()].filter(({ owner }) => owner === leaver).map(({ name }) => name);
  return some(own, world.groups.keys(), 'g?', given.places);
}

/** A transfer in the API's words; where `again`, asked for twice with the same idempotency key. */
function handOver(again: boolean, asked: Asked): Deed {
  const { kind, leaver, successors, customers, groups, travels, action } = asked;
  const named = (chosen: Chosen | null) =>
    chosen instanceof Array ? chosen.map(({ subject }) => subject).join('+') : JSON.stringify(chosen);
  let transfer: Transfer | undefined;
  return {
    says: `${action} ${kind} of ${leaver} to ${successors.join('+')}: customers ${named(customers)}, groups ${named(groups)}${
      travels.tags && travels.remark && travels.description ? '' : `, travels ${JSON.stringify(travels)}`
    }${again ? ', twice' : ''}`,
    model: (world) => {
      const outcome = submit(world, asked);
      if ('refused' in outcome) return refuse(world, action, outcome.refused);
      transfer = outcome.transfer;
      return null;
    },
    real: async (company, world) => {
      const groupsInput =
        groups instanceof Array
          ? { groupIds: groups.map(({ subject }) => company.id('CustomerGroup', subject)) }
          : { all: true };
      const input = {
        kind,
        leaverId: company.id('Member', leaver),
        successorIds: successors.map((name) => company.id('Member', name)),
        ...(action === 'transferGroups'
          ? { selection: groupsInput }
          : {
              selection: customersInput(company, customers),
              travels: narrowing(travels),
              ...(groups && { groups: groupsInput }),
            }),
        ...(again && { idempotencyKey: `at ${world.now}` }),
      };
      const ask = () => company.does('m0', action, input, 'transfer { id }');
      const answered = await ask();
      if (transfer && again) expect(await ask()).toEqual(answered);
      if (transfer) company.nameMade(transfer.name, answered.payload['transfer']);
      return answered.refused;
    },
  };
}

function customersInput(company: Company, chosen: Chosen | null): object {
  if (chosen instanceof Array) return { customerIds: chosen.map(({ subject }) => company.id('Customer', subject)) };
  if (chosen === 'all' || chosen === null) return { all: true };
  return { filter: { tags: { anyOf: [company.id('Tag', (chosen as { tag: string }).tag)] } } };
}

/** A choice can only narrow: what travels is left to the enterprise. */
function narrowing(choice: Asked['travels']): object {
  return Object.fromEntries(Object.entries(choice).filter(([, does]) => !does));
}

export const retryTransfer = fc
  .record({
    transfer: place,
    statuses: fc.option(
      fc.subarray(['REJECTED', 'FAILED', 'SUCCESSOR_FULL', 'REFUSED', 'CANCELLED'], { minLength: 1 }),
    ),
    successors: fc.option(fc.array(place, { minLength: 1, maxLength: 2 })),
  })
  .map(
    (given) =>
      new Step('retryTransfer', (world) => {
        const first = pick(world.transfers.values(), given.transfer);
        if (!first) return null;
        const statuses = given.statuses ?? ['REJECTED', 'FAILED', 'SUCCESSOR_FULL'];
        const named = given.successors && successorsFor(world, first.leaver, given.successors);
        const successors = named ?? first.successors;
        const asWanted = (kind: string): Wanted[] =>
          triedAgain(world, first, statuses)
            .filter((item) => item.kind === kind)
            .map(({ subject, attempt, position }) => ({
              subject,
              follows: { name: `${first.name}.${position}`, attempt },
            }));
        let transfer: Transfer | undefined;
        return {
          says: `retryTransfer ${first.name} ${statuses.join('+')} to ${successors.join('+')}`,
          model: () => {
            const { kind, leaver, travels: narrowed } = first;
            const outcome = submit(world, {
              ...{ kind, leaver, successors, travels: narrowed, retryOf: first.name, action: 'retryTransfer' },
              customers: asWanted('CUSTOMER'),
              groups: asWanted('GROUP'),
            });
            if ('refused' in outcome) return refuse(world, 'retryTransfer', outcome.refused);
            transfer = outcome.transfer;
            return null;
          },
          real: async (company) => {
            const { refused, payload } = await company.does(
              'm0',
              'retryTransfer',
              {
                transferId: company.id('Transfer', first.name),
                ...(given.statuses && { statuses: given.statuses }),
                ...(named && { successorIds: named.map((name) => company.id('Member', name)) }),
              },
              'transfer { id }',
            );
            if (transfer) company.nameMade(transfer.name, payload['transfer']);
            return refused;
          },
        };
      }),
  );
