/**
 * The inbox: what happened, on its way to those it concerns.
 *
 * A takeover writes a fact and one thin event for each recipient in its own transaction; nothing is published. Whoever is
 * connected is woken and looks: `feedOf` replays from a cursor and then follows. The lists show the same rows, and
 * acknowledging marks them read for both. A cursor is a place in commit order (see `Position`), so an event is never
 * stepped over, whatever dies or reconnects.
 * Events are kept for as long as their enterprise says, then expire and are removed (`expire-old-events.ts`).
 */
export { acknowledge } from './acknowledge.js';
export { feedOf } from './inbox-feed.js';
export { markRestored } from './mark-restored.js';
export { isFromElsewhere } from './restore.store.js';
export { expireOldEvents } from './expire-old-events.js';
export { removeExpiredEvents } from './remove-expired-events.js';
export type { Delivery } from './follow-inbox.js';
export type { InboxRow, Recipient } from './inbox.store.js';
