import { uuidOf } from '../../graphql/ids.js';
import { defineMutation } from '../../graphql/mutation.js';
import { limits, type TransferRequest } from './check-request.js';
import {
  commonInput,
  GroupSelectionInput,
  readGroupSelection,
  readSelection,
  readSuccessorIds,
  sharingInput,
  transferField,
  TransferSelection,
  TravelInput,
  type Begun,
} from './transfer-request.schema.js';
import { previewField } from './transfer-preview.schema.js';
import { previewTransfer, startTransfer } from './transfers.js';

defineMutation('transferCustomers', {
  description:
    "Hands a leaver's customers, and their groups if named, to successors. Checks each and keeps one item for each; a refused one " +
    'never stops the others. The other customers are taken over after the waitHours of the enterprise, unless they decline, and ' +
    'groups at once: relations move, customers and successors are told. They go to the successors by the ' +
    "strategy. Of a customer-contact administrator one of more than the enterprise's approvalAbove waits as PENDING_APPROVAL first. " +
    'Needs ASSIGN over the leaver and the successors. Answers the transfer at once; follow it with transferProgress.',
  who: 'assigner',
  input: (t) => ({
    ...commonInput(t),
    ...sharingInput(t),
    selection: t.field({ type: TransferSelection, required: true, description: 'Which customers.' }),
    groups: t.field({ type: GroupSelectionInput, description: 'Which groups go along. Default: none.' }),
    customerMessage: t.string({
      description:
        `What the customers read after the takeover instead of the enterprise's completedText, at most ${limits.customerMessage} ` +
        'characters, with the same placeholders.',
    }),
    travels: t.field({
      type: TravelInput,
      description: 'What goes with the customers. Default: what the enterprise lets.',
    }),
  }),
  resolve: async ({ dryRun, ...input }, caller, { app }): Promise<Begun> => {
    const request: TransferRequest = {
      ...input,
      operation: 'transferCustomers',
      leaverId: uuidOf('Member', input.leaverId),
      successorIds: readSuccessorIds(input.successorIds),
      selection: readSelection(input.selection),
      groups: input.groups ? readGroupSelection(input.groups) : null,
    };
    return dryRun ? { preview: await previewTransfer(app, caller, request) } : startTransfer(app, caller, request);
  },
  payload: (t) => ({ transfer: transferField(t), preview: previewField(t) }),
});

defineMutation('transferGroups', {
  description:
    "Hands a leaver's customer groups to successors, at once: a group has no waiting time, and its customers have no say. Checks each " +
    "and keeps one item for each; a refused one never stops the others. Participants stay, the new owner joins, the group's customers " +
    "and the new owner are told. Of one former owner at most the enterprise's groupDailyLimit go in a day. Of a customer-contact " +
    "administrator one of more than the enterprise's approvalAbove waits as PENDING_APPROVAL first. Needs ASSIGN over the leaver and the successors.",
  who: 'assigner',
  input: (t) => ({
    ...commonInput(t),
    selection: t.field({ type: GroupSelectionInput, required: true, description: 'Which groups.' }),
  }),
  resolve: async ({ dryRun, selection, ...input }, caller, { app }): Promise<Begun> => {
    const request: TransferRequest = {
      ...input,
      operation: 'transferGroups',
      leaverId: uuidOf('Member', input.leaverId),
      successorIds: readSuccessorIds(input.successorIds),
      groups: readGroupSelection(selection),
    };
    return dryRun ? { preview: await previewTransfer(app, caller, request) } : startTransfer(app, caller, request);
  },
  payload: (t) => ({ transfer: transferField(t), preview: previewField(t) }),
});
