import type { Actor, Caller } from '../../platform/actor.js';
import type { App } from '../../platform/app.js';
import { inTransaction, type Tx } from '../../platform/db/transaction.js';
import { Refusal } from '../../platform/errors.js';
import { recordAudit } from '../../platform/events/audit.js';
import { once } from '../../platform/idempotency.js';
import { hasRight, reaches, reachOf } from '../../platform/rights.js';
import { optionalText, requireName } from '../../platform/text.js';
import { requireCustomerContact } from '../enterprise/enterprise.js';
import { lockPortfolios } from '../members/members.js';

type MemberActor = Extract<Actor, { kind: 'member' }>;

/** A new customer group, as the chat knows it. */
export interface NewCustomerGroup {
  readonly chatId: string;
  readonly name: string;
  readonly notice?: string | null;
  /** Default: the caller. */
  readonly ownerId?: string | null;
  /** Who else is in the group. */
  readonly memberIds?: readonly string[] | null;
  readonly customerIds?: readonly string[] | null;
  readonly idempotencyKey?: string | null;
}

/** Most characters of each text, and people in a group, the owner among them. */
export const groupLimits = { chatId: 64, name: 200, notice: 2000, participants: 500 } as const;

/**
 * Adds a customer group to the caller's enterprise, with its owner and who else is in it, and counts it.
 *
 * Refuses ALREADY_EXISTS for a taken chatId, FORBIDDEN to a member who names another as owner, NOT_FOUND for people who are
 * not there or, to a member, customers they do not serve, MEMBER_NOT_ACTIVE for the owner, INVALID_INPUT,
 * CUSTOMER_CONTACT_DISABLED.
 */
export async function createCustomerGroup(
  app: Pick<App, 'db' | 'wakeup' | 'clock' | 'ids'>,
  caller: Caller<MemberActor>,
  input: NewCustomerGroup,
): Promise<{ groupId: string }> {
  const { actor } = caller;
  const { enterpriseId } = actor;
  const chatId = requireName(input.chatId, 'chatId', groupLimits.chatId);
  const name = requireName(input.name, 'name', groupLimits.name);
  const notice = optionalText(input.notice, 'notice', groupLimits.notice);
  const ownerId = input.ownerId ?? actor.id;
  if (ownerId !== actor.id && !hasRight(actor, 'ASSIGN')) {
    throw new Refusal(
      'FORBIDDEN',
      'Only an administrator with the right ASSIGN makes groups of somebody else. Leave ownerId out.',
      {
        path: ['input', 'ownerId'],
      },
    );
  }
  const memberIds = [...new Set([ownerId, ...(input.memberIds ?? [])])];
  const customerIds = [...new Set(input.customerIds ?? [])];
  if (memberIds.length + customerIds.length > groupLimits.participants) {
    throw new Refusal(
      'INVALID_INPUT',
      `A group has at most ${groupLimits.participants} people, the owner among them.`,
      {
        path: ['input'],
      },
    );
  }
  return inTransaction(app, (tx) =>
    once(
      app,
      tx,
      caller,
      { key: input.idempotencyKey, operation: 'createCustomerGroup', arguments: input },
      async () => {
        await requireCustomerContact(tx, enterpriseId);
        await requireMembers(tx, actor, memberIds, ownerId);
        await requireCustomers(tx, actor, customerIds);
        await lockPortfolios(tx, enterpriseId, [ownerId]);
        const groupId = app.ids.next();
        const now = app.clock.now();
        const created = await tx.$executeRaw`
        INSERT INTO customer_group (id, enterprise_id, chat_id, name, notice, owner_id, created_at)
        VALUES (${groupId}::uuid, ${enterpriseId}::uuid, ${chatId}, ${name}, ${notice}, ${ownerId}::uuid, ${now})
        ON CONFLICT (enterprise_id, chat_id) DO NOTHING`;
        if (created === 0) {
          throw new Refusal('ALREADY_EXISTS', 'There is a group with this chatId already.', {
            path: ['input', 'chatId'],
          });
        }
        const people = [
          ...memberIds.map((memberId) => ({ memberId })),
          ...customerIds.map((customerId) => ({ customerId })),
        ];
        await tx.groupParticipant.createMany({
          data: people.map((who) => ({ id: app.ids.next(), enterpriseId, groupId, joinedAt: now, ...who })),
        });
        await tx.$executeRaw`UPDATE portfolio SET groups = groups + 1 WHERE member_id = ${ownerId}::uuid`;
        await recordAudit(app, tx, caller, {
          action: 'createCustomerGroup',
          subject: { type: 'CustomerGroup', id: groupId },
          detail: { chatId, name, notice, ownerId, members: memberIds.length, customers: customerIds.length },
        });
        return { groupId };
      },
    ),
  );
}

/** Refuses who is not there, an owner out of reach of the actor's ASSIGN, and an owner who is not ACTIVE; holds the rows, so that nobody resigns the owner meanwhile. */
async function requireMembers(tx: Tx, actor: MemberActor, ids: readonly string[], ownerId: string): Promise<void> {
  const members = await tx.$queryRaw<{ id: string; status: string; name: string; departmentId: string | null }[]>`
    SELECT id, status::text, name, department_id AS "departmentId" FROM member
    WHERE enterprise_id = ${actor.enterpriseId}::uuid AND id = ANY(${[...ids]}::uuid[]) ORDER BY id FOR SHARE`;
  const missing = ids.find((id) => !members.some((member) => member.id === id));
  if (missing !== undefined) throw noSuch('member', missing === ownerId ? 'ownerId' : 'memberIds');
  const owner = members.find(({ id }) => id === ownerId);
  if (owner && owner.id !== actor.id && !reaches(actor, 'ASSIGN', owner.departmentId))
    throw noSuch('member', 'ownerId');
  if (owner && owner.status !== 'ACTIVE') {
    throw new Refusal('MEMBER_NOT_ACTIVE', `${owner.name} is not active. Name somebody who is.`, {
      path: ['input', 'ownerId'],
    });
  }
}

/** Refuses a customer who is not there, or whom neither the actor nor a member within reach of their ASSIGN serves. */
async function requireCustomers(tx: Tx, actor: MemberActor, customerIds: readonly string[]): Promise<void> {
  const { id, enterpriseId } = actor;
  const reach = reachOf(actor, 'ASSIGN');
  const by = reach === 'ALL' ? {} : { OR: [{ memberId: id }, { member: { departmentId: { in: [...reach] } } }] };
  const served = reach === 'ALL' ? {} : { relations: { some: { status: 'ACTIVE' as const, ...by } } };
  const where = { enterpriseId, id: { in: [...customerIds] }, ...served };
  if ((await tx.customer.count({ where })) < customerIds.length) throw noSuch('customer', 'customerIds');
}

function noSuch(what: string, field: string): Refusal {
  return new Refusal('NOT_FOUND', `There is no such ${what}, or it is not yours.`, { path: ['input', field] });
}
