import type { Member } from '../../generated/prisma/client.js';
import type { Actor, Caller } from '../../platform/actor.js';
import type { App } from '../../platform/app.js';
import { inTransaction, type Tx } from '../../platform/db/transaction.js';
import { Refusal } from '../../platform/errors.js';
import { recordAudit } from '../../platform/events/audit.js';
import { lockMember, requireAnotherAdministrator, requireMayShutOut } from './lock-member.js';
import { leavePool, lockPortfolios, noPlan, settleOwnedGroups } from './members.store.js';

/**
 * The row of a member who may resign, locked, for `resign`.
 *
 * Refuses NOT_FOUND, ALREADY_RESIGNED, FORBIDDEN for a super administrator to who is none, and LAST_ADMINISTRATOR for the only one
 * left.
 */
export async function lockToResign(tx: Tx, actor: Actor, memberId: string): Promise<Member> {
  const member = await lockMember(tx, actor, 'ASSIGN', memberId);
  requireNotResigned(member);
  await requireMayShutOut(tx, actor, memberId);
  await requireAnotherAdministrator(tx, actor.enterpriseId, memberId);
  return member;
}

/** Refuses ALREADY_RESIGNED. */
export function requireNotResigned({ status, name }: Pick<Member, 'status' | 'name'>): void {
  if (status !== 'RESIGNED') return;
  throw new Refusal('ALREADY_RESIGNED', `${name} has resigned already.`, { path: ['input', 'memberId'] });
}

/**
 * Marks a member, whom the caller got from `lockToResign`, as having left: they can no longer sign in, and what they hold stands
 * in the pool for successors. The groups they own become OWNER_RESIGNED, but for those that are being inherited. A planned last
 * day is no longer planned.
 */
export async function resign(
  app: Pick<App, 'clock' | 'ids'>,
  tx: Tx,
  caller: Caller,
  member: Member,
  { resignedAt, autoAssign }: { readonly resignedAt: Date; readonly autoAssign: boolean },
): Promise<void> {
  const { id: memberId, enterpriseId, leavesAt } = member;
  await tx.member.update({
    where: { id: memberId },
    data: { status: 'RESIGNED', resignedAt, ...noPlan },
  });
  await lockPortfolios(tx, enterpriseId, [memberId]);
  await settleOwnedGroups(tx, enterpriseId, [memberId]);
  await recordAudit(app, tx, caller, {
    action: 'resignMember',
    subject: { type: 'Member', id: memberId },
    detail: {
      before: { status: member.status, ...(leavesAt && { leavesAt: leavesAt.toISOString() }) },
      after: { status: 'RESIGNED', resignedAt: resignedAt.toISOString() },
      ...(autoAssign && { autoAssign }),
    },
  });
  // Their sockets, and who follows the pool, learn of it now rather than at the next delivery.
  tx.wakeAfterCommit();
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
    const member = await lockMember(tx, caller.actor, 'ASSIGN', memberId);
    if (member.status !== 'RESIGNED') {
      const advice = member.leavesAt ? ' Call cancelResignation to drop the planned last day.' : '';
      throw new Refusal('NOT_RESIGNED', `${member.name} has not resigned.${advice}`, { path: ['input', 'memberId'] });
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
