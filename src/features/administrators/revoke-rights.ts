import type { Actor, Caller } from '../../platform/actor.js';
import type { App } from '../../platform/app.js';
import { inTransaction } from '../../platform/db/transaction.js';
import { Refusal } from '../../platform/errors.js';
import { recordAudit } from '../../platform/events/audit.js';
import { once } from '../../platform/idempotency.js';
import { lockMember, requireAnotherAdministrator } from '../members/members.js';
import { findRights, requireOthers, requireStillSuper, type RightsChange } from './grant-rights.js';

/**
 * Takes rights from a member: these rights, over these departments. Left out: all rights, all departments; both left out, or when
 * nothing is left, they are no administrator any more. Their connections end within 5 seconds. What is not granted may be revoked:
 * it may be repeated.
 *
 * A grant over a department is taken as it was given: what lies below one is not taken out of it. Refuses OWN_RIGHTS, NOT_FOUND,
 * LAST_ADMINISTRATOR for the last super administrator, INVALID_INPUT for a part of a super administrator's rights, and FORBIDDEN to
 * who is no super administrator by then.
 */
export async function revokeRights(
  app: Pick<App, 'db' | 'wakeup' | 'clock' | 'ids'>,
  caller: Caller<Extract<Actor, { kind: 'member' }>>,
  input: Omit<RightsChange, 'role'>,
): Promise<{ memberId: string }> {
  const { memberId, rights, departmentIds, idempotencyKey: key } = input;
  const { actor } = caller;
  requireOthers(actor, memberId);
  return inTransaction(app, (tx) =>
    once(app, tx, caller, { key, operation: 'revokeRights', arguments: input }, async () => {
      await lockMember(tx, actor, 'CONFIGURE', memberId);
      // Locks all super administrators: two who revoke each other at once come one after the other.
      await requireAnotherAdministrator(tx, actor.enterpriseId, memberId);
      await requireStillSuper(tx, actor);
      const before = await findRights(tx, memberId);
      if (before?.role === 'SUPER' && (rights ?? departmentIds)) {
        throw new Refusal(
          'INVALID_INPUT',
          'A super administrator has every right: leave rights and departmentIds out, then grant what shall stay.',
          { path: ['input', rights ? 'rights' : 'departmentIds'] },
        );
      }
      await tx.grant.deleteMany({
        where: {
          administratorId: memberId,
          ...(rights && { right: { in: [...rights] } }),
          ...(departmentIds && { departmentId: { in: [...departmentIds] } }),
        },
      });
      if ((await tx.grant.count({ where: { administratorId: memberId } })) === 0) {
        await tx.administrator.deleteMany({ where: { memberId } });
      }
      await recordAudit(app, tx, caller, {
        action: 'revokeRights',
        subject: { type: 'Member', id: memberId },
        detail: {
          before,
          after: await findRights(tx, memberId),
          rights: [...(rights ?? [])],
          departmentIds: [...(departmentIds ?? [])],
        },
      });
      // Their sockets hear of it now rather than at the next look.
      tx.wakeAfterCommit();
      return { memberId };
    }),
  );
}
