import { Prisma } from '../../generated/prisma/client.js';
import type {
  TakeoverOutcome,
  TransferItemKind,
  TransferItemStatus,
  TransferKind,
} from '../../generated/prisma/enums.js';
import type { App } from '../../platform/app.js';
import { allOf, withinReach } from '../../platform/db/conditions.js';
import type { Reach } from '../../platform/rights.js';

/** One item as lists carry it, with the leaver and the kind of its transfer. */
export interface ItemRow {
  readonly transferId: string;
  readonly transferKind: TransferKind;
  readonly position: number;
  readonly kind: TransferItemKind;
  readonly status: TransferItemStatus;
  readonly reason: string | null;
  readonly outcome: TakeoverOutcome | null;
  readonly attempt: number;
  readonly relationId: string | null;
  readonly customerId: string | null;
  readonly groupId: string | null;
  readonly requested: string | null;
  readonly leaverId: string;
  readonly successorId: string | null;
  readonly takeoverDueAt: Date | null;
  readonly takenOverAt: Date | null;
  readonly endedAt: Date | null;
  readonly leftBehind: LeftBehind | null;
  readonly inTransferId: string | null;
  readonly followsTransfer: string | null;
  readonly followsPosition: number | null;
  readonly keptBecause: readonly string[];
  readonly rulePlace: number | null;
  readonly loadBefore: number | null;
  readonly chosenBecause: string | null;
  readonly drain: number | null;
}

/** What a takeover left behind of the notes and corp tags, as the transfer was told; what went along is not in it. */
export interface LeftBehind {
  readonly remark?: string;
  readonly description?: string;
  readonly tagIds?: readonly string[];
}

/** Where an item stands. */
export interface ItemPlace {
  readonly transferId: string;
  readonly position: number;
}

const columns = Prisma.sql`
  i.transfer_id AS "transferId", t.kind::text AS "transferKind", i.position, i.kind::text AS kind, i.status::text AS status,
  i.reason, i.outcome::text AS outcome, i.attempt, i.relation_id AS "relationId", i.customer_id AS "customerId",
  i.group_id AS "groupId", i.requested, t.leaver_id AS "leaverId", i.successor_id AS "successorId",
  i.takeover_due_at AS "takeoverDueAt", i.taken_over_at AS "takenOverAt", i.ended_at AS "endedAt",
  i.left_behind AS "leftBehind", i.in_transfer_id AS "inTransferId", i.follows_transfer AS "followsTransfer",
  i.follows_position AS "followsPosition", coalesce(i.kept_because, '{}') AS "keptBecause",
  i.rule_place AS "rulePlace", i.load_before AS "loadBefore", i.chosen_because AS "chosenBecause", i.drain`;

/** Which items of a list; what is left out does not matter. */
export interface ItemFilter {
  readonly kind?: TransferItemKind;
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
    ...(filter.kind ? [Prisma.sql`i.kind = ${filter.kind}::"TransferItemKind"`] : []),
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

/** A page of what happened to each of these customers, or groups, the latest transfer first, and one more each; by their ids. */
export async function listItemsOf(
  app: Pick<App, 'db'>,
  what: 'customer' | 'group',
  list: {
    readonly enterpriseId: string;
    readonly reach: Reach;
    readonly ids: readonly string[];
    readonly page: ItemPage;
  },
): Promise<Map<string, ItemRow[]>> {
  const { page } = list;
  const way = Prisma.raw(page.backward ? 'ASC' : 'DESC');
  const column = what === 'customer' ? Prisma.sql`i.customer_id` : Prisma.sql`i.group_id`;
  // Transfers' ids ascend with time, and nothing is in one twice but for what a caller named twice.
  const beyond = page.from
    ? Prisma.sql`AND (i.transfer_id, i.position) ${Prisma.raw(page.backward ? '>' : '<')} (${page.from[0]}::uuid, ${page.from[1]}::int)`
    : Prisma.empty;
  const within =
    list.reach === 'ALL'
      ? Prisma.empty
      : Prisma.sql`AND EXISTS (
          SELECT FROM transfer o WHERE o.id = i.transfer_id AND ${allOf(withinReach(Prisma.sql`o.department_id`, list.reach))})`;
  const rows = await app.db.query<ItemRow>(Prisma.sql`
    SELECT ${columns} FROM unnest(${[...list.ids]}::uuid[]) parent(id)
    CROSS JOIN LATERAL (
      SELECT i.* FROM transfer_item i
      WHERE i.enterprise_id = ${list.enterpriseId}::uuid AND ${column} = parent.id ${beyond} ${within}
      ORDER BY i.transfer_id ${way}, i.position ${way} ${limitOf(page)}
    ) i
    JOIN transfer t ON t.id = i.transfer_id
    ORDER BY i.transfer_id ${way}, i.position ${way}`);
  return grouped(list.ids, rows, (row) => (what === 'customer' ? row.customerId : row.groupId));
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

/** The items within reach at these places of these transfers, in the order of the places; null for one that is not there. */
export async function loadItems(
  app: Pick<App, 'db'>,
  { enterpriseId, reach }: { readonly enterpriseId: string; readonly reach: Reach },
  places: readonly ItemPlace[],
): Promise<(ItemRow | null)[]> {
  const rows = await app.db.query<ItemRow & { nth: number }>(Prisma.sql`
    SELECT place.nth::int AS nth, ${columns} FROM ${unnested(places)}
    JOIN transfer_item i USING (transfer_id, position) JOIN transfer t ON t.id = i.transfer_id
    WHERE ${allOf([Prisma.sql`i.enterprise_id = ${enterpriseId}::uuid`, ...withinReach(Prisma.sql`t.department_id`, reach)])}`);
  return inOrder(places, rows);
}

/** For each of these items the one within reach that tries it again, in their order; null where none does. */
export async function loadLaterTries(
  app: Pick<App, 'db'>,
  { enterpriseId, reach }: { readonly enterpriseId: string; readonly reach: Reach },
  places: readonly ItemPlace[],
): Promise<(ItemRow | null)[]> {
  const rows = await app.db.query<ItemRow & { nth: number }>(Prisma.sql`
    SELECT place.nth::int AS nth, ${columns} FROM ${unnested(places)}
    JOIN transfer_item i ON i.follows_transfer = place.transfer_id AND i.follows_position = place.position
    JOIN transfer t ON t.id = i.transfer_id
    WHERE ${allOf([Prisma.sql`i.enterprise_id = ${enterpriseId}::uuid`, ...withinReach(Prisma.sql`t.department_id`, reach)])}`);
  return inOrder(places, rows);
}

function unnested(places: readonly ItemPlace[]): Prisma.Sql {
  const transferIds = places.map(({ transferId }) => transferId);
  const positions = places.map(({ position }) => position);
  return Prisma.sql`unnest(${transferIds}::uuid[], ${positions}::int[]) WITH ORDINALITY AS place (transfer_id, position, nth)`;
}

function inOrder(places: readonly ItemPlace[], rows: readonly (ItemRow & { nth: number })[]): (ItemRow | null)[] {
  const byPlace = new Map(rows.map((row) => [row.nth, row]));
  return places.map((_, index) => byPlace.get(index + 1) ?? null);
}
