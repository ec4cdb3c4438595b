import type { BatonContext } from '../../graphql/context.js';
import { uuidOf } from '../../graphql/ids.js';
import { declareErrorCodes, defineMutation } from '../../graphql/mutation.js';
import { MemberNode } from '../members/members.schema.js';
import { AdministratorRoleEnum, RightEnum } from './administrators.schema.js';
import { grantRights, mostDepartments } from './grant-rights.js';
import { revokeRights } from './revoke-rights.js';

declareErrorCodes({
  OWN_RIGHTS: 'Nobody changes their own rights. Ask another super administrator.',
});

const keyDescription =
  'A name of this request, 1 to 200 characters: repeated within 30 days, it answers the same and does nothing.';

defineMutation('grantRights', {
  description:
    'Gives a member rights over departments and all below them, beside those they have; or makes them a super administrator. For super ' +
    'administrators. Refuses OWN_RIGHTS, NOT_FOUND, MEMBER_NOT_ACTIVE, and INVALID_INPUT, also for a super administrator.',
  who: 'super',
  input: (t) => ({
    memberId: t.id({ required: true, description: 'Who gets the rights: somebody else, and ACTIVE.' }),
    role: t.field({
      type: AdministratorRoleEnum,
      description: 'SUPER: every right, without rights and departmentIds. Default: CUSTOMER_CONTACT, with both.',
    }),
    rights: t.field({ type: [RightEnum], description: 'Which rights, at least one.' }),
    departmentIds: t.idList({
      description: `Over which departments, and all below them; 1 to ${mostDepartments}.`,
    }),
    idempotencyKey: t.string({ description: keyDescription }),
  }),
  resolve: (input, caller, { app }) =>
    grantRights(app, caller, {
      ...input,
      memberId: uuidOf('Member', input.memberId),
      departmentIds: input.departmentIds?.map((id) => uuidOf('Department', id)) ?? null,
    }),
  payload: (t) => ({
    member: t.field({
      type: MemberNode,
      nullable: true,
      description: 'The member; null when refused.',
      resolve: ({ memberId }, _args, context) => findMember(context, memberId),
    }),
  }),
});

defineMutation('revokeRights', {
  description:
    'Takes rights from a member, whose connections end within 5 seconds. Without rights and departmentIds, and when nothing is left, they ' +
    'are no administrator any more. What is not granted may be revoked. For super administrators. Refuses OWN_RIGHTS, NOT_FOUND, ' +
    'LAST_ADMINISTRATOR, and INVALID_INPUT for a part of what a super administrator may.',
  who: 'super',
  input: (t) => ({
    memberId: t.id({ required: true, description: 'Whose rights: somebody else.' }),
    rights: t.field({ type: [RightEnum], description: 'Which rights. Default: all.' }),
    departmentIds: t.idList({
      description: 'Which grants, by the department they were given over, not by those below it. Default: all.',
    }),
    idempotencyKey: t.string({ description: keyDescription }),
  }),
  resolve: (input, caller, { app }) =>
    revokeRights(app, caller, {
      ...input,
      memberId: uuidOf('Member', input.memberId),
      departmentIds: input.departmentIds?.map((id) => uuidOf('Department', id)) ?? null,
    }),
  payload: (t) => ({
    member: t.field({
      type: MemberNode,
      nullable: true,
      description: 'The member; null when refused.',
      resolve: ({ memberId }, _args, context) => findMember(context, memberId),
    }),
  }),
});

function findMember(context: BatonContext, id: string | undefined) {
  return id === undefined ? null : context.app.db.prisma.member.findUniqueOrThrow({ where: { id } });
}
