import { Prisma } from '../../generated/prisma/client.js';
import type { AddWay } from '../../generated/prisma/enums.js';
import type { App } from '../../platform/app.js';
import { allOf } from '../../platform/db/conditions.js';
import {
  keyset,
  microsOf,
  sortableInstant,
  type Direction,
  type KeysetPage,
  type SortKey,
} from '../../platform/db/keyset.js';
import type { TagRow } from '../tags/tags.js';
import type { CustomerRow } from './customer-row.js';
import type { View } from './customers.policy.js';
import { servingWithin } from './sight.store.js';

/** A relation as lists carry it, with its customer and the tags that the reader sees. Times are in microseconds. */
export interface RelationRow {
  readonly id: string;
  readonly memberId: string;
  readonly remark: string;
  readonly description: string;
  readonly addedAt: number | null;
  readonly addWay: AddWay;
  readonly lastMessageAt: number | null;
  readonly customer: CustomerRow;
  readonly tags: readonly TagRow[];
}

/** What a list of relations may be sorted by; the id follows as the tie-breaker. */
export type RelationOrderField = 'ADDED_AT' | 'NAME' | 'LAST_MESSAGE_AT';

/** How a list of relations is sorted. */
export interface RelationOrder {
  readonly field: RelationOrderField;
  readonly direction: Direction;
}

/** Which relations, in which order, and which page of them. */
export interface RelationListing {
  readonly view: View;
  readonly memberIds: readonly string[];
  readonly order: RelationOrder;
  readonly page: KeysetPage;
  /** A condition on the relation `r` and its customer `c`, as `relationFilterSql` makes it; null: all. */
  readonly where: Prisma.Sql | null;
}

const id: SortKey = { expression: Prisma.sql`r.id`, kind: 'id' };

/** The sort expressions of each order. The first one is what relation_active_by_added_idx is sorted by. */
export const relationKeys: Record<RelationOrderField, readonly SortKey[]> = {
  ADDED_AT: [{ expression: sortableInstant(Prisma.sql`r.added_at`), kind: 'instant' }, id],
  NAME: [{ expression: Prisma.sql`c.name`, kind: 'text' }, id],
  LAST_MESSAGE_AT: [{ expression: sortableInstant(Prisma.sql`r.last_message_at`), kind: 'instant' }, id],
};

/** The values of those expressions in a row: what a cursor holds. */
export function relationSortValues(field: RelationOrderField, row: RelationRow): readonly (string | number | null)[] {
  if (field === 'NAME') return [row.customer.name, row.id];
  return [field === 'ADDED_AT' ? row.addedAt : row.lastMessageAt, row.id];
}

/**
 * A page of each member's customers, in one statement: by member, one row more than the page, in reading direction. A
 * member with none is left out. Whose list may be read is the caller's to decide; the view says which tags show.
 *
 * The members come as a set even when there is one: the plan is then made once for everybody, where a plan for one
 * member's statistics was made anew at each call and cost a fifth. Rows are JSON arrays, not objects: a third faster.
 */
export async function listRelations(
  app: Pick<App, 'db'>,
  { view, memberIds, where, order, page }: RelationListing,
): Promise<Map<string, RelationRow[]>> {
  const keys = relationKeys[order.field];
  const part = keyset(keys, order.direction, page);
  const needsCustomer = where !== null || order.field === 'NAME';
  const lists = await app.db.query<{ memberId: string; rows: RelationTuple[] }>(Prisma.sql`
    SELECT m.id AS "memberId", json_agg(${tuple(view)} ORDER BY ${part.order}) AS rows
    FROM unnest(${[...memberIds]}::uuid[]) m(id)
    CROSS JOIN LATERAL (
      SELECT r.* FROM relation r ${needsCustomer ? Prisma.sql`JOIN customer c ON c.id = r.customer_id` : Prisma.empty}
      WHERE ${allOf([...activeOf(view, where), Prisma.sql`r.member_id = m.id`, part.beyond])}
      ORDER BY ${part.order} LIMIT ${part.limit}
    ) r
    JOIN customer c ON c.id = r.customer_id
    GROUP BY m.id`);
  return new Map(lists.map(({ memberId, rows }) => [memberId, rows.map((row) => relationOf(view, row))]));
}

/** How many customers of each member the condition holds for. A member with none is left out. */
export async function countRelations(
  app: Pick<App, 'db'>,
  { view, memberIds, where }: Omit<RelationListing, 'order' | 'page'>,
): Promise<Map<string, number>> {
  const counts = await app.db.query<{ memberId: string; count: number }>(Prisma.sql`
    SELECT r.member_id AS "memberId", count(*) AS count
    FROM relation r ${where === null ? Prisma.empty : Prisma.sql`JOIN customer c ON c.id = r.customer_id`}
    WHERE ${allOf([...activeOf(view, where), Prisma.sql`r.member_id = ANY(${[...memberIds]}::uuid[])`])}
    GROUP BY r.member_id`);
  return new Map(counts.map(({ memberId, count }) => [memberId, count]));
}

/** The active relations with these ids that the view shows, in no order. */
export function loadRelations(app: Pick<App, 'db'>, view: View, ids: readonly string[]): Promise<RelationRow[]> {
  return selectRelations(app, view, Prisma.sql`r.id = ANY(${[...ids]}::uuid[])`);
}

/** Who serves these customers now, as far as the view shows it; the longest known first. */
export function loadRelationsOfCustomers(
  app: Pick<App, 'db'>,
  view: View,
  customerIds: readonly string[],
): Promise<RelationRow[]> {
  return selectRelations(app, view, Prisma.sql`r.customer_id = ANY(${[...customerIds]}::uuid[])`);
}

async function selectRelations(app: Pick<App, 'db'>, view: View, where: Prisma.Sql): Promise<RelationRow[]> {
  const lists = await app.db.query<{ rows: RelationTuple[] | null }>(Prisma.sql`
    SELECT json_agg(${tuple(view)} ORDER BY r.added_at, r.id) AS rows
    FROM relation r JOIN customer c ON c.id = r.customer_id
    WHERE ${allOf([...activeOf(view, where), ...visibleRelation(view)])}`);
  return (lists[0]?.rows ?? []).map((row) => relationOf(view, row));
}

function activeOf(view: View, where: Prisma.Sql | null): Prisma.Sql[] {
  return [
    Prisma.sql`r.enterprise_id = ${view.enterpriseId}::uuid`,
    Prisma.sql`r.status = 'ACTIVE'`,
    ...(where === null ? [] : [where]),
  ];
}

function visibleRelation({ sight }: View): Prisma.Sql[] {
  if (sight.kind !== 'OF_CUSTOMER') return servingWithin(sight, Prisma.sql`r.member_id`);
  return [Prisma.sql`r.customer_id = ${sight.customerId}::uuid`];
}

/** Which tags on relation `r` a reader sees, as a condition on the alias `t`. */
export function visibleTag(personalTagsOf: string | null, r: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`(t.kind = 'CORP' OR t.member_id = ${r}.member_id AND t.member_id = ${personalTagsOf}::uuid)`;
}

/** A relation `r`, its customer `c` and its tags as one JSON array, in the order of RelationTuple. */
function tuple(view: View): Prisma.Sql {
  return Prisma.sql`json_build_array(
    r.id, r.member_id, r.remark, r.description, ${microsOf(Prisma.sql`r.added_at`)}, r.add_way,
    ${microsOf(Prisma.sql`r.last_message_at`)},
    c.id, c.external_user_id, c.name, c.kind, c.corp_name, c.region, c.city, c.business_type,
    ${microsOf(Prisma.sql`c.created_at`)},
    (SELECT json_agg(json_build_array(t.id, t.name, t.kind, t.group_id))
     FROM relation_tag rt JOIN tag t ON t.id = rt.tag_id
     WHERE rt.relation_id = r.id AND ${visibleTag(view.personalTagsOf, Prisma.sql`r`)}))`;
}

type TagTuple = [TagRow['id'], TagRow['name'], TagRow['kind'], TagRow['groupId']];
type RelationTuple = [
  ...[RelationRow['id'], RelationRow['memberId'], RelationRow['remark'], RelationRow['description']],
  ...[RelationRow['addedAt'], RelationRow['addWay'], RelationRow['lastMessageAt']],
  ...[CustomerRow['id'], CustomerRow['externalUserId'], CustomerRow['name'], CustomerRow['kind']],
  ...[CustomerRow['corpName'], CustomerRow['region'], CustomerRow['city'], CustomerRow['businessType']],
  ...[CustomerRow['createdAt'], TagTuple[] | null],
];

function relationOf(view: View, row: RelationTuple): RelationRow {
  return {
    id: row[0],
    memberId: row[1],
    remark: view.seesNotes ? row[2] : '',
    description: view.seesNotes ? row[3] : '',
    addedAt: row[4],
    addWay: row[5],
    lastMessageAt: row[6],
    customer: {
      id: row[7],
      externalUserId: row[8],
      name: row[9],
      kind: row[10],
      corpName: row[11],
      region: row[12],
      city: row[13],
      businessType: row[14],
      createdAt: row[15],
    },
    tags: view.seesNotes && row[16] ? row[16].map(tagOf).sort(byName) : [],
  };
}

function tagOf([id, name, kind, groupId]: TagTuple): TagRow {
  return { id, name, kind, groupId };
}

// Here and not in SQL, where sorting three rows fifty times costs more than reading them.
function byName(a: TagRow, b: TagRow): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}
