import type DataLoader from 'dataloader';
import { TagKind } from '../../generated/prisma/enums.js';
import { builder } from '../../graphql/builder.js';
import { defineConnection } from '../../graphql/connection.js';
import { loaderOf, requireActor, requireMember, type BatonContext } from '../../graphql/context.js';
import { byId } from '../../graphql/loading.js';
import { defineNode } from '../../graphql/node.js';
import { readPage, toConnection } from '../../graphql/paging.js';
import { Viewer } from '../members/members.schema.js';
import { tagSightOf } from './tags.policy.js';
import {
  countTagGroups,
  listPersonalTags,
  listTagGroups,
  loadTagGroups,
  loadTags,
  loadTagsOfGroups,
  tagGroupKeys,
  type TagGroupRow,
  type TagRow,
} from './tags.store.js';

const tagLoads = Symbol('tags');
const groupLoads = Symbol('tag groups');
const groupTagLoads = Symbol('tags of tag groups');

/** Tags by id; null for what is not there, or not yours to see. */
export function tagLoader(context: BatonContext): DataLoader<string, TagRow | null> {
  const sight = tagSightOf(requireActor(context));
  return loaderOf(context, tagLoads, async (ids) => byId(ids, await loadTags(context.app, sight, ids)));
}

/** Groups of tags by id; null for one that is not there, or not yours to see. */
export function tagGroupLoader(context: BatonContext): DataLoader<string, TagGroupRow | null> {
  const sight = tagSightOf(requireActor(context));
  return loaderOf(context, groupLoads, async (ids) => byId(ids, await loadTagGroups(context.app, sight, ids)));
}

function tagsOfGroup(context: BatonContext, groupId: string): Promise<TagRow[]> {
  const sight = tagSightOf(requireActor(context));
  return loaderOf(context, groupTagLoads, async (ids) => {
    const tags = await loadTagsOfGroups(context.app, sight, ids);
    return ids.map((id) => tags.filter((tag) => tag.groupId === id));
  }).load(groupId);
}

export const TagKindEnum = builder.enumType('TagKind', {
  description: 'Whose a tag is.',
  values: {
    CORP: { value: TagKind.CORP, description: "The enterprise's: stands in a group, and travels with the customer." },
    PERSONAL: {
      value: TagKind.PERSONAL,
      description: "A member's: shows to that member only, while they serve the customer. Never travels.",
    },
  },
});

const Tag = builder.objectRef<TagRow>('Tag');

export const TagGroupNode = defineNode(builder.objectRef<TagGroupRow>('TagGroup'), {
  description: 'Tags of one subject, as "Size" or "Source". Members see them, customers do not.',
  loader: tagGroupLoader,
  fields: (t) => ({
    name: t.exposeString('name', { description: 'What the group is called; unique in the enterprise.' }),
    tags: t.field({
      type: [Tag],
      description: 'The tags of the group, by name.',
      resolve: ({ id }, _args, context) => tagsOfGroup(context, id),
    }),
  }),
});

export const TagNode = defineNode(Tag, {
  description:
    'Says something about a customer. Members see CORP tags and their own PERSONAL ones; nobody, not even an administrator, ' +
    "sees another's PERSONAL tags. Customers see none.",
  loader: tagLoader,
  fields: (t) => ({
    name: t.exposeString('name', { description: "What the tag says; unique in its group, or among the member's own." }),
    kind: t.expose('kind', { type: TagKindEnum, description: 'Whose the tag is.' }),
    group: t.field({
      type: TagGroupNode,
      nullable: true,
      description: 'The group of a CORP tag; null for a PERSONAL one.',
      resolve: ({ groupId }, _args, context) => (groupId === null ? null : tagGroupLoader(context).load(groupId)),
    }),
  }),
});

export const TagGroupConnection = defineConnection('TagGroup', TagGroupNode);

builder.queryField('tagGroups', (t) =>
  t.connection(
    {
      type: TagGroupNode,
      description: "The enterprise's tag groups, by name. For members.",
      resolve: async (_root, args, context) => {
        const sight = tagSightOf(requireMember(context));
        const order = 'tagGroups name';
        const page = readPage(args, order, tagGroupKeys);
        const rows = await listTagGroups(context.app, sight, page);
        return {
          ...toConnection(rows, page, order, ({ name, id }) => [name, id]),
          totalCount: () => countTagGroups(context.app, sight),
        } as never;
      },
    },
    TagGroupConnection,
  ),
);

builder.objectField(Viewer, 'personalTags', (t) =>
  t.field({
    type: [Tag],
    description: 'The PERSONAL tags of the member who is signed in, by name. Empty for a customer.',
    resolve: (actor, _args, { app }) =>
      actor.kind === 'member' ? listPersonalTags(app, actor.enterpriseId, actor.id) : [],
  }),
);
