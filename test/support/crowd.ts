import { Prisma } from '../../src/generated/prisma/client.js';
import type { App } from '../../src/platform/app.js';

/** A member with many customers, all new: `count` of them, in one statement. Counted in the portfolio, as the product does. */
export async function serveMany(
  app: Pick<App, 'db' | 'clock'>,
  enterpriseId: string,
  memberId: string,
  count: number,
): Promise<void> {
  const { prisma } = app.db;
  const enterprise = Prisma.sql`${enterpriseId}::uuid`;
  await prisma.$executeRaw`
    WITH made AS (
      INSERT INTO customer (id, enterprise_id, external_user_id, name, kind, created_at)
      SELECT gen_random_uuid(), ${enterprise}, ${memberId} || '-' || n, 'Customer ' || n, 'WECHAT', ${app.clock.now()}::timestamptz
      FROM generate_series(1, ${count}::int) n RETURNING id
    )
    INSERT INTO relation (id, enterprise_id, member_id, customer_id, remark, added_at)
    SELECT gen_random_uuid(), ${enterprise}, ${memberId}::uuid, id, 'as it was', ${app.clock.now()}::timestamptz FROM made`;
  await prisma.$executeRaw`
    INSERT INTO portfolio (member_id, enterprise_id, customers) VALUES (${memberId}::uuid, ${enterprise}, ${count})
    ON CONFLICT (member_id) DO UPDATE SET customers = portfolio.customers + ${count}`;
}
