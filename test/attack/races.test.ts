import { expect, inject, test } from 'vitest';
import { createApp } from '../../src/app/app.js';
import { readConfig } from '../../src/app/config.js';
import { startRunner } from '../../src/app/runner.js';
import { takeOverDue } from '../../src/features/transfers/take-over.js';
import { openDatabase } from '../../src/platform/db/database.js';
import { encodeId } from '../../src/graphql/ids.js';
import { createLogger } from '../../src/platform/log.js';
import { openTestApp } from '../support/app.js';
import { serveMany } from '../support/crowd.js';
import { brokenInvariants } from '../support/invariants.js';
import { rewriteAudit } from '../support/rewrite-audit.js';
import { departing, serve, type Departing, type Person } from '../support/seed.js';

// One connection cannot race: these need a server.
const onPostgres = test.runIf(inject('databaseTemplate').kind === 'postgres');
const baton = await openTestApp();
const { app } = baton;
const { prisma } = app.db;

interface Handed {
  readonly waiting: number;
  /** Why the others were rejected, each reason once. */
  readonly rejected: readonly string[];
}

/** Submits as a client does; a refusal is its code. Whatever a client could not act on fails the test. */
async function submit(
  by: Person,
  input: { leaverId: string; successorIds: readonly string[]; selection: object },
): Promise<Handed | string> {
  const { data, errors } = await baton.ask<{ transferCustomers: Submitted }>(
    by.token,
    `mutation ($input: TransferCustomersInput!) {
       transferCustomers(input: $input) {
         transfer { counts { waiting } items(first: 100, filter: { status: [REJECTED] }) { nodes { reason } } }
         userErrors { code } } }`,
    { input },
  );
  expect(errors).toBeUndefined();
  const { transfer, userErrors } = data.transferCustomers;
  if (!transfer) return userErrors.map(({ code }) => code).join();
  const reasons = transfer.items.nodes.map(({ reason }) => reason);
  return { waiting: transfer.counts.waiting, rejected: [...new Set(reasons)] };
}

interface Submitted {
  readonly transfer: { counts: { waiting: number }; items: { nodes: { reason: string }[] } } | null;
  readonly userErrors: readonly { code: string }[];
}

async function mutate(by: Person, name: string, input: object): Promise<string[]> {
  const typeName = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`;
  const { data, errors } = await baton.ask<Record<string, { userErrors: { code: string }[] }>>(
    by.token,
    `mutation ($input: ${typeName}!) { ${name}(input: $input) { userErrors { code } } }`,
    { input },
  );
  expect(errors).toBeUndefined();
  return data[name]?.userErrors.map(({ code }) => code) ?? [];
}

/** The seed's randomness: a failure repeats with the same rounds. */
function dice(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

// A hundred were clean too; these are enough to see each lock that is taken away.
const rounds = 40;

onPostgres('of overlapping selections submitted at once, each customer is accepted by exactly one', async () => {
  const random = dice(7);
  const story = await departing(baton, { customers: 12, waitHours: 24 });
  const { customers, enterpriseId } = story;
  const transfers: unknown[] = [];

  for (let round = 0; round < rounds; round++) {
    const selections = [0, 1, 2, 3].map(() => customers.filter(() => random() < 0.6).map(({ id }) => id));
    const named = selections.filter((ids) => ids.length > 0);
    const answers = await Promise.all(
      named.map((customerIds, turn) =>
        submit(story.admin, {
          leaverId: story.leaver.id,
          selection: { customerIds },
          // In both orders, so that whoever locked in the order of the input would meet itself.
          successorIds: turn % 2 === 0 ? [story.ana.id, story.ben.id] : [story.ben.id, story.ana.id],
        }),
      ),
    );

    const accepted = answers.reduce((sum, answer) => sum + (typeof answer === 'string' ? 0 : answer.waiting), 0);
    expect(accepted).toBe(new Set(named.flat()).size);
    answers.forEach((answer, turn) => {
      const { waiting, rejected } = answer as Handed;
      const left = (named[turn]?.length ?? 0) - waiting;
      expect(rejected).toEqual(left === 0 ? [] : ['ALREADY_IN_TRANSFER']);
    });
    transfers.push(...answers);
    if (round % 10 === 9) expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
    await startOver(enterpriseId);
  }
  expect(transfers.length).toBeGreaterThan(rounds * 3.5);
});

/** Takes an enterprise back to before its transfers: a round begins like the first, at none of the cost of a new company. */
async function startOver(enterpriseId: string): Promise<void> {
  await prisma.$transaction([
    prisma.$executeRaw`DELETE FROM transfer_item WHERE enterprise_id = ${enterpriseId}::uuid`,
    prisma.$executeRaw`DELETE FROM transfer_tally WHERE enterprise_id = ${enterpriseId}::uuid`,
    prisma.$executeRaw`DELETE FROM transfer_delay WHERE enterprise_id = ${enterpriseId}::uuid`,
    prisma.$executeRaw`DELETE FROM transfer_rule WHERE enterprise_id = ${enterpriseId}::uuid`,
    prisma.$executeRaw`DELETE FROM transfer_successor WHERE enterprise_id = ${enterpriseId}::uuid`,
    prisma.$executeRaw`DELETE FROM inbox_event WHERE enterprise_id = ${enterpriseId}::uuid`,
    prisma.$executeRaw`DELETE FROM fact WHERE enterprise_id = ${enterpriseId}::uuid`,
    prisma.$executeRaw`DELETE FROM transfer WHERE enterprise_id = ${enterpriseId}::uuid`,
    prisma.$executeRaw`UPDATE portfolio SET waiting = 0, incoming = 0 WHERE enterprise_id = ${enterpriseId}::uuid`,
  ]);
  await rewriteAudit(app.db, `DELETE FROM audit_event WHERE enterprise_id = '${enterpriseId}'`);
}

/** Another leaver of the same company, who has resigned as well. */
async function anotherLeaver(story: Departing): Promise<Person> {
  const uuid = app.ids.next();
  const { enterpriseId } = story;
  const createdAt = app.clock.now();
  await prisma.member.create({
    data: { id: uuid, enterpriseId, userId: uuid, name: 'Lou', createdAt, status: 'RESIGNED', resignedAt: createdAt },
  });
  const token = await baton.tokenOf({ kind: 'member', id: uuid, enterpriseId });
  return { id: encodeId('Member', uuid), uuid, name: 'Lou', token };
}

/** The application once more on the same database, as another process would have it. */
async function anotherInstance() {
  const template = inject('databaseTemplate');
  if (template.kind !== 'postgres') throw new Error('Another instance needs a server.');
  const [row] = await prisma.$queryRaw<{ name: string }[]>`SELECT current_database() AS name`;
  const url = new URL(template.server);
  url.pathname = `/${row?.name}`;
  const log = createLogger({ level: 'silent' });
  const db = await openDatabase({ url: url.href, log });
  const other = await createApp(readConfig({ NODE_ENV: 'test', RUNNER: 'false' }), { db, clock: baton.clock, log });
  return {
    app: other,
    async [Symbol.asyncDispose]() {
      await other[Symbol.asyncDispose]();
      await db[Symbol.asyncDispose]();
    },
  };
}

onPostgres('two leavers and the same successors in opposite orders, taken over by two instances', async () => {
  await using second = await anotherInstance();
  const story = await departing(baton, { customers: 0 });
  const { ana, ben, leaver, admin, enterpriseId } = story;
  const lou = await anotherLeaver(story);
  await prisma.enterprise.update({ where: { id: enterpriseId }, data: { customerLimit: 100_000 } });
  for (const from of [leaver, lou]) await serveMany(app, enterpriseId, from.uuid, 1000);
  // Customers of both: the second takeover merges.
  await prisma.$executeRaw`
    INSERT INTO relation (id, enterprise_id, member_id, customer_id)
    SELECT gen_random_uuid(), enterprise_id, ${lou.uuid}::uuid, customer_id FROM relation WHERE member_id = ${leaver.uuid}::uuid LIMIT 300`;
  await prisma.portfolio.update({ where: { memberId: lou.uuid }, data: { customers: { increment: 300 } } });
  const selection = { all: true };

  const began = await Promise.all([
    submit(admin, { leaverId: leaver.id, selection, successorIds: [ana.id, ben.id] }),
    submit(admin, { leaverId: lou.id, selection, successorIds: [ben.id, ana.id] }),
  ]);
  expect(began).toEqual([
    { waiting: 1000, rejected: [] },
    { waiting: 1300, rejected: [] },
  ]);
  const ended = await Promise.all([app, second.app, app, second.app].map((one) => drain(one, 100)));

  expect(ended.reduce((sum, one) => sum + one, 0)).toBe(2300);
  expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
  expect(await prisma.inboxEvent.count({ where: { enterpriseId, type: 'TAKEOVER_COMPLETED' } })).toBe(2300);
  expect(
    await prisma.relation.count({
      where: { enterpriseId, memberId: { in: [leaver.uuid, lou.uuid] }, status: 'ACTIVE' },
    }),
  ).toBe(0);
});

/** Takes over until this instance finds nothing for a while: one that finds all transfers taken looks again. */
async function drain(one: Parameters<typeof takeOverDue>[0], limit: number): Promise<number> {
  let ended = 0;
  while ((await prisma.transferItem.count({ where: { status: 'WAITING' } })) > 0)
    ended += await takeOverDue(one, limit);
  return ended;
}

onPostgres('a member to whom a customer is added that is just coming to them ends with one relation', async () => {
  const story = await departing(baton, { customers: 40 });
  const { admin, leaver, ana, customers, enterpriseId } = story;
  const selection = { all: true };
  await submit(admin, { leaverId: leaver.id, selection, successorIds: [ana.id] });

  const [codes] = await Promise.all([
    Promise.all(
      customers.map((customer) => mutate(admin, 'addRelation', { memberId: ana.id, customerId: customer.id })),
    ),
    drain(app, 3),
    drain(app, 3),
  ]);

  expect(codes.flat().every((code) => code === 'ALREADY_SERVED')).toBe(true);
  const relations = await prisma.relation.groupBy({
    by: ['status', 'memberId'],
    where: { enterpriseId },
    _count: true,
  });
  const merged = codes.filter((code) => code.length === 0).length;
  expect(relations.filter(({ status }) => status === 'ACTIVE')).toEqual([
    { status: 'ACTIVE', memberId: ana.uuid, _count: 40 },
  ]);
  expect(relations.find(({ status }) => status === 'MERGED')?._count ?? 0).toBe(merged);
  expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
});

onPostgres(
  'resigning and coming back while customers are being submitted leaves nobody working and handed over',
  async () => {
    const story = await departing(baton, { customers: 30, waitHours: 24 });
    const { admin, leaver, ana, ben, customers, enterpriseId } = story;

    for (let round = 0; round < 25; round++) {
      const answers = await Promise.all([
        mutate(admin, 'reinstateMember', { memberId: leaver.id }),
        submit(admin, {
          leaverId: leaver.id,
          selection: { customerIds: [customers[round]?.id] },
          successorIds: [ana.id, ben.id],
        }),
        mutate(admin, 'resignMember', { memberId: leaver.id }),
        mutate(admin, 'resignMember', { memberId: ben.id }),
        mutate(admin, 'reinstateMember', { memberId: ben.id }),
      ]);
      const { status } = await prisma.member.findUniqueOrThrow({ where: { id: leaver.uuid } });
      const { waiting } = await prisma.portfolio.findUniqueOrThrow({ where: { memberId: leaver.uuid } });
      // Whatever came first: who works has nobody under way.
      expect(`${status} ${waiting > 0}`, JSON.stringify(answers)).not.toBe('ACTIVE true');
      expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
      await startOver(enterpriseId);
      await mutate(admin, 'resignMember', { memberId: leaver.id });
    }
  },
);

onPostgres('two instances whose runners run take no item twice, while transfers keep coming', async () => {
  await using second = await anotherInstance();
  const stories = await Promise.all([0, 1, 2].map(() => departing(baton, { customers: 0 })));
  for (const story of stories) await serveMany(app, story.enterpriseId, story.leaver.uuid, 600);
  await using _one = startRunner(app);
  await using _two = startRunner(second.app);

  await Promise.all(
    stories.map(async ({ admin, leaver, ana, ben, enterpriseId }) => {
      const relations = await prisma.relation.findMany({ where: { enterpriseId }, select: { customerId: true } });
      const ids = relations.map(({ customerId }) => encodeId('Customer', customerId));
      for (let from = 0; from < 600; from += 60) {
        const answer = await submit(admin, {
          leaverId: leaver.id,
          selection: { customerIds: ids.slice(from, from + 60) },
          successorIds: [ana.id, ben.id],
        });
        expect(answer).toEqual({ waiting: 60, rejected: [] });
      }
    }),
  );
  await expect
    .poll(() => prisma.transferItem.count({ where: { status: 'WAITING' } }), { timeout: 15_000, interval: 100 })
    .toBe(0);

  for (const { enterpriseId, leaver } of stories) {
    expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
    expect(await prisma.relation.count({ where: { memberId: leaver.uuid, status: 'ACTIVE' } })).toBe(0);
    expect(await prisma.inboxEvent.count({ where: { enterpriseId, type: 'TAKEOVER_COMPLETED' } })).toBe(600);
  }
});

onPostgres(
  'two leavers of the same customers hand over to the same successors: every pair merges, none is lost',
  async () => {
    const story = await departing(baton, { customers: 0 });
    const { admin, leaver, ana, ben, enterpriseId } = story;
    const lou = await anotherLeaver(story);
    await prisma.portfolio.create({ data: { memberId: lou.uuid, enterpriseId } });
    for (let one = 0; one < 20; one++) {
      const { customer } = await serve(baton, { enterpriseId, member: leaver });
      await serve(baton, { enterpriseId, member: lou, customer });
    }
    const selection = { all: true };
    await Promise.all([
      submit(admin, { leaverId: leaver.id, selection, successorIds: [ana.id, ben.id] }),
      submit(admin, { leaverId: lou.id, selection, successorIds: [ben.id, ana.id] }),
    ]);

    await Promise.all([drain(app, 4), drain(app, 4), drain(app, 4)]);

    expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
  },
);

// The last of the file: it tells of all that came before.
onPostgres('nobody waited for each other in a circle', async () => {
  const [row] = await prisma.$queryRaw<{ deadlocks: bigint }[]>`
    SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`;

  expect(row?.deadlocks).toBe(0n);
});
