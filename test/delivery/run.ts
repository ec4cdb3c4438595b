/**
 * Delivery under fire: two servers and a worker in processes of their own on a PostgreSQL and a Redis of their own; companies
 * that hand over and take back; everybody concerned follows their inbox with the product's client. Meanwhile processes are
 * killed, services are stopped and lines are cut. Half of the time goes by Redis, half by LISTEN/NOTIFY.
 *
 * After quiet it compares what everybody got with the database: one notice per customer and kind, complete and in order. It
 * fails by its exit code, and prints a seed that makes the same troubles again.
 *
 *     npm run test:delivery [-- --seconds 120 --seed 1 --companies 6 --customers 50 --troubles Redis]
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { buildProduct } from '../bench/product.js';
import { openWay } from '../support/way.js';
import { foundCompanies, openMigrated, tokenSecret } from './company.js';
import { createInstance, until, type Instance } from './fleet.js';
import { listen, now, type Listener } from './listener.js';
import { randomFrom, shuffled } from './random.js';
import { keepTransferring, type Sent } from './sender.js';
import { startPostgres, startRedis } from './services.js';
import { makeTrouble, type Scene, type Window } from './troubles.js';
import { compareWithLists, findFaults, isComplete, judgeLatency } from './verdict.js';

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '120' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1e9)) },
    companies: { type: 'string', default: '6' },
    customers: { type: 'string', default: '50' },
    /** Only troubles whose name has this in it. */
    troubles: { type: 'string', default: '' },
    /** The compiled product is there, and is what the sources say. */
    built: { type: 'boolean', default: false },
  },
});
const seconds = Number(options.seconds);
const random = randomFrom(Number(options.seed));
const quietMs = 2_500;

async function run(): Promise<string[]> {
  console.log(`Delivery under fire for ${seconds} s, seed ${options.seed}`);
  if (!options.built) await buildProduct();
  const unexpected: string[] = [];

  await using postgres = await startPostgres();
  await using redis = await startRedis();
  const redisUrl = redis?.url ?? process.env.TEST_REDIS_URL ?? 'redis://127.0.0.1:6379';
  if (!redis) console.log(`There is no redis-server: taking ${redisUrl}, which is cut off instead of stopped`);
  await using db = await openMigrated(postgres.url);
  const companies = await foundCompanies(db, Number(options.companies), Number(options.customers));

  const names = ['server 1', 'server 2', 'worker'] as const;
  const [first, second, worker] = (await Promise.all(
    names.map((name) => createInstance(name, name === 'worker' ? 'worker' : 'server', (told) => unexpected.push(told))),
  )) as [Instance, Instance, Instance];
  const servers = [first, second];
  const host = '127.0.0.1';
  await using toPostgres1 = await openWay(() => ({ host, port: postgres.port }));
  await using toPostgres2 = await openWay(() => ({ host, port: postgres.port }));
  await using toPostgres3 = await openWay(() => ({ host, port: postgres.port }));
  const waysToPostgres = [toPostgres1, toPostgres2, toPostgres3];
  await using wayToRedis = await openWay(() => ({ host, port: Number(new URL(redisUrl).port || 6379) }));
  let turn = 0;
  await using wayIn = await openWay(() => {
    const open = servers.filter(({ isOpen }) => isOpen);
    const server = open[turn++ % open.length];
    return server?.port == null ? null : { host, port: server.port };
  });
  const url = `http://127.0.0.1:${wayIn.port}/graphql`;

  const startOne = async (instance: Instance, by: 'redis' | 'notify') => {
    const way = waysToPostgres[[first, second, worker].indexOf(instance)];
    await instance.start({
      DATABASE_URL: way?.through(postgres.url) ?? '',
      TOKEN_SECRET: tokenSecret,
      RUNNER: 'false',
      LOG_LEVEL: 'info',
      ...(by === 'redis' && { REDIS_URL: wayToRedis.through(redisUrl) }),
    });
    if (instance === worker) return;
    await until(`${instance.name} is ready`, 30_000, async () => (await instance.readiness()) === 200);
  };
  const stopOne = async (instance: Instance) => {
    const code = await instance.end('SIGTERM');
    if (code !== 0) unexpected.push(`${instance.name} ended with ${code} after SIGTERM`);
  };
  const stopFleet = async () => {
    for (const instance of [first, second, worker]) await stopOne(instance);
  };

  const listeners: Listener[] = [];
  const sent: Sent[] = [];
  const windows: Window[] = [];
  const scene: Scene = {
    ...{
      postgres,
      redis,
      redisUrl,
      servers,
      worker,
      waysToPostgres,
      wayToRedis,
      wayIn,
      random,
      only: options.troubles,
    },
  };
  const began = now();
  let sending = true;
  try {
    await Promise.all([first, second, worker].map((instance) => startOne(instance, 'redis')));
    for (const { readers } of companies) listeners.push(...readers.map((reader) => listen(url, reader)));
    await Promise.all(listeners.map(({ ready }) => ready));
    const senders = Promise.all(
      companies.map((company) => keepTransferring(url, company, sent, () => sending && unexpected.length === 0)),
    );
    senders.catch((error: unknown) => unexpected.push(String(error)));

    console.log('Wake-ups by Redis');
    await sleep(1_000);
    await makeTrouble(scene, 'redis', now() + seconds * 500, windows);
    const from = now();
    for (const instance of [first, second, worker]) {
      await stopOne(instance);
      await startOne(instance, 'notify');
    }
    windows.push({ trouble: 'all processes replaced', from, to: now() });
    console.log('Wake-ups by LISTEN/NOTIFY');
    await makeTrouble(scene, 'notify', now() + seconds * 500, windows);
    sending = false;
    console.log(`Troubles are over after ${((now() - began) / 1000).toFixed(0)} s; waiting for quiet`);
    await Promise.race([senders, until('everything sent is answered', 90_000, () => unexpected.length > 0)]);
    await until('everybody has got everything', 30_000, () => isComplete(db, listeners));
    await sleep(quietMs);

    const faults = [...unexpected, ...(await findFaults(db, companies, listeners, sent))];
    const some = shuffled(listeners, random).slice(0, 30);
    faults.push(...(await compareWithLists(url, some)));
    const events = listeners.reduce((sum, { got }) => sum + got.length, 0);
    const retries = listeners.reduce((sum, listener) => sum + listener.away.length, 0);
    const again = sent.reduce((sum, { times }) => sum + times - 1, 0);
    console.log(
      `${listeners.length} readers got ${events.toLocaleString('en')} events and came back ${retries} times; ` +
        `${sent.length} mutations were sent, ${again} times again; ${windows.length} troubles`,
    );
    faults.push(...(await judgeLatency(db, listeners, windows)));
    return faults;
  } catch (error) {
    const faults = await findFaults(db, companies, listeners, sent).catch((also: unknown) => [String(also)]);
    return [String(error), ...unexpected, ...faults];
  } finally {
    sending = false;
    await Promise.all(listeners.map((listener) => listener.stop()));
    await stopFleet();
  }
}

const faults = await run();
for (const fault of faults.slice(0, 50)) console.error(`  - ${fault}`);
console.log(
  faults.length === 0
    ? 'test:delivery: one notice per customer and kind, complete, in order'
    : `test:delivery: ${faults.length} faults; --seed ${options.seed} makes the same troubles`,
);
process.exit(faults.length === 0 ? 0 : 1);
