import { Refusal } from '../../platform/errors.js';
import type { PlanDifference } from './digest-plan.js';
import { transferReasons, type TransferReason } from './transfer-reasons.js';

/** Codes of this room that stand for a request, not for one customer. */
export const transferErrorCodes = {
  EMPTY_SELECTION: 'The selection matches no customer. Choose customers that the leaver serves.',
  TRANSFER_RUNNING: 'Something of the transfer still waits. Wait until it has ended, or call cancelTransfer first.',
  NOTHING_TO_UNDO: 'Nothing of this transfer was taken over, so there is nothing to take back.',
  UNDO_WINDOW_PASSED:
    "Everything was taken over longer ago than the enterprise's undoHours. Hand the customers on with a new transfer instead.",
  PLAN_CHANGED: 'The plan is no longer the one that was previewed. Look at the difference, and preview it again.',
  SELECTION_TOO_LARGE: 'More ids than one request may name. Split the request, or select by filter.',
  TRANSFER_FINISHED: 'Nothing of the transfer waits any more. What was taken over can be taken back with undoTransfer.',
  TOO_LATE: "The takeover is due or done, and no longer the customer's to decide. The message says who serves them.",
  NOT_WAITING: 'The takeover has ended without one: there is nothing left to accept or decline.',
  OWN_TRANSFER:
    'Whoever submitted a transfer does not decide on it. Ask another administrator, or call cancelTransfer.',
  NOT_PENDING: 'The transfer does not wait for an approval, or no longer. The message says what became of it.',
  ...Object.fromEntries(Object.entries(transferReasons).map(([code, { description }]) => [code, description])),
} as Readonly<Record<string, string>>;

/** Nothing to hand over: an empty list, or a filter that matches nobody. */
export function emptySelection(message: string, field = 'selection'): Refusal {
  return new Refusal('EMPTY_SELECTION', message, { path: ['input', field] });
}

/** More than one request may name. */
export function tooLarge(field: readonly string[], limit: number, given: number, advice: string): Refusal {
  return new Refusal('SELECTION_TOO_LARGE', `At most ${limit} at a time, got ${given}. ${advice}`, {
    path: field,
    variant: 'LimitError',
    data: { limit, given },
  });
}

/** The leaver cannot hand over, for this reason. */
export function leaverRefused(reason: TransferReason, message: string, field: string): Refusal {
  return new Refusal(reason, message, { path: ['input', field] });
}

/** The successor at this place of the input cannot take over, for this reason. */
export function successorRefused(reason: TransferReason, message: string, place: number, memberId: string): Refusal {
  return new Refusal(reason, message, {
    path: ['input', 'successorIds', String(place)],
    variant: 'SuccessorError',
    data: { memberId, wecomCode: transferReasons[reason].wecomCode },
  });
}

/** The successor at this place of the input works where the administrator's ASSIGN does not reach. */
export function successorOutOfScope(
  { id, name }: { readonly id: string; readonly name: string },
  place: number,
): Refusal {
  return successorRefused(
    'OUT_OF_SCOPE',
    `${name} works in none of your departments. Name somebody who does, or ask a super administrator.`,
    place,
    id,
  );
}

/** A choice of what travels would take along more than the enterprise lets. */
export function travelRefused(name: string, setting: string): Refusal {
  return new Refusal(
    'INVALID_INPUT',
    `${setting} is off for the enterprise, and a transfer can only narrow it. Leave ${name} out, or switch it on with updateSettings.`,
    { path: ['input', 'travels', name] },
  );
}

/** Not a digest of this API. */
export function noDigest(): Refusal {
  return new Refusal(
    'INVALID_INPUT',
    'This is no digest of a preview. Use the one that the preview answered, as it was.',
    {
      path: ['input', 'expectedDigest'],
    },
  );
}

/** The world has moved on since the preview. */
export function planChanged(differences: readonly PlanDifference[]): Refusal {
  return new Refusal(
    'PLAN_CHANGED',
    'The plan is no longer the one that was previewed, and nothing was done. Look at the difference, and preview it again.',
    { path: ['input', 'expectedDigest'], variant: 'PlanChangedError', data: { differences } },
  );
}
