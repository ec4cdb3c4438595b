import { builder } from '../../graphql/builder.js';
import { uuidOf } from '../../graphql/ids.js';
import { declareErrorCodes, defineMutation, defineUserError } from '../../graphql/mutation.js';
import { readRelationFilter, RelationFilterInput } from '../customers/relations.schema.js';
import { loadMember, MemberNode } from '../members/members.schema.js';
import { limits, type TransferPreview, type TransferRequest } from './start-transfer.js';
import { ReasonEnum } from './transfer-items.schema.js';
import type { TransferReason } from './transfer-reasons.js';
import { previewTransfer, startTransfer } from './transfers.js';
import { transferErrorCodes } from './transfers.errors.js';
import { TransferNode } from './transfers.schema.js';

declareErrorCodes(transferErrorCodes);

defineUserError('LimitError', 'More was asked for than one request may.', (t) => ({
  limit: t.int({ description: 'The most that is allowed.', resolve: ({ data }) => data.limit as number }),
  given: t.int({ description: 'What was given.', resolve: ({ data }) => data.given as number }),
}));

defineUserError('SuccessorError', 'A named successor cannot take over; the path leads to the one.', (t) => ({
  member: t.field({
    type: MemberNode,
    description: 'The successor who cannot.',
    resolve: ({ data }, _args, context) => loadMember(context, data.memberId as string),
  }),
  wecomCode: t.int({
    nullable: true,
    description: "WeCom's errcode for the reason; null where it has none.",
    resolve: ({ data }) => data.wecomCode as number | null,
  }),
}));

const TransferSelection = builder.inputType('TransferSelection', {
  description: "Which of the leaver's customers to hand over. Give exactly one way.",
  isOneOf: true,
  fields: (t) => ({
    customerIds: t.idList({
      description: `These customers, 1 to ${limits.customerIds}, in this order. One whom the leaver does not serve is refused alone.`,
    }),
    filter: t.field({
      type: RelationFilterInput,
      description:
        "The leaver's customers that match, the latest added first: the same filter as Member.customers takes.",
    }),
    all: t.boolean({ description: "Must be true: all of the leaver's customers, the latest added first." }),
  }),
});

const ReasonCount = builder.objectRef<{ reason: string; count: number }>('ReasonCount').implement({
  description: 'How many customers are refused for one reason.',
  fields: (t) => ({
    reason: t.field({
      type: ReasonEnum,
      description: 'Why.',
      resolve: ({ reason }) => reason as TransferReason,
    }),
    count: t.exposeInt('count', { description: 'How many.' }),
  }),
});

interface SuccessorPreviewRow {
  readonly memberId: string;
  readonly assigned: number;
  readonly customersBefore: number;
}

const SuccessorPreview = builder.objectRef<SuccessorPreviewRow>('SuccessorPreview').implement({
  description: 'What one successor would get.',
  fields: (t) => ({
    member: t.field({
      type: MemberNode,
      description: 'The successor.',
      resolve: ({ memberId }, _args, context) => loadMember(context, memberId),
    }),
    assigned: t.exposeInt('assigned', { description: 'Customers that would go to them.' }),
    customersBefore: t.exposeInt('customersBefore', { description: 'Customers they serve now.' }),
    customersAfter: t.int({
      description: 'Customers they would serve at most: fewer where they serve one of them already.',
      resolve: ({ assigned, customersBefore }) => customersBefore + assigned,
    }),
  }),
});

const Preview = builder.objectRef<TransferPreview>('TransferPreview').implement({
  description: 'What a transfer would do, counted on the data of this moment.',
  fields: (t) => ({
    total: t.exposeInt('total', { description: 'Customers selected.' }),
    accepted: t.exposeInt('accepted', { description: 'Customers that would be handed over.' }),
    rejected: t.field({
      type: [ReasonCount],
      description: 'Customers that would be refused, by reason.',
      resolve: ({ rejected }) => [...rejected],
    }),
    successors: t.field({
      type: [SuccessorPreview],
      description: 'What each successor would get, in the order they were named.',
      resolve: ({ successors }) => [...successors],
    }),
  }),
});

defineMutation('transferCustomers', {
  description:
    "Hands a leaver's customers to successors. Checks every customer and keeps one item for each; a refused one never stops the others. " +
    'The others are taken over after the waitHours of the enterprise: their relations move, the customers and successors are told. ' +
    'The selected customers go to the successors in turn, so that shares differ by at most one. For administrators. Answers the ' +
    'transfer at once; follow it with transferProgress.',
  who: 'administrator',
  input: (t) => ({
    leaverId: t.id({ required: true, description: 'Whose customers; the member must have resigned.' }),
    selection: t.field({ type: TransferSelection, required: true, description: 'Which customers.' }),
    successorIds: t.idList({
      required: true,
      description: `Who takes over, 1 to ${limits.successors} members, each once, in the order of their turns.`,
    }),
    note: t.string({ description: `Handover note for the successors, at most ${limits.note} characters.` }),
    customerMessage: t.string({
      description:
        `What the customers read instead of the enterprise's completedText, at most ${limits.customerMessage} characters, with the same ` +
        'placeholders.',
    }),
    idempotencyKey: t.string({
      description:
        'A name of this request, 1 to 200 characters: repeated, it answers the same transfer and does nothing.',
    }),
    dryRun: t.boolean({
      required: true,
      defaultValue: false,
      description: 'True: change nothing, and answer in `preview` what would happen.',
    }),
  }),
  resolve: async ({ dryRun, ...input }, caller, { app }): Promise<Outcome> => {
    const { filter, customerIds, all } = input.selection;
    const request: TransferRequest = {
      ...input,
      leaverId: uuidOf('Member', input.leaverId),
      successorIds: input.successorIds.map((id) => uuidOf('Member', id)),
      selection: {
        all: all ?? null,
        filter: filter ? readRelationFilter(filter) : null,
        customerIds: customerIds ? customerIds.map((id) => uuidOf('Customer', id)) : null,
      },
    };
    return dryRun ? { preview: await previewTransfer(app, caller, request) } : startTransfer(app, caller, request);
  },
  payload: (t) => ({
    transfer: t.field({
      type: TransferNode,
      nullable: true,
      description: 'The transfer; null when refused, or with dryRun.',
      resolve: ({ transferId }, _args, context) =>
        transferId === undefined
          ? null
          : context.app.db.prisma.transfer.findUniqueOrThrow({ where: { id: transferId } }),
    }),
    preview: t.field({
      type: Preview,
      nullable: true,
      description: 'What would happen; null without dryRun.',
      resolve: ({ preview }) => preview ?? null,
    }),
  }),
});

interface Outcome {
  readonly transferId?: string;
  readonly preview?: TransferPreview;
}
