import { afterAll, expect, test } from 'vitest';
import { listToldItems } from '../../../src/features/transfers/transfers.js';
import type { Prisma } from '../../../src/generated/prisma/client.js';
import { openTestDatabase } from '../../support/database.js';
import { appOn, leave } from '../../support/leaving.js';
import { rowsRead } from '../../support/rows-read.js';

const { db } = await openTestDatabase();
const app = await appOn(db);
afterAll(() => app[Symbol.asyncDispose]());

// Nothing has analyzed the tables, as it is when a company is young, and always embedded.
test('what a notification tells of is looked up one by one, and not among all that its reader serves', async () => {
  const { enterpriseId, ana } = await leave(app, 4000);
  await app.settle();
  const facts = await db.prisma.fact.findMany({ where: { enterpriseId, successorId: ana.uuid, itemCount: { gt: 0 } } });
  const asked: Prisma.Sql[] = [];
  const query = (sql: Prisma.Sql) => {
    asked.push(sql);
    return db.query<never>(sql);
  };

  const told = await listToldItems(
    { db: { ...db, query } },
    { enterpriseId, holderId: ana.uuid, what: 'customers', how: 'taken over', after: -1, limit: 21 },
    facts.map(({ id }) => id),
  );

  expect(told.map((list) => list.length)).toEqual(facts.map(() => 21));
  expect(asked).toHaveLength(1);
  expect(await rowsRead(db, 'relation', asked[0]!)).toBe(21 * facts.length);
});
