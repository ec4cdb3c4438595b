/**
 * How late an event is, from its commit through one server to 2,000 sockets on another, by Redis and by LISTEN/NOTIFY; what
 * 100 sockets that read nothing cost the server, and the others on it; and whether 100,000 events for one subscriber arrive
 * complete and in order. On a PostgreSQL and a Redis of its own. The exit code tells whether every limit was kept.
 *
 *     npm run bench:delivery [-- --seconds 15 --sockets 2000 --events 100000]
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { WebSocket } from 'ws';
import { Prisma } from '../../src/generated/prisma/client.js';
import type { Database } from '../../src/platform/db/database.js';
import { percentile } from '../bench/figures.js';
import { buildProduct } from '../bench/product.js';
import { foundCompanies, openMigrated, tokenSecret, type Company, type Reader } from './company.js';
import { createInstance, until } from './fleet.js';
import { impatient, now, type Received } from './listener.js';
import { startPostgres, startRedis, type Service } from './services.js';
import { committedEvents, idOf } from './verdict.js';

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '15' },
    sockets: { type: 'string', default: '2000' },
    events: { type: 'string', default: '100000' },
    /** The compiled product is there, and is what the sources say. */
    built: { type: 'boolean', default: false },
  },
});
const customersEach = 20;
const everyMs = 100;
const pausedSockets = 100;

/** A socket that follows one inbox, and no more: what the product's client does besides would be measured too. */
interface Subscriber {
  readonly reader: Reader;
  readonly socket: WebSocket;
  readonly got: Received[];
  readonly closed: Promise<number>;
}

async function subscribe(url: string, reader: Reader, after: string | null = null): Promise<Subscriber> {
  const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws', { perMessageDeflate: false });
  const got: Received[] = [];
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  socket.on('error', () => undefined);
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'connection_init', payload: { token: reader.token } }));
  await once(socket, 'message');
  const [list, type] =
    reader.kind === 'member'
      ? ['assignmentNotifications', 'AssignmentNotification']
      : ['customerNotices', 'CustomerNotice'];
  const query = `subscription ($after: String) { ${list}(after: $after) { ... on ${type} { id } } }`;
  socket.on('message', (data: Buffer) => {
    const id = /"id":"([^"]{8,})"/.exec(data.toString())?.[1];
    if (id !== undefined) got.push({ id, at: now() });
    else if (data.includes('"ping"')) socket.send('{"type":"pong"}');
    else throw new Error(`Unexpected: ${data.toString()}`);
  });
  socket.send(JSON.stringify({ type: 'subscribe', id: '1', payload: { query, variables: { after } } }));
  return { reader, socket, got, closed };
}

async function ask<Data>(url: string, token: string, query: string, variables: object): Promise<Data> {
  const response = await impatient(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as { data: Data; errors?: unknown };
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

/** Announces and calls off takeovers through this server, company by company, one transaction every tenth of a second. */
async function announce(url: string, companies: readonly Company[], goesOn: () => boolean): Promise<void> {
  for (let turn = 0; goesOn(); turn++) {
    const { admin, leaver, ana, ben } = companies[turn % companies.length] as Company;
    const input = { leaverId: leaver.id, selection: { all: true }, successorIds: [ana.id, ben.id] };
    const { begun } = await ask<{ begun: { transfer: { id: string } } }>(
      url,
      admin.token,
      'mutation ($input: TransferCustomersInput!) { begun: transferCustomers(input: $input) { transfer { id } } }',
      { input },
    );
    await sleep(everyMs);
    await ask(
      url,
      admin.token,
      'mutation ($input: CancelTransferInput!) { cancelTransfer(input: $input) { transfer { id } } }',
      { input: { transferId: begun.transfer.id } },
    );
    await sleep(everyMs);
  }
}

/** From commit to receipt of all that came after a moment, in milliseconds. */
async function delaysSince(db: Database, subscribers: readonly Subscriber[], since: number): Promise<number[]> {
  const events = await committedEvents(db);
  return subscribers.flatMap(({ reader, got }) => {
    const committed = new Map((events.get(reader.personId) ?? []).map((one) => [idOf(reader, one.place), one]));
    return got.flatMap(({ id, at }) => {
      const from = committed.get(id)?.committedAt ?? 0;
      return from >= since ? [at - from] : [];
    });
  });
}

/** Announces for a while, and answers how late the events were. */
async function measure(db: Database, from: string, companies: readonly Company[], subscribers: readonly Subscriber[]) {
  // A process that has just started is slow at first, whatever it does.
  const since = now() + 2_000;
  const end = since + 1000 * Number(options.seconds);
  await announce(from, companies, () => now() < end);
  await sleep(2_500);
  const delays = await delaysSince(db, subscribers, since);
  return { events: delays.length, median: percentile(delays, 0.5), p99: percentile(delays, 0.99) };
}

/** Records so many events for one member, in transactions of 2,000, as fast as the database takes them. */
async function pour(db: Database, { enterpriseId, personId }: Reader, count: number): Promise<void> {
  for (let done = 0; done < count; done += 2_000) {
    await db.prisma.$executeRaw(Prisma.sql`
      WITH happened AS (
        INSERT INTO fact (id, enterprise_id, type, occurred_at, transfer_id, transfer_kind, leaver_name, note, item_count)
        SELECT gen_random_uuid(), ${enterpriseId}::uuid, 'CustomersAssigned', now(), gen_random_uuid(), 'RESIGNED', 'Lea', n::text, 1
        FROM generate_series(1, ${Math.min(2_000, count - done)}::int) n RETURNING id)
      INSERT INTO inbox_event (enterprise_id, recipient_id, type, fact_id)
      SELECT ${enterpriseId}::uuid, ${personId}::uuid, 'CUSTOMERS_ASSIGNED', id FROM happened`);
    await sleep(50);
  }
}

const missed: string[] = [];
function judge(what: string, is: number, limit: number, unit: string): void {
  const kept = is < limit;
  console.log(
    `bench:delivery ${what}: ${is.toFixed(is < 10 ? 2 : 0)} ${unit} (limit ${limit})${kept ? '' : ' MISSED'}`,
  );
  if (!kept) missed.push(what);
}

/** Resident memory of a process in MB. Linux only. */
function residentMb(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? NaN) / 1024;
}

async function runBy(way: 'Redis' | 'LISTEN/NOTIFY', postgres: Service, redis: Service | null): Promise<void> {
  const ended: string[] = [];
  await using db = await openMigrated(postgres.url);
  const asked = Math.ceil(Number(options.sockets) / customersEach);
  const companies = await foundCompanies(db, asked, customersEach, true);
  const writing = await createInstance('server 1', 'server', (told) => ended.push(told));
  const serving = await createInstance('server 2', 'server', (told) => ended.push(told));
  const env = {
    ...{ DATABASE_URL: postgres.url, TOKEN_SECRET: tokenSecret, RUNNER: 'false' },
    // All of them come from here, a hundred of them for one person.
    ...{
      MOST_CONNECTIONS_PER_ADDRESS: '100000',
      MOST_CONNECTIONS_PER_PERSON: '1000',
      MOST_SUBSCRIPTIONS_PER_PERSON: '1000',
    },
    ...(way === 'Redis' && { REDIS_URL: redis?.url ?? process.env.TEST_REDIS_URL ?? 'redis://127.0.0.1:6379' }),
  };
  try {
    for (const server of [writing, serving]) {
      await server.start(env);
      await until(`${server.name} is ready`, 30_000, async () => (await server.readiness()) === 200);
    }
    const [here, there] = [writing, serving].map(({ port }) => `http://127.0.0.1:${port}/graphql`) as [string, string];
    const subscribers: Subscriber[] = [];
    for (const { readers } of companies) {
      const customers = readers.filter(({ kind }) => kind === 'customer');
      subscribers.push(...(await Promise.all(customers.map((reader) => subscribe(there, reader)))));
    }
    const usual = await measure(db, here, companies, subscribers);
    console.log(
      `${way}: ${subscribers.length} sockets got ${usual.events} events, median ${usual.median.toFixed(0)} ms after the commit`,
    );
    judge(`p99 by ${way}`, usual.p99, 100, 'ms');
    if (way === 'Redis') await amongSlowReaders(db, { here, there, pid: serving.pid }, companies, subscribers);
    for (const { socket } of subscribers) socket.terminate();
  } finally {
    for (const server of [writing, serving]) await server.end('SIGTERM');
    missed.push(...ended);
  }
}

async function amongSlowReaders(
  db: Database,
  { here, there, pid }: { here: string; there: string; pid: number },
  companies: readonly Company[],
  subscribers: readonly Subscriber[],
): Promise<void> {
  const [first, second] = companies[0]?.readers.filter(({ kind }) => kind === 'member') as [Reader, Reader];
  const events = Number(options.events);
  // As many events for somebody whom nobody follows: what the database takes from the others to write them is no cost of slow
  // readers.
  const [unfollowed] = await Promise.all([
    measure(db, here, companies.slice(1), subscribers),
    pour(db, second, events),
  ]);
  const paused: Subscriber[] = [];
  for (let number = 0; number < pausedSockets; number++) {
    const subscriber = await subscribe(there, first);
    subscriber.socket.pause();
    paused.push(subscriber);
  }
  await sleep(1_000);
  const before = residentMb(pid);
  let most = before;
  const looking = setInterval(() => (most = Math.max(most, residentMb(pid))), 100);
  const [among] = await Promise.all([
    // Not the company whose members stand still.
    measure(db, here, companies.slice(1), subscribers),
    pour(db, first, events),
  ]);
  clearInterval(looking);
  judge(`memory of ${pausedSockets} sockets that read nothing during ${events} events each`, most - before, 256, 'MB');
  console.log(
    `The others' p99 is ${among.p99.toFixed(0)} ms meanwhile, and ${unfollowed.p99.toFixed(0)} ms while nobody follows the ${events} events`,
  );
  judge('p99 of the others, to that while nobody follows', among.p99 / unfollowed.p99, 2, 'times');
  for (const { socket } of paused) socket.terminate();

  const mine = await subscribe(there, second);
  await sleep(500);
  const since = now();
  await pour(db, second, events);
  const poured = now();
  await until('the burst arrives', 120_000, () => mine.got.length >= events);
  console.log(
    `A burst of ${events} events for one subscriber: poured in ${((poured - since) / 1000).toFixed(1)} s, all there ` +
      `${((now() - poured) / 1000).toFixed(1)} s later`,
  );
  const rows = (await committedEvents(db)).get(second.personId) ?? [];
  const inOrder = rows.slice(-events).map(({ place }) => idOf(second, place));
  const got = mine.got.slice(-events);
  const wrong = inOrder.filter((id, index) => got[index]?.id !== id);
  judge('of the burst lost or out of order', wrong.length, 1, 'events');
  mine.socket.terminate();
}

if (!options.built) await buildProduct();
await using redis = await startRedis();
for (const way of ['Redis', 'LISTEN/NOTIFY'] as const) {
  await using postgres = await startPostgres();
  await runBy(way, postgres, redis);
}
for (const what of missed) console.error(`  - ${what}`);
process.exitCode = missed.length === 0 ? 0 : 1;
