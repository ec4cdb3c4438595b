import { expect, test } from 'vitest';
import { createApp } from '../../../src/app/app.js';
import { readConfig } from '../../../src/app/config.js';
import { pruneDue } from '../../../src/app/pruner.js';
import { markRestored } from '../../../src/features/inbox/inbox.js';
import { openTestApp } from '../../support/app.js';
import { openChildDatabase } from '../../support/child-database.js';
import { openEventStream } from '../../support/event-stream.js';
import { ownerDatabase } from '../../support/owner-database.js';
import { departing } from '../../support/seed.js';
import { occur } from './inbox-seed.js';
import { settled } from '../../support/settled.js';

const baton = await openTestApp();
const { app, clock } = baton;
const { prisma } = app.db;

const list = `query ($after: String) {
  assignmentNotifications(after: $after, first: 100) { headCursor nodes { id note cursor acknowledgedAt } } }`;
const subscription = `subscription ($after: String) {
  assignmentNotifications(after: $after) {
    ... on AssignmentNotification { note } ... on ResyncRequired { reason cursor } } }`;
type Listed = {
  assignmentNotifications: {
    headCursor: string;
    nodes: { id: string; note: string; cursor: string; acknowledgedAt: string | null }[];
  };
};

async function someMember() {
  const { enterpriseId, ana } = await departing(baton, { customers: 0 });
  const read = async (after: string | null = null) => {
    await settled(app.db);
    const { data, errors } = await baton.ask<Listed | null>(ana.token, list, { after });
    const { headCursor = '', nodes = [] } = data?.assignmentNotifications ?? {};
    return { head: headCursor, nodes, notes: nodes.map(({ note }) => note), error: errors?.[0]?.extensions };
  };
  return { enterpriseId, recipientId: ana.uuid, token: ana.token, read };
}

/** Moves all numbers of transactions up, to where another server had come when the backup was made. */
async function bringFromElsewhere(): Promise<void> {
  const far = 1_000_000_000_000n;
  await prisma.$executeRaw`UPDATE inbox_event SET xid = xid + ${far}`;
  await prisma.$executeRaw`UPDATE inbox_mark SET xid = xid + ${far}`;
  await prisma.$executeRaw`UPDATE inbox_pruning SET pruned_xid = pruned_xid + ${far}`;
}

test('after a restore that was marked, every cursor from before asks for a resync, also of who is connected', async () => {
  const member = await someMember();
  await occur(app.db, member, { first: 1, count: 2 });
  const { head, nodes } = await member.read();
  const stream = await openEventStream(baton, member.token, subscription, { after: nodes[0]?.cursor });
  const pushed = async () => (await stream.next()).data?.['assignmentNotifications'];
  expect(await pushed()).toEqual({ note: '2' });

  expect(await markRestored(app)).toEqual({ renumbered: 0 });

  const word = await pushed();
  expect(word).toEqual({ reason: 'OTHER_EPOCH', cursor: expect.any(String) as string });
  for (const cursor of [head, ...nodes.map((node) => node.cursor)]) {
    expect((await member.read(cursor)).error).toMatchObject({ code: 'RESYNC_REQUIRED', reason: 'OTHER_EPOCH' });
  }
  await occur(app.db, member, { first: 3 });
  app.wakeup.wake();
  expect(await pushed()).toEqual({ note: '3' });
  await stream.close();
  expect((await member.read()).notes).toEqual(['1', '2', '3']);
  expect((await member.read(word?.['cursor'] as string)).notes).toEqual(['3']);
  expect(await prisma.auditEvent.count({ where: { enterpriseId: member.enterpriseId, action: 'markRestored' } })).toBe(
    1,
  );
});

test('what was restored from another server is in its order, before all that happens from then on', async () => {
  const member = await someMember();
  const other = await someMember();
  for (const first of [1, 2, 3]) {
    await occur(app.db, member, { first });
    await occur(app.db, other, { first: 10 + first });
  }
  await settled(app.db);
  await pruneDue(app);
  const count = await prisma.inboxEvent.count();
  await bringFromElsewhere();
  await occur(app.db, member, { first: 4 });
  const broken = await baton.ask<Listed>(member.token, list);
  expect(broken.data.assignmentNotifications.nodes.map(({ note }) => note)).not.toContain('1');
  await prisma.inboxEvent.deleteMany({ where: { recipientId: member.recipientId, xid: { lt: 1_000_000_000_000n } } });

  expect(await markRestored(app)).toEqual({ renumbered: count });
  await occur(app.db, member, { first: 5 });

  expect((await member.read()).notes).toEqual(['1', '2', '3', '5']);
  expect((await other.read()).notes).toEqual(['11', '12', '13']);
  const [first] = (await member.read()).nodes;
  expect((await member.read(first?.cursor)).notes).toEqual(['2', '3', '5']);

  // Once more, as after the next disaster; and what was numbered anew is not older for it.
  await bringFromElsewhere();
  expect(await markRestored(app)).toEqual({ renumbered: count + 1 });
  expect(await pruneDue(app)).toMatchObject({ events: 0 });
  expect((await member.read()).notes).toEqual(['1', '2', '3', '5']);
  expect((await member.read(first?.cursor)).error).toMatchObject({ code: 'RESYNC_REQUIRED', reason: 'OTHER_EPOCH' });

  clock.advance(90 * 24);
  expect(await pruneDue(app)).toMatchObject({ events: count + 1, facts: count + 1 });
  clock.advance(-90 * 24);
});

test('acknowledging up to a cursor from before a restore is refused, and marks nothing as read', async () => {
  const member = await someMember();
  await occur(app.db, member, { first: 1, count: 3 });
  const { nodes } = await member.read();
  const through = nodes.at(-1)?.cursor;
  const acknowledge = async () => {
    const { data } = await baton.ask<{ acknowledgeNotifications: object }>(
      member.token,
      `mutation ($input: AcknowledgeNotificationsInput!) {
         acknowledgeNotifications(input: $input) { acknowledgedCount userErrors { code path } } }`,
      { input: { through } },
    );
    return data.acknowledgeNotifications;
  };
  await markRestored(app);

  expect(await acknowledge()).toEqual({
    acknowledgedCount: null,
    userErrors: [{ code: 'RESYNC_REQUIRED', path: ['input', 'through'] }],
  });
  expect((await member.read()).nodes.map(({ acknowledgedAt }) => acknowledgedAt)).toEqual([null, null, null]);
});

test('a server does not start on what was restored from another one, until that is marked', async () => {
  const { env, open } = await openChildDatabase();
  const config = readConfig({ ...env, NODE_ENV: 'test', RUNNER: 'false', LOG_LEVEL: 'silent' });
  {
    await using db = await open();
    await occur(db, { enterpriseId: app.ids.next(), recipientId: app.ids.next() }, { first: 1 });
    await db.prisma.$executeRaw`UPDATE inbox_event SET xid = xid + 1000000000000`;
  }

  await expect(createApp(config)).rejects.toThrow('npm run restore:mark');

  {
    await using db = await open();
    expect(await markRestored({ ...app, db })).toEqual({ renumbered: 1 });
  }
  await using started = await createApp(config);
  expect(await ownerDatabase(started.db).prisma.inboxEvent.findMany({ select: { xid: true, id: true } })).toEqual([
    { xid: 1n, id: 1n },
  ]);
});
