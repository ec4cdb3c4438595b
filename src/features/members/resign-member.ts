import type { Caller } from '../../platform/actor.js';
import type { App } from '../../platform/app.js';
import { inTransaction } from '../../platform/db/transaction.js';
import { Refusal } from '../../platform/errors.js';
import { recordAudit } from '../../platform/events/audit.js';
import { once } from '../../platform/idempotency.js';
import { lockMember, requireAnotherAdministrator } from './lock-member.js';
import { leavePool, lockPortfolios, settleOwnedGroups } from './members.store.js';

/**
 * Marks a member as having left: they can no longer sign in, and what they hold stands in the pool for successors. The
 * groups they own become OWNER_RESIGNED, but for those that are being inherited.
 *
 * Refuses NOT_FOUND, ALREADY_RESIGNED, LAST_ADMINISTRATOR for the only one left, and INVALID_INPUT for a time to come.
 */
export async function resignMember(
  app: Pick<App, 'db' | 'wakeup' | 'clock' | 'ids'>,
  caller: Caller,
  input: { readonly memberId: string; readonly resignedAt?: Date | null; readonly idempotencyKey?: string | null },
): Promise<{ memberId: string }> {
  const { memberId } = input;
  const now = app.clock.now();
  const resignedAt = input.resignedAt ?? now;
  if (resignedAt > now) {
    throw new Refusal('INVALID_INPUT', 'resignedAt must not be in the future. Leave it out for now.', {
      path: ['input', 'resignedAt'],
    });
  }
  return inTransaction(app, (tx) =>
    once(app, tx, caller, { key: input.idempotencyKey, operation: 'resignMember', arguments: input }, async () => {
      const member = await lockMember(tx, caller.actor.enterpriseId, memberId);
      if (member.status === 'RESIGNED') {
        throw new Refusal('ALREADY_RESIGNED', `${member.name} has resigned already.`, { path: ['input', 'memberId'] });
      }
      await requireAnotherAdministrator(tx, caller.actor.enterpriseId, memberId);
      await tx.member.update({ where: { id: memberId }, data: { status: 'RESIGNED', resignedAt } });
      await lockPortfolios(tx, caller.actor.enterpriseId, [memberId]);
      await settleOwnedGroups(tx, caller.actor.enterpriseId, [memberId]);
      await recordAudit(app, tx, caller, {
        action: 'resignMember',
        subject: { type: 'Member', id: memberId },
        detail: {
          before: { status: member.status },
          after: { status: 'RESIGNED', resignedAt: resignedAt.toISOString() },
        },
      });
      // Their sockets, and who follows the pool, learn of it now rather than at the next delivery.
      tx.wakeAfterCommit();
      return { memberId };
    }),
  );
}

/**
 * Takes a resignation back: the member is ACTIVE again and holds what has not been handed on; their groups are NORMAL.
 *
 * Refuses NOT_FOUND, NOT_RESIGNED, and MEMBER_IN_TRANSFER while customers or groups of theirs wait to be taken over.
 */
export async function reinstateMember(
  app: Pick<App, 'db' | 'wakeup' | 'clock' | 'ids'>,
  caller: Caller,
  input: { readonly memberId: string },
): Promise<{ memberId: string }> {
  const { memberId } = input;
  return inTransaction(app, async (tx) => {
    const member = await lockMember(tx, caller.actor.enterpriseId, memberId);
    if (member.status !== 'RESIGNED') {
      throw new Refusal('NOT_RESIGNED', `${member.name} has not resigned.`, { path: ['input', 'memberId'] });
    }
    await lockPortfolios(tx, caller.actor.enterpriseId, [memberId]);
    const { waiting, groupsWaiting } = await tx.portfolio.findUniqueOrThrow({ where: { memberId } });
    if (waiting + groupsWaiting > 0) {
      throw new Refusal(
        'MEMBER_IN_TRANSFER',
        `${waiting} customers and ${groupsWaiting} groups of ${member.name} wait to be taken over. Try again when the transfer has ` +
          'ended, or cancel it.',
        { path: ['input', 'memberId'] },
      );
    }
    await tx.member.update({ where: { id: memberId }, data: { status: 'ACTIVE', resignedAt: null } });
    await settleOwnedGroups(tx, caller.actor.enterpriseId, [memberId]);
    await leavePool(tx, memberId);
    await recordAudit(app, tx, caller, {
      action: 'reinstateMember',
      subject: { type: 'Member', id: memberId },
      detail: { before: { status: 'RESIGNED' }, after: { status: 'ACTIVE' } },
    });
    tx.wakeAfterCommit();
    return { memberId };
  });
}
