import { Prisma } from '../../generated/prisma/client.js';
import type { Sight } from './customers.policy.js';

/** The conditions that the member in this column is one whose relations the sight shows; none where it does not look at who serves. */
export function servingWithin(sight: Sight, memberId: Prisma.Sql): Prisma.Sql[] {
  if (sight.kind === 'OF_MEMBER') return [Prisma.sql`${memberId} = ${sight.memberId}::uuid`];
  if (sight.kind !== 'OF_DEPARTMENTS') return [];
  return [
    Prisma.sql`(${memberId} = ${sight.memberId}::uuid OR EXISTS (
      SELECT FROM member s WHERE s.id = ${memberId} AND s.department_id = ANY(${[...sight.departmentIds]}::uuid[])))`,
  ];
}
