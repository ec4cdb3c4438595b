import { Prisma } from '../../generated/prisma/client.js';
import type { InboxEventType, TransferKind } from '../../generated/prisma/enums.js';
import type { App } from '../../platform/app.js';
import type { UuidList } from '../../platform/db/database.js';
import type { Tx } from '../../platform/db/transaction.js';
import type { Horizon, Position } from './inbox-cursor.js';

/** What happened, with the names and texts as they were. */
export interface InboxFact {
  readonly factId: string;
  readonly occurredAt: Date;
  readonly transferId: string | null;
  readonly transferKind: TransferKind | null;
  readonly leaverId: string | null;
  readonly leaverName: string | null;
  readonly successorId: string | null;
  readonly successorName: string | null;
  readonly contact: string | null;
  readonly note: string | null;
  readonly customerText: string | null;
  readonly itemCount: number;
  /** Of these, how many are groups, where it tells of both. */
  readonly groupCount: number;
  readonly actorId: string | null;
  readonly actorName: string | null;
  readonly firstPosition: number | null;
  readonly lastPosition: number | null;
}

/** One event of one recipient's inbox, with the fact it tells of. */
export interface InboxRow {
  readonly at: Position;
  readonly enterpriseId: string;
  readonly recipientId: string;
  readonly type: InboxEventType;
  readonly position: number | null;
  readonly acknowledgedAt: Date | null;
  readonly fact: InboxFact;
}

/** Whose inbox. */
export interface Recipient {
  readonly enterpriseId: string;
  readonly recipientId: string;
}

/** Rows in order, and how far the database was settled in the very glance that read them. */
export interface InboxPage {
  readonly horizon: Horizon;
  readonly rows: readonly InboxRow[];
}

/** How far the database is settled. `unsettled`: there are committed events, of anybody, that an older transaction, still running, keeps back. */
export interface Glance {
  readonly horizon: Horizon;
  readonly unsettled: boolean;
}

/** The numbers of int8 columns: the driver gives a number where that loses nothing. */
type Int8 = number | bigint;

type SeenRow = { epoch: string; horizon: Int8; prunedXid: Int8 };

/** What people wrote, with whatever characters. */
type Written = Pick<InboxFact, 'leaverName' | 'successorName' | 'contact' | 'note' | 'customerText' | 'actorName'>;
/** The glance, which is the first of a page and has the epoch, or an event; all that nobody wrote is one text. */
type PageRow = Written & { epoch: string | null; marks: string };
/** What `marks` holds of the glance, in its order. */
type GlanceMarks = [horizon: string, prunedXid: string, unsettled: 't' | 'f'];
/** The same of an event. A null is empty. */
type EventMarks = [
  ...[xid: string, id: string, enterpriseId: string, recipientId: string, type: InboxEventType, position: string],
  ...[acknowledgedAt: string, factId: string, occurredAt: string, transferId: string, transferKind: TransferKind | ''],
  ...[leaverId: string, successorId: string, itemCount: string, groupCount: string, actorId: string],
  ...[firstPosition: string, lastPosition: string],
];

// The horizon comes from the snapshot that the same statement reads its rows with. A statement of its own would be a
// later glance: rows below its horizon may be missing from the page, and the reader would step over them.
const seenUpTo = (prunedXid: Prisma.Sql) => Prisma.sql`seen AS MATERIALIZED (
    SELECT epoch, ${prunedXid} AS "prunedXid", (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint AS horizon
    FROM inbox_epoch WHERE id = 1)`;
const seen = seenUpTo(Prisma.sql`pruned_xid`);
const seenOf = (enterpriseId: string) =>
  seenUpTo(Prisma.sql`coalesce((SELECT pruned_xid FROM inbox_pruning WHERE enterprise_id = ${enterpriseId}::uuid), 0)`);

// As EventMarks has them.
const eventMarks = [
  ...['e.xid', 'e.id', 'e.enterprise_id', 'e.recipient_id', 'e.type', 'e.position'],
  ...["e.acknowledged_at AT TIME ZONE 'UTC'", 'e.fact_id', "f.occurred_at AT TIME ZONE 'UTC'", 'f.transfer_id'],
  ...['f.transfer_kind', 'f.leaver_id', 'f.successor_id', 'f.item_count', 'f.group_count', 'f.actor_id'],
  ...['f.first_position', 'f.last_position'],
];

const eventColumns = Prisma.raw('xid, id, enterprise_id, recipient_id, type, position, acknowledged_at, fact_id');

/**
 * The glance, and then these events, oldest first, `most` of them, with their facts. The glance is a row of its own: at the side of each
 * event it would be read again with each, and without an event it would not be there.
 */
function pageOf(
  seen: Prisma.Sql,
  { events, most, unsettled = Prisma.sql`false` }: { events: Prisma.Sql; most: Prisma.Sql; unsettled?: Prisma.Sql },
): Prisma.Sql {
  // Merged with the glance, and limited, below the facts: there the index keeps the order. Sorted above them, the first row would wait for
  // the last. LIMIT 1 makes the planner look each fact up by its key: guessing at how long the page is, it read all facts to join them.
  // Each column of each row costs the driver a third of a microsecond. What has no comma in it comes as one text, and a row
  // costs 5 instead of 12. As JSON it would cost the database as much more.
  return Prisma.sql`
    WITH ${seen}, event AS (${events}), page AS (
      SELECT * FROM (
        SELECT 0::bigint AS xid, 0::bigint AS id, NULL::uuid AS enterprise_id, NULL::uuid AS recipient_id,
          NULL::"InboxEventType" AS type, NULL::int AS position, NULL::timestamptz AS acknowledged_at, NULL::uuid AS fact_id
        UNION ALL SELECT * FROM event) AS glance_and_event
      ORDER BY xid, id LIMIT ${most} + 1)
    SELECT
      CASE WHEN e.xid = 0 THEN (SELECT epoch FROM seen) END AS epoch,
      CASE WHEN e.xid = 0 THEN (SELECT concat(horizon, ',', "prunedXid", ',', ${unsettled}) FROM seen)
        ELSE concat(${Prisma.raw(eventMarks.join(", ',', "))}) END AS marks,
      f.leaver_name AS "leaverName", f.successor_name AS "successorName", f.contact, f.note,
      f.customer_text AS "customerText", f.actor_name AS "actorName"
    FROM page e LEFT JOIN LATERAL (SELECT * FROM fact WHERE fact.id = e.fact_id LIMIT 1) f ON true
    ORDER BY e.xid, e.id`;
}

/** The settled events of one recipient after a place, oldest first. */
export async function readInbox(
  app: Pick<App, 'db'>,
  { enterpriseId, recipientId }: Recipient,
  after: Position,
  limit: number,
  only: { readonly unacknowledged: boolean } = { unacknowledged: false },
): Promise<InboxPage> {
  const unread = only.unacknowledged ? Prisma.sql`AND acknowledged_at IS NULL` : Prisma.empty;
  const most = Prisma.sql`${limit}::int`;
  const events = Prisma.sql`
    SELECT ${eventColumns} FROM inbox_event
    WHERE enterprise_id = ${enterpriseId}::uuid AND recipient_id = ${recipientId}::uuid
      AND (xid, id) > (${after.xid}::bigint, ${after.id}::bigint) AND xid < (SELECT horizon FROM seen) ${unread}
    ORDER BY xid, id LIMIT ${most}`;
  return toPage(await app.db.query<PageRow>(pageOf(seenOf(enterpriseId), { events, most })));
}

/** How far the database is settled now; pruned as far as that of any enterprise is. */
export async function readHorizon(app: Pick<App, 'db'>): Promise<Horizon> {
  const rows = await app.db.query<SeenRow>(Prisma.sql`WITH ${seen} SELECT * FROM seen`);
  return toHorizon(rows);
}

/**
 * The most rows of one `readNews`; with so many there may be more. Nothing else is served before the system's buffers are empty of
 * them, which takes 20 ms with somebody following each; and whoever comes meanwhile waits for the end of the look.
 */
export const newsPageSize = 1000;

/**
 * Hands on the settled events after a place of all these recipients, oldest first, while the database works on those after them: the
 * one statement that an instance needs to follow for everybody who is connected to it. Answers how many there were, and the glance that
 * each of them was read by.
 */
export async function readNews(
  app: Pick<App, 'db'>,
  recipientIds: UuidList,
  after: Position,
  onEvent: (row: InboxRow, glance: Glance) => void,
): Promise<{ readonly glance: Glance; readonly count: number }> {
  const most = Prisma.raw(String(newsPageSize));
  // IS TRUE keeps the planner from turning IN into a join: it reads the primary key in order from `after` on and looks
  // each recipient up in a hash table. A join would sort all that is new for every page. The place is hidden from the planner, and the
  // limit is not: it would guess that nothing comes after a place that is newer than its statistics, plan for that anew each time,
  // and sort all that is new.
  const events = Prisma.sql`
    SELECT ${eventColumns} FROM inbox_event
    WHERE (xid, id) > ((SELECT ${after.xid}::bigint), (SELECT ${after.id}::bigint)) AND xid < (SELECT horizon FROM seen)
      AND (recipient_id IN (SELECT unnest(${recipientIds}::uuid[]))) IS TRUE
    ORDER BY xid, id LIMIT ${most}`;
  // Asked for as max(xid), the index's last entry: asked for by recipient, the planner read the whole table at each wake-up.
  const unsettled = Prisma.sql`coalesce((SELECT max(xid) FROM inbox_event) >= horizon, false)`;
  let glance: Glance | undefined;
  let count = 0;
  await app.db.each<PageRow>(pageOf(seen, { events, most, unsettled }), (row) => {
    if (!glance) return void (glance = toGlance(row));
    count++;
    onEvent(toInboxRow(row), glance);
  });
  if (!glance) throw noEpoch();
  return { glance, count };
}

/** These events of one recipient, settled ones only, oldest first; what is not theirs is not among them. */
export async function readInboxRows(
  app: Pick<App, 'db'>,
  { enterpriseId, recipientId }: Recipient,
  places: readonly Position[],
): Promise<InboxPage> {
  const events = Prisma.sql`
    SELECT ${eventColumns} FROM inbox_event
    WHERE enterprise_id = ${enterpriseId}::uuid AND recipient_id = ${recipientId}::uuid
      AND xid < (SELECT horizon FROM seen) AND (xid, id) IN (SELECT * FROM ${listed(places)})`;
  return toPage(await app.db.query<PageRow>(pageOf(seen, { events, most: Prisma.sql`${places.length}::int` })));
}

function listed(places: readonly Position[]): Prisma.Sql {
  return Prisma.sql`unnest(
    ${places.map(({ xid }) => String(xid))}::bigint[], ${places.map(({ id }) => String(id))}::bigint[])`;
}

/** How many settled events this recipient has not acknowledged. */
export async function countUnacknowledged(
  app: Pick<App, 'db'>,
  { enterpriseId, recipientId }: Recipient,
): Promise<number> {
  const [row] = await app.db.query<{ count: number }>(Prisma.sql`
    SELECT count(*)::int AS count FROM inbox_event
    WHERE enterprise_id = ${enterpriseId}::uuid AND recipient_id = ${recipientId}::uuid AND acknowledged_at IS NULL
      AND xid < (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint`);
  return row?.count ?? 0;
}

/** Marks these events of the recipient as read, and answers how many were not before. Others' events stay as they are. */
export async function acknowledgeRows(
  tx: Tx,
  { enterpriseId, recipientId }: Recipient,
  which: { readonly events: readonly Position[] } | { readonly through: Position },
  at: Date,
): Promise<number> {
  const chosen =
    'through' in which
      ? Prisma.sql`(xid, id) <= (${which.through.xid}::bigint, ${which.through.id}::bigint)
          AND xid < (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint`
      : Prisma.sql`(xid, id) IN (SELECT * FROM ${listed(which.events)})`;
  return tx.$executeRaw`
    UPDATE inbox_event SET acknowledged_at = ${at}
    WHERE enterprise_id = ${enterpriseId}::uuid AND recipient_id = ${recipientId}::uuid AND acknowledged_at IS NULL
      AND ${chosen}`;
}

function toPage([glance, ...events]: readonly PageRow[]): InboxPage {
  if (!glance) throw noEpoch();
  return { horizon: toGlance(glance).horizon, rows: events.map(toInboxRow) };
}

function toGlance({ epoch, marks }: PageRow): Glance {
  if (epoch === null) throw noEpoch();
  const [horizon, prunedXid, unsettled] = marks.split(',') as GlanceMarks;
  return { horizon: { epoch, xid: BigInt(horizon), prunedXid: BigInt(prunedXid) }, unsettled: unsettled === 't' };
}

function toHorizon([first]: readonly SeenRow[]): Horizon {
  if (!first) throw noEpoch();
  return { epoch: first.epoch, xid: BigInt(first.horizon), prunedXid: BigInt(first.prunedXid) };
}

function noEpoch(): Error {
  return new Error('inbox_epoch has no row. The migrations insert it; put it back with a new epoch.');
}

function toInboxRow(row: PageRow): InboxRow {
  const [
    xid,
    id,
    enterpriseId,
    recipientId,
    type,
    position,
    acknowledgedAt,
    factId,
    occurredAt,
    transferId,
    transferKind,
    leaverId,
    successorId,
    itemCount,
    groupCount,
    actorId,
    firstPosition,
    lastPosition,
  ] = row.marks.split(',') as EventMarks;
  return {
    at: { xid: BigInt(xid), id: BigInt(id) },
    enterpriseId,
    recipientId,
    type,
    position: toNumber(position),
    acknowledgedAt: acknowledgedAt === '' ? null : toDate(acknowledgedAt),
    fact: {
      factId,
      occurredAt: toDate(occurredAt),
      transferId: transferId || null,
      transferKind: transferKind || null,
      leaverId: leaverId || null,
      leaverName: row.leaverName,
      successorId: successorId || null,
      successorName: row.successorName,
      contact: row.contact,
      note: row.note,
      customerText: row.customerText,
      itemCount: Number(itemCount),
      groupCount: Number(groupCount),
      actorId: actorId || null,
      actorName: row.actorName,
      firstPosition: toNumber(firstPosition),
      lastPosition: toNumber(lastPosition),
    },
  };
}

function toNumber(text: string): number | null {
  return text === '' ? null : Number(text);
}

let latest = { text: '', date: new Date(0) };

/** Of a time in UTC, as the database writes it. What happened in one transaction has the same one, which is read once. */
function toDate(text: string): Date {
  if (text !== latest.text) latest = { text, date: new Date(`${text.replace(' ', 'T')}Z`) };
  return latest.date;
}
