import type { Transfer } from '../../generated/prisma/client.js';
import type { Actor, Caller } from '../../platform/actor.js';
import type { App } from '../../platform/app.js';
import { inTransaction, type Tx } from '../../platform/db/transaction.js';
import { Refusal } from '../../platform/errors.js';
import { recordAudit } from '../../platform/events/audit.js';
import { once } from '../../platform/idempotency.js';
import { countOpen, tellDecision } from './approval.store.js';
import { requireInScope } from './require-in-scope.js';
import { submitTimeoutMs as timeoutMs } from './submit-transfer.js';
import { findParties, findSuccessorIds, type Parties } from './transfers.store.js';

/** An administrator, signed in. */
export type MemberCaller = Caller<Extract<Actor, { kind: 'member' }>>;

/** What there is to decide on, locked, at this moment. */
export interface Pending {
  readonly transfer: Transfer;
  readonly leaver: NonNullable<Parties['leaver']>;
  readonly enterprise: Parties['enterprise'];
  readonly successors: readonly NonNullable<Parties['successors'][number]>[];
  /** How many of each wait, or are queued. */
  readonly customers: number;
  readonly groups: number;
  readonly now: Date;
}

/**
 * Lets an administrator decide on another's transfer that waits for it: `decide` runs with the transfer locked, in one
 * transaction with the word to the submitter and the audit record, once for each idempotency key.
 *
 * What the same administrator decided the same way before is answered again and nothing is done. Refuses NOT_FOUND, OUT_OF_SCOPE, NOT_PENDING where
 * it waits for no approval, or no longer, and OWN_TRANSFER.
 */
export async function decideTransfer(
  app: Pick<App, 'db' | 'wakeup' | 'clock' | 'ids'>,
  caller: MemberCaller,
  operation: 'approveTransfer' | 'disapproveTransfer',
  input: { readonly transferId: string; readonly note?: string | null; readonly idempotencyKey?: string | null },
  decide: (tx: Tx, pending: Pending) => Promise<void>,
): Promise<{ transferId: string }> {
  const { transferId, idempotencyKey: key } = input;
  const note = input.note ?? '';
  const { actor } = caller;
  return inTransaction(
    app,
    (tx) =>
      once(app, tx, caller, { key, operation, arguments: input }, async () => {
        const transfer = await requireInScope(tx, actor, transferId);
        if (transfer.status !== 'PENDING_APPROVAL') {
          if (transfer.decidedById === actor.id && decisionOn(transfer) === operation) return { transferId };
          throw refused('NOT_PENDING', await whyNot(tx, transfer));
        }
        const { createdById } = transfer;
        if (createdById === actor.id) throw ownTransfer(operation);
        if (createdById === null)
          throw new Error(`Transfer ${transferId} waits for an approval, and nobody submitted it.`);
        const pending = await pendingOf(tx, transfer, app.clock.now());
        const { leaver, customers, groups, now } = pending;
        await decide(tx, pending);
        const type = operation === 'approveTransfer' ? 'TRANSFER_APPROVED' : 'TRANSFER_DISAPPROVED';
        const told = { ...transfer, transferId, leaverName: leaver.name, note, customers, groups, now };
        await tellDecision(app, tx, caller, told, { type, submitterId: createdById });
        await recordAudit(app, tx, caller, {
          action: operation,
          subject: { type: 'Member', id: leaver.id },
          transferId,
          detail: { customers, groups, submittedBy: createdById, ...(note !== '' && { note }) },
        });
        tx.wakeAfterCommit();
        return { transferId };
      }),
    { timeoutMs },
  );
}

async function pendingOf(tx: Tx, transfer: Transfer, now: Date): Promise<Pending> {
  const successorIds = await findSuccessorIds(tx, transfer.id);
  const { enterprise, leaver, successors } = await findParties(
    tx,
    transfer.enterpriseId,
    transfer.leaverId,
    successorIds,
  );
  if (!leaver) throw new Error(`Transfer ${transfer.id} names a leaver who is not there.`);
  return {
    transfer,
    enterprise,
    leaver,
    successors: successors.filter((successor) => successor !== null),
    ...(await countOpen(tx, transfer.id)),
    now,
  };
}

/** Only an approval lets a transfer begin after it waited. */
function decisionOn({ begunAt }: Transfer): 'approveTransfer' | 'disapproveTransfer' {
  return begunAt === null ? 'disapproveTransfer' : 'approveTransfer';
}

async function whyNot(tx: Tx, transfer: Transfer): Promise<string> {
  const { status, begunAt, decidedById, decidedAt } = transfer;
  if (decidedById === null || decidedAt === null) {
    return begunAt === null
      ? `It no longer waits for an approval: it is ${status}.`
      : `It needed no approval: it is ${status}. cancelTransfer calls off what still waits.`;
  }
  const decider = await tx.member.findUnique({ where: { id: decidedById }, select: { name: true } });
  const outcome = decisionOn(transfer) === 'approveTransfer' ? 'approved' : 'disapproved';
  return `${decider?.name ?? 'Somebody'} ${outcome} it at ${decidedAt.toISOString()}: it is ${status}.`;
}

function ownTransfer(operation: 'approveTransfer' | 'disapproveTransfer'): Refusal {
  return refused(
    'OWN_TRANSFER',
    operation === 'approveTransfer'
      ? 'You submitted this transfer: another administrator must approve it.'
      : 'You submitted this transfer: call cancelTransfer to take it back.',
  );
}

function refused(code: string, message: string): Refusal {
  return new Refusal(code, message, { path: ['input', 'transferId'] });
}
