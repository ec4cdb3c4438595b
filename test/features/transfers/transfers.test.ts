import { describe, expect, test } from 'vitest';
import { encodeId } from '../../../src/graphql/ids.js';
import { openTestApp, type Answer } from '../../support/app.js';
import { departing, ownGroup, type Departing } from '../../support/seed.js';
import { begin, transferCustomers } from './begin.js';

const baton = await openTestApp();
const { prisma } = baton.app.db;

async function shown({ admin }: Departing, id: string, selection: string): Promise<Answer> {
  const { data, errors } = await baton.ask(admin.token, `query ($id: ID!) { transfer(id: $id) { ${selection} } }`, {
    id,
  });
  expect(errors).toBeUndefined();
  return data['transfer']!;
}

describe('a transfer', () => {
  test('says at once how many are refused for which reason', async () => {
    const story = await departing(baton, { customers: 2 });
    const { admin, leaver, ana, ben, customers, enterpriseId } = story;
    await ownGroup(baton, { enterpriseId, member: ana, name: "Ana's" });
    const anas = await prisma.customerGroup.findFirstOrThrow({ where: { ownerId: ana.uuid } });
    const unknown = [1, 2, 3].map(() => encodeId('Customer', baton.app.ids.next()));

    const { data } = await baton.ask(
      admin.token,
      `mutation ($input: TransferCustomersInput!) { transferCustomers(input: $input) {
         transfer { customerCount groupCount counts { total waiting rejected } reasons { reason wecomCode count } } } }`,
      {
        input: {
          leaverId: leaver.id,
          successorIds: [ben.id],
          selection: { customerIds: [...unknown, customers[0]!.id] },
          groups: { groupIds: [encodeId('CustomerGroup', anas.id)] },
        },
      },
    );

    expect(data['transferCustomers']!['transfer']).toEqual({
      customerCount: 4,
      groupCount: 1,
      counts: { total: 5, waiting: 1, rejected: 4 },
      reasons: [
        { reason: 'INVALID_CUSTOMER', wecomCode: 40096, count: 3 },
        { reason: 'GROUP_OWNER_NOT_RESIGNED', wecomCode: 90500, count: 1 },
      ],
    });
  });

  test('counts what failed at the takeover among the reasons, and none where all went well', async () => {
    const story = await departing(baton, { customers: 2, waitHours: 1 });
    const id = await transferCustomers(baton, story);
    expect(await shown(story, id, 'reasons { reason count }')).toEqual({ reasons: [] });
    await prisma.member.update({ where: { id: story.ana.uuid }, data: { status: 'DISABLED' } });
    baton.clock.advance(1);
    await baton.app.settle();

    expect(await shown(story, id, 'reasons { reason count }')).toEqual({
      reasons: [{ reason: 'SUCCESSOR_DISABLED', count: 2 }],
    });
  });

  test('and its retries name each other, the oldest retry first', async () => {
    const story = await departing(baton, { customers: 2, waitHours: 0 });
    const { admin, ana, ben } = story;
    const unknown = encodeId('Customer', baton.app.ids.next());
    await prisma.member.update({ where: { id: ana.uuid }, data: { customerLimit: 2 } });
    const first = await transferCustomers(baton, story, {
      selection: { customerIds: [unknown, ...story.customers.map(({ id }) => id)] },
    });
    await prisma.member.update({ where: { id: ana.uuid }, data: { customerLimit: 1 } });
    await baton.app.settle();
    const retry = (statuses: string[]) =>
      begin(baton, admin, 'retryTransfer', { transferId: first, statuses, successorIds: [ben.id] });
    const second = await retry(['SUCCESSOR_FULL']);
    const third = await retry(['REJECTED']);

    const links = 'retryOf { id } retries { id }';
    expect(await shown(story, first, links)).toEqual({ retryOf: null, retries: [{ id: second }, { id: third }] });
    expect(await shown(story, second, links)).toEqual({ retryOf: { id: first }, retries: [] });
  });

  test('says what goes with the customers', async () => {
    const story = await departing(baton, { customers: 1 });
    await prisma.enterprise.update({ where: { id: story.enterpriseId }, data: { travelArchive: false } });
    const id = await transferCustomers(baton, story, { travels: { remark: false } });

    expect(await shown(story, id, 'travels { tags remark description archive }')).toEqual({
      travels: { tags: true, remark: false, description: true, archive: false },
    });
  });
});

test('transfers are found by kind and by when they were submitted', async () => {
  const story = await departing(baton, { customers: 1 });
  const { admin, ana, ben, leaver } = story;
  const first = await transferCustomers(baton, story);
  await baton.app.settle();
  const firstAt = baton.clock.now().toISOString();
  baton.clock.advance(1 / 3600);
  const secondAt = baton.clock.now().toISOString();
  const second = await transferCustomers(baton, story, { kind: 'ON_JOB', leaverId: ana.id, successorIds: [ben.id] });
  await baton.app.settle();
  const found = async (filter: object) => {
    const { data, errors } = await baton.ask<{ transfers: { totalCount: number; nodes: { id: string }[] } }>(
      admin.token,
      'query ($filter: TransferFilter) { transfers(filter: $filter) { totalCount nodes { id } } }',
      { filter },
    );
    if (errors) return errors[0]?.extensions.code;
    const ids = data.transfers.nodes.map(({ id }) => id);
    expect(data.transfers.totalCount).toBe(ids.length);
    return ids;
  };

  expect(await found({ kind: 'RESIGNED' })).toEqual([first]);
  expect(await found({ kind: 'ON_JOB' })).toEqual([second]);
  expect(await found({ kind: 'ON_JOB', leaverId: leaver.id })).toEqual([]);
  expect(await found({ submittedAt: { after: secondAt } })).toEqual([second]);
  expect(await found({ submittedAt: { after: firstAt } })).toEqual([second, first]);
  expect(await found({ submittedAt: { before: secondAt } })).toEqual([first]);
  expect(await found({ submittedAt: { before: firstAt } })).toEqual([]);
  expect(await found({ submittedAt: { isNull: true } })).toEqual([]);
  expect(await found({ submittedAt: { isNull: false } })).toEqual([second, first]);
  expect(await found({ submittedAt: {} })).toBe('BAD_USER_INPUT');
});
