import type { Actor, Caller } from '../../platform/actor.js';
import type { App } from '../../platform/app.js';
import { inTransaction, type Tx } from '../../platform/db/transaction.js';
import { Refusal } from '../../platform/errors.js';
import { recordAudit } from '../../platform/events/audit.js';
import { requireText } from '../../platform/text.js';
import { requireCustomerContact } from '../enterprise/enterprise.js';
import { longest, noSuch } from './customers.errors.js';
import { mayEditRelation } from './customers.policy.js';
import { touched, type Touch } from './touched.js';

/** What to note on a relation. */
export interface RelationChange {
  readonly relationId: string;
  /** Left out: stays. Empty: is emptied. */
  readonly remark?: string | null;
  readonly description?: string | null;
}

/**
 * Changes what is noted on an active relation. By the member who serves, or where ASSIGN reaches them.
 *
 * Refuses NOT_FOUND, also for a relation that is somebody else's or has moved on, INVALID_INPUT,
 * CUSTOMER_CONTACT_DISABLED.
 */
export async function updateRelation(
  app: Pick<App, 'db' | 'wakeup' | 'clock' | 'ids'>,
  caller: Caller<Extract<Actor, { kind: 'member' }>>,
  input: RelationChange,
): Promise<{ relationId: string }> {
  const { relationId } = input;
  const { enterpriseId } = caller.actor;
  const change = {
    ...(input.remark != null && { remark: requireText(input.remark, 'remark', longest.remark) }),
    ...(input.description != null && {
      description: requireText(input.description, 'description', longest.description),
    }),
  };
  if (Object.keys(change).length === 0) {
    throw new Refusal('INVALID_INPUT', 'Give remark or description, or both.', { path: ['input'] });
  }
  return inTransaction(app, async (tx) => {
    await requireCustomerContact(tx, enterpriseId);
    const before = await lockRelation(tx, enterpriseId, relationId);
    if (!before || !mayEditRelation(caller.actor, before)) throw noSuch('relation', 'relationId');
    const touches = touchesOf(before, change);
    if (touches.length > 0) {
      await tx.$executeRaw`
        UPDATE relation r SET remark = ${change.remark ?? before.remark}, description = ${change.description ?? before.description},
               ${touched(touches)}
        WHERE r.id = ${relationId}::uuid`;
    }
    await recordAudit(app, tx, caller, {
      action: 'updateRelation',
      subject: { type: 'Relation', id: relationId },
      detail: {
        memberId: before.memberId,
        customerId: before.customerId,
        before: Object.fromEntries(Object.keys(change).map((name) => [name, before[name as keyof typeof change]])),
        after: change,
      },
    });
    return { relationId };
  });
}

function touchesOf(
  before: LockedRelation,
  change: { readonly remark?: string; readonly description?: string },
): Touch[] {
  return [
    ...(change.remark !== undefined && change.remark !== before.remark ? (['REMARK'] as const) : []),
    ...(change.description !== undefined && change.description !== before.description
      ? (['DESCRIPTION'] as const)
      : []),
  ];
}

interface LockedRelation {
  readonly memberId: string;
  readonly departmentId: string | null;
  readonly customerId: string;
  readonly remark: string;
  readonly description: string;
}

// Locked, so that it cannot move to another member between the check of who serves and the change.
async function lockRelation(tx: Tx, enterpriseId: string, relationId: string): Promise<LockedRelation | undefined> {
  const [relation] = await tx.$queryRaw<LockedRelation[]>`
    SELECT r.member_id AS "memberId", m.department_id AS "departmentId", r.customer_id AS "customerId", r.remark, r.description
    FROM relation r JOIN member m ON m.id = r.member_id
    WHERE r.enterprise_id = ${enterpriseId}::uuid AND r.id = ${relationId}::uuid AND r.status = 'ACTIVE'
    FOR NO KEY UPDATE OF r`;
  return relation;
}
