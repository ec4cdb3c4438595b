import { Prisma } from '../../generated/prisma/client.js';
import type { Tx } from '../../platform/db/transaction.js';
import { tallyItems } from './tally-items.store.js';
import type { Undo, Undone } from './undo.js';

/** Whether anything of the transfer was taken over so lately that it may be undone. */
export async function mayStillBeUndone(tx: Tx, { transferId, openSince }: Undo): Promise<boolean> {
  const [item] = await tx.$queryRaw<object[]>`
    SELECT 1 FROM transfer_item
    WHERE transfer_id = ${transferId}::uuid AND status = 'COMPLETED' AND taken_over_at >= ${openSince} LIMIT 1`;
  return item !== undefined;
}

/**
 * Locks the relations that an undo may give back, and those in which they ended, in id order: the portfolios, which the caller
 * holds, keep them from moving, this keeps them from being noted on, tagged or talked on between the look and the change.
 */
export async function lockRelationsToUndo(tx: Tx, { transferId, openSince }: Undo): Promise<void> {
  await tx.$executeRaw`
    WITH given AS MATERIALIZED (
      SELECT r.id, r.merged_into_id FROM transfer_item i
      JOIN LATERAL (SELECT id, merged_into_id FROM relation WHERE id = i.relation_id LIMIT 1) r ON TRUE
      WHERE i.transfer_id = ${transferId}::uuid AND i.kind = 'CUSTOMER' AND i.status = 'COMPLETED'
        AND i.taken_over_at >= ${openSince}
    )
    SELECT 1 FROM relation
    WHERE id IN (SELECT id FROM given UNION ALL SELECT merged_into_id FROM given WHERE merged_into_id IS NOT NULL)
    ORDER BY id FOR NO KEY UPDATE`;
}

/**
 * Gives the customers of a transfer back, in one statement: those whom nobody has touched since the takeover, each with what
 * stood on the relation before. The others stay with the successor, and their items say why.
 *
 * What moved goes back to the leaver with the remark, description and tags that were left behind. What ended in the successor's
 * relation begins again, and the tags that came with it are taken off the successor's, but for those that another relation which
 * ended there brought as well: these pass to its item, whose undo takes them off in turn. Whether a customer was touched is
 * told by the notes on the relation, not by its revision alone: that grows with an undo too, and an undo touches nothing.
 *
 * Each row is looked up by its id or its customer, however little the planner knows, as in moveChunk.
 */
export async function undoCustomers(tx: Tx, undo: Undo): Promise<Undone> {
  const enterpriseId = Prisma.sql`${undo.enterpriseId}::uuid`;
  const leaverId = Prisma.sql`${undo.leaverId}::uuid`;
  const transferId = Prisma.sql`${undo.transferId}::uuid`;
  const at = Prisma.sql`${undo.now}::timestamptz`;
  const touch = (name: string) => Prisma.sql`
    CASE WHEN (held.touches ->> ${name}::text)::int > given.revision THEN ${name}::text END`;
  const [answer] = await tx.$queryRaw<Undone[]>`
    WITH share AS MATERIALIZED (
      SELECT * FROM jsonb_to_recordset(${JSON.stringify(undo.shares)}::jsonb)
        AS s (fact_id uuid, successor_id uuid, successor_name text, customer_text text)
    ),
    given AS MATERIALIZED (
      SELECT i.ctid AS place, i.position, i.rule_place, i.relation_id, i.customer_id, i.successor_id, i.outcome, i.revision, i.left_behind,
             i.taken_over_at < ${undo.openSince}::timestamptz AS late, coalesce(ended.merged_into_id, i.relation_id) AS held_id
      FROM transfer_item i
      LEFT JOIN LATERAL (SELECT merged_into_id FROM relation WHERE id = i.relation_id LIMIT 1) ended ON i.outcome = 'MERGED'
      WHERE i.transfer_id = ${transferId} AND i.kind = 'CUSTOMER' AND i.status = 'COMPLETED'
    ),
    judged AS MATERIALIZED (
      SELECT given.*, CASE WHEN given.late THEN ARRAY['WINDOW_PASSED'] ELSE array_remove(ARRAY[
        CASE WHEN held.status = 'MERGED' OR held.member_id <> given.successor_id OR later.stands THEN 'MOVED_ON' END,
        CASE WHEN held.status NOT IN ('ACTIVE', 'MERGED') THEN 'RELATION_ENDED' END,
        CASE WHEN busy.waits THEN 'IN_TRANSFER' END,
        CASE WHEN own.serves THEN 'SERVED_AGAIN' END,
        ${Prisma.join(['REMARK', 'DESCRIPTION', 'TAGS', 'CONVERSATION'].map(touch))}
      ], NULL) END AS obstacles
      FROM given
      LEFT JOIN LATERAL (SELECT status, member_id, touches FROM relation WHERE id = given.held_id LIMIT 1) held ON TRUE
      LEFT JOIN LATERAL (
        SELECT TRUE AS waits FROM transfer_item WHERE relation_id = given.held_id AND status IN ('WAITING', 'QUEUED') LIMIT 1
      ) busy ON TRUE
      LEFT JOIN LATERAL (
        SELECT TRUE AS serves FROM relation WHERE enterprise_id = ${enterpriseId} AND customer_id = given.customer_id
          AND member_id IS NOT DISTINCT FROM ${leaverId} AND status = 'ACTIVE' LIMIT 1
      ) own ON TRUE
      LEFT JOIN LATERAL (
        -- One that moved the relation on, or that ended another in what had moved.
        SELECT TRUE AS stands FROM transfer_item o
        WHERE o.enterprise_id = ${enterpriseId} AND o.customer_id = given.customer_id AND o.status = 'COMPLETED'
          AND o.transfer_id <> ${transferId}
          AND CASE o.outcome WHEN 'MOVED' THEN o.relation_id = given.held_id AND o.revision > given.revision
              ELSE given.outcome = 'MOVED' AND o.revision >= given.revision
                AND given.held_id = (SELECT merged_into_id FROM relation WHERE id = o.relation_id) END
        LIMIT 1
      ) later ON TRUE
    ),
    untouched AS MATERIALIZED (SELECT * FROM judged WHERE obstacles = '{}'),
    returned AS (
      UPDATE relation r SET member_id = ${leaverId}, revision = r.revision + 1,
        remark = coalesce(back.left_behind ->> 'remark', r.remark),
        description = coalesce(back.left_behind ->> 'description', r.description)
      FROM untouched back WHERE r.id = back.relation_id AND back.outcome = 'MOVED'
      RETURNING back.place, back.position, back.rule_place, r.id AS relation_id, back.customer_id, back.successor_id, back.outcome, r.revision
    ),
    retagged AS (
      INSERT INTO relation_tag (relation_id, tag_id, enterprise_id)
      SELECT back.relation_id, tag.id, ${enterpriseId}
      FROM untouched back, jsonb_array_elements_text(back.left_behind -> 'tagIds') AS left_behind (id),
        -- Locked, so that none is deleted between here and the check of the foreign key; one that is gone stays gone.
        LATERAL (SELECT id FROM tag WHERE tag.id = left_behind.id::uuid LIMIT 1 FOR KEY SHARE) tag
      WHERE back.outcome = 'MOVED' ON CONFLICT DO NOTHING
    ),
    begun_again AS (
      UPDATE relation r SET status = 'ACTIVE', ended_at = NULL, merged_into_id = NULL, revision = r.revision + 1
      FROM untouched back WHERE r.id = back.relation_id AND back.outcome = 'MERGED'
      RETURNING back.place, back.position, back.rule_place, r.id AS relation_id, back.customer_id, back.successor_id, back.outcome, back.revision
    ),
    ${tagsTakenOff(enterpriseId, transferId)}
    done AS MATERIALIZED (SELECT * FROM returned UNION ALL SELECT * FROM begun_again),
    on_record AS (
      INSERT INTO audit_item (audit_event_id, position, enterprise_id, kind, subject_id, member_id)
      SELECT ${undo.auditId}::uuid, position, ${enterpriseId}, 'CUSTOMER', relation_id, ${leaverId} FROM done
    ),
    items AS (
      UPDATE transfer_item i SET status = 'UNDONE', revision = done.revision, ended_at = ${at}, kept_because = '{}'
      FROM done WHERE i.ctid = done.place AND i.transfer_id = ${transferId} AND i.position = done.position
    ),
    kept AS (
      UPDATE transfer_item i SET kept_because = judged.obstacles
      FROM judged WHERE i.ctid = judged.place AND i.transfer_id = ${transferId} AND i.position = judged.position
        AND judged.obstacles <> '{}' AND i.kept_because IS DISTINCT FROM judged.obstacles
    ),
    ${tallyItems({ ...undo, id: undo.transferId, kind: 'CUSTOMER' }, Prisma.sql`done`, { completed: Prisma.sql`-1`, undone: Prisma.sql`1` })},
    total AS MATERIALIZED (
      SELECT successor_id, count(*)::int AS undone, count(*) FILTER (WHERE outcome = 'MOVED')::int AS moved,
             min(position) AS first, max(position) AS last
      FROM done GROUP BY successor_id
    ),
    facts AS (
      INSERT INTO fact (id, enterprise_id, type, occurred_at, transfer_id, transfer_kind, leaver_id, leaver_name, successor_id,
                        successor_name, contact, customer_text, item_count, first_position, last_position)
      SELECT share.fact_id, ${enterpriseId}, 'UNDO', ${at}, ${transferId}, ${undo.kind}::"TransferKind", ${leaverId},
             ${undo.leaverName}, total.successor_id, share.successor_name, ${undo.leaverContact}::text, share.customer_text,
             total.undone, total.first, total.last
      FROM total JOIN share USING (successor_id)
    ),
    notices AS (
      INSERT INTO inbox_event (enterprise_id, recipient_id, type, fact_id, position)
      SELECT ${enterpriseId}, done.customer_id, 'TAKEOVER_UNDONE', share.fact_id, done.position
      FROM done JOIN share USING (successor_id)
    ),
    notifications AS (
      INSERT INTO inbox_event (enterprise_id, recipient_id, type, fact_id)
      SELECT ${enterpriseId}, successor_id, 'CUSTOMERS_UNDONE'::"InboxEventType", share.fact_id
      FROM total JOIN share USING (successor_id)
      UNION ALL
      SELECT ${enterpriseId}, ${leaverId}, 'CUSTOMERS_RETURNED', share.fact_id
      FROM total JOIN share USING (successor_id) WHERE ${undo.leaverIsHere}
    ),
    shares AS (
      UPDATE transfer_successor s SET completed = s.completed - total.undone
      FROM total WHERE s.transfer_id = ${transferId} AND s.member_id = total.successor_id
    ),
    takers AS (
      UPDATE portfolio SET customers = customers - total.moved FROM total WHERE portfolio.member_id = total.successor_id
    ),
    giver AS (
      UPDATE portfolio SET customers = customers + sums.undone, handed_over = handed_over - sums.undone
      FROM (SELECT sum(undone)::int AS undone FROM total) sums
      WHERE portfolio.member_id = ${leaverId} AND sums.undone > 0
    )
    SELECT (SELECT count(*)::int FROM done) AS undone, (
      SELECT coalesce(json_agg(json_build_object('obstacle', obstacle, 'count', count)), '[]') FROM (
        SELECT obstacle, count(*) FROM judged, unnest(obstacles) AS obstacle GROUP BY obstacle) counted
    ) AS kept`;
  return answer ?? { undone: 0, kept: [] };
}

/** The parts of the statement that take what a union added off the successors' relations again. */
function tagsTakenOff(enterpriseId: Prisma.Sql, transferId: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    added AS MATERIALIZED (
      SELECT back.held_id, back.customer_id, tag.id::uuid AS tag_id
      FROM untouched back, jsonb_array_elements_text(back.left_behind -> 'unitedTagIds') AS tag (id)
      WHERE back.outcome = 'MERGED'
    ),
    shared AS MATERIALIZED (
      SELECT added.held_id, added.tag_id, other.transfer_id, other.position
      FROM added, LATERAL (
        SELECT o.transfer_id, o.position FROM transfer_item o
        WHERE o.enterprise_id = ${enterpriseId} AND o.customer_id = added.customer_id AND o.transfer_id <> ${transferId}
          AND o.status = 'COMPLETED' AND o.outcome = 'MERGED'
          AND added.held_id = (SELECT merged_into_id FROM relation WHERE id = o.relation_id)
          AND (SELECT travel_tags FROM transfer WHERE id = o.transfer_id)
          AND (SELECT TRUE FROM relation_tag WHERE relation_id = o.relation_id AND tag_id = added.tag_id)
        LIMIT 1
      ) other
    ),
    passed AS (
      UPDATE transfer_item o SET left_behind = jsonb_build_object('unitedTagIds',
        coalesce(o.left_behind -> 'unitedTagIds', '[]') || passing.tag_ids)
      FROM (
        SELECT transfer_id, position, jsonb_agg(tag_id ORDER BY tag_id) AS tag_ids FROM shared GROUP BY transfer_id, position
      ) passing WHERE o.transfer_id = passing.transfer_id AND o.position = passing.position
    ),
    untagged AS (
      DELETE FROM relation_tag rt USING added
      WHERE rt.relation_id = added.held_id AND rt.tag_id = added.tag_id
        AND (added.held_id, added.tag_id) NOT IN (SELECT held_id, tag_id FROM shared)
      RETURNING rt.relation_id
    ),
    grown AS (
      UPDATE relation r SET revision = r.revision + 1 WHERE r.id IN (SELECT relation_id FROM untagged)
    ),`;
}
