import { Prisma } from '../../generated/prisma/client.js';
import { takeoverDigest } from '../../platform/db/item-digest.js';
import type { Tx } from '../../platform/db/transaction.js';
import type { DueTransfer, Moved, Share } from './due-transfer.js';
import { tallyTakeovers } from './tally-items.store.js';
import { shareNote } from './transfers.store.js';

/** As the statement answers it: names are null where a member is missing, which no foreign key forbids. */
type Claimed = Omit<DueTransfer, 'leaverName' | 'successors'> & {
  readonly leaverName: string | null;
  readonly successors: readonly { readonly name: string | null }[];
};

/**
 * Locks the transfer that has waited longest for the runner; null when none is due, or others have all that are.
 *
 * The transfer's row is the first lock of whoever changes its items, portfolios (in id order) the second, relations the last:
 * transfers that share members or customers then never wait for each other in a circle.
 */
export async function claimDueTransfer(tx: Tx, now: Date): Promise<DueTransfer | null> {
  // One statement: this is read for every chunk, and with Prisma's five it took a tenth of the chunk's time.
  const [row] = await tx.$queryRaw<{ transfer: Claimed }[]>`
    WITH due AS MATERIALIZED (
      SELECT * FROM transfer WHERE run_at <= ${now} ORDER BY run_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    SELECT json_build_object(
      'id', due.id, 'enterpriseId', due.enterprise_id, 'kind', due.kind, 'waitHours', due.wait_hours, 'groups', due.groups,
      'customerMessage', due.customer_message, 'travelTags', due.travel_tags, 'travelRemark', due.travel_remark,
      'travelDescription', due.travel_description, 'leaverId', due.leaver_id, 'leaverName', leaver.name, 'leaverResigned', leaver.status = 'RESIGNED',
      'enterprise', json_build_object('name', e.name, 'language', e.language, 'scheduledText', e.scheduled_text,
        'completedText', e.completed_text, 'onJobScheduledText', e.on_job_scheduled_text,
        'onJobCompletedText', e.on_job_completed_text, 'customerLimit', e.customer_limit,
        'successorInactiveDays', e.successor_inactive_days),
      'successors', (
        SELECT json_agg(json_build_object('id', m.id, 'name', m.name, 'mobile', m.mobile, 'email', m.email, 'status', m.status,
          'verified', m.verified, 'customerContact', m.customer_contact, 'customerLimit', m.customer_limit,
          'lastLoginAt', (extract(epoch FROM m.last_login_at) * 1000)::bigint) ORDER BY s.position)
        FROM transfer_successor s LEFT JOIN member m ON m.id = s.member_id WHERE s.transfer_id = due.id
      )) AS transfer
    FROM due JOIN enterprise e ON e.id = due.enterprise_id LEFT JOIN member leaver ON leaver.id = due.leaver_id`;
  if (!row) return null;
  const { transfer } = row;
  if ([transfer.leaverName, ...transfer.successors.map(({ name }) => name)].includes(null)) {
    throw new Error(`Transfer ${transfer.id} names a member who is not there.`);
  }
  return transfer as DueTransfer;
}

/**
 * Moves the next due customers, in one statement: 100,000 of them in twenty round trips, none of whose rows come here.
 *
 * The row of a relation gets its new member and keeps all else. Where the successor serves the customer already, the
 * leaver's row ends as MERGED in the successor's, which gets its corp tags and keeps its own remark. An item whose relation has
 * ended meanwhile, or whose successor may not take over any more, FAILs; one for whom the successor has no room is
 * SUCCESSOR_FULL. The item keeps the revision that the takeover left the relation with, so that an undo can tell what was
 * touched since. This statement writes tables of other rooms (relations, portfolios, inbox, audit): apart they cost
 * a round trip and a join each, and this is the one place where that is most of the time.
 *
 * However little the planner knows of the tables (nothing, just after an import), it must look each relation up by its id, or by
 * its customer, and not read all of an enterprise or a member for each: hence LATERAL with LIMIT, and members compared with
 * IS NOT DISTINCT FROM, which no index serves.
 */
export async function moveChunk(
  tx: Tx,
  chunk: {
    readonly transfer: DueTransfer;
    readonly now: Date;
    readonly limit: number;
    readonly shares: readonly Share[];
  },
): Promise<Moved> {
  const { transfer, now, limit, shares } = chunk;
  const enterpriseId = Prisma.sql`${transfer.enterpriseId}::uuid`;
  const leaverId = Prisma.sql`${transfer.leaverId}::uuid`;
  const transferId = Prisma.sql`${transfer.id}::uuid`;
  const at = Prisma.sql`${now}::timestamptz`;
  const narrowed = narrowing(transfer);
  if (narrowed.reads) await lockDueRelations(tx, chunk);
  // Numbering the places costs a sort: only where somebody's room may end in this chunk. Who is due first comes first, within a
  // chunk as among chunks: else a customer who accepted would lose the last place to one who has not answered.
  const crowded = shares.some(({ room }) => room < limit);
  const full = crowded
    ? Prisma.sql`own.id IS NULL AND row_number() OVER (PARTITION BY due.successor_id, own.id IS NULL ORDER BY takeover_due_at, position) > share.room`
    : Prisma.sql`FALSE`;
  // What the union will add to the successor's tags, which an undo takes away again. CASE: only where there is a union.
  const united = Prisma.sql`CASE WHEN own.id IS NOT NULL AND ${transfer.travelTags} THEN (
      SELECT jsonb_agg(rt.tag_id ORDER BY rt.tag_id)
      FROM relation_tag rt JOIN tag ON tag.id = rt.tag_id AND tag.kind = 'CORP'
      WHERE rt.relation_id = due.relation_id
        AND NOT EXISTS (SELECT 1 FROM relation_tag has WHERE has.relation_id = own.id AND has.tag_id = rt.tag_id)) END`;
  const barredItems = shares.some(({ barred }) => barred !== null)
    ? Prisma.sql`UNION ALL SELECT due.position, due.rule_place, due.successor_id, share.fact_id, FALSE, share.barred
        FROM due JOIN share ON share.successor_id = due.successor_id AND share.barred IS NOT NULL`
    : Prisma.empty;
  const [moved] = await tx.$queryRaw<Moved[]>`
    WITH share AS MATERIALIZED (
      SELECT * FROM jsonb_to_recordset(${JSON.stringify(shares)}::jsonb)
        AS s (fact_id uuid, audit_id uuid, successor_id uuid, successor_name text, contact text, customer_text text,
                room int, barred text)
    ),
    due AS MATERIALIZED (
      SELECT ctid AS place, position, rule_place, relation_id, customer_id, successor_id, takeover_due_at FROM transfer_item
      WHERE transfer_id = ${transferId} AND status = 'WAITING' AND kind = 'CUSTOMER' AND takeover_due_at <= ${at}
      ORDER BY takeover_due_at, position LIMIT ${limit}
    ),
    plan AS MATERIALIZED (
      SELECT due.*, share.fact_id, own.id AS own_id, own.revision AS own_revision, ${full} AS is_full, ${united} AS tag_ids,
             ${narrowed.leftBehind} AS left_behind
      FROM due
      JOIN share ON share.successor_id = due.successor_id AND share.barred IS NULL
      LEFT JOIN LATERAL (
        SELECT id, revision FROM relation WHERE enterprise_id = ${enterpriseId} AND customer_id = due.customer_id
          AND member_id IS NOT DISTINCT FROM due.successor_id AND status = 'ACTIVE' LIMIT 1
      ) own ON TRUE
    ),
    ${narrowed.untagged}
    moved AS (
      UPDATE relation r SET member_id = plan.successor_id, revision = r.revision + 1 ${narrowed.set}
      FROM plan
      WHERE NOT plan.is_full AND r.id = plan.relation_id AND r.member_id IS NOT DISTINCT FROM ${leaverId} AND r.status = 'ACTIVE' AND plan.own_id IS NULL
      RETURNING plan.place, plan.position, plan.rule_place, plan.relation_id, plan.customer_id, plan.successor_id, plan.fact_id, plan.left_behind,
                r.revision
    ),
    merged AS (
      UPDATE relation r SET status = 'MERGED', ended_at = ${at}, merged_into_id = plan.own_id
      FROM plan
      WHERE r.id = plan.relation_id AND r.member_id IS NOT DISTINCT FROM ${leaverId} AND r.status = 'ACTIVE' AND plan.own_id IS NOT NULL
      RETURNING plan.place, plan.position, plan.rule_place, plan.relation_id, plan.customer_id, plan.successor_id, plan.fact_id, plan.own_id,
                plan.own_revision, plan.tag_ids
    ),
    united AS (
      INSERT INTO relation_tag (relation_id, tag_id, enterprise_id)
      SELECT merged.own_id, tag_id::uuid, ${enterpriseId} FROM merged, jsonb_array_elements_text(merged.tag_ids) AS tag_id
      ON CONFLICT DO NOTHING
    ),
    done AS MATERIALIZED (
      SELECT place, position, rule_place, relation_id, customer_id, successor_id, fact_id, left_behind, revision,
             'MOVED'::"TakeoverOutcome" AS outcome
      FROM moved
      UNION ALL
      SELECT place, position, rule_place, relation_id, customer_id, successor_id, fact_id,
             CASE WHEN tag_ids IS NOT NULL THEN jsonb_build_object('unitedTagIds', tag_ids) END, own_revision, 'MERGED'
      FROM merged
    ),
    -- NOT IN, and no join of the lists above with each other: the planner guesses that they hold a row or two, and would
    -- compare each with each, which made a chunk a hundred times slower.
    lost AS MATERIALIZED (
      SELECT position, rule_place, successor_id, fact_id, is_full, CASE WHEN NOT is_full THEN CASE (SELECT status FROM relation WHERE id = relation_id)
               WHEN 'DELETED_BY_CUSTOMER' THEN 'CUSTOMER_DELETED_MEMBER' ELSE 'NO_RELATION' END END AS reason
      FROM plan WHERE position NOT IN (SELECT position FROM done)
      ${barredItems}
    ),
    -- By ctid as well, which saves a search for each: it stands still while this transaction holds the transfer's row.
    completed AS (
      UPDATE transfer_item i
      SET status = 'COMPLETED', outcome = done.outcome, fact_id = done.fact_id, left_behind = done.left_behind,
          revision = done.revision, ended_at = ${at}, taken_over_at = ${at}
      FROM done WHERE i.ctid = done.place AND i.transfer_id = ${transferId} AND i.position = done.position
    ),
    failed AS (
      UPDATE transfer_item i
      SET status = CASE WHEN lost.is_full THEN 'SUCCESSOR_FULL' ELSE 'FAILED' END::"TransferItemStatus", reason = lost.reason,
          ended_at = ${at}
      FROM lost WHERE i.transfer_id = ${transferId} AND i.position = lost.position
    ),
    part AS MATERIALIZED (
      SELECT rule_place, successor_id, fact_id, count(*) AS ended, count(outcome) AS completed,
             count(*) FILTER (WHERE outcome = 'MOVED') AS moved, count(*) FILTER (WHERE is_full) AS crowded_out,
             min(position) AS first, max(position) AS last
      FROM (
        SELECT position, rule_place, successor_id, fact_id, outcome, FALSE AS is_full FROM done
        UNION ALL SELECT position, rule_place, successor_id, fact_id, NULL, is_full FROM lost
      ) AS ended GROUP BY rule_place, successor_id, fact_id
    ),
    ${tallyTakeovers({ ...transfer, kind: 'CUSTOMER', now }, Prisma.sql`part`, {
      waiting: Prisma.sql`-ended`,
      completed: Prisma.sql`completed`,
      successorFull: Prisma.sql`crowded_out`,
      failed: Prisma.sql`ended - completed - crowded_out`,
    })},
    total AS MATERIALIZED (
      SELECT successor_id, fact_id, sum(ended)::int AS ended, sum(completed)::int AS completed, sum(moved)::int AS moved,
             sum(crowded_out)::int AS crowded_out, min(first) AS first, max(last) AS last
      FROM part GROUP BY successor_id, fact_id
    ),
    digest AS MATERIALIZED (
      SELECT fact_id, ${takeoverDigest(Prisma.sql`position`, Prisma.sql`relation_id`, Prisma.sql`outcome`)} AS items FROM done GROUP BY fact_id
    ),
    facts AS (
      INSERT INTO fact (id, enterprise_id, type, occurred_at, transfer_id, transfer_kind, leaver_id, leaver_name, successor_id,
                        successor_name, contact, note, customer_text, item_count, first_position, last_position)
      SELECT total.fact_id, ${enterpriseId}, 'TAKEOVER', ${at}, ${transferId}, ${transfer.kind}::"TransferKind", ${leaverId},
             ${transfer.leaverName}, total.successor_id, share.successor_name, share.contact,
             ${shareNote(transferId, Prisma.sql`total.successor_id`)},
             share.customer_text, total.completed, total.first, total.last
      FROM total JOIN share USING (fact_id) WHERE total.completed > 0
    ),
    notices AS (
      INSERT INTO inbox_event (enterprise_id, recipient_id, type, fact_id, position)
      SELECT ${enterpriseId}, customer_id, 'TAKEOVER_COMPLETED', fact_id, position FROM done
    ),
    notifications AS (
      INSERT INTO inbox_event (enterprise_id, recipient_id, type, fact_id)
      SELECT ${enterpriseId}, successor_id, 'CUSTOMERS_ASSIGNED', fact_id FROM total WHERE completed > 0
    ),
    audit AS (
      INSERT INTO audit_event (id, enterprise_id, at, action, outcome, actor_kind, actor_name, subject_type, subject_id,
                               transfer_id, detail)
      SELECT share.audit_id, ${enterpriseId}, ${at}, 'takeOver', 'SUCCESS', 'SYSTEM', 'Baton', 'Member', total.successor_id,
             ${transferId},
             jsonb_build_object('from', ${transfer.leaverId}::text, 'to', total.successor_id, 'ended', total.ended,
               'completed', total.completed, 'moved', total.moved, 'successorFull', total.crowded_out, 'firstPosition', total.first, 'lastPosition', total.last,
               'factId', total.fact_id, 'digest', digest.items)
      FROM total JOIN share USING (fact_id) LEFT JOIN digest USING (fact_id)
    ),
    shares AS (
      UPDATE transfer_successor SET completed = transfer_successor.completed + total.completed FROM total
      WHERE transfer_successor.transfer_id = ${transferId} AND transfer_successor.member_id = total.successor_id
    ),
    takers AS (
      UPDATE portfolio SET customers = customers + total.moved, incoming = incoming - total.ended
      FROM total WHERE portfolio.member_id = total.successor_id
    ),
    giver AS (
      UPDATE portfolio SET customers = customers - sums.completed, waiting = waiting - sums.ended,
                           handed_over = handed_over + sums.completed,
                           failed = failed + sums.ended - sums.completed - sums.crowded_out
      FROM (
        SELECT coalesce(sum(ended), 0)::int AS ended, coalesce(sum(completed), 0)::int AS completed,
               coalesce(sum(crowded_out), 0)::int AS crowded_out FROM total
      ) sums
      WHERE portfolio.member_id = ${leaverId}
    )
    SELECT coalesce(sum(ended), 0)::int AS ended, coalesce(sum(completed), 0)::int AS completed,
           coalesce(sum(crowded_out), 0)::int AS full, ${lostOf(transfer)} AS lost FROM total`;
  return moved ?? { ended: 0, completed: 0, full: 0, lost: null };
}

/** Who has to be told that the takeover does not come: of those who were told that it would. */
function lostOf({ waitHours }: DueTransfer): Prisma.Sql {
  return waitHours > 0 ? Prisma.sql`(SELECT array_agg(position) FROM lost)` : Prisma.sql`NULL::int[]`;
}

/** Keeps what a narrowed transfer copies to its items from being edited between the copy and the move. In id order. */
async function lockDueRelations(
  tx: Tx,
  { transfer, now, limit }: { readonly transfer: DueTransfer; readonly now: Date; readonly limit: number },
): Promise<void> {
  await tx.$executeRaw`
    SELECT 1 FROM relation WHERE id IN (
      SELECT relation_id FROM transfer_item
      WHERE transfer_id = ${transfer.id}::uuid AND status = 'WAITING' AND kind = 'CUSTOMER' AND takeover_due_at <= ${now}
      ORDER BY takeover_due_at, position LIMIT ${limit})
    ORDER BY id FOR NO KEY UPDATE`;
}

/**
 * The parts of the statement that leave behind what a transfer does not take along: the item keeps it, so that nothing is
 * lost. A transfer that takes everything pays nothing for them. A merged relation keeps all it had, so it leaves nothing.
 */
function narrowing(transfer: DueTransfer): {
  leftBehind: Prisma.Sql;
  untagged: Prisma.Sql;
  set: Prisma.Sql;
  reads: boolean;
} {
  const { travelTags, travelRemark, travelDescription } = transfer;
  if (travelTags && travelRemark && travelDescription) {
    return { leftBehind: Prisma.sql`NULL::jsonb`, untagged: Prisma.empty, set: Prisma.empty, reads: false };
  }
  const parts = [
    ...(travelRemark ? [] : [Prisma.sql`'remark', r.remark`]),
    ...(travelDescription ? [] : [Prisma.sql`'description', r.description`]),
    ...(travelTags ? [] : [Prisma.sql`'tagIds', r.corp_tag_ids`]),
  ];
  const emptied = [
    ...(travelRemark ? [] : [Prisma.sql`, remark = ''`]),
    ...(travelDescription ? [] : [Prisma.sql`, description = ''`]),
    // As the database would do at the end of the statement, and a second version of each row less.
    ...(travelTags ? [] : [Prisma.sql`, corp_tag_ids = '{}'`]),
  ];
  return {
    leftBehind: Prisma.sql`CASE WHEN own.id IS NULL THEN
      (SELECT jsonb_build_object(${Prisma.join(parts)}) FROM relation r WHERE r.id = due.relation_id) END`,
    untagged: travelTags
      ? Prisma.empty
      : Prisma.sql`untagged AS (
      DELETE FROM relation_tag rt USING plan, tag
      WHERE rt.relation_id = plan.relation_id AND plan.own_id IS NULL AND NOT plan.is_full AND tag.id = rt.tag_id AND tag.kind = 'CORP'
    ),`,
    reads: true,
    set: emptied.length === 0 ? Prisma.empty : Prisma.join(emptied, ' '),
  };
}
