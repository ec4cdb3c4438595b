import type { BatonContext } from '../../graphql/context.js';
import { uuidOf } from '../../graphql/ids.js';
import { declareErrorCodes, defineMutation } from '../../graphql/mutation.js';
import { createMember } from './create-member.js';
import { MemberNode } from './members.schema.js';
import { reinstateMember, resignMember } from './resign-member.js';

declareErrorCodes({
  ALREADY_EXISTS: 'Something with this key exists already. Look it up, or take another key.',
  ALREADY_RESIGNED: 'The member has resigned already.',
  NOT_RESIGNED: 'The member has not resigned.',
  MEMBER_IN_TRANSFER:
    'Customers or groups of the member wait to be taken over. Try again when the transfer has ended, or cancel it.',
  LAST_ADMINISTRATOR: 'The company would be left without an administrator.',
});

defineMutation('createMember', {
  description:
    'Adds an ACTIVE member to your company. For administrators. Refuses ALREADY_EXISTS for a taken userId, NOT_FOUND for an unknown ' +
    'department.',
  who: 'administrator',
  input: (t) => ({
    userId: t.string({ required: true, description: "The company's own id, 1 to 64 characters, unique." }),
    name: t.string({
      required: true,
      description: 'The name that customers and colleagues read, 1 to 200 characters.',
    }),
    departmentId: t.id({ description: 'Where the member works.' }),
    position: t.string({ description: 'What the member does, at most 200 characters.' }),
    email: t.string({ description: 'Mail address at work, at most 320 characters.' }),
    mobile: t.string({ description: 'Mobile number at work, at most 40 characters.' }),
    idempotencyKey: t.string({
      description: 'A name of this request, 1 to 200 characters: repeated, it answers the same and does nothing.',
    }),
  }),
  resolve: (input, caller, { app }) =>
    createMember(app, caller, {
      ...input,
      departmentId: input.departmentId == null ? null : uuidOf('Department', input.departmentId),
    }),
  payload: (t) => ({
    member: t.field({
      type: MemberNode,
      nullable: true,
      description: 'The new member; null when refused.',
      resolve: (outcome, _args, context) => findMember(context, outcome.memberId),
    }),
  }),
});

defineMutation('resignMember', {
  description:
    'Marks a member as having left. They can no longer sign in; what they hold stands in the pool until it is handed on, their groups ' +
    'as OWNER_RESIGNED. For administrators. Refuses NOT_FOUND, ALREADY_RESIGNED, LAST_ADMINISTRATOR.',
  who: 'administrator',
  input: (t) => ({
    memberId: t.id({ required: true, description: 'Who has left.' }),
    resignedAt: t.field({ type: 'DateTime', description: 'When; not in the future. Default: now.' }),
    idempotencyKey: t.string({
      description: 'A name of this request, 1 to 200 characters: repeated, it answers the same and does nothing.',
    }),
  }),
  resolve: (input, caller, { app }) =>
    resignMember(app, caller, { ...input, memberId: uuidOf('Member', input.memberId) }),
  payload: (t) => ({
    member: t.field({
      type: MemberNode,
      nullable: true,
      description: 'The leaver as they now are; null when refused.',
      resolve: (outcome, _args, context) => findMember(context, outcome.memberId),
    }),
  }),
});

defineMutation('reinstateMember', {
  description:
    'Takes a resignation back: the member is ACTIVE again and holds what has not been handed on; their groups are NORMAL again. For ' +
    'administrators. Refuses NOT_FOUND, NOT_RESIGNED, and MEMBER_IN_TRANSFER while customers or groups of theirs wait.',
  who: 'administrator',
  input: (t) => ({
    memberId: t.id({ required: true, description: 'Who is back.' }),
  }),
  resolve: (input, caller, { app }) => reinstateMember(app, caller, { memberId: uuidOf('Member', input.memberId) }),
  payload: (t) => ({
    member: t.field({
      type: MemberNode,
      nullable: true,
      description: 'The member as they now are; null when refused.',
      resolve: (outcome, _args, context) => findMember(context, outcome.memberId),
    }),
  }),
});

function findMember(context: BatonContext, id: string | undefined) {
  return id === undefined ? null : context.app.db.prisma.member.findUniqueOrThrow({ where: { id } });
}
