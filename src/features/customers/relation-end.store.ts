import type { RelationStatus } from '../../generated/prisma/enums.js';
import type { Tx } from '../../platform/db/transaction.js';

/** How a relation is ended by hand. */
export type RelationEnd = Extract<RelationStatus, 'DELETED_BY_CUSTOMER' | 'DELETED_BY_MEMBER'>;

/** A relation, active or not. */
export interface FoundRelation {
  readonly memberId: string;
  readonly departmentId: string | null;
  readonly customerId: string;
  readonly status: RelationStatus;
  readonly endedAt: Date | null;
}

/** The relation of the enterprise with this id, as it is now; not locked. */
export async function findRelation(tx: Tx, enterpriseId: string, relationId: string): Promise<FoundRelation | null> {
  const found = await tx.relation.findUnique({
    where: { id: relationId, enterpriseId },
    include: { member: { select: { departmentId: true } } },
  });
  return found && { ...found, departmentId: found.member.departmentId };
}

/**
 * Ends an active relation for good, and counts it out of what its member holds. The caller holds the member's portfolio,
 * and nothing of the relation waits in a transfer any more.
 */
export async function endRelationOf(tx: Tx, relationId: string, as: 'LOST' | RelationEnd, now: Date): Promise<void> {
  await tx.$executeRaw`
    WITH ended AS (
      UPDATE relation SET status = ${as}::"RelationStatus", ended_at = ${now}
      WHERE id = ${relationId}::uuid AND status = 'ACTIVE' RETURNING member_id
    )
    UPDATE portfolio SET customers = customers - 1 FROM ended WHERE portfolio.member_id = ended.member_id`;
}
