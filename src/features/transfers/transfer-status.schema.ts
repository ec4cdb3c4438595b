import type { Transfer } from '../../generated/prisma/client.js';
import { TransferItemStatus, TransferKind, TransferStatus } from '../../generated/prisma/enums.js';
import { builder } from '../../graphql/builder.js';
import { transferReasons, type TransferReason } from './transfer-reasons.js';

export const TransferKindEnum = builder.enumType('TransferKind', {
  description: 'Why customers are handed over.',
  values: {
    RESIGNED: { value: TransferKind.RESIGNED, description: 'The member has left the company.' },
    ON_JOB: { value: TransferKind.ON_JOB, description: 'The member stays, with other work.' },
  },
});

export const TransferStatusEnum = builder.enumType('TransferStatus', {
  description: 'Where a transfer stands.',
  values: {
    PENDING_APPROVAL: {
      value: TransferStatus.PENDING_APPROVAL,
      description:
        "A customer-contact administrator hands over more than the enterprise's approvalAbove: nothing is due, and customers and " +
        'successors are told nothing, until another administrator approves it.',
    },
    RUNNING: { value: TransferStatus.RUNNING, description: 'At least one customer or group waits to be taken over.' },
    COMPLETED: {
      value: TransferStatus.COMPLETED,
      description: 'Every customer and group was taken over; some may have been taken back by undoTransfer.',
    },
    COMPLETED_WITH_FAILURES: {
      value: TransferStatus.COMPLETED_WITH_FAILURES,
      description: 'Nothing waits any more, and at least one was not taken over: its item says why.',
    },
    CANCELLED: {
      value: TransferStatus.CANCELLED,
      description:
        'An administrator called off what still waited, or disapproved the whole. What had been taken over before stays with the ' +
        'successor.',
    },
  },
});

export const TransferItemStatusEnum = builder.enumType('TransferItemStatus', {
  description:
    'Where one customer or group of a transfer stands. All but QUEUED and WAITING are the end, apart from an undo.',
  values: {
    REJECTED: {
      value: TransferItemStatus.REJECTED,
      description: 'A rule forbade it at submit, see the reason; nothing was changed.',
    },
    QUEUED: {
      value: TransferItemStatus.QUEUED,
      description:
        'Nobody of its rule has room: it waits, with the leaver, for the first who has. The oldest goes first.',
    },
    WAITING: {
      value: TransferItemStatus.WAITING,
      description: 'Will be taken over at takeoverDueAt; where that is null, after an approval.',
    },
    COMPLETED: { value: TransferItemStatus.COMPLETED, description: 'Was taken over by the successor at takenOverAt.' },
    REFUSED: {
      value: TransferItemStatus.REFUSED,
      description: 'The customer declined before it was due. Groups are never refused: their customers have no say.',
    },
    CANCELLED: {
      value: TransferItemStatus.CANCELLED,
      description: 'An administrator called it off while it waited; the leaver keeps it.',
    },
    SUCCESSOR_FULL: {
      value: TransferItemStatus.SUCCESSOR_FULL,
      description: 'When it was due, the successor already served as many customers as they may; the leaver keeps it.',
    },
    FAILED: {
      value: TransferItemStatus.FAILED,
      description: 'Could not be taken over when it was due, or ended before: see the reason.',
    },
    UNDONE: {
      value: TransferItemStatus.UNDONE,
      description: 'Was taken over, and then given back to the leaver by undoTransfer.',
    },
  },
});

/** Why a customer is not handed over, or somebody cannot take part. */
export const ReasonEnum = builder.enumType('TransferReason', {
  description: "Why an item was refused or failed. Map by name; `wecomCode` is WeCom's number for it.",
  values: Object.fromEntries(
    Object.entries(transferReasons).map(([name, { description }]) => [name, { value: name, description }]),
  ) as Record<TransferReason, { value: TransferReason; description: string }>,
});

/** How many of something have one reason. */
export interface ReasonCountRow {
  readonly reason: string;
  readonly count: number;
}

export const ReasonCount = builder.objectRef<ReasonCountRow>('ReasonCount').implement({
  description: 'How many customers and groups are not handed over for one reason.',
  fields: (t) => ({
    reason: t.field({
      type: ReasonEnum,
      description: 'Why.',
      resolve: ({ reason }) => reason as TransferReason,
    }),
    wecomCode: t.int({
      nullable: true,
      description: "WeCom's errcode for the reason; null where it has none.",
      resolve: ({ reason }) => transferReasons[reason as TransferReason].wecomCode,
    }),
    count: t.exposeInt('count', { description: 'How many.' }),
  }),
});

/** Which counter of a transfer counts the items of a status. */
export const counterOf = {
  QUEUED: 'queued',
  WAITING: 'waiting',
  COMPLETED: 'completed',
  REJECTED: 'rejected',
  REFUSED: 'refused',
  CANCELLED: 'cancelled',
  SUCCESSOR_FULL: 'successorFull',
  FAILED: 'failed',
  UNDONE: 'undone',
} as const satisfies Record<TransferItemStatus, keyof Transfer>;

/** What a transfer counts: its items, in all and by status. */
export type CountedItems = Readonly<Record<'total' | (typeof counterOf)[TransferItemStatus], number>>;

export const TransferCounts = builder.objectRef<CountedItems>('TransferCounts').implement({
  description: 'The items of a transfer, customers and groups, by status; at every moment they add up to the total.',
  fields: (t) => ({
    total: t.exposeInt('total', { description: 'Items in all.' }),
    queued: t.exposeInt('queued', { description: 'Items that wait for a successor with room.' }),
    waiting: t.exposeInt('waiting', { description: 'Items that wait to be taken over.' }),
    completed: t.exposeInt('completed', { description: 'Items that were taken over, and not undone.' }),
    rejected: t.exposeInt('rejected', { description: 'Items that a rule forbade when the transfer was submitted.' }),
    refused: t.exposeInt('refused', { description: 'Items whose customer declined.' }),
    cancelled: t.exposeInt('cancelled', { description: 'Items that an administrator called off.' }),
    successorFull: t.exposeInt('successorFull', {
      description: 'Items whose successor served as many customers as they may when it was due.',
    }),
    failed: t.exposeInt('failed', {
      description: 'Items whose relation had ended before the takeover, or that a rule forbade by then.',
    }),
    undone: t.exposeInt('undone', { description: 'Items that were taken over, and then taken back.' }),
  }),
});
