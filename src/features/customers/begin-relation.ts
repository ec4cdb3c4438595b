import type { AddWay } from '../../generated/prisma/enums.js';
import type { Actor } from '../../platform/actor.js';
import type { App } from '../../platform/app.js';
import type { Tx } from '../../platform/db/transaction.js';
import { Refusal } from '../../platform/errors.js';
import { lockPortfolios } from '../members/members.js';
import { alreadyServed, noSuch } from './customers.errors.js';
import { mayEditRelation, type Serving } from './customers.policy.js';

/**
 * Checks that the member may be given customers, and holds their row so that nobody resigns them meanwhile.
 *
 * Answers where they work. Refuses NOT_FOUND, also where the actor's ASSIGN does not reach them, and MEMBER_NOT_ACTIVE.
 */
export async function requireServingMember(tx: Tx, actor: Actor, memberId: string, field: string): Promise<Serving> {
  const [member] = await tx.$queryRaw<{ status: string; name: string; departmentId: string | null }[]>`
    SELECT status::text, name, department_id AS "departmentId" FROM member
    WHERE enterprise_id = ${actor.enterpriseId}::uuid AND id = ${memberId}::uuid FOR SHARE`;
  const serving = member && { memberId, departmentId: member.departmentId };
  if (!serving || !mayEditRelation(actor, serving)) throw noSuch('member', field);
  if (member.status !== 'ACTIVE') {
    throw new Refusal('MEMBER_NOT_ACTIVE', `${member.name} is not active. Name somebody who is.`, {
      path: ['input', field],
    });
  }
  return serving;
}

/**
 * Writes that a member serves a customer from now on, and counts it. Both must be of the enterprise: the caller has
 * checked. Refuses ALREADY_SERVED, with the relation that there is. Returns the id of the relation.
 */
export async function beginRelation(
  app: Pick<App, 'ids'>,
  tx: Tx,
  relation: {
    readonly enterpriseId: string;
    readonly memberId: string;
    readonly customerId: string;
    readonly remark?: string;
    readonly description?: string;
    readonly addedAt: Date | null;
    readonly addWay?: AddWay;
  },
): Promise<string> {
  const { enterpriseId, memberId, customerId } = relation;
  // Before the relation, as a takeover does: the other way round the two could wait for each other.
  await lockPortfolios(tx, enterpriseId, [memberId]);
  const id = app.ids.next();
  const created = await tx.$executeRaw`
    INSERT INTO relation (id, enterprise_id, member_id, customer_id, remark, description, added_at, add_way)
    VALUES (${id}::uuid, ${enterpriseId}::uuid, ${memberId}::uuid, ${customerId}::uuid, ${relation.remark ?? ''},
            ${relation.description ?? ''}, ${relation.addedAt}::timestamptz, ${relation.addWay ?? 'UNKNOWN'}::"AddWay")
    ON CONFLICT (enterprise_id, customer_id, member_id) WHERE status = 'ACTIVE' DO NOTHING`;
  if (created === 0) {
    const known = await tx.relation.findFirst({ where: { enterpriseId, customerId, memberId, status: 'ACTIVE' } });
    if (!known) throw new Refusal('CONFLICT', 'This relation is just being changed. Try again.', { path: ['input'] });
    throw alreadyServed(known.id);
  }
  await tx.$executeRaw`UPDATE portfolio SET customers = customers + 1 WHERE member_id = ${memberId}::uuid`;
  return id;
}
