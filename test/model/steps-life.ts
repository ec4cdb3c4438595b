import { undo } from './rules-undo.js';
import { place, refuse, Step } from './step.js';
import { pick, type Transfer, type World } from './world.js';

/** A transfer that an administrator decides about, mostly one that the deed is meant for. */
function aTransfer(world: World, at: number, fits: (transfer: Transfer) => boolean): Transfer | undefined {
  const fitting = [...world.transfers.values()].filter(fits);
  return pick(at % 6 === 0 || fitting.length === 0 ? world.transfers.values() : fitting, at);
}

export const undoTransfer = place.map(
  (at) =>
    new Step('undoTransfer', (world) => {
      const transfer = aTransfer(world, at, ({ items }) => items.some(({ status }) => status === 'COMPLETED'));
      if (!transfer) return null;
      return {
        says: `undoTransfer ${transfer.name}`,
        model: () => {
          const code = undo(world, transfer);
          return code === null ? null : refuse(world, 'undoTransfer', code);
        },
        real: async (company) =>
          (await company.does('m0', 'undoTransfer', { transferId: company.id('Transfer', transfer.name) }, '')).refused,
      };
    }),
);
