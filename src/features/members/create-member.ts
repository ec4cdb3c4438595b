import type { Actor, Caller } from '../../platform/actor.js';
import type { App } from '../../platform/app.js';
import { inTransaction, type Tx } from '../../platform/db/transaction.js';
import { Refusal } from '../../platform/errors.js';
import { recordAudit } from '../../platform/events/audit.js';
import { once } from '../../platform/idempotency.js';
import { reaches } from '../../platform/rights.js';

/** A new employee, as the company's directory knows them. */
export interface NewMember {
  readonly userId: string;
  readonly name: string;
  readonly departmentId?: string | null;
  readonly position?: string | null;
  readonly email?: string | null;
  readonly mobile?: string | null;
  readonly idempotencyKey?: string | null;
}

/** Most characters of each text. */
export const longest = { userId: 64, name: 200, position: 200, email: 320, mobile: 40 } as const;

/**
 * Adds an ACTIVE member to the caller's enterprise.
 *
 * Refuses ALREADY_EXISTS for a taken userId, NOT_FOUND for an unknown department, OUT_OF_SCOPE for none, INVALID_INPUT for an empty or too long
 * text.
 */
export async function createMember(
  app: Pick<App, 'db' | 'wakeup' | 'clock' | 'ids'>,
  caller: Caller,
  input: NewMember,
): Promise<{ memberId: string }> {
  for (const [field, most] of Object.entries(longest)) {
    const text = input[field as keyof typeof longest];
    if (text != null && (text.trim() === '' || text.length > most)) {
      throw new Refusal('INVALID_INPUT', `${field} must have 1 to ${most} characters.`, { path: ['input', field] });
    }
  }
  const { enterpriseId } = caller.actor;
  return inTransaction(app, (tx) =>
    once(app, tx, caller, { key: input.idempotencyKey, operation: 'createMember', arguments: input }, async () => {
      await requireDepartment(tx, caller.actor, input.departmentId ?? null);
      const memberId = app.ids.next();
      const created = await tx.$executeRaw`
        INSERT INTO member (id, enterprise_id, user_id, department_id, name, position, email, mobile, created_at)
        VALUES (${memberId}::uuid, ${enterpriseId}::uuid, ${input.userId}, ${input.departmentId ?? null}::uuid, ${input.name},
                ${input.position ?? null}, ${input.email ?? null}, ${input.mobile ?? null}, ${app.clock.now()})
        ON CONFLICT (enterprise_id, user_id) DO NOTHING`;
      if (created === 0) {
        throw new Refusal('ALREADY_EXISTS', `There is a member with the userId "${input.userId}" already.`, {
          path: ['input', 'userId'],
        });
      }
      await tx.portfolio.create({ data: { memberId, enterpriseId } });
      await recordAudit(app, tx, caller, {
        action: 'createMember',
        subject: { type: 'Member', id: memberId },
        detail: {
          ...{ userId: input.userId, name: input.name, departmentId: input.departmentId ?? null },
          ...{ position: input.position ?? null, email: input.email ?? null, mobile: input.mobile ?? null },
        },
      });
      return { memberId };
    }),
  );
}

/**
 * Refuses NOT_FOUND for a department that the enterprise does not have, or that the actor's CONFIGURE does not reach, and
 * OUT_OF_SCOPE for none: who has no department is within reach of super administrators alone.
 */
export async function requireDepartment(tx: Tx, actor: Actor, departmentId: string | null): Promise<void> {
  if (departmentId === null) {
    if (reaches(actor, 'CONFIGURE', null)) return;
    throw new Refusal(
      'OUT_OF_SCOPE',
      'Without a department the member would be out of your scope. Name one of your departments.',
      { path: ['input', 'departmentId'] },
    );
  }
  const { enterpriseId } = actor;
  const department = await tx.department.findFirst({ where: { id: departmentId, enterpriseId } });
  if (!department || !reaches(actor, 'CONFIGURE', departmentId)) {
    throw new Refusal('NOT_FOUND', 'There is no such department.', { path: ['input', 'departmentId'] });
  }
}
