import { createHash } from 'node:crypto';
import { opaque } from '../../platform/ids.js';

/**
 * A place in the order of inbox events: the writing transaction's number, then the row's.
 *
 * A row number alone would not do: numbers are drawn at insert and rows appear at commit, so a reader that keeps the
 * highest number it saw steps over a row that is committed late.
 */
export interface Position {
  readonly xid: bigint;
  readonly id: bigint;
}

/** What a cursor says: a place, in which life of the database, for whom. */
export interface InboxCursor {
  readonly epoch: string;
  readonly position: Position;
}

/** What the database says of itself in the same glance as its rows. */
export interface Horizon {
  readonly epoch: string;
  /** Rows of this and later transactions are not settled: an earlier one may still be running. */
  readonly xid: bigint;
  /** Rows of earlier transactions are not kept: of the enterprise that was asked for, or of one or another. */
  readonly prunedXid: bigint;
}

/** Why a cursor cannot be honoured. */
export type ResyncReason = 'EXPIRED' | 'OTHER_EPOCH' | 'AHEAD';

const largest = 2n ** 63n - 1n;

/** Before everything. */
export const beginning: Position = { xid: 0n, id: 0n };

/** The place up to which all rows are settled: before the first row, with its number from 1, of the horizon's transaction. */
export function headOf(horizon: Pick<Horizon, 'xid'>): Position {
  return { xid: horizon.xid, id: 0n };
}

/** Whether `a` comes after `b`. */
export function isAfter(a: Position, b: Position): boolean {
  return a.xid > b.xid || (a.xid === b.xid && a.id > b.id);
}

/** The opaque text of a place in this recipient's inbox. */
export function encodeCursor(recipientId: string, { epoch, position }: InboxCursor): string {
  return opaque(`${epoch}/${markOf(recipientId)}/${position.xid}/${position.id}`);
}

/** Reads a cursor. Null when this API did not make it, or made it for another recipient: the two must look the same. */
export function decodeCursor(recipientId: string, text: string): InboxCursor | null {
  const parts = Buffer.from(text, 'base64url').toString().split('/');
  const [epoch, mark, xid, id] = parts;
  if (parts.length !== 4 || !epoch || mark !== markOf(recipientId) || !isNumber(xid) || !isNumber(id)) return null;
  const cursor = { epoch, position: { xid: BigInt(xid), id: BigInt(id) } };
  // Written again it must be the same: base64 readers skip what they do not know.
  return encodeCursor(recipientId, cursor) === text ? cursor : null;
}

/**
 * Why this cursor cannot be honoured, or null when it can. A cursor is ahead only after a restore that nobody marked:
 * every cursor ever given out was at the head or before it, and the head never goes back.
 */
export function resyncReason(cursor: InboxCursor, horizon: Horizon): ResyncReason | null {
  if (cursor.epoch !== horizon.epoch) return 'OTHER_EPOCH';
  if (isAfter(cursor.position, headOf(horizon))) return 'AHEAD';
  if (cursor.position.xid < horizon.prunedXid) return 'EXPIRED';
  return null;
}

/** Where to go on after a resync: from the oldest row still kept, or from the head when the place means nothing any more. */
export function positionAfterResync(reason: ResyncReason, horizon: Horizon): Position {
  return reason === 'EXPIRED' ? { xid: horizon.prunedXid, id: 0n } : headOf(horizon);
}

const marks = new Map<string, string>();
const mostMarks = 20_000;

// Twelve characters tell recipients apart; a cursor opens nothing, since rows are looked up by the reader's own id.
function markOf(recipientId: string): string {
  const known = marks.get(recipientId);
  if (known !== undefined) return known;
  if (marks.size >= mostMarks) marks.clear();
  const mark = createHash('sha256').update(recipientId).digest('base64url').slice(0, 12);
  marks.set(recipientId, mark);
  return mark;
}

function isNumber(text: string | undefined): text is string {
  return text !== undefined && /^(0|[1-9]\d{0,18})$/.test(text) && BigInt(text) <= largest;
}
