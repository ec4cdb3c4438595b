/**
 * What members and customers write to each other. That they wrote is noted on the relation; what they wrote is archived
 * only where the enterprise archives conversations and the customer agreed. The member who serves reads their own
 * conversation, and searches it; the transfers room adds what they inherited.
 *
 * This is what other rooms may call.
 */
export { listMessages, messageKeys, type MessageRow, type MessageSpan } from './archive.store.js';
export { searchMessages, type FoundMessage, type MessageSearch } from './search-messages.store.js';
export { digestOfMessage, messageId, type MessageContent } from './message-id.js';
