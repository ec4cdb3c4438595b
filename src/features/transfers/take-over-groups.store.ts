import { Prisma } from '../../generated/prisma/client.js';
import { groupsDigest } from '../../platform/db/item-digest.js';
import type { Tx } from '../../platform/db/transaction.js';
import type { DueTransfer, Moved, Share } from './due-transfer.js';
import { tallyTakeovers } from './tally-items.store.js';
import { shareNote } from './transfers.store.js';

/** A group that is due, and who takes it over. */
export interface DueGroup {
  readonly position: number;
  readonly group_id: string;
  readonly name: string;
  readonly successor_id: string;
}

/** What is to be done with a due group; a row as SQL takes it. */
export interface GroupEntry extends Omit<DueGroup, 'name'> {
  /** The fact that its customers are told of. */
  readonly fact_id: string;
  /** For the successor's place among the participants. */
  readonly participant_id: string;
  readonly customer_text: string;
  /** Why it cannot be handed over any more; null: it can. */
  readonly reason: string | null;
}

/** The groups of a transfer that are due, by place. A few hundred at most: that is what the daily limit is for. */
export async function listDueGroups(
  tx: Tx,
  { transferId, now, limit }: { readonly transferId: string; readonly now: Date; readonly limit: number },
): Promise<DueGroup[]> {
  return tx.$queryRaw<DueGroup[]>`
    SELECT i.position, i.group_id, g.name, i.successor_id
    FROM transfer_item i JOIN customer_group g ON g.id = i.group_id
    WHERE i.transfer_id = ${transferId}::uuid AND i.kind = 'GROUP' AND i.status = 'WAITING' AND i.takeover_due_at <= ${now}
    ORDER BY i.position LIMIT ${limit}`;
}

/**
 * Gives groups to their new owners, in one statement: the participants stay, the new owner joins where they are not in,
 * the customers in the group and the new owner are told. A group whose successor may not take over any more stays, and its
 * item FAILs.
 */
export async function moveGroups(
  tx: Tx,
  chunk: {
    readonly transfer: DueTransfer;
    readonly now: Date;
    readonly shares: readonly Share[];
    readonly entries: readonly GroupEntry[];
  },
): Promise<Moved> {
  const { transfer, shares, entries } = chunk;
  const enterpriseId = Prisma.sql`${transfer.enterpriseId}::uuid`;
  const leaverId = Prisma.sql`${transfer.leaverId}::uuid`;
  const transferId = Prisma.sql`${transfer.id}::uuid`;
  const at = Prisma.sql`${chunk.now}::timestamptz`;
  const told = Prisma.sql`${at}, ${transferId}, ${transfer.kind}::"TransferKind", ${leaverId}, ${transfer.leaverName}`;
  const noteOf = shareNote(transferId, Prisma.sql`share.successor_id`);
  const factColumns = Prisma.sql`(id, enterprise_id, type, occurred_at, transfer_id, transfer_kind, leaver_id, leaver_name,
    successor_id, successor_name, contact, note, customer_text, item_count, first_position, last_position)`;
  const [moved] = await tx.$queryRaw<Moved[]>`
    WITH share AS MATERIALIZED (
      SELECT * FROM jsonb_to_recordset(${JSON.stringify(shares)}::jsonb)
        AS s (fact_id uuid, audit_id uuid, successor_id uuid, successor_name text, contact text)
    ),
    entry AS MATERIALIZED (
      SELECT * FROM jsonb_to_recordset(${JSON.stringify(entries)}::jsonb)
        AS e (position int, group_id uuid, successor_id uuid, fact_id uuid, participant_id uuid, customer_text text, reason text)
    ),
    owned AS (
      UPDATE customer_group g SET owner_id = entry.successor_id, status = 'INHERITED', revision = g.revision + 1
      FROM entry WHERE g.id = entry.group_id AND entry.reason IS NULL
      RETURNING entry.position, g.id AS group_id, g.revision, entry.successor_id, entry.fact_id
    ),
    kept AS (
      UPDATE customer_group g SET status = CASE WHEN owner.status = 'RESIGNED' THEN 'OWNER_RESIGNED' ELSE 'NORMAL' END::"CustomerGroupStatus"
      FROM entry, member owner WHERE g.id = entry.group_id AND entry.reason IS NOT NULL AND owner.id = g.owner_id
    ),
    joined AS (
      INSERT INTO group_participant (id, enterprise_id, group_id, member_id, joined_at)
      SELECT participant_id, ${enterpriseId}, group_id, successor_id, ${at} FROM entry WHERE reason IS NULL
      ON CONFLICT (group_id, member_id) DO NOTHING
      RETURNING group_id
    ),
    completed AS (
      UPDATE transfer_item i
      SET status = 'COMPLETED', outcome = 'MOVED', fact_id = owned.fact_id, revision = owned.revision, ended_at = ${at},
          taken_over_at = ${at},
          left_behind = CASE WHEN owned.group_id IN (SELECT group_id FROM joined) THEN '{"joined": true}'::jsonb END
      FROM owned WHERE i.transfer_id = ${transferId} AND i.position = owned.position
      RETURNING i.rule_place, i.successor_id, 1 AS completed, 0 AS failed
    ),
    failed AS (
      UPDATE transfer_item i SET status = 'FAILED', reason = entry.reason, ended_at = ${at}
      FROM entry WHERE i.transfer_id = ${transferId} AND i.position = entry.position AND entry.reason IS NOT NULL
      RETURNING i.rule_place, i.successor_id, 0 AS completed, 1 AS failed
    ),
    ${tallyTakeovers(
      { ...transfer, kind: 'GROUP', now: chunk.now },
      Prisma.sql`(SELECT * FROM completed UNION ALL SELECT * FROM failed) AS ended`,
      { waiting: Prisma.sql`-1`, completed: Prisma.sql`completed`, failed: Prisma.sql`failed` },
    )},
    total AS MATERIALIZED (
      SELECT successor_id, count(*)::int AS ended, count(*) FILTER (WHERE reason IS NULL)::int AS completed,
             min(position) AS first, max(position) AS last,
             ${groupsDigest(Prisma.sql`position`, Prisma.sql`CASE WHEN reason IS NULL THEN group_id END`)} AS digest
      FROM entry GROUP BY successor_id
    ),
    group_facts AS (
      INSERT INTO fact ${factColumns}
      SELECT entry.fact_id, ${enterpriseId}, 'GROUP_TAKEOVER', ${told}, entry.successor_id, share.successor_name, share.contact,
             ${noteOf}, entry.customer_text, 1, entry.position, entry.position
      FROM entry JOIN share USING (successor_id) WHERE entry.reason IS NULL
    ),
    facts AS (
      INSERT INTO fact ${factColumns}
      SELECT share.fact_id, ${enterpriseId}, 'GROUPS_TAKEOVER', ${told}, total.successor_id, share.successor_name,
             share.contact, ${noteOf}, NULL, total.completed, total.first, total.last
      FROM total JOIN share USING (successor_id) WHERE total.completed > 0
    ),
    notices AS (
      INSERT INTO inbox_event (enterprise_id, recipient_id, type, fact_id, position)
      SELECT ${enterpriseId}, p.customer_id, 'GROUP_OWNER_CHANGED', entry.fact_id, entry.position
      FROM entry JOIN group_participant p ON p.group_id = entry.group_id AND p.customer_id IS NOT NULL
      WHERE entry.reason IS NULL
    ),
    notifications AS (
      INSERT INTO inbox_event (enterprise_id, recipient_id, type, fact_id)
      SELECT ${enterpriseId}, total.successor_id, 'GROUPS_ASSIGNED', share.fact_id
      FROM total JOIN share USING (successor_id) WHERE total.completed > 0
    ),
    audit AS (
      INSERT INTO audit_event (id, enterprise_id, at, action, outcome, actor_kind, actor_name, subject_type, subject_id,
                               transfer_id, detail)
      SELECT share.audit_id, ${enterpriseId}, ${at}, 'takeOver', 'SUCCESS', 'SYSTEM', 'Baton', 'Member', total.successor_id,
             ${transferId},
             jsonb_build_object('from', ${transfer.leaverId}::text, 'to', total.successor_id, 'groups', TRUE, 'ended', total.ended,
               'completed', total.completed, 'firstPosition', total.first, 'lastPosition', total.last, 'digest', total.digest)
      FROM total JOIN share USING (successor_id)
    ),
    shares AS (
      UPDATE transfer_successor SET completed = transfer_successor.completed + total.completed FROM total
      WHERE transfer_successor.transfer_id = ${transferId} AND transfer_successor.member_id = total.successor_id
    ),
    takers AS (
      UPDATE portfolio SET groups = groups + total.completed FROM total WHERE portfolio.member_id = total.successor_id
    ),
    giver AS (
      UPDATE portfolio SET groups = groups - sums.completed, groups_waiting = groups_waiting - sums.ended,
                           groups_handed_over = groups_handed_over + sums.completed
      FROM (SELECT sum(ended)::int AS ended, sum(completed)::int AS completed FROM total) sums
      WHERE portfolio.member_id = ${leaverId}
    )
    SELECT sum(ended)::int AS ended, sum(completed)::int AS completed, 0 AS full, NULL::int[] AS lost FROM total`;
  return moved ?? { ended: 0, completed: 0, full: 0, lost: null };
}
