import type { AssignmentStrategy, TransferKind } from '../../generated/prisma/enums.js';
import { Refusal } from '../../platform/errors.js';
import type { RelationFilter } from '../customers/customers.js';
import { emptySelection, tooLarge } from './transfers.errors.js';
import type { TravelChoice } from './transfers.policy.js';

/** Most of each in one request; texts in characters. */
export const limits = {
  customerIds: 10_000,
  groupIds: 10_000,
  successors: 100,
  note: 1000,
  customerMessage: 200,
  weight: 1000,
} as const;

/** What an administrator asks for: customers, selected in exactly one of three ways, groups, or both. */
export interface TransferRequest {
  /** Name of the mutation: what the audit and the idempotency key stand for. */
  readonly operation: 'transferCustomers' | 'transferGroups';
  readonly kind: TransferKind;
  readonly leaverId: string;
  readonly selection?: {
    readonly customerIds?: readonly string[] | null;
    readonly filter?: RelationFilter | null;
    readonly all?: boolean | null;
  };
  readonly groups?: { readonly groupIds?: readonly string[] | null; readonly all?: boolean | null } | null;
  /** Who takes over; left out: whom the rules choose. */
  readonly successorIds?: readonly string[] | null;
  /** True: those whom the rules of the enterprise choose take over. Either this or `successorIds`. */
  readonly byRules?: boolean | null;
  /** How the successors share the customers. Left out: EVEN. */
  readonly strategy?: AssignmentStrategy | null;
  /** For WEIGHTED: one for each successor. */
  readonly weights?: readonly number[] | null;
  readonly note?: string | null;
  readonly customerMessage?: string | null;
  /** What goes with the customers: may only narrow what the enterprise lets travel. */
  readonly travels?: TravelChoice | null;
  /** The digest of the preview that the plan must still be. */
  readonly expectedDigest?: string | null;
  readonly idempotencyKey?: string | null;
}

/** Checks what can be told from the request alone. Refuses INVALID_INPUT, EMPTY_SELECTION and SELECTION_TOO_LARGE. */
export function checkRequest({
  operation,
  selection,
  groups,
  successorIds,
  byRules,
  strategy,
  weights,
  note,
  customerMessage,
}: TransferRequest): void {
  if (!selection && !groups) {
    throw new Refusal('INVALID_INPUT', 'Select customers or groups, or both.', { path: ['input', 'selection'] });
  }
  const groupField = operation === 'transferGroups' ? 'selection' : 'groups';
  if (selection) checkSelection(selection);
  if (groups) checkGroups(groups, groupField);
  checkTakers({ successorIds, byRules, strategy });
  checkWeights(strategy ?? 'EVEN', weights ?? null, successorIds?.length ?? 0);
  checkNote({ note, customerMessage });
}

/** Refuses neither, both, and a strategy where the rules have theirs. */
export function checkTakers({
  successorIds,
  byRules,
  strategy,
}: Pick<TransferRequest, 'successorIds' | 'byRules' | 'strategy'>): void {
  const invalid = (message: string, field: string) => new Refusal('INVALID_INPUT', message, { path: ['input', field] });
  if (successorIds) {
    if (byRules) throw invalid('Name successors, or say byRules: true, not both.', 'byRules');
    return checkSuccessors(successorIds);
  }
  if (!byRules) throw invalid('Name successors, or say byRules: true.', 'successorIds');
  if (strategy) throw invalid('Each rule has a strategy of its own: leave it out with byRules.', 'strategy');
}

/** Refuses weights where they mean nothing, and WEIGHTED without one for each successor. */
function checkWeights(strategy: AssignmentStrategy, weights: readonly number[] | null, successors: number): void {
  const path = ['input', 'weights'];
  if (strategy !== 'WEIGHTED') {
    if (weights === null) return;
    throw new Refusal('INVALID_INPUT', 'Weights are for the strategy WEIGHTED: leave them out, or take it.', { path });
  }
  if (weights?.length !== successors) {
    throw new Refusal(
      'INVALID_INPUT',
      `WEIGHTED needs one weight for each successor: ${successors}, got ${weights?.length ?? 0}.`,
      { path },
    );
  }
  const wrong = weights.findIndex((weight) => weight < 1 || weight > limits.weight);
  if (wrong >= 0) {
    throw new Refusal('INVALID_INPUT', `A weight must be from 1 to ${limits.weight}, got ${weights[wrong]}.`, {
      path: [...path, String(wrong)],
    });
  }
}

/** Refuses texts that are too long. */
export function checkNote(texts: { readonly note?: string | null; readonly customerMessage?: string | null }): void {
  for (const name of ['note', 'customerMessage'] as const) {
    const most = limits[name];
    const length = texts[name]?.length ?? 0;
    if (length > most) {
      throw new Refusal('INVALID_INPUT', `${name} must have at most ${most} characters, got ${length}.`, {
        path: ['input', name],
      });
    }
  }
}

function checkSelection(selection: NonNullable<TransferRequest['selection']>): void {
  const ways = [selection.customerIds, selection.filter, selection.all].filter((way) => way != null);
  if (ways.length !== 1 || selection.all === false) {
    throw new Refusal('INVALID_INPUT', 'Select in one way: customerIds, filter, or all: true.', {
      path: ['input', 'selection'],
    });
  }
  if (selection.filter && Object.keys(selection.filter).length === 0) {
    throw new Refusal('INVALID_INPUT', 'An empty filter would take everyone: name a condition, or say all: true.', {
      path: ['input', 'selection', 'filter'],
    });
  }
  if (selection.customerIds?.length === 0) throw emptySelection('Name at least one customer, or select by filter.');
  const given = selection.customerIds?.length ?? 0;
  if (given > limits.customerIds) {
    throw tooLarge(
      ['input', 'selection', 'customerIds'],
      limits.customerIds,
      given,
      'Split the list, or select by filter or all: neither has a limit.',
    );
  }
}

function checkGroups({ groupIds, all }: NonNullable<TransferRequest['groups']>, field: string): void {
  if ((groupIds == null) === (all == null) || all === false) {
    throw new Refusal('INVALID_INPUT', 'Select in one way: groupIds, or all: true.', { path: ['input', field] });
  }
  if (groupIds?.length === 0) throw emptySelection('Name at least one group, or say all: true.', field);
  if ((groupIds?.length ?? 0) > limits.groupIds) {
    const advice = 'Split the list, or say all: true.';
    throw tooLarge(['input', field, 'groupIds'], limits.groupIds, groupIds?.length ?? 0, advice);
  }
}

/** Refuses none, too many, and one who is named twice. */
function checkSuccessors(successorIds: readonly string[]): void {
  if (successorIds.length === 0) {
    throw new Refusal('INVALID_INPUT', 'Name at least one successor.', { path: ['input', 'successorIds'] });
  }
  if (successorIds.length > limits.successors) {
    throw tooLarge(['input', 'successorIds'], limits.successors, successorIds.length, 'Use several transfers.');
  }
  if (new Set(successorIds).size < successorIds.length) {
    throw new Refusal('INVALID_INPUT', 'Name each successor once.', { path: ['input', 'successorIds'] });
  }
}
