import type { App } from '../../platform/app.js';
import type { InboxCursor } from './inbox-cursor.js';
import { followInbox, type Following } from './follow-inbox.js';
import { createInboxReader } from './inbox-reader.js';
import type { Recipient } from './inbox.store.js';

/** Follows inboxes on this instance, with one reader for all of them. */
export interface InboxFeed {
  /** See `followInbox`. Call `return` when done with it: until then the reader asks for this recipient too. */
  follow(recipient: Recipient, from: InboxCursor | null): Promise<Following>;
  /** How many followers are joined to the reader now. */
  readonly size: number;
}

type FeedApp = Pick<App, 'db' | 'wakeup' | 'log'>;

/** A feed with a reader of its own. Nothing is read until somebody follows. */
export function createInboxFeed(app: FeedApp): InboxFeed {
  const reader = createInboxReader(app);
  return {
    follow: (recipient, from) => followInbox(app, reader, recipient, from),
    get size() {
      return reader.size;
    },
  };
}

const feeds = new WeakMap<FeedApp, InboxFeed>();

/** The one feed of this application. It goes when the application goes, and does nothing while nobody follows. */
export function feedOf(app: FeedApp): InboxFeed {
  const known = feeds.get(app);
  if (known) return known;
  const made = createInboxFeed(app);
  feeds.set(app, made);
  return made;
}
