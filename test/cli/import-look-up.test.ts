import { afterAll, expect, test } from 'vitest';
import { lookUpIn } from '../../src/cli/import/look-up.js';
import { Prisma } from '../../src/generated/prisma/client.js';
import { appOn, leave } from '../support/leaving.js';
import { openTestDatabase } from '../support/database.js';
import { serveMany } from '../support/crowd.js';
import { rowsRead } from '../support/rows-read.js';

const { db } = await openTestDatabase();
const app = await appOn(db);
afterAll(() => app[Symbol.asyncDispose]());

/** The member with a thousand customers, as an import asks about them. */
async function given(memberId: string, customers: Prisma.Sql): Promise<Prisma.Sql> {
  const rows = await db.query<{ id: string }>(Prisma.sql`SELECT customer_id AS id FROM ${customers} LIMIT 1000`);
  const ids = `{${rows.map(({ id }) => id).join()}}`;
  return Prisma.sql`(SELECT ${memberId}::uuid AS member_id, unnest(${ids}::uuid[]) AS customer_id OFFSET 0)`;
}

const pair = [Prisma.sql`g.member_id`, Prisma.sql`g.customer_id`] as const;

// Nothing has analyzed the tables, as it is while they are filled: the planner takes any key for one that finds a single row.
test('an import looks up 1,000 relations of a member who serves 4,000 customers, and reads none of the others', async () => {
  const { enterpriseId, ben } = await leave(app, 1);
  await serveMany(app, enterpriseId, ben.uuid, 4000);
  const find = lookUpIn(enterpriseId);
  const theirs = Prisma.sql`relation WHERE member_id = ${ben.uuid}::uuid`;
  const found = Prisma.sql`
    SELECT count(${find.relation(...pair)}) AS relations FROM ${await given(ben.uuid, theirs)} g`;

  expect(await db.query(found)).toEqual([{ relations: 1000 }]);
  expect(await rowsRead(db, 'relation', found)).toBe(1000);
});

test('an import asks of 1,000 customers whether the leaver of a transfer of 4,000 handed them on, and reads none of the others', async () => {
  const { enterpriseId, leaver, transferId } = await leave(app, 4000);
  await app.settle();
  const find = lookUpIn(enterpriseId);
  const moved = Prisma.sql`transfer_item WHERE transfer_id = ${transferId}::uuid`;
  const found = Prisma.sql`
    SELECT count(*) AS customers FROM ${await given(leaver.uuid, moved)} g WHERE ${find.wasHandedOn(...pair)}`;

  expect(await db.query(found)).toEqual([{ customers: 1000 }]);
  expect(await rowsRead(db, 'transfer_item', found)).toBe(1000);
});
