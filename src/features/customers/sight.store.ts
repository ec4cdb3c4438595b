import { Prisma } from '../../generated/prisma/client.js';
import type { Actor } from '../../platform/actor.js';
import { allOf } from '../../platform/db/conditions.js';
import type { Tx } from '../../platform/db/transaction.js';
import { reachOf } from '../../platform/rights.js';
import { sightOf, type Sight } from './customers.policy.js';

/** The conditions that the member in this column is one whose relations the sight shows; none where it does not look at who serves. */
export function servingWithin(sight: Sight, memberId: Prisma.Sql): Prisma.Sql[] {
  if (sight.kind === 'OF_MEMBER') return [Prisma.sql`${memberId} = ${sight.memberId}::uuid`];
  if (sight.kind !== 'OF_DEPARTMENTS') return [];
  return [
    Prisma.sql`(${memberId} = ${sight.memberId}::uuid OR EXISTS (
      SELECT FROM member s WHERE s.id = ${memberId} AND s.department_id = ANY(${[...sight.departmentIds]}::uuid[])))`,
  ];
}

/**
 * Whether there is such a customer for the actor to let somebody serve: one whom they, or somebody within reach of their ASSIGN,
 * serve or served, or whom nobody serves. Who knows the id of a colleague's customer does not come to see them by it.
 */
export async function isToBeServed(
  tx: Tx,
  actor: Extract<Actor, { kind: 'member' }>,
  customerId: string,
): Promise<boolean> {
  const within = servingWithin(sightOf(actor.id, reachOf(actor, 'ASSIGN')), Prisma.sql`r.member_id`);
  const ofCustomer = Prisma.sql`SELECT FROM relation r WHERE r.enterprise_id = c.enterprise_id AND r.customer_id = c.id`;
  const found = await tx.$queryRaw<object[]>`
    SELECT c.id FROM customer c WHERE c.enterprise_id = ${actor.enterpriseId}::uuid AND c.id = ${customerId}::uuid
      AND ${
        within.length === 0
          ? Prisma.sql`TRUE`
          : Prisma.sql`(EXISTS (${ofCustomer} AND ${allOf(within)})
        OR NOT EXISTS (${ofCustomer} AND r.status = 'ACTIVE'))`
      }`;
  return found.length > 0;
}
