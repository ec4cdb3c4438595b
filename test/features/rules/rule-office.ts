import { expect } from 'vitest';
import { encodeId } from '../../../src/graphql/ids.js';
import type { Answer, TestApp } from '../../support/app.js';
import { foundCompany } from '../../support/company.js';

/** Everything of a rule that can be read and written. */
export const ruleFields = `id name place enabled isDefault condition strategy note version
  successors { member { name } department { name } includeSubDepartments weight }`;

/** A rule as those fields answer it. */
export interface ReadRule {
  readonly id: string;
  readonly name: string;
  readonly place: number;
  readonly condition: object | null;
  readonly version: number;
  readonly [field: string]: unknown;
}

/** What a mutation of rules answers. */
export interface Changed {
  readonly rule: ReadRule | null;
  readonly assignmentRules: readonly ReadRule[] | undefined;
  readonly errors: readonly { readonly code: string; readonly path: readonly string[]; readonly message: string }[];
}

/**
 * A company with a tree of departments (Sales, with North and South below it, and Service), an administrator, Ana and Ben
 * of North, Cem of Sales, Dan of nowhere, and the tags VIP and Gold.
 */
export async function ruleOffice(baton: TestApp) {
  const company = await foundCompany(baton);
  const { prisma } = baton.app.db;
  const department = async (name: string, above?: { readonly id: string }) => {
    const id = baton.app.ids.next();
    await prisma.department.create({
      data: { id, enterpriseId: company.id, key: name, name, parentId: above?.id ?? null },
    });
    return { id, globalId: encodeId('Department', id) };
  };
  const sales = await department('Sales');
  const north = await department('North', sales);
  const south = await department('South', sales);
  const service = await department('Service');
  const admin = await company.member('admin', { administrator: true });
  const member = async (name: string, where: { readonly id: string } | null) => {
    const made = await company.member(name);
    await prisma.member.update({ where: { id: made.id }, data: { departmentId: where?.id ?? null } });
    return made;
  };
  const ana = await member('ana', north);
  const ben = await member('ben', north);
  const cem = await member('cem', sales);
  const dan = await member('dan', null);
  const group = await company.tagGroup('Level');
  const vip = await company.tag('VIP', { group });
  const gold = await company.tag('Gold', { group });

  const change = async (mutation: string, input: object, token = admin.token): Promise<Changed> => {
    const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input!`;
    const payload = /^(delete|reorder)/.test(mutation) ? `assignmentRules { ${ruleFields} }` : `rule { ${ruleFields} }`;
    const { data, errors } = await baton.ask<Record<string, Answer>>(
      token,
      `mutation ($input: ${type}) { ${mutation}(input: $input) { ${payload} userErrors { code path message } } }`,
      { input },
    );
    expect(errors).toBeUndefined();
    const { userErrors, ...rest } = data[mutation] as unknown as Changed & { userErrors: Changed['errors'] };
    return { ...rest, errors: userErrors };
  };
  const rules = async (token = admin.token): Promise<ReadRule[]> => {
    const { data, errors } = await baton.ask<{ assignmentRules: ReadRule[] }>(
      token,
      `{ assignmentRules { ${ruleFields} } }`,
    );
    expect(errors).toBeUndefined();
    return data.assignmentRules;
  };
  /** Makes a rule of which nothing matters but what is given. */
  const rule = async (name: string, more: object = {}): Promise<ReadRule> => {
    const made = await change('createAssignmentRule', { name, successors: [{ memberId: ana.globalId }], ...more });
    expect(made.errors).toEqual([]);
    return made.rule!;
  };
  const order = async () => (await rules()).map(({ name, place }) => `${place} ${name}`);
  const versions = () =>
    prisma.assignmentRuleVersion.findMany({
      where: { enterpriseId: company.id },
      orderBy: [{ ruleId: 'asc' }, { version: 'asc' }],
    });
  return {
    ...{ company, sales, north, south, service, admin, ana, ben, cem, dan, vip, gold },
    ...{ department, change, rules, rule, order, versions },
  };
}
