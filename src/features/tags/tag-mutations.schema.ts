import { uuidOf, encodeId } from '../../graphql/ids.js';
import { declareErrorCodes, defineMutation, defineUserError } from '../../graphql/mutation.js';
import { createTagGroup } from './create-tag-group.js';
import { createTag } from './create-tag.js';
import { deleteTagGroup } from './delete-tag-group.js';
import { longestName } from './tags.errors.js';
import { tagGroupLoader, TagGroupNode, TagKindEnum, tagLoader, TagNode } from './tags.schema.js';
import { updateTagGroup } from './update-tag-group.js';
import { updateTag } from './update-tag.js';

declareErrorCodes({
  FORBIDDEN: 'This is for somebody else to do; the message says for whom.',
  TAG_GROUP_NOT_EMPTY: 'Tags stand in the group. Delete them first.',
});

const idempotencyKey =
  'A name of this request, 1 to 200 characters: repeated within 30 days, it answers the same and does nothing.';

defineUserError('TagExistsError', 'ALREADY_EXISTS, with the tag that has the name.', (t) => ({
  tag: t.field({
    type: TagNode,
    nullable: true,
    description: 'The tag that is there already.',
    resolve: ({ data }, _args, context) => tagLoader(context).load(String(data.tagId)),
  }),
}));

defineUserError('TagGroupExistsError', 'ALREADY_EXISTS, with the tag group that has the name.', (t) => ({
  tagGroup: t.field({
    type: TagGroupNode,
    nullable: true,
    description: 'The tag group that is there already.',
    resolve: ({ data }, _args, context) => tagGroupLoader(context).load(String(data.tagGroupId)),
  }),
}));

defineMutation('createTag', {
  description:
    'Makes a tag. Administrators make CORP tags, in a group; every member makes PERSONAL ones of their own. Refuses FORBIDDEN, ' +
    'ALREADY_EXISTS with the tag that has the name, NOT_FOUND for an unknown group, INVALID_INPUT, CUSTOMER_CONTACT_DISABLED.',
  who: 'member',
  input: (t) => ({
    name: t.string({ required: true, description: `What the tag says, 1 to ${longestName} characters.` }),
    kind: t.field({ type: TagKindEnum, required: true, description: 'Whose the tag will be.' }),
    groupId: t.id({ description: 'The group of a CORP tag. Give this or `groupName`, not both.' }),
    groupName: t.string({
      description: `The name of the group of a CORP tag, 1 to ${longestName} characters; a group of that name is made when there is none.`,
    }),
    idempotencyKey: t.string({ description: idempotencyKey }),
  }),
  resolve: (input, caller, { app }) =>
    createTag(app, caller, {
      ...input,
      groupId: input.groupId == null ? null : uuidOf('TagGroup', input.groupId),
    }),
  payload: (t) => ({
    tag: t.field({
      type: TagNode,
      nullable: true,
      description: 'The new tag; null when refused.',
      resolve: ({ tagId }, _args, context) => (tagId === undefined ? null : tagLoader(context).load(tagId)),
    }),
  }),
});

defineMutation('updateTag', {
  description:
    'Calls a tag something else, on everybody who has it. Needs CONFIGURE over every department for a CORP tag, for its owner a PERSONAL one. Refuses ' +
    "NOT_FOUND, also for another member's PERSONAL tag, FORBIDDEN, ALREADY_EXISTS with the tag that has the name, INVALID_INPUT, " +
    'CUSTOMER_CONTACT_DISABLED.',
  who: 'member',
  input: (t) => ({
    tagId: t.id({ required: true, description: 'Which tag.' }),
    name: t.string({ required: true, description: `What it says from now on, 1 to ${longestName} characters.` }),
  }),
  resolve: (input, caller, { app }) => updateTag(app, caller, { ...input, tagId: uuidOf('Tag', input.tagId) }),
  payload: (t) => ({
    tag: t.field({
      type: TagNode,
      nullable: true,
      description: 'The tag as it now is; null when refused.',
      resolve: ({ tagId }, _args, context) => (tagId === undefined ? null : tagLoader(context).load(tagId)),
    }),
  }),
});

defineMutation('createTagGroup', {
  description:
    'Makes an empty group for CORP tags. Needs CONFIGURE over every department. Refuses ALREADY_EXISTS with the group that has the name, ' +
    'INVALID_INPUT, CUSTOMER_CONTACT_DISABLED.',
  who: 'companyConfigurer',
  input: (t) => ({
    name: t.string({
      required: true,
      description: `What the group is called, 1 to ${longestName} characters, unique in the company.`,
    }),
    idempotencyKey: t.string({ description: idempotencyKey }),
  }),
  resolve: (input, caller, { app }) => createTagGroup(app, caller, input),
  payload: (t) => ({
    tagGroup: t.field({
      type: TagGroupNode,
      nullable: true,
      description: 'The new group; null when refused.',
      resolve: ({ tagGroupId }, _args, context) =>
        tagGroupId === undefined ? null : tagGroupLoader(context).load(tagGroupId),
    }),
  }),
});

defineMutation('updateTagGroup', {
  description:
    'Calls a tag group something else; its tags stay in it. Needs CONFIGURE over every department. Refuses NOT_FOUND, ALREADY_EXISTS with the group ' +
    'that has the name, INVALID_INPUT, CUSTOMER_CONTACT_DISABLED.',
  who: 'companyConfigurer',
  input: (t) => ({
    tagGroupId: t.id({ required: true, description: 'Which group.' }),
    name: t.string({
      required: true,
      description: `What the group is called from now on, 1 to ${longestName} characters, unique in the company.`,
    }),
  }),
  resolve: (input, caller, { app }) =>
    updateTagGroup(app, caller, { ...input, tagGroupId: uuidOf('TagGroup', input.tagGroupId) }),
  payload: (t) => ({
    tagGroup: t.field({
      type: TagGroupNode,
      nullable: true,
      description: 'The group as it now is; null when refused.',
      resolve: ({ tagGroupId }, _args, context) =>
        tagGroupId === undefined ? null : tagGroupLoader(context).load(tagGroupId),
    }),
  }),
});

defineMutation('deleteTagGroup', {
  description:
    'Removes a tag group that has no tags. Needs CONFIGURE over every department. Refuses NOT_FOUND, also for one that is gone, TAG_GROUP_NOT_EMPTY ' +
    'while a tag stands in it, CUSTOMER_CONTACT_DISABLED.',
  who: 'companyConfigurer',
  input: (t) => ({ tagGroupId: t.id({ required: true, description: 'Which group.' }) }),
  resolve: ({ tagGroupId }, caller, { app }) => deleteTagGroup(app, caller, uuidOf('TagGroup', tagGroupId)),
  payload: (t) => ({
    deletedTagGroupId: t.id({
      nullable: true,
      description: 'The id that the group had; null when refused.',
      resolve: ({ deletedTagGroupId: id }) => (id === undefined ? null : encodeId('TagGroup', id)),
    }),
  }),
});
