import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { listRulesInForce, type RuleInForce } from '../../../src/features/rules/rules.js';
import {
  filterNeedsCustomer,
  relationFilterSql,
  type RelationFilter,
} from '../../../src/features/customers/customers.js';
import { Prisma } from '../../../src/generated/prisma/client.js';
import { inTransaction } from '../../../src/platform/db/transaction.js';
import { openTestApp } from '../../support/app.js';
import { foundCompany } from '../../support/company.js';
import { customers, filters, holds, now, worldTags, type Seen } from './filter-model.js';
import { ruleOffice } from './rule-office.js';

const baton = await openTestApp();
const { app } = baton;

async function inForce(
  { company }: { company: { id: string } },
  leaver: { id: string },
  departmentId: string | null = null,
): Promise<RuleInForce[]> {
  const found = await inTransaction(app, (tx) =>
    listRulesInForce(tx, { enterpriseId: company.id, leaver: { id: leaver.id, departmentId }, now: baton.clock.now() }),
  );
  return [...found];
}

test('without rules customers stay in the pool: the default is there, of no version, with nobody', async () => {
  const office = await ruleOffice(baton);

  expect(await inForce(office, office.dan)).toEqual([
    {
      id: null,
      version: null,
      name: 'Default assignment',
      isDefault: true,
      strategy: 'EVEN',
      note: null,
      condition: null,
      needsCustomer: false,
      pool: [],
    },
  ]);
});

test('the rules that are on come in order, as they are now, the default last', async () => {
  const office = await ruleOffice(baton);
  const { ana, ben, change, rule } = office;
  await change('setDefaultAssignment', { successors: [{ memberId: ben.globalId }], strategy: 'STICKY', note: 'Rest.' });
  const second = await rule('second', { condition: { customers: { city: { eq: 'Bonn' } } } });
  await rule('off', { enabled: false });
  await rule('first', { position: 0, condition: { customers: { addedAt: { isNull: true } } } });
  await change('updateAssignmentRule', { ruleId: second.id, strategy: 'WEIGHTED', note: 'Look.' });
  await rule('elsewhere', { position: 0 });
  const there = await ruleOffice(baton);
  await there.rule('not ours');

  const rules = await inForce(office, office.dan);

  expect(
    rules.map((each) => [each.name, each.version, each.strategy, each.note, each.isDefault, each.needsCustomer]),
  ).toEqual([
    ['elsewhere', 1, 'EVEN', null, false, false],
    ['first', 1, 'EVEN', null, false, false],
    ['second', 2, 'WEIGHTED', 'Look.', false, true],
    ['Default assignment', 1, 'STICKY', 'Rest.', true, false],
  ]);
  expect(rules.map(({ condition }) => condition === null)).toEqual([true, false, false, true]);
  expect(rules.map(({ pool }) => pool)).toEqual([
    ...[ana, ana, ana, ben].map(({ id }) => [{ memberId: id, weight: 1 }]),
  ]);
});

test('a rule for leavers of a department holds there, and below it where it says so', async () => {
  const office = await ruleOffice(baton);
  const { sales, north, service, rule, department, dan } = office;
  const deep = await department('Deep', north);
  const of = ({ globalId }: { globalId: string }, includeSubDepartments: boolean) => ({
    condition: { leaverDepartmentId: globalId, includeSubDepartments },
  });
  await rule('sales and below', of(sales, true));
  await rule('sales only', of(sales, false));
  await rule('north and below', of(north, true));
  await rule('service', of(service, true));

  const names = async (place: { id: string } | null) =>
    (await inForce(office, dan, place?.id ?? null)).slice(0, -1).map(({ name }) => name);

  expect(await names(sales)).toEqual(['sales and below', 'sales only']);
  expect(await names(north)).toEqual(['sales and below', 'north and below']);
  expect(await names(deep)).toEqual(['sales and below', 'north and below']);
  expect(await names(service)).toEqual(['service']);
  expect(await names(null)).toEqual([]);
  expect((await inForce(office, dan, sales.id)).every(({ condition }) => condition === null)).toBe(true);
});

test('a pool is whom its entries name, each once by the first entry, without leavers, in order', async () => {
  const office = await ruleOffice(baton);
  const { sales, north, south, ana, ben, cem, dan, rule } = office;
  const pool = async (successors: object[]) => {
    const made = await rule(`rule ${successors.length} ${Math.trunc(baton.clock.now().getTime())}`, { successors });
    baton.clock.advance(1);
    const found = (await inForce(office, dan)).find(({ name }) => name === made.name)!;
    const people = { [ana.id]: 'ana', [ben.id]: 'ben', [cem.id]: 'cem', [dan.id]: 'dan' };
    return found.pool.map(({ memberId, weight }) => `${people[memberId]} ${weight}`);
  };
  const subtree = { departmentId: sales.globalId, weight: 2 };

  expect(await pool([subtree])).toEqual(['ana 2', 'ben 2', 'cem 2']);
  expect(await pool([{ ...subtree, includeSubDepartments: false }])).toEqual(['cem 2']);
  expect(await pool([{ departmentId: south.globalId }])).toEqual([]);
  expect(await pool([{ memberId: ben.globalId, weight: 9 }, subtree])).toEqual(['ben 9', 'ana 2', 'cem 2']);
  expect(await pool([{ departmentId: north.globalId, weight: 5 }, subtree, { memberId: ana.globalId }])).toEqual([
    'ana 5',
    'ben 5',
    'cem 2',
  ]);
  // The leaver is never a successor of their own; nor is who has left. Who is disabled or away is for the plan to judge.
  expect(await pool([{ memberId: dan.globalId }, { memberId: cem.globalId }])).toEqual(['cem 1']);
  const { prisma } = app.db;
  await prisma.member.update({ where: { id: ana.id }, data: { status: 'RESIGNED', resignedAt: baton.clock.now() } });
  await prisma.member.update({ where: { id: ben.id }, data: { status: 'DISABLED', acceptsAssignments: false } });
  expect((await inForce(office, dan)).map(({ pool: seats }) => seats.length)).toEqual([2, 1, 0, 2, 2, 1, 0]);
});

test('all of it is one statement, however many rules there are', async () => {
  const office = await ruleOffice(baton);
  const { north, vip, rule } = office;
  for (let n = 0; n < 12; n++) {
    await rule(`rule ${n}`, {
      condition: { customers: { tags: { noneOf: [vip.globalId] } } },
      successors: [{ departmentId: north.globalId }],
    });
  }
  let statements = 0;

  await inTransaction(app, async (tx) => {
    const counting = new Proxy(tx, {
      get(target, key) {
        const member = Reflect.get(target, key, target) as unknown;
        if (key !== '$queryRaw') return typeof member === 'object' ? undefined : member;
        return (sql: Prisma.Sql) => ((statements += 1), tx.$queryRaw(sql));
      },
    });
    const leaver = { id: office.dan.id, departmentId: null };
    await listRulesInForce(counting, { enterpriseId: office.company.id, leaver, now: baton.clock.now() });
  });

  expect(statements).toBe(1);
});

describe('the condition of a rule holds for exactly the customers that the filter describes', () => {
  test('whatever the filter and the customers', async () => {
    const company = await foundCompany(baton);
    const { prisma } = app.db;
    const group = await company.tagGroup('World');
    await prisma.tag.createMany({
      data: worldTags.map((id) => ({
        id,
        enterpriseId: company.id,
        kind: 'CORP' as const,
        name: id,
        groupId: group.id,
      })),
    });
    const member = await company.member('leaver');
    // A tag of the member's own never counts in a rule.
    const personal = await company.tag('mine', { member });
    const crowd = fc.sample(customers, { numRuns: 60, seed: 4 });
    const byRelation = new Map<string, Seen>();
    for (const [index, { name, city, kind, tags, addedAt, lastMessageAt }] of crowd.entries()) {
      const customer = await company.customer(`${name}-${index}`, { kind, ...(city !== null && { city }) });
      await prisma.customer.update({ where: { id: customer.id }, data: { name } });
      const { id } = await company.relation(member, customer, {
        addedAt,
        ...(lastMessageAt && { lastMessageAt }),
        tags: [...tags.map((tag) => ({ id: tag, globalId: '' })), personal],
      });
      byRelation.set(id, crowd[index]!);
    }
    const reader = { enterpriseId: company.id, personalTagsOf: null, now };
    const found = async (filter: RelationFilter) => {
      const rows = await app.db.query<{ id: string }>(Prisma.sql`
        SELECT r.id FROM relation r ${filterNeedsCustomer(filter) ? Prisma.sql`JOIN customer c ON c.id = r.customer_id` : Prisma.empty}
        WHERE r.member_id = ${member.id}::uuid AND ${relationFilterSql(filter, reader, { relation: 'r', customer: 'c' })}
        ORDER BY r.id`);
      return rows.map(({ id }) => id);
    };

    await fc.assert(
      fc.asyncProperty(filters, async (filter) => {
        const expected = [...byRelation].filter(([, seen]) => holds(filter, seen)).map(([id]) => id);
        expect(await found(filter)).toEqual(expected.sort());
      }),
      { numRuns: 150 },
    );
    expect(await found({ tags: { anyOf: [personal.id] } })).toEqual([]);
    expect(await found({ tags: { noneOf: [personal.id] } })).toHaveLength(60);
  });
});
