import { Prisma, type Transfer } from '../../generated/prisma/client.js';
import type { App } from '../../platform/app.js';
import { idsUnder, type KeysetPage, type SortKey } from '../../platform/db/keyset.js';
import type { Tx } from '../../platform/db/transaction.js';
import type { Leaver, Successor } from './transfers.policy.js';

/** What of an enterprise's settings decides about a transfer. */
export interface TransferSettings {
  readonly waitHours: number;
  readonly inheritanceDays: number;
  readonly successorInactiveDays: number;
  readonly customerLimit: number;
  readonly travelTags: boolean;
  readonly travelRemark: boolean;
  readonly travelDescription: boolean;
  readonly travelArchive: boolean;
}

/** Who takes part in a transfer; null for an id that is unknown in the enterprise. */
export interface Parties {
  readonly enterprise: TransferSettings;
  readonly leaver: Leaver | null;
  readonly successors: readonly ((Successor & { readonly customerLimit: number | null }) | null)[];
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
  const members = await tx.member.findMany({ where: { enterpriseId, id: { in: [leaverId, ...successorIds] } } });
  const byId = new Map(members.map((member) => [member.id, member]));
  return {
    enterprise,
    leaver: byId.get(leaverId) ?? null,
    successors: successorIds.map((id) => byId.get(id) ?? null),
  };
}

/** Inserts the transfer's row, with no items yet. */
export async function insertTransfer(
  tx: Tx,
  transfer: {
    readonly id: string;
    readonly enterpriseId: string;
    readonly leaverId: string;
    readonly createdById: string | null;
    readonly submittedAt: Date;
    readonly waitHours: number;
    readonly note: string;
    readonly customerMessage: string | null;
    readonly selection: Prisma.InputJsonObject;
    readonly travels: TransferSettings;
  },
): Promise<void> {
  const { travels, ...row } = transfer;
  const { travelTags, travelRemark, travelDescription, travelArchive } = travels;
  await tx.transfer.create({
    data: { ...row, travelTags, travelRemark, travelDescription, travelArchive, kind: 'RESIGNED', status: 'RUNNING' },
  });
}

/** How many items more, or fewer, have each status. */
export type CountChanges = Partial<
  Record<'waiting' | 'completed' | 'refused' | 'cancelled' | 'successorFull' | 'failed' | 'undone', number>
>;

/**
 * Writes what a change of items does to their transfer, which the caller has locked: its counts, its status, and when the
 * runner looks at it again (`runAt`; left out, when the next item is due). The end of the last open item finishes it.
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
      SELECT id, waiting + ${by('waiting')} AS waiting, completed + ${by('completed')} AS completed,
             refused + ${by('refused')} AS refused, cancelled + ${by('cancelled')} AS cancelled,
             successor_full + ${by('successorFull')} AS successor_full, failed + ${by('failed')} AS failed,
             undone + ${by('undone')} AS undone, waiting + ${by('waiting')} + queued > 0 AS open
      FROM transfer WHERE id = ${transferId}::uuid
    )
    UPDATE transfer SET
      waiting = counted.waiting, completed = counted.completed, refused = counted.refused, cancelled = counted.cancelled,
      successor_full = counted.successor_full, failed = counted.failed, undone = counted.undone,
      status = CASE WHEN counted.open THEN 'RUNNING'
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

/** The transfers of a page for each of these leavers, the newest first, and one more each, in reading direction. */
export function listTransfersOf(
  { db }: Pick<App, 'db'>,
  enterpriseId: string,
  leaverIds: readonly string[],
  page: KeysetPage,
): Promise<{ parentId: string; id: string }[]> {
  const list = { table: 'transfer', column: 'leaver_id', keys: transferKeys, direction: 'DESC' } as const;
  return idsUnder(db, { ...list, enterpriseId, parentIds: leaverIds, page });
}
