/**
 * A transfer hands one leaver's customers to successors.
 *
 * An administrator submits it: every selected customer becomes an item, REJECTED with a reason, WAITING, or QUEUED until somebody of
 * its rule's pool has room. When an item is
 * due the runner takes it over: the relation moves to the successor and the item is COMPLETED, in one transaction with the
 * customer's notice, the successor's notification, the audit record and all counts. The items are the queue; there is no
 * other. Until it is due the customer may decline it, and an administrator may cancel the transfer. When nothing waits any more
 * the transfer is COMPLETED, COMPLETED_WITH_FAILURES or CANCELLED. A large one of a customer-contact administrator may first be
 * PENDING_APPROVAL: nothing of it is due, and its customers and successors know nothing of it, until another one approves.
 *
 * This is what other rooms may call.
 */
export { acceptTakeover } from './accept-takeover.js';
export { approveTransfer } from './approve-transfer.js';
export { cancelTransfer } from './cancel-transfer.js';
export { declineTakeover } from './decline-takeover.js';
export { disapproveTransfer } from './disapprove-transfer.js';
export { drainQueue } from './drain-queue.js';
export { endRelation } from './end-relation.js';
export { followTransfer } from './follow-transfer.js';
export { resignDue } from './resign-due.js';
export { resignMember } from './resign-member.js';
export { retryTransfer } from './retry-transfer.js';
export { previewTransfer, startTransfer } from './start-transfer.js';
export { takeOverDue } from './take-over.js';
export { listToldItems, loadNoticedItems, type NoticedItem, type Telling, type ToldItem } from './told-items.store.js';
export { undoTransfer } from './undo-transfer.js';
