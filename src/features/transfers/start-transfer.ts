import type { Prisma } from '../../generated/prisma/client.js';
import type { Caller } from '../../platform/actor.js';
import type { App } from '../../platform/app.js';
import { inTransaction } from '../../platform/db/transaction.js';
import { once } from '../../platform/idempotency.js';
import { relationFilterSql } from '../customers/customers.js';
import { checkRequest, type TransferRequest } from './check-request.js';
import { digestOf } from './digest-plan.js';
import { needsApproval } from './needs-approval.js';
import type { PlannedCustomer } from './plan-customers.js';
import { prepareTransfer, summarize, type Submission } from './prepare-transfer.js';
import { keptRules, type KeptRule } from './seats-plan.js';
import { submitTimeoutMs as timeoutMs, submitTransfer } from './submit-transfer.js';
import { nothing, together, type PlanCounts, type Selection } from './transfer-plan.js';

/** What a transfer would do, counted; customers and groups together, but for the successors. */
export interface TransferPreview extends Omit<PlanCounts, 'assigned'> {
  /** In the order they were named, or in which the rules name them. */
  readonly successors: readonly {
    readonly memberId: string;
    readonly assigned: number;
    readonly groupsAssigned: number;
    readonly customersBefore: number;
  }[];
  /** What each rule comes to, in their order; named successors are one. */
  readonly rules: readonly KeptRule[];
  /** The first customers, each with the successor or the reason. */
  readonly sample: readonly PlannedCustomer[];
  /** Whether it would wait for a second administrator. */
  readonly needsApproval: boolean;
  /** Names this very plan: `startTransfer` refuses any other with it. */
  readonly digest: string;
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
      const prepared = await prepareTransfer(app, tx, caller, submission, { keep: false });
      const { customers, groupCounts, holdings, rules, successors } = prepared;
      const customerCounts = customers?.counts ?? nothing;
      return {
        total: customerCounts.total + groupCounts.total,
        accepted: customerCounts.accepted + groupCounts.accepted,
        queued: customerCounts.queued,
        rejected: together(customerCounts, groupCounts),
        successors: successors.map(({ id: memberId }) => ({
          memberId,
          assigned: customerCounts.assigned.get(memberId) ?? 0,
          groupsAssigned: groupCounts.assigned.get(memberId) ?? 0,
          customersBefore: holdings.get(memberId)?.customers ?? 0,
        })),
        rules: keptRules(rules, customers?.rules ?? []),
        sample: customers?.sample ?? [],
        needsApproval: await needsApproval(tx, caller, prepared),
        digest: digestOf(await summarize(tx, prepared)),
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
    takers: request.successorIds
      ? {
          by: 'NAMES',
          named: {
            ids: request.successorIds,
            strategy: request.strategy ?? 'EVEN',
            weights: request.weights ?? null,
          },
        }
      : { by: 'RULES' },
    customers: selection ? selectionOf(selection, actor, clock.now()) : null,
    groups: groups ? (groups.groupIds ? { by: 'ids', groupIds: [...new Set(groups.groupIds)] } : { by: 'all' }) : null,
    note: request.note ?? '',
    customerMessage: request.customerMessage ?? null,
    travels: request.travels ?? {},
    asked: {
      ...(selection && describe(selection)),
      ...(request.byRules && { byRules: true }),
      ...(groups && { groups: groups.groupIds ? { groupIds: groups.groupIds.length } : { all: true } }),
    },
    retryOfId: null,
    action: request.operation,
    nobody: nobody(request),
    nobodyField: 'selection',
    expectedDigest: request.expectedDigest ?? null,
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
