import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { Prisma } from '../../src/generated/prisma/client.js';
import { applyMigrations } from '../../src/platform/db/migrate.js';
import { proveTenancy } from '../../src/platform/db/prove-tenancy.js';
import { narrowTo } from '../../src/platform/db/narrow-to.js';
import { acrossEnterprises, keepScope, withinEnterprise } from '../../src/platform/db/scope.js';
import { inTransaction } from '../../src/platform/db/transaction.js';
import { StartupError } from '../../src/platform/errors.js';
import { createLocalWakeup } from '../../src/platform/wakeup/local-wakeup.js';
import { openTestDatabase } from '../support/database.js';

const { db, served } = await openTestDatabase();
const app = { db: served, wakeup: createLocalWakeup() };
const a = '01930000-0000-7000-8000-00000000000a';
const b = '01930000-0000-7000-8000-00000000000b';
const customerOf = (enterpriseId: string, name: string) => ({
  ...{ id: enterpriseId.replace(/^0193/, '0194'), enterpriseId, name, externalUserId: name },
  ...{ kind: 'WECHAT' as const, createdAt: new Date(0) },
});

beforeEach(async () => {
  await db.prisma.customer.deleteMany();
  await db.prisma.enterprise.deleteMany();
  for (const [id, key] of [
    [a, 'a'],
    [b, 'b'],
  ] as const) {
    await db.prisma.enterprise.create({ data: { id, key, name: key, createdAt: new Date(0) } });
    await db.prisma.customer.create({ data: customerOf(id, key) });
  }
});

/** Whom a statement without any filter finds. */
const found = async () =>
  (await served.query<{ name: string }>(Prisma.sql`SELECT name FROM customer ORDER BY name`)).map(({ name }) => name);

test('a statement that forgets its filter finds the rows of its scope: one enterprise’s, everyone’s, outside of any nobody’s', async () => {
  expect(await withinEnterprise(a, found)).toEqual(['a']);
  expect(await withinEnterprise(b, found)).toEqual(['b']);
  expect(await acrossEnterprises('a test', found)).toEqual(['a', 'b']);
  expect(await found()).toEqual([]);
  expect(await withinEnterprise(a, () => served.prisma.customer.count())).toBe(1);
  expect(await served.prisma.customer.count()).toBe(0);
});

test('what asks at the same moment for different enterprises finds its own, also one object by its id', async () => {
  const asked = Array.from({ length: 200 }, (_, turn) => (turn % 2 ? a : b));

  const answers = await Promise.all(
    asked.map((enterpriseId) =>
      withinEnterprise(enterpriseId, async () => {
        const { id } = customerOf(enterpriseId, '');
        const foreign = customerOf(enterpriseId === a ? b : a, '').id;
        const own = await served.prisma.customer.findUnique({ where: { id } });
        const others = await served.prisma.customer.findUnique({ where: { id: foreign } });
        const inside = await inTransaction(app, (tx) => tx.customer.findMany());
        return [own?.name, others, ...inside.map(({ name }) => name)];
      }),
    ),
  );

  expect(answers).toEqual(asked.map((id) => (id === a ? ['a', null, 'a'] : ['b', null, 'b'])));
});

test('rows of another enterprise can be neither written, changed nor removed', async () => {
  await withinEnterprise(a, async () => {
    const foreign = { ...customerOf(b, 'forged'), id: '01940000-0000-7000-8000-0000000000ff' };
    await expect(served.prisma.customer.create({ data: foreign })).rejects.toThrow('row-level security');
    const moved = served.prisma.customer.update({ where: { id: customerOf(a, '').id }, data: { enterpriseId: b } });
    await expect(moved).rejects.toThrow('row-level security');
    expect(await served.prisma.customer.updateMany({ data: { name: 'mine' } })).toEqual({ count: 1 });
    expect(await served.prisma.customer.deleteMany({ where: { enterpriseId: b } })).toEqual({ count: 0 });
  });
  const { id } = customerOf(a, '');
  await expect(served.prisma.customer.create({ data: { ...customerOf(a, 'x'), id } })).rejects.toThrow();

  expect(await acrossEnterprises('a test', found)).toEqual(['b', 'mine']);
});

test('a transaction across enterprises that is narrowed sees one from then on, and the next one on the connection all', async () => {
  const names = (customers: { name: string }[]) => customers.map(({ name }) => name).sort();
  for (const _again of [1, 2, 3]) {
    await acrossEnterprises('a test', () =>
      inTransaction(app, async (tx) => {
        expect(names(await tx.customer.findMany())).toEqual(['a', 'b']);
        await narrowTo(tx, b);
        expect(names(await tx.customer.findMany())).toEqual(['b']);
      }),
    );
  }
  expect(await acrossEnterprises('a test', found)).toEqual(['a', 'b']);
});

test('what is kept runs in the scope it was kept in, whoever calls it', async () => {
  const kept = withinEnterprise(a, () => keepScope(found));

  expect(await withinEnterprise(b, kept)).toEqual(['a']);
  expect(await kept()).toEqual(['a']);
});

test('what runs as the owner of the tables asks for the scope by itself', async () => {
  const asOwner = await db.query(Prisma.sql`
    SELECT proname AS name FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace ORDER BY 1`);
  expect(asOwner).toEqual([{ name: 'archive_found' }]);
  onTestFinished(async () => {
    await db.prisma.archivedMessage.deleteMany();
    await db.prisma.conversation.deleteMany();
    await db.prisma.member.deleteMany();
  });
  const ids = { id: customerOf(b, '').id, enterpriseId: b };
  const member = { ...ids, userId: 'ana', name: 'Ana', createdAt: new Date(0) };
  await db.prisma.member.create({ data: member });
  await db.prisma.conversation.create({ data: { ...ids, memberId: ids.id, customerId: ids.id } });
  const said = { sentAt: new Date(0), direction: 'FROM_MEMBER' as const, text: 'the lantern' };
  await db.prisma.archivedMessage.create({ data: { ...ids, conversationId: ids.id, memberId: ids.id, ...said } });
  const search = () =>
    served.query(Prisma.sql`
      SELECT id FROM archive_found(${b}::uuid, ARRAY[${ids.id}::uuid], ARRAY[${ids.id}::uuid], 'lantern')`);

  expect(await withinEnterprise(b, search)).toEqual([{ id: ids.id }]);
  expect(await acrossEnterprises('a test', search)).toEqual([{ id: ids.id }]);
  expect(await withinEnterprise(a, search)).toEqual([]);
  expect(await search()).toEqual([]);
});

test('every table with rows of an enterprise is held by policies, and the others hold none', async () => {
  const tables = await db.query<{ name: string; secured: boolean; policies: number }>(Prisma.sql`
    SELECT c.relname AS name, c.relrowsecurity AS secured, (SELECT count(*)::int FROM pg_policy WHERE polrelid = c.oid) AS policies
    FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' ORDER BY 1`);

  expect(tables.filter(({ secured }) => !secured).map(({ name }) => name)).toEqual([
    '_prisma_migrations',
    'inbox_epoch',
    'inbox_mark',
  ]);
  expect(new Set(tables.filter(({ secured }) => secured).map(({ policies }) => policies))).toEqual(new Set([2]));
});

test('the proof holds, leaves nothing behind, and is tried with rows of many tables', async () => {
  const before = await db.query(Prisma.sql`SELECT count(*) FROM enterprise`);
  await expect(proveTenancy(served)).resolves.toBeUndefined();

  expect(await db.query(Prisma.sql`SELECT count(*) FROM enterprise`)).toEqual(before);
});

test('policies that were dropped, or switched off, are back at the next start', async () => {
  await db.script('DROP POLICY baton_tenant ON customer; ALTER TABLE relation DISABLE ROW LEVEL SECURITY');
  await expect(proveTenancy(served)).rejects.toThrow('the table customer has other policies');

  await applyMigrations(served);
  await expect(proveTenancy(served)).resolves.toBeUndefined();
});

test.each([
  [
    'a policy that shows all to everybody',
    'CREATE POLICY open ON customer USING (true)',
    'DROP POLICY open ON customer',
    'the table customer has other policies than it should: baton_across, baton_tenant, open',
  ],
  [
    'the policy itself shows all',
    'ALTER POLICY baton_tenant ON fact USING (true)',
    'DROP POLICY baton_tenant ON fact',
    'a row of another enterprise can be seen in the table fact',
  ],
  [
    'the policy hides the own rows',
    'ALTER POLICY baton_tenant ON fact USING (false)',
    'DROP POLICY baton_tenant ON fact',
    'a row of the own enterprise cannot be seen in the table fact',
  ],
])('the server refuses to start: %s', async (_why, breaking, repair, reason) => {
  await db.script(breaking);
  onTestFinished(async () => {
    await db.script(repair);
    await applyMigrations(served);
  });
  await applyMigrations(served);

  const error: unknown = await proveTenancy(served).catch((refusal: unknown) => refusal);

  expect(error).toBeInstanceOf(StartupError);
  expect((error as StartupError).message).toContain(reason);
});

test.each([
  ['ALTER ROLE baton_app BYPASSRLS', 'the role baton_app may pass over policies (BYPASSRLS)'],
  ['ALTER ROLE baton_across BYPASSRLS', 'the role baton_across may pass over policies (BYPASSRLS)'],
  ['ALTER ROLE baton_across SUPERUSER', 'the role baton_across is a superuser'],
  ['ALTER TABLE tag OWNER TO baton_app', 'the role baton_app owns the table tag'],
  ['ALTER TABLE relation DISABLE ROW LEVEL SECURITY', 'the table relation has no row-level security'],
  ['DROP POLICY baton_tenant ON customer', 'the table customer has other policies than it should: baton_across'],
  [
    'ALTER POLICY baton_tenant ON relation USING (true) WITH CHECK (true)',
    'the policies of the table relation do not say what they say elsewhere',
  ],
  [
    'ALTER POLICY baton_tenant ON relation WITH CHECK (true)',
    'the policies of the table relation do not say what they say elsewhere',
  ],
  [
    'ALTER POLICY baton_across ON relation TO PUBLIC',
    'the policies of the table relation do not say what they say elsewhere',
  ],
  [
    'ALTER POLICY baton_tenant ON archived_message USING (true)',
    'the policies of the table archived_message do not say what they say elsewhere',
  ],
])('the server refuses to start after %s', async (breaking, reason) => {
  // In the proof's own transaction, which is undone in any case: roles belong to the whole server, which other tests use as well.
  const broken = { ...served, script: (proof: string) => served.script(`${breaking}; ${proof}`) };

  const error: unknown = await proveTenancy(broken).catch((refusal: unknown) => refusal);

  expect(error).toBeInstanceOf(StartupError);
  expect((error as StartupError).message).toContain(`: ${reason}. `);
  await expect(proveTenancy(served)).resolves.toBeUndefined();
});
