import { expect, test } from 'vitest';
import { encodeId } from '../../src/graphql/ids.js';
import { openTestApp } from '../support/app.js';
import { everyRow, folderOf, importFolder, portfolios } from '../support/import.js';

const { app, ask, tokenOf } = await openTestApp();

// c3 is served by both: when ana's customers go to ben, that relation merges into his.
const folder = {
  'members.csv': 'user_id,name,status\nroot,Root,\nana,Ana,ACTIVE\nben,Ben,ACTIVE\n',
  'customers.csv': 'external_user_id,name,kind\nc1,One,WECHAT\nc2,Two,WECHAT\nc3,Three,WECHAT\n',
  'relations.csv': 'user_id,external_user_id,remark,tags\nana,c1,Old,Level/A\nana,c2,,\nana,c3,,\nben,c3,,\n',
  'messages.csv': 'user_id,external_user_id,sent_at,direction,text\nana,c1,2026-01-01T00:00:00Z,FROM_MEMBER,Hi\n',
};

async function activeRelations() {
  const relations = await app.db.prisma.relation.findMany({
    where: { status: 'ACTIVE' },
    select: { remark: true, member: { select: { userId: true } }, customer: { select: { externalUserId: true } } },
  });
  return relations.map(({ member, customer }) => `${member.userId} ${customer.externalUserId}`).sort();
}

test('what a transfer handed on is left out and reported: the leaver does not get the customers back', async () => {
  await importFolder(app, folderOf(folder), { administrators: ['root'] });
  const members = await app.db.prisma.member.findMany({ orderBy: { userId: 'asc' } });
  const [ana, ben] = members.map(({ id }) => encodeId('Member', id));
  const administrator = members.find(({ userId }) => userId === 'root');
  const token = await tokenOf({ kind: 'member', id: administrator!.id, enterpriseId: administrator!.enterpriseId });
  const { errors } = await ask(
    token,
    `mutation ($ana: ID!, $ben: ID!) {
      updateSettings(input: { waitHours: 0 }) { userErrors { message } }
      resignMember(input: { memberId: $ana }) { userErrors { message } }
      transferCustomers(input: { leaverId: $ana, selection: { all: true }, successorIds: [$ben] }) { userErrors { message } }
    }`,
    { ana, ben },
  );
  expect(errors).toBeUndefined();
  await app.settle();
  expect(await activeRelations()).toEqual(['ben c1', 'ben c2', 'ben c3']);
  const before = await everyRow(app.db);

  const again = await importFolder(app, folderOf(folder));

  expect(again.reported).toEqual(
    [2, 3, 4].map(
      (line) => `relations.csv:${line}: user_id: the customer was handed over to "ben" by a transfer, and stays there`,
    ),
  );
  expect(again.leftOut).toBe(3);
  expect(again.files[0]).toMatchObject({ file: 'members.csv', stayedResigned: 1 });
  expect(await everyRow(app.db)).toEqual(before);
  expect((await portfolios(app.db)).map(({ user_id, told, counted }) => [user_id, told, counted])).toEqual([
    ['ana', [0, 0], [0, 0]],
    ['ben', [3, 0], [3, 0]],
    ['root', [0, 0], [0, 0]],
  ]);

  const later = { ...folder, 'relations.csv': 'user_id,external_user_id,remark\nben,c1,New\n' };
  expect((await importFolder(app, folderOf(later))).reported).toEqual([]);
  const moved = await app.db.prisma.relation.findFirst({ where: { customer: { externalUserId: 'c1' } } });
  expect(moved).toMatchObject({ remark: 'New', status: 'ACTIVE' });
});
