/**
 * How fast events reach 2,000 sockets, as a ratio to bare `ws` that sends texts of the same size to as many sockets in the same
 * run: an event to each, one event to all, and a state that all follow; and the CPU that a message costs the server's process. The product's times begin at the commit, so they have the
 * wake-up and the look at the database in them; those of `ws` begin with its first send. Then what an idle socket takes, and
 * 10,000 sockets at once. Server, `ws` and clients in processes of their own.
 *
 *     npm run bench:fanout [-- --rounds 20 --sockets 2000 --many 10000]      NODE_FLAGS="--cpu-prof" profiles the server
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { encodeId } from '../../src/graphql/ids.js';
import { company, loadCompany } from './company.js';
import { BenchDatabases } from './databases.js';
import type { Follow, Order, Report } from './fanout-driver.js';
import { median, percentile, printTable, runBenchmark } from './figures.js';
import { buildProduct, cpuOf, heapOf, startProduct, type Product } from './product.js';

const goals = { own: 0.55, all: 0.8, idleKiB: 16, p99Ms: 50 };

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '20' },
    sockets: { type: 'string', default: '2000' },
    many: { type: 'string', default: '10000' },
  },
});
const rounds = Number(options.rounds);
const socketCount = Number(options.sockets);
const many = Number(options.many);
const firstRounds = 5;
const restMs = 150;

const inspect = { product: 9301, raw: 9302 };
const transferId = '01930000-0009-7000-8000-000000000001';
const monotonic = () => Number(process.hrtime.bigint());

/** A helper process of this benchmark. */
async function start(file: string, flags: readonly string[] = []): Promise<ChildProcess & { url: string }> {
  const child = fork(new URL(file, import.meta.url).pathname, [], {
    execArgv: [...flags, '--import', 'tsx'],
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  process.on('exit', () => child.kill('SIGKILL'));
  child.on('exit', (code) => {
    if (code) throw new Error(`${file} ended.`);
  });
  let url = '';
  if (file.includes('raw') && child.stdout) {
    for await (const line of createInterface({ input: child.stdout })) {
      url = (JSON.parse(line) as { url: string }).url;
      break;
    }
  }
  return Object.assign(child, { url });
}

/** The clients. */
class Driver {
  private constructor(readonly process: ChildProcess) {}

  static async start(): Promise<Driver> {
    return new Driver(await start('fanout-driver.ts'));
  }

  async order(order: Order): Promise<Report> {
    this.process.send(order);
    return ((await once(this.process, 'message')) as [Report])[0];
  }

  /** Publishes when the clients are ready, and answers how long each event took from then on, in milliseconds. */
  async receive(publish: () => Promise<number>, each = 1): Promise<{ last: number; times: number[]; text: string }> {
    this.process.send({ do: 'expect', each } satisfies Order);
    await once(this.process, 'message');
    const done = once(this.process, 'message') as Promise<[Report]>;
    const began = await publish();
    const [{ at, text }] = await done;
    const times = at.map((time) => (time - began) / 1e6);
    return { last: Math.max(...times), times, text };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.process, 'exit');
    if (this.process.kill('SIGKILL')) await ended;
  }
}

interface Way {
  readonly name: string;
  readonly goal: number | null;
  readonly raw: 'each' | 'all';
  readonly follow: Follow;
  publish(): Promise<number>;
}

/** Commits one statement and wakes the product; answers when it was committed. */
async function commit(client: pg.Client, sql: string): Promise<number> {
  await client.query(`BEGIN; ${sql}; SELECT pg_notify('baton_wakeup', 'bench')`);
  await client.query('COMMIT');
  return monotonic();
}

const customerText = 'Dear customer, Lea has left us. From today on Max Miller takes care of you, as you know us';
const facts = (count: number) => `
  INSERT INTO fact (id, enterprise_id, type, occurred_at, transfer_id, transfer_kind, leaver_name, successor_name, contact, customer_text)
  SELECT gen_random_uuid(), '${company.enterpriseId}', 'TakeoverCompleted', now(), '${transferId}', 'RESIGNED', 'Lea Leaver',
         'Max Miller', '+86 139 0000 0000', '${customerText} ' || i FROM generate_series(1, ${count}) i RETURNING id, customer_text`;
const recipient = `('01930000-0002-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid`;
/** A fact and an event for each of the first customers. */
const ownEvents = (count: number) => `
  WITH happened AS (${facts(count)}), numbered AS (SELECT id, row_number() OVER () AS i FROM happened)
  INSERT INTO inbox_event (enterprise_id, recipient_id, type, fact_id, position)
  SELECT '${company.enterpriseId}', ${recipient}, 'TAKEOVER_COMPLETED', id, i FROM numbered`;
/** One fact, and an event of it for each of the first customers, as a chunk of a takeover writes them. */
const oneFact = (count: number) => `
  WITH happened AS (${facts(1)})
  INSERT INTO inbox_event (enterprise_id, recipient_id, type, fact_id, position)
  SELECT '${company.enterpriseId}', ${recipient}, 'TAKEOVER_COMPLETED', id, i FROM happened, generate_series(1, ${count}) i`;

/** Many come from few addresses here, and some all as one person. */
const limits = Object.fromEntries(
  ['CONNECTIONS_PER_ADDRESS', 'CONNECTIONS_PER_PERSON', 'SUBSCRIPTIONS_PER_PERSON'].map((name) => [
    `MOST_${name}`,
    '100000',
  ]),
);

const follow = await readFile(new URL('../../src/client/inbox.graphql', import.meta.url), 'utf8');
const definition = (name: string) => new RegExp(`(subscription|fragment) ${name}[^]*?\\n}`).exec(follow)?.[0] ?? '';
const noticesDocument = ['FollowNotices', 'Notice', 'Resync'].map(definition).join('\n');
const notificationsDocument = ['FollowNotifications', 'Notification', 'Resync'].map(definition).join('\n');
/** An event for the member whom all sockets follow. */
const memberEvent = `
  WITH happened AS (${facts(1)})
  INSERT INTO inbox_event (enterprise_id, recipient_id, type, fact_id)
  SELECT '${company.enterpriseId}', '${company.administratorId}', 'CUSTOMERS_ASSIGNED', id FROM happened`;

const databases = await BenchDatabases.open();

const note = (text: string) =>
  process.env.VERBOSE && console.log(`${(performance.now() / 1000).toFixed(1)} s: ${text}`);

async function measure(): Promise<void> {
  console.log('Building the server, loading the company ...');
  await buildProduct();
  const url = await databases.create('company');
  await loadCompany(url, { customers: Math.max(many, socketCount), held: [] });
  const client = new pg.Client({ connectionString: url });
  // It is dropped with its database when the run is ended from outside.
  client.on('error', () => undefined);
  await client.connect();
  await client.query(`
    INSERT INTO transfer (id, enterprise_id, kind, status, leaver_id, submitted_at, wait_hours, selection, total, waiting, begun_at)
    VALUES ('${transferId}', '${company.enterpriseId}', 'RESIGNED', 'RUNNING', '${company.memberId(1)}', now(), 0, '{}', 100000, 100000, now())`);
  await databases.checkpoint();

  const product = await startProduct(url, { RUNNER: 'false', ...limits }, [`--inspect=${inspect.product}`]);
  const raw = await start('fanout-raw.ts', [`--inspect=${inspect.raw}`]);
  await using rawDriver = await Driver.start();
  await using driver = await Driver.start();
  const customers = await Promise.all(
    Array.from({ length: Math.max(many, socketCount) }, (_, index) =>
      product.tokenOf('customer', company.customerId(index + 1)),
    ),
  );
  const notices: Follow = {
    tokens: customers,
    head: '{ customerNotices(first: 1) { headCursor } }',
    document: noticesDocument,
    variables: {},
  };
  const ways: Way[] = [
    {
      ...{ name: 'an event to each', goal: goals.own, raw: 'each', follow: notices },
      publish: () => commit(client, ownEvents(socketCount)),
    },
    {
      ...{ name: 'one fact, a notice to each', goal: null, raw: 'each', follow: notices },
      publish: () => commit(client, oneFact(socketCount)),
    },
    {
      ...{ name: 'one event to all', goal: goals.all, raw: 'all' },
      follow: {
        tokens: [product.token],
        head: '{ assignmentNotifications(first: 1) { headCursor } }',
        document: notificationsDocument,
        variables: {},
      },
      publish: () => commit(client, memberEvent),
    },
    {
      ...{ name: 'a state that all follow', goal: null, raw: 'all' },
      follow: {
        tokens: [product.token],
        head: null,
        document: `subscription ($id: ID!) { transferProgress(id: $id) { id status counts { waiting completed } } }`,
        variables: { id: encodeId('Transfer', transferId) },
      },
      publish: () => commit(client, `UPDATE transfer SET waiting = waiting - 1, completed = completed + 1`),
    },
  ];

  note('started');
  await rawDriver.order({ do: 'open', url: socketUrl(raw.url), count: socketCount, follow: null });
  note('bare sockets open');
  const table = [['2,000 sockets', 'ratio', 'goal', 'product', 'bare ws', 'p99 from commit', 'CPU', 'of bare ws']];
  let opened: Follow | null = null;
  for (const way of ways) {
    if (way.follow !== opened) {
      await driver.order({ do: 'close' });
      await driver.order({ do: 'open', url: socketUrl(product.url), count: socketCount, follow: way.follow });
      opened = way.follow;
      note(`sockets of the product open for ${way.name}`);
      await sleep(1_000);
    }
    const rawPublish = async (text: string) => {
      raw.send([way.raw, JSON.parse(text)]);
      return ((await once(raw, 'message')) as [number])[0];
    };
    const took = { product: [] as number[], raw: [] as number[] };
    const times: number[] = [];
    const cpu = { product: 0, raw: 0 };
    // Each after the same rest: a machine that has just worked works faster.
    const rested = async <Got>(of: 'product' | 'raw', pid: number, receive: () => Promise<Got>, counts: boolean) => {
      await sleep(restMs);
      const before = cpuOf(pid);
      const got = await receive();
      if (counts) cpu[of] += cpuOf(pid) - before;
      return got;
    };
    for (let round = -firstRounds; round < rounds; round++) {
      const counts = round >= 0;
      const got = await rested('product', product.pid, () => driver.receive(() => way.publish()), counts);
      const base = await rested('raw', raw.pid ?? 0, () => rawDriver.receive(() => rawPublish(got.text)), counts);
      note(`${way.name}: ${got.last.toFixed(1)} ms, bare ${base.last.toFixed(1)} ms, ${got.text.length} characters`);
      if (!counts) continue;
      took.product.push(got.last);
      took.raw.push(base.last);
      times.push(...got.times);
    }
    const ratio = median(took.raw) / median(took.product);
    const ms = (figure: number) => `${figure.toFixed(1)} ms`;
    table.push([
      way.name,
      ratio.toFixed(2),
      way.goal?.toFixed(2) ?? '',
      ms(median(took.product)),
      ms(median(took.raw)),
      ms(percentile(times, 0.99)),
      ...[cpu.product, cpu.raw].map((used) => `${((1000 * used) / rounds / socketCount).toFixed(0)} µs`),
    ]);
  }
  await rawDriver.order({ do: 'close' });
  await driver.order({ do: 'close' });
  printTable(table);
  if (many > 0) await measureMany(product, raw.url, notices, client, driver);
  await client.end();
  await product[Symbol.asyncDispose]();
  raw.kill('SIGKILL');
}

/** Idle memory against bare sockets, then one event for each of many. */
async function measureMany(product: Product, rawUrl: string, notices: Follow, client: pg.Client, driver: Driver) {
  const idle: number[] = [];
  for (const [port, url, follow] of [
    [inspect.raw, rawUrl, null],
    [inspect.product, product.url, notices],
  ] as const) {
    const before = await heapOf(port);
    const { open } = await driver.order({ do: 'open', url: socketUrl(url), count: many, follow });
    await sleep(3_000);
    const after = await heapOf(port);
    console.log(
      `${open} idle sockets of ${follow ? 'the product' : 'bare ws'}: ` +
        `${((after.used - before.used) / many / 1024).toFixed(1)} KiB each in use, ${((after.rss - before.rss) / many / 1024).toFixed(1)} KiB resident`,
    );
    idle.push((after.used - before.used) / many / 1024);
    if (!follow) await driver.order({ do: 'close' });
  }
  const got = await driver.receive(() => commit(client, ownEvents(many)));
  await sleep(3_000);
  const { open, surplus } = await driver.order({ do: 'count' });
  console.log(
    `${many} sockets acknowledged, ${got.times.length} events delivered in ${got.last.toFixed(0)} ms, ` +
      `${many - got.times.length} lost, ${surplus} more than once, ${open} sockets open after it`,
  );
  const more = (idle[1] ?? NaN) - (idle[0] ?? NaN);
  console.log(`an idle socket takes ${more.toFixed(1)} KiB more than a bare one (goal at most ${goals.idleKiB})`);
}

function socketUrl(url: string): string {
  return `${url.replace('http', 'ws').replace('0.0.0.0', '127.0.0.1')}/graphql`;
}

await runBenchmark(measure, () => databases[Symbol.asyncDispose]());
