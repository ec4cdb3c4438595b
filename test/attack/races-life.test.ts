import { expect, inject, test, vi } from 'vitest';
import { takeOverDue } from '../../src/features/transfers/take-over.js';
import { encodeId } from '../../src/graphql/ids.js';
import { transferCustomers } from '../features/transfers/begin.js';
import { change, codeOf } from '../features/transfers/change.js';
import { openTestApp, type Answer } from '../support/app.js';
import { brokenInvariants } from '../support/invariants.js';
import { departing, ownGroup, type Departing } from '../support/seed.js';

// One connection cannot race: these need a server.
const onPostgres = test.runIf(inject('databaseTemplate').kind === 'postgres');
vi.setConfig({ testTimeout: 300_000 });
const baton = await openTestApp();
const { app, clock } = baton;
const { prisma } = app.db;
const rounds = 30;
const start = clock.now();
const due = new Date(start.getTime() + 3600_000);

/** A leaver whose four customers wait, and a group if asked, in this transfer; an hour before they are due. */
async function underWay(groups = false): Promise<Departing & { readonly transferId: string }> {
  clock.set(start);
  const story = await departing(baton, { customers: 4, waitHours: 1 });
  const { enterpriseId, leaver, ana, ben, customers } = story;
  if (groups) await ownGroup(baton, { enterpriseId, member: leaver, name: 'Buyers', customers });
  const transferId = await transferCustomers(baton, story, {
    successorIds: [ana.id, ben.id],
    ...(groups && { groups: { all: true } }),
  });
  return { ...story, transferId };
}

/** Takes over until nothing more of the transfer is due; one that another works on is looked at again. */
async function drain({ enterpriseId }: Departing): Promise<void> {
  const waiting = { enterpriseId, status: 'WAITING', takeoverDueAt: { lte: clock.now() } } as const;
  do await takeOverDue(app, 2);
  while ((await prisma.transferItem.count({ where: waiting })) > 0);
}

/** Lets the others go ahead for so many trips to the database, more from round to round: so that neither side always comes first. */
async function after<T>(trips: number, work: () => Promise<T>): Promise<T> {
  for (let trip = 0; trip < trips; trip++) await prisma.$queryRaw`SELECT 1`;
  return work();
}

/** How each customer's item ended, and who serves them then, in the order of the customers. */
async function outcomes({ enterpriseId, customers, relations }: Departing): Promise<string[]> {
  const items = await prisma.transferItem.findMany({ where: { enterpriseId, kind: 'CUSTOMER' } });
  const rows = await prisma.relation.findMany({ where: { id: { in: [...relations] } }, include: { member: true } });
  return customers.map(({ uuid }) => {
    const relation = rows.find(({ customerId }) => customerId === uuid);
    const holder = relation?.member.name === 'Lee' ? 'leaver' : 'successor';
    const ended = items.filter(({ customerId }) => customerId === uuid).map(({ status }) => status);
    return `${ended.join('+')}: ${relation?.status === 'ACTIVE' ? holder : relation?.status}`;
  });
}

onPostgres('a cancellation and the takeover: each customer ends in one of the two', async () => {
  for (let round = 0; round < rounds; round++) {
    const story = await underWay(true);
    clock.set(due);

    const [code] = await Promise.all([
      after(round, () => codeOf(baton, story.admin, 'cancelTransfer', { transferId: story.transferId })),
      drain(story),
      drain(story),
    ]);

    const ended = await outcomes(story);
    expect(['COMPLETED: successor', 'CANCELLED: leaver']).toEqual(expect.arrayContaining([...new Set(ended)]));
    if (code !== null) expect([code, ...new Set(ended)]).toEqual(['TRANSFER_FINISHED', 'COMPLETED: successor']);
    expect(await brokenInvariants(app.db, story.enterpriseId)).toEqual([]);
  }
});

onPostgres('refusals at the due moment: what each customer was answered is what came', async () => {
  for (let round = 0; round < rounds; round++) {
    const story = await underWay();
    const { transferId } = story;
    clock.set(new Date(due.getTime() - 1));
    // From round to round the moment comes after more of them have been asked.
    const passing = round % (story.customers.length + 1);

    const codes = await Promise.all([
      ...story.customers.map(async (customer, place) => {
        if (place === passing) clock.set(due);
        return codeOf(baton, customer, 'declineTakeover', { transferId });
      }),
      drain(story).then(() => null),
    ]);
    clock.set(due);
    await drain(story);

    const ended = await outcomes(story);
    expect(ended).toEqual(
      codes.slice(0, -1).map((code) => (code === null ? 'REFUSED: leaver' : 'COMPLETED: successor')),
    );
    expect(codes.every((code) => code === null || code === 'TOO_LATE')).toBe(true);
    expect(await brokenInvariants(app.db, story.enterpriseId)).toEqual([]);
  }
});

onPostgres('acceptances and a cancellation: nobody ends between the two', async () => {
  for (let round = 0; round < rounds; round++) {
    const story = await underWay();
    const { admin, transferId } = story;

    const [cancelled, ...codes] = await Promise.all([
      after(round, () => codeOf(baton, admin, 'cancelTransfer', { transferId })),
      ...story.customers.map((customer) => codeOf(baton, customer, 'acceptTakeover', { transferId })),
      after(round, () => drain(story)).then(() => null),
    ]);
    await drain(story);

    const ended = await outcomes(story);
    expect(cancelled === null || cancelled === 'TRANSFER_FINISHED').toBe(true);
    expect(codes.every((code) => code === null || code === 'NOT_WAITING')).toBe(true);
    ended.forEach((one, place) => {
      expect(one).toMatch(/^(COMPLETED: successor|CANCELLED: leaver)$/);
      if (codes[place] !== null) expect(one).toBe('CANCELLED: leaver');
    });
    expect(await brokenInvariants(app.db, story.enterpriseId)).toEqual([]);
  }
});

onPostgres('customers who leave while they are taken over: every relation ends, whoever held it', async () => {
  for (let round = 0; round < rounds; round++) {
    const story = await underWay();
    clock.set(due);

    const codes = await Promise.all([
      ...story.customers.map((customer, place) =>
        codeOf(baton, customer, 'endRelation', { relationId: encodeId('Relation', story.relations[place]!) }),
      ),
      after(round % 10, () => drain(story)).then(() => null),
      after(round % 10, () => drain(story)).then(() => null),
    ]);

    const ended = await outcomes(story);
    expect(codes.filter((code) => code !== null)).toEqual([]);
    for (const one of ended) expect(one).toMatch(/^(COMPLETED|FAILED): DELETED_BY_CUSTOMER$/);
    const held = await prisma.portfolio.findMany({ where: { enterpriseId: story.enterpriseId } });
    expect(held.map(({ customers, waiting, incoming }) => customers + waiting + incoming)).toEqual(held.map(() => 0));
    expect(await brokenInvariants(app.db, story.enterpriseId)).toEqual([]);
  }
});

onPostgres('two cancellations at once: both are answered, one is done', async () => {
  for (let round = 0; round < rounds; round++) {
    const story = await underWay(true);
    const { admin, transferId, enterpriseId } = story;

    const codes = await Promise.all([0, 1, 2].map(() => codeOf(baton, admin, 'cancelTransfer', { transferId })));

    expect(codes).toEqual([null, null, null]);
    expect(await outcomes(story)).toEqual(story.customers.map(() => 'CANCELLED: leaver'));
    expect(await prisma.auditEvent.count({ where: { enterpriseId, action: 'cancelTransfer' } })).toBe(1);
    expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
  }
});

onPostgres('of eight who hand over one customer at once, one wins, and the others are told which', async () => {
  clock.set(start);
  const story = await departing(baton, { customers: 1, waitHours: 1 });
  const { enterpriseId, admin, leaver, ana, ben } = story;
  await prisma.administrator.create({
    data: { memberId: ben.uuid, enterpriseId, role: 'SUPER', createdAt: clock.now() },
  });

  for (let round = 0; round < 200; round++) {
    const begun = await Promise.all(
      Array.from({ length: 8 }, (_, turn) =>
        change(
          baton,
          turn % 2 === 0 ? admin : ben,
          'transferCustomers',
          {
            leaverId: leaver.id,
            selection: { all: true },
            successorIds: turn % 3 === 0 ? [ana.id, ben.id] : [ben.id, ana.id],
          },
          'transfer { id items { nodes { status reason inTransfer { id } } } }',
        ),
      ),
    );

    const transfers = begun.map(({ transfer }) => transfer as Answer);
    const items = transfers.map((transfer) => transfer['items']!['nodes']![0]!);
    const won = transfers.filter((_, turn) => (items[turn]!['status'] as unknown) === 'WAITING');
    expect(won).toHaveLength(1);
    const winner = won[0]!['id'] as unknown as string;
    expect(items.filter(({ status }) => (status as unknown) !== 'WAITING')).toEqual(
      Array.from({ length: 7 }, () => ({
        status: 'REJECTED',
        reason: 'ALREADY_IN_TRANSFER',
        inTransfer: { id: winner },
      })),
    );
    expect(await codeOf(baton, admin, 'cancelTransfer', { transferId: winner })).toBeNull();
    if (round % 50 === 49) expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
  }
});

// The last of the file: it tells of all that came before.
onPostgres('nobody waited for each other in a circle', async () => {
  const [row] = await prisma.$queryRaw<{ deadlocks: bigint }[]>`
    SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`;

  expect(row?.deadlocks).toBe(0n);
});
