import { builder } from '../../graphql/builder.js';
import { uuidOf } from '../../graphql/ids.js';
import { defineMutation } from '../../graphql/mutation.js';
import { limits } from './check-request.js';
import type { RetryStatus } from './retry-transfer.js';
import { readSuccessorIds, transferField } from './transfer-request.schema.js';
import { retryTransfer } from './transfers.js';

const usual = ['REJECTED', 'FAILED', 'SUCCESSOR_FULL'] as const satisfies readonly RetryStatus[];

const RetryStatusEnum = builder.enumType('RetryStatus', {
  description: 'How an item ended that may be tried again.',
  values: {
    REJECTED: { description: 'A rule forbade it at submit.' },
    FAILED: { description: 'A rule forbade it at the takeover.' },
    SUCCESSOR_FULL: { description: 'The successor was at their limit.' },
    REFUSED: { description: 'The customer declined: trying again asks them anew.' },
    CANCELLED: { description: 'An administrator called it off.' },
    UNDONE: { description: 'An administrator took it back with undoTransfer.' },
  },
});

defineMutation('retryTransfer', {
  description:
    'Tries again what a transfer could not hand over, in a new transfer of the same kind, note and message, whose items name those ' +
    'they follow. Every rule is checked anew, and whether it needs an approval. An item is tried again once: after that, retry the later ' +
    'transfer. Refuses EMPTY_SELECTION where nothing is left to try. Needs ASSIGN over the leaver and the successors.',
  who: 'assigner',
  input: (t) => ({
    transferId: t.id({ required: true, description: 'The transfer whose items to try again.' }),
    statuses: t.field({
      type: [RetryStatusEnum],
      required: true,
      defaultValue: [...usual],
      description: 'Items of which statuses. Those whom a customer or an administrator stopped only if named.',
    }),
    successorIds: t.idList({
      description: `Who takes over this time, 1 to ${limits.successors} members, each once. Default: as in the transfer; where it went by rules, these are asked again as they are now.`,
    }),
    byRules: t.boolean({ description: 'True: the assignment rules decide who takes over, instead of `successorIds`.' }),
    note: t.string({
      description: `Handover note for the successors, at most ${limits.note} characters. Default: that of the transfer.`,
    }),
    idempotencyKey: t.string({
      description:
        'A name of this request, 1 to 200 characters: repeated within 30 days, it answers the same transfer and does nothing.',
    }),
  }),
  resolve: (input, caller, { app }) =>
    retryTransfer(app, caller, {
      ...input,
      transferId: uuidOf('Transfer', input.transferId),
      successorIds: readSuccessorIds(input.successorIds),
    }),
  payload: (t) => ({ transfer: transferField(t) }),
});
