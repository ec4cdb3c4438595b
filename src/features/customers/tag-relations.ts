import { Prisma } from '../../generated/prisma/client.js';
import type { Actor, Caller } from '../../platform/actor.js';
import type { App } from '../../platform/app.js';
import { inTransaction, type Tx } from '../../platform/db/transaction.js';
import { Refusal } from '../../platform/errors.js';
import { recordAudit } from '../../platform/events/audit.js';
import { requireCustomerContact } from '../enterprise/enterprise.js';
import { tagSightOf, visibleTags } from '../tags/tags.js';
import { noSuch, tagRelationsLimits } from './customers.errors.js';
import { mayEditRelation, mayPutTag } from './customers.policy.js';
import { touched } from './touched.js';

type MemberActor = Extract<Actor, { kind: 'member' }>;

/** Which tags go on and off which relations. */
export interface TaggingChange {
  readonly relationIds: readonly string[];
  readonly addTagIds?: readonly string[] | null;
  readonly removeTagIds?: readonly string[] | null;
}

/** A tag that the caller sees; `memberId` is the owner of a PERSONAL one. */
interface KnownTag {
  readonly id: string;
  readonly memberId: string | null;
}

interface HeldRelation {
  readonly id: string;
  readonly memberId: string;
}

/**
 * Puts tags on active relations and takes tags off, on all of them or on none. Safe to do twice.
 *
 * Refuses NOT_FOUND for the first relation or tag that there is not, or that is somebody else's, TAG_NOT_ALLOWED for a
 * PERSONAL tag on another member's relation, INVALID_INPUT, CUSTOMER_CONTACT_DISABLED.
 */
export async function tagRelations(
  app: Pick<App, 'db' | 'wakeup' | 'clock' | 'ids'>,
  caller: Caller<MemberActor>,
  input: TaggingChange,
): Promise<{ relationIds: string[] }> {
  const { actor } = caller;
  const { enterpriseId } = actor;
  const addTagIds = input.addTagIds ?? [];
  const removeTagIds = input.removeTagIds ?? [];
  requireCount('relationIds', input.relationIds, 1, tagRelationsLimits.relations);
  requireCount('addTagIds', addTagIds, 0, tagRelationsLimits.tags);
  requireCount('removeTagIds', removeTagIds, 0, tagRelationsLimits.tags);
  if (addTagIds.length + removeTagIds.length === 0) {
    throw new Refusal('INVALID_INPUT', 'Give addTagIds or removeTagIds, or both.', { path: ['input'] });
  }
  const both = removeTagIds.findIndex((id) => addTagIds.includes(id));
  if (both >= 0) {
    throw new Refusal('INVALID_INPUT', 'A tag is either added or removed, not both.', {
      path: ['input', 'removeTagIds', String(both)],
    });
  }
  return inTransaction(app, async (tx) => {
    await requireCustomerContact(tx, enterpriseId);
    const added = await requireTags(tx, actor, addTagIds, 'addTagIds');
    const removed = await requireTags(tx, actor, removeTagIds, 'removeTagIds');
    const relations = await holdRelations(tx, actor, input.relationIds);
    await putTags(tx, actor, relations, added, 'addTagIds');
    await takeTags(tx, actor, relations, removed);
    await recordAudit(app, tx, caller, {
      action: 'tagRelations',
      detail: { relationIds: [...input.relationIds], added: [...addTagIds], removed: [...removeTagIds] },
    });
    return { relationIds: relations.map(({ id }) => id) };
  });
}

/** The tags of these ids, in order. Refuses NOT_FOUND for the first that there is not, or that is another member's. */
export async function requireTags(
  tx: Tx,
  actor: MemberActor,
  ids: readonly string[],
  field: string,
): Promise<KnownTag[]> {
  requireCount(field, ids, 0, tagRelationsLimits.tags);
  if (ids.length === 0) return [];
  const rows = await tx.$queryRaw<KnownTag[]>(Prisma.sql`
    SELECT t.id, t.member_id AS "memberId" FROM tag t
    WHERE t.id = ANY(${[...ids]}::uuid[]) AND ${visibleTags(tagSightOf(actor))}`);
  return foundAll(ids, rows, 'tag', field);
}

/** Puts the tags on the relations, where they are not yet. Refuses TAG_NOT_ALLOWED for another's PERSONAL tag. */
export async function putTags(
  tx: Tx,
  actor: MemberActor,
  relations: readonly HeldRelation[],
  tags: readonly KnownTag[],
  field: string,
): Promise<void> {
  tags.forEach((tag, place) => {
    if (relations.every((relation) => mayPutTag(actor, tag, relation))) return;
    throw new Refusal(
      'TAG_NOT_ALLOWED',
      'A PERSONAL tag goes on customers that its owner serves. Take a CORP tag here.',
      {
        path: ['input', field, String(place)],
      },
    );
  });
  if (tags.length === 0) return;
  await tx.$executeRaw`
    WITH put AS (
      INSERT INTO relation_tag (relation_id, tag_id, enterprise_id)
      SELECT r.id, t.id, ${actor.enterpriseId}::uuid
      FROM unnest(${relations.map(({ id }) => id)}::uuid[]) r(id), unnest(${tags.map(({ id }) => id)}::uuid[]) t(id)
      ORDER BY 1, 2
      ON CONFLICT DO NOTHING
      RETURNING relation_id, tag_id
    )
    UPDATE relation r SET ${touched(['TAGS'])}
    WHERE r.id IN (SELECT relation_id FROM put WHERE tag_id = ANY(${corpTags(tags)}::uuid[]))`;
}

async function takeTags(
  tx: Tx,
  actor: MemberActor,
  relations: readonly HeldRelation[],
  tags: readonly KnownTag[],
): Promise<void> {
  // Another member's relation may carry the caller's PERSONAL tag from before it moved. It is not shown there, so it
  // stays there.
  const own = relations.filter(({ memberId }) => memberId === actor.id).map(({ id }) => id);
  const all = relations.map(({ id }) => id);
  for (const [kind, ids] of [
    ['CORP', all],
    ['PERSONAL', own],
  ] as const) {
    const corp = corpTags(tags);
    const tagIds = kind === 'CORP' ? corp : tags.map(({ id }) => id).filter((id) => !corp.includes(id));
    if (tagIds.length === 0 || ids.length === 0) continue;
    await tx.$executeRaw`
      WITH taken AS (
        DELETE FROM relation_tag WHERE relation_id = ANY(${ids}::uuid[]) AND tag_id = ANY(${tagIds}::uuid[])
        RETURNING relation_id
      )
      UPDATE relation r SET ${touched(['TAGS'])}
      WHERE ${kind === 'CORP'} AND r.id IN (SELECT relation_id FROM taken)`;
  }
}

/** A PERSONAL tag touches nothing: it never travels, so no takeover and no undo can lose it. */
function corpTags(tags: readonly KnownTag[]): string[] {
  return tags.filter(({ memberId }) => memberId === null).map(({ id }) => id);
}

/**
 * The relations of these ids, in order, held so that none moves to another member before the end of the transaction.
 *
 * Locked in id order, as takeovers lock theirs.
 */
async function holdRelations(tx: Tx, actor: MemberActor, ids: readonly string[]): Promise<HeldRelation[]> {
  const rows = await tx.$queryRaw<HeldRelation[]>`
    SELECT id, member_id AS "memberId" FROM relation
    WHERE enterprise_id = ${actor.enterpriseId}::uuid AND id = ANY(${[...ids]}::uuid[]) AND status = 'ACTIVE'
    ORDER BY id FOR NO KEY UPDATE`;
  const editable = rows.filter((relation) => mayEditRelation(actor, relation));
  return foundAll(ids, editable, 'relation', 'relationIds');
}

function foundAll<Row extends { readonly id: string }>(
  ids: readonly string[],
  rows: readonly Row[],
  what: string,
  field: string,
): Row[] {
  const known = new Map(rows.map((row) => [row.id, row]));
  const missing = ids.findIndex((id) => !known.has(id));
  if (missing >= 0) throw noSuch(what, field, String(missing));
  return [...new Set(ids)].flatMap((id) => known.get(id) ?? []);
}

function requireCount(field: string, ids: readonly string[], least: number, most: number): void {
  if (ids.length >= least && ids.length <= most) return;
  throw new Refusal('INVALID_INPUT', `${field} takes ${least} to ${most} ids, got ${ids.length}.`, {
    path: ['input', field],
  });
}
