import { uuidOf } from '../../graphql/ids.js';
import { defineMutation } from '../../graphql/mutation.js';
import { limits } from './check-request.js';
import { transferField } from './transfer-request.schema.js';
import { approveTransfer, disapproveTransfer } from './transfers.js';

const which = 'The transfer that waits for an approval, as the notification names it in its transferId.';
const key =
  'A name of this request, 1 to 200 characters: repeated within 30 days, it answers the same and does nothing.';
const refuses =
  'NOT_FOUND, OWN_TRANSFER to whoever submitted it, and NOT_PENDING where it needed no approval, or somebody else decided. Needs ' +
  'ASSIGN over the leaver and the successors.';

defineMutation('approveTransfer', {
  description:
    'Lets a transfer that waits for a second administrator begin. Its customers are taken over its waitHours from now, unless they ' +
    'decline, and groups at once; customers and successors are told only from here on, and whoever submitted it is told. Approving ' +
    'again changes nothing. Refuses CUSTOMER_CONTACT_DISABLED, HANDOVER_RESIGNED, INHERITANCE_EXPIRED or GROUP_DAILY_LIMIT where that holds by now, ' +
    refuses,
  who: 'assigner',
  input: (t) => ({
    transferId: t.id({ required: true, description: which }),
    idempotencyKey: t.string({ description: key }),
  }),
  resolve: (input, caller, { app }) =>
    approveTransfer(app, caller, { ...input, transferId: uuidOf('Transfer', input.transferId) }),
  payload: (t) => ({ transfer: transferField(t) }),
});

defineMutation('disapproveTransfer', {
  description:
    'Stops a transfer that waits for a second administrator: it is CANCELLED, and its customers and groups stay with the leaver, free ' +
    'to be handed over anew. Nobody is told but whoever submitted it, with the note. Disapproving again changes nothing. Refuses ' +
    `INVALID_INPUT for a note that is too long, ${refuses}`,
  who: 'assigner',
  input: (t) => ({
    transferId: t.id({ required: true, description: which }),
    note: t.string({
      description: `Why, for whoever submitted it, at most ${limits.note} characters. Default: none.`,
    }),
    idempotencyKey: t.string({ description: key }),
  }),
  resolve: (input, caller, { app }) =>
    disapproveTransfer(app, caller, { ...input, transferId: uuidOf('Transfer', input.transferId) }),
  payload: (t) => ({ transfer: transferField(t) }),
});
