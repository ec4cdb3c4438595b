import { Prisma, type Transfer } from '../../generated/prisma/client.js';
import type { InboxEventType, TransferKind } from '../../generated/prisma/enums.js';
import type { Actor, Caller } from '../../platform/actor.js';
import type { App } from '../../platform/app.js';
import type { Tx } from '../../platform/db/transaction.js';

/** What kind of administrator asks; null: none. */
export async function findRole(tx: Tx, { actor }: Caller): Promise<'SUPER' | 'CUSTOMER_CONTACT' | null> {
  if (actor.kind !== 'member') return null;
  const administrator = await tx.administrator.findUnique({ where: { memberId: actor.id }, select: { role: true } });
  return administrator?.role ?? null;
}

/** Of which transfer administrators are told, and how many customers and groups of it wait or are queued. */
export interface ToldDecision {
  readonly transferId: string;
  readonly enterpriseId: string;
  readonly kind: TransferKind;
  readonly leaverId: string;
  readonly leaverName: string;
  readonly note: string;
  readonly customers: number;
  readonly groups: number;
  readonly now: Date;
}

/**
 * Asks every administrator who may sign in, other than the caller, for an approval: super administrators, and those whose ASSIGN
 * reaches the leaver and all the successors.
 */
export async function askForApproval(
  app: Pick<App, 'ids'>,
  tx: Tx,
  { actor }: Caller,
  told: ToldDecision,
): Promise<void> {
  const others = Prisma.sql`
    WITH RECURSIVE part AS (
      SELECT p.id, p.department_id FROM member p WHERE p.id = ${told.leaverId}::uuid OR p.id IN (
        SELECT s.member_id FROM transfer_successor s WHERE s.transfer_id = ${told.transferId}::uuid)
    ), above (part, id) AS (
      SELECT id, department_id FROM part WHERE department_id IS NOT NULL
      UNION SELECT above.part, d.parent_id FROM above JOIN department d ON d.id = above.id WHERE d.parent_id IS NOT NULL
    )
    SELECT m.id FROM administrator a JOIN member m ON m.id = a.member_id
    WHERE a.enterprise_id = ${told.enterpriseId}::uuid AND m.status = 'ACTIVE' AND m.id IS DISTINCT FROM ${actor.id}::uuid
      AND (a.role = 'SUPER' OR NOT EXISTS (SELECT FROM part WHERE NOT EXISTS (
        SELECT FROM above JOIN administrator_grant g ON g.department_id = above.id AND g."right" = 'ASSIGN'
        WHERE g.administrator_id = a.member_id AND above.part = part.id)))
    ORDER BY m.id`;
  await tellMembers(app, tx, actor, told, 'APPROVAL_REQUESTED', others);
}

/** Tells whoever submitted a transfer what the caller decided. */
export async function tellDecision(
  app: Pick<App, 'ids'>,
  tx: Tx,
  { actor }: Caller,
  told: ToldDecision,
  { type, submitterId }: { readonly type: 'TRANSFER_APPROVED' | 'TRANSFER_DISAPPROVED'; readonly submitterId: string },
): Promise<void> {
  await tellMembers(app, tx, actor, told, type, Prisma.sql`SELECT ${submitterId}::uuid AS id`);
}

async function tellMembers(
  app: Pick<App, 'ids'>,
  tx: Tx,
  actor: Actor,
  told: ToldDecision,
  type: InboxEventType,
  members: Prisma.Sql,
): Promise<void> {
  const { enterpriseId, customers, groups } = told;
  const factId = app.ids.next();
  await tx.$executeRaw`
    WITH told AS (
      INSERT INTO fact (id, enterprise_id, type, occurred_at, transfer_id, transfer_kind, leaver_id, leaver_name, actor_id,
                        actor_name, note, item_count, group_count)
      VALUES (${factId}::uuid, ${enterpriseId}::uuid, ${type}, ${told.now}, ${told.transferId}::uuid,
              ${told.kind}::"TransferKind", ${told.leaverId}::uuid, ${told.leaverName}, ${actor.id}::uuid, ${actor.name},
              ${told.note}, ${customers + groups}::int, ${groups}::int)
    )
    INSERT INTO inbox_event (enterprise_id, recipient_id, type, fact_id)
    SELECT ${enterpriseId}::uuid, who.id, ${type}::"InboxEventType", ${factId}::uuid FROM (${members}) who`;
}

/** How many customers and groups of a transfer wait, or are queued. */
export async function countOpen(tx: Tx, transferId: string): Promise<{ customers: number; groups: number }> {
  const counts = await tx.transferItem.groupBy({
    by: ['kind'],
    where: { transferId, status: { in: ['WAITING', 'QUEUED'] } },
    _count: true,
  });
  const of = (kind: 'CUSTOMER' | 'GROUP') => counts.find((count) => count.kind === kind)?._count ?? 0;
  return { customers: of('CUSTOMER'), groups: of('GROUP') };
}

/**
 * Lets a transfer begin, by this member's decision: what waits is due its waitHours from now, groups at once. One statement,
 * of any size; the caller holds the transfer.
 */
export async function beginTransfer(tx: Tx, transfer: Transfer, deciderId: string, now: Date): Promise<void> {
  const dueAt = new Date(now.getTime() + transfer.waitHours * 3600_000);
  await tx.$executeRaw`
    WITH begun AS (
      UPDATE transfer_item
      SET takeover_due_at = CASE kind WHEN 'GROUP' THEN ${now}::timestamptz ELSE ${dueAt}::timestamptz END
      WHERE transfer_id = ${transfer.id}::uuid AND status = 'WAITING' RETURNING takeover_due_at
    )
    UPDATE transfer SET status = 'RUNNING', begun_at = ${now}, decided_by_id = ${deciderId}::uuid, decided_at = ${now},
      run_at = (SELECT min(takeover_due_at) FROM begun)
    WHERE id = ${transfer.id}::uuid`;
}
