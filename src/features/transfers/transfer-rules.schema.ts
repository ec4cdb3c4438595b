import { builder } from '../../graphql/builder.js';
import { encodeId } from '../../graphql/ids.js';
import { loadOf } from '../../graphql/loading.js';
import { requireActor, type BatonContext } from '../../graphql/context.js';
import { mayViewRoom } from '../members/members.js';
import { loadMember, MemberNode } from '../members/members.schema.js';
import { AssignmentStrategyEnum } from '../rules/assignment-strategy.schema.js';
import { loadDrains, loadFillings, loadRules, type TransferRuleRow } from './transfer-rules.store.js';
import { skippedAt, type KeptRule, type KeptSeat, type SkippedSeat } from './seats-plan.js';
import { TransferItemNode } from './transfer-items.schema.js';
import type { TransferReason } from './transfer-reasons.js';
import { ReasonEnum } from './transfer-status.schema.js';

/** Whether the figures of a member, and the reasons that follow from them, are the reader's to see. */
async function showsRoomOf(context: BatonContext, memberId: string): Promise<boolean> {
  return mayViewRoom(requireActor(context), await loadMember(context, memberId));
}

const outOfReach = 'null where neither VIEW nor ASSIGN reaches them';

/** A reason against a member as the reader may know it. */
async function reasonToTell(
  { memberId, reason }: { readonly memberId: string; readonly reason: string },
  context: BatonContext,
): Promise<TransferReason> {
  return (await showsRoomOf(context, memberId)) ? (reason as TransferReason) : 'OUT_OF_SCOPE';
}

const TransferSeat = builder.objectRef<KeptSeat>('TransferSeat').implement({
  description: "A successor in a rule's pool, as the plan saw them.",
  fields: (t) => ({
    member: t.field({
      type: MemberNode,
      description: 'The successor.',
      resolve: ({ memberId }, _args, context) => loadMember(context, memberId),
    }),
    weight: t.exposeInt('weight', { description: 'Their share where the strategy is WEIGHTED.' }),
    loadBefore: t.int({
      nullable: true,
      description: `Customers they held before the transfer, with those who waited to come to them; ${outOfReach}.`,
      resolve: async ({ memberId, load }, _args, context) => ((await showsRoomOf(context, memberId)) ? load : null),
    }),
    room: t.int({
      nullable: true,
      description: `How many more they could take; ${outOfReach}.`,
      resolve: async ({ memberId, room }, _args, context) => ((await showsRoomOf(context, memberId)) ? room : null),
    }),
    passedOver: t.field({
      type: ReasonEnum,
      nullable: true,
      description:
        'Why the plan passed them over altogether; null where it did not. OUT_OF_SCOPE, too, where neither VIEW nor ASSIGN reaches them.',
      resolve: ({ memberId, reason }, _args, context) =>
        reason === null ? null : reasonToTell({ memberId, reason }, context),
    }),
  }),
});

/** A rule that a plan follows, or followed. */
export const TransferRuleNode = builder.objectRef<KeptRule>('TransferRule').implement({
  description:
    'A rule that a transfer runs with, as it was when the transfer was submitted: a later change of the rule does not touch it. ' +
    'Successors whom an administrator names are a rule without a name that holds for everybody.',
  fields: (t) => ({
    ruleId: t.id({
      nullable: true,
      description: 'Id of the assignment rule, which may be gone; null for named successors and the default.',
      resolve: ({ ruleId }) => ruleId && encodeId('AssignmentRule', ruleId),
    }),
    version: t.exposeInt('version', { nullable: true, description: 'Version of the rule; null without a rule.' }),
    name: t.exposeString('name', { description: 'Name of the rule then; empty for named successors.' }),
    strategy: t.expose('strategy', { type: AssignmentStrategyEnum, description: 'How its successors share.' }),
    note: t.exposeString('note', {
      nullable: true,
      description: "The rule's handover note; null where it has none.",
    }),
    assigned: t.exposeInt('assigned', { description: 'Customers whom it gave to a successor, by now.' }),
    queued: t.exposeInt('queued', {
      description: 'Customers who are queued: nobody of its pool has had room for them so far.',
    }),
    seats: t.field({
      type: [TransferSeat],
      description: 'Its pool at submit, in order, with who was passed over then.',
      resolve: ({ seats }) => [...seats],
    }),
  }),
});

const ChoiceEnum = builder.enumType('AssignmentChoice', {
  description: 'What put a successor first for a customer.',
  values: {
    TURN: { description: "The strategy's turn alone." },
    SERVES: { description: 'They serve the customer already.' },
    SERVED_BEFORE: { description: 'They served the customer before.' },
    SHARES_GROUP: { description: 'They are in a customer group with the customer.' },
    MATCHES: { description: 'Their customers have tags, or the region, in common with the customer.' },
  } as const,
});

/** Why one customer goes to one successor, as the reader may know it. */
export interface Why {
  readonly rule: KeptRule;
  /** What it has to do with whom the successor serves; null: neither VIEW nor ASSIGN reaches them. */
  readonly choice: Choice | null;
  readonly skipped: (context: BatonContext) => Promise<SkippedSeat[]> | SkippedSeat[];
}

interface Choice {
  readonly loadBefore: number;
  /** As the plan keeps it: a bond, `MATCHES:<tags>:<region>`, or null for the turn alone. */
  readonly chosenBecause: string | null;
}

/** The choice of a successor as far as the reader may know it. */
export async function choiceShown(
  context: BatonContext,
  { successorId, loadBefore, chosenBecause }: Choice & { readonly successorId: string },
): Promise<Choice | null> {
  return (await showsRoomOf(context, successorId)) ? { loadBefore, chosenBecause } : null;
}

const Skipped = builder.objectRef<SkippedSeat>('SkippedSuccessor').implement({
  description: "A member of a rule's pool who could not have a customer, and why.",
  fields: (t) => ({
    member: t.field({
      type: MemberNode,
      description: 'Who was passed over.',
      resolve: ({ memberId }, _args, context) => loadMember(context, memberId),
    }),
    reason: t.field({
      type: ReasonEnum,
      description:
        'SUCCESSOR_LIMIT_REACHED: they were full by then. SUCCESSOR_AWAY, or why they are not eligible. OUT_OF_SCOPE: the ASSIGN of ' +
        'who submitted did not reach them, or neither your VIEW nor your ASSIGN does.',
      resolve: (skipped, _args, context) => reasonToTell(skipped, context),
    }),
  }),
});

export const WhyNode = builder.objectRef<Why>('AssignmentReason').implement({
  description:
    'Why a customer goes to a successor. Of a successor whom neither VIEW nor ASSIGN reaches it tells the rule, and nothing of what ' +
    'they hold.',
  fields: (t) => ({
    rule: t.field({
      type: TransferRuleNode,
      description: 'The rule that took the customer.',
      resolve: ({ rule }) => rule,
    }),
    strategy: t.field({
      type: AssignmentStrategyEnum,
      description: 'How the rule shares.',
      resolve: ({ rule }) => rule.strategy,
    }),
    choice: t.field({
      type: ChoiceEnum,
      nullable: true,
      description: `What put this successor first; ${outOfReach}.`,
      resolve: ({ choice }) => {
        if (!choice) return null;
        if (choice.chosenBecause === null) return 'TURN';
        return choice.chosenBecause.startsWith('MATCHES') ? 'MATCHES' : (choice.chosenBecause as 'SERVES');
      },
    }),
    sharedTags: t.int({
      nullable: true,
      description:
        "For MATCHES: how many of the customer's corp tags the successor's customers have too. Null otherwise.",
      resolve: ({ choice }) => matchOf(choice)?.sharedTags ?? null,
    }),
    sameRegion: t.boolean({
      nullable: true,
      description: "For MATCHES: whether the successor serves others of the customer's region. Null otherwise.",
      resolve: ({ choice }) => matchOf(choice)?.sameRegion ?? null,
    }),
    loadBefore: t.int({
      nullable: true,
      description: `Customers the successor held, or was promised, before this one; ${outOfReach}.`,
      resolve: ({ choice }) => choice && choice.loadBefore,
    }),
    skipped: t.field({
      type: [Skipped],
      description: "Those of the rule's pool who could not have the customer, in the order of the pool.",
      resolve: ({ skipped }, _args, context) => skipped(context),
    }),
  }),
});

function matchOf(choice: Choice | null): { sharedTags: number; sameRegion: boolean } | null {
  const [, tags, region] = /^MATCHES:(\d+):([01])$/.exec(choice?.chosenBecause ?? '') ?? [];
  return tags === undefined ? null : { sharedTags: Number(tags), sameRegion: region === '1' };
}

const ruleLoads = Symbol('rules of transfers');
const drainLoads = Symbol('drains of queues');
const fillingLoads = Symbol('how seats were filled');

function rulesOf(context: BatonContext, transferId: string): Promise<TransferRuleRow[]> {
  return loadOf(context, ruleLoads, transferId, null, (ids) => loadRules(context.app, ids), []);
}

/** The pool as a drain found it: who was away, or full, at submit may not have been by then. */
async function seatsOf(context: BatonContext, transferId: string, drain: number): Promise<readonly KeptSeat[]> {
  const drains = await loadOf(context, drainLoads, transferId, null, (ids) => loadDrains(context.app, ids), []);
  return drains.find(({ number }) => number === drain)?.seats ?? [];
}

builder.prismaObjectField('Transfer', 'rules', (t) =>
  t.field({
    type: [TransferRuleNode],
    description: 'The rules it runs with, in the order in which they were asked.',
    resolve: ({ id }, _args, context) => rulesOf(context, id),
  }),
);

builder.objectField(TransferItemNode, 'why', (t) =>
  t.field({
    type: WhyNode,
    nullable: true,
    description:
      'Why this successor: the rule, their load at that point, who was passed over. Null where none was chosen.',
    resolve: async (item, _args, context) => {
      const { transferId, position, rulePlace, successorId, loadBefore, chosenBecause, drain } = item;
      if (rulePlace === null || successorId === null || loadBefore === null) return null;
      const rule = (await rulesOf(context, transferId)).find(({ place }) => place === rulePlace);
      if (!rule) return null;
      const skipped = async (of: BatonContext) => {
        const fillings = await loadOf(of, fillingLoads, transferId, null, (ids) => loadFillings(of.app, ids), []);
        const seats = drain === null ? rule.seats : await seatsOf(of, transferId, drain);
        return skippedAt(
          { ...rule, seats },
          position,
          fillings.filter((filling) => filling.drain === drain),
        );
      };
      const choice = await choiceShown(context, { successorId, loadBefore, chosenBecause });
      return { rule, choice, skipped };
    },
  }),
);
