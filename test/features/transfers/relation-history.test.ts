import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeId } from '../../../src/graphql/ids.js';
import { openTestApp } from '../../support/app.js';
import { brokenInvariants } from '../../support/invariants.js';
import { departing, serve, type Departing, type Person } from '../../support/seed.js';

const baton = await openTestApp();
const { ask, app, clock } = baton;

/** Everybody's customers, as `Member: Customer, Customer` in one text. */
type Served = Readonly<Record<string, string>>;

async function mutate(by: Person, name: string, input: object, payload = '') {
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input!`;
  const { data } = await ask(
    by.token,
    `mutation ($input: ${type}) { ${name}(input: $input) { ${payload} userErrors { code } } }`,
    { input },
  );
  return data[name]!;
}

async function handOver({ admin }: Departing, from: Person, to: Person, customers: readonly Person[]) {
  const selection = { customerIds: customers.map(({ id }) => id) };
  const payload = await mutate(
    admin,
    'transferCustomers',
    { leaverId: from.id, kind: 'ON_JOB', successorIds: [to.id], selection },
    'transfer { id }',
  );
  await app.settle();
  return (payload['transfer'] as unknown as { id: string } | null)?.id ?? null;
}

/** Who serves whom at a moment, as asked of the members; null: as the company is now, by other fields. */
async function servedBy({ admin }: Departing, people: readonly Person[], at: Date | null): Promise<Served> {
  const field = at
    ? 'customersAt(at: $at, first: 100) { totalCount nodes { name } }'
    : 'customers(first: 100) { totalCount nodes { customer { name } } }';
  const { data } = await ask<{ nodes: { name: string; list: { totalCount: number; nodes: Named[] } }[] }>(
    admin.token,
    `query ($ids: [ID!]!${at ? ', $at: DateTime' : ''}) { nodes(ids: $ids) { ... on Member { name list: ${field} } } }`,
    { ids: people.map(({ id }) => id), at },
  );
  for (const { list } of data.nodes) expect(list.totalCount).toBe(list.nodes.length);
  return Object.fromEntries(data.nodes.map(({ name, list }) => [name, namesOf(list.nodes)]));
}

/** The same, as asked of the customers. */
async function servingAt({ admin }: Departing, people: readonly Person[], customers: readonly Person[], at: Date) {
  const { data } = await ask<{ nodes: { name: string; servedByAt: { name: string }[] }[] }>(
    admin.token,
    'query ($ids: [ID!]!, $at: DateTime) { nodes(ids: $ids) { ... on Customer { name servedByAt(at: $at) { name } } } }',
    { ids: customers.map(({ id }) => id), at },
  );
  return Object.fromEntries(
    people.map((person) => [
      person.name,
      namesOf(data.nodes.filter(({ servedByAt }) => servedByAt.some(({ name }) => name === person.name))),
    ]),
  );
}

interface Named {
  readonly name?: string;
  readonly customer?: { readonly name: string };
}
const namesOf = (nodes: readonly Named[]) =>
  nodes
    .map(({ name, customer }) => name ?? customer?.name)
    .sort()
    .join(', ');

const before = (moment: Date) => new Date(moment.getTime() - 1);

describe('who served a customer at a moment', () => {
  test('the leaver up to the takeover, the successor from its moment on; back after an undo; nobody after the end', async () => {
    const here = await departing(baton, { customers: 1, resigned: false });
    const { admin, leaver, ana, customers, relations } = here;
    const began = await app.db.prisma.relation.findUniqueOrThrow({ where: { id: relations[0]! } });
    const at = async (moment: Date) => (await servingAt(here, [leaver, ana], customers, moment)) as unknown;

    clock.advance(0.01);
    const takenOver = clock.now();
    const transferId = await handOver(here, leaver, ana, customers);
    clock.advance(0.01);
    const undone = clock.now();
    await mutate(admin, 'undoTransfer', { transferId });
    clock.advance(0.01);
    const ended = clock.now();
    await mutate(admin, 'endRelation', { relationId: encodeId('Relation', relations[0]!) });

    expect(await at(before(began.addedAt!))).toEqual({ Lee: '', Ana: '' });
    expect(await at(began.addedAt!)).toEqual({ Lee: 'Customer 1', Ana: '' });
    expect(await at(before(takenOver))).toEqual({ Lee: 'Customer 1', Ana: '' });
    expect(await at(takenOver)).toEqual({ Lee: '', Ana: 'Customer 1' });
    expect(await at(before(undone))).toEqual({ Lee: '', Ana: 'Customer 1' });
    expect(await at(undone)).toEqual({ Lee: 'Customer 1', Ana: '' });
    expect(await at(before(ended))).toEqual({ Lee: 'Customer 1', Ana: '' });
    expect(await at(ended)).toEqual({ Lee: '', Ana: '' });
  });

  test('both while both serve, one after the two merged, both again after that was undone', async () => {
    const here = await departing(baton, { customers: 1, resigned: false });
    const { admin, leaver, ana, customers, enterpriseId } = here;
    await serve(baton, { enterpriseId, member: ana, customer: customers[0]!, daysAgo: 9 });
    const at = async (moment: Date) => {
      const { data } = await ask<{ node: { servedByAt: Named[] } }>(
        admin.token,
        'query ($id: ID!, $at: DateTime) { node(id: $id) { ... on Customer { servedByAt(at: $at) { name } } } }',
        { id: customers[0]!.id, at: moment },
      );
      return data.node.servedByAt.map(({ name }) => name);
    };

    clock.advance(0.01);
    const merged = clock.now();
    const transferId = await handOver(here, leaver, ana, customers);
    clock.advance(0.01);
    const undone = clock.now();
    await mutate(admin, 'undoTransfer', { transferId });

    expect(await at(before(merged))).toEqual(['Ana', 'Lee']);
    expect(await at(merged)).toEqual(['Ana']);
    expect(await at(before(undone))).toEqual(['Ana']);
    expect(await at(undone)).toEqual(['Ana', 'Lee']);
    expect(await servedBy(here, [leaver, ana], before(undone))).toEqual({ Lee: '', Ana: 'Customer 1' });
  });

  test('a moment to come is refused; only administrators are told', async () => {
    const { admin, ana, leaver, customers, enterpriseId } = await departing(baton, { customers: 1 });
    await serve(baton, { enterpriseId, member: ana, customer: customers[0]! });
    const fields =
      'customers: nodes(ids: [$customer]) { ... on Customer { servedByAt(at: $at) { name } } } members: nodes(ids: [$member]) { ... on Member { customersAt(at: $at) { totalCount } } }';
    const query = `query ($customer: ID!, $member: ID!, $at: DateTime) { ${fields} }`;
    const variables = { customer: customers[0]!.id, member: leaver.id };

    const late = await ask(admin.token, query, { ...variables, at: new Date(clock.now().getTime() + 1) });
    const colleague = await ask(ana.token, query, variables);
    const customer = await ask(customers[0]!.token, query, variables);

    expect(late.errors?.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT', 'BAD_USER_INPUT']);
    expect(colleague.data).toEqual({ customers: [{ servedByAt: null }], members: [{ customersAt: null }] });
    expect(customer.data).toEqual({ customers: [{ servedByAt: null }], members: [{ customersAt: null }] });
  });

  test('pages by name, forwards and backwards, and takes no cursor of another moment', async () => {
    const here = await departing(baton, { customers: 5, resigned: false });
    const { admin, leaver, ana, customers } = here;
    const at = clock.now().toISOString();
    clock.advance(0.01);
    await handOver(here, leaver, ana, customers.slice(2));
    const page = async (args: string) => {
      const { data, errors } = await ask<{
        node: {
          customersAt: { nodes: Named[]; pageInfo: { endCursor: string; startCursor: string; hasNextPage: boolean } };
        };
      }>(
        admin.token,
        `query ($id: ID!) { node(id: $id) { ... on Member { customersAt(${args}) { nodes { name } pageInfo { startCursor endCursor hasNextPage } } } } }`,
        { id: leaver.id },
      );
      return errors ? errors[0]!.extensions.code : data.node.customersAt;
    };
    type Page = Exclude<Awaited<ReturnType<typeof page>>, string>;

    const first = (await page(`at: "${at}", first: 3`)) as Page;
    const second = (await page(`at: "${at}", first: 3, after: "${first.pageInfo.endCursor}"`)) as Page;
    const back = (await page(`at: "${at}", last: 2, before: "${second.pageInfo.startCursor}"`)) as Page;

    expect([namesOf(first.nodes), first.pageInfo.hasNextPage]).toEqual(['Customer 1, Customer 2, Customer 3', true]);
    expect([namesOf(second.nodes), second.pageInfo.hasNextPage]).toEqual(['Customer 4, Customer 5', false]);
    expect(namesOf(back.nodes)).toBe('Customer 2, Customer 3');
    expect(await page(`first: 3, after: "${first.pageInfo.endCursor}"`)).toBe('BAD_USER_INPUT');
  });
});

test('whatever was handed over, merged, undone, begun and ended, both directions tell what was seen at the time', async () => {
  const step = fc.record({
    what: fc.constantFrom('handOver', 'handOver', 'handOver', 'undo', 'begin', 'end'),
    from: fc.nat(2),
    to: fc.nat(2),
    customer: fc.nat(3),
    seconds: fc.integer({ min: 1, max: 30 }),
  });

  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 10 }), async (steps) => {
      const here = await departing(baton, { customers: 4, resigned: false });
      const { admin, leaver, ana, ben, customers, enterpriseId } = here;
      const people = [leaver, ana, ben] as const;
      await app.db.prisma.enterprise.update({ where: { id: enterpriseId }, data: { onJobLimit: 1000 } });
      const seen: { from: Date; served: Served }[] = [
        { from: clock.now(), served: await servedBy(here, people, null) },
      ];
      const transfers: string[] = [];

      for (const { what, from, to, customer, seconds } of steps) {
        clock.advance(seconds / 3600);
        const [giver, taker, one] = [people[from]!, people[to]!, customers[customer]!];
        if (what === 'handOver') {
          const id = await handOver(here, giver, taker, [one, customers[(customer + 1) % 4]!]);
          if (id) transfers.push(id);
        } else if (what === 'undo' && transfers.length > 0) {
          await mutate(admin, 'undoTransfer', { transferId: transfers[(customer + from) % transfers.length] });
        } else if (what === 'begin') {
          await mutate(admin, 'addRelation', { memberId: taker.id, customerId: one.id });
        } else if (what === 'end') {
          const relation = await app.db.prisma.relation.findFirst({
            where: { memberId: giver.uuid, customerId: one.uuid, status: 'ACTIVE' },
          });
          if (relation) await mutate(admin, 'endRelation', { relationId: encodeId('Relation', relation.id) });
        }
        seen.push({ from: clock.now(), served: await servedBy(here, people, null) });
      }

      clock.advance(1 / 3600);
      for (const [place, { from, served }] of seen.entries()) {
        const until = before(seen[place + 1]?.from ?? clock.now());
        for (const moment of [from, until]) {
          expect(await servedBy(here, people, moment)).toEqual(served);
          expect(await servingAt(here, people, customers, moment)).toEqual(served);
        }
      }
      expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
    }),
    { numRuns: 8 },
  );
}, 180_000);
