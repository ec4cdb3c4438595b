import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Way } from '../support/way.js';
import { until, type Instance } from './fleet.js';
import { now } from './listener.js';
import type { Service } from './services.js';

/** What trouble may be made of. */
export interface Scene {
  readonly postgres: Service;
  /** Null: the shared one, which may be cut off but not stopped. */
  readonly redis: Service | null;
  readonly redisUrl: string;
  readonly servers: readonly Instance[];
  readonly worker: Instance;
  /** Where each process reaches PostgreSQL, and all of them Redis. */
  readonly waysToPostgres: readonly Way[];
  readonly wayToRedis: Way;
  /** Where the clients come in. */
  readonly wayIn: Way;
  readonly random: () => number;
  /** Only troubles whose name has this in it. */
  readonly only: string;
}

/** From when to when something was not as it should be. */
export interface Window {
  readonly trouble: string;
  readonly from: number;
  readonly to: number;
}

/** One kind of trouble: it makes it, and ends when all is well again. */
interface Trouble {
  readonly name: string;
  /** Only where wake-ups go by Redis. */
  readonly ofRedis?: true;
  run(scene: Scene): Promise<void>;
}

/** A server says within so long that it should be sent nothing: a question to the database may take 3 s. */
const unreadyWithinMs = 9_000;
const readyWithinMs = 30_000;

async function untilReadinessIs(ready: boolean, { servers }: Scene): Promise<void> {
  await Promise.all(
    servers.map((server) =>
      until(
        `${server.name} says that it is ${ready ? '' : 'not '}ready`,
        ready ? readyWithinMs : unreadyWithinMs,
        async () => ((await server.readiness()) === 200) === ready,
      ),
    ),
  );
}

/** Off for a while; the servers must say so, and that it is over. */
async function awayFor(ms: number, scene: Scene, off: () => Promise<void> | void, on: () => Promise<void> | void) {
  await off();
  try {
    await Promise.all([untilReadinessIs(false, scene), sleep(ms)]);
  } finally {
    await on();
  }
  await untilReadinessIs(true, scene);
}

const troubles: readonly Trouble[] = [
  {
    name: 'server killed',
    async run({ servers, random }) {
      const server = servers[Math.floor(random() * servers.length)] as Instance;
      await server.end('SIGKILL');
      await sleep(500);
      await server.restart();
    },
  },
  {
    name: 'server told to stop',
    async run({ servers, random }) {
      const server = servers[Math.floor(random() * servers.length)] as Instance;
      const code = await server.end('SIGTERM');
      if (code !== 0) throw new Error(`${server.name} ended with ${code} after SIGTERM.`);
      await server.restart();
    },
  },
  {
    name: 'worker killed',
    async run({ worker }) {
      await worker.end('SIGKILL');
      await sleep(300);
      await worker.restart();
    },
  },
  {
    name: 'PostgreSQL restarted at once',
    run: (scene) => awayFor(500, scene, scene.postgres.stop, scene.postgres.start),
  },
  {
    name: 'PostgreSQL in a black hole',
    run: (scene) =>
      awayFor(
        1_500,
        scene,
        () => scene.waysToPostgres.forEach((way) => way.set('silent')),
        () => scene.waysToPostgres.forEach((way) => way.set('open')),
      ),
  },
  {
    name: 'lines to PostgreSQL half-open',
    async run({ waysToPostgres, random }) {
      waysToPostgres[Math.floor(random() * waysToPostgres.length)]?.freeze();
      await sleep(3_000);
    },
  },
  {
    name: 'clients cut off',
    async run({ wayIn, random }) {
      wayIn.tear(0.5, random);
      await sleep(500);
    },
  },
  {
    name: 'Redis stopped',
    ofRedis: true,
    run: (scene) =>
      scene.redis
        ? awayFor(2_500, scene, scene.redis.stop, scene.redis.start)
        : awayFor(
            2_500,
            scene,
            () => scene.wayToRedis.set('torn'),
            () => scene.wayToRedis.set('open'),
          ),
  },
  {
    name: 'Redis in a black hole',
    ofRedis: true,
    run: (scene) =>
      awayFor(
        1_000,
        scene,
        () => scene.wayToRedis.set('silent'),
        () => scene.wayToRedis.set('open'),
      ),
  },
  {
    name: 'Redis flushed, its listeners thrown out',
    ofRedis: true,
    async run(scene) {
      if (!scene.redis) return;
      const redis = new Redis(scene.redisUrl);
      await redis.flushall();
      await redis.client('KILL', 'TYPE', 'pubsub');
      redis.disconnect();
      await untilReadinessIs(true, scene);
    },
  },
];

/** Makes one trouble after the other, those first that were made least often, with some calm between, until the time is over. */
export async function makeTrouble(scene: Scene, by: 'redis' | 'notify', until: number, windows: Window[]) {
  const timesOf = ({ name }: Trouble) => windows.filter(({ trouble }) => trouble === name).length;
  while (now() < until) {
    const possible = troubles.filter(({ name, ofRedis }) => (by === 'redis' || !ofRedis) && name.includes(scene.only));
    if (possible.length === 0) return;
    const least = Math.min(...possible.map(timesOf));
    const seldom = possible.filter((trouble) => timesOf(trouble) === least);
    // What only this half can show comes before what the other one can show as well.
    const first = seldom.some(({ ofRedis }) => ofRedis) ? seldom.filter(({ ofRedis }) => ofRedis) : seldom;
    const trouble = first[Math.floor(scene.random() * first.length)] as Trouble;
    const from = now();
    await trouble.run(scene);
    windows.push({ trouble: trouble.name, from, to: now() });
    console.log(`  ${trouble.name}: over after ${((now() - from) / 1000).toFixed(1)} s`);
    await sleep(300 + scene.random() * 700);
  }
}
