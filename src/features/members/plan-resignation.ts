import type { Member } from '../../generated/prisma/client.js';
import type { Caller } from '../../platform/actor.js';
import type { App } from '../../platform/app.js';
import { inTransaction, type Tx } from '../../platform/db/transaction.js';
import { Refusal } from '../../platform/errors.js';
import { recordAudit } from '../../platform/events/audit.js';
import { lockMember, requireMayShutOut } from './lock-member.js';
import { endOfDay, noPlan, todayOf } from './members.store.js';
import { requireNotResigned } from './resign.js';

/** A last day further away than this is a slip of the pen. */
export const farthestDays = 3650;

/**
 * Plans a member's last day, as YYYY-MM-DD: they work on until it is over in the enterprise's time zone, and are resigned then.
 * Planned again, the new day stands, and so does the new choice of who takes over.
 *
 * The moment is fixed here: a time zone that changes later does not move it. Refuses NOT_FOUND, ALREADY_RESIGNED, and
 * INVALID_INPUT for a day that is over or more than 3650 days away.
 */
export async function planResignation(
  app: Pick<App, 'clock' | 'ids'>,
  tx: Tx,
  caller: Caller,
  plan: { readonly memberId: string; readonly lastDay: string; readonly autoAssign: boolean | null },
): Promise<void> {
  const { memberId, lastDay, autoAssign } = plan;
  const { enterpriseId } = caller.actor;
  const member = await lockMember(tx, caller.actor, 'ASSIGN', memberId);
  requireNotResigned(member);
  await requireMayShutOut(tx, caller.actor, memberId);
  const { today, farthest, timeZone } = await todayOf(tx, enterpriseId, app.clock.now(), farthestDays);
  if (lastDay < today || lastDay > farthest) {
    throw new Refusal(
      'INVALID_INPUT',
      `lastDay must be from today, ${today} in ${timeZone}, to ${farthest}. For one who has left already, leave it out or give resignedAt.`,
      { path: ['input', 'lastDay'] },
    );
  }
  const leavesAt = await endOfDay(tx, enterpriseId, lastDay);
  const leavePlannedById = autoAssign === true ? caller.actor.id : null;
  const after = { leavesAt, autoAssignOnLeave: autoAssign, leavePlannedById };
  await tx.member.update({ where: { id: memberId }, data: after });
  await recordAudit(app, tx, caller, {
    action: 'resignMember',
    subject: { type: 'Member', id: memberId },
    detail: { lastDay, before: planOf(member), after: planOf(after) },
  });
}

/**
 * Drops the planned last day of a member, who stays. One who has none planned stays anyway, so it may be repeated.
 *
 * Refuses NOT_FOUND, and ALREADY_RESIGNED when the day is over.
 */
export async function cancelResignation(
  app: Pick<App, 'db' | 'wakeup' | 'clock' | 'ids'>,
  caller: Caller,
  { memberId }: { readonly memberId: string },
): Promise<{ memberId: string }> {
  return inTransaction(app, async (tx) => {
    const member = await lockMember(tx, caller.actor, 'ASSIGN', memberId);
    if (member.status === 'RESIGNED') {
      throw new Refusal('ALREADY_RESIGNED', `${member.name} has resigned. Call reinstateMember to take it back.`, {
        path: ['input', 'memberId'],
      });
    }
    await dropPlan(tx, memberId);
    await recordAudit(app, tx, caller, {
      action: 'cancelResignation',
      subject: { type: 'Member', id: memberId },
      detail: { before: planOf(member), after: { leavesAt: null } },
    });
    return { memberId };
  });
}

/** Forgets the planned last day of a member whose row the caller has locked. */
export async function dropPlan(tx: Tx, memberId: string): Promise<void> {
  await tx.member.update({ where: { id: memberId }, data: noPlan });
}

function planOf({ leavesAt, autoAssignOnLeave }: Pick<Member, 'leavesAt' | 'autoAssignOnLeave'>) {
  return {
    leavesAt: leavesAt?.toISOString() ?? null,
    ...(autoAssignOnLeave !== null && { autoAssign: autoAssignOnLeave }),
  };
}
