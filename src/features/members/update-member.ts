import type { Member, Prisma } from '../../generated/prisma/client.js';
import type { Actor, Caller } from '../../platform/actor.js';
import type { App } from '../../platform/app.js';
import { inTransaction, type Tx } from '../../platform/db/transaction.js';
import { Refusal } from '../../platform/errors.js';
import { recordAudit } from '../../platform/events/audit.js';
import { optionalText, requireName } from '../../platform/text.js';
import { longest, requireDepartment } from './create-member.js';
import { lockMember, requireAnotherAdministrator, requireMayShutOut } from './lock-member.js';

/** What to change of a member; what is left out stays. Null empties what may be empty, and else counts as left out. */
export interface MemberChange {
  readonly memberId: string;
  readonly name?: string | null;
  readonly position?: string | null;
  readonly email?: string | null;
  readonly mobile?: string | null;
  readonly departmentId?: string | null;
  readonly isVerified?: boolean | null;
  readonly isCustomerContactOn?: boolean | null;
  readonly acceptsAssignments?: boolean | null;
  readonly isDisabled?: boolean | null;
  /** Null: the enterprise's. */
  readonly customerLimit?: number | null;
  readonly lastLoginAt?: Date | null;
}

export const customerLimits = [0, 10_000_000] as const;

/**
 * Changes what is known of a member and what they may do. It says what is to be, so it may be repeated.
 *
 * What waits to come to them is checked again at the takeover. One who is disabled holds on to what they hold, and may not
 * sign in. Refuses NOT_FOUND, OUT_OF_SCOPE for no department to who has not CONFIGURE over all, INVALID_INPUT, and for isDisabled
 * ALREADY_RESIGNED, LAST_ADMINISTRATOR and FORBIDDEN.
 */
export async function updateMember(
  app: Pick<App, 'db' | 'wakeup' | 'clock' | 'ids'>,
  caller: Caller,
  input: MemberChange,
): Promise<{ memberId: string }> {
  const { memberId, isDisabled } = input;
  const given = readChange(input, app.clock.now());
  if (Object.keys(given).length === 0 && isDisabled == null) {
    throw new Refusal('INVALID_INPUT', 'Name at least one thing to change.', { path: ['input'] });
  }
  return inTransaction(app, async (tx) => {
    const member = await lockMember(tx, caller.actor, 'CONFIGURE', memberId);
    if (given.departmentId !== undefined) await requireDepartment(tx, caller.actor, given.departmentId);
    const after = {
      ...given,
      ...(isDisabled != null && { status: await statusFor(tx, caller.actor, member, isDisabled) }),
    };
    await tx.member.update({ where: { id: memberId }, data: after });
    await recordAudit(app, tx, caller, {
      action: 'updateMember',
      subject: { type: 'Member', id: memberId },
      detail: { before: picked(member, after), after: picked(after, after) },
    });
    // Where they are connected, they hear of it now rather than at the next delivery; who is queued may have found room.
    const isTold = after.status !== undefined && after.status !== member.status;
    if (isTold || makingRoom.some((name) => after[name] !== undefined)) tx.wakeAfterCommit();
    return { memberId };
  });
}

/** What decides whether somebody takes new customers, and how many. */
const makingRoom = ['verified', 'customerContact', 'acceptsAssignments', 'customerLimit', 'lastLoginAt'] as const;

type Columns = Omit<Partial<Member>, 'id' | 'enterpriseId' | 'status'>;

/** The columns that the caller named, checked. */
function readChange(input: MemberChange, now: Date): Columns {
  const { customerLimit, lastLoginAt } = input;
  if (customerLimit != null && (customerLimit < customerLimits[0] || customerLimit > customerLimits[1])) {
    throw new Refusal(
      'INVALID_INPUT',
      `customerLimit must be from ${customerLimits[0]} to ${customerLimits[1]}, or null for the company's.`,
      { path: ['input', 'customerLimit'] },
    );
  }
  if (lastLoginAt && lastLoginAt > now) {
    throw new Refusal('INVALID_INPUT', 'lastLoginAt must not be in the future.', { path: ['input', 'lastLoginAt'] });
  }
  const text = (name: 'position' | 'email' | 'mobile') =>
    input[name] === undefined ? {} : { [name]: optionalText(input[name], name, longest[name]) };
  return {
    ...(input.name != null && { name: requireName(input.name, 'name', longest.name) }),
    ...text('position'),
    ...text('email'),
    ...text('mobile'),
    ...(input.departmentId !== undefined && { departmentId: input.departmentId }),
    ...(input.isVerified != null && { verified: input.isVerified }),
    ...(input.isCustomerContactOn != null && { customerContact: input.isCustomerContactOn }),
    ...(input.acceptsAssignments != null && { acceptsAssignments: input.acceptsAssignments }),
    ...(customerLimit !== undefined && { customerLimit }),
    ...(lastLoginAt != null && { lastLoginAt }),
  };
}

/** The status that the caller asks for. One who was invited and has not come yet cannot be disabled, and is not enabled by this. */
async function statusFor(tx: Tx, actor: Actor, member: Member, isDisabled: boolean): Promise<Member['status']> {
  if (member.status === 'RESIGNED') {
    throw new Refusal('ALREADY_RESIGNED', `${member.name} has resigned, and can be neither enabled nor disabled.`, {
      path: ['input', 'isDisabled'],
    });
  }
  if (!isDisabled) return member.status === 'DISABLED' ? 'ACTIVE' : member.status;
  if (member.status === 'NOT_ACTIVATED') {
    throw new Refusal('INVALID_INPUT', `${member.name} has not signed in yet: there is nothing to disable.`, {
      path: ['input', 'isDisabled'],
    });
  }
  await requireMayShutOut(tx, actor, member.id);
  await requireAnotherAdministrator(tx, member.enterpriseId, member.id);
  return 'DISABLED';
}

/** Those of the columns that the change names, as JSON. */
function picked(of: Partial<Member>, change: Partial<Member>): Prisma.InputJsonObject {
  const names = Object.keys(change) as (keyof Member)[];
  return JSON.parse(
    JSON.stringify(Object.fromEntries(names.map((name) => [name, of[name]]))),
  ) as Prisma.InputJsonObject;
}
