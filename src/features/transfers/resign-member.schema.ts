import { uuidOf } from '../../graphql/ids.js';
import { defineMutation } from '../../graphql/mutation.js';
import { farthestDays } from '../members/members.js';
import { loadMember, MemberNode } from '../members/members.schema.js';
import { resignMember } from './transfers.js';
import { TransferNode } from './transfers.schema.js';

defineMutation('resignMember', {
  description:
    'Marks a member as having left. They can no longer sign in; what they hold stands in the pool until it is handed on, their groups ' +
    'as OWNER_RESIGNED. With `autoAssign` everything is handed over by the assignment rules in the same moment. With `lastDay` ' +
    'all this happens when that day is over, and until then the member works on; call it again to move the day, or ' +
    'cancelResignation to drop it. Needs ASSIGN over the member. Refuses NOT_FOUND, FORBIDDEN for a super administrator to who is none, ALREADY_RESIGNED, LAST_ADMINISTRATOR, and INVALID_INPUT ' +
    'for a time to come or a day that is over.',
  who: 'assigner',
  input: (t) => ({
    memberId: t.id({ required: true, description: 'Who has left, or leaves.' }),
    resignedAt: t.field({
      type: 'DateTime',
      description: 'When; not in the future. Default: now. Not together with `lastDay`.',
    }),
    lastDay: t.field({
      type: 'Date',
      description:
        `The planned last day, in the company's time zone: today or later, at most ${farthestDays} days away. The member is resigned ` +
        'by the system when it is over. Should they be the only administrator by then, they stay, and the audit log says so.',
    }),
    autoAssign: t.boolean({
      description:
        "True: hand all customers and groups over by the assignment rules. Default: the company's autoAssignOnResignation, with " +
        '`lastDay` as it is by then. With true and no `lastDay`, what would refuse the transfer refuses the resignation, as ' +
        'CUSTOMER_CONTACT_DISABLED does; else the member resigns all the same, and the audit log says why nothing was handed over.',
    }),
    idempotencyKey: t.string({
      description:
        'A name of this request, 1 to 200 characters: repeated within 30 days, it answers the same and does nothing.',
    }),
  }),
  resolve: (input, caller, { app }) =>
    resignMember(app, caller, {
      ...input,
      memberId: uuidOf('Member', input.memberId),
      lastDay: input.lastDay?.toISOString().slice(0, 10),
    }),
  payload: (t) => ({
    member: t.field({
      type: MemberNode,
      nullable: true,
      description: 'The leaver as they now are; null when refused.',
      resolve: ({ memberId }, _args, context) => (memberId === undefined ? null : loadMember(context, memberId)),
    }),
    transfer: t.field({
      type: TransferNode,
      nullable: true,
      description:
        'What hands everything over by the rules. Null when refused, when it was not wanted or not yet, and when there was nothing to ' +
        'hand over.',
      resolve: ({ transferId }, _args, context) =>
        transferId == null ? null : context.app.db.prisma.transfer.findUniqueOrThrow({ where: { id: transferId } }),
    }),
  }),
});
