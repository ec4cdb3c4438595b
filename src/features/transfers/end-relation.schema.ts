import { builder } from '../../graphql/builder.js';
import { encodeId, uuidOf } from '../../graphql/ids.js';
import { defineMutation } from '../../graphql/mutation.js';
import { endRelation } from './transfers.js';

const RelationEnd = builder.enumType('RelationEnd', {
  description: 'Who ended a relation.',
  values: {
    DELETED_BY_CUSTOMER: { description: 'The customer removed the member.' },
    DELETED_BY_MEMBER: { description: 'The member removed the customer, or an administrator did.' },
  },
});

defineMutation('endRelation', {
  description:
    'Ends a relation for good: the member no longer serves the customer. For the customer, the member who serves, and ' +
    'ASSIGN over them. A takeover that waits for it fails at once, with the reason CUSTOMER_DELETED_MEMBER or NO_RELATION; its ' +
    'successor is told, and the customer too unless they ended it themselves. Ending it again answers how it ended. Refuses ' +
    'NOT_FOUND, also when the customer has been handed on meanwhile, and, for members, CUSTOMER_CONTACT_DISABLED.',
  who: 'anyone',
  input: (t) => ({ relationId: t.id({ required: true, description: 'Which relation.' }) }),
  resolve: (input, caller, { app }) => endRelation(app, caller, { relationId: uuidOf('Relation', input.relationId) }),
  payload: (t) => ({
    relationId: t.id({
      nullable: true,
      description: 'The relation that is over, and no longer to be found; null when refused.',
      resolve: ({ relationId }) => (relationId === undefined ? null : encodeId('Relation', relationId)),
    }),
    end: t.field({
      type: RelationEnd,
      nullable: true,
      description: 'Who ended it first; null when refused.',
      resolve: ({ end }) => end ?? null,
    }),
    endedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it ended; null when refused.',
      resolve: ({ endedAt }) => (endedAt === undefined ? null : new Date(endedAt)),
    }),
  }),
});
