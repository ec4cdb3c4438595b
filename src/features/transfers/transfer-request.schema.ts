import { builder } from '../../graphql/builder.js';
import { uuidOf } from '../../graphql/ids.js';
import { declareErrorCodes, defineUserError } from '../../graphql/mutation.js';
import { readRelationFilter, RelationFilterInput } from '../customers/relations.schema.js';
import { loadMember, MemberNode } from '../members/members.schema.js';
import { limits, type TransferRequest } from './check-request.js';
import { AssignmentStrategyEnum } from '../rules/assignment-strategy.schema.js';
import type { TransferPreview } from './start-transfer.js';
import { transferErrorCodes } from './transfers.errors.js';
import { TransferKindEnum } from './transfer-status.schema.js';
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

export const TransferSelection = builder.inputType('TransferSelection', {
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

export const GroupSelectionInput = builder.inputType('GroupSelection', {
  description: "Which of the leaver's customer groups to hand over. Give exactly one way.",
  isOneOf: true,
  fields: (t) => ({
    groupIds: t.idList({
      description: `These groups, 1 to ${limits.groupIds}, in this order. One that the leaver does not own is refused alone.`,
    }),
    all: t.boolean({ description: "Must be true: all of the leaver's groups, by name." }),
  }),
});

export const TravelInput = builder.inputType('TravelInput', {
  description:
    'What goes with the customers. A transfer can only narrow what the enterprise lets travel; what is left out is as the ' +
    'enterprise has it. What stays behind is kept on the item. PERSONAL tags never travel.',
  fields: (t) => ({
    tags: t.boolean({ description: 'Whether corp tags go along.' }),
    remark: t.boolean({ description: 'Whether the remark goes along.' }),
    description: t.boolean({ description: 'Whether the description goes along.' }),
    archive: t.boolean({ description: 'Whether the successor may read the archived conversation.' }),
  }),
});

type InputBuilder = PothosSchemaTypes.InputFieldBuilder<(typeof builder)['$inferSchemaTypes'], 'InputObject'>;

/** How named successors share customers. */
export const sharingInput = (t: InputBuilder) => ({
  strategy: t.field({
    type: AssignmentStrategyEnum,
    description:
      'How the named successors share the customers. Default: EVEN. Rules have strategies of their own. Groups go in turn.',
  }),
  weights: t.intList({
    description: `For WEIGHTED, and only there: one for each successor, 1 to ${limits.weight}.`,
  }),
});

/** Whose customers and groups go to whom. */
export const successorsInput = (t: InputBuilder) => ({
  leaverId: t.id({
    required: true,
    description: 'Whose they are. With RESIGNED the member must have resigned, with ON_JOB they must not.',
  }),
  kind: t.field({
    type: TransferKindEnum,
    required: true,
    defaultValue: 'RESIGNED' as const,
    description: 'Why they are handed over.',
  }),
  successorIds: t.idList({
    description: `Who takes over, 1 to ${limits.successors} members, each once, in the order of their turns. Or say \`byRules\`.`,
  }),
  byRules: t.boolean({
    description:
      'True: the assignment rules decide who takes over, instead of `successorIds`. Each customer goes by the first rule in ' +
      "force that holds for them; groups by the first that asks nothing of the customer. Where all of a rule's pool are full or " +
      'away, customers wait QUEUED; where the pool is empty they are refused with NO_RULE and stay in the pool.',
  }),
});

/** Who takes over, as the use cases take it. */
export function readSuccessorIds(successorIds: readonly string[] | null | undefined): string[] | null {
  return successorIds?.map((id) => uuidOf('Member', id)) ?? null;
}

/** The arguments that every way to begin a transfer takes. */
export const commonInput = (t: InputBuilder) => ({
  ...successorsInput(t),
  expectedDigest: t.string({
    description:
      'The digest of a preview: the transfer is refused with PLAN_CHANGED, and the difference, where its plan is another by now.',
  }),
  note: t.string({ description: `Handover note for the successors, at most ${limits.note} characters.` }),
  idempotencyKey: t.string({
    description:
      'A name of this request, 1 to 200 characters: repeated within 30 days, it answers the same transfer and does nothing.',
  }),
  dryRun: t.boolean({
    required: true,
    defaultValue: false,
    description: 'True: change nothing, and answer in `preview` what would happen.',
  }),
});

/** A selection of customers as the use case takes it. */
export function readSelection(
  selection: (typeof TransferSelection)['$inferInput'],
): NonNullable<TransferRequest['selection']> {
  const { filter, customerIds, all } = selection;
  return {
    all: all ?? null,
    filter: filter ? readRelationFilter(filter) : null,
    customerIds: customerIds ? customerIds.map((id) => uuidOf('Customer', id)) : null,
  };
}

/** A selection of groups as the use case takes it. */
export function readGroupSelection(
  selection: (typeof GroupSelectionInput)['$inferInput'],
): NonNullable<TransferRequest['groups']> {
  const { groupIds, all } = selection;
  return { all: all ?? null, groupIds: groupIds ? groupIds.map((id) => uuidOf('CustomerGroup', id)) : null };
}

/** What a beginning answers: the transfer, or what it would be. */
export interface Begun {
  readonly transferId?: string;
  readonly preview?: TransferPreview;
}

type PayloadBuilder = PothosSchemaTypes.ObjectFieldBuilder<(typeof builder)['$inferSchemaTypes'], Partial<Begun>>;

/** The transfer that a mutation began or changed. */
export const transferField = (t: PayloadBuilder) =>
  t.field({
    type: TransferNode,
    nullable: true,
    description: 'The transfer; null when refused, or with dryRun.',
    resolve: ({ transferId }, _args, context) =>
      transferId === undefined ? null : context.app.db.prisma.transfer.findUniqueOrThrow({ where: { id: transferId } }),
  });
