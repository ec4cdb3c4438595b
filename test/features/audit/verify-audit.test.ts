import { generateKeyPairSync } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { readSealed } from '../../../src/features/audit/audit-chain.store.js';
import {
  checkpointKeys,
  exportAudit,
  makeCheckpoint,
  readExport,
  readSigningKey,
  verifyAudit,
  verifyChain,
} from '../../../src/features/audit/audit.js';
import { firstLinkHash } from '../../../src/features/audit/link-hash.js';
import { inTransaction } from '../../../src/platform/db/transaction.js';
import { recordAudits } from '../../../src/platform/events/audit.js';
import { openTestApp } from '../../support/app.js';
import { foundCompany, type Company } from '../../support/company.js';
import { rewriteAudit } from '../../support/rewrite-audit.js';
import { chained, randomFrom, randomRecord, tamperings, type Tampered } from '../../support/tampering.js';

const keys = checkpointKeys();
const baton = await openTestApp({ AUDIT_VERIFYING_KEY: keys.verifying });
const { app } = baton;
const signingKey = readSigningKey(keys.signing);
const seed = Number(process.env.MODEL_SEED ?? Date.now() % 2 ** 31);
const query = `query ($checkpoints: [String!], $afterSequence: Int, $afterHash: String) {
  verifyAudit(checkpoints: $checkpoints, afterSequence: $afterSequence, afterHash: $afterHash) {
    sequence hash isComplete unsealed bad { sequence auditEvent fault } } }`;

interface Answer {
  verifyAudit: { sequence: number; hash: string; isComplete: boolean; bad: { sequence: number; fault: string } | null };
}

async function companyWith(records: number) {
  const company = await foundCompany(baton);
  const admin = await company.member('Ada', { administrator: true });
  await record(company, records);
  return { company, admin, enterprise: { id: company.id, key: company.id } };
}

async function record({ id: enterpriseId }: Company, records: number): Promise<void> {
  const actor = { kind: 'system', id: null, enterpriseId, name: 'Baton' } as const;
  const caller = { actor, requestId: null, address: null };
  const entries = Array.from({ length: records }, (_, number) => ({ action: 'test', detail: { number }, caller }));
  await inTransaction(app, (tx) => recordAudits(app, tx, entries));
  await app.settle();
}

async function recordAbout({ id: enterpriseId }: Company, subject: { type: string; id: string }): Promise<void> {
  const actor = { kind: 'system', id: null, enterpriseId, name: 'Baton' } as const;
  const caller = { actor, requestId: null, address: null };
  await inTransaction(app, (tx) => recordAudits(app, tx, [{ action: 'test', subject, caller }]));
  await app.settle();
}

const literal = (value: string | null) => (value === null ? 'NULL' : `'${value.replaceAll("'", "''")}'`);

/** Writes the log into the database as the attacker leaves it. */
function write(enterpriseId: string, { records }: Tampered): Promise<void> {
  const statements = [
    `DELETE FROM audit_link WHERE enterprise_id = '${enterpriseId}'`,
    `DELETE FROM audit_event WHERE enterprise_id = '${enterpriseId}'`,
  ];
  const places = new Set<number>();
  for (const { sequence, hash, record: one } of records) {
    if (one) {
      const {
        id,
        at,
        action,
        outcome,
        code,
        actorKind,
        actorId,
        actorName,
        subjectType,
        subjectId,
        transferId,
        requestId,
        address,
        departmentId,
        detail,
      } = one;
      const values = [
        id,
        enterpriseId,
        at.toISOString(),
        action,
        outcome,
        code,
        actorKind,
        actorId,
        actorName,
        subjectType,
        subjectId,
        transferId,
        requestId,
        address,
        departmentId,
        JSON.stringify(detail),
      ];
      statements.push(`INSERT INTO audit_event (id, enterprise_id, at, action, outcome, code, actor_kind, actor_id, actor_name, subject_type, subject_id, transfer_id, request_id, address, department_id, detail)
        VALUES (${values.map(literal).join()})`);
    }
    // The keys of the table let no place be taken twice: such a record is in the log without one.
    if (places.has(sequence)) continue;
    places.add(sequence);
    const id = one ? literal(one.id) : 'gen_random_uuid()';
    statements.push(`INSERT INTO audit_link VALUES ('${enterpriseId}', ${sequence}, ${id}, decode('${hash}', 'hex'))`);
  }
  return rewriteAudit(app.db, statements.join(';\n'));
}

describe('in the database, past its triggers, with a checkpoint outside', () => {
  test.each(Object.entries(tamperings))('%s: found by verifyAudit', { timeout: 60_000 }, async (_kind, tamper) => {
    for (let run = 0; run < 4; run++) {
      const random = randomFrom(seed + run);
      const { company, admin, enterprise } = await companyWith(4 + random(12));
      const checkpoint = await makeCheckpoint(app, enterprise, signingKey);
      const checkpoints = [JSON.stringify(checkpoint)];
      const chain = await readSealed(app, company.id, 0, 100);
      const before = await baton.ask<Answer>(admin.token, query, { checkpoints });
      expect(before.data.verifyAudit).toMatchObject({ sequence: chain.length, isComplete: true, bad: null });

      await write(company.id, tamper(chain, random));

      const { data } = await baton.ask<Answer>(admin.token, query, { checkpoints });
      expect(data.verifyAudit.bad, `seed ${seed}, run ${run}`).not.toBeNull();
    }
  });
});

test('a record that is hidden from its auditors, by taking its department away or by giving it another, is named', async () => {
  for (const departmentId of [null, crypto.randomUUID()]) {
    const { company } = await companyWith(2);
    const department = await app.db.prisma.department.create({
      data: { id: app.ids.next(), enterpriseId: company.id, key: 'sales', name: 'Sales' },
    });
    await recordAbout(company, { type: 'Department', id: department.id });
    await record(company, 2);
    const [, , third] = await readSealed(app, company.id, 0, 10);
    expect(third!.record!.departmentId).toBe(department.id);
    expect(await verifyAudit(app, company.id)).toMatchObject({ verified: { sequence: 5 }, bad: null });

    await rewriteAudit(
      app.db,
      `UPDATE audit_event SET department_id = ${literal(departmentId)} WHERE id = '${third!.record!.id}'`,
    );

    expect(await verifyAudit(app, company.id)).toMatchObject({
      verified: { sequence: 2 },
      bad: { sequence: 3, recordId: third!.record!.id, fault: 'CHANGED' },
    });
  }
});

test('a record that did not come by the application is named, though it is in no chain', async () => {
  const { company } = await companyWith(3);
  const [one] = await readSealed(app, company.id, 0, 1);
  await rewriteAudit(
    app.db,
    `INSERT INTO audit_event SELECT gen_random_uuid(), enterprise_id, at, 'forged', outcome, code, actor_kind, actor_id, actor_name,
       subject_type, subject_id, transfer_id, request_id, address, detail FROM audit_event WHERE id = '${one!.record!.id}'`,
  );

  expect(await verifyAudit(app, company.id)).toMatchObject({
    verified: { sequence: 3 },
    bad: { sequence: null, fault: 'OUTSIDE' },
  });
});

test('a large log is verified in parts, each from where the last one ended', async () => {
  const { company } = await companyWith(10);
  const first = await verifyAudit(app, company.id, { most: 6 });
  const second = await verifyAudit(app, company.id, { most: 6, from: first.verified });

  expect(first).toMatchObject({ verified: { sequence: 6 }, bad: null, isComplete: false });
  expect(second).toMatchObject({ verified: { sequence: 10 }, bad: null, isComplete: true });

  const wrong = await verifyAudit(app, company.id, { from: { sequence: 6, hash: 'f'.repeat(64) } });
  expect(wrong.bad).toMatchObject({ sequence: 7, fault: 'CHANGED' });
});

describe('a checkpoint', () => {
  let company: Awaited<ReturnType<typeof companyWith>>;
  beforeAll(async () => void (company = await companyWith(5)));

  async function refusal(checkpoints: string[]) {
    const { errors } = await baton.ask(company.admin.token, query, { checkpoints });
    return errors?.map(({ extensions, message }) => `${extensions.code}: ${message}`);
  }

  test('of an earlier moment goes on holding when the log has grown', async () => {
    const { company: own, admin, enterprise } = await companyWith(5);
    const early = JSON.stringify(await makeCheckpoint(app, enterprise, signingKey));
    await record(own, 4);

    const { data } = await baton.ask<Answer>(admin.token, query, { checkpoints: [early] });

    expect(data.verifyAudit).toMatchObject({ sequence: 9, bad: null });
  });

  test('that was changed, or signed by somebody else, proves nothing', async () => {
    const good = (await makeCheckpoint(app, company.enterprise, signingKey))!;
    const stranger = generateKeyPairSync('ed25519').privateKey;
    const forged = [
      { ...good, sequence: good.sequence - 1 },
      { ...good, hash: 'a'.repeat(64) },
      { ...good, at: new Date(0).toISOString() },
      await makeCheckpoint(app, company.enterprise, stranger),
    ];
    for (const one of forged) {
      expect(await refusal([JSON.stringify(one)])).toEqual([
        'BAD_USER_INPUT: The checkpoint of line 1 was not signed with the key that is set, or was changed since. Trust it no more than the log.',
      ]);
    }
  });

  test('of another company, or none at all, is refused', async () => {
    const other = await companyWith(1);
    const foreign = JSON.stringify(await makeCheckpoint(app, other.enterprise, signingKey));

    expect(await refusal([foreign])).toEqual(['BAD_USER_INPUT: A checkpoint is not of this company.']);
    expect(await refusal(['{}'])).toEqual([
      'BAD_USER_INPUT: Line 1 is no checkpoint. Give what npm run audit:checkpoint printed, one JSON object a line.',
    ]);
  });
});

test('an export is verified without the database, and shows what was changed in it', async () => {
  const { company, enterprise } = await companyWith(6);
  const checkpoint = (await makeCheckpoint(app, enterprise, signingKey))!;
  const lines: string[] = [];
  for await (const line of exportAudit(app, company.id)) lines.push(line);
  const verify = (given: readonly string[]) =>
    verifyChain(
      readExport(
        (async function* () {
          for (const line of given) yield line;
        })(),
      ),
      [checkpoint],
    );

  expect(await verify(lines)).toMatchObject({ verified: { sequence: 6 }, bad: null });
  const edited = lines.with(2, lines[2]!.replace('"number":2', '"number":9'));
  expect((await verify(edited)).bad).toMatchObject({ sequence: 3, fault: 'CHANGED' });
  expect((await verify(lines.slice(0, 4))).bad).toMatchObject({ sequence: 5, fault: 'CUT' });
  await expect(verify(['nonsense'])).rejects.toThrow('Line 1 is no record.');
});

test('an export from before departments were hashed is verified as ever', async () => {
  const random = randomFrom(seed);
  const records = Array.from({ length: 5 }, () => randomRecord(crypto.randomUUID(), random));
  const lines = chained(records, undefined, firstLinkHash).map(({ record: one, ...link }) =>
    JSON.stringify({ ...link, record: { ...one, departmentId: undefined } }),
  );
  async function* given() {
    yield* lines;
  }

  expect(await verifyChain(readExport(given()))).toMatchObject({ verified: { sequence: 5 }, bad: null });
});

test('the list of records has sequence and hash', async () => {
  const { company, admin } = await companyWith(2);
  const chain = await readSealed(app, company.id, 0, 10);

  const { data } = await baton.ask<{ auditEvents: { nodes: unknown[] } }>(
    admin.token,
    '{ auditEvents { nodes { sequence hash } } }',
  );

  expect(data.auditEvents.nodes).toEqual(chain.map(({ sequence, hash }) => ({ sequence, hash })).reverse());
});
