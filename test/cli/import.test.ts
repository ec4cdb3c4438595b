import { expect, test } from 'vitest';
import { Prisma } from '../../src/generated/prisma/client.js';
import { openTestApp } from '../support/app.js';
import { countRows, crmFolder, everyRow, folderOf, importFolder, portfolios, smallCompany } from '../support/import.js';

const { app } = await openTestApp();
const { db } = app;

test('a folder goes in whole, with its tree, tags, groups, messages and counters', async () => {
  const outcome = await importFolder(app, crmFolder, { enterprise: 'Whole', administrators: ['melvin-marxen'] });

  expect(outcome.reported).toEqual([]);
  expect(outcome.files.map(({ file, rows, added, changed, leftOut }) => [file, rows, added, changed, leftOut])).toEqual(
    [
      ['departments.csv', 6, 6, 0, 0],
      ['members.csv', 6, 6, 0, 0],
      ['customers.csv', 25, 25, 0, 0],
      ['relations.csv', 55, 55, 0, 0],
      ['groups.csv', 3, 3, 0, 0],
      ['group_members.csv', 12, 12, 0, 0],
      ['messages.csv', 220, 220, 0, 0],
    ],
  );
  expect(outcome).toMatchObject({ leftOut: 0, newAdministrators: 1, hasAdministrator: true });

  const enterprise = await db.prisma.enterprise.findUniqueOrThrow({ where: { key: 'whole' } });
  expect(enterprise.name).toBe('Whole');
  const darcel = await db.prisma.member.findFirstOrThrow({
    where: { enterpriseId: enterprise.id, userId: 'darcel-schlecht' },
    include: { portfolio: true, department: { include: { parent: { include: { parent: true } } } } },
  });
  expect(darcel).toMatchObject({
    name: 'Darcel Schlecht',
    status: 'ACTIVE',
    portfolio: { customers: 25, groups: 1, waiting: 0 },
    department: { key: 'team-melvin-marxen', parent: { key: 'central', parent: { key: 'sales', parentId: null } } },
  });
  expect((await portfolios(db)).filter(({ told, counted }) => String(told) !== String(counted))).toEqual([]);

  const noMessageLater = await db.query<{ off: number }>(Prisma.sql`
    SELECT count(*)::int AS off FROM relation r
    WHERE r.last_message_at IS DISTINCT FROM (
      SELECT max(sent_at) FROM archived_message a JOIN conversation c ON c.id = a.conversation_id
      WHERE c.member_id = r.member_id AND c.customer_id = r.customer_id)`);
  expect(noMessageLater).toEqual([{ off: 0 }]);
});

test('the same folder a second time touches no row, not even by a lock', async () => {
  await importFolder(app, crmFolder, { administrators: ['melvin-marxen'] });
  const before = await everyRow(db);
  expect((await countRows(db)).archived_message).toBe(440);

  const again = await importFolder(app, crmFolder, { administrators: ['melvin-marxen'] });

  expect(again.files.map(({ added, changed }) => added + changed)).toEqual([0, 0, 0, 0, 0, 0, 0]);
  expect(again).toMatchObject({ newAdministrators: 0, leftOut: 0 });
  expect(await everyRow(db)).toEqual(before);
});

test('the planner knows how much came', async () => {
  await importFolder(app, folderOf(smallCompany), { enterprise: 'Counted' });

  const counted = await app.db.query(Prisma.sql`
    SELECT relname AS table, reltuples::int AS rows FROM pg_class WHERE relname IN ('customer', 'member', 'relation') ORDER BY 1`);

  expect(counted).toEqual([
    { table: 'customer', rows: await app.db.prisma.customer.count() },
    { table: 'member', rows: await app.db.prisma.member.count() },
    { table: 'relation', rows: await app.db.prisma.relation.count() },
  ]);
});

test('two equal messages of a file stay two', async () => {
  const messages = 'user_id,external_user_id,sent_at,direction,text\n';
  const line = 'ana,c1,2026-01-01T00:00:00Z,FROM_MEMBER,Hello\n';
  const folder = folderOf({ ...smallCompany, 'messages.csv': messages + line + line });
  const more = folderOf({ ...smallCompany, 'messages.csv': messages + line + line + line });

  const counts = [];
  for (const each of [folder, folder, more, folder]) {
    const { files } = await importFolder(app, each, { enterprise: 'Twice' });
    counts.push(files.find(({ file }) => file === 'messages.csv')?.added);
  }

  expect(counts).toEqual([2, 0, 1, 0]);
});

test('the last message is the latest, in whatever order they come', async () => {
  const head = 'user_id,external_user_id,sent_at,direction,text\n';
  const at = (time: string) => `ana,c1,${time},FROM_CUSTOMER,Hi\n`;
  const newest = folderOf({
    ...smallCompany,
    'messages.csv': head + at('2026-03-01T00:00:00+08:00') + at('2026-01-01T00:00:00Z'),
  });
  const older = folderOf({ ...smallCompany, 'messages.csv': head + at('2025-01-01T00:00:00Z') });

  await importFolder(app, newest, { enterprise: 'Latest' });
  await importFolder(app, older, { enterprise: 'Latest' });

  const relations = await db.prisma.relation.findMany({ where: { enterprise: { key: 'latest' } } });
  expect(relations.map(({ lastMessageAt }) => lastMessageAt?.toISOString())).toEqual(['2026-02-28T16:00:00.000Z']);
});

test('what differs is updated, what the file does not say stays', async () => {
  const enterprise = 'Update';
  const first = {
    ...smallCompany,
    'departments.csv': 'id,name,parent_id\nteam,Team,root\nroot,Root,\n',
    'members.csv': 'user_id,name,department_id,email\nana,Ana,team,ana@example.com\nben,Ben,,\n',
    'relations.csv':
      'user_id,external_user_id,remark,added_at,add_way,tags\nana,c1,Old,2025-05-05,CARD,Level/A;Stage/Won\n',
    'groups.csv': 'chat_id,name,owner_user_id\ng1,Group,ana\n',
  };
  await importFolder(app, folderOf(first), { enterprise });

  const { files } = await importFolder(
    app,
    folderOf({
      ...first,
      'members.csv': 'user_id,name,department_id,email\nana,Ana Maria,,\nben,Ben,,ben@example.com\n',
      'relations.csv': 'user_id,external_user_id,remark,added_at,tags\nana,c1,New,,Level/B\n',
      'groups.csv': 'chat_id,name,owner_user_id\ng1,Group,ben\n',
    }),
    { enterprise },
  );

  expect(files.map(({ file, added, changed }) => [file, added, changed])).toEqual([
    ['departments.csv', 0, 0],
    ['members.csv', 0, 2],
    ['customers.csv', 0, 0],
    ['relations.csv', 0, 1],
    ['groups.csv', 0, 1],
  ]);
  const ana = await db.prisma.member.findFirstOrThrow({
    where: { userId: 'ana', enterprise: { key: 'update' } },
    include: {
      department: true,
      relations: { include: { tags: { include: { tag: { include: { group: true } } } } } },
    },
  });
  expect(ana).toMatchObject({ name: 'Ana Maria', email: 'ana@example.com', department: { key: 'team' } });
  expect(ana.relations).toMatchObject([{ remark: 'New', addWay: 'CARD', addedAt: new Date('2025-05-05T00:00:00Z') }]);
  expect(ana.relations[0]?.tags.map(({ tag }) => `${tag.group?.name}/${tag.name}`).sort()).toEqual([
    'Level/A',
    'Level/B',
    'Stage/Won',
  ]);
  const owners = await db.prisma.portfolio.findMany({
    where: { member: { enterprise: { key: 'update' } } },
    orderBy: { member: { userId: 'asc' } },
  });
  expect(owners.map(({ customers, groups }) => [customers, groups])).toEqual([
    [1, 0],
    [0, 1],
  ]);
});

test('a dry run reports the same and writes nothing, also for an enterprise that is not there', async () => {
  const files = { ...smallCompany, 'relations.csv': 'user_id,external_user_id\nana,c1\nana,c1\nnobody,c2\nben,c2\n' };
  const before = await everyRow(db);

  const dry = await importFolder(app, folderOf(files), { enterprise: 'Dry', dryRun: true });

  expect(dry).toMatchObject({ enterpriseId: null, leftOut: 2, hasAdministrator: false });
  expect(await everyRow(db)).toEqual(before);
  expect((await importFolder(app, folderOf(files), { enterprise: 'Dry' })).reported).toEqual(dry.reported);
  const written = await everyRow(db);
  await importFolder(app, folderOf(files), { enterprise: 'Dry', dryRun: true, administrators: ['ana'] });
  expect(await everyRow(db)).toEqual(written);
});

test('a file may refer to rows that only the enterprise has', async () => {
  await importFolder(app, folderOf(smallCompany), { enterprise: 'Later' });

  const later = await importFolder(
    app,
    folderOf({
      'members.csv': 'user_id,name\n',
      'customers.csv': 'external_user_id,name,kind\nc3,Three,WECHAT\n',
      'relations.csv': 'user_id,external_user_id\nben,c2\nben,c3\n',
    }),
    { enterprise: 'later' },
  );

  expect(later.reported).toEqual([]);
  expect(later.files.map(({ added }) => added)).toEqual([0, 1, 2]);
});

test('a member who resigned here stays resigned, and says so', async () => {
  await importFolder(app, folderOf(smallCompany), { enterprise: 'Resigned' });
  const where = { userId: 'ana', enterprise: { key: 'resigned' } };
  const resignedAt = new Date('2026-02-02T00:00:00Z');
  await db.prisma.member.updateMany({ where, data: { status: 'RESIGNED', resignedAt } });
  const files = { ...smallCompany, 'members.csv': 'user_id,name,status\nana,Ana M,ACTIVE\nben,Ben,ACTIVE\n' };

  const { files: outcomes } = await importFolder(app, folderOf(files), { enterprise: 'Resigned' });

  expect(outcomes[0]).toMatchObject({ changed: 1, stayedResigned: 1 });
  expect(await db.prisma.member.findFirst({ where })).toMatchObject({ name: 'Ana M', status: 'RESIGNED', resignedAt });
});

test('a planned last day stays planned, until the file says that the member has left', async () => {
  await importFolder(app, folderOf(smallCompany), { enterprise: 'Planning' });
  const where = { userId: 'ana', enterprise: { key: 'planning' } };
  const planned = { leavesAt: new Date('2026-05-01T00:00:00Z'), autoAssignOnLeave: true };
  await db.prisma.member.updateMany({ where, data: planned });
  const ana = async (row: string) => {
    const files = { ...smallCompany, 'members.csv': `user_id,name,status,resigned_at\nana,${row}\nben,Ben,ACTIVE,\n` };
    await importFolder(app, folderOf(files), { enterprise: 'Planning' });
    return db.prisma.member.findFirst({ where });
  };

  expect(await ana('Ana M,ACTIVE,')).toMatchObject({ name: 'Ana M', status: 'ACTIVE', ...planned });
  expect(await ana('Ana M,RESIGNED,2026-02-02')).toMatchObject({
    status: 'RESIGNED',
    leavesAt: null,
    autoAssignOnLeave: null,
  });
});

test('enterprises of the same folder share nothing', async () => {
  await importFolder(app, folderOf(smallCompany), { enterprise: '一号公司' });
  await importFolder(app, folderOf(smallCompany), { enterprise: '二号公司' });

  const customers = await db.prisma.customer.groupBy({
    by: ['enterpriseId'],
    where: { enterprise: { key: { in: ['一号公司', '二号公司'] } } },
    _count: true,
  });
  expect(customers.map(({ _count }) => _count)).toEqual([2, 2]);
  await expect(importFolder(app, folderOf(smallCompany), { enterprise: 'ACME' })).rejects.toThrow(
    'There is no enterprise "ACME", but one whose key would be the same: "acme" (Acme). Give its key, or another name.',
  );
  await expect(
    importFolder(app, folderOf(smallCompany), { enterprise: '一号公司', administrators: ['eve'] }),
  ).rejects.toThrow(
    'Nothing was imported: --administrator names eve, who is no member in members.csv or in the enterprise.',
  );
});

test('groups of who has resigned, now or before, are without an owner; a file may still give them another', async () => {
  const enterprise = 'Leaving';
  const groups = 'chat_id,name,owner_user_id\ng1,One,ana\ng2,Two,ben\n';
  const members = (ana: string) =>
    `user_id,name,status,resigned_at\nana,Ana,${ana}\nben,Ben,RESIGNED,2026-01-01T00:00:00Z\ncem,Cem,,\n`;
  const folder = (files: object) => folderOf({ ...smallCompany, 'groups.csv': groups, ...files });
  const statuses = async () => {
    const found = await db.prisma.customerGroup.findMany({
      where: { enterprise: { name: enterprise } },
      orderBy: { chatId: 'asc' },
      include: { owner: true },
    });
    return found.map(({ chatId, owner, status }) => `${chatId} ${owner.userId} ${status}`);
  };

  await importFolder(app, folder({ 'members.csv': members('ACTIVE,') }), { enterprise });
  expect(await statuses()).toEqual(['g1 ana NORMAL', 'g2 ben OWNER_RESIGNED']);

  const left = { 'members.csv': members('RESIGNED,2026-02-01T00:00:00Z') };
  await importFolder(app, folder(left), { enterprise });
  expect(await statuses()).toEqual(['g1 ana OWNER_RESIGNED', 'g2 ben OWNER_RESIGNED']);
  const before = await everyRow(db);
  await importFolder(app, folder(left), { enterprise });
  expect(await everyRow(db)).toEqual(before);

  await importFolder(app, folder({ ...left, 'groups.csv': groups.replace('ana', 'cem') }), { enterprise });
  expect(await statuses()).toEqual(['g1 cem NORMAL', 'g2 ben OWNER_RESIGNED']);
  const counted = (await portfolios(db)).filter(({ user_id }) => user_id === 'cem');
  expect(counted).toEqual([{ user_id: 'cem', told: [0, 1], counted: [0, 1] }]);
});
