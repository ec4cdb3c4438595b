import { Prisma } from '../../generated/prisma/client.js';
import type { Actor } from '../../platform/actor.js';
import type { Tx } from '../../platform/db/transaction.js';
import { Refusal } from '../../platform/errors.js';
import { tagSightOf, visibleTags } from '../tags/tags.js';
import { foundAll, requireCount, tagRelationsLimits } from './customers.errors.js';
import { mayPutTag } from './customers.policy.js';
import { touched } from './touched.js';

type MemberActor = Extract<Actor, { kind: 'member' }>;

/** A tag that the caller sees; `memberId` is the owner of a PERSONAL one. */
export interface HeldTag {
  readonly id: string;
  readonly memberId: string | null;
}

/** A relation that stays with this member until the transaction ends. */
export interface HeldRelation {
  readonly id: string;
  readonly memberId: string;
  /** Where the member works. */
  readonly departmentId: string | null;
}

/**
 * The tags of these ids, in order, held so that none is deleted before the end of the transaction. Refuses NOT_FOUND for
 * the first that there is not, or that is another member's.
 *
 * After the relations, as deleteTag takes its locks: the other way round the two could wait for each other.
 */
export async function holdTags(
  tx: Tx,
  actor: MemberActor,
  ids: readonly string[],
  field: string,
): Promise<readonly HeldTag[]> {
  requireCount(field, ids, 0, tagRelationsLimits.tags);
  if (ids.length === 0) return [];
  const rows = await tx.$queryRaw<HeldTag[]>(Prisma.sql`
    SELECT t.id, t.member_id AS "memberId" FROM tag t
    WHERE t.id = ANY(${[...ids]}::uuid[]) AND ${visibleTags(tagSightOf(actor))} FOR KEY SHARE`);
  return foundAll(ids, rows, 'tag', field);
}

/** Refuses TAG_NOT_ALLOWED when one of the tags is PERSONAL and not its owner's to put on each of these relations. */
export function requireTagsAllowed(
  actor: MemberActor,
  relations: readonly HeldRelation[],
  tags: readonly HeldTag[],
  field: string,
): void {
  const place = tags.findIndex((tag) => !relations.every((relation) => mayPutTag(actor, tag, relation)));
  if (place < 0) return;
  throw new Refusal(
    'TAG_NOT_ALLOWED',
    'A PERSONAL tag goes on customers that its owner serves. Take a CORP tag here.',
    {
      path: ['input', field, String(place)],
    },
  );
}

/** Puts the tags on the relations, where they are not yet; both are held. Answers the relations that got one. */
export async function putTags(
  tx: Tx,
  actor: MemberActor,
  relations: readonly HeldRelation[],
  tags: readonly HeldTag[],
): Promise<readonly string[]> {
  if (tags.length === 0) return [];
  return changed(tx, {
    change: Prisma.sql`
      INSERT INTO relation_tag (relation_id, tag_id, enterprise_id)
      SELECT r.id, t.id, ${actor.enterpriseId}::uuid
      FROM unnest(${idsOf(relations)}::uuid[]) r(id), unnest(${idsOf(tags)}::uuid[]) t(id)
      ORDER BY 1, 2
      ON CONFLICT DO NOTHING`,
    corpTagIds: idsOf(tags.filter(({ memberId }) => memberId === null)),
  });
}

/** Takes the tags off the relations that carry them; both are held. Answers the relations that lost one. */
export async function takeTags(
  tx: Tx,
  actor: MemberActor,
  relations: readonly HeldRelation[],
  tags: readonly HeldTag[],
): Promise<readonly string[]> {
  if (tags.length === 0) return [];
  const corpTagIds = idsOf(tags.filter(({ memberId }) => memberId === null));
  // Another member's relation may carry the caller's PERSONAL tag from before it moved. It is not shown there, so it
  // stays there.
  const own = idsOf(relations.filter(({ memberId }) => memberId === actor.id));
  return changed(tx, {
    change: Prisma.sql`
      DELETE FROM relation_tag
      WHERE relation_id = ANY(${idsOf(relations)}::uuid[]) AND tag_id = ANY(${idsOf(tags)}::uuid[])
        AND (tag_id = ANY(${corpTagIds}::uuid[]) OR relation_id = ANY(${own}::uuid[]))`,
    corpTagIds,
  });
}

/** A PERSONAL tag touches nothing: it never travels, so no takeover and no undo can lose it. */
async function changed(
  tx: Tx,
  { change, corpTagIds }: { readonly change: Prisma.Sql; readonly corpTagIds: readonly string[] },
): Promise<readonly string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>(Prisma.sql`
    WITH changed AS (${change} RETURNING relation_id, tag_id),
    noted AS (
      UPDATE relation r SET ${touched(['TAGS'])}
      WHERE r.id IN (SELECT relation_id FROM changed WHERE tag_id = ANY(${[...corpTagIds]}::uuid[]))
    )
    SELECT DISTINCT relation_id AS id FROM changed`);
  return rows.map(({ id }) => id);
}

function idsOf(rows: readonly { readonly id: string }[]): string[] {
  return rows.map(({ id }) => id);
}
