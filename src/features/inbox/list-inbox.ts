import type { App } from '../../platform/app.js';
import {
  beginning,
  headOf,
  positionAfterResync,
  resyncReason,
  type InboxCursor,
  type Position,
  type ResyncReason,
} from './inbox-cursor.js';
import { eventOf, type InboxEvent } from './inbox-reader.js';
import { readInbox, readInboxRows, type InboxRow, type Recipient } from './inbox.store.js';

/** A page of an inbox, oldest first, or word that the cursor cannot be honoured. */
export type InboxList =
  | {
      readonly kind: 'page';
      readonly epoch: string;
      readonly rows: readonly InboxRow[];
      readonly hasMore: boolean;
      /** The head in the very glance that read the rows: to follow from here misses nothing. */
      readonly head: Position;
    }
  | { readonly kind: 'resync'; readonly epoch: string; readonly reason: ResyncReason; readonly at: Position };

/** The settled events of this recipient after a cursor, or from the oldest that is kept: the rows that followers get. */
export async function listInbox(
  app: Pick<App, 'db'>,
  recipient: Recipient,
  after: InboxCursor | null,
  limit: number,
  only: { readonly unacknowledged: boolean },
): Promise<InboxList> {
  const { horizon, rows } = await readInbox(app, recipient, after?.position ?? beginning, limit + 1, only);
  const reason = after && resyncReason(after, horizon);
  if (reason) return { kind: 'resync', epoch: horizon.epoch, reason, at: positionAfterResync(reason, horizon) };
  return {
    kind: 'page',
    epoch: horizon.epoch,
    rows: rows.slice(0, limit),
    hasMore: rows.length > limit,
    head: headOf(horizon),
  };
}

/** These events of this recipient, in the order asked for; null for each that is not in their inbox. */
export async function findInboxEntries(
  app: Pick<App, 'db'>,
  recipient: Recipient,
  places: readonly Position[],
): Promise<(InboxEvent | null)[]> {
  const { horizon, rows } = await readInboxRows(app, recipient, places);
  const byPlace = new Map(rows.map((row) => [nameOf(row.at), row]));
  return places.map((at) => {
    const row = byPlace.get(nameOf(at));
    return row ? eventOf(horizon.epoch, row, null) : null;
  });
}

function nameOf({ xid, id }: Position): string {
  return `${xid}-${id}`;
}
