import { describe, expect, test } from 'vitest';
import { compareOwners, rebuildOwners, verifyAudit } from '../../../src/features/audit/audit.js';
import { openTestApp } from '../../support/app.js';
import { folderOf, importFolder, smallCompany } from '../../support/import.js';
import { openOwners } from '../../support/open-owners.js';
import { rewriteAudit } from '../../support/rewrite-audit.js';
import { departing, ownGroup, serve, type Departing } from '../../support/seed.js';
import { begin } from '../transfers/begin.js';
import { undoTransfer } from '../transfers/undoing.js';

const baton = await openTestApp();
const { app } = baton;
const { prisma } = app.db;

/** A company in which two customers moved to Ana, one merged into hers, and a group went to her as well. */
async function handedOver(): Promise<Departing & { readonly transferId: string }> {
  const company = await departing(baton, { customers: 3 });
  await serve(baton, { ...company, member: company.ana, customer: company.customers[2]! });
  await ownGroup(baton, { ...company, member: company.leaver, name: 'Lane' });
  await openOwners(app.db, company.enterpriseId);
  const input = { leaverId: company.leaver.id, selection: { all: true }, successorIds: [company.ana.id] };
  const transferId = await begin(baton, company.admin, 'transferCustomers', input);
  await begin(baton, company.admin, 'transferGroups', input);
  await app.settle();
  return { ...company, transferId };
}

const compared = (enterpriseId: string) => compareOwners(app, enterpriseId);
const whole = { bad: null, isComplete: true };

describe('who owns what is told by the log alone', () => {
  test('after takeovers that moved, merged and gave a group', async () => {
    const { enterpriseId, ana } = await handedOver();

    expect(await compared(enterpriseId)).toEqual({ agreed: 4, differ: 0, differences: [] });
    const owned = await rebuildOwners(app, enterpriseId);
    expect(owned.map(({ kind, memberId }) => [kind, memberId])).toEqual([
      ['CUSTOMER', ana.uuid],
      ['CUSTOMER', ana.uuid],
      ['CUSTOMER', ana.uuid],
      ['GROUP', ana.uuid],
    ]);
    expect(await verifyAudit(app, enterpriseId)).toMatchObject(whole);
  });

  test('after an undo', async () => {
    const { enterpriseId, admin, transferId, leaver } = await handedOver();

    await undoTransfer(baton, { enterpriseId, admin }, transferId);
    await app.settle();

    expect(await compared(enterpriseId)).toMatchObject({ agreed: 5, differ: 0 });
    const owned = await rebuildOwners(app, enterpriseId);
    expect(owned.filter(({ memberId }) => memberId === leaver.uuid)).toHaveLength(3);
    expect(await verifyAudit(app, enterpriseId)).toMatchObject(whole);
  });

  test('after an import, and after another that gives a group to somebody else', async () => {
    const folder = (owner: string) =>
      folderOf({ ...smallCompany, 'groups.csv': `chat_id,name,owner_user_id\nr1,Lane,${owner}\n` });
    const { enterpriseId } = await importFolder(app, folder('ana'), { enterprise: 'Acme' });
    const id = enterpriseId!;
    const first = await compared(id);
    expect(first.differ).toBe(0);
    expect(first.agreed).toBe(
      (await prisma.relation.count({ where: { enterpriseId: id } })) +
        (await prisma.customerGroup.count({ where: { enterpriseId: id } })),
    );

    await importFolder(app, folder('ben'), { enterprise: 'Acme' });

    expect(await compared(id)).toEqual(first);
    expect(await verifyAudit(app, id)).toMatchObject(whole);
  });
});

describe('what was changed past the application is found', () => {
  test('a customer who was given to somebody else in the tables', async () => {
    const { enterpriseId, ana, ben, relations } = await handedOver();
    await prisma.relation.update({ where: { id: relations[0]! }, data: { memberId: ben.uuid } });

    expect(await compared(enterpriseId)).toEqual({
      agreed: 3,
      differ: 1,
      differences: [{ kind: 'CUSTOMER', subjectId: relations[0], byLog: ana.uuid, byTable: ben.uuid }],
    });
  });

  test.each([
    [
      'that names another customer',
      `UPDATE transfer_item SET relation_id = gen_random_uuid() WHERE kind = 'CUSTOMER' AND position = 1`,
    ],
    [
      'that merged where it moved',
      `UPDATE transfer_item SET outcome = 'MERGED' WHERE kind = 'CUSTOMER' AND outcome = 'MOVED'`,
    ],
    [
      'that went to another successor',
      `UPDATE transfer_item SET successor_id = gen_random_uuid() WHERE kind = 'CUSTOMER' AND position = 0`,
    ],
    ['that is gone', `DELETE FROM transfer_item WHERE kind = 'CUSTOMER' AND position = 1`],
    ['of a group that names another', `UPDATE transfer_item SET group_id = gen_random_uuid() WHERE kind = 'GROUP'`],
    ['of who was there at the start', `UPDATE audit_item SET member_id = gen_random_uuid() WHERE position = 1`],
  ])('an item of a record %s', async (_what, statement) => {
    const { enterpriseId } = await handedOver();
    expect(await verifyAudit(app, enterpriseId)).toMatchObject(whole);

    await rewriteAudit(app.db, `${statement} AND enterprise_id = '${enterpriseId}'`);

    expect((await verifyAudit(app, enterpriseId)).bad).toMatchObject({ fault: 'ITEMS_CHANGED' });
  });
});
