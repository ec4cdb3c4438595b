import { describe, expect, test } from 'vitest';
import { readSealed } from '../../../src/features/audit/audit-chain.store.js';
import { sealAudit } from '../../../src/features/audit/audit.js';
import { verifyChain } from '../../../src/features/audit/verify-chain.js';
import { Prisma } from '../../../src/generated/prisma/client.js';
import { inTransaction } from '../../../src/platform/db/transaction.js';
import { recordAudits } from '../../../src/platform/events/audit.js';
import { openTestApp } from '../../support/app.js';
import { foundCompany } from '../../support/company.js';
import { rewriteAudit } from '../../support/rewrite-audit.js';

const baton = await openTestApp();
const { app } = baton;

/** A company whose log has so many records, none of them sealed. */
async function companyWith(records: number): Promise<string> {
  const { id: enterpriseId } = await foundCompany(baton);
  await record(enterpriseId, records);
  return enterpriseId;
}

function record(enterpriseId: string, records: number): Promise<void> {
  const actor = { kind: 'system', id: null, enterpriseId, name: 'Baton' } as const;
  const caller = { actor, requestId: null, address: null };
  const entries = Array.from({ length: records }, (_, number) => ({ action: 'test', detail: { number }, caller }));
  return inTransaction(app, (tx) => recordAudits(app, tx, entries));
}

async function sealed(enterpriseId: string) {
  return readSealed(app, enterpriseId, 0, 10_000);
}

const unsealed = (enterpriseId: string) => app.db.prisma.auditUnsealed.count({ where: { enterpriseId } });

test('every record gets a place, in the order in which they were written, and the chain is whole', async () => {
  const enterpriseId = await companyWith(5);
  await app.settle();
  await record(enterpriseId, 3);
  expect(await unsealed(enterpriseId)).toBe(3);

  await app.settle();

  const chain = await sealed(enterpriseId);
  expect(chain.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(chain.map(({ record: one }) => one?.detail)).toEqual([0, 1, 2, 3, 4, 0, 1, 2].map((number) => ({ number })));
  expect(await unsealed(enterpriseId)).toBe(0);
  const head = chain.at(-1)!;
  expect(await verifyChain(chain)).toEqual({ verified: { sequence: 8, hash: head.hash }, bad: null });
});

test('what was rolled back leaves neither a record nor a gap', async () => {
  const enterpriseId = await companyWith(2);
  const actor = { kind: 'system', id: null, enterpriseId, name: 'Baton' } as const;
  const failing = inTransaction(app, async (tx) => {
    await recordAudits(app, tx, [{ action: 'lost', caller: { actor, requestId: null, address: null } }]);
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');

  await record(enterpriseId, 1);
  await app.settle();

  expect((await sealed(enterpriseId)).map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
});

test('several sealers at once give every record one place', async () => {
  const enterpriseId = await companyWith(3000);

  await Promise.all([1, 2, 3, 4].map(() => sealAudit(app)));
  await app.settle();

  const chain = await sealed(enterpriseId);
  expect(chain).toHaveLength(3000);
  expect(new Set(chain.map(({ record: one }) => one?.id)).size).toBe(3000);
  expect((await verifyChain(chain)).bad).toBeNull();
});

test('the chains of two companies have nothing to do with each other', async () => {
  const [one, other] = [await companyWith(2), await companyWith(3)];

  await app.settle();

  expect((await sealed(one)).map(({ sequence }) => sequence)).toEqual([1, 2]);
  expect((await sealed(other)).map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
});

test('a record that was gone before it was sealed is missed', async () => {
  const enterpriseId = await companyWith(3);
  await rewriteAudit(
    app.db,
    `DELETE FROM audit_event WHERE enterprise_id = '${enterpriseId}' AND detail ->> 'number' = '1'`,
  );

  await app.settle();

  expect(await verifyChain(await sealed(enterpriseId))).toMatchObject({ bad: { sequence: 2, fault: 'MISSING' } });
});

describe('nothing of the log is changed or removed, also by the owner of the tables', () => {
  const statements = ['audit_event', 'audit_link', 'audit_item'].flatMap((table) => [
    `UPDATE ${table} SET enterprise_id = enterprise_id`,
    `DELETE FROM ${table}`,
    `DELETE FROM ${table} WHERE FALSE`,
    `TRUNCATE ${table}`,
  ]);

  test.each(statements)('%s', async (statement) => {
    const enterpriseId = await companyWith(1);
    await app.settle();

    await expect(app.db.query(Prisma.raw(statement))).rejects.toThrow('is only added to');

    expect(await sealed(enterpriseId)).toHaveLength(1);
  });
});
