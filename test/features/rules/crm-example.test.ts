import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { encodeId } from '../../../src/graphql/ids.js';
import type { Answer } from '../../support/app.js';
import { openTestApp } from '../../support/app.js';
import { crmFolder, importFolder } from '../../support/import.js';

const baton = await openTestApp();
const { app } = baton;

interface Preview {
  readonly total: number;
  readonly accepted: number;
  readonly rules: readonly { readonly name: string; readonly strategy: string; readonly assigned: number }[];
  readonly successors: readonly {
    readonly member: { readonly name: string };
    readonly assigned: number;
    readonly customersAfter: number;
  }[];
}

test("README's five rules for the crm company come to the preview that it shows", async () => {
  await importFolder(app, crmFolder, { enterprise: 'Crm', administrators: ['melvin-marxen'] });
  const { prisma } = app.db;
  const { id: enterpriseId } = await prisma.enterprise.findUniqueOrThrow({ where: { key: 'crm' } });
  const members = await prisma.member.findMany({ where: { enterpriseId } });
  const memberOf = (userId: string) => encodeId('Member', members.find((one) => one.userId === userId)!.id);
  const department = async (key: string) =>
    encodeId('Department', (await prisma.department.findFirstOrThrow({ where: { enterpriseId, key } })).id);
  const tag = async (name: string) =>
    encodeId('Tag', (await prisma.tag.findFirstOrThrow({ where: { enterpriseId, name } })).id);
  const admin = members.find(({ userId }) => userId === 'melvin-marxen')!;
  const token = await baton.tokenOf({ kind: 'member', id: admin.id, enterpriseId });
  const ask = async (mutation: string, input: object) => {
    const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input!`;
    const document = `mutation ($input: ${type}) { ${mutation}(input: $input) { userErrors { code message path } } }`;
    const { data, errors } = await baton.ask<Record<string, Answer>>(token, document, { input });
    expect([errors, data[mutation]]).toEqual([undefined, { userErrors: [] }]);
  };

  await ask('createAssignmentRule', {
    name: 'VIPs to the managers',
    condition: { customers: { tags: { anyOf: [await tag('VIP')] } } },
    successors: [{ memberId: memberOf('dustin-brinkmann') }, { memberId: memberOf('melvin-marxen') }],
    strategy: 'LEAST_LOADED',
    note: 'A VIP: call within the day.',
  });
  await ask('createAssignmentRule', {
    name: 'Medical to who knows the field',
    condition: { customers: { businessType: { in: ['medical'] } } },
    successors: [{ departmentId: await department('sales') }],
    strategy: 'MATCHING',
  });
  await ask('createAssignmentRule', {
    name: 'Open deals stay in the office',
    condition: {
      customers: { tags: { anyOf: [await tag('Engaging'), await tag('Prospecting')] } },
      leaverDepartmentId: await department('central'),
    },
    successors: [{ departmentId: await department('central') }],
    strategy: 'STICKY',
  });
  await ask('createAssignmentRule', {
    name: 'Retail two to one',
    condition: { customers: { businessType: { eq: 'retail' } } },
    successors: [
      { memberId: memberOf('kary-hendrixson'), weight: 2 },
      { memberId: memberOf('moses-frase'), weight: 1 },
    ],
    strategy: 'WEIGHTED',
  });
  await ask('setDefaultAssignment', { successors: [{ departmentId: await department('sales') }], strategy: 'EVEN' });
  await ask('resignMember', { memberId: memberOf('darcel-schlecht') });

  const { data, errors } = await baton.ask<{ previewTransfer: { preview: Preview } }>(
    token,
    `query ($input: PreviewTransferInput!) { previewTransfer(input: $input) { preview {
      total accepted rules { name strategy assigned } successors { member { name } assigned customersAfter } } } }`,
    { input: { leaverId: memberOf('darcel-schlecht'), selection: { all: true }, byRules: true } },
  );
  expect(errors).toBeUndefined();
  const { preview } = data.previewTransfer;
  expect([preview.total, preview.accepted]).toEqual([25, 25]);
  const readme = await readFile(new URL('../../../README.md', import.meta.url), 'utf8');
  const rows = readme.split('\n').filter((line) => line.startsWith('| '));
  const cells = rows.map((line) => line.split('|').map((cell) => cell.trim()));
  for (const { name, strategy, assigned } of preview.rules) {
    expect(cells.find(([, first]) => first === name)?.slice(-3)).toEqual([strategy, String(assigned), '']);
  }
  for (const { member, assigned, customersAfter } of preview.successors) {
    expect(cells.find(([, first]) => first === member.name)).toEqual([
      '',
      member.name,
      String(assigned),
      String(customersAfter),
      '',
    ]);
  }
});
