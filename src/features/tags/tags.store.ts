import { Prisma } from '../../generated/prisma/client.js';
import type { TagKind } from '../../generated/prisma/enums.js';
import type { App } from '../../platform/app.js';
import { allOf } from '../../platform/db/conditions.js';
import { keyset, type KeysetPage, type SortKey } from '../../platform/db/keyset.js';
import type { Tx } from '../../platform/db/transaction.js';
import type { TagSight } from './tags.policy.js';

/** A tag as lists carry it. */
export interface TagRow {
  readonly id: string;
  readonly name: string;
  readonly kind: TagKind;
  /** Null for a PERSONAL tag. */
  readonly groupId: string | null;
}

/** A group of tags as lists carry it. */
export interface TagGroupRow {
  readonly id: string;
  readonly name: string;
}

export const tagGroupKeys = [
  { expression: Prisma.sql`name`, kind: 'text' },
  { expression: Prisma.sql`id`, kind: 'id' },
] as const satisfies readonly SortKey[];

/** The tags that may be seen, as a condition on the alias `t`. */
export function visibleTags(sight: TagSight): Prisma.Sql {
  return Prisma.sql`t.enterprise_id = ${sight.enterpriseId}::uuid
    AND (t.kind = 'CORP' AND ${sight.corpTags}::boolean OR t.member_id = ${sight.personalTagsOf}::uuid)`;
}

/** A tag as it is changed; `groupId` of a CORP one, `memberId` of a PERSONAL one. */
export interface KnownTag {
  readonly id: string;
  readonly name: string;
  readonly kind: TagKind;
  readonly groupId: string | null;
  readonly memberId: string | null;
}

/** The tag of this id, if it may be seen; null otherwise. */
export async function findTag(tx: Tx, sight: TagSight, id: string): Promise<KnownTag | null> {
  const [tag] = await tx.$queryRaw<KnownTag[]>(Prisma.sql`
    SELECT t.id, t.name, t.kind::text AS kind, t.group_id AS "groupId", t.member_id AS "memberId"
    FROM tag t WHERE t.id = ${id}::uuid AND ${visibleTags(sight)}`);
  return tag ?? null;
}

/** The id of the tag that is called this in a group, or by a member; null when there is none. */
export async function findTagByName(
  tx: Tx,
  { groupId, memberId }: Pick<KnownTag, 'groupId' | 'memberId'>,
  name: string,
): Promise<string | null> {
  const known = await tx.tag.findFirst({ where: { groupId, memberId, name }, select: { id: true } });
  return known?.id ?? null;
}

/** The id of the enterprise's tag group that is called this; null when there is none. */
export async function findTagGroupByName(tx: Tx, enterpriseId: string, name: string): Promise<string | null> {
  const known = await tx.tagGroup.findUnique({
    where: { enterpriseId_name: { enterpriseId, name } },
    select: { id: true },
  });
  return known?.id ?? null;
}

/**
 * Keeps everyone else from naming, moving or removing what stands under an owner, until the transaction ends: the CORP tags
 * and groups of an enterprise, or the PERSONAL tags of a member.
 *
 * Names are seldom written. Without it two who take the same name both find it free, and the index fails one of them.
 */
export async function lockTagNames(tx: Tx, ownerId: string): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('tag names ' || ${ownerId}, 0))`;
}

/** The member's own tags, by name. */
export function listPersonalTags(app: Pick<App, 'db'>, enterpriseId: string, memberId: string): Promise<TagRow[]> {
  return selectTags(app, Prisma.sql`t.enterprise_id = ${enterpriseId}::uuid AND t.member_id = ${memberId}::uuid`);
}

/** The tags with these ids that may be seen, in no order. */
export function loadTags(app: Pick<App, 'db'>, sight: TagSight, ids: readonly string[]): Promise<TagRow[]> {
  return selectTags(app, Prisma.sql`t.id = ANY(${[...ids]}::uuid[]) AND ${visibleTags(sight)}`);
}

/** The tags of these groups, by name. */
export async function loadTagsOfGroups(
  app: Pick<App, 'db'>,
  sight: TagSight,
  groupIds: readonly string[],
): Promise<TagRow[]> {
  if (!sight.corpTags) return [];
  return selectTags(
    app,
    Prisma.sql`t.enterprise_id = ${sight.enterpriseId}::uuid AND t.kind = 'CORP' AND t.group_id = ANY(${[...groupIds]}::uuid[])`,
  );
}

/** The groups with these ids that may be seen, in no order. */
export async function loadTagGroups(
  app: Pick<App, 'db'>,
  sight: TagSight,
  ids: readonly string[],
): Promise<TagGroupRow[]> {
  if (!sight.corpTags) return [];
  return app.db.query<TagGroupRow>(Prisma.sql`
    SELECT id, name FROM tag_group
    WHERE enterprise_id = ${sight.enterpriseId}::uuid AND id = ANY(${[...ids]}::uuid[])`);
}

/** A page of the enterprise's tag groups by name, and one row more, in reading direction. */
export async function listTagGroups(app: Pick<App, 'db'>, sight: TagSight, page: KeysetPage): Promise<TagGroupRow[]> {
  if (!sight.corpTags) return [];
  const { beyond, order, limit } = keyset(tagGroupKeys, 'ASC', page);
  return app.db.query<TagGroupRow>(Prisma.sql`
    SELECT id, name FROM tag_group
    WHERE ${allOf([Prisma.sql`enterprise_id = ${sight.enterpriseId}::uuid`, beyond])} ORDER BY ${order} LIMIT ${limit}`);
}

/** How many groups of tags may be seen. */
export async function countTagGroups(app: Pick<App, 'db'>, sight: TagSight): Promise<number> {
  if (!sight.corpTags) return 0;
  return app.db.prisma.tagGroup.count({ where: { enterpriseId: sight.enterpriseId } });
}

function selectTags(app: Pick<App, 'db'>, where: Prisma.Sql): Promise<TagRow[]> {
  return app.db.query<TagRow>(Prisma.sql`
    SELECT t.id, t.name, t.kind::text AS kind, t.group_id AS "groupId" FROM tag t WHERE ${where} ORDER BY t.name, t.id`);
}
