import { builder } from '../../graphql/builder.js';
import { loaderOf, requireActor } from '../../graphql/context.js';
import { tagLoader, TagNode } from '../tags/tags.schema.js';
import { countPersonalTags, pairKey } from './left-behind.store.js';
import type { ItemRow } from './transfer-items.store.js';

const personalLoads = Symbol('personal tags left behind');

/** An item whose customer was taken over, as what did not go along. */
const LeftBehindNode = builder.objectRef<ItemRow>('LeftBehind').implement({
  description:
    'What did not go with a customer to the successor. It is kept, and put back by an undo. Where the successor served the ' +
    'customer already (MERGED), they keep their own notes, and those of the leaver stay on the relation that ended.',
  fields: (t) => ({
    remark: t.string({
      nullable: true,
      description:
        'The remark that stayed behind, since the transfer did not let remarks travel; null when it went along.',
      resolve: ({ leftBehind }) => leftBehind?.remark ?? null,
    }),
    description: t.string({
      nullable: true,
      description:
        'The description that stayed behind, since the transfer did not let descriptions travel; null when it went along.',
      resolve: ({ leftBehind }) => leftBehind?.description ?? null,
    }),
    tags: t.field({
      type: [TagNode],
      description:
        'The CORP tags that stayed behind, since the transfer did not let tags travel. Without those deleted since.',
      resolve: async ({ leftBehind }, _args, context) => {
        const tags = await tagLoader(context).loadMany(leftBehind?.tagIds ?? []);
        return tags.flatMap((tag) => {
          if (tag instanceof Error) throw tag;
          return tag ? [tag] : [];
        });
      },
    }),
    personalTagCount: t.int({
      description:
        'How many PERSONAL tags of the leaver stayed behind: they never travel, and show to nobody but the leaver. Counted now.',
      resolve: ({ relationId, leaverId: memberId }, _args, context) => {
        if (relationId === null) return 0;
        const { enterpriseId } = requireActor(context);
        const loader = loaderOf<number>(context, personalLoads, async (keys) => {
          const pairs = keys.map((key) => {
            const [relation = '', member = ''] = key.split(' ');
            return { relationId: relation, memberId: member };
          });
          const counts = await countPersonalTags(context.app, enterpriseId, pairs);
          return keys.map((key) => counts.get(key) ?? 0);
        });
        return loader.load(pairKey({ relationId, memberId }));
      },
    }),
  }),
});

/** What a takeover left behind. */
export const leftBehindField = (
  t: PothosSchemaTypes.ObjectFieldBuilder<(typeof builder)['$inferSchemaTypes'], ItemRow>,
) =>
  t.field({
    type: LeftBehindNode,
    nullable: true,
    description:
      'What did not go along. Null but for a customer who was taken over, and whose takeover was not undone.',
    resolve: (item) => (item.kind === 'CUSTOMER' && item.status === 'COMPLETED' ? item : null),
  });
