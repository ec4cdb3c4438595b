import { expect, test } from 'vitest';
import { openTestApp } from '../../support/app.js';
import { ruleOffice } from './rule-office.js';

const baton = await openTestApp();
const { prisma } = baton.app.db;

interface Warned {
  readonly name: string;
  readonly conditionText: string;
  readonly warnings: readonly {
    readonly code: string;
    readonly message: string;
    readonly successor: {
      readonly member: { name: string } | null;
      readonly department: { name: string } | null;
    } | null;
  }[];
}

const document = `{ assignmentRules { name conditionText
  warnings { code message successor { member { name } department { name } } } } }`;

async function read({ admin }: { admin: { token: string } }): Promise<Warned[]> {
  const { data, errors } = await baton.ask<{ assignmentRules: Warned[] }>(admin.token, document);
  expect(errors).toBeUndefined();
  return data.assignmentRules;
}

const codes = (rules: readonly Warned[]) =>
  Object.fromEntries(
    rules.map(({ name, warnings }) => [
      name,
      warnings.map(({ code, successor }) => [code, successor?.member?.name ?? successor?.department?.name ?? null]),
    ]),
  );

test('a pool warns of everybody who cannot take over, and of nobody being left', async () => {
  const office = await ruleOffice(baton);
  const { company, ana, south, north, rule, change } = office;
  const off = {
    left: { status: 'RESIGNED' as const },
    disabled: { status: 'DISABLED' as const },
    fresh: { status: 'NOT_ACTIVATED' as const },
    unverified: { verified: false },
    silent: { customerContact: false },
    asleep: { lastLoginAt: new Date(baton.clock.now().getTime() - 366 * 24 * 3600_000) },
    away: { acceptsAssignments: false },
  };
  const people = [];
  for (const name of Object.keys(off)) people.push(await company.member(name));
  const all = people.map(({ globalId }) => ({ memberId: globalId }));
  const nobody = await rule('nobody', { successors: all });
  const somebody = await rule('somebody', {
    condition: { customers: { kind: 'WECOM' } },
    successors: [...all.slice(0, 2), { memberId: ana.globalId }],
  });
  await change('reorderAssignmentRules', { ruleIds: [somebody.id, nobody.id] });
  await rule('empty department', {
    position: 0,
    condition: { customers: { kind: 'WECHAT' } },
    successors: [{ departmentId: south.globalId }],
  });
  await rule('good department', {
    position: 0,
    condition: { customers: { name: { eq: 'x' } } },
    successors: [{ departmentId: north.globalId }],
  });
  for (const [index, data] of Object.values(off).entries()) {
    await prisma.member.update({ where: { id: people[index]!.id }, data });
  }

  const rules = await read(office);

  expect(codes(rules)).toEqual({
    'good department': [],
    'empty department': [
      ['DEPARTMENT_EMPTY', 'South'],
      ['NO_SUCCESSOR', null],
    ],
    somebody: [
      ['SUCCESSOR_LEFT', 'left'],
      ['SUCCESSOR_NOT_ELIGIBLE', 'disabled'],
    ],
    nobody: [
      ['SUCCESSOR_LEFT', 'left'],
      ...['disabled', 'fresh', 'unverified', 'silent', 'asleep', 'away'].map((name) => [
        'SUCCESSOR_NOT_ELIGIBLE',
        name,
      ]),
      ['NO_SUCCESSOR', null],
    ],
  });
  expect(rules.find(({ name }) => name === 'nobody')!.warnings.map(({ message }) => message)).toEqual([
    'left has left the company. Take them out of the pool.',
    'disabled is disabled, and is passed by until that changes.',
    'fresh has not signed in yet, and is passed by until that changes.',
    'unverified is not verified by real name, and is passed by until that changes.',
    'silent may not serve customers, and is passed by until that changes.',
    'asleep has not signed in for too long, and is passed by until that changes.',
    'away is away, and is passed by until that changes.',
    'Nobody in the pool may take over now: nobody gets customers by this rule.',
  ]);
});

test('a default that leaves customers in the pool means it, one whose successors are gone does not', async () => {
  const office = await ruleOffice(baton);
  await office.change('setDefaultAssignment', { successors: [] });
  const meant = codes(await read(office));
  await office.change('setDefaultAssignment', { successors: [{ memberId: office.ana.globalId }] });
  await prisma.member.update({ where: { id: office.ana.id }, data: { acceptsAssignments: false } });

  expect(meant).toEqual({ 'Default assignment': [] });
  expect(codes(await read(office))).toEqual({
    'Default assignment': [
      ['SUCCESSOR_NOT_ELIGIBLE', 'ana'],
      ['NO_SUCCESSOR', null],
    ],
  });
});

test('conditions warn of what is gone, what cannot be, and what an earlier rule takes', async () => {
  const office = await ruleOffice(baton);
  const { sales, north, vip, gold, rule, department, company, change } = office;
  const lost = await department('Lost');
  const worn = await company.tag('Worn', { group: await company.tagGroup('Old') });
  const inCity = (...cities: string[]) => ({ customers: { city: { in: cities } } });
  await rule('wide', { condition: inCity('Bonn', 'Ulm') });
  await rule('narrow', { condition: inCity('Ulm') });
  await rule('narrow in north', { condition: { ...inCity('Ulm'), leaverDepartmentId: north.globalId } });
  await rule('wider', { condition: inCity('Ulm', 'Bonn', 'Jena') });
  await rule('sales and below', { condition: { leaverDepartmentId: sales.globalId } });
  await rule('sales only', { condition: { leaverDepartmentId: sales.globalId, includeSubDepartments: false } });
  await rule('north', { condition: { leaverDepartmentId: north.globalId } });
  await rule('never', {
    condition: { customers: { tags: { anyOf: [vip.globalId], noneOf: [vip.globalId, gold.globalId] } } },
  });
  await rule('tag gone', { condition: { customers: { tags: { noneOf: [worn.globalId] } } } });
  await rule('department gone', { condition: { leaverDepartmentId: lost.globalId } });
  const everybody = await rule('everybody, off', { enabled: false });
  await rule('after it', { condition: { customers: { kind: 'WECOM' } } });
  await change('setDefaultAssignment', { successors: [] });
  await prisma.tag.delete({ where: { id: worn.id } });
  await prisma.department.delete({ where: { id: lost.id } });

  const off = await read(office);
  await change('updateAssignmentRule', { ruleId: everybody.id, enabled: true });
  const on = codes(await read(office));

  expect(codes(off)).toEqual({
    wide: [],
    narrow: [['SHADOWED', null]],
    'narrow in north': [['SHADOWED', null]],
    wider: [],
    'sales and below': [],
    'sales only': [['SHADOWED', null]],
    north: [],
    never: [['IMPOSSIBLE_CONDITION', null]],
    'tag gone': [['TAG_GONE', null]],
    'department gone': [['DEPARTMENT_GONE', null]],
    'everybody, off': [],
    'after it': [],
    'Default assignment': [],
  });
  expect(on['after it']).toEqual([['SHADOWED', null]]);
  expect(on['Default assignment']).toEqual([['SHADOWED', null]]);
  expect(off.find(({ name }) => name === 'never')!.warnings[0]!.message).toBe(
    'The condition holds for nobody: a tag cannot be there and in noneOf.',
  );
  expect(off.find(({ name }) => name === 'narrow')!.warnings[0]!.message).toBe(
    '"wide" stands before this rule and holds for everybody it holds for: this rule takes nobody.',
  );
  expect(off.find(({ name }) => name === 'tag gone')!.conditionText).toBe('not tagged (a tag that is gone)');
  expect(off.find(({ name }) => name === 'department gone')!.conditionText).toBe(
    'leaver works in a department that is gone or below it',
  );
});

test('a condition is told in plain English', async () => {
  const office = await ruleOffice(baton);
  const { north, vip, gold, rule } = office;
  const cases: [object | null, string][] = [
    [null, 'everybody'],
    [{ customers: { city: { eq: 'Shanghai' }, tags: { anyOf: [vip.globalId] } } }, 'city is "Shanghai" and tagged VIP'],
    [
      { leaverDepartmentId: north.globalId, customers: { tags: { allOf: [vip.globalId, gold.globalId] } } },
      'leaver works in "North" or below it and tagged VIP and Gold',
    ],
    [{ leaverDepartmentId: north.globalId, includeSubDepartments: false }, 'leaver works in "North"'],
    [
      { customers: { lastMessageAt: { olderThanDays: 90 }, addedAt: { withinDays: 1, isNull: false } } },
      'added within 1 day and added at a known time and last message more than 90 days ago',
    ],
    [
      { customers: { or: [{ city: { in: ['a', 'b', 'c'] } }, { kind: 'WECOM', name: { startsWith: 'x' } }] } },
      '(city is "a", "b" or "c" or (name starts with "x" and kind is WECOM))',
    ],
    [
      { customers: { not: { region: { contains: 'o' }, businessType: { in: ['1', '2', '3', '4', '5', '6', '7'] } } } },
      'not (region contains "o" and business type is "1", "2", "3", "4", "5" or 2 more)',
    ],
    [{ customers: { lastMessageAt: { isNull: true } } }, 'never wrote'],
  ];
  for (const [index, [condition]] of cases.entries()) await rule(`rule ${index}`, { condition });

  const told = (await read(office)).map(({ conditionText }) => conditionText);

  expect(told).toEqual(cases.map(([, text]) => text));
});
