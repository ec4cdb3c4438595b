import { Prisma } from '../../generated/prisma/client.js';
import type { Tx } from '../../platform/db/transaction.js';
import { tallyItems } from './tally-items.store.js';
import type { UndoObstacle } from './undo-obstacles.js';
import type { Undo } from './undo.js';

/** A group that a transfer gave to a successor, and what keeps it there. */
export interface GivenGroup {
  readonly position: number;
  readonly groupId: string;
  readonly name: string;
  readonly successorId: string;
  /** Empty: it goes back. */
  readonly obstacles: readonly UndoObstacle[];
}

/** The groups that a transfer handed over, by place. The portfolios, which the caller holds, keep them as they are. */
export async function listGivenGroups(tx: Tx, undo: Undo): Promise<GivenGroup[]> {
  return tx.$queryRaw<GivenGroup[]>`
    SELECT i.position, g.id AS "groupId", g.name, i.successor_id AS "successorId",
      CASE WHEN i.taken_over_at < ${undo.openSince}::timestamptz THEN ARRAY['WINDOW_PASSED'] ELSE array_remove(ARRAY[
        CASE WHEN g.owner_id <> i.successor_id OR EXISTS (
          SELECT 1 FROM transfer_item o WHERE o.enterprise_id = i.enterprise_id AND o.group_id = i.group_id
            AND o.status = 'COMPLETED' AND o.revision > i.revision) THEN 'MOVED_ON' END,
        CASE WHEN EXISTS (
          SELECT 1 FROM transfer_item o WHERE o.group_id = i.group_id AND o.status IN ('WAITING', 'QUEUED')) THEN 'IN_TRANSFER' END
      ], NULL) END AS obstacles
    FROM transfer_item i JOIN customer_group g ON g.id = i.group_id
    WHERE i.transfer_id = ${undo.transferId}::uuid AND i.kind = 'GROUP' AND i.status = 'COMPLETED'
    ORDER BY i.position`;
}

/** What is to be done with a group; a row as SQL takes it. */
export interface ReturnEntry {
  readonly position: number;
  readonly group_id: string;
  readonly successor_id: string;
  /** The fact that its customers are told of. */
  readonly fact_id: string;
  readonly customer_text: string;
  readonly obstacles: readonly UndoObstacle[];
}

/**
 * Gives groups back to the leaver, in one statement: a successor who had joined with the takeover leaves again, the customers in
 * the group are told who owns it. A group with obstacles stays, and its item says why.
 */
export async function returnGroups(tx: Tx, undo: Undo, entries: readonly ReturnEntry[]): Promise<void> {
  const enterpriseId = Prisma.sql`${undo.enterpriseId}::uuid`;
  const leaverId = Prisma.sql`${undo.leaverId}::uuid`;
  const transferId = Prisma.sql`${undo.transferId}::uuid`;
  const at = Prisma.sql`${undo.now}::timestamptz`;
  const told = Prisma.sql`${at}, ${transferId}, ${undo.kind}::"TransferKind", ${leaverId}, ${undo.leaverName}`;
  const factColumns = Prisma.sql`(id, enterprise_id, type, occurred_at, transfer_id, transfer_kind, leaver_id, leaver_name,
    successor_id, successor_name, contact, customer_text, item_count, first_position, last_position)`;
  await tx.$executeRaw`
    WITH share AS MATERIALIZED (
      SELECT * FROM jsonb_to_recordset(${JSON.stringify(undo.shares)}::jsonb)
        AS s (group_fact_id uuid, successor_id uuid, successor_name text)
    ),
    entry AS MATERIALIZED (
      SELECT * FROM jsonb_to_recordset(${JSON.stringify(entries)}::jsonb)
        AS e (position int, group_id uuid, successor_id uuid, fact_id uuid, customer_text text, obstacles text[])
    ),
    back AS MATERIALIZED (SELECT * FROM entry WHERE obstacles = '{}'),
    owned AS (
      UPDATE customer_group g
      SET owner_id = ${leaverId}, revision = g.revision + 1,
          status = CASE WHEN ${undo.leaverIsHere} THEN 'NORMAL' ELSE 'OWNER_RESIGNED' END::"CustomerGroupStatus"
      FROM back WHERE g.id = back.group_id
      RETURNING back.position, g.revision
    ),
    on_record AS (
      INSERT INTO audit_item (audit_event_id, position, enterprise_id, kind, subject_id, member_id)
      SELECT ${undo.auditId}::uuid, position, ${enterpriseId}, 'GROUP', group_id, ${leaverId} FROM back
    ),
    left_again AS (
      DELETE FROM group_participant p USING back JOIN transfer_item i ON i.transfer_id = ${transferId} AND i.position = back.position
      WHERE p.group_id = back.group_id AND p.member_id = back.successor_id AND i.left_behind ->> 'joined' = 'true'
    ),
    undone AS (
      UPDATE transfer_item i SET status = 'UNDONE', revision = owned.revision, ended_at = ${at}, kept_because = '{}'
      FROM owned WHERE i.transfer_id = ${transferId} AND i.position = owned.position
      RETURNING i.rule_place, i.successor_id
    ),
    ${tallyItems({ ...undo, id: undo.transferId, kind: 'GROUP' }, Prisma.sql`undone`, { completed: Prisma.sql`-1`, undone: Prisma.sql`1` })},
    kept AS (
      UPDATE transfer_item i SET kept_because = entry.obstacles
      FROM entry WHERE i.transfer_id = ${transferId} AND i.position = entry.position AND entry.obstacles <> '{}'
    ),
    total AS MATERIALIZED (
      SELECT successor_id, count(*)::int AS undone, min(position) AS first, max(position) AS last FROM back GROUP BY successor_id
    ),
    group_facts AS (
      INSERT INTO fact ${factColumns}
      SELECT back.fact_id, ${enterpriseId}, 'GROUP_UNDO', ${told}, back.successor_id, share.successor_name,
             ${undo.leaverContact}::text, back.customer_text, 1, back.position, back.position
      FROM back JOIN share USING (successor_id)
    ),
    facts AS (
      INSERT INTO fact ${factColumns}
      SELECT share.group_fact_id, ${enterpriseId}, 'GROUPS_UNDO', ${told}, total.successor_id, share.successor_name,
             ${undo.leaverContact}::text, NULL, total.undone, total.first, total.last
      FROM total JOIN share USING (successor_id)
    ),
    notices AS (
      INSERT INTO inbox_event (enterprise_id, recipient_id, type, fact_id, position)
      SELECT ${enterpriseId}, p.customer_id, 'GROUP_OWNER_CHANGED', back.fact_id, back.position
      FROM back JOIN group_participant p ON p.group_id = back.group_id AND p.customer_id IS NOT NULL
    ),
    notifications AS (
      INSERT INTO inbox_event (enterprise_id, recipient_id, type, fact_id)
      SELECT ${enterpriseId}, successor_id, 'GROUPS_UNDONE'::"InboxEventType", share.group_fact_id
      FROM total JOIN share USING (successor_id)
      UNION ALL
      SELECT ${enterpriseId}, ${leaverId}, 'GROUPS_RETURNED', share.group_fact_id
      FROM total JOIN share USING (successor_id) WHERE ${undo.leaverIsHere}
    ),
    shares AS (
      UPDATE transfer_successor s SET completed = s.completed - total.undone
      FROM total WHERE s.transfer_id = ${transferId} AND s.member_id = total.successor_id
    ),
    takers AS (
      UPDATE portfolio SET groups = groups - total.undone FROM total WHERE portfolio.member_id = total.successor_id
    )
    UPDATE portfolio SET groups = groups + sums.undone, groups_handed_over = groups_handed_over - sums.undone
    FROM (SELECT sum(undone)::int AS undone FROM total) sums
    WHERE portfolio.member_id = ${leaverId} AND sums.undone > 0`;
}
