import { Prisma } from '../../generated/prisma/client.js';

/**
 * SQL that finds a row's id by the company's own key, null when there is none.
 *
 * As subqueries, not joins: an import fills tables that have no statistics yet. The planner then takes an enterprise for
 * a single row, and multiplied all its members by all its customers before it looked at the keys (50 times slower at
 * ten thousand rows). A subquery is one probe of a unique index for each row, whatever the planner believes.
 */
export interface LookUp {
  department(key: Prisma.Sql): Prisma.Sql;
  member(key: Prisma.Sql): Prisma.Sql;
  customer(key: Prisma.Sql): Prisma.Sql;
  group(key: Prisma.Sql): Prisma.Sql;
  /** The relation in which the member serves the customer now. */
  relation(memberId: Prisma.Sql, customerId: Prisma.Sql): Prisma.Sql;
  conversation(memberId: Prisma.Sql, customerId: Prisma.Sql): Prisma.Sql;
  /** Condition, not an id: a transfer has handed the member's relation to the customer on, and that was not undone. */
  wasHandedOn(memberId: Prisma.Sql, customerId: Prisma.Sql): Prisma.Sql;
}

/** Look-ups in one enterprise. */
export function lookUpIn(enterpriseId: string): LookUp {
  const here = Prisma.sql`x.enterprise_id = ${enterpriseId}::uuid`;
  return {
    department: (key) => Prisma.sql`(SELECT x.id FROM department x WHERE ${here} AND x.key = ${key})`,
    member: (key) => Prisma.sql`(SELECT x.id FROM member x WHERE ${here} AND x.user_id = ${key})`,
    customer: (key) => Prisma.sql`(SELECT x.id FROM customer x WHERE ${here} AND x.external_user_id = ${key})`,
    group: (key) => Prisma.sql`(SELECT x.id FROM customer_group x WHERE ${here} AND x.chat_id = ${key})`,
    // Those of the customer first, who is served by a few: asked for both at once, the planner may read all that the member serves.
    relation: (memberId, customerId) => Prisma.sql`(
      SELECT r.id FROM (
        SELECT x.id, x.member_id FROM relation x WHERE ${here} AND x.customer_id = ${customerId} AND x.status = 'ACTIVE' OFFSET 0
      ) r WHERE r.member_id = ${memberId})`,
    conversation: (memberId, customerId) => Prisma.sql`(
      SELECT x.id FROM conversation x WHERE ${here} AND x.member_id = ${memberId} AND x.customer_id = ${customerId})`,
    wasHandedOn: (memberId, customerId) => Prisma.sql`EXISTS (
      SELECT FROM (
        SELECT x.transfer_id FROM transfer_item x
        WHERE ${here} AND x.customer_id = ${customerId} AND x.status = 'COMPLETED' OFFSET 0
      ) i JOIN transfer t ON t.id = i.transfer_id WHERE t.leaver_id = ${memberId})`,
  };
}
