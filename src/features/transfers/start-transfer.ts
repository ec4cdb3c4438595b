import type { Prisma } from '../../generated/prisma/client.js';
import type { Caller } from '../../platform/actor.js';
import type { App } from '../../platform/app.js';
import { inTransaction } from '../../platform/db/transaction.js';
import { once } from '../../platform/idempotency.js';
import { relationFilterSql } from '../customers/customers.js';
import { checkRequest, type TransferRequest } from './check-request.js';
import { planCustomers } from './plan-customers.js';
import { countPlanned } from './planned-items.store.js';
import {
  prepareTransfer,
  submitTimeoutMs as timeoutMs,
  submitTransfer,
  together,
  type Submission,
} from './submit-transfer.js';
import { nothing, type PlanCounts, type Selection } from './transfer-plan.js';
import { groupsPlanned } from './transfer-plan.store.js';
import { emptySelection } from './transfers.errors.js';

/** What a transfer would do, counted; customers and groups together, but for the successors. */
export interface TransferPreview extends Omit<PlanCounts, 'assigned'> {
  /** In the order they were named. */
  readonly successors: readonly {
    readonly memberId: string;
    readonly assigned: number;
    readonly groupsAssigned: number;
    readonly customersBefore: number;
  }[];
}

/**
 * Hands a leaver's customers and groups to successors: checks each and keeps one item for each, rejected or waiting.
 *
 * A rejected one never stops the others. A leaver or a successor who is not eligible, or a selection of nobody, refuses the
 * whole request. Who waits is taken over when due, by the runner; where customers wait, they and the successors are told.
 */
export async function startTransfer(
  app: Pick<App, 'db' | 'wakeup' | 'clock' | 'ids'>,
  caller: Caller,
  request: TransferRequest,
): Promise<{ transferId: string }> {
  checkRequest(request);
  const { operation, idempotencyKey: key } = request;
  return inTransaction(
    app,
    (tx) =>
      once(app, tx, caller, { key, operation, arguments: request }, () =>
        submitTransfer(app, tx, caller, submissionOf(app, request, caller)),
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
      const submission = submissionOf(app, request, caller);
      const { customerPlan, groupPlan, holdings } = await prepareTransfer(app, tx, caller, submission);
      const customers = customerPlan ? await planCustomers(tx, customerPlan, null) : nothing;
      const groups = groupPlan ? await countPlanned(tx, groupsPlanned(groupPlan)) : nothing;
      if (customers.total + groups.total === 0) throw emptySelection(submission.nobody, submission.nobodyField);
      return {
        total: customers.total + groups.total,
        accepted: customers.accepted + groups.accepted,
        queued: customers.queued,
        rejected: together(customers, groups),
        successors: request.successorIds.map((memberId) => ({
          memberId,
          assigned: customers.assigned.get(memberId) ?? 0,
          groupsAssigned: groups.assigned.get(memberId) ?? 0,
          customersBefore: holdings.get(memberId)?.customers ?? 0,
        })),
      };
    },
    { timeoutMs },
  );
}

function submissionOf({ clock }: Pick<App, 'clock'>, request: TransferRequest, { actor }: Caller): Submission {
  const { selection, groups } = request;
  return {
    kind: request.kind,
    leaverId: request.leaverId,
    successors: {
      ids: request.successorIds,
      strategy: request.strategy ?? 'EVEN',
      weights: request.weights ?? null,
    },
    customers: selection ? selectionOf(selection, actor, clock.now()) : null,
    groups: groups ? (groups.groupIds ? { by: 'ids', groupIds: [...new Set(groups.groupIds)] } : { by: 'all' }) : null,
    note: request.note ?? '',
    customerMessage: request.customerMessage ?? null,
    travels: request.travels ?? {},
    asked: {
      ...(selection && describe(selection)),
      ...(groups && { groups: groups.groupIds ? { groupIds: groups.groupIds.length } : { all: true } }),
    },
    retryOfId: null,
    action: request.operation,
    nobody: nobody(request),
    nobodyField: 'selection',
  };
}

function selectionOf(
  selection: NonNullable<TransferRequest['selection']>,
  actor: Caller['actor'],
  now: Date,
): Selection {
  if (selection.customerIds) return { by: 'ids', customerIds: [...new Set(selection.customerIds)] };
  if (selection.filter) {
    const reader = { enterpriseId: actor.enterpriseId, personalTagsOf: actor.id, now };
    return { by: 'filter', condition: relationFilterSql(selection.filter, reader, { relation: 'r', customer: 'c' }) };
  }
  return { by: 'all' };
}

/** The selection as the transfer keeps it; a list of ids is told by its items. */
function describe(selection: NonNullable<TransferRequest['selection']>): Prisma.InputJsonObject {
  if (selection.customerIds) return { customerIds: selection.customerIds.length };
  if (selection.filter) return { filter: JSON.parse(JSON.stringify(selection.filter)) as Prisma.InputJsonObject };
  return { all: true };
}

function nobody({ selection, groups }: TransferRequest): string {
  if (!selection) return 'The leaver owns no customer groups any more.';
  if (selection.filter) {
    return 'The filter matches none of the customers the leaver serves. Widen it, or look at Member.customers with the same filter.';
  }
  return groups
    ? 'The leaver serves no customers and owns no groups any more.'
    : 'The leaver serves no customers any more.';
}
