import { expect, test } from 'vitest';
import { openTestApp } from '../../support/app.js';
import { departing, ownGroup, standing, type Departing } from '../../support/seed.js';

const baton = await openTestApp();
const { ask, clock } = baton;

const pool =
  '{ enterprise { pool { leavers expired customers } } ' +
  'open: departedMembers(filter: { expired: false }) { totalCount nodes { name inheritanceStatus } } ' +
  'expired: departedMembers(filter: { expired: true }) { totalCount nodes { name inheritanceStatus } } }';
const handOver = `mutation ($input: TransferCustomersInput!) {
  transferCustomers(input: $input) { transfer { id } userErrors { code } } }`;

/** All the leaver's customers but so many to Ana. */
async function hand({ admin, leaver, ana, customers }: Departing, keep: number) {
  const { data } = await ask(admin.token, handOver, {
    input: {
      leaverId: leaver.id,
      selection: { customerIds: customers.slice(keep).map(({ id }) => id) },
      successorIds: [ana.id],
    },
  });
  return data['transferCustomers']!['userErrors'];
}

async function lastMomentOf({ admin, leaver }: Departing): Promise<Date> {
  const { data } = await ask<{ node: { inheritanceDeadline: string } }>(
    admin.token,
    'query ($id: ID!) { node(id: $id) { ... on Member { inheritanceDeadline } } }',
    { id: leaver.id },
  );
  return new Date(data.node.inheritanceDeadline);
}

/** Puts the clock on that moment, and gives the administrator a token that is good then. */
async function at(moment: number, story: Departing): Promise<Departing> {
  clock.advance((moment - clock.now().getTime()) / 3600_000);
  expect(clock.now().getTime()).toBe(moment);
  const { admin, enterpriseId } = story;
  const token = await baton.tokenOf({ kind: 'member', id: admin.uuid, enterpriseId });
  return { ...story, admin: { ...admin, token } };
}

test('the pool tells what is there to be handed on from what waits, of one leaver and of all', async () => {
  const story = await departing(baton, { customers: 5, waitHours: 24 });
  await ownGroup(baton, { ...story, member: story.leaver, name: 'Buyers' });
  await ownGroup(baton, { ...story, member: story.ben, name: 'Not of a leaver' });

  expect(await hand(story, 2)).toEqual([]);

  const { data } = await ask(
    story.admin.token,
    `{ departedMembers { nodes { name inheritanceStatus portfolio { customers waiting unassigned groups groupsUnassigned } } }
       enterprise { pool { leavers expired customers waiting unassigned groups groupsWaiting groupsUnassigned } } }`,
  );
  expect(data).toEqual({
    departedMembers: {
      nodes: [
        {
          name: 'Lee',
          inheritanceStatus: 'OPEN',
          portfolio: { customers: 5, waiting: 3, unassigned: 2, groups: 1, groupsUnassigned: 1 },
        },
      ],
    },
    enterprise: {
      pool: {
        leavers: 1,
        expired: 0,
        customers: 5,
        waiting: 3,
        unassigned: 2,
        groups: 1,
        groupsWaiting: 0,
        groupsUnassigned: 1,
      },
    },
  });
});

test('who is here has no inheritance; an empty pool adds up to nothing', async () => {
  const { admin, ana } = await departing(baton, { customers: 0 });

  const { data } = await ask(
    admin.token,
    `query ($id: ID!) { node(id: $id) { ... on Member { inheritanceStatus inheritanceDeadline } }
      enterprise { pool { leavers expired customers waiting unassigned groups groupsWaiting groupsUnassigned } } }`,
    { id: ana.id },
  );

  expect(data).toEqual({
    node: { inheritanceStatus: null, inheritanceDeadline: null },
    enterprise: {
      pool: {
        leavers: 0,
        expired: 0,
        customers: 0,
        waiting: 0,
        unassigned: 0,
        groups: 0,
        groupsWaiting: 0,
        groupsUnassigned: 0,
      },
    },
  });
});

test('the last moment of the year is in time for the pool, its list, its sum and a transfer; a millisecond later is not', async () => {
  const leaving = await departing(baton, { customers: 3 });
  const deadline = await lastMomentOf(leaving);

  const story = await at(deadline.getTime(), leaving);
  const inTime = await ask(story.admin.token, pool);
  const accepted = await hand(story, 2);
  await baton.app.settle();
  await at(deadline.getTime() + 1, story);
  const before = await standing(baton, story.enterpriseId);
  const late = await ask(story.admin.token, pool);
  const refused = await hand(story, 0);

  const nobody = { totalCount: 0, nodes: [] };
  const lee = (inheritanceStatus: string) => ({ totalCount: 1, nodes: [{ name: 'Lee', inheritanceStatus }] });
  expect(inTime.data).toMatchObject({
    enterprise: { pool: { leavers: 1, expired: 0 } },
    open: lee('OPEN'),
    expired: nobody,
  });
  expect(accepted).toEqual([]);
  expect(late.data).toMatchObject({
    enterprise: { pool: { leavers: 1, expired: 1, customers: 2 } },
    open: nobody,
    expired: lee('EXPIRED'),
  });
  expect(refused).toEqual([{ code: 'INHERITANCE_EXPIRED' }]);
  expect(await standing(baton, story.enterpriseId)).toEqual(before);
});

test('a transfer submitted in time goes on after the deadline', async () => {
  const leaving = await departing(baton, { customers: 2, waitHours: 24 });
  const story = await at((await lastMomentOf(leaving)).getTime(), leaving);

  expect(await hand(story, 0)).toEqual([]);
  const later = await at(clock.now().getTime() + 24 * 3600_000, story);
  await baton.app.settle();

  const { data } = await ask(
    later.admin.token,
    `{ enterprise { pool { leavers } } transfers { nodes { counts { completed } } } }`,
  );
  expect(data).toEqual({ enterprise: { pool: { leavers: 0 } }, transfers: { nodes: [{ counts: { completed: 2 } }] } });
});

test('a longer period opens what had expired', async () => {
  const leaving = await departing(baton, { customers: 1 });
  const story = await at((await lastMomentOf(leaving)).getTime() + 1, leaving);

  await ask(story.admin.token, 'mutation { updateSettings(input: { inheritanceDays: 366 }) { userErrors { code } } }');

  expect((await ask(story.admin.token, pool)).data).toMatchObject({
    enterprise: { pool: { expired: 0 } },
    open: { nodes: [{ name: 'Lee', inheritanceStatus: 'OPEN' }] },
  });
  expect(await hand(story, 0)).toEqual([]);
});
