import { describe, expect, onTestFinished, test } from 'vitest';
import { issueToken } from '../../src/app/tokens.js';
import { feedOf } from '../../src/features/inbox/inbox.js';
import { occur } from '../features/inbox/inbox-seed.js';
import { openTestApp } from '../support/app.js';
import { settled } from '../support/settled.js';
import { encodeId } from '../../src/graphql/ids.js';
import { runMutation } from '../api/mutation-rows.js';
import { departing, type Person } from '../support/seed.js';
import { notifications, openDoors, PlainClient } from './open-doors.js';
import { PlainStream } from './plain-stream.js';

const here = await openTestApp();
const { app, ask } = here;
const { prisma } = app.db;
const doors = await openDoors(here);

const pool = 'subscription { poolChanged { left portfolio { customers } } }';
const progress = 'subscription ($id: ID!) { transferProgress(id: $id) { counts { waiting } } }';

/** Ana has VIEW and AUDIT over the department in which all work, and a token for an hour; a transfer of the leaver's customers waits. */
async function story() {
  const company = await departing(here, { waitHours: 1 });
  const { enterpriseId, admin, leaver, ben } = company;
  const departmentId = app.ids.next();
  await prisma.department.create({ data: { id: departmentId, enterpriseId, key: 'sales', name: 'Sales' } });
  await prisma.member.updateMany({ where: { enterpriseId }, data: { departmentId } });
  const departmentIds = [encodeId('Department', departmentId)];
  await administer(admin, 'grantRights', { memberId: company.ana.id, rights: ['VIEW', 'AUDIT'], departmentIds });
  const { data } = await ask(
    admin.token,
    `mutation ($input: TransferCustomersInput!) { transferCustomers(input: $input) { transfer { id } userErrors { code } } }`,
    { input: { leaverId: leaver.id, selection: { all: true }, successorIds: [ben.id] } },
  );
  const transferId = data['transferCustomers']?.['transfer']?.['id'] as unknown as string;
  const token = await issueToken(app, { kind: 'member', personId: company.ana.uuid, enterpriseId }, 1);
  return { company, ana: { ...company.ana, token }, transferId };
}
type Story = Awaited<ReturnType<typeof story>>;

/** Does something in the office of an administrator, and is not refused. */
async function administer({ token }: Person, mutation: string, input: object): Promise<void> {
  expect(await runMutation(here, mutation, token, input)).toBeUndefined();
}

/** What ends it for Ana. */
const causes: [string, (story: Story) => Promise<unknown> | void][] = [
  [
    'is disabled',
    ({ company: { admin, ana } }) => administer(admin, 'updateMember', { memberId: ana.id, isDisabled: true }),
  ],
  ['has resigned', ({ company: { admin, ana } }) => administer(admin, 'resignMember', { memberId: ana.id })],
  ['lost all rights', ({ company: { admin, ana } }) => administer(admin, 'revokeRights', { memberId: ana.id })],
  [
    'lost the right to view',
    ({ company: { admin, ana } }) => administer(admin, 'revokeRights', { memberId: ana.id, rights: ['VIEW'] }),
  ],
  [
    'has a token that has expired',
    () => {
      here.clock.advance(1);
      onTestFinished(() => here.clock.advance(-1));
    },
  ],
];

/** What Ana follows: their inbox, which says nothing at first, the pool and the transfer, which begin with what is. */
const followed = ({ transferId }: Story) => [
  { query: notifications, variables: {}, tellsAtFirst: false },
  { query: pool, variables: {}, tellsAtFirst: true },
  { query: progress, variables: { id: transferId }, tellsAtFirst: true },
];

/** What would be delivered to Ana by each of the subscriptions: it has been committed, and everybody is awake. */
async function happen({ company, ana, transferId }: Story): Promise<void> {
  await occur(app.db, { enterpriseId: company.enterpriseId, recipientId: ana.uuid }, { first: 99 });
  const { enterpriseId, admin } = company;
  const token = await here.tokenOf({ kind: 'member', id: admin.uuid, enterpriseId });
  expect(await runMutation(here, 'cancelTransfer', token, { transferId })).toBeUndefined();
  app.wakeup.wake();
}

test('an event is not told to who waits for it with a token that has expired since, however lately', async () => {
  const { company, ana } = await story();
  await settled(app.db);
  const { data } = await here.ask<{ assignmentNotifications: { headCursor: string } }>(
    ana.token,
    '{ assignmentNotifications { headCursor } }',
  );
  const client = await PlainClient.signIn(doors.url, ana.token);
  client.subscribe('inbox', notifications, { after: data.assignmentNotifications.headCursor });
  await expect.poll(() => feedOf(here.served).size).toBe(1);
  const recipient = { enterpriseId: company.enterpriseId, recipientId: ana.uuid };
  const occurs = async (first: number) => {
    await occur(app.db, recipient, { first });
    app.wakeup.wake();
  };
  // Told this one, the socket waits for the next, which would go straight to its line.
  await occurs(1);
  await client.next('next');

  here.clock.advance(1);
  onTestFinished(() => here.clock.advance(-1));
  await occurs(2);

  expect((await client.closed).code).toBe(4403);
  expect(client.waiting).toBe(0);
});

describe('whose right to it has ended is told nothing more within 5 seconds', () => {
  test.each(causes)('over a socket, which closes with 4403: who %s', async (_how, cause) => {
    const about = await story();
    const client = await PlainClient.signIn(doors.url, about.ana.token);
    for (const [place, { query, variables, tellsAtFirst }] of followed(about).entries()) {
      client.subscribe(String(place), query, variables);
      if (tellsAtFirst) await client.next('next');
    }

    const began = performance.now();
    await cause(about);
    const ended = await client.closed;
    expect(performance.now() - began).toBeLessThan(5000);
    const told = client.waiting;
    await happen(about);

    expect(ended).toEqual({
      code: 4403,
      reason: 'Your token has expired, or what you may do has changed: sign in again',
    });
    expect(client.waiting).toBe(told);
  });

  test.each(causes)('over event streams, which end with UNAUTHENTICATED: who %s', async (how, cause) => {
    const about = await story();
    const streams = await Promise.all(
      followed(about).map(async ({ query, variables, tellsAtFirst }) => {
        const stream = await PlainStream.open(doors.port, about.ana.token, query, { variables });
        if (tellsAtFirst) await stream.next();
        return stream;
      }),
    );

    const began = performance.now();
    await cause(about);
    expect(await Promise.all(streams.map(({ closed }) => closed))).toEqual(['ended', 'ended', 'ended']);
    expect(performance.now() - began).toBeLessThan(5000);
    await happen(about);

    for (const stream of streams) {
      const events = [];
      while (stream.waiting > 0) events.push(await stream.next());
      const codes = events.map(({ event, data }) => [event, data?.errors?.map(({ extensions }) => extensions.code)]);
      expect(codes.slice(-2)).toEqual([
        ['next', ['UNAUTHENTICATED']],
        ['complete', undefined],
      ]);
      // A resignation is itself news of the pool, which may come with the last that Ana may see.
      if (how !== 'has resigned') expect(codes).toHaveLength(2);
    }
  });

  test('who lost the right to view comes back without it, and is told nothing of the pool', async () => {
    const about = await story();
    const { admin, ana } = about.company;
    const client = await PlainClient.signIn(doors.url, ana.token);
    await administer(admin, 'revokeRights', { memberId: ana.id, rights: ['VIEW'] });
    await client.closed;

    const again = await PlainClient.signIn(doors.url, ana.token);
    const codes = [];
    for (const { query, variables, tellsAtFirst } of followed(about)) {
      if (!tellsAtFirst) continue;
      again.subscribe('1', query, variables);
      codes.push((await again.next('next')).payload?.errors?.[0]?.extensions.code);
      await again.next('complete');
    }
    again.socket.terminate();

    expect(codes).toEqual(['FORBIDDEN', 'FORBIDDEN']);
  });
});

describe('over a socket that was opened in time', () => {
  const resignBen = `mutation ($id: ID!) { resignMember(input: { memberId: $id }) { userErrors { code } } }`;

  test('an administrator who is none any more does nothing in that office', async () => {
    const about = await story();
    const client = await PlainClient.signIn(doors.url, about.ana.token);

    await administer(about.company.admin, 'revokeRights', { memberId: about.ana.id });
    await client.closed;
    const again = await PlainClient.signIn(doors.url, about.ana.token);
    again.subscribe('1', resignBen, { id: about.company.ben.id });

    expect((await again.next('next')).payload?.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
    expect(await prisma.member.findUnique({ where: { id: about.company.ben.uuid } })).toMatchObject({
      status: 'ACTIVE',
    });
    again.socket.terminate();
  });

  test('nothing is done by a token that has expired, in the very moment', async () => {
    const { company } = await story();
    const { enterpriseId, ana, ben } = company;
    const token = await issueToken(app, { kind: 'member', personId: ana.uuid, enterpriseId }, 1);
    const client = await PlainClient.signIn(doors.url, token);

    here.clock.advance(1);
    try {
      client.subscribe('1', resignBen, { id: ben.id });
      expect((await client.closed).code).toBe(4403);
      expect(client.waiting).toBe(0);
    } finally {
      here.clock.advance(-1);
    }
    expect(await prisma.member.findUnique({ where: { id: ben.uuid } })).toMatchObject({ status: 'ACTIVE' });
  });

  test('who is found to have other rights is who they are now, however short ago they were asked about', async () => {
    const { company } = await story();
    const { enterpriseId, ben } = company;
    const token = await here.tokenOf({ kind: 'member', id: ben.uuid, enterpriseId });
    const before = await app.authenticator.signIn(token);
    expect(before?.actor).toMatchObject({ id: ben.uuid, rights: null });
    await prisma.administrator.create({
      data: { memberId: ben.uuid, enterpriseId, role: 'SUPER', createdAt: here.clock.now() },
    });

    expect([...(await app.authenticator.whoStillHold([before!]))]).toEqual([]);

    expect((await app.authenticator.signIn(token))?.actor).toMatchObject({ id: ben.uuid, rights: { isSuper: true } });
  });

  test('who becomes an administrator comes back as one', async () => {
    const { company } = await story();
    const client = await PlainClient.signIn(doors.url, company.ben.token);
    client.subscribe('1', pool);
    expect((await client.next('next')).payload?.errors?.[0]?.extensions.code).toBe('FORBIDDEN');

    await prisma.administrator.create({
      data: {
        memberId: company.ben.uuid,
        enterpriseId: company.enterpriseId,
        role: 'SUPER',
        createdAt: here.clock.now(),
      },
    });
    expect((await client.closed).code).toBe(4403);
    const again = await PlainClient.signIn(doors.url, company.ben.token);
    again.subscribe('1', pool);

    expect((await again.next('next')).payload?.data).toBeDefined();
    again.socket.terminate();
  });
});
