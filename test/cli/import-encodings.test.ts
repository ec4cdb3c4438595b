import iconv from 'iconv-lite';
import { expect, test } from 'vitest';
import { openTestApp } from '../support/app.js';
import { folderOf, importFolder, smallCompany } from '../support/import.js';

const { app } = await openTestApp();

const customers = 'external_user_id,name,kind,corp_name\nc1,王小明,WECHAT,\nc2,"张 ""三"", 𠮷",WECOM,"示例\n公司"\n';

function rowsOf(enterprise: string) {
  return app.db.prisma.customer.findMany({
    where: { enterprise: { name: enterprise } },
    select: { externalUserId: true, name: true, corpName: true },
    orderBy: { externalUserId: 'asc' },
  });
}

test.each([
  ['UTF-8', Buffer.from(customers)],
  ['UTF-8 with a mark', Buffer.from(`\uFEFF${customers}`)],
  ['UTF-8 without the last line break', Buffer.from(customers.trimEnd())],
  ['GB18030', iconv.encode(customers, 'gb18030')],
])('%s is read as what it is', async (name, bytes) => {
  const { reported } = await importFolder(app, folderOf({ ...smallCompany, 'customers.csv': bytes }), {
    enterprise: name,
  });

  expect(reported).toEqual([]);
  expect(await rowsOf(name)).toEqual([
    { externalUserId: 'c1', name: '王小明', corpName: null },
    { externalUserId: 'c2', name: '张 "三", 𠮷', corpName: '示例\n公司' },
  ]);
});

test('CRLF and LF may be mixed, and line numbers stay right', async () => {
  const text = 'external_user_id,name,kind,corp_name\r\nc1,One,WECHAT,"a\r\nb"\nc2,Two,WECHAT,\r\n\r\nc3,Three,NO,\r\n';

  const { reported } = await importFolder(app, folderOf({ ...smallCompany, 'customers.csv': text }), {
    enterprise: 'Mixed',
  });

  expect(reported).toEqual(['customers.csv:6: kind: "NO" is not known; it is one of WECHAT, WECOM']);
  expect((await rowsOf('Mixed')).map(({ corpName }) => corpName)).toEqual(['a\r\nb', null]);
});

test('one broken byte costs its row, and turns no other name into something else', async () => {
  const lines = Array.from({ length: 50 }, (_, number) => `x${number},客户${number},WECHAT\n`).join('');
  const bytes = Buffer.concat([
    Buffer.from(`external_user_id,name,kind\nc1,One,WECHAT\nc2,`),
    Buffer.from([0xe4, 0xb8]),
    Buffer.from(`,WECHAT\n${lines}`),
  ]);

  const { reported, files } = await importFolder(app, folderOf({ ...smallCompany, 'customers.csv': bytes }), {
    enterprise: 'Broken',
  });

  expect(reported).toEqual(['customers.csv:3: name: "\uFFFD" holds bytes that are no UTF-8']);
  expect(files[1]).toMatchObject({ rows: 52, added: 51 });
  expect((await rowsOf('Broken')).at(-1)?.name).toBe('客户9');
});

test('columns may come in any order, and spaces around keys and names do not count', async () => {
  const text = 'kind, name ,external_user_id\nWECHAT, One , c1 \n';

  const { reported } = await importFolder(app, folderOf({ ...smallCompany, 'customers.csv': text }), {
    enterprise: 'Order',
  });

  expect(reported).toEqual([]);
  expect(await rowsOf('Order')).toEqual([{ externalUserId: 'c1', name: 'One', corpName: null }]);
});
