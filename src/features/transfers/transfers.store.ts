import type { Prisma } from '../../generated/prisma/client.js';
import type { Tx } from '../../platform/db/transaction.js';
import { planQuery, type PlanInput } from './transfer-plan.store.js';
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

/** What a plan comes to, in numbers. */
export interface PlanCounts {
  readonly total: number;
  readonly accepted: number;
  readonly rejected: readonly { readonly reason: string; readonly count: number }[];
  /** Accepted customers by successor; one who gets none is left out. */
  readonly assigned: ReadonlyMap<string, number>;
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

/** Inserts one item per selected customer by the plan, in one statement, and counts them. */
export async function insertItems(
  tx: Tx,
  transferId: string,
  takeoverDueAt: Date,
  plan: PlanInput,
): Promise<PlanCounts> {
  return counted(
    await tx.$queryRaw<CountRow[]>`
      WITH plan AS (${planQuery(plan)}),
      items AS (
        INSERT INTO transfer_item (transfer_id, position, enterprise_id, status, reason, relation_id, customer_id, requested,
                                   successor_id, takeover_due_at)
        SELECT ${transferId}::uuid, position, ${plan.enterpriseId}::uuid,
               CASE WHEN reason IS NULL THEN 'WAITING' ELSE 'REJECTED' END::"TransferItemStatus",
               reason, relation_id, customer_id, requested, successor_id,
               CASE WHEN reason IS NULL THEN ${takeoverDueAt}::timestamptz END
        FROM plan
        RETURNING reason, successor_id
      )
      SELECT reason, successor_id, count(*)::int AS count FROM items GROUP BY reason, successor_id`,
  );
}

/** Counts what the plan would insert. */
export async function previewPlan(tx: Tx, plan: PlanInput): Promise<PlanCounts> {
  return counted(
    await tx.$queryRaw<CountRow[]>`
      WITH plan AS (${planQuery(plan)})
      SELECT reason, successor_id, count(*)::int AS count FROM plan GROUP BY reason, successor_id`,
  );
}

/** Writes down each successor's share and what waits on both sides; a transfer of which nothing waits is finished. */
export async function shareOut(
  tx: Tx,
  transfer: {
    readonly transferId: string;
    readonly takeoverDueAt: Date;
    readonly now: Date;
    readonly plan: PlanInput;
    readonly counts: PlanCounts;
  },
): Promise<void> {
  const { transferId, plan, counts } = transfer;
  const ids = plan.successors.map(({ id }) => id);
  const shares = ids.map((id) => counts.assigned.get(id) ?? 0);
  await tx.$executeRaw`
    INSERT INTO transfer_successor (transfer_id, member_id, enterprise_id, position, assigned)
    SELECT ${transferId}::uuid, share.id, ${plan.enterpriseId}::uuid, share.place - 1, share.assigned
    FROM unnest(${ids}::uuid[], ${shares}::int[]) WITH ORDINALITY AS share (id, assigned, place)`;
  await tx.$executeRaw`
    UPDATE portfolio SET incoming = incoming + share.assigned
    FROM unnest(${ids}::uuid[], ${shares}::int[]) AS share (id, assigned) WHERE portfolio.member_id = share.id`;
  await tx.portfolio.update({ where: { memberId: plan.leaverId }, data: { waiting: { increment: counts.accepted } } });
  const rejected = counts.total - counts.accepted;
  await tx.transfer.update({
    where: { id: transferId },
    data: {
      total: counts.total,
      rejected,
      waiting: counts.accepted,
      ...(counts.accepted > 0
        ? { runAt: transfer.takeoverDueAt }
        : { status: 'COMPLETED_WITH_FAILURES', finishedAt: transfer.now }),
    },
  });
}

interface CountRow {
  readonly reason: string | null;
  readonly successor_id: string | null;
  readonly count: number;
}

function counted(rows: readonly CountRow[]): PlanCounts {
  const assigned = new Map<string, number>();
  const rejected = new Map<string, number>();
  for (const { reason, successor_id: successor, count } of rows) {
    if (reason !== null) rejected.set(reason, (rejected.get(reason) ?? 0) + count);
    else if (successor !== null) assigned.set(successor, (assigned.get(successor) ?? 0) + count);
  }
  const accepted = [...assigned.values()].reduce((sum, count) => sum + count, 0);
  const refused = [...rejected]
    .map(([reason, count]) => ({ reason, count }))
    .sort((a, b) => (a.reason < b.reason ? -1 : 1));
  return {
    total: accepted + refused.reduce((sum, { count }) => sum + count, 0),
    accepted,
    rejected: refused,
    assigned,
  };
}
