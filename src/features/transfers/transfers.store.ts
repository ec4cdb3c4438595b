import { Prisma, type Enterprise, type Member, type Transfer } from '../../generated/prisma/client.js';
import type { TransferKind } from '../../generated/prisma/enums.js';
import type { App } from '../../platform/app.js';
import { withinReach } from '../../platform/db/conditions.js';
import { idsUnder, type KeysetPage, type SortKey } from '../../platform/db/keyset.js';
import type { Tx } from '../../platform/db/transaction.js';
import type { Reach } from '../../platform/rights.js';
import type { PlanCounts } from './transfer-plan.js';
import type { Travels } from './transfers.policy.js';

/** Who takes part in a transfer; null for an id that is unknown in the enterprise. */
export interface Parties {
  readonly enterprise: Enterprise;
  readonly leaver: Member | null;
  readonly successors: readonly (Member | null)[];
}

/** Reads who takes part. The leaver's row is locked for the transaction: nobody reinstates them meanwhile. */
export async function findParties(
  tx: Tx,
  enterpriseId: string,
  leaverId: string,
  successorIds: readonly string[],
): Promise<Parties> {
  await tx.$queryRaw`SELECT 1 FROM member WHERE enterprise_id = ${enterpriseId}::uuid AND id = ${leaverId}::uuid FOR SHARE`;
  const enterprise = await tx.enterprise.findUniqueOrThrow({ where: { id: enterpriseId } });
  const byId = await findMembers(tx, enterpriseId, [leaverId, ...successorIds]);
  return {
    enterprise,
    leaver: byId.get(leaverId) ?? null,
    successors: successorIds.map((id) => byId.get(id) ?? null),
  };
}

/** Those of these members who are there, by id. */
export async function findMembers(
  tx: Tx,
  enterpriseId: string,
  memberIds: readonly string[],
): Promise<ReadonlyMap<string, Member>> {
  const members = await tx.member.findMany({ where: { enterpriseId, id: { in: [...memberIds] } } });
  return new Map(members.map((member) => [member.id, member]));
}

/** Inserts the transfer's row, with no items yet. */
export async function insertTransfer(
  tx: Tx,
  transfer: {
    readonly id: string;
    readonly enterpriseId: string;
    readonly kind: TransferKind;
    readonly leaverId: string;
    /** Where the leaver is now. */
    readonly departmentId: string | null;
    readonly createdById: string | null;
    readonly retryOfId: string | null;
    readonly submittedAt: Date;
    /** Null: it waits for an approval. */
    readonly begunAt: Date | null;
    readonly waitHours: number;
    readonly note: string;
    readonly customerMessage: string | null;
    readonly selection: Prisma.InputJsonObject;
    readonly travels: Travels;
  },
): Promise<void> {
  const { travels, ...row } = transfer;
  const status = row.begunAt === null ? 'PENDING_APPROVAL' : 'RUNNING';
  await tx.transfer.create({ data: { ...row, ...travels, status } });
}

/** The successors of a transfer, in their order. */
export async function findSuccessorIds(tx: Tx, transferId: string): Promise<string[]> {
  const successors = await tx.transferSuccessor.findMany({ where: { transferId }, orderBy: { position: 'asc' } });
  return successors.map(({ memberId }) => memberId);
}

/** The handover note that a successor of a transfer reads, for the fact that tells them. */
export function shareNote(transferId: Prisma.Sql, successorId: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`(SELECT s.note FROM transfer_successor s WHERE s.transfer_id = ${transferId} AND s.member_id = ${successorId})`;
}

/** What was accepted and rejected of one transfer: customers, and groups. */
export interface Accepted {
  readonly customers: PlanCounts;
  readonly groups: PlanCounts;
}

/** Writes down each successor's share and what waits on both sides; a transfer of which nothing waits is finished. */
export async function writeShares(
  tx: Tx,
  transfer: {
    readonly transferId: string;
    readonly enterpriseId: string;
    readonly leaverId: string;
    readonly successors: readonly { readonly id: string; readonly note: string }[];
    /** Null: not before an approval. */
    readonly takeoverDueAt: Date | null;
    readonly now: Date;
  },
  { customers, groups }: Accepted,
): Promise<void> {
  const { transferId, leaverId, takeoverDueAt, now } = transfer;
  const { queued } = customers;
  const ids = transfer.successors.map(({ id }) => id);
  const notes = transfer.successors.map(({ note }) => note);
  const shares = ids.map((id) => customers.assigned.get(id) ?? 0);
  const all = ids.map((id, place) => (shares[place] ?? 0) + (groups.assigned.get(id) ?? 0));
  await tx.$executeRaw`
    INSERT INTO transfer_successor (transfer_id, member_id, enterprise_id, position, assigned, note)
    SELECT ${transferId}::uuid, share.id, ${transfer.enterpriseId}::uuid, share.place - 1, share.assigned, share.note
    FROM unnest(${ids}::uuid[], ${all}::int[], ${notes}::text[]) WITH ORDINALITY AS share (id, assigned, note, place)`;
  await tx.$executeRaw`
    UPDATE portfolio SET incoming = incoming + share.assigned
    FROM unnest(${ids}::uuid[], ${shares}::int[]) AS share (id, assigned) WHERE portfolio.member_id = share.id`;
  await tx.portfolio.update({
    where: { memberId: leaverId },
    data: { waiting: { increment: customers.accepted + queued }, groupsWaiting: { increment: groups.accepted } },
  });
  const total = customers.total + groups.total;
  const waiting = customers.accepted + groups.accepted;
  await tx.transfer.update({
    where: { id: transferId },
    data: {
      total,
      groups: groups.total,
      rejected: total - waiting - queued,
      queued,
      waiting,
      ...(waiting > 0 && takeoverDueAt !== null && { runAt: groups.accepted > 0 ? now : takeoverDueAt }),
      ...(waiting + queued === 0 && { status: 'COMPLETED_WITH_FAILURES', finishedAt: now }),
    },
  });
}

/** How many items more, or fewer, have each status. */
export type CountChanges = Partial<
  Record<'waiting' | 'queued' | 'completed' | 'refused' | 'cancelled' | 'successorFull' | 'failed' | 'undone', number>
>;

/**
 * Writes what a change of items does to their transfer, which the caller has locked: its counts, its status, and when the
 * runner looks at it again (`runAt`; left out, when the next item is due). The end of the last open item finishes it; until then
 * one that waits for an approval goes on waiting.
 */
export async function changeCounts(
  tx: Tx,
  transferId: string,
  now: Date,
  changes: CountChanges,
  runAt?: Date,
): Promise<void> {
  const nextRun = runAt
    ? Prisma.sql`${runAt}::timestamptz`
    : Prisma.sql`(
        SELECT min(takeover_due_at) FROM transfer_item WHERE transfer_id = ${transferId}::uuid AND status = 'WAITING')`;
  const by = (name: keyof CountChanges) => Prisma.sql`${changes[name] ?? 0}::int`;
  await tx.$executeRaw`
    WITH counted AS (
      SELECT id, waiting + ${by('waiting')} AS waiting, queued + ${by('queued')} AS queued, completed + ${by('completed')} AS completed,
             refused + ${by('refused')} AS refused, cancelled + ${by('cancelled')} AS cancelled,
             successor_full + ${by('successorFull')} AS successor_full, failed + ${by('failed')} AS failed,
             undone + ${by('undone')} AS undone, waiting + ${by('waiting')} + queued + ${by('queued')} > 0 AS open
      FROM transfer WHERE id = ${transferId}::uuid
    )
    UPDATE transfer SET
      waiting = counted.waiting, queued = counted.queued, completed = counted.completed, refused = counted.refused, cancelled = counted.cancelled,
      successor_full = counted.successor_full, failed = counted.failed, undone = counted.undone,
      status = CASE WHEN counted.open AND transfer.status = 'PENDING_APPROVAL' THEN 'PENDING_APPROVAL'
                    WHEN counted.open THEN 'RUNNING'
                    WHEN counted.cancelled > 0 THEN 'CANCELLED'
                    WHEN counted.completed + counted.undone = total THEN 'COMPLETED'
                    ELSE 'COMPLETED_WITH_FAILURES' END::"TransferStatus",
      finished_at = CASE WHEN counted.open THEN NULL ELSE coalesce(finished_at, ${now}::timestamptz) END,
      run_at = CASE WHEN counted.waiting > 0 THEN ${nextRun} END
    FROM counted WHERE transfer.id = counted.id`;
}

/**
 * Locks a transfer of the enterprise until the transaction ends; null when there is none. Its row is the first lock of
 * whoever changes its items, portfolios (in id order) the second, relations and groups the last.
 */
export async function lockTransfer(tx: Tx, enterpriseId: string, transferId: string): Promise<Transfer | null> {
  await tx.$queryRaw`
    SELECT 1 FROM transfer WHERE id = ${transferId}::uuid AND enterprise_id = ${enterpriseId}::uuid FOR UPDATE`;
  return tx.transfer.findUnique({ where: { id: transferId, enterpriseId } });
}

/** Transfers by the time they were submitted; the id breaks ties. */
export const transferKeys = [
  { expression: Prisma.sql`x.submitted_at`, kind: 'instant' },
  { expression: Prisma.sql`x.id`, kind: 'id' },
] as const satisfies readonly SortKey[];

/** The transfers within reach of a page for each of these leavers, the newest first, and one more each, in reading direction. */
export function listTransfersOf(
  { db }: Pick<App, 'db'>,
  { enterpriseId, reach }: { readonly enterpriseId: string; readonly reach: Reach },
  leaverIds: readonly string[],
  page: KeysetPage,
): Promise<{ parentId: string; id: string }[]> {
  const list = { table: 'transfer', column: 'leaver_id', keys: transferKeys, direction: 'DESC' } as const;
  const where = withinReach(Prisma.sql`x.department_id`, reach);
  return idsUnder(db, { ...list, enterpriseId, parentIds: leaverIds, page, where });
}
