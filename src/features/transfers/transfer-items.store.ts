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

/** A page of a transfer's items by place, and one more, in reading direction. */
export function listItems(
  app: Pick<App, 'db'>,
  list: {
    readonly enterpriseId: string;
    readonly transferId: string;
    readonly filter: ItemFilter;
    readonly page: ItemPage;
  },
): Promise<ItemRow[]> {
  const { filter, page } = list;
  const conditions = [
    Prisma.sql`i.transfer_id = ${list.transferId}::uuid`,
    Prisma.sql`i.enterprise_id = ${list.enterpriseId}::uuid`,
    ...(filter.statuses ? [Prisma.sql`i.status = ANY(${[...filter.statuses]}::"TransferItemStatus"[])`] : []),
    ...(filter.reasons ? [Prisma.sql`i.reason = ANY(${[...filter.reasons]}::text[])`] : []),
    ...(filter.successorId ? [Prisma.sql`i.successor_id = ${filter.successorId}::uuid`] : []),
    ...(page.from
      ? [Prisma.sql`i.position ${page.backward ? Prisma.raw('<') : Prisma.raw('>')} ${page.from[0]}::int`]
      : []),
  ];
  return app.db.query<ItemRow>(Prisma.sql`
    SELECT ${columns} FROM transfer_item i JOIN transfer t ON t.id = i.transfer_id
    WHERE ${Prisma.join(conditions, ' AND ')}
    ORDER BY i.position ${page.backward ? Prisma.raw('DESC') : Prisma.empty} LIMIT ${Prisma.raw(String(page.limit + 1))}`);
}

/** A page of what happened to a customer, the latest transfer first, and one more, in reading direction. */
export function listItemsOfCustomer(
  app: Pick<App, 'db'>,
  list: { readonly enterpriseId: string; readonly customerId: string; readonly page: ItemPage },
): Promise<ItemRow[]> {
  const { page } = list;
  const way = Prisma.raw(page.backward ? 'ASC' : 'DESC');
  // Transfers' ids ascend with time, and no customer is in one twice but for what a caller named twice.
  const beyond = page.from
    ? Prisma.sql`AND (i.transfer_id, i.position) ${Prisma.raw(page.backward ? '>' : '<')} (${page.from[0]}::uuid, ${page.from[1]}::int)`
    : Prisma.empty;
  return app.db.query<ItemRow>(Prisma.sql`
    SELECT ${columns} FROM transfer_item i JOIN transfer t ON t.id = i.transfer_id
    WHERE i.enterprise_id = ${list.enterpriseId}::uuid AND i.customer_id = ${list.customerId}::uuid ${beyond}
    ORDER BY i.transfer_id ${way}, i.position ${way} LIMIT ${Prisma.raw(String(page.limit + 1))}`);
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
