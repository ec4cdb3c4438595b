import { expect, inject, test } from 'vitest';
import { takeOverDue } from '../../src/features/transfers/take-over.js';
import { encodeId } from '../../src/graphql/ids.js';
import { openTestApp } from '../support/app.js';
import { serveMany } from '../support/crowd.js';
import { brokenInvariants } from '../support/invariants.js';
import { departing, type Person } from '../support/seed.js';

// One connection cannot race: these need a server.
const onPostgres = test.runIf(inject('databaseTemplate').kind === 'postgres');
const baton = await openTestApp();
const { app } = baton;
const { prisma } = app.db;

/** Does it as a client does. A user error is its code; whatever a client could not act on fails the test. */
async function mutate(by: Person, name: string, input: object): Promise<string[]> {
  const typeName = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`;
  const { data, errors } = await baton.ask<Record<string, { userErrors: { code: string }[] }>>(
    by.token,
    `mutation ($input: ${typeName}!) { ${name}(input: $input) { userErrors { code } } }`,
    { input },
  );
  expect(errors?.map(({ extensions }) => extensions)).toBeUndefined();
  return data[name]?.userErrors.map(({ code }) => code) ?? [];
}

async function deadlocks(): Promise<bigint | undefined> {
  const [row] = await prisma.$queryRaw<{ deadlocks: bigint }[]>`
    SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`;
  return row?.deadlocks;
}

async function corpTag(enterpriseId: string, name: string): Promise<string> {
  const [groupId, id] = [app.ids.next(), app.ids.next()];
  await prisma.tagGroup.create({ data: { id: groupId, enterpriseId, name } });
  await prisma.tag.create({ data: { id, enterpriseId, kind: 'CORP', name, groupId } });
  return encodeId('Tag', id);
}

onPostgres(
  'customers are tagged, noted on and untagged for good while they are taken over, and nobody is in the way',
  async () => {
    const story = await departing(baton, { customers: 0 });
    const { admin, leaver, ana, ben, enterpriseId } = story;
    // Takeovers of so many lock for long enough to meet the others in the middle: without the portfolios some wait in a circle.
    await serveMany(app, enterpriseId, leaver.uuid, 4000);
    // Ana serves some of them already: these merge.
    await prisma.$executeRaw`
    INSERT INTO relation (id, enterprise_id, member_id, customer_id)
    SELECT gen_random_uuid(), enterprise_id, ${ana.uuid}::uuid, customer_id FROM relation
    WHERE member_id = ${leaver.uuid}::uuid ORDER BY id LIMIT 60`;
    await prisma.portfolio.update({ where: { memberId: ana.uuid }, data: { customers: { increment: 60 } } });
    const [vip, doomed] = [await corpTag(enterpriseId, 'vip'), await corpTag(enterpriseId, 'doomed')];
    const all = { selection: { filter: {} } };
    expect(await mutate(admin, 'tagRelations', { ...all, addTagIds: [doomed] })).toEqual([]);
    const relations = await prisma.relation.findMany({ where: { enterpriseId, memberId: leaver.uuid } });
    const before = await deadlocks();

    expect(
      await mutate(admin, 'transferCustomers', {
        leaverId: leaver.id,
        selection: { all: true },
        successorIds: [ana.id, ben.id],
      }),
    ).toEqual([]);
    let going = true;
    const takeovers = Promise.all(
      [0, 1].map(async () => {
        while ((await prisma.transferItem.count({ where: { enterpriseId, status: 'WAITING' } })) > 0)
          await takeOverDue(app, 500);
      }),
    ).finally(() => (going = false));
    const others = [
      async () => mutate(admin, 'tagRelations', { ...all, addTagIds: [vip] }),
      async () => mutate(admin, 'tagRelations', { selection: { memberId: ana.id, filter: {} }, removeTagIds: [vip] }),
      async () => mutate(ben, 'tagRelations', { ...all, addTagIds: [vip] }),
      async (round: number) =>
        mutate(admin, 'updateRelation', {
          relationId: encodeId('Relation', relations[(round * 37) % relations.length]!.id),
          remark: `round ${round}`,
        }),
    ].map(async (one) => {
      const codes = [];
      for (let round = 0; going; round++) codes.push(...(await one(round)));
      return codes;
    });
    const ended = await mutate(admin, 'deleteTag', { tagId: doomed });
    await takeovers;
    const codes = (await Promise.all(others)).flat();

    // A relation that has merged is not there to be noted on.
    expect([...new Set(codes)].filter((code) => code !== 'NOT_FOUND')).toEqual([]);
    expect(ended).toEqual([]);
    expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
    expect(await mutate(admin, 'tagRelations', { ...all, addTagIds: [vip] })).toEqual([]);
    const active = await prisma.relation.count({ where: { enterpriseId, status: 'ACTIVE' } });
    expect(
      await prisma.relationTag.count({ where: { enterpriseId, relation: { status: 'ACTIVE' }, tag: { name: 'vip' } } }),
    ).toBe(active);
    expect(await deadlocks()).toBe(before);
  },
);
