import { Prisma } from '../../generated/prisma/client.js';
import type { CustomerGroupStatus } from '../../generated/prisma/enums.js';
import type { App } from '../../platform/app.js';
import { allOf, textConditions, type TextCondition } from '../../platform/db/conditions.js';
import { keyset, microsOf, type KeysetPage, type SortKey } from '../../platform/db/keyset.js';
import type { GroupSight } from './groups.policy.js';

/** A customer group as lists carry it. `createdAt` is in microseconds. */
export interface GroupRow {
  readonly id: string;
  readonly chatId: string;
  readonly name: string;
  readonly notice: string | null;
  readonly ownerId: string;
  readonly status: CustomerGroupStatus;
  readonly createdAt: number;
}

/** Somebody in a group: a member or a customer. `joinedAt` is in microseconds. */
export interface ParticipantRow {
  readonly id: string;
  readonly joinedAt: number | null;
  readonly memberId: string | null;
  readonly customerId: string | null;
}

/** Which groups; all that is given must hold. It is JSON, and its ids are UUIDs. */
export interface GroupFilter {
  readonly name?: TextCondition;
  readonly chatId?: TextCondition;
  readonly status?: readonly CustomerGroupStatus[];
  readonly ownerId?: string;
}

/** Groups by name; the id breaks ties. */
export const groupKeys = [
  { expression: Prisma.sql`g.name`, kind: 'text' },
  { expression: Prisma.sql`g.id`, kind: 'id' },
] as const satisfies readonly SortKey[];

/** Participants in the order in which they were written down. */
export const participantKeys = [{ expression: Prisma.sql`p.id`, kind: 'id' }] as const satisfies readonly SortKey[];

const columns = Prisma.sql`g.id, g.chat_id AS "chatId", g.name, g.notice, g.owner_id AS "ownerId", g.status::text AS status,
  ${microsOf(Prisma.sql`g.created_at`)} AS "createdAt"`;

/** A page of the groups that may be seen, and one row more, in reading direction. */
export async function listGroups(
  app: Pick<App, 'db'>,
  sight: GroupSight,
  filter: GroupFilter,
  page: KeysetPage,
): Promise<GroupRow[]> {
  if (sight.none) return [];
  const { beyond, order, limit } = keyset(groupKeys, 'ASC', page);
  return app.db.query<GroupRow>(Prisma.sql`
    SELECT ${columns} FROM customer_group g
    WHERE ${allOf([...visible(sight), ...matching(filter), beyond])} ORDER BY ${order} LIMIT ${limit}`);
}

/** How many groups may be seen, of those the filter holds for. */
export async function countGroups(app: Pick<App, 'db'>, sight: GroupSight, filter: GroupFilter): Promise<number> {
  if (sight.none) return 0;
  const [counted] = await app.db.query<{ count: number }>(Prisma.sql`
    SELECT count(*) AS count FROM customer_group g WHERE ${allOf([...visible(sight), ...matching(filter)])}`);
  return counted?.count ?? 0;
}

/** The groups with these ids that may be seen, in no order. */
export async function loadGroups(app: Pick<App, 'db'>, sight: GroupSight, ids: readonly string[]): Promise<GroupRow[]> {
  if (sight.none) return [];
  return app.db.query<GroupRow>(Prisma.sql`
    SELECT ${columns} FROM customer_group g
    WHERE ${allOf([...visible(sight), Prisma.sql`g.id = ANY(${[...ids]}::uuid[])`])}`);
}

/** The group of this name in the company's own books, if it may be seen. */
export async function findGroup(app: Pick<App, 'db'>, sight: GroupSight, chatId: string): Promise<GroupRow | null> {
  // PostgreSQL takes no NUL, so no group is called that.
  if (sight.none || chatId.includes('\0')) return null;
  const rows = await app.db.query<GroupRow>(Prisma.sql`
    SELECT ${columns} FROM customer_group g WHERE ${allOf([...visible(sight), Prisma.sql`g.chat_id = ${chatId}`])}`);
  return rows[0] ?? null;
}

/** A page of the groups that each member owns, or each customer is in, in one statement; by that person. */
export async function listGroupsOf(
  app: Pick<App, 'db'>,
  sight: GroupSight,
  who: 'owner' | 'customer',
  personIds: readonly string[],
  page: KeysetPage,
): Promise<Map<string, GroupRow[]>> {
  if (sight.none) return new Map();
  const { beyond, order, limit } = keyset(groupKeys, 'ASC', page);
  const belongs =
    who === 'owner'
      ? Prisma.sql`g.owner_id = person.id`
      : Prisma.sql`g.id IN (
          SELECT p.group_id FROM group_participant p
          WHERE p.enterprise_id = ${sight.enterpriseId}::uuid AND p.customer_id = person.id)`;
  const rows = await app.db.query<GroupRow & { personId: string }>(Prisma.sql`
    SELECT person.id AS "personId", ${columns}
    FROM unnest(${[...personIds]}::uuid[]) person(id)
    CROSS JOIN LATERAL (
      SELECT g.* FROM customer_group g WHERE ${allOf([...visible(sight), belongs, beyond])} ORDER BY ${order} LIMIT ${limit}
    ) g
    ORDER BY ${order}`);
  return grouped(rows, ({ personId, ...row }) => [personId, row]);
}

/** A page of each group's participants, in one statement; by group. Whose groups these are is the caller's to decide. */
export async function listParticipants(
  app: Pick<App, 'db'>,
  enterpriseId: string,
  groupIds: readonly string[],
  page: KeysetPage,
): Promise<Map<string, ParticipantRow[]>> {
  const { beyond, order, limit } = keyset(participantKeys, 'ASC', page);
  const rows = await app.db.query<ParticipantRow & { groupId: string }>(Prisma.sql`
    SELECT p.group_id AS "groupId", p.id, ${microsOf(Prisma.sql`p.joined_at`)} AS "joinedAt", p.member_id AS "memberId",
           p.customer_id AS "customerId"
    FROM unnest(${[...groupIds]}::uuid[]) one(id)
    CROSS JOIN LATERAL (
      SELECT p.* FROM group_participant p
      WHERE ${allOf([Prisma.sql`p.enterprise_id = ${enterpriseId}::uuid`, Prisma.sql`p.group_id = one.id`, beyond])}
      ORDER BY ${order} LIMIT ${limit}
    ) p
    ORDER BY ${order}`);
  return grouped(rows, ({ groupId, ...row }) => [groupId, row]);
}

/** How many are in each of these groups. An empty one is left out. */
export async function countParticipants(
  app: Pick<App, 'db'>,
  enterpriseId: string,
  groupIds: readonly string[],
): Promise<Map<string, number>> {
  const rows = await app.db.query<{ groupId: string; count: number }>(Prisma.sql`
    SELECT group_id AS "groupId", count(*) AS count FROM group_participant
    WHERE enterprise_id = ${enterpriseId}::uuid AND group_id = ANY(${[...groupIds]}::uuid[]) GROUP BY group_id`);
  return new Map(rows.map(({ groupId, count }) => [groupId, count]));
}

function visible({ enterpriseId, ownerId, departmentIds }: GroupSight): Prisma.Sql[] {
  const own = Prisma.sql`g.owner_id = ${ownerId}::uuid`;
  const within = Prisma.sql`EXISTS (
    SELECT FROM member m WHERE m.id = g.owner_id AND m.department_id = ANY(${[...departmentIds]}::uuid[]))`;
  return [
    Prisma.sql`g.enterprise_id = ${enterpriseId}::uuid`,
    ...(ownerId === null ? [] : [departmentIds.length === 0 ? own : Prisma.sql`(${own} OR ${within})`]),
  ];
}

function matching({ name, chatId, status, ownerId }: GroupFilter): Prisma.Sql[] {
  return [
    ...textConditions(Prisma.sql`g.name`, name),
    ...textConditions(Prisma.sql`g.chat_id`, chatId),
    ...(status === undefined ? [] : [Prisma.sql`g.status::text = ANY(${[...status]}::text[])`]),
    ...(ownerId === undefined ? [] : [Prisma.sql`g.owner_id = ${ownerId}::uuid`]),
  ];
}

function grouped<Row, Part>(rows: readonly Row[], split: (row: Row) => [string, Part]): Map<string, Part[]> {
  const groups = new Map<string, Part[]>();
  for (const row of rows) {
    const [key, part] = split(row);
    const group = groups.get(key);
    if (group) group.push(part);
    else groups.set(key, [part]);
  }
  return groups;
}
