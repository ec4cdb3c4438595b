import { describe, expect, test } from 'vitest';
import { openTestApp } from '../../support/app.js';
import { brokenInvariants } from '../../support/invariants.js';
import { departing, ownGroup, serve, standing, type Departing, type Person } from '../../support/seed.js';

const baton = await openTestApp();
const { app } = baton;

interface Chosen {
  readonly reason: string | null;
  readonly successor: { readonly name: string } | null;
  readonly why: {
    readonly strategy: string;
    readonly choice: string;
    readonly loadBefore: number;
    readonly sharedTags: number | null;
    readonly sameRegion: boolean | null;
    readonly skipped: readonly { readonly member: { readonly name: string }; readonly reason: string }[];
  } | null;
}

interface Preview {
  readonly total: number;
  readonly accepted: number;
  readonly digest: string;
  readonly successors: readonly { readonly member: { readonly name: string }; readonly assigned: number }[];
  readonly rules: readonly { readonly name: string; readonly strategy: string; readonly assigned: number }[];
  readonly sample: readonly Chosen[];
}

interface Refused {
  readonly code: string;
  readonly path: readonly string[];
  readonly differences?: readonly object[];
}

const why = 'why { strategy choice loadBefore sharedTags sameRegion skipped { member { name } reason } }';

function inputOf(story: Departing, input: object): object {
  return {
    leaverId: story.leaver.id,
    selection: { customerIds: story.customers.map(({ id }) => id) },
    successorIds: [story.ana.id, story.ben.id],
    ...input,
  };
}

async function preview(
  story: Departing,
  input: object = {},
): Promise<{ preview: Preview | null; userErrors: readonly Refused[] }> {
  const { data, errors } = await baton.ask<{
    previewTransfer: { preview: Preview | null; userErrors: readonly Refused[] };
  }>(
    story.admin.token,
    `query ($input: PreviewTransferInput!) { previewTransfer(input: $input) {
      preview {
        total accepted digest successors { member { name } assigned } rules { name strategy assigned }
        sample(size: 100) { reason successor { name } ${why} }
      }
      userErrors { code path } } }`,
    { input: inputOf(story, input) },
  );
  expect(errors).toBeUndefined();
  return data.previewTransfer;
}

async function hand(
  story: Departing,
  input: object = {},
): Promise<{ transfer: { items: { nodes: readonly Chosen[] } } | null; userErrors: readonly Refused[] }> {
  const { data, errors } = await baton.ask<{
    transferCustomers: { transfer: { items: { nodes: readonly Chosen[] } } | null; userErrors: readonly Refused[] };
  }>(
    story.admin.token,
    `mutation ($input: TransferCustomersInput!) { transferCustomers(input: $input) {
      transfer { items(first: 100) { nodes { reason successor { name } ${why} } } }
      userErrors { code path ... on PlanChangedError { differences { what reason member { name } before after } } } } }`,
    { input: inputOf(story, input) },
  );
  expect(errors).toBeUndefined();
  return data.transferCustomers;
}

const tag = async (story: Departing, relation: string, name: string) => {
  const { enterpriseId } = story;
  const { prisma } = app.db;
  const group = await prisma.tagGroup.upsert({
    where: { enterpriseId_name: { enterpriseId, name: 'Level' } },
    create: { id: app.ids.next(), enterpriseId, name: 'Level' },
    update: {},
  });
  const known = await prisma.tag.findFirst({ where: { enterpriseId, groupId: group.id, name } });
  const made =
    known ??
    (await prisma.tag.create({ data: { id: app.ids.next(), enterpriseId, kind: 'CORP', name, groupId: group.id } }));
  await prisma.relationTag.create({ data: { relationId: relation, tagId: made.id, enterpriseId } });
};

const successorsOf = (items: readonly Chosen[] | undefined) => items?.map(({ successor }) => successor?.name);

describe('a preview is what the transfer then does', () => {
  test.each([
    ['EVEN', {}, ['Ana', 'Ben', 'Ana', 'Ben', 'Ana']],
    ['WEIGHTED', { weights: [4, 1] }, ['Ana', 'Ana', 'Ben', 'Ana', 'Ana']],
    ['LEAST_LOADED', {}, ['Ben', 'Ben', 'Ana', 'Ben', 'Ana']],
  ])(
    '%s: customer by customer, with the reasons, and nothing is changed by looking',
    async (strategy, more, expected) => {
      const story = await departing(baton, { customers: 5, waitHours: 1 });
      await serve(baton, { enterpriseId: story.enterpriseId, member: story.ana });
      await serve(baton, { enterpriseId: story.enterpriseId, member: story.ana });
      const before = await standing(baton, story.enterpriseId);

      const seen = await preview(story, { strategy, ...more });
      expect(await standing(baton, story.enterpriseId)).toEqual(before);
      expect(seen.userErrors).toEqual([]);
      expect(successorsOf(seen.preview?.sample)).toEqual(expected);
      expect(seen.preview?.rules).toEqual([{ name: '', strategy, assigned: 5 }]);

      const done = await hand(story, { strategy, ...more, expectedDigest: seen.preview?.digest });
      expect(done.userErrors).toEqual([]);
      expect(done.transfer?.items.nodes).toEqual(seen.preview?.sample);
      expect(await brokenInvariants(app.db, story.enterpriseId)).toEqual([]);
    },
  );

  test('STICKY: who serves a customer goes first, then who served them, then who shares a group; the item says so', async () => {
    const story = await departing(baton, { customers: 4, waitHours: 1 });
    const { enterpriseId, ana, ben, customers } = story;
    const [first, second, third] = customers as unknown as [Person, Person, Person];
    await serve(baton, { enterpriseId, member: ben, customer: first });
    const { relation } = await serve(baton, { enterpriseId, member: ben, customer: second });
    await app.db.prisma.relation.update({
      where: { id: relation },
      data: { status: 'DELETED_BY_MEMBER', endedAt: baton.clock.now() },
    });
    await app.db.prisma.portfolio.update({ where: { memberId: ben.uuid }, data: { customers: { decrement: 1 } } });
    await ownGroup(baton, { enterpriseId, member: ana, name: 'Spring', customers: [third] });

    const done = await hand(story, { strategy: 'STICKY' });

    expect(done.transfer?.items.nodes.map(({ successor, why: reason }) => [successor?.name, reason?.choice])).toEqual([
      ['Ben', 'SERVES'],
      ['Ben', 'SERVED_BEFORE'],
      ['Ana', 'SHARES_GROUP'],
      ['Ana', 'TURN'],
    ]);
    await app.settle();
    expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
  });

  test('MATCHING: most tags in common goes first, then the same region', async () => {
    const story = await departing(baton, { customers: 3, waitHours: 1 });
    const { enterpriseId, ana, ben, relations, customers } = story;
    const anas = await serve(baton, { enterpriseId, member: ana });
    const bens = await serve(baton, { enterpriseId, member: ben });
    await tag(story, anas.relation, 'Gold');
    await tag(story, bens.relation, 'Gold');
    await tag(story, bens.relation, 'Food');
    await tag(story, relations[0]!, 'Gold');
    await tag(story, relations[0]!, 'Food');
    await tag(story, relations[1]!, 'Gold');
    const region = (person: Person, name: string) =>
      app.db.prisma.customer.update({ where: { id: person.uuid }, data: { region: name } });
    await region(anas.customer, 'North');
    await region(customers[1]!, 'North');

    const done = await hand(story, { strategy: 'MATCHING' });

    expect(
      done.transfer?.items.nodes.map(({ successor, why: reason }) => [
        successor?.name,
        reason?.choice,
        reason?.sharedTags,
        reason?.sameRegion,
      ]),
    ).toEqual([
      ['Ben', 'MATCHES', 2, false],
      ['Ana', 'MATCHES', 1, true],
      ['Ana', 'TURN', null, null],
    ]);
  });

  test('MATCHING: what only the oldest of very many customers has counts as much', async () => {
    const story = await departing(baton, { customers: 3, waitHours: 1 });
    const { enterpriseId, ben, relations, customers } = story;
    const oldest = await serve(baton, { enterpriseId, member: ben });
    await tag(story, oldest.relation, 'Gold');
    await app.db.prisma.customer.update({ where: { id: oldest.customer.uuid }, data: { region: 'North' } });
    await serveMore(ben, oldest.relation, 250);
    await tag(story, relations[0]!, 'Gold');
    await app.db.prisma.customer.update({ where: { id: customers[1]!.uuid }, data: { region: 'North' } });

    const { preview: seen } = await preview(story, { strategy: 'MATCHING' });

    expect(
      seen?.sample.map(({ successor, why: reason }) => [
        successor?.name,
        reason?.choice,
        reason?.sharedTags,
        reason?.sameRegion,
      ]),
    ).toEqual([
      ['Ben', 'MATCHES', 1, false],
      ['Ben', 'MATCHES', 0, true],
      ['Ana', 'TURN', null, null],
    ]);
  });

  test('an item names who was full by then, and the load of who got it', async () => {
    const story = await departing(baton, { customers: 3, waitHours: 1 });
    await app.db.prisma.member.update({ where: { id: story.ana.uuid }, data: { customerLimit: 1 } });

    const done = await hand(story);

    expect(
      done.transfer?.items.nodes.map(({ successor, why: reason }) => [
        successor?.name,
        reason?.loadBefore,
        reason?.skipped.map(({ member, reason: code }) => `${member.name}: ${code}`),
      ]),
    ).toEqual([
      ['Ana', 0, []],
      ['Ben', 0, ['Ana: SUCCESSOR_LIMIT_REACHED']],
      ['Ben', 1, ['Ana: SUCCESSOR_LIMIT_REACHED']],
    ]);
  });
});

/** So many more customers of the member, added after this one, with nothing known of them. */
async function serveMore(member: Person, relationId: string, count: number): Promise<void> {
  const { enterpriseId, addedAt } = await app.db.prisma.relation.findUniqueOrThrow({ where: { id: relationId } });
  const places = Array.from({ length: count }, (_, place) => place);
  const ids = places.map(() => [app.ids.next(), app.ids.next()] as const);
  await app.db.prisma.customer.createMany({
    data: ids.map(([id], place) => ({
      ...{ id, enterpriseId, externalUserId: `more-${id}`, name: `More ${place}`, kind: 'WECHAT' as const },
      createdAt: app.clock.now(),
    })),
  });
  await app.db.prisma.relation.createMany({
    data: ids.map(([customerId, id], place) => ({
      ...{ id, enterpriseId, memberId: member.uuid, customerId },
      addedAt: new Date((addedAt?.getTime() ?? 0) + 1000 * (place + 1)),
    })),
  });
}

describe('a digest', () => {
  test('is refused with the difference once the world has moved on, and nothing is done', async () => {
    const story = await departing(baton, { customers: 3, waitHours: 1 });
    const seen = await preview(story);
    await serve(baton, { enterpriseId: story.enterpriseId, member: story.leaver, name: 'Customer 4' });
    await app.db.prisma.member.update({ where: { id: story.ana.uuid }, data: { customerLimit: 1 } });
    const before = await standing(baton, story.enterpriseId);

    const { transfer, userErrors } = await hand(story, {
      selection: { all: true },
      expectedDigest: seen.preview?.digest,
    });

    expect(transfer).toBeNull();
    expect(userErrors).toEqual([
      {
        code: 'PLAN_CHANGED',
        path: ['input', 'expectedDigest'],
        differences: [
          { what: 'TOTAL', reason: null, member: null, before: 3, after: 4 },
          { what: 'ACCEPTED', reason: null, member: null, before: 3, after: 4 },
          { what: 'CUSTOMERS_OF_SUCCESSOR', reason: null, member: { name: 'Ana' }, before: 2, after: 1 },
          { what: 'CUSTOMERS_OF_SUCCESSOR', reason: null, member: { name: 'Ben' }, before: 1, after: 3 },
        ],
      },
    ]);
    expect(await standing(baton, story.enterpriseId)).toEqual(before);
  });

  test('tells apart plans of the same numbers with other choices', async () => {
    const story = await departing(baton, { customers: 2, waitHours: 1 });
    const seen = await preview(story);

    const { userErrors } = await hand(story, {
      selection: { customerIds: [...story.customers].reverse().map(({ id }) => id) },
      expectedDigest: seen.preview?.digest,
    });

    expect(userErrors).toMatchObject([
      { code: 'PLAN_CHANGED', differences: [{ what: 'CHOICE', before: 2, after: 2 }] },
    ]);
  });

  test('that this API did not make is refused', async () => {
    const story = await departing(baton, { customers: 1 });
    const before = await standing(baton, story.enterpriseId);

    const { userErrors } = await hand(story, { expectedDigest: 'abc' });

    expect(userErrors).toEqual([{ code: 'INVALID_INPUT', path: ['input', 'expectedDigest'] }]);
    expect(await standing(baton, story.enterpriseId)).toEqual(before);
  });
});

test.each([
  ['weights without WEIGHTED', { weights: [1, 1] }, ['input', 'weights']],
  ['WEIGHTED without weights', { strategy: 'WEIGHTED' }, ['input', 'weights']],
  ['a weight too few', { strategy: 'WEIGHTED', weights: [1] }, ['input', 'weights']],
  ['a weight of 0', { strategy: 'WEIGHTED', weights: [1, 0] }, ['input', 'weights', '1']],
  ['nothing selected', { selection: null }, ['input', 'selection']],
])('%s is refused, and the path leads there', async (_what, input, path) => {
  const story = await departing(baton, { customers: 1 });

  expect(await preview(story, input)).toEqual({ preview: null, userErrors: [{ code: 'INVALID_INPUT', path }] });
});
