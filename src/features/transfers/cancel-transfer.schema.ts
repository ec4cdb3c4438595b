import { uuidOf } from '../../graphql/ids.js';
import { defineMutation } from '../../graphql/mutation.js';
import { transferField } from './transfer-request.schema.js';
import { cancelTransfer } from './transfers.js';

defineMutation('cancelTransfer', {
  description:
    'Calls off what still waits in a transfer: those customers and groups stay with the leaver, and can be handed over anew. What ' +
    'was taken over before stays with the successor. Customers and successors who had been told of a takeover are told that it ' +
    'does not come; of one that waits for an approval nobody is. Cancelling again changes nothing. Refuses NOT_FOUND, and TRANSFER_FINISHED where nothing waits any more. Needs ' +
    'ASSIGN over the leaver and the successors.',
  who: 'assigner',
  input: (t) => ({
    transferId: t.id({ required: true, description: 'The transfer to call off.' }),
    idempotencyKey: t.string({
      description:
        'A name of this request, 1 to 200 characters: repeated within 30 days, it answers the same and does nothing.',
    }),
  }),
  resolve: (input, caller, { app }) =>
    cancelTransfer(app, caller, { ...input, transferId: uuidOf('Transfer', input.transferId) }),
  payload: (t) => ({ transfer: transferField(t) }),
});
