import { Prisma } from '../../generated/prisma/client.js';
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
