import { Prisma } from '../../generated/prisma/client.js';
import type { App } from '../../platform/app.js';
import { narrowTo } from '../../platform/db/narrow-to.js';
import { inTransaction, type Tx } from '../../platform/db/transaction.js';
import { recordAudit } from '../../platform/events/audit.js';
import { lockPortfolios } from '../members/members.js';
import {
  claimQueue,
  digestOfDrain,
  findPool,
  giveOut,
  insertDrain,
  nextDrain,
  type Queue,
} from './drain-queue.store.js';
import { planCustomers } from './plan-customers.js';
import { givenOut } from './planned-items.store.js';
import { keptRules, seated, type Hall, type KeptRule, type SeatedRule } from './seats-plan.js';
import { sharesOf } from './shares-of.js';
import { chunkOf } from './take-over.js';
import { scheduled, tellOfItems } from './tell-of-items.store.js';
import type { QueuedSelection } from './transfer-plan.js';
import { isInheritanceOver } from './transfers.policy.js';
import { changeCounts } from './transfers.store.js';

/**
 * Gives up to `limit` queued customers of one transfer to those of their rule who have room by now: the oldest transfer first,
 * in it rule after rule, of a rule the first place first, shared out by the same plan as at submit. They wait as long as the
 * transfer's others did, and they and their successors are told. A later change of the rule itself does not matter.
 *
 * Once the leaver's inheritance period is over, who is still queued FAILs; one whose relation has ended as well. All in one
 * transaction: safe to run on any number of instances and after any crash. Returns how many are no longer queued; 0 means
 * that nobody has room for anybody.
 */
export async function drainQueue(
  app: Pick<App, 'db' | 'wakeup' | 'clock' | 'ids'>,
  limit: number = chunkOf[app.db.kind],
): Promise<number> {
  return inTransaction(
    app,
    async (tx) => {
      const now = app.clock.now();
      const queue = await claimQueue(tx, now);
      if (!queue) return 0;
      await narrowTo(tx, queue.transfer.enterpriseId);
      return drain(app, tx, queue, now, limit);
    },
    { timeoutMs: 60_000 },
  );
}

async function drain(
  app: Pick<App, 'clock' | 'ids'>,
  tx: Tx,
  { transfer, rules }: Queue,
  now: Date,
  limit: number,
): Promise<number> {
  const { id: transferId, enterpriseId, kind, leaverId, waitHours } = transfer;
  const poolIds = rules.flatMap(({ seats }) => seats.map(({ memberId }) => memberId));
  const holdings = await lockPortfolios(tx, enterpriseId, [leaverId, ...poolIds]);
  const { enterprise, leaver, members } = await findPool(tx, transfer, poolIds);
  const isOver = kind === 'RESIGNED' && isInheritanceOver(leaver, enterprise.inheritanceDays, now);
  const rule = isOver ? null : firstWithRoom(rules, { leaverId, reach: 'ALL', now, enterprise, members, holdings });
  if (!isOver && !rule) return 0;
  const selection: QueuedSelection = {
    by: 'queued',
    transferId,
    rulePlace: rule?.place ?? null,
    // No more than there is room for: the others would be read, and stay.
    limit: rule ? Math.min(limit, roomOf(rule)) : limit,
    against: isOver ? 'INHERITANCE_EXPIRED' : null,
  };
  const onJob = { limit: enterprise.onJobLimit, windowDays: enterprise.onJobWindowDays };
  const plan = {
    enterpriseId,
    kind,
    leaverId,
    now,
    onJob,
    reach: 'ALL' as const,
    selection,
    rules: rule ? [rule] : [],
  };
  const planned = await planCustomers(tx, plan, { keep: true });
  const takeoverDueAt = new Date(now.getTime() + waitHours * 3600_000);
  const number = await nextDrain(tx, transferId);
  const { given, failed } = await giveOut(tx, transfer, givenOut(planned.given), {
    ...{ number, now, takeoverDueAt, ruleNote: rule?.asked.note ?? '' },
  });
  await changeCounts(tx, transferId, now, { queued: -given.length - failed, waiting: given.length, failed });
  if (rule && given.length > 0) {
    const seats = keptRules([rule], planned.rules).flatMap((kept) => kept.seats);
    await insertDrain(tx, transfer, { number, place: rule.place, at: now, seats });
  }
  if (waitHours > 0 && given.length > 0) {
    const successors = [...planned.counts.assigned.keys()].flatMap((memberId) => members.get(memberId) ?? []);
    // One who has left meanwhile does not go on serving, whatever the transfer was for.
    const as = leaver.status === 'RESIGNED' ? 'RESIGNED' : kind;
    const shares = sharesOf(
      app,
      { ...transfer, kind: as, leaverName: leaver.name, enterprise, successors },
      'scheduled',
    );
    const told = { ...transfer, transferId, leaverName: leaver.name, now, shares };
    await tellOfItems(tx, told, { ...scheduled, items: Prisma.sql`i.position = ANY(${given}::int[])` });
  }
  await recordAudit(app, tx, callerOf(enterpriseId, rule), {
    action: 'drainQueue',
    subject: { type: 'Member', id: leaverId },
    transferId,
    detail: {
      ...(rule && { ruleId: rule.asked.ruleId, version: rule.asked.version, place: rule.place }),
      given: given.length,
      number,
      digest: await digestOfDrain(tx, transferId, given),
      successors: Object.fromEntries(planned.counts.assigned),
      failed: Object.fromEntries(planned.counts.rejected.map(({ reason, count }) => [reason, count])),
    },
  });
  tx.wakeAfterCommit();
  return given.length + failed;
}

/** The first of the rules, seated anew, that somebody of its pool has room for; null: none. */
function firstWithRoom(rules: readonly KeptRule[], hall: Hall): SeatedRule | null {
  for (const rule of rules) {
    const now = seated(askedOf(rule), hall);
    if (roomOf(now) > 0) return now;
  }
  return null;
}

function roomOf({ seats }: SeatedRule): number {
  return seats.reduce((sum, { room }) => sum + room, 0);
}

/** The rule as the transfer keeps it. It has taken its customers, so its condition does not matter any more. */
function askedOf({ seats, ...rule }: KeptRule) {
  return { ...rule, condition: null, looksAtCustomer: false, pool: seats };
}

/** The rule is who acts: nobody asks for a drain. */
function callerOf(enterpriseId: string, rule: SeatedRule | null) {
  const actor = { kind: 'system', id: null, enterpriseId, name: rule?.asked.name ?? 'Baton' } as const;
  return { actor, requestId: null, address: null };
}
