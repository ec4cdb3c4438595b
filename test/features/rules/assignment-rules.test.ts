import { allRights } from '../../../src/platform/rights.js';
import { expect, test } from 'vitest';
import { openTestApp } from '../../support/app.js';
import { foundCompany } from '../../support/company.js';
import { countStatements } from '../../support/count-statements.js';
import { everythingOf } from '../../support/full-company.js';
import { brokenInvariants } from '../../support/invariants.js';
import { ruleOffice } from './rule-office.js';

const baton = await openTestApp();
const { app } = baton;

test('a rule reads back as it was written, and what was read can be written back without a new version', async () => {
  const { ana, north, vip, gold, change, rules, versions, company } = await ruleOffice(baton);
  const condition = {
    customers: {
      city: { in: ['Shanghai', 'Suzhou'] },
      kind: 'WECHAT',
      lastMessageAt: { olderThanDays: 30, isNull: false },
      addedAt: { after: '2025-01-01T00:00:00.000Z' },
      or: [{ tags: { anyOf: [vip.globalId, gold.globalId] } }, { not: { tags: { noneOf: [gold.globalId] } } }],
      and: [{ name: { contains: 'Ltd' } }],
    },
    leaverDepartmentId: north.globalId,
    includeSubDepartments: false,
  };

  const { rule, errors } = await change('createAssignmentRule', {
    name: 'Quiet VIPs',
    condition,
    successors: [{ departmentId: north.globalId, weight: 3 }, { memberId: ana.globalId }],
    strategy: 'WEIGHTED',
    note: 'Call them.',
  });
  const [read] = await rules();
  const again = await change('updateAssignmentRule', {
    ruleId: read!.id,
    condition: read!.condition,
    strategy: 'WEIGHTED',
  });

  expect(errors).toEqual([]);
  expect(rule).toEqual({
    id: expect.any(String) as string,
    name: 'Quiet VIPs',
    place: 0,
    enabled: true,
    isDefault: false,
    condition,
    strategy: 'WEIGHTED',
    note: 'Call them.',
    version: 1,
    successors: [
      { member: null, department: { name: 'North' }, includeSubDepartments: true, weight: 3 },
      { member: { name: 'ana' }, department: null, includeSubDepartments: false, weight: 1 },
    ],
  });
  expect(read).toEqual(rule);
  expect(again).toEqual({ rule, errors: [] });
  expect(await versions()).toHaveLength(1);
  expect(await brokenInvariants(app.db, company.id)).toEqual([]);
});

test('every change of what a rule says is a version of its own, and versions outlive the rule', async () => {
  const { ana, ben, vip, rule, change, versions, company } = await ruleOffice(baton);
  const { id } = await rule('First', { condition: { customers: { tags: { anyOf: [vip.globalId] } } } });
  const changes = [
    { name: 'Renamed' },
    { enabled: false },
    { condition: null },
    { successors: [{ memberId: ben.globalId, weight: 2 }] },
    { strategy: 'STICKY' },
    { note: 'Be kind.' },
    { note: null },
  ];

  const seen = [];
  for (const each of changes) {
    baton.clock.advance(1);
    seen.push((await change('updateAssignmentRule', { ruleId: id, ...each })).rule!.version);
    // Said again, it changes nothing.
    seen.push((await change('updateAssignmentRule', { ruleId: id, ...each })).rule!.version);
  }
  await change('deleteAssignmentRule', { ruleId: id });

  expect(seen).toEqual([2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8]);
  const kept = await versions();
  expect(kept.map(({ version, at }) => [version, at.getTime() - kept[0]!.at.getTime()])).toEqual(
    [1, 2, 3, 4, 5, 6, 7, 8].map((version) => [version, (version - 1) * 3600_000]),
  );
  expect(kept[0]!.rule).toEqual({
    name: 'First',
    enabled: true,
    condition: { customers: { tags: { anyOf: [vip.id] } } },
    successors: [{ memberId: ana.id, departmentId: null, includeSubDepartments: false, weight: 1 }],
    strategy: 'EVEN',
    note: null,
  });
  expect(kept[7]!.rule).toEqual({
    name: 'Renamed',
    enabled: false,
    condition: null,
    successors: [{ memberId: ben.id, departmentId: null, includeSubDepartments: false, weight: 2 }],
    strategy: 'STICKY',
    note: null,
  });
  expect(await brokenInvariants(app.db, company.id)).toEqual([]);
});

test('rules keep a gapless order through inserting, deleting and reordering, with the default as the last', async () => {
  const { rule, change, order, rules, company } = await ruleOffice(baton);
  await change('setDefaultAssignment', { successors: [] });
  const b = await rule('b');
  const a = await rule('a', { position: 0 });
  const d = await rule('d');
  const c = await rule('c', { position: 2 });
  expect(await order()).toEqual(['0 a', '1 b', '2 c', '3 d', '4 Default assignment']);

  const reordered = await change('reorderAssignmentRules', { ruleIds: [d, c, b, a].map(({ id }) => id) });
  expect(reordered.assignmentRules).toEqual(await rules());
  expect(await order()).toEqual(['0 d', '1 c', '2 b', '3 a', '4 Default assignment']);

  const left = await change('deleteAssignmentRule', { ruleId: c.id });
  expect(left.assignmentRules).toEqual(await rules());
  await rule('last');
  expect(await order()).toEqual(['0 d', '1 b', '2 a', '3 last', '4 Default assignment']);
  expect((await rules()).map(({ version }) => version)).toEqual([1, 1, 1, 1, 1]);
  expect(await brokenInvariants(app.db, company.id)).toEqual([]);
});

test('the default assignment is set and set again, has versions, and cannot be deleted, changed as a rule or moved', async () => {
  const { ana, service, change, rules, rule, company } = await ruleOffice(baton);
  const none = await rules();
  const first = await change('setDefaultAssignment', { successors: [] });
  const same = await change('setDefaultAssignment', { successors: [] });
  const second = await change('setDefaultAssignment', {
    successors: [{ departmentId: service.globalId, includeSubDepartments: false }, { memberId: ana.globalId }],
    strategy: 'LEAST_LOADED',
    note: 'The rest.',
  });
  const { id } = second.rule!;
  const other = await rule('other');
  const before = await everythingOf(baton, company.id);

  const refused = [
    await change('deleteAssignmentRule', { ruleId: id }),
    await change('updateAssignmentRule', { ruleId: id, enabled: false }),
    await change('reorderAssignmentRules', { ruleIds: [id, other.id] }),
    await change('createAssignmentRule', { name: 'Default assignment', successors: [{ memberId: ana.globalId }] }),
    await change('updateAssignmentRule', { ruleId: other.id, name: 'Default assignment' }),
  ];

  expect(none).toEqual([]);
  expect(first.rule).toMatchObject({ isDefault: true, version: 1, successors: [], strategy: 'EVEN', condition: null });
  expect(same.rule).toEqual(first.rule);
  expect(second.rule).toMatchObject({
    id: first.rule!.id,
    name: 'Default assignment',
    version: 2,
    strategy: 'LEAST_LOADED',
    note: 'The rest.',
    successors: [{ department: { name: 'Service' }, includeSubDepartments: false }, { member: { name: 'ana' } }],
  });
  expect(refused.map(({ errors }) => [errors[0]!.code, errors[0]!.path.join('.')])).toEqual([
    ['DEFAULT_ASSIGNMENT_KEPT', 'input.ruleId'],
    ['DEFAULT_ASSIGNMENT_KEPT', 'input.ruleId'],
    ['INVALID_INPUT', 'input.ruleIds.0'],
    ['ALREADY_EXISTS', 'input.name'],
    ['ALREADY_EXISTS', 'input.name'],
  ]);
  expect(await everythingOf(baton, company.id)).toEqual(before);
});

test('what is wrong with a rule is refused with the field to blame, and nothing is written', async () => {
  const office = await ruleOffice(baton);
  const { company, ana, ben, dan, north, vip, rule, change } = office;
  const there = await ruleOffice(baton);
  const known = await rule('known');
  const elsewhere = await there.rule('elsewhere');
  await app.db.prisma.member.update({ where: { id: dan.id }, data: { status: 'RESIGNED' } });
  const mine = await company.tag('mine', { member: office.admin });
  const member = { memberId: ana.globalId };
  const create = (more: object) => ['createAssignmentRule', { name: 'new', successors: [member], ...more }] as const;
  const update = (more: object) => ['updateAssignmentRule', { ruleId: known.id, ...more }] as const;
  const tags = (operator: string, ...made: { globalId: string }[]) => ({
    tags: { [operator]: made.map(({ globalId }) => globalId) },
  });
  const before = await everythingOf(baton, company.id);

  const cases: [readonly [string, object], string, string][] = [
    [create({ name: ' ' }), 'INVALID_INPUT', 'name'],
    [create({ name: 'x'.repeat(101) }), 'INVALID_INPUT', 'name'],
    [create({ name: 'known' }), 'ALREADY_EXISTS', 'name'],
    [create({ note: 'x'.repeat(1001) }), 'INVALID_INPUT', 'note'],
    [create({ position: -1 }), 'INVALID_INPUT', 'position'],
    [create({ position: 2 }), 'INVALID_INPUT', 'position'],
    [create({ condition: {} }), 'INVALID_INPUT', 'condition'],
    [create({ condition: { customers: {} } }), 'INVALID_INPUT', 'condition.customers'],
    [create({ condition: { leaverDepartmentId: there.north.globalId } }), 'NOT_FOUND', 'condition.leaverDepartmentId'],
    [create({ condition: { customers: tags('anyOf', there.vip) } }), 'NOT_FOUND', 'condition.customers.tags.anyOf.0'],
    [create({ condition: { customers: tags('allOf', vip, mine) } }), 'NOT_FOUND', 'condition.customers.tags.allOf.1'],
    [
      create({ condition: { customers: { or: [tags('anyOf', vip), { not: tags('noneOf', there.gold) }] } } }),
      'NOT_FOUND',
      'condition.customers.or.1.not.tags.noneOf.0',
    ],
    [create({ successors: [] }), 'INVALID_INPUT', 'successors'],
    [create({ successors: Array.from({ length: 101 }, () => member) }), 'INVALID_INPUT', 'successors'],
    [create({ successors: [member, {}] }), 'INVALID_INPUT', 'successors.1'],
    [create({ successors: [{ ...member, departmentId: north.globalId }] }), 'INVALID_INPUT', 'successors.0'],
    [create({ successors: [{ ...member, weight: 0 }] }), 'INVALID_INPUT', 'successors.0.weight'],
    [create({ successors: [{ ...member, weight: 1001 }] }), 'INVALID_INPUT', 'successors.0.weight'],
    [create({ successors: [member, { memberId: ben.globalId }, member] }), 'INVALID_INPUT', 'successors.2.memberId'],
    [
      create({ successors: [north, north].map(({ globalId }) => ({ departmentId: globalId })) }),
      'INVALID_INPUT',
      'successors.1.departmentId',
    ],
    [create({ successors: [member, { memberId: there.ana.globalId }] }), 'NOT_FOUND', 'successors.1.memberId'],
    [create({ successors: [{ departmentId: there.north.globalId }] }), 'NOT_FOUND', 'successors.0.departmentId'],
    [create({ successors: [{ memberId: dan.globalId }] }), 'MEMBER_NOT_ACTIVE', 'successors.0.memberId'],
    [update({}), 'INVALID_INPUT', ''],
    [update({ ruleId: elsewhere.id, enabled: false }), 'NOT_FOUND', 'ruleId'],
    [update({ successors: [{ memberId: dan.globalId }] }), 'MEMBER_NOT_ACTIVE', 'successors.0.memberId'],
    [update({ condition: { customers: tags('noneOf', there.vip) } }), 'NOT_FOUND', 'condition.customers.tags.noneOf.0'],
    [['deleteAssignmentRule', { ruleId: elsewhere.id }], 'NOT_FOUND', 'ruleId'],
    [['reorderAssignmentRules', { ruleIds: [] }], 'INVALID_INPUT', 'ruleIds'],
    [['reorderAssignmentRules', { ruleIds: [known.id, known.id] }], 'INVALID_INPUT', 'ruleIds.1'],
    [['reorderAssignmentRules', { ruleIds: [known.id, elsewhere.id] }], 'NOT_FOUND', 'ruleIds.1'],
    [
      ['setDefaultAssignment', { successors: [{ memberId: dan.globalId }] }],
      'MEMBER_NOT_ACTIVE',
      'successors.0.memberId',
    ],
    [['setDefaultAssignment', { successors: [{ ...member, weight: 0 }] }], 'INVALID_INPUT', 'successors.0.weight'],
  ];
  for (const [[mutation, input], code, path] of cases) {
    const { errors, rule: made } = await change(mutation, input);

    expect([errors.map((error) => [error.code, error.path.join('.')]), made ?? null]).toEqual([
      [[code, path === '' ? 'input' : `input.${path}`]],
      null,
    ]);
  }

  expect(await everythingOf(baton, company.id)).toEqual(before);
});

test('reordering names the rules that are missing', async () => {
  const { rule, change } = await ruleOffice(baton);
  const one = await rule('one');
  await rule('two');
  await rule('three');

  const { errors } = await change('reorderAssignmentRules', { ruleIds: [one.id] });

  expect(errors).toEqual([
    {
      code: 'INVALID_INPUT',
      path: ['input', 'ruleIds'],
      message: 'Name every rule but the default assignment. Missing: "two", "three".',
    },
  ]);
});

test('there are at most 100 rules, and the default beside them', async () => {
  const { company, ana, change } = await ruleOffice(baton);
  const { prisma } = app.db;
  await prisma.assignmentRule.createMany({
    data: Array.from({ length: 99 }, (_, priority) => ({
      ...{
        id: app.ids.next(),
        enterpriseId: company.id,
        name: `rule ${priority}`,
        priority,
        strategy: 'EVEN' as const,
      },
      ...{ createdAt: baton.clock.now(), updatedAt: baton.clock.now() },
    })),
  });
  const successors = [{ memberId: ana.globalId }];

  const last = await change('createAssignmentRule', { name: 'the last', successors });
  const tooMany = await change('createAssignmentRule', { name: 'too many', successors });
  const byDefault = await change('setDefaultAssignment', { successors });

  expect([last.errors, byDefault.errors]).toEqual([[], []]);
  expect(tooMany.errors).toMatchObject([{ code: 'RULE_LIMIT', path: [] }]);
  expect(await prisma.assignmentRule.count({ where: { enterpriseId: company.id } })).toBe(101);
});

test('administrators who write at once come one after the other, and a repeated key makes one rule', async () => {
  const { company, ana, change, order } = await ruleOffice(baton);
  const input = (name: string) => ({ name, position: 0, successors: [{ memberId: ana.globalId }] });

  const twins = await Promise.all([1, 2].map(() => change('createAssignmentRule', input('twin'))));
  const others = await Promise.all([1, 2, 3, 4].map((n) => change('createAssignmentRule', input(`rule ${n}`))));
  const keyed = await Promise.all(
    [1, 2, 3].map(() => change('createAssignmentRule', { ...input('keyed'), idempotencyKey: 'once' })),
  );
  const defaults = await Promise.all([1, 2].map(() => change('setDefaultAssignment', { successors: [] })));

  expect(twins.map(({ errors }) => errors.map(({ code }) => code)).sort()).toEqual([[], ['ALREADY_EXISTS']]);
  expect(others.flatMap(({ errors }) => errors)).toEqual([]);
  expect(new Set(keyed.map(({ rule }) => rule?.id)).size).toBe(1);
  expect(defaults.map(({ rule }) => rule!.version)).toEqual([1, 1]);
  const places = (await order()).map((line) => line.split(' ')[0]);
  expect(places).toEqual(['0', '1', '2', '3', '4', '5', '6']);
  expect(await brokenInvariants(app.db, company.id)).toEqual([]);
});

test('nobody but administrators sees rules or learns of them', async () => {
  const { company, ana, rule } = await ruleOffice(baton);
  const { id } = await rule('secret');
  const customer = await company.customer('Ada');
  const stranger = await (await foundCompany(baton)).member('stranger', { administrator: true });
  const node = 'query ($id: ID!) { node(id: $id) { ... on AssignmentRule { name } } }';

  const answers = [];
  for (const { token } of [ana, customer, stranger]) {
    const list = await baton.ask(token, '{ assignmentRules { name } }');
    answers.push([
      list.errors?.[0]?.extensions.code ?? list.data['assignmentRules'],
      (await baton.ask(token, node, { id })).data['node'],
    ]);
  }

  expect(answers).toEqual([
    ['FORBIDDEN', null],
    ['FORBIDDEN', null],
    [[], null],
  ]);
});

test('5 and 50 rules cost as many statements, with everything that can be read of them', async () => {
  const { prisma } = app.db;
  const cost = async (count: number) => {
    const { company, admin, ana, north, vip } = await ruleOffice(baton);
    const row = { enterpriseId: company.id, strategy: 'EVEN' as const };
    const at = { createdAt: baton.clock.now(), updatedAt: baton.clock.now() };
    const condition = {
      customers: { tags: { anyOf: [vip.id] } },
      leaverDepartmentId: north.id,
      includeSubDepartments: true,
    };
    const rules = Array.from({ length: count }, (_, priority) => ({
      ...{ ...row, ...at, id: app.ids.next(), name: `rule ${priority}`, priority, condition },
    }));
    await prisma.assignmentRule.createMany({ data: rules });
    const pool = [{ memberId: ana.id }, { departmentId: north.id }];
    await prisma.ruleSuccessor.createMany({
      data: rules.flatMap(({ id: ruleId }) =>
        pool.map((one, position) => ({ id: app.ids.next(), enterpriseId: company.id, ruleId, position, ...one })),
      ),
    });
    await prisma.member.update({ where: { id: ana.id }, data: { acceptsAssignments: false } });
    const actor = { kind: 'member', id: admin.id, enterpriseId: company.id, name: 'admin' } as const;
    const { statements, result } = await countStatements(app, { ...actor, rights: allRights }, document);
    expect(result.errors).toBeUndefined();
    const read = result.data!['assignmentRules'] as { warnings: unknown[] }[];
    // Each has a successor who is away, and all but the first one are shadowed.
    expect(read.flatMap(({ warnings }) => warnings)).toHaveLength(2 * count - 1);
    return statements;
  };
  const document = `{ assignmentRules { id name place enabled isDefault condition conditionText strategy note version createdAt updatedAt
    successors { member { name } department { name } includeSubDepartments weight }
    warnings { code message successor { member { name } department { name } } } } }`;

  expect(await cost(50)).toBe(await cost(5));
});
