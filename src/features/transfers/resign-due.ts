import type { Caller } from '../../platform/actor.js';
import type { App } from '../../platform/app.js';
import { narrowTo } from '../../platform/db/narrow-to.js';
import { inTransaction, type Tx } from '../../platform/db/transaction.js';
import { Refusal } from '../../platform/errors.js';
import { allRights } from '../../platform/rights.js';
import { recordOmission } from '../../platform/events/audit.js';
import type { Member } from '../../generated/prisma/client.js';
import { claimLeaving, dropPlan, lockToResign } from '../members/members.js';
import { resignAndHandOver } from './resign-and-hand-over.js';
import { submitTimeoutMs as timeoutMs } from './submit-transfer.js';

/**
 * Resigns one member whose planned last day is over, as of the moment when it was, and hands everything over by the rules where
 * that is wanted, in one transaction. Returns 1, or 0 when nobody is due.
 *
 * Safe to run on any number of instances and after any crash: a member is claimed and resigned by the same transaction, and
 * one whom another instance sees to is passed over. Whoever may not resign, the last administrator, stays: their plan is
 * dropped, and the audit log says what to do. Throws what went wrong on our side; that member is added to `passedOver`, and is
 * left alone for as long as the caller keeps it, so that one never holds up the others.
 */
export async function resignDue(
  app: Pick<App, 'db' | 'wakeup' | 'clock' | 'ids'>,
  passedOver: Set<string> = new Set(),
): Promise<number> {
  let claimed: string | null = null;
  try {
    return await inTransaction(
      app,
      async (tx) => {
        const member = await claimLeaving(tx, app.clock.now(), [...passedOver]);
        if (!member) return 0;
        claimed = member.id;
        await narrowTo(tx, member.enterpriseId);
        await leave(app, tx, member);
        return 1;
      },
      { timeoutMs },
    );
  } catch (error) {
    if (claimed !== null) passedOver.add(claimed);
    throw error;
  }
}

async function leave(app: Pick<App, 'clock' | 'ids'>, tx: Tx, member: Member): Promise<void> {
  const { id, enterpriseId, leavesAt, autoAssignOnLeave: autoAssign } = member;
  const resignedAt = leavesAt ?? app.clock.now();
  const baton: Caller = {
    actor: { kind: 'system', id: null, enterpriseId, name: 'Baton' },
    requestId: null,
    address: null,
  };
  try {
    await lockToResign(tx, baton.actor, id);
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    await dropPlan(tx, id);
    const { code, message } = refusal;
    await recordOmission(
      app,
      tx,
      baton,
      {
        action: 'resignMember',
        subject: { type: 'Member', id },
        detail: { before: { leavesAt: resignedAt.toISOString() }, after: { leavesAt: null } },
      },
      { code, message: `${message} Then call resignMember again: the planned last day has been dropped.` },
    );
    return;
  }
  await resignAndHandOver(app, tx, baton, member, {
    ...{ resignedAt, autoAssign, whenRefused: 'RESIGN' },
    submitter: await findPlanner(tx, member),
  });
}

/**
 * The customer-contact administrator who planned the handover, while they are one: it is in their name, and needs an approval where
 * it would have needed one if they had submitted it themselves. The rules choose as for the system: it was planned when their
 * rights were asked, and what they are by now does not matter. Null: it is the system's.
 */
async function findPlanner(tx: Tx, { enterpriseId, leavePlannedById: id }: Member): Promise<Caller | null> {
  if (id === null) return null;
  const planner = await tx.member.findUnique({
    where: { id, status: 'ACTIVE', administrator: { role: 'CUSTOMER_CONTACT' } },
    select: { name: true },
  });
  if (!planner) return null;
  const actor = { kind: 'member', id, enterpriseId, name: planner.name, rights: allRights } as const;
  return { actor, requestId: null, address: null };
}
