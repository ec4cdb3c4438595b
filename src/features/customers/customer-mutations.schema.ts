import { builder } from '../../graphql/builder.js';
import { uuidOf } from '../../graphql/ids.js';
import { declareErrorCodes, defineMutation, defineUserError } from '../../graphql/mutation.js';
import { addRelation } from './add-relation.js';
import { createCustomer } from './create-customer.js';
import { longest, tagRelationsLimits } from './customers.errors.js';
import { CustomerKindEnum, customerLoader, CustomerNode } from './customers.schema.js';
import {
  AddWayEnum,
  readRelationFilter,
  RelationFilterInput,
  relationLoader,
  RelationNode,
} from './relations.schema.js';
import { tagRelations } from './tag-relations.js';
import { updateRelation } from './update-relation.js';

declareErrorCodes({
  ALREADY_SERVED: 'The member serves the customer already; the error carries the relation.',
  MEMBER_NOT_ACTIVE: 'The member is not ACTIVE and may not be given customers. Name somebody who is.',
  TAG_NOT_ALLOWED: 'A PERSONAL tag goes on customers that its owner serves, and on no others.',
  CONFLICT: 'Somebody else is changing this at the same moment. Try again.',
});

defineUserError('AlreadyServedError', 'ALREADY_SERVED, with the relation that there is.', (t) => ({
  relation: t.field({
    type: RelationNode,
    nullable: true,
    description: 'The relation that is there already.',
    resolve: ({ data }, _args, context) => relationLoader(context).load(String(data.relationId)),
  }),
}));

const idempotencyKey =
  'A name of this request, 1 to 200 characters: repeated within 30 days, it answers the same and does nothing.';
const atMost = (characters: number) => `at most ${characters} characters`;

defineMutation('createCustomer', {
  description:
    'Adds a customer to your company, and who serves them. For members: with ASSIGN for whom it reaches, a super administrator for nobody yet; other ' +
    'members for themselves. Refuses ALREADY_EXISTS for a taken externalUserId, FORBIDDEN, NOT_FOUND and MEMBER_NOT_ACTIVE for ' +
    '`servedBy`, INVALID_INPUT, CUSTOMER_CONTACT_DISABLED.',
  who: 'member',
  input: (t) => ({
    externalUserId: t.string({
      required: true,
      description: `The company's own id of the customer, 1 to ${longest.name} characters, unique.`,
    }),
    name: t.string({ required: true, description: `The name the customer goes by, 1 to ${longest.name} characters.` }),
    kind: t.field({ type: CustomerKindEnum, required: true, description: 'Where the customer writes from.' }),
    corpName: t.string({ description: `Where the customer works, ${atMost(longest.name)}.` }),
    region: t.string({ description: `Region, ${atMost(longest.name)}.` }),
    city: t.string({ description: `City, ${atMost(longest.name)}.` }),
    businessType: t.string({ description: `Line of business, ${atMost(longest.name)}.` }),
    servedBy: t.id({
      description: 'The member who serves the customer. Default: you, or nobody if you are a super administrator.',
    }),
    idempotencyKey: t.string({ description: idempotencyKey }),
  }),
  resolve: (input, caller, { app }) =>
    createCustomer(app, caller, {
      ...input,
      servedBy: input.servedBy == null ? null : uuidOf('Member', input.servedBy),
    }),
  payload: (t) => ({
    customer: t.field({
      type: CustomerNode,
      nullable: true,
      description: 'The new customer; null when refused.',
      resolve: ({ customerId }, _args, context) =>
        customerId === undefined ? null : customerLoader(context).load(customerId),
    }),
    relation: t.field({
      type: RelationNode,
      nullable: true,
      description: 'Who serves the customer; null when nobody does yet, or when refused.',
      resolve: ({ relationId }, _args, context) =>
        relationId == null ? null : relationLoader(context).load(relationId),
    }),
  }),
});

defineMutation('addRelation', {
  description:
    'Makes a member serve a customer of your company, beside those who do already. For members: with ASSIGN for whom it reaches and is ' +
    'ACTIVE, other members for themselves; and a customer whom one of these serves or served, or nobody serves. Refuses FORBIDDEN, ' +
    'ALREADY_SERVED with the relation, NOT_FOUND for the member, customer or a tag, MEMBER_NOT_ACTIVE, TAG_NOT_ALLOWED, INVALID_INPUT, CUSTOMER_CONTACT_DISABLED.',
  who: 'member',
  input: (t) => ({
    memberId: t.id({ required: true, description: 'Who serves from now on.' }),
    customerId: t.id({ required: true, description: 'Who is served.' }),
    remark: t.string({ description: `A short note, ${atMost(longest.remark)}. Default: empty.` }),
    description: t.string({ description: `A longer note, ${atMost(longest.description)}. Default: empty.` }),
    addedAt: t.field({
      type: 'DateTime',
      description: 'When the customer was added; not in the future. Default: now.',
    }),
    addWay: t.field({ type: AddWayEnum, description: 'How the customer was added. Default: UNKNOWN.' }),
    tagIds: t.idList({
      description: `Tags to put on the relation, at most ${tagRelationsLimits.tags}. Default: none.`,
    }),
    idempotencyKey: t.string({ description: idempotencyKey }),
  }),
  resolve: (input, caller, { app }) =>
    addRelation(app, caller, {
      ...input,
      memberId: uuidOf('Member', input.memberId),
      customerId: uuidOf('Customer', input.customerId),
      tagIds: tagIdsOf(input.tagIds),
    }),
  payload: (t) => ({
    relation: t.field({
      type: RelationNode,
      nullable: true,
      description: 'The new relation; null when refused.',
      resolve: ({ relationId }, _args, context) =>
        relationId === undefined ? null : relationLoader(context).load(relationId),
    }),
  }),
});

defineMutation('updateRelation', {
  description:
    'Changes the notes on a relation. For the member who serves, and ASSIGN over them. What is left out stays; an empty text empties. ' +
    'Refuses NOT_FOUND, also when the customer has been handed on meanwhile, INVALID_INPUT, CUSTOMER_CONTACT_DISABLED.',
  who: 'member',
  input: (t) => ({
    relationId: t.id({ required: true, description: 'Which relation.' }),
    remark: t.string({ description: `The short note, ${atMost(longest.remark)}.` }),
    description: t.string({ description: `The longer note, ${atMost(longest.description)}.` }),
  }),
  resolve: (input, caller, { app }) =>
    updateRelation(app, caller, { ...input, relationId: uuidOf('Relation', input.relationId) }),
  payload: (t) => ({
    relation: t.field({
      type: RelationNode,
      nullable: true,
      description: 'The relation as it now is; null when refused.',
      resolve: ({ relationId }, _args, context) =>
        relationId === undefined ? null : relationLoader(context).load(relationId),
    }),
  }),
});

const RelationSelectionInput = builder.inputType('RelationSelection', {
  description: 'Which relations, by what is true of them now.',
  fields: (t) => ({
    memberId: t.id({
      description:
        'Whose. Administrators may name anyone; left out, it is everybody of the company. Others have their own only.',
    }),
    filter: t.field({
      type: RelationFilterInput,
      required: true,
      description: 'The same filter as Member.customers takes; an empty one holds for all of them.',
    }),
  }),
});

defineMutation('tagRelations', {
  description:
    'Puts tags on relations and takes tags off, on all of them or on none; doing it twice changes nothing more. Name the relations, ' +
    `or select up to ${tagRelationsLimits.selected} by a filter. For the members who serve, and administrators. Refuses NOT_FOUND for ` +
    'the first relation, member or tag that there is not or that is not yours, TAG_NOT_ALLOWED for a PERSONAL tag on customers of ' +
    'somebody else, INVALID_INPUT, CUSTOMER_CONTACT_DISABLED.',
  who: 'member',
  input: (t) => ({
    relationIds: t.idList({
      description: `Which relations, 1 to ${tagRelationsLimits.relations}. Give this or \`selection\`, one of them.`,
    }),
    selection: t.field({
      type: RelationSelectionInput,
      description: 'Which relations, by a filter. Give this or `relationIds`, one of them.',
    }),
    addTagIds: t.idList({ description: `Tags to put on, at most ${tagRelationsLimits.tags}. Default: none.` }),
    removeTagIds: t.idList({ description: `Tags to take off, at most ${tagRelationsLimits.tags}. Default: none.` }),
  }),
  resolve: ({ relationIds, selection, ...input }, caller, { app }) =>
    tagRelations(app, caller, {
      relationIds: relationIds?.map((id) => uuidOf('Relation', id)),
      selection: selection && {
        filter: readRelationFilter(selection.filter),
        ...(selection.memberId != null && { memberId: uuidOf('Member', selection.memberId) }),
      },
      addTagIds: tagIdsOf(input.addTagIds),
      removeTagIds: tagIdsOf(input.removeTagIds),
    }),
  payload: (t) => ({
    changedCount: t.int({
      nullable: true,
      description: 'Relations that got or lost a tag; null when refused.',
      resolve: ({ changedCount }) => changedCount ?? null,
    }),
    relations: t.field({
      type: [RelationNode],
      description: 'The relations that were named, as they now are; empty for a selection, and when refused.',
      resolve: async ({ relationIds }, _args, context) => {
        const loader = relationLoader(context);
        const relations = await Promise.all((relationIds ?? []).map((id) => loader.load(id)));
        return relations.filter((relation) => relation !== null);
      },
    }),
  }),
});

function tagIdsOf(ids: readonly string[] | null | undefined): string[] {
  return (ids ?? []).map((id) => uuidOf('Tag', id));
}
