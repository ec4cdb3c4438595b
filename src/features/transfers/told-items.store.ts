import { Prisma } from '../../generated/prisma/client.js';
import type { App } from '../../platform/app.js';

/** What a notification tells of: customers or groups that came by a takeover, or that came back by an undo. */
export interface Telling {
  readonly enterpriseId: string;
  /** Who was told. */
  readonly holderId: string;
  readonly what: 'customers' | 'groups';
  readonly how: 'taken over' | 'taken back';
  /** Only what stands after this place of the transfer, and no more than the limit. */
  readonly after: number;
  readonly limit: number;
}

/** A relation or group that somebody was told of, and the place of its item. */
export interface ToldItem {
  readonly id: string;
  readonly position: number;
}

/**
 * What each of these facts gave to the one who was told, and they still hold, by place in the transfer: relations of
 * customers, or groups. One statement for all facts; the answer is in their order.
 */
export async function listToldItems(
  app: Pick<App, 'db'>,
  telling: Telling,
  factIds: readonly string[],
): Promise<ToldItem[][]> {
  const holder = Prisma.sql`${telling.holderId}::uuid`;
  // By customer, not by the item's relation: where the successor served the customer already, that one has ended. OFFSET 0: those of
  // the customer first, who is served by a few; before anything has analyzed the table, the planner read all that the holder
  // serves for each item.
  const held =
    telling.what === 'customers'
      ? Prisma.sql`LATERAL (
          SELECT r.id, r.member_id FROM relation r
          WHERE r.enterprise_id = i.enterprise_id AND r.customer_id = i.customer_id AND r.status = 'ACTIVE' OFFSET 0
        ) h ON i.kind = 'CUSTOMER' AND h.member_id = ${holder}`
      : Prisma.sql`customer_group h ON i.kind = 'GROUP' AND h.id = i.group_id AND h.owner_id = ${holder}`;
  // An item keeps the fact of its takeover, but for a group: that one has a fact of its own, for its customers.
  const told = {
    'taken over': Prisma.sql`i.status = 'COMPLETED' AND i.successor_id = ${holder}
      ${telling.what === 'customers' ? Prisma.sql`AND i.fact_id = f.id` : Prisma.empty}`,
    // The time tells one undo of a transfer from the next.
    'taken back': Prisma.sql`i.status = 'UNDONE' AND i.successor_id = f.successor_id AND i.ended_at = f.occurred_at`,
  }[telling.how];
  const rows = await app.db.query<ToldItem & { nth: number }>(Prisma.sql`
    SELECT s.nth::int AS nth, told.id, told.position
    FROM unnest(${[...factIds]}::uuid[]) WITH ORDINALITY s(fact_id, nth)
    JOIN fact f ON f.id = s.fact_id
    CROSS JOIN LATERAL (
      SELECT h.id, i.position FROM transfer_item i JOIN ${held}
      WHERE i.transfer_id = f.transfer_id AND i.enterprise_id = ${telling.enterpriseId}::uuid
        AND i.position BETWEEN greatest(f.first_position, ${telling.after}::int + 1) AND f.last_position AND ${told}
      ORDER BY i.position LIMIT ${telling.limit}::int) told
    ORDER BY s.nth, told.position`);
  const lists: ToldItem[][] = factIds.map(() => []);
  for (const { nth, id, position } of rows) lists[nth - 1]?.push({ id, position });
  return lists;
}

/** What a customer may know of the item that a notice is about. */
export interface NoticedItem {
  readonly takeoverDueAt: Date | null;
  readonly groupName: string | null;
}

/** The items at these places, as customers may know them; in the order of the places, null for one that is not there. */
export async function loadNoticedItems(
  app: Pick<App, 'db'>,
  enterpriseId: string,
  places: readonly { readonly transferId: string; readonly position: number }[],
): Promise<(NoticedItem | null)[]> {
  const rows = await app.db.query<NoticedItem & { nth: number }>(Prisma.sql`
    SELECT place.nth::int AS nth, i.takeover_due_at AS "takeoverDueAt", g.name AS "groupName"
    FROM unnest(${places.map(({ transferId }) => transferId)}::uuid[], ${places.map(({ position }) => position)}::int[])
      WITH ORDINALITY place (transfer_id, position, nth)
    JOIN transfer_item i USING (transfer_id, position) LEFT JOIN customer_group g ON g.id = i.group_id
    WHERE i.enterprise_id = ${enterpriseId}::uuid`);
  const found = new Map(rows.map(({ nth, ...item }) => [nth, item]));
  return places.map((_, index) => found.get(index + 1) ?? null);
}
