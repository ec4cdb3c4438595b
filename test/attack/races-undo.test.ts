import { expect, inject, test, vi } from 'vitest';
import { encodeId } from '../../src/graphql/ids.js';
import { takeOverDue } from '../../src/features/transfers/take-over.js';
import { openTestApp } from '../support/app.js';
import { brokenInvariants } from '../support/invariants.js';
import { departing, ownGroup, serve, type Departing, type Person } from '../support/seed.js';
import { begin, transferCustomers } from '../features/transfers/begin.js';
import { corpTag, keptItems, undoTransfer } from '../features/transfers/undoing.js';

// One connection cannot race: these need a server. Each of the rounds founds a company or hands one over anew: that takes its time.
const onPostgres = test.runIf(inject('databaseTemplate').kind === 'postgres');
vi.setConfig({ testTimeout: 120_000 });
const baton = await openTestApp();
const { app } = baton;
const { prisma } = app.db;
const rounds = 30;

/** Runs a mutation as a client does; answers the codes of its refusals. Whatever a client could not act on fails the test. */
async function mutate(by: Person, name: string, input: object): Promise<string[]> {
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input!`;
  const document = `mutation ($input: ${type}) { ${name}(input: $input) { userErrors { code } } }`;
  const { data, errors } = await baton.ask<Record<string, { userErrors: { code: string }[] }>>(by.token, document, {
    input,
  });
  expect(errors).toBeUndefined();
  return data[name]?.userErrors.map(({ code }) => code) ?? [];
}

/** A leaver who stays, some of whose customers, and a group, are Ana's since a transfer; she served one of them before. */
async function handedOver(customers: number): Promise<Departing & { transferId: string }> {
  const story = await departing(baton, { customers, resigned: false });
  const { enterpriseId, leaver, ana } = story;
  await serve(baton, { enterpriseId, member: ana, customer: story.customers[0]! });
  await ownGroup(baton, { enterpriseId, member: leaver, name: 'Buyers', customers: story.customers });
  return { ...story, transferId: await handOverAgain(story) };
}

async function handOverAgain(story: Departing): Promise<string> {
  const transferId = await transferCustomers(baton, story, { kind: 'ON_JOB', groups: { all: true } });
  await drain();
  return transferId;
}

async function drain(): Promise<void> {
  while ((await takeOverDue(app, 3)) > 0);
}

/** ON_JOB hands a customer over twice in 90 days: a story of many rounds needs more. */
async function often({ enterpriseId }: Departing): Promise<void> {
  await prisma.enterprise.update({ where: { id: enterpriseId }, data: { onJobLimit: 1000, groupDailyLimit: 1000 } });
}

onPostgres(
  'an undo and a new transfer of the successor: each customer ends with one of the two, none with both',
  async () => {
    const customers = 6;
    for (let round = 0; round < rounds; round++) {
      const story = await handedOver(customers);
      const { enterpriseId, admin, leaver, ana, ben, transferId } = story;

      const [undone, codes] = await Promise.all([
        undoTransfer(baton, story, transferId),
        mutate(admin, 'transferCustomers', {
          kind: 'ON_JOB',
          leaverId: ana.id,
          successorIds: round % 2 === 0 ? [ben.id] : [leaver.id],
          selection: { all: true },
          groups: { all: true },
        }),
        drain(),
        drain(),
      ]);
      await drain();

      expect(undone.userErrors).toEqual([]);
      // Ana's own is hers whatever came first, so that there is always somebody to hand on.
      expect(codes).toEqual([]);
      const items = await keptItems(baton, transferId);
      expect(items).toHaveLength(customers + 1);
      expect(items.filter((item) => !/^(UNDONE|COMPLETED (MOVED_ON|IN_TRANSFER|SERVED_AGAIN).*)$/.test(item))).toEqual(
        [],
      );
      expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
    }
  },
);

onPostgres('an undo and a note or a tag of the successor: whoever comes second knows of the first', async () => {
  const story = await handedOver(5);
  await often(story);
  const { enterpriseId, ana, leaver, relations } = story;
  const tagId = encodeId('Tag', await corpTag(baton, enterpriseId, 'VIP'));
  let { transferId } = story;
  for (let round = 0; round < rounds; round++) {
    const [noted, tagged] = [encodeId('Relation', relations[1]!), encodeId('Relation', relations[2]!)];

    const [, remarked, labelled] = await Promise.all([
      undoTransfer(baton, story, transferId),
      mutate(ana, 'updateRelation', { relationId: noted, remark: `round ${round}` }),
      mutate(ana, 'tagRelations', {
        relationIds: [tagged],
        [round % 2 === 0 ? 'addTagIds' : 'removeTagIds']: [tagId],
      }),
    ]);

    const items = await keptItems(baton, transferId);
    const { position } = await prisma.transferItem.findFirstOrThrow({
      where: { relationId: relations[1]!, status: { in: ['COMPLETED', 'UNDONE'] } },
      orderBy: { transferId: 'desc' },
    });
    // The remark was written, and the customer stays; or the relation had gone back, and there was none of Ana's to note on.
    expect([remarked, items[position]]).toEqual(
      remarked.length === 0 ? [[], 'COMPLETED REMARK'] : [['NOT_FOUND'], 'UNDONE'],
    );
    const { memberId } = await prisma.relation.findUniqueOrThrow({ where: { id: relations[1]! } });
    expect(memberId).toBe(remarked.length === 0 ? ana.uuid : leaver.uuid);
    expect([[], ['NOT_FOUND']]).toContainEqual(labelled);
    expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);

    // Back to the leaver, whatever stayed, and over to Ana once more.
    await mutate(story.admin, 'transferCustomers', {
      kind: 'ON_JOB',
      leaverId: ana.id,
      successorIds: [leaver.id],
      selection: { all: true },
    });
    await drain();
    transferId = await begin(baton, story.admin, 'transferCustomers', {
      kind: 'ON_JOB',
      leaverId: leaver.id,
      successorIds: [ana.id],
      selection: { all: true },
    });
    await drain();
  }
});

onPostgres('an undo that comes while a note is being written waits for it, and knows of it', async () => {
  const story = await handedOver(2);
  const { enterpriseId, relations, transferId } = story;

  const undone = await prisma.$transaction(
    async (writing) => {
      await writing.$executeRaw`
        UPDATE relation SET remark = 'new', revision = revision + 1, touches = touches || jsonb_build_object('REMARK', revision + 1)
        WHERE id = ${relations[1]!}::uuid`;
      const undoing = undoTransfer(baton, story, transferId);
      await expect
        .poll(
          () => prisma.$queryRaw`
            SELECT 1 AS waits FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
          { timeout: 10_000 },
        )
        .toEqual([{ waits: 1 }]);
      return { undoing };
    },
    { timeout: 20_000 },
  );

  expect(await undone.undoing).toMatchObject({ undone: 2, kept: [{ obstacle: 'REMARK', count: 1 }] });
  expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
});

onPostgres('several undos of one transfer at once: it is undone once, and all get the same answer', async () => {
  const story = await handedOver(5);
  await often(story);
  const { enterpriseId } = story;
  let { transferId } = story;
  for (let round = 0; round < rounds; round++) {
    const key = { idempotencyKey: `round ${round}` };

    const answers = await Promise.all([
      undoTransfer(baton, story, transferId),
      undoTransfer(baton, story, transferId),
      undoTransfer(baton, story, transferId, key),
      undoTransfer(baton, story, transferId, key),
    ]);

    expect(answers.map(({ undone, kept, userErrors }) => ({ undone, kept, userErrors }))).toEqual(
      Array(4).fill({ undone: 6, kept: [], userErrors: [] }),
    );
    expect(await prisma.auditEvent.count({ where: { enterpriseId, action: 'undoTransfer' } })).toBe(round + 1);
    expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
    transferId = await handOverAgain(story);
  }
});

onPostgres('undos of transfers that ended in the same relations, in both orders: all is as it was before', async () => {
  for (let round = 0; round < rounds; round++) {
    const story = await departing(baton, { customers: 4, resigned: false });
    const { enterpriseId, ana, ben, admin, customers } = story;
    for (const customer of customers) {
      await serve(baton, { enterpriseId, member: ana, customer });
      await serve(baton, { enterpriseId, member: ben, customer });
    }
    const vip = encodeId('Tag', await corpTag(baton, enterpriseId, 'VIP'));
    const all = await prisma.relation.findMany({ where: { enterpriseId, memberId: { not: ana.uuid } } });
    await mutate(admin, 'tagRelations', {
      relationIds: all.map(({ id }) => encodeId('Relation', id)),
      addTagIds: [vip],
    });
    const first = await transferCustomers(baton, story, { kind: 'ON_JOB' });
    await drain();
    const second = await transferCustomers(baton, story, { kind: 'ON_JOB', leaverId: ben.id });
    await drain();

    const answers = await Promise.all([first, second].map((one) => undoTransfer(baton, story, one)));

    expect(answers).toMatchObject([
      { undone: 4, kept: [] },
      { undone: 4, kept: [] },
    ]);
    expect(await prisma.relation.count({ where: { enterpriseId, status: 'ACTIVE' } })).toBe(12);
    const tagged = await prisma.relationTag.findMany({ where: { enterpriseId }, include: { relation: true } });
    expect(tagged.filter(({ relation }) => relation.memberId === ana.uuid)).toEqual([]);
    expect(tagged).toHaveLength(8);
    expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
  }
});

onPostgres('an undo and the resignation of the leaver: the group has the owner that there is', async () => {
  for (let round = 0; round < rounds; round++) {
    const story = await handedOver(2);
    const { enterpriseId, admin, leaver, transferId } = story;

    const [undone, resigned] = await Promise.all([
      undoTransfer(baton, story, transferId),
      mutate(admin, 'resignMember', { memberId: leaver.id }),
    ]);

    expect({ undone: undone.undone, resigned }).toEqual({ undone: 3, resigned: [] });
    const group = await prisma.customerGroup.findFirstOrThrow({ where: { enterpriseId } });
    expect(group).toMatchObject({ ownerId: leaver.uuid, status: 'OWNER_RESIGNED' });
    expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
  }
});

// The last of the file: it tells of all that came before.
onPostgres('nobody waited for each other in a circle', async () => {
  const [row] = await prisma.$queryRaw<{ deadlocks: bigint }[]>`
    SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`;

  expect(row?.deadlocks).toBe(0n);
});
