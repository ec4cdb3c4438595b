import type { AdministratorRole, GrantRight } from '../../generated/prisma/enums.js';
import type { Actor, Caller } from '../../platform/actor.js';
import type { App } from '../../platform/app.js';
import { inTransaction, type Tx } from '../../platform/db/transaction.js';
import { Refusal } from '../../platform/errors.js';
import { recordAudit } from '../../platform/events/audit.js';
import { once } from '../../platform/idempotency.js';
import { lockMember } from '../members/members.js';

/** A member's rights, as a super administrator changes them. */
export interface RightsChange {
  readonly memberId: string;
  readonly role?: AdministratorRole | null;
  readonly rights?: readonly GrantRight[] | null;
  readonly departmentIds?: readonly string[] | null;
  readonly idempotencyKey?: string | null;
}

/** Most departments in one call. */
export const mostDepartments = 100;

/**
 * Gives a member rights over departments and all below them, beside those they have, and makes them a customer-contact
 * administrator where they are none; or, with the role SUPER, a super administrator. What is granted already stays.
 *
 * Refuses OWN_RIGHTS, NOT_FOUND, MEMBER_NOT_ACTIVE, INVALID_INPUT, and FORBIDDEN to who is no super administrator by then.
 */
export async function grantRights(
  app: Pick<App, 'db' | 'wakeup' | 'clock' | 'ids'>,
  caller: Caller<Extract<Actor, { kind: 'member' }>>,
  input: RightsChange,
): Promise<{ memberId: string }> {
  const { memberId, idempotencyKey: key } = input;
  const { actor } = caller;
  const { enterpriseId } = actor;
  const role = input.role ?? 'CUSTOMER_CONTACT';
  const rights = [...new Set(input.rights ?? [])];
  const departmentIds = [...new Set(input.departmentIds ?? [])];
  requireOthers(actor, memberId);
  requireWhole(role, rights, departmentIds);
  return inTransaction(app, (tx) =>
    once(app, tx, caller, { key, operation: 'grantRights', arguments: input }, async () => {
      const member = await lockMember(tx, actor, 'CONFIGURE', memberId);
      await requireStillSuper(tx, actor);
      if (member.status !== 'ACTIVE') {
        throw new Refusal('MEMBER_NOT_ACTIVE', `${member.name} is not active. Name somebody who is.`, {
          path: ['input', 'memberId'],
        });
      }
      await requireDepartments(tx, enterpriseId, departmentIds);
      const before = await findRights(tx, memberId);
      if (before?.role === 'SUPER' && role !== 'SUPER') {
        throw invalid(
          `${member.name} is a super administrator and has every right. Call revokeRights first.`,
          'memberId',
        );
      }
      const createdAt = app.clock.now();
      await tx.administrator.upsert({
        where: { memberId },
        create: { memberId, enterpriseId, role, createdAt },
        update: { role },
      });
      const data = rights.flatMap((right) =>
        departmentIds.map((departmentId) => ({ administratorId: memberId, enterpriseId, departmentId, right })),
      );
      if (role === 'SUPER') await tx.grant.deleteMany({ where: { administratorId: memberId } });
      else await tx.grant.createMany({ data, skipDuplicates: true });
      await recordAudit(app, tx, caller, {
        action: 'grantRights',
        subject: { type: 'Member', id: memberId },
        detail: { before, after: await findRights(tx, memberId), role, rights, departmentIds },
      });
      return { memberId };
    }),
  );
}

/** A member's role and grants, in an order of their own, as an audit record tells them; null for who is no administrator. */
export async function findRights(tx: Tx, memberId: string) {
  return tx.administrator.findUnique({
    where: { memberId },
    select: {
      role: true,
      grants: { select: { right: true, departmentId: true }, orderBy: [{ departmentId: 'asc' }, { right: 'asc' }] },
    },
  });
}

/** Refuses OWN_RIGHTS: nobody changes their own. */
export function requireOthers(actor: Actor, memberId: string): void {
  if (actor.id !== memberId) return;
  throw new Refusal('OWN_RIGHTS', 'Nobody changes their own rights. Ask another super administrator.', {
    path: ['input', 'memberId'],
  });
}

/** Refuses FORBIDDEN where the actor has ceased to be a super administrator since they signed in; holds it so. */
export async function requireStillSuper(tx: Tx, actor: Actor): Promise<void> {
  const held = await tx.$queryRaw<unknown[]>`
    SELECT 1 FROM administrator WHERE member_id = ${actor.id}::uuid AND role = 'SUPER' FOR SHARE`;
  if (held.length > 0) return;
  throw new Refusal('FORBIDDEN', 'Only super administrators may do this.');
}

function requireWhole(role: AdministratorRole, rights: readonly unknown[], departmentIds: readonly unknown[]): void {
  if (role === 'SUPER') {
    if (rights.length + departmentIds.length === 0) return;
    throw invalid('A super administrator has every right: leave rights and departmentIds out.', 'rights');
  }
  if (rights.length === 0) throw invalid('Name at least one right.', 'rights');
  if (departmentIds.length === 0 || departmentIds.length > mostDepartments) {
    throw invalid(`Name 1 to ${mostDepartments} departments.`, 'departmentIds');
  }
}

async function requireDepartments(tx: Tx, enterpriseId: string, ids: readonly string[]): Promise<void> {
  const known = await tx.department.findMany({ where: { enterpriseId, id: { in: [...ids] } }, select: { id: true } });
  const missing = ids.findIndex((id) => !known.some((department) => department.id === id));
  if (missing < 0) return;
  throw new Refusal('NOT_FOUND', 'There is no such department.', { path: ['input', 'departmentIds', String(missing)] });
}

function invalid(message: string, field: string): Refusal {
  return new Refusal('INVALID_INPUT', message, { path: ['input', field] });
}
