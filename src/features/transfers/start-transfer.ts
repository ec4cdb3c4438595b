import type { Prisma } from '../../generated/prisma/client.js';
import type { Caller } from '../../platform/actor.js';
import type { App } from '../../platform/app.js';
import { inTransaction, type Tx } from '../../platform/db/transaction.js';
import { Refusal } from '../../platform/errors.js';
import { recordAudit } from '../../platform/events/audit.js';
import { once } from '../../platform/idempotency.js';
import { relationFilterSql, type RelationFilter } from '../customers/customers.js';
import { requireCustomerContact } from '../enterprise/enterprise.js';
import { lockPortfolios, type Holding } from '../members/members.js';
import {
  insertItems,
  previewPlan,
  shareOut,
  type PlanCounts,
  type PlanInput,
  type Selection,
} from './transfer-plan.store.js';
import { emptySelection, tooLarge } from './transfers.errors.js';
import { requireLeaver, requireSuccessor } from './transfers.policy.js';
import { findParties, insertTransfer, type Parties } from './transfers.store.js';

export const limits = { customerIds: 10_000, successors: 100, note: 1000, customerMessage: 200 } as const;

/** What an administrator asks for. Exactly one of the three ways to select is given. */
export interface TransferRequest {
  readonly leaverId: string;
  readonly selection: {
    readonly customerIds?: readonly string[] | null;
    readonly filter?: RelationFilter | null;
    readonly all?: boolean | null;
  };
  readonly successorIds: readonly string[];
  readonly note?: string | null;
  readonly customerMessage?: string | null;
  readonly idempotencyKey?: string | null;
}

/** What a transfer would do, counted. */
export interface TransferPreview extends PlanCounts {
  /** In the order they were named. */
  readonly successors: readonly {
    readonly memberId: string;
    readonly assigned: number;
    readonly customersBefore: number;
  }[];
}

// A million customers take about a minute on two shared cores.
const timeoutMs = 180_000;

/**
 * Hands a leaver's customers to successors: checks each and keeps one item for each, rejected or waiting.
 *
 * A rejected customer never stops the others. A leaver or a successor who is not eligible, or a selection of nobody,
 * refuses the whole request. Who waits is taken over when due, by the runner.
 */
export async function startTransfer(
  app: Pick<App, 'db' | 'wakeup' | 'clock' | 'ids'>,
  caller: Caller,
  request: TransferRequest,
): Promise<{ transferId: string }> {
  checkRequest(request);
  const begin = (tx: Tx) => async () => {
    const { plan, parties } = await prepare(app, tx, caller, request);
    const now = app.clock.now();
    const { waitHours } = parties.enterprise;
    const takeoverDueAt = new Date(now.getTime() + waitHours * 3600_000);
    const transferId = app.ids.next();
    await insertTransfer(tx, {
      id: transferId,
      enterpriseId: caller.actor.enterpriseId,
      leaverId: request.leaverId,
      createdById: caller.actor.id,
      submittedAt: now,
      waitHours,
      note: request.note ?? '',
      customerMessage: request.customerMessage ?? null,
      selection: describe(request),
      travels: parties.enterprise,
    });
    const counts = await insertItems(tx, transferId, takeoverDueAt, plan);
    if (counts.total === 0) throw emptySelection(nobody(request));
    await shareOut(tx, { transferId, takeoverDueAt, now, plan, counts });
    await recordAudit(app, tx, caller, {
      action: 'transferCustomers',
      subject: { type: 'Member', id: request.leaverId },
      transferId,
      detail: {
        selection: describe(request),
        successorIds: [...request.successorIds],
        total: counts.total,
        accepted: counts.accepted,
        rejected: Object.fromEntries(counts.rejected.map(({ reason, count }) => [reason, count])),
      },
    });
    tx.wakeAfterCommit();
    return { transferId };
  };
  return inTransaction(
    app,
    (tx) =>
      once(
        app,
        tx,
        caller,
        { key: request.idempotencyKey, operation: 'transferCustomers', arguments: request },
        begin(tx),
      ),
    { timeoutMs },
  );
}

/** Counts what `startTransfer` would do with the same request, by the same plan, and changes nothing. Refuses the same. */
export async function previewTransfer(
  app: Pick<App, 'db' | 'wakeup' | 'clock'>,
  caller: Caller,
  request: TransferRequest,
): Promise<TransferPreview> {
  checkRequest(request);
  return inTransaction(
    app,
    async (tx) => {
      const { plan, holdings } = await prepare(app, tx, caller, request);
      const counts = await previewPlan(tx, plan);
      if (counts.total === 0) throw emptySelection(nobody(request));
      const successors = request.successorIds.map((memberId) => ({
        memberId,
        assigned: counts.assigned.get(memberId) ?? 0,
        customersBefore: holdings.get(memberId)?.customers ?? 0,
      }));
      return { ...counts, successors };
    },
    { timeoutMs },
  );
}

function checkRequest({ selection, successorIds, note, customerMessage }: TransferRequest): void {
  const ways = [selection.customerIds, selection.filter, selection.all].filter((way) => way != null);
  if (ways.length !== 1 || selection.all === false) {
    throw new Refusal('INVALID_INPUT', 'Select in one way: customerIds, filter, or all: true.', {
      path: ['input', 'selection'],
    });
  }
  if (selection.filter && Object.keys(selection.filter).length === 0) {
    throw new Refusal('INVALID_INPUT', 'An empty filter would take everyone: name a condition, or say all: true.', {
      path: ['input', 'selection', 'filter'],
    });
  }
  if (selection.customerIds?.length === 0) throw emptySelection('Name at least one customer, or select by filter.');
  const given = selection.customerIds?.length ?? 0;
  if (given > limits.customerIds) {
    throw tooLarge(
      ['input', 'selection', 'customerIds'],
      limits.customerIds,
      given,
      'Split the list, or select by filter or all: neither has a limit.',
    );
  }
  if (successorIds.length === 0) {
    throw new Refusal('INVALID_INPUT', 'Name at least one successor.', { path: ['input', 'successorIds'] });
  }
  if (successorIds.length > limits.successors) {
    throw tooLarge(['input', 'successorIds'], limits.successors, successorIds.length, 'Use several transfers.');
  }
  if (new Set(successorIds).size < successorIds.length) {
    throw new Refusal('INVALID_INPUT', 'Name each successor once.', { path: ['input', 'successorIds'] });
  }
  for (const [name, text] of Object.entries({ note, customerMessage })) {
    const most = limits[name as 'note' | 'customerMessage'];
    if (text != null && text.length > most) {
      throw new Refusal('INVALID_INPUT', `${name} must have at most ${most} characters, got ${text.length}.`, {
        path: ['input', name],
      });
    }
  }
}

/** Locks and checks who takes part, and plans. What the plan counts on cannot change until the transaction ends. */
async function prepare(
  app: Pick<App, 'clock'>,
  tx: Tx,
  caller: Caller,
  request: TransferRequest,
): Promise<{ plan: PlanInput; parties: Parties; holdings: ReadonlyMap<string, Holding> }> {
  const { enterpriseId } = caller.actor;
  await requireCustomerContact(tx, enterpriseId);
  const parties = await findParties(tx, enterpriseId, request.leaverId, request.successorIds);
  const { enterprise, leaver } = parties;
  if (!leaver) throw new Refusal('NOT_FOUND', 'There is no such member.', { path: ['input', 'leaverId'] });
  const now = app.clock.now();
  requireLeaver(leaver, 'RESIGNED', enterprise.inheritanceDays, now);
  const successors = parties.successors.map((successor, place) => {
    if (!successor) {
      throw new Refusal('NOT_FOUND', 'There is no such member.', { path: ['input', 'successorIds', String(place)] });
    }
    requireSuccessor(successor, place, leaver.id, enterprise.successorInactiveDays, now);
    return successor;
  });
  // Whoever writes relations of a member holds the member's portfolio: from here on nobody else plans with these.
  const holdings = await lockPortfolios(tx, enterpriseId, [leaver.id, ...request.successorIds]);
  const holds = (id: string) => (holdings.get(id)?.customers ?? 0) + (holdings.get(id)?.incoming ?? 0);
  return {
    parties,
    holdings,
    plan: {
      enterpriseId,
      leaverId: leaver.id,
      selection: selectionOf(request, caller),
      successors: successors.map((successor) => ({
        id: successor.id,
        room: Math.max(0, (successor.customerLimit ?? enterprise.customerLimit) - holds(successor.id)),
      })),
    },
  };
}

function selectionOf({ selection }: TransferRequest, { actor }: Caller): Selection {
  if (selection.customerIds) return { by: 'ids', customerIds: [...new Set(selection.customerIds)] };
  if (selection.filter) {
    const reader = { enterpriseId: actor.enterpriseId, personalTagsOf: actor.id };
    return { by: 'filter', condition: relationFilterSql(selection.filter, reader, { relation: 'r', customer: 'c' }) };
  }
  return { by: 'all' };
}

/** The selection as the transfer keeps it; a list of ids is told by its items. */
function describe({ selection }: TransferRequest): Prisma.InputJsonObject {
  if (selection.customerIds) return { customerIds: selection.customerIds.length };
  if (selection.filter) return { filter: JSON.parse(JSON.stringify(selection.filter)) as Prisma.InputJsonObject };
  return { all: true };
}

function nobody({ selection }: TransferRequest): string {
  return selection.filter
    ? 'The filter matches none of the customers the leaver serves. Widen it, or look at Member.customers with the same filter.'
    : 'The leaver serves no customers any more.';
}
