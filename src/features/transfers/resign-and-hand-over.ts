import type { Member } from '../../generated/prisma/client.js';
import type { Caller } from '../../platform/actor.js';
import type { App } from '../../platform/app.js';
import type { Tx } from '../../platform/db/transaction.js';
import { Refusal } from '../../platform/errors.js';
import { recordOmission } from '../../platform/events/audit.js';
import { lockPortfolios, resign } from '../members/members.js';
import { listAskedRules } from './list-asked-rules.js';
import type { Submission } from './prepare-transfer.js';
import { submitTransfer } from './submit-transfer.js';

/** When somebody resigned, and what to do about it. */
export interface HandOver {
  readonly resignedAt: Date;
  /** Null: as the enterprise's setting says. */
  readonly autoAssign: boolean | null;
  /** What to do where the transfer is refused: refuse the resignation as well, or resign, and leave the reason on the audit log. */
  readonly whenRefused: 'REFUSE' | 'RESIGN';
  /** In whose name the transfer is; left out, or null: the caller's. */
  readonly submitter?: Caller | null;
}

/**
 * Resigns a member, whom the caller got from `lockToResign`, and hands all their customers and groups over by the rules where
 * that is wanted. Answers the transfer; null where there is none.
 */
export async function resignAndHandOver(
  app: Pick<App, 'clock' | 'ids'>,
  tx: Tx,
  caller: Caller,
  member: Member,
  { resignedAt, autoAssign, whenRefused, submitter }: HandOver,
): Promise<string | null> {
  const { id: leaverId, enterpriseId } = member;
  const { autoAssignOnResignation } = await tx.enterprise.findUniqueOrThrow({ where: { id: enterpriseId } });
  const handsOver = autoAssign ?? autoAssignOnResignation;
  // Portfolios are locked in id order, and the resignation takes the leaver's: the successors' at the same time, or not in order.
  if (handsOver) {
    const rules = await listAskedRules(tx, { enterpriseId, leaver: member, now: app.clock.now() });
    await lockPortfolios(tx, enterpriseId, [
      leaverId,
      ...rules.flatMap(({ pool }) => pool.map((seat) => seat.memberId)),
    ]);
  }
  await resign(app, tx, caller, member, { resignedAt, autoAssign: handsOver });
  if (!handsOver) return null;
  try {
    const { transferId } = await submitTransfer(app, tx, submitter ?? caller, everythingOf(leaverId));
    return transferId;
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    if (refusal.code === 'EMPTY_SELECTION') return null;
    const { code, message } = refusal;
    if (whenRefused === 'REFUSE') throw new Refusal(code, message, { path: ['input', 'autoAssign'] });
    const baton: Caller = { ...caller, actor: { kind: 'system', id: null, enterpriseId, name: 'Baton' } };
    await recordOmission(
      app,
      tx,
      baton,
      { action: 'transferByRules', subject: { type: 'Member', id: leaverId } },
      { code, message: `${message} What ${member.name} holds stays in the pool until it is handed over.` },
    );
    return null;
  }
}

function everythingOf(leaverId: string): Submission {
  return {
    kind: 'RESIGNED',
    leaverId,
    takers: { by: 'RULES' },
    customers: { by: 'all' },
    groups: { by: 'all' },
    note: '',
    customerMessage: null,
    travels: {},
    asked: { all: true, byRules: true, groups: { all: true } },
    retryOfId: null,
    action: 'transferByRules',
    nobody: 'The leaver serves no customers and owns no groups.',
    nobodyField: 'memberId',
    expectedDigest: null,
    recordsRules: true,
  };
}
