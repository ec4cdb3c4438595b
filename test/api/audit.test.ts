import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { schema } from '../../src/app/schema.js';
import { encodeId } from '../../src/graphql/ids.js';
import { openTestApp } from '../support/app.js';
import { keepCompany } from '../support/company-tables.js';
import { everythingOf, fullCompany, handOver, type FullCompany } from '../support/full-company.js';
import { hello, mutationRows, runMutation } from './mutation-rows.js';

const baton = await openTestApp();
/** One for all tests: it is put back before each. */
const company = await fullCompany(baton);
beforeEach(await keepCompany(baton.app.db, company.enterpriseId));
const rows = mutationRows(baton);

const run = (mutation: string, token: string | null, input: object) => runMutation(baton, mutation, token, input);

/** The whole log of the company, as an administrator reads it, newest first. */
async function log(company: FullCompany) {
  const { data } = await baton.ask<{ auditEvents: { nodes: Record<string, unknown>[] } }>(
    company.admin.token,
    `{ auditEvents(first: 100) { nodes {
      id at action outcome code actor actorKind actorName subject requestId transferId detail } } }`,
  );
  return data.auditEvents.nodes;
}

async function added(company: FullCompany, work: () => Promise<unknown>) {
  const known = new Set((await log(company)).map(({ id }) => id));
  await work();
  return (await log(company)).filter(({ id }) => !known.has(id));
}

test('every mutation has a row', () => {
  const mutations = Object.keys(schema.getMutationType()?.getFields() ?? {}).sort();

  const covered = rows.map(({ mutation }) => mutation).sort();

  expect(covered).toEqual(mutations);
});

describe('a mutation that was done leaves exactly one record of who did what to whom', () => {
  test.each(rows.map((row) => [row.mutation, row] as const))('%s', async (mutation, row) => {
    const person = row.by?.(company) ?? company.admin;
    const input = await row.done(company);

    const records = await added(company, async () => expect(await run(mutation, person.token, input)).toBeUndefined());

    const isCustomer = person.token === company.handed.token;
    expect(records).toMatchObject([
      {
        action: mutation,
        outcome: 'SUCCESS',
        code: null,
        actor: person.id,
        actorKind: isCustomer ? 'CUSTOMER' : 'MEMBER',
        actorName: person.name,
        at: baton.clock.now().toISOString(),
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        ...(row.subject && { subject: row.subject(company) }),
      },
    ]);
  });
});

describe('the record of a change says what was before and what is since', () => {
  const changes = rows.filter(({ mutation }) =>
    /^(update|set|reorder|resign|reinstate|cancelResignation|grant|revoke)/.test(mutation),
  );

  test.each(changes.map((row) => [row.mutation, row] as const))('%s', async (mutation, row) => {
    const person = row.by?.(company) ?? company.admin;
    const input = await row.done(company);

    const [record] = await added(company, () => run(mutation, person.token, input));

    // A company's first default assignment had nothing before it.
    expect(Object.keys(record!['detail'] as object)).toEqual(expect.arrayContaining(['before', 'after']));
  });
});

test('no record has a secret in it, whoever sent what and however it ended', async () => {
  const people = [company.admin, company.ana, company.ben, company.leaver, company.handed];
  for (const row of rows) {
    const person = row.by?.(company) ?? company.admin;
    await run(row.mutation, person.token, row.refused(company));
  }
  await run('updateSettings', company.admin.token, { waitHours: 5 });
  const keyed = { externalUserId: 'keyed', name: 'Keyed', kind: 'WECHAT', idempotencyKey: 'a-key-of-the-client' };
  await run('createCustomer', company.admin.token, keyed);

  const events = await baton.app.db.prisma.auditEvent.findMany();

  const text = JSON.stringify(events);
  expect(events.length).toBeGreaterThan(rows.length);
  for (const { token } of people) expect(text).not.toContain(token);
  expect(text).not.toContain('a-key-of-the-client');
  expect(text).not.toContain(baton.app.config.tokenSecret);
  expect(text).not.toMatch(/eyJ[\w-]+\.[\w-]+\.[\w-]+|Bearer|PRIVATE KEY|password/i);
  // What was said in an archived conversation is read in the archive, by whom it may concern.
  expect(text).not.toContain(hello.text);
});

describe('a mutation that was refused leaves exactly one record with the code, and nothing else', () => {
  test.each(rows.map((row) => [row.mutation, row.code, row] as const))('%s: %s', async (mutation, code, row) => {
    const person = (row.refusedTo ?? row.by)?.(company) ?? company.admin;
    const before = await everythingOf(baton, company.enterpriseId);

    const records = await added(company, async () =>
      expect(await run(mutation, person.token, row.refused(company))).toBe(code),
    );

    expect(records).toMatchObject([
      {
        action: mutation,
        outcome: 'REFUSED',
        code,
        actor: person.id,
        actorName: person.name,
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      },
    ]);
    expect(await everythingOf(baton, company.enterpriseId)).toEqual(before);
  });

  // Anyone may end a relation of theirs: who may not gets NOT_FOUND, above.
  const guarded = rows.filter(({ mutation }) => mutation !== 'endRelation');

  test.each(guarded.map((row) => [row.mutation, row] as const))('%s by who may not', async (mutation, row) => {
    const [person, kind] =
      row.by?.(company) === company.handed ? [company.ben, 'MEMBER'] : [company.handed, 'CUSTOMER'];
    const input = await row.done(company);

    const records = await added(company, async () =>
      expect(await run(mutation, person.token, input)).toBe('FORBIDDEN'),
    );

    expect(records).toMatchObject([
      {
        action: mutation,
        outcome: 'REFUSED',
        code: 'FORBIDDEN',
        actor: person.id,
        actorKind: kind,
        actorName: person.name,
      },
    ]);
  });

  test.each(rows.map((row) => [row.mutation, row] as const))('%s by nobody leaves none', async (mutation, row) => {
    const input = await row.done(company);

    const records = await added(company, async () => expect(await run(mutation, null, input)).toBe('UNAUTHENTICATED'));

    expect(records).toEqual([]);
  });
});

describe('the record of a refusal says what was asked', () => {
  const refused = async (company: FullCompany, mutation: string, input: object) => {
    const [record] = await added(company, () => run(mutation, company.admin.token, input));
    return record as { outcome: string; subject: string | null; detail: { asked?: object; more?: number } };
  };

  test('the one it is about, and each id and enum value by its field, and nothing that somebody wrote', async () => {
    const { ana, ben, customers } = company;
    const record = await refused(company, 'transferCustomers', {
      leaverId: ana.id,
      selection: { customerIds: customers.map(({ id }) => id) },
      successorIds: [ben.id],
      note: 'between us',
      customerMessage: 'a message',
      idempotencyKey: 'a key',
    });

    expect(record).toMatchObject({ outcome: 'REFUSED', subject: ana.id });
    expect(record.detail).toEqual({
      message: expect.any(String) as string,
      asked: {
        kind: 'RESIGNED',
        leaverId: ana.uuid,
        'selection.customerIds': customers.map(({ uuid }) => uuid),
        successorIds: [ben.uuid],
      },
    });
    expect(JSON.stringify(record.detail)).not.toMatch(/between us|a message|a key/);
  });

  test('no more of them than fifty, and how many there were besides', async () => {
    const ids = Array.from({ length: 60 }, () => randomUUID());
    const { detail, subject } = await refused(company, 'tagRelations', {
      relationIds: ids.map((id) => encodeId('Relation', id)),
      addTagIds: [company.ids.Tag],
    });

    const asked = Object.values(detail.asked ?? {}).flat();
    expect(asked).toHaveLength(50);
    expect(detail).toMatchObject({ more: 11 });
    expect(subject).toBeNull();
  });

  test('an id that is none is counted and not kept, whatever was written there', async () => {
    const written = ['my password', encodeId('Member', 'my password'), encodeId('password', randomUUID())];
    for (const memberId of written) {
      const { detail, subject } = await refused(company, 'resignMember', { memberId });

      expect(detail, memberId).toEqual({ message: expect.any(String) as string, more: 1 });
      expect(subject).toBeNull();
    }
  });
});

describe('what the log says of a transfer', () => {
  test('its record leads to each customer and who got them', async () => {
    const [, , third, fourth] = company.customers;
    const id = await handOver(baton, company, [fourth!, third!], [company.ben, company.ana]);

    const records = (await log(company)).filter(({ transferId }) => transferId === id);
    const submitted = records.find(({ action }) => action === 'transferCustomers');
    const { data } = await baton.ask<{
      node: { items: { nodes: unknown[] }; auditEvents: { nodes: { id: string }[] } };
    }>(
      company.admin.token,
      `query ($id: ID!) { node(id: $id) { ... on Transfer {
        auditEvents(first: 100) { nodes { id } }
        items(first: 100) { nodes { status customer { name } leaver { name } successor { name } } } } } }`,
      { id: submitted?.['transferId'] },
    );

    expect(records.map(({ action, outcome, actorName }) => [action, outcome, actorName])).toEqual([
      ...Array.from({ length: records.length - 1 }, () => ['takeOver', 'SUCCESS', expect.any(String) as string]),
      ['transferCustomers', 'SUCCESS', 'Ada'],
    ]);
    expect(records.length).toBeGreaterThan(1);
    expect(data.node.auditEvents.nodes.map((record) => record.id)).toEqual(records.map((record) => record['id']));
    expect(data.node.items.nodes).toEqual([
      { status: 'COMPLETED', customer: { name: 'Customer 4' }, leaver: { name: 'Lee' }, successor: { name: 'Ben' } },
      { status: 'COMPLETED', customer: { name: 'Customer 3' }, leaver: { name: 'Lee' }, successor: { name: 'Ana' } },
    ]);
  });

  test('each filter of the log answers what it names, and no more', async () => {
    await run('updateSettings', company.ana.token, { waitHours: 7 });
    await run('updateRelation', company.ana.token, { relationId: company.ids.Relation, remark: 'changed' });

    const find = async (filter: object) => {
      const { data } = await baton.ask<{ auditEvents: { nodes: { action: string; outcome: string }[] } }>(
        company.admin.token,
        'query ($filter: AuditEventFilter) { auditEvents(filter: $filter) { nodes { action outcome } } }',
        { filter },
      );
      return data.auditEvents.nodes.map(({ action, outcome }) => `${action} ${outcome}`).sort();
    };

    expect(await find({ actorId: company.ana.id })).toEqual(['updateRelation SUCCESS', 'updateSettings REFUSED']);
    expect(await find({ outcome: 'REFUSED' })).toEqual(['updateSettings REFUSED']);
    expect(await find({ action: ['updateRelation', 'takeOver'] })).toEqual([
      'takeOver SUCCESS',
      'updateRelation SUCCESS',
    ]);
    expect(await find({ transferId: company.ids.Transfer })).toEqual(['takeOver SUCCESS', 'transferCustomers SUCCESS']);
    expect(await find({ before: baton.clock.now().toISOString() })).toEqual([]);
    expect(await find({ after: baton.clock.now().toISOString() })).toHaveLength(5);
  });
});
