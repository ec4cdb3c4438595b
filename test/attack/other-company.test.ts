import { beforeAll, expect, test } from 'vitest';
import { pruneDue } from '../../src/app/pruner.js';
import { schema } from '../../src/app/schema.js';
import { decodeId } from '../../src/graphql/ids.js';
import { callWithIdsOf, fieldsOf, secretsOf } from '../api/every-call.js';
import { mutationRows, runMutation, type MutationRow } from '../api/mutation-rows.js';
import { openDoors, PlainClient, type Message } from '../app/open-doors.js';
import { randomFrom, shuffled } from '../delivery/random.js';
import { openTestApp } from '../support/app.js';
import { everythingOf, fullCompany, handOver, type FullCompany, type NodeType } from '../support/full-company.js';
import { settled } from '../support/settled.js';

/*
 * Whatever a company does, with ids of its own and of another one, in whatever order, and whatever is done for it in the background:
 * of the other company no row changes, and who listens there hears nothing. SEED for the order of a run that failed.
 */
const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const random = randomFrom(seed);
const hours = 3600_000;

const baton = await openTestApp({ MOST_COST_PER_MINUTE: '0', TOKEN_HOURS: '100' });
const doors = await openDoors(baton);
const rows = mutationRows(baton);
const others = await fullCompany(baton);
const shows = secretsOf(others);

/** Waits for 24 hours: its progress can be followed, and the contact of the customer whom Ana serves does not change before. */
await runMutation(baton, 'updateSettings', others.admin.token, { waitHours: 24 });
const waiting = await handOver(baton, { ...others, leaver: others.ana }, [others.handed], [others.ben], 'ON_JOB');
await baton.served.settle();
await settled(baton.app.db);

interface Listener {
  readonly client: PlainClient;
  /** What it was told to begin with. */
  readonly begun: Message | null;
}

/** Who listens to what at the others', and whether it begins with how things are. */
const listening: Record<string, { who: 'admin' | 'ana' | 'handed'; begins: boolean; call: string }> = {
  assignmentNotifications: { who: 'ana', begins: false, call: '{ ... on AssignmentNotification { id createdAt } }' },
  customerNotices: { who: 'handed', begins: false, call: '{ ... on CustomerNotice { id createdAt } }' },
  poolChanged: { who: 'admin', begins: true, call: '{ member { id } portfolio { customers } }' },
  transferProgress: { who: 'admin', begins: true, call: `{ id status }` },
};

async function listen(name: string): Promise<Listener> {
  const { who, begins, call } = listening[name]!;
  const { token } = others[who];
  const client = await PlainClient.signIn(doors.url, token);
  const args =
    name === 'transferProgress' ? `(id: "${waiting}")` : begins ? '' : `(after: "${await cursorOf(name, token)}")`;
  client.subscribe('1', `subscription { ${name}${args} ${call} }`);
  return { client, begun: begins ? await client.next('next') : null };
}

/** The place from which on an inbox's reader has everything to hear. */
async function cursorOf(name: string, token: string): Promise<string> {
  const { data } = await baton.ask<Record<string, { headCursor: string }>>(token, `{ ${name} { headCursor } }`);
  return data[name]!.headCursor;
}

/** The same input with ids of the others for some of the company's own. */
function withForeignIds(input: unknown, company: FullCompany, share: number): unknown {
  if (Array.isArray(input)) return input.map((each: unknown) => withForeignIds(each, company, share));
  if (typeof input === 'object' && input !== null) {
    return Object.fromEntries(Object.entries(input).map(([key, each]) => [key, withForeignIds(each, company, share)]));
  }
  if (typeof input !== 'string' || random() >= share) return input;
  const place = company.everyId.indexOf(input);
  if (place >= 0) return others.everyId[place];
  const type = typeOf(input);
  return type in others.ids ? others.ids[type as NodeType] : input;
}

function typeOf(id: string): string {
  try {
    return decodeId(id).typename;
  } catch {
    return '';
  }
}

/** Everything that is done in the background, for whomever it is due. */
async function background(): Promise<void> {
  const work = [() => baton.served.settle(), () => pruneDue(baton.served)];
  for (const each of shuffled(work, random)) await each();
}

/** Asks for everything with ids and cursors of the others; answers what of theirs was shown. */
async function askForOthers(company: FullCompany, cursors: ReadonlyMap<string, string>): Promise<string[]> {
  const leaks: string[] = [];
  for (const [name, field] of shuffled(fieldsOf(schema.getQueryType()), random)) {
    for (const { token } of [company.admin, company.ana, company.handed]) {
      for (const cursor of new Set([undefined, cursors.get(name)])) {
        const answer = await baton.ask(token, `{ ${callWithIdsOf(others, field, cursor)} }`);
        leaks.push(...shows(answer).map((secret) => `${name}: ${secret}`));
      }
    }
  }
  return leaks;
}

const cursors = new Map<string, string>();
/** The moment of the last thing that another company did. */
let lastOfOthers = Infinity;

beforeAll(async () => {
  for (const [name, field] of fieldsOf(schema.getQueryType())) {
    const type = String(field.type);
    if (!type.includes('Connection') || field.args.some((arg) => String(arg.type).endsWith('!'))) continue;
    for (const { token } of [others.admin, others.ana, others.handed]) {
      const document = `{ all: ${name}(first: 1) { pageInfo { endCursor } } }`;
      const { data } = await baton.ask<{ all?: { pageInfo: { endCursor: string | null } } } | null>(token, document);
      const cursor = data?.all?.pageInfo.endCursor;
      if (cursor) cursors.set(name, cursor);
    }
  }
});

test(`nothing that other companies do changes a row of a company, or is heard there (SEED=${seed})`, async () => {
  const subscriptions = fieldsOf(schema.getSubscriptionType()).map(([name]) => name);
  const mutations = fieldsOf(schema.getMutationType()).map(([name]) => name);
  expect(Object.keys(listening).sort()).toEqual(subscriptions.sort());
  expect(rows.map(({ mutation }) => mutation).sort()).toEqual(mutations.sort());
  expect(cursors.size).toBeGreaterThan(8);
  const listeners = new Map<string, Listener>();
  for (const name of subscriptions) listeners.set(name, await listen(name));
  const before = await everythingOf(baton, others.enterpriseId, 'also refusals');
  const began = baton.clock.now().getTime();

  const undone: string[] = [];
  for (const row of shuffled(rows, random)) {
    const code = await act(row);
    if (code !== undefined) undone.push(`${row.mutation}: ${code}`);
    // Less than the others' transfer waits.
    const spent = baton.clock.now().getTime() - began;
    if (spent < 20 * hours) baton.clock.advance(random() / 2);
    expect(await everythingOf(baton, others.enterpriseId, 'also refusals'), `after ${row.mutation}`).toEqual(before);
  }

  // With their own ids all of it was really done.
  expect(undone).toEqual([]);
  lastOfOthers = baton.clock.now().getTime();
  await hearTheirOwn(listeners);
}, 180_000);

/** Each mutation once with foreign ids, once with some of them, once as it should be; answers the code of the last one. */
async function act(row: MutationRow): Promise<string | undefined> {
  const company = await fullCompany(baton);
  const input = await row.done(company);
  const { token } = row.by?.(company) ?? company.admin;
  for (const share of shuffled([1, 0.5], random)) {
    const foreign = withForeignIds(input, company, share);
    if (JSON.stringify(foreign) === JSON.stringify(input)) continue;
    await runMutation(baton, row.mutation, token, foreign as object);
    if (random() < 0.3) await background();
  }
  const code = await runMutation(baton, row.mutation, token, input);
  await background();
  return code;
}

/**
 * What they hear first is what happened at theirs, after all that others did: nothing was on its way. How things are may be said
 * again, as they were.
 */
async function hearTheirOwn(listeners: ReadonlyMap<string, Listener>): Promise<void> {
  for (const name of ['assignmentNotifications', 'customerNotices'])
    expect(listeners.get(name)?.client.waiting).toBe(0);
  baton.clock.advance(25);
  await baton.served.settle();
  await handOver(baton, others, [others.kept], [others.ana]);
  baton.clock.advance(25);
  await baton.served.settle();
  const heard = new Map<string, Record<string, unknown>>();
  for (const [name, { client, begun }] of listeners) {
    const next = async () => (await client.next('next')).payload?.data?.[name];
    const known = JSON.stringify(begun?.payload?.data?.[name]);
    let told = await next();
    while (JSON.stringify(told) === known) told = await next();
    heard.set(name, told!);
    client.socket.terminate();
  }
  expect(heard.get('poolChanged')).toMatchObject({ member: { id: others.leaver.id } });
  expect(heard.get('transferProgress')).toMatchObject({ id: waiting, status: 'COMPLETED' });
  for (const name of ['assignmentNotifications', 'customerNotices']) {
    expect(Date.parse(String(heard.get(name)?.['createdAt'])), name).toBeGreaterThan(lastOfOthers);
  }
}

test(`whoever asks for another company’s objects, from its cursors on, is shown nothing of it (SEED=${seed})`, async () => {
  const company = await fullCompany(baton);

  expect(await askForOthers(company, cursors)).toEqual([]);
});
