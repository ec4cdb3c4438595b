import type { BatonContext } from '../../graphql/context.js';
import { uuidOf } from '../../graphql/ids.js';
import { declareErrorCodes, defineMutation } from '../../graphql/mutation.js';
import { createMember, longest } from './create-member.js';
import { MemberNode } from './members.schema.js';
import { cancelResignation } from './plan-resignation.js';
import { reinstateMember } from './resign.js';
import { customerLimits, updateMember } from './update-member.js';

declareErrorCodes({
  ALREADY_EXISTS: 'Something with this key exists already. Look it up, or take another key.',
  ALREADY_RESIGNED: 'The member has resigned already.',
  NOT_RESIGNED: 'The member has not resigned.',
  MEMBER_IN_TRANSFER:
    'Customers or groups of the member wait to be taken over. Try again when the transfer has ended, or cancel it.',
  LAST_ADMINISTRATOR: 'The company would be left without a super administrator.',
});

defineMutation('createMember', {
  description:
    'Adds an ACTIVE member to your company. Needs CONFIGURE over their department. Refuses ALREADY_EXISTS for a taken userId, ' +
    'OUT_OF_SCOPE without a department where the right does not reach all, NOT_FOUND for an unknown ' +
    'department.',
  who: 'configurer',
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
      description:
        'A name of this request, 1 to 200 characters: repeated within 30 days, it answers the same and does nothing.',
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

defineMutation('updateMember', {
  description:
    'Changes what is known of a member and what they may do; what is left out stays. It says what is to be, so it may be repeated. ' +
    'Customers who wait to come to a member are checked again when they are due. Needs CONFIGURE over where they work, and where they shall. Refuses NOT_FOUND, OUT_OF_SCOPE, ' +
    'INVALID_INPUT, and for isDisabled ALREADY_RESIGNED and LAST_ADMINISTRATOR.',
  who: 'configurer',
  input: (t) => ({
    memberId: t.id({ required: true, description: 'Whom to change.' }),
    name: t.string({ description: `The name that customers and colleagues read, 1 to ${longest.name} characters.` }),
    position: t.string({
      description: `What the member does, at most ${longest.position} characters; null empties it.`,
    }),
    email: t.string({ description: `Mail address at work, at most ${longest.email} characters; null empties it.` }),
    mobile: t.string({ description: `Mobile number at work, at most ${longest.mobile} characters; null empties it.` }),
    departmentId: t.id({ description: 'Where the member works; null for not known.' }),
    isVerified: t.boolean({
      description: 'Whether the real name has been verified; without it they can take nobody over.',
    }),
    isCustomerContactOn: t.boolean({
      description: 'Whether the member may serve customers; without it they can take nobody over.',
    }),
    acceptsAssignments: t.boolean({
      description: 'False while the member is away and wants no new customers.',
    }),
    customerLimit: t.int({
      description: `How many customers the member may serve, ${customerLimits[0]} to ${customerLimits[1]}; null for the company's customerLimit.`,
    }),
    isDisabled: t.boolean({
      description:
        'True: an ACTIVE member becomes DISABLED, may not sign in, and their connections end within 5 seconds. False: a DISABLED one is ' +
        'ACTIVE again. They hold on to their customers all the while.',
    }),
    lastLoginAt: t.field({
      type: 'DateTime',
      description:
        'When the member last signed in where they work with customers, as your directory knows it; not in the future. Who has not ' +
        "for the company's successorInactiveDays can take nobody over.",
    }),
  }),
  resolve: (input, caller, { app }) =>
    updateMember(app, caller, {
      ...input,
      memberId: uuidOf('Member', input.memberId),
      departmentId: input.departmentId == null ? input.departmentId : uuidOf('Department', input.departmentId),
    }),
  payload: (t) => ({
    member: t.field({
      type: MemberNode,
      nullable: true,
      description: 'The member as they now are; null when refused.',
      resolve: (outcome, _args, context) => findMember(context, outcome.memberId),
    }),
  }),
});

defineMutation('cancelResignation', {
  description:
    'Drops the planned last day of a member, who stays; where none is planned it does nothing, so it may be repeated. Needs ' +
    'ASSIGN over them. Refuses NOT_FOUND, and ALREADY_RESIGNED once the day is over: reinstateMember takes that back.',
  who: 'assigner',
  input: (t) => ({
    memberId: t.id({ required: true, description: 'Who stays.' }),
  }),
  resolve: (input, caller, { app }) => cancelResignation(app, caller, { memberId: uuidOf('Member', input.memberId) }),
  payload: (t) => ({
    member: t.field({
      type: MemberNode,
      nullable: true,
      description: 'The member as they now are; null when refused.',
      resolve: (outcome, _args, context) => findMember(context, outcome.memberId),
    }),
  }),
});

defineMutation('reinstateMember', {
  description:
    'Takes a resignation back: the member is ACTIVE again and holds what has not been handed on; their groups are NORMAL again. Needs ' +
    'ASSIGN over them. Refuses NOT_FOUND, NOT_RESIGNED, and MEMBER_IN_TRANSFER while customers or groups of theirs wait.',
  who: 'assigner',
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
