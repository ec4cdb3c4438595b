import type { TransferItemStatus } from '../../generated/prisma/enums.js';

/** One step of an item's life; `from` null: how it begins. */
export interface Transition {
  readonly from: TransferItemStatus | null;
  readonly to: TransferItemStatus;
  readonly when: string;
}

/**
 * The whole life of an item: nothing else ever happens to its status. The README draws it, and a test compares the two.
 *
 * A later try is a new item that names the one it follows. What is neither QUEUED nor WAITING has ended, and stays as it is but for an undo.
 */
export const itemTransitions = [
  { from: null, to: 'REJECTED', when: 'submit, a rule forbids it' },
  { from: null, to: 'WAITING', when: 'submit' },
  { from: null, to: 'QUEUED', when: 'submit, nobody of its rule has room' },
  { from: 'QUEUED', to: 'WAITING', when: 'somebody of its rule has room' },
  { from: 'QUEUED', to: 'CANCELLED', when: 'cancelTransfer, or disapproveTransfer' },
  { from: 'QUEUED', to: 'FAILED', when: 'endRelation, or the inheritance period is over' },
  { from: 'WAITING', to: 'REFUSED', when: 'declineTakeover, before it is due' },
  { from: 'WAITING', to: 'CANCELLED', when: 'cancelTransfer, or disapproveTransfer' },
  { from: 'WAITING', to: 'FAILED', when: 'endRelation, or due and a rule forbids it by then' },
  { from: 'WAITING', to: 'SUCCESSOR_FULL', when: 'due, the successor at their limit' },
  { from: 'WAITING', to: 'COMPLETED', when: 'due, or acceptTakeover' },
  { from: 'COMPLETED', to: 'UNDONE', when: 'undoTransfer' },
] as const satisfies readonly Transition[];
