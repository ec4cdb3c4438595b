import { encodeId, uuidOf } from '../../graphql/ids.js';
import { defineMutation } from '../../graphql/mutation.js';
import { deleteTag } from './delete-tag.js';

defineMutation('deleteTag', {
  description:
    'Removes a tag, and takes it off everybody who has it, at once and for good. Needs CONFIGURE over every department for a CORP tag, for its owner a ' +
    "PERSONAL one. Refuses NOT_FOUND, also for another member's PERSONAL tag and for one that is gone, FORBIDDEN, " +
    'CUSTOMER_CONTACT_DISABLED.',
  who: 'member',
  input: (t) => ({ tagId: t.id({ required: true, description: 'Which tag.' }) }),
  resolve: ({ tagId }, caller, { app }) => deleteTag(app, caller, uuidOf('Tag', tagId)),
  payload: (t) => ({
    deletedTagId: t.id({
      nullable: true,
      description: 'The id that the tag had; null when refused.',
      resolve: ({ deletedTagId: id }) => (id === undefined ? null : encodeId('Tag', id)),
    }),
    removedFromCount: t.int({
      nullable: true,
      description: 'Relations that carried the tag, those that have ended included; null when refused.',
      resolve: ({ removedFromCount }) => removedFromCount ?? null,
    }),
  }),
});
