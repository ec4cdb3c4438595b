import { builder } from '../../graphql/builder.js';
import { badInput } from '../../graphql/errors.js';
import { uuidOf } from '../../graphql/ids.js';
import { defineCheck, defineUserError } from '../../graphql/mutation.js';
import { customerLoader, CustomerNode } from '../customers/customers.schema.js';
import { loadMember, MemberNode } from '../members/members.schema.js';
import type { TransferRequest } from './check-request.js';
import type { PlanDifference } from './digest-plan.js';
import { sampleSize, type PlannedCustomer } from './plan-customers.js';
import { skippedAt } from './seats-plan.js';
import type { TransferPreview } from './start-transfer.js';
import {
  GroupSelectionInput,
  readGroupSelection,
  readSelection,
  readSuccessorIds,
  sharingInput,
  successorsInput,
  TransferSelection,
  type Begun,
} from './transfer-request.schema.js';
import type { TransferReason } from './transfer-reasons.js';
import { choiceShown, TransferRuleNode, WhyNode } from './transfer-rules.schema.js';
import { ReasonCount, ReasonEnum } from './transfer-status.schema.js';
import { previewTransfer } from './transfers.js';

interface SuccessorPreviewRow {
  readonly memberId: string;
  readonly assigned: number;
  readonly groupsAssigned: number;
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
    groupsAssigned: t.exposeInt('groupsAssigned', { description: 'Groups that would go to them.' }),
    customersBefore: t.exposeInt('customersBefore', { description: 'Customers they serve now.' }),
    customersAfter: t.int({
      description: 'Customers they would serve at most: fewer where they serve one of them already.',
      resolve: ({ assigned, customersBefore }) => customersBefore + assigned,
    }),
  }),
});

type PlannedRow = PlannedCustomer & Pick<TransferPreview, 'rules'>;

const PlannedItem = builder.objectRef<PlannedRow>('PlannedItem').implement({
  description: 'A customer of a plan: whom they would go to and why, or why not.',
  fields: (t) => ({
    position: t.exposeInt('position', { description: 'Place in the transfer, from 0, in the order of the selection.' }),
    customer: t.field({
      type: CustomerNode,
      nullable: true,
      description: 'The customer; null when no such customer is known.',
      resolve: ({ customerId }, _args, context) =>
        customerId === null ? null : customerLoader(context).load(customerId),
    }),
    reason: t.field({
      type: ReasonEnum,
      nullable: true,
      description: 'Why they would be rejected; null where not.',
      resolve: ({ reason }) => reason as TransferReason | null,
    }),
    successor: t.field({
      type: MemberNode,
      nullable: true,
      description: 'Whom they would go to; null when rejected, or queued because nobody has room.',
      resolve: ({ successorId }, _args, context) => (successorId === null ? null : loadMember(context, successorId)),
    }),
    why: t.field({
      type: WhyNode,
      nullable: true,
      description: 'Why this successor; null without one.',
      resolve: async ({ rulePlace, successorId, loadBefore, chosenBecause, rules }, _args, context) => {
        const rule = rules.find(({ place }) => place === rulePlace);
        if (!rule || successorId === null || loadBefore === null) return null;
        const choice = await choiceShown(context, { successorId, loadBefore, chosenBecause });
        return { rule, choice, skipped: () => skippedAt(rule, 0, []) };
      },
    }),
  }),
});

export const TransferPreviewNode = builder.objectRef<TransferPreview>('TransferPreview').implement({
  description: 'What a transfer would do, counted on the data of this moment.',
  fields: (t) => ({
    total: t.exposeInt('total', { description: 'Customers and groups selected.' }),
    accepted: t.exposeInt('accepted', { description: 'Customers and groups that would be handed over.' }),
    rejected: t.field({
      type: [ReasonCount],
      description: 'Customers and groups that would be refused, by reason.',
      resolve: ({ rejected }) => [...rejected],
    }),
    queued: t.exposeInt('queued', {
      description: 'Customers for whom nobody of their rule would have room, and who would wait for it.',
    }),
    successors: t.field({
      type: [SuccessorPreview],
      description: 'What each successor would get, in the order they were named, or in the order of the rules.',
      resolve: ({ successors }) => [...successors],
    }),
    rules: t.field({
      type: [TransferRuleNode],
      description: 'What each rule would come to, in the order in which they are asked; named successors are one.',
      resolve: ({ rules }) => [...rules],
    }),
    sample: t.field({
      type: [PlannedItem],
      description: 'The first customers, each with the successor and why, or the reason against it.',
      args: {
        size: t.arg.int({
          required: true,
          defaultValue: 20,
          description: `How many, 0 to ${sampleSize}. Default 20.`,
        }),
      },
      resolve: ({ sample, rules }, { size }) => {
        if (size < 0 || size > sampleSize) throw badInput(`\`size\` must be from 0 to ${sampleSize}, got ${size}.`);
        return sample.slice(0, size).map((row) => ({ ...row, rules }));
      },
    }),
    needsApproval: t.exposeBoolean('needsApproval', {
      description: 'Whether, submitted by you, it would wait as PENDING_APPROVAL for another administrator.',
    }),
    digest: t.exposeString('digest', {
      description: 'Names this very plan. Give it as expectedDigest, and any other plan is refused with PLAN_CHANGED.',
    }),
  }),
});

const DifferenceKind = builder.enumType('PlanDifferenceKind', {
  description: 'What of a plan has changed since its preview.',
  values: {
    TOTAL: { description: 'How many customers and groups are selected.' },
    ACCEPTED: { description: 'How many would be handed over.' },
    QUEUED: { description: 'How many would wait for somebody with room.' },
    REJECTED: { description: 'How many are rejected for the reason given.' },
    CUSTOMERS_OF_SUCCESSOR: { description: 'How many customers the member given would get.' },
    GROUPS_OF_SUCCESSOR: { description: 'How many groups the member given would get.' },
    CHOICE: { description: 'As many as before, but other customers, or others to whom.' },
  } as const,
});

const Difference = builder.objectRef<PlanDifference>('PlanDifference').implement({
  description: 'One number of a plan that is no longer what it was in the preview.',
  fields: (t) => ({
    what: t.field({ type: DifferenceKind, description: 'What is counted.', resolve: ({ what }) => what }),
    reason: t.field({
      type: ReasonEnum,
      nullable: true,
      description: 'The reason that is counted; null where none is.',
      resolve: ({ reason }) => reason as TransferReason | null,
    }),
    member: t.field({
      type: MemberNode,
      nullable: true,
      description: 'Whose share is counted; null where none is.',
      resolve: ({ memberId }, _args, context) => (memberId === null ? null : loadMember(context, memberId)),
    }),
    before: t.exposeInt('before', { description: 'In the preview.' }),
    after: t.exposeInt('after', { description: 'By now.' }),
  }),
});

defineUserError('PlanChangedError', 'PLAN_CHANGED, with what differs from the preview.', (t) => ({
  differences: t.field({
    type: [Difference],
    description: 'Every number that is another by now.',
    resolve: ({ data }) => data.differences as PlanDifference[],
  }),
}));

type PayloadBuilder = PothosSchemaTypes.ObjectFieldBuilder<(typeof builder)['$inferSchemaTypes'], Partial<Begun>>;

/** What the transfer would do. */
export const previewField = (t: PayloadBuilder) =>
  t.field({
    type: TransferPreviewNode,
    nullable: true,
    description: 'What would happen; null without dryRun, or when refused.',
    resolve: ({ preview }) => preview ?? null,
  });

defineCheck('previewTransfer', {
  description:
    'What transferCustomers would do with the same arguments, at this moment: who gets how many, what each rule comes to, what is ' +
    'rejected and why, and the first customers one by one. Changes nothing. Its digest lets transferCustomers refuse if the plan ' +
    'is another by then. Refuses what transferCustomers refuses. Needs ASSIGN over the leaver and the successors.',
  who: 'assigner',
  input: (t) => ({
    ...successorsInput(t),
    ...sharingInput(t),
    selection: t.field({ type: TransferSelection, description: 'Which customers. Default: none.' }),
    groups: t.field({ type: GroupSelectionInput, description: 'Which groups. Default: none.' }),
  }),
  resolve: async ({ selection, ...input }, caller, { app }) => {
    const request: TransferRequest = {
      ...input,
      operation: 'transferCustomers',
      leaverId: uuidOf('Member', input.leaverId),
      successorIds: readSuccessorIds(input.successorIds),
      ...(selection && { selection: readSelection(selection) }),
      groups: input.groups ? readGroupSelection(input.groups) : null,
    };
    return { preview: await previewTransfer(app, caller, request) };
  },
  payload: (t) => ({
    preview: t.field({
      type: TransferPreviewNode,
      nullable: true,
      description: 'What would happen; null when refused.',
      resolve: ({ preview }) => preview ?? null,
    }),
  }),
});
