import { Prisma } from '../../generated/prisma/client.js';
import type { TakeoverOutcome, TransferItemStatus } from '../../generated/prisma/enums.js';
import type { App } from '../../platform/app.js';

/** One item as lists carry it, with the leaver of its transfer. */
export interface ItemRow {
  readonly transferId: string;
  readonly position: number;
  readonly status: TransferItemStatus;
  readonly reason: string | null;
  readonly outcome: TakeoverOutcome | null;
  readonly attempt: number;
  readonly customerId: string | null;
  readonly requested: string | null;
  readonly leaverId: string;
  readonly successorId: string | null;
  readonly takeoverDueAt: Date | null;
  readonly takenOverAt: Date | null;
}

const columns = Prisma.sql`
  i.transfer_id AS "transferId", i.position, i.status::text AS status, i.reason, i.outcome::text AS outcome, i.attempt,
  i.customer_id AS "customerId", i.requested, t.leaver_id AS "leaverId", i.successor_id AS "successorId",
  i.takeover_due_at AS "takeoverDueAt", i.taken_over_at AS "takenOverAt"`;

/** Which items of a list; what is left out does not matter. */
export interface ItemFilter {
  readonly statuses?: readonly string[];
  readonly reasons?: readonly string[];
  readonly successorId?: string;
}

/** A part of a list of items: so many, in this direction, from this place on. */
export interface ItemPage {
  readonly limit: number;
  readonly backward: boolean;
  readonly from: readonly unknown[] | null;
}

/** A page of the items of each of these transfers, by place, and one more each, in reading direction; by transfer. */
export async function listItems(
  app: Pick<App, 'db'>,
  list: {
    readonly enterpriseId: string;
    readonly transferIds: readonly string[];
    readonly filter: ItemFilter;
    readonly page: ItemPage;
  },
): Promise<Map<string, ItemRow[]>> {
  const { filter, page } = list;
  const way = Prisma.raw(page.backward ? 'DESC' : 'ASC');
  const conditions = [
    Prisma.sql`i.transfer_id = parent.id`,
    Prisma.sql`i.enterprise_id = ${list.enterpriseId}::uuid`,
    ...(filter.statuses ? [Prisma.sql`i.status = ANY(${[...filter.statuses]}::"TransferItemStatus"[])`] : []),
    ...(filter.reasons ? [Prisma.sql`i.reason = ANY(${[...filter.reasons]}::text[])`] : []),
    ...(filter.successorId ? [Prisma.sql`i.successor_id = ${filter.successorId}::uuid`] : []),
    ...(page.from
      ? [Prisma.sql`i.position ${page.backward ? Prisma.raw('<') : Prisma.raw('>')} ${page.from[0]}::int`]
      : []),
  ];
  const rows = await app.db.query<ItemRow>(Prisma.sql`
    SELECT ${columns} FROM unnest(${[...list.transferIds]}::uuid[]) parent(id)
    CROSS JOIN LATERAL (
      SELECT i.* FROM transfer_item i WHERE ${Prisma.join(conditions, ' AND ')} ORDER BY i.position ${way} ${limitOf(page)}
    ) i
    JOIN transfer t ON t.id = i.transfer_id
    ORDER BY i.position ${way}`);
  return grouped(list.transferIds, rows, ({ transferId }) => transferId);
}

/** A page of what happened to each of these customers, the latest transfer first, and one more each; by customer. */
export async function listItemsOfCustomers(
  app: Pick<App, 'db'>,
  list: { readonly enterpriseId: string; readonly customerIds: readonly string[]; readonly page: ItemPage },
): Promise<Map<string, ItemRow[]>> {
  const { page } = list;
  const way = Prisma.raw(page.backward ? 'ASC' : 'DESC');
  // Transfers' ids ascend with time, and no customer is in one twice but for what a caller named twice.
  const beyond = page.from
    ? Prisma.sql`AND (i.transfer_id, i.position) ${Prisma.raw(page.backward ? '>' : '<')} (${page.from[0]}::uuid, ${page.from[1]}::int)`
    : Prisma.empty;
  const rows = await app.db.query<ItemRow>(Prisma.sql`
    SELECT ${columns} FROM unnest(${[...list.customerIds]}::uuid[]) parent(id)
    CROSS JOIN LATERAL (
      SELECT i.* FROM transfer_item i
      WHERE i.enterprise_id = ${list.enterpriseId}::uuid AND i.customer_id = parent.id ${beyond}
      ORDER BY i.transfer_id ${way}, i.position ${way} ${limitOf(page)}
    ) i
    JOIN transfer t ON t.id = i.transfer_id
    ORDER BY i.transfer_id ${way}, i.position ${way}`);
  return grouped(list.customerIds, rows, ({ customerId }) => customerId);
}

function limitOf({ limit }: ItemPage): Prisma.Sql {
  return Prisma.sql`LIMIT ${Prisma.raw(String(Math.trunc(limit) + 1))}`;
}

function grouped(
  parentIds: readonly string[],
  rows: readonly ItemRow[],
  parentOf: (row: ItemRow) => string | null,
): Map<string, ItemRow[]> {
  const byParent = new Map<string, ItemRow[]>(parentIds.map((id) => [id, []]));
  for (const row of rows) byParent.get(parentOf(row) ?? '')?.push(row);
  return byParent;
}

/** The items at these places of these transfers, in no order. */
export function loadItems(
  app: Pick<App, 'db'>,
  enterpriseId: string,
  places: readonly { readonly transferId: string; readonly position: number }[],
): Promise<ItemRow[]> {
  const transferIds = places.map(({ transferId }) => transferId);
  const positions = places.map(({ position }) => position);
  return app.db.query<ItemRow>(Prisma.sql`
    SELECT ${columns} FROM unnest(${transferIds}::uuid[], ${positions}::int[]) AS place (transfer_id, position)
    JOIN transfer_item i USING (transfer_id, position) JOIN transfer t ON t.id = i.transfer_id
    WHERE i.enterprise_id = ${enterpriseId}::uuid`);
}
