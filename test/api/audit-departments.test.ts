import { beforeEach, describe, expect, test } from 'vitest';
import { schema } from '../../src/app/schema.js';
import { encodeId } from '../../src/graphql/ids.js';
import { inTransaction } from '../../src/platform/db/transaction.js';
import { recordAudit, recordAudits } from '../../src/platform/events/audit.js';
import { openTestApp } from '../support/app.js';
import { keepCompany } from '../support/company-tables.js';
import { fullCompany, handOver, type FullCompany } from '../support/full-company.js';
import { serve, type Person } from '../support/seed.js';
import { mutationRows, runMutation } from './mutation-rows.js';

const baton = await openTestApp();
const { app, clock } = baton;
const { prisma } = app.db;
const rows = mutationRows(baton);

/** Where people work by now, each in a department of their own; `sales` is where the leaver, Ana and Ben worked until now. */
const offices = ['sales', 'leaver', 'ana', 'ben', 'admin', 'east'] as const;
type Office = (typeof offices)[number];

interface Offices extends FullCompany {
  readonly departments: Readonly<Record<Office, string>>;
  /** Who has AUDIT over that department, and no other right. */
  readonly auditors: Readonly<Record<Office, Person>>;
}

async function company(): Promise<Offices> {
  const found = await fullCompany(baton);
  const { enterpriseId, admin, leaver, ana, ben } = found;
  const { id: sales } = await prisma.department.findFirstOrThrow({ where: { enterpriseId, key: 'sales' } });
  const names = offices.filter((name) => name !== 'sales');
  const made = await Promise.all(
    names.map((key) =>
      prisma.department.create({ data: { id: app.ids.next(), enterpriseId, key: `of ${key}`, name: key } }),
    ),
  );
  const departments = Object.fromEntries([
    ['sales', sales],
    ...names.map((name, place) => [name, made[place]!.id] as const),
  ]) as Record<Office, string>;
  for (const [name, { uuid }] of Object.entries({ admin, leaver, ana, ben })) {
    await prisma.member.update({ where: { id: uuid }, data: { departmentId: departments[name as Office] } });
  }
  const auditors: Partial<Record<Office, Person>> = {};
  for (const name of offices) auditors[name] = await auditorOf(enterpriseId, departments[name]);
  return { ...found, departments, auditors: auditors as Record<Office, Person> };
}

async function auditorOf(enterpriseId: string, departmentId: string): Promise<Person> {
  const uuid = app.ids.next();
  const createdAt = clock.now();
  const name = `Auditor ${uuid}`;
  await prisma.member.create({ data: { id: uuid, enterpriseId, userId: uuid, name, createdAt } });
  await prisma.portfolio.create({ data: { memberId: uuid, enterpriseId } });
  await prisma.administrator.create({ data: { memberId: uuid, enterpriseId, role: 'CUSTOMER_CONTACT', createdAt } });
  await prisma.grant.create({ data: { administratorId: uuid, departmentId, right: 'AUDIT', enterpriseId } });
  const token = await baton.tokenOf({ kind: 'member', id: uuid, enterpriseId });
  return { id: encodeId('Member', uuid), uuid, name, token };
}

interface Line {
  readonly id: string;
  readonly action: string;
  readonly outcome: string;
}

async function seenBy({ token }: Person): Promise<Line[]> {
  const { data } = await baton.ask<{ auditEvents: { nodes: Line[] } }>(
    token,
    '{ auditEvents(first: 100) { nodes { id action outcome } } }',
  );
  return data.auditEvents.nodes;
}

/** The records that `work` adds, by action and outcome, each with those of the offices whose auditor sees it. */
async function filed(here: Offices, work: () => Promise<unknown>): Promise<[string, Office[]][]> {
  const known = new Set((await seenBy(here.admin)).map(({ id }) => id));
  await work();
  const added = (await seenBy(here.admin)).filter(({ id }) => !known.has(id));
  const seen = new Map<Office, Set<string>>();
  for (const name of offices) seen.set(name, new Set((await seenBy(here.auditors[name])).map(({ id }) => id)));
  return added
    .reverse()
    .map(({ id, action, outcome }) => [
      outcome === 'SUCCESS' ? action : `${action} refused`,
      offices.filter((name) => seen.get(name)!.has(id)),
    ]);
}

/** One for all tests: it is put back before each. */
const here = await company();
beforeEach(await keepCompany(app.db, here.enterpriseId));

const run = (mutation: string, { token }: Person, input: object) => runMutation(baton, mutation, token, input);

/** Whose department the record of a mutation belongs to; null: nobody's, super administrators alone see it. */
const ofDone: Readonly<Record<string, Office | null>> = {
  acceptTakeover: 'ana',
  acknowledgeNotices: 'ana',
  acknowledgeNotifications: 'ana',
  addRelation: 'ben',
  approveTransfer: 'leaver',
  cancelResignation: 'ben',
  cancelTransfer: 'ana',
  createAssignmentRule: null,
  createCustomer: null,
  createCustomerGroup: 'ana',
  createMember: null,
  createTag: null,
  createTagGroup: null,
  declineTakeover: 'ana',
  deleteAssignmentRule: null,
  deleteTag: null,
  deleteTagGroup: null,
  disapproveTransfer: 'leaver',
  endRelation: 'ana',
  grantRights: 'ben',
  readConversation: 'leaver',
  recordConversation: 'ana',
  reinstateMember: 'leaver',
  reorderAssignmentRules: null,
  resignMember: 'ben',
  retryTransfer: 'leaver',
  revokeRights: 'ben',
  setArchiveConsent: 'ana',
  setDefaultAssignment: null,
  tagRelations: 'ana',
  transferCustomers: 'leaver',
  transferGroups: 'leaver',
  // It was submitted while the leaver worked in Sales.
  undoTransfer: 'sales',
  updateAssignmentRule: null,
  updateCustomer: 'ana',
  updateMember: 'ben',
  updateRelation: 'ana',
  updateSettings: null,
  updateTag: null,
  updateTagGroup: null,
};

test('the table has a row for each mutation', () => {
  const mutations = Object.keys(schema.getMutationType()?.getFields() ?? {}).sort();

  expect(Object.keys(ofDone).sort()).toEqual(mutations);
});

describe('what was done shows to the auditors of the department of whom it is about, to no others, and to super administrators', () => {
  test.each(rows.map((row) => [row.mutation, ofDone[row.mutation], row] as const))(
    '%s: %s',
    async (mutation, office, row) => {
      const by = row.by?.(here) ?? here.admin;
      const input = await row.done(here);

      expect(await filed(here, () => run(mutation, by, input))).toEqual([[mutation, office ? [office] : []]]);
    },
  );
});

/** Whose department the record of a refused mutation belongs to, by what the rows ask; null: nobody's. */
const ofRefused: Readonly<Record<string, Office | null>> = {
  acceptTakeover: 'sales',
  acknowledgeNotices: null,
  acknowledgeNotifications: null,
  addRelation: 'ana',
  approveTransfer: 'sales',
  cancelResignation: 'leaver',
  cancelTransfer: 'sales',
  createAssignmentRule: 'ben',
  createCustomer: null,
  createCustomerGroup: null,
  createMember: null,
  createTag: null,
  createTagGroup: null,
  declineTakeover: 'sales',
  deleteAssignmentRule: null,
  deleteTag: 'ana',
  deleteTagGroup: null,
  disapproveTransfer: 'sales',
  endRelation: 'leaver',
  grantRights: 'admin',
  readConversation: 'leaver',
  recordConversation: 'leaver',
  reinstateMember: 'ben',
  reorderAssignmentRules: null,
  resignMember: 'admin',
  retryTransfer: 'sales',
  revokeRights: 'admin',
  setArchiveConsent: null,
  setDefaultAssignment: 'leaver',
  tagRelations: 'leaver',
  transferCustomers: 'ana',
  transferGroups: 'ana',
  undoTransfer: null,
  updateAssignmentRule: null,
  updateCustomer: 'leaver',
  updateMember: 'admin',
  updateRelation: 'leaver',
  updateSettings: null,
  updateTag: 'ana',
  updateTagGroup: null,
};

describe('what was refused shows to the auditors of the department of whom it names, to no others, and to super administrators', () => {
  test.each(rows.map((row) => [row.mutation, ofRefused[row.mutation], row] as const))(
    '%s: %s',
    async (mutation, office, row) => {
      const by = (row.refusedTo ?? row.by)?.(here) ?? here.admin;

      const records = await filed(here, () => run(mutation, by, row.refused(here)));

      expect(ofRefused).toHaveProperty(mutation);
      expect(records).toEqual([[`${mutation} refused`, office ? [office] : []]]);
    },
  );

  test('what is there is what counts: of another company, or of nobody, no more than of none', async () => {
    const { id: stranger } = (await fullCompany(baton)).ana;
    const nobody = encodeId('Member', app.ids.next());
    const attempts = async () => {
      for (const memberId of [stranger, nobody, here.ids.Department])
        await run('resignMember', here.admin, { memberId });
      const customerId = here.handed.id;
      await run('readConversation', here.admin, { memberId: nobody, customerId, reason: 'A complaint' });
    };

    expect(await filed(here, attempts)).toEqual([
      ['resignMember refused', []],
      ['resignMember refused', []],
      ['resignMember refused', []],
      ['readConversation refused', ['ana']],
    ]);
  });
});

describe('a record about customers shows where all who serve them work, and to super administrators alone where they work apart', () => {
  const tag = ({ ids }: Offices) => ({ removeTagIds: [ids.Tag] });

  test('createCustomer, served by somebody', async () => {
    const input = { externalUserId: 'new', name: 'New', kind: 'WECHAT', servedBy: here.ben.id };

    expect(await filed(here, () => run('createCustomer', here.admin, input))).toEqual([['createCustomer', ['ben']]]);
  });

  test('updateCustomer and setArchiveConsent of a customer of two departments, of two in one, and of nobody', async () => {
    const { enterpriseId, ben, handed, admin, departments, ids } = here;
    const change = async () => {
      await run('updateCustomer', admin, { customerId: handed.id, city: 'Berlin' });
      await run('setArchiveConsent', handed, { agreed: true });
    };
    const both = (seen: Office[]) => [
      ['updateCustomer', seen],
      ['setArchiveConsent', seen],
    ];

    await run('addRelation', admin, { memberId: ben.id, customerId: handed.id });
    expect(await filed(here, change)).toEqual(both([]));
    await prisma.member.update({ where: { id: ben.uuid }, data: { departmentId: departments.ana } });
    expect(await filed(here, change)).toEqual(both(['ana']));
    await prisma.member.update({ where: { id: ben.uuid }, data: { departmentId: null } });
    expect(await filed(here, change)).toEqual(both([]));
    await run('endRelation', admin, { relationId: ids.Relation });
    await prisma.relation.updateMany({
      where: { enterpriseId, memberId: ben.uuid },
      data: { status: 'DELETED_BY_MEMBER', endedAt: clock.now() },
    });
    expect(await filed(here, change)).toEqual(both([]));
  });

  test('tagRelations of several relations of one member, of two in one department, and of two departments', async () => {
    const { enterpriseId, admin, ana, ben, departments, ids } = here;
    const { relation: own } = await serve(baton, { enterpriseId, member: ana, name: 'Another' });
    const { relation: bens } = await serve(baton, { enterpriseId, member: ben, name: 'Of Ben' });
    const relation = (id: string) => encodeId('Relation', id);
    const tagging = (...relationIds: string[]) => run('tagRelations', admin, { relationIds, ...tag(here) });

    expect(await filed(here, () => tagging(ids.Relation, relation(own)))).toEqual([['tagRelations', ['ana']]]);
    expect(await filed(here, () => tagging(ids.Relation, relation(bens)))).toEqual([['tagRelations', []]]);
    await prisma.member.update({ where: { id: ben.uuid }, data: { departmentId: departments.east } });
    await prisma.member.update({ where: { id: ana.uuid }, data: { departmentId: departments.east } });
    expect(await filed(here, () => tagging(ids.Relation, relation(bens)))).toEqual([['tagRelations', ['east']]]);
    const selection = { memberId: ben.id, filter: {} };
    expect(await filed(here, () => run('tagRelations', admin, { selection, ...tag(here) }))).toEqual([
      ['tagRelations', ['east']],
    ]);
  });

  test('a tag of somebody’s own, made, changed and removed', async () => {
    const { ana, personalTag: tagId } = here;

    const records = await filed(here, async () => {
      await run('createTag', ana, { kind: 'PERSONAL', name: 'Mine' });
      await run('updateTag', ana, { tagId, name: 'Other' });
      await run('deleteTag', ana, { tagId });
    });

    expect(records).toEqual([
      ['createTag', ['ana']],
      ['updateTag', ['ana']],
      ['deleteTag', ['ana']],
    ]);
  });
});

describe('what the system does', () => {
  test('shows where the leaver worked when it was submitted: takeovers, and what a rule took at a resignation', async () => {
    const { admin, ben, ana, departments } = here;
    await run('setDefaultAssignment', admin, { successors: [{ memberId: ben.id }] });
    const taken = await filed(here, () => handOver(baton, here, [here.kept], [ben]));
    const resigned = await filed(here, async () => {
      await run('resignMember', admin, { memberId: ana.id, autoAssign: true });
      await prisma.member.update({ where: { id: ana.uuid }, data: { departmentId: departments.east } });
      await app.settle();
    });

    expect(taken).toEqual([
      ['transferCustomers', ['leaver']],
      ['takeOver', ['leaver']],
    ]);
    expect(resigned.filter(([action]) => action !== 'takeOver')).toEqual([
      ['resignMember', ['ana']],
      ['transferByRules', ['ana']],
      ['assignByRule', ['ana']],
    ]);
    expect(new Set(resigned.filter(([action]) => action === 'takeOver').map(([, seen]) => seen.join()))).toEqual(
      new Set(['ana']),
    );
  });

  test.each(['import', 'importRelations', 'importGroups', 'markRestored', 'openOwners'])(
    'about the whole company shows to super administrators alone: %s',
    async (action) => {
      const actor = { kind: 'system', id: null, enterpriseId: here.enterpriseId, name: 'Baton' } as const;
      const caller = { actor, requestId: null, address: null };

      expect(await filed(here, () => inTransaction(app, (tx) => recordAudits(app, tx, [{ action, caller }])))).toEqual([
        [action, []],
      ]);
    },
  );

  test('and what somebody does that is about nobody does not show where they work', async () => {
    const { uuid: id, name } = here.admin;
    const actor = { kind: 'member', id, enterpriseId: here.enterpriseId, name, rights: null } as const;
    const caller = { actor, requestId: null, address: null };

    expect(
      await filed(here, () => inTransaction(app, (tx) => recordAudit(app, tx, caller, { action: 'aboutNobody' }))),
    ).toEqual([['aboutNobody', []]]);
  });
});

test('a record stays where whom it is about worked then, wherever they go', async () => {
  const { admin, ben, departments } = here;

  const records = await filed(here, async () => {
    await run('updateMember', admin, { memberId: ben.id, acceptsAssignments: false });
    await prisma.member.update({ where: { id: ben.uuid }, data: { departmentId: departments.east } });
  });

  expect(records).toEqual([['updateMember', ['ben']]]);
});
