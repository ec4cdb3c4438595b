import type { Transfer } from '../../generated/prisma/client.js';
import type { Caller } from '../../platform/actor.js';
import type { App } from '../../platform/app.js';
import { inTransaction, type Tx } from '../../platform/db/transaction.js';
import { Refusal } from '../../platform/errors.js';
import { recordAudit } from '../../platform/events/audit.js';
import { once } from '../../platform/idempotency.js';
import { customerText, renderText, requireCustomerContact } from '../enterprise/enterprise.js';
import { contactOf, lockPortfolios } from '../members/members.js';
import { requireInScope } from './require-in-scope.js';
import { sharesOf } from './shares-of.js';
import { submitTimeoutMs as timeoutMs } from './submit-transfer.js';
import { changeCounts, findParties, findSuccessorIds } from './transfers.store.js';
import { listGivenGroups, returnGroups } from './undo-groups.store.js';
import { countedTogether, type ObstacleCount } from './undo-obstacles.js';
import { lockRelationsToUndo, mayStillBeUndone, undoCustomers } from './undo.store.js';
import type { Undo, Undone } from './undo.js';

/** What an undo came to. */
export interface UndoAnswer {
  readonly transferId: string;
  /** Customers and groups that this undo gave back. */
  readonly undone: number;
  readonly kept: readonly ObstacleCount[];
}

/**
 * Gives back to the leaver what a transfer handed over within the enterprise's undoHours: exactly what nobody has touched since,
 * as it was. What was touched stays with the successor, and its item says by what. Leaver, successors and customers are told.
 *
 * The leaver's limit and the inheritance deadline do not matter: nobody may be lost by an undo. Undoing what is undone already
 * answers the same as the first time, with all that is UNDONE by now, and does nothing.
 *
 * Refuses NOT_FOUND, OUT_OF_SCOPE, TRANSFER_RUNNING while an item waits, NOTHING_TO_UNDO, UNDO_WINDOW_PASSED when it is too late for every
 * item, CUSTOMER_CONTACT_DISABLED.
 */
export async function undoTransfer(
  app: Pick<App, 'db' | 'wakeup' | 'clock' | 'ids'>,
  caller: Caller,
  input: { readonly transferId: string; readonly idempotencyKey?: string | null },
): Promise<UndoAnswer> {
  const { transferId } = input;
  const { enterpriseId } = caller.actor;
  const key = { key: input.idempotencyKey, operation: 'undoTransfer', arguments: input };
  return inTransaction(
    app,
    (tx) =>
      once(app, tx, caller, key, async () => {
        await requireCustomerContact(tx, enterpriseId);
        const transfer = await requireInScope(tx, caller.actor, transferId);
        const { completed, waiting, queued, undone } = transfer;
        if (waiting + queued > 0) {
          throw refused(
            'TRANSFER_RUNNING',
            `${waiting + queued} of this transfer still wait. Call cancelTransfer first, or wait until they have been taken over.`,
          );
        }
        if (completed === 0 && undone === 0) {
          throw refused(
            'NOTHING_TO_UNDO',
            'Nothing of this transfer was taken over, so there is nothing to take back.',
          );
        }
        if (completed === 0) return { transferId, undone, kept: [] };
        const undo = await prepareUndo(app, tx, transfer);
        const customers = await undoCustomers(tx, undo);
        const groups = transfer.groups > 0 ? await undoGroups(app, tx, undo) : none;
        const all = customers.undone + groups.undone;
        await changeCounts(tx, transferId, undo.now, { completed: -all, undone: all });
        const kept = countedTogether(customers.kept, groups.kept);
        await recordAudit(app, tx, caller, {
          id: undo.auditId,
          action: 'undoTransfer',
          subject: { type: 'Member', id: undo.leaverId },
          transferId,
          detail: {
            customers: customers.undone,
            groups: groups.undone,
            kept: Object.fromEntries(kept.map(({ obstacle, count }) => [obstacle, count])),
            returnedTo: undo.leaverIsHere ? 'MEMBER' : 'POOL',
          },
        });
        tx.wakeAfterCommit();
        return { transferId, undone: all, kept: kept.map((one) => ({ ...one })) };
      }),
    { timeoutMs },
  );
}

const none: Undone = { undone: 0, kept: [] };

function refused(code: string, message: string): Refusal {
  return new Refusal(code, message, { path: ['input', 'transferId'] });
}

/** Locks who and what takes part: nothing that the undo looks at can change until the transaction ends. */
async function prepareUndo(app: Pick<App, 'clock' | 'ids'>, tx: Tx, transfer: Transfer): Promise<UndoInFull> {
  const { id: transferId, enterpriseId, kind, leaverId } = transfer;
  const successorIds = await findSuccessorIds(tx, transferId);
  const { enterprise, leaver, successors } = await findParties(tx, enterpriseId, leaverId, successorIds);
  const present = successors.filter((successor) => successor !== null);
  if (!leaver || present.length < successorIds.length)
    throw new Error(`A member of transfer ${transferId} is not there.`);
  await lockPortfolios(tx, enterpriseId, [leaverId, ...successorIds]);
  const now = app.clock.now();
  const leaverIsHere = leaver.status !== 'RESIGNED';
  // Told as things are now: a member may have come back, or have left, since the transfer.
  const tellable = { ...transfer, kind: leaverIsHere ? 'ON_JOB' : 'RESIGNED', leaverName: leaver.name } as const;
  const told = sharesOf(app, { ...tellable, enterprise, successors: present }, 'undone');
  const undo = {
    transferId,
    enterpriseId,
    kind,
    leaverId,
    leaverName: leaver.name,
    leaverIsHere,
    leaverContact: leaverIsHere ? contactOf(leaver) : null,
    now,
    openSince: new Date(now.getTime() - enterprise.undoHours * 3600_000),
    shares: told.map((share) => ({ ...share, group_fact_id: app.ids.next() })),
    enterprise,
    auditId: app.ids.next(),
  };
  if (!(await mayStillBeUndone(tx, undo))) {
    throw refused(
      'UNDO_WINDOW_PASSED',
      `All of it was taken over more than ${enterprise.undoHours} hours ago. Hand the customers on with a new transfer instead, or ` +
        'raise undoHours with updateSettings.',
    );
  }
  await lockRelationsToUndo(tx, undo);
  return undo;
}

type UndoInFull = Undo & { readonly enterprise: Parameters<typeof customerText>[0] & { readonly name: string } };

async function undoGroups(app: Pick<App, 'ids'>, tx: Tx, undo: UndoInFull): Promise<Undone> {
  const groups = await listGivenGroups(tx, undo);
  const text = customerText(undo.enterprise, undo.leaverIsHere ? 'ON_JOB' : 'RESIGNED', 'groupReturned');
  const nameOf = new Map(undo.shares.map((share) => [share.successor_id, share.successor_name]));
  const entries = groups.map(({ position, groupId, name, successorId, obstacles }) => ({
    position,
    group_id: groupId,
    successor_id: successorId,
    fact_id: app.ids.next(),
    customer_text: renderText(text, {
      leaver: undo.leaverName,
      successor: nameOf.get(successorId) ?? '',
      contact: undo.leaverContact ?? '',
      enterprise: undo.enterprise.name,
      hours: 0,
      group: name,
    }),
    obstacles,
  }));
  await returnGroups(tx, undo, entries);
  return {
    undone: groups.filter(({ obstacles }) => obstacles.length === 0).length,
    kept: groups.flatMap(({ obstacles }) => obstacles.map((obstacle) => ({ obstacle, count: 1 }))),
  };
}
