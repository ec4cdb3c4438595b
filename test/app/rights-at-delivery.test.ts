import { describe, expect, test } from 'vitest';
import { issueToken } from '../../src/app/tokens.js';
import { occur } from '../features/inbox/inbox-seed.js';
import { openTestApp } from '../support/app.js';
import { departing, type Departing, type Person } from '../support/seed.js';
import { notifications, openDoors, PlainClient } from './open-doors.js';
import { PlainStream } from './plain-stream.js';

const here = await openTestApp();
const { app, ask } = here;
const { prisma } = app.db;
const doors = await openDoors(here);

const pool = 'subscription { poolChanged { left portfolio { customers } } }';
const progress = 'subscription ($id: ID!) { transferProgress(id: $id) { counts { waiting } } }';

/** A second administrator, who loses the right, and a transfer that waits; their token expires after so many hours. */
async function story() {
  const company = await departing(here, { waitHours: 1 });
  await prisma.administrator.create({
    data: {
      memberId: company.ana.uuid,
      enterpriseId: company.enterpriseId,
      role: 'SUPER',
      createdAt: here.clock.now(),
    },
  });
  const { data } = await ask(
    company.admin.token,
    `mutation ($input: TransferCustomersInput!) { transferCustomers(input: $input) { transfer { id } userErrors { code } } }`,
    { input: { leaverId: company.leaver.id, selection: { all: true }, successorIds: [company.ben.id] } },
  );
  const transferId = data['transferCustomers']?.['transfer']?.['id'] as unknown as string;
  return { company, ana: company.ana, transferId };
}
type Story = Awaited<ReturnType<typeof story>>;

const endings: [string, (story: Story) => Promise<unknown>][] = [
  ['is disabled', ({ ana }) => prisma.member.update({ where: { id: ana.uuid }, data: { status: 'DISABLED' } })],
  ['resigns', ({ company, ana }) => resign(company, ana)],
  ['ceases to be an administrator', ({ ana }) => prisma.administrator.delete({ where: { memberId: ana.uuid } })],
];

async function resign({ admin }: Departing, { id }: Person): Promise<void> {
  const { data } = await ask(
    admin.token,
    `mutation ($id: ID!) { resignMember(input: { memberId: $id }) { userErrors { code } } }`,
    { id },
  );
  expect(data['resignMember']?.['userErrors']).toEqual([]);
}

const followed = [
  ['assignmentNotifications', () => ({ query: notifications, variables: {} })],
  ['poolChanged', () => ({ query: pool, variables: {} })],
  ['transferProgress', ({ transferId }: Story) => ({ query: progress, variables: { id: transferId } })],
] as const;

/** What would be delivered to Ana by each of the subscriptions. */
async function happen({ company, ana, transferId }: Story): Promise<void> {
  await occur(app.db, { enterpriseId: company.enterpriseId, recipientId: ana.uuid }, { first: 99 });
  await ask(
    company.admin.token,
    `mutation ($id: ID!) { cancelTransfer(input: { transferId: $id }) { userErrors { code } } }`,
    { id: transferId },
  );
  app.wakeup.wake();
}

const cases = followed.flatMap(([field, asked]) => endings.map(([how, end]) => ({ field, asked, how, end })));

describe('a member who $how is told nothing more within 5 seconds', () => {
  test.each(cases)('$field over a socket, which closes with 4403, when one $how', async ({ asked, end }) => {
    const about = await story();
    const client = await PlainClient.signIn(doors.url, about.ana.token);
    const { query, variables } = asked(about);
    client.subscribe('1', query, variables);
    if (query !== notifications) await client.next('next');

    const began = performance.now();
    await end(about);
    const { code, reason } = await client.closed;
    expect(performance.now() - began).toBeLessThan(5000);
    const told = client.waiting;
    await happen(about);

    expect({ code, reason }).toEqual({
      code: 4403,
      reason: 'Your token has expired, or what you may do has changed: sign in again',
    });
    expect(client.waiting).toBe(told);
  });

  test.each(cases)('$field over an event stream, which ends with UNAUTHENTICATED, when one $how', async (given) => {
    const about = await story();
    const { query, variables } = given.asked(about);
    const stream = await PlainStream.open(doors.port, about.ana.token, query, { variables });
    if (query !== notifications) await stream.next();

    const began = performance.now();
    await given.end(about);
    expect(await stream.closed).toBe('ended');
    expect(performance.now() - began).toBeLessThan(5000);

    const events = [];
    while (stream.waiting > 0) events.push(await stream.next());
    const codes = events.map(({ event, data }) => [event, data?.errors?.map(({ extensions }) => extensions.code)]);
    expect(codes.slice(-2)).toEqual([
      ['next', ['UNAUTHENTICATED']],
      ['complete', undefined],
    ]);
  });
});

describe('over a socket that was opened in time', () => {
  const resignBen = `mutation ($id: ID!) { resignMember(input: { memberId: $id }) { userErrors { code } } }`;

  test('an administrator who is none any more does nothing in that office', async () => {
    const about = await story();
    const client = await PlainClient.signIn(doors.url, about.ana.token);

    await prisma.administrator.delete({ where: { memberId: about.ana.uuid } });
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
