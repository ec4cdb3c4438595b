import fc from 'fast-check';
import { accept, cancel, decline, endRelation, partOf } from './rules-say.js';
import { undo } from './rules-undo.js';
import { place, refuse, Step } from './step.js';
import { must, pick, type Item, type Transfer, type World } from './world.js';

/** A transfer that somebody decides about, mostly one that the deed is meant for. */
function aTransfer(world: World, at: number, fits: (item: Item) => boolean): Transfer | undefined {
  const fitting = [...world.transfers.values()].filter(({ items }) => items.some(fits));
  return pick(at % 8 === 0 || fitting.length === 0 ? world.transfers.values() : fitting, at);
}

const waits = ({ kind, status }: Item) => kind === 'CUSTOMER' && status === 'WAITING';

/** A deed of an administrator about one transfer. */
const decided = (
  mutation: 'cancelTransfer' | 'undoTransfer',
  fits: (item: Item) => boolean,
  rule: (world: World, transfer: Transfer) => string | null,
) =>
  place.map(
    (at) =>
      new Step(mutation, (world) => {
        const transfer = aTransfer(world, at, fits);
        if (!transfer) return null;
        return {
          says: `${mutation} ${transfer.name}`,
          model: () => {
            const code = rule(world, transfer);
            return code === null ? null : refuse(world, mutation, code);
          },
          real: async (company) =>
            (await company.does('m0', mutation, { transferId: company.id('Transfer', transfer.name) }, '')).refused,
        };
      }),
  );

export const undoTransfer = decided('undoTransfer', ({ status }) => status === 'COMPLETED', undo);
export const cancelTransfer = decided('cancelTransfer', ({ status }) => status === 'WAITING', cancel);

/** A customer's word about their part in a transfer, now and then about one in which they have none. */
const said = (
  mutation: 'declineTakeover' | 'acceptTakeover',
  rule: (world: World, transfer: Transfer, customer: string) => string | null,
) =>
  fc.record({ transfer: place, customer: place }).map(
    (given) =>
      new Step(mutation, (world) => {
        const transfer = aTransfer(world, given.transfer, waits);
        if (!transfer) return null;
        const waiting = transfer.items.filter(waits).map(({ subject }) => subject);
        const part = [...world.customers].filter((name) => partOf(transfer, name));
        const among = given.customer % 3 > 0 && waiting.length > 0 ? waiting : part;
        const customer = must(
          pick(given.customer % 10 === 0 || among.length === 0 ? world.customers : among, given.customer),
        );
        return {
          says: `${mutation} of ${customer} in ${transfer.name}`,
          model: () => {
            const code = rule(world, transfer, customer);
            return code === null ? null : refuse(world, mutation, code);
          },
          real: async (company) =>
            (await company.does(customer, mutation, { transferId: company.id('Transfer', transfer.name) }, '')).refused,
        };
      }),
  );

export const declineTakeover = said('declineTakeover', decline);
export const acceptTakeover = said('acceptTakeover', accept);

export const endOfRelation = fc.record({ relation: place, byCustomer: fc.boolean() }).map(
  (given) =>
    new Step('endRelation', (world) => {
      const all = [...world.relations.values()];
      const active = all.filter(({ status }) => status === 'ACTIVE');
      const relation = pick(given.relation % 8 === 0 ? all : active, given.relation);
      if (!relation) return null;
      const by = given.byCustomer ? 'CUSTOMER' : 'MEMBER';
      return {
        says: `endRelation ${relation.name} by the ${by === 'CUSTOMER' ? 'customer' : 'administrator'}`,
        model: () => {
          const code = endRelation(world, relation, by);
          return code === null ? null : refuse(world, 'endRelation', code);
        },
        real: async (company) => {
          const input = { relationId: company.id('Relation', relation.name) };
          return (await company.does(given.byCustomer ? relation.customer : 'm0', 'endRelation', input, '')).refused;
        },
      };
    }),
);
