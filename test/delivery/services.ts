import { execFileSync, spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import pg from 'pg';

/** A server of the run's own, that may be stopped like no shared one may. */
export interface Service extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** Ends it as a crash would, at once. */
  stop(): Promise<void>;
  /** Starts it again in the same place, and waits until it answers. */
  start(): Promise<void>;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** What PostgreSQL came with: the newest of the usual places, or what pg_config names. */
function postgresPrograms(): string {
  const usual = '/usr/lib/postgresql';
  const versions = existsSync(usual) ? readdirSync(usual).sort((a, b) => Number(b) - Number(a)) : [];
  const found = versions.map((version) => join(usual, version, 'bin')).find((bin) => existsSync(join(bin, 'initdb')));
  if (found !== undefined) return found;
  try {
    return execFileSync('pg_config', ['--bindir'], { encoding: 'utf8' }).trim();
  } catch {
    throw new Error('A PostgreSQL of its own is needed to stop it: install the postgresql package (initdb, postgres).');
  }
}

/** PostgreSQL refuses to run as root: then it runs as the user whom its package made. */
function unprivileged(): Pick<SpawnOptions, 'uid' | 'gid'> {
  if (process.getuid?.() !== 0) return {};
  const idOf = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}

/** A new PostgreSQL cluster in a folder of its own. It keeps the time of every commit, to measure from. */
export async function startPostgres(): Promise<Service> {
  const bin = postgresPrograms();
  const user = unprivileged();
  const folder = mkdtempSync(join(tmpdir(), 'baton-delivery-'));
  chmodSync(folder, 0o700);
  if (user.uid !== undefined && user.gid !== undefined) chownSync(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  execFileSync(join(bin, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync'], {
    ...user,
    stdio: ['ignore', 'ignore', 'inherit'],
    cwd: '/',
    env: { PATH: process.env.PATH, LC_ALL: 'C' },
  });
  const port = await freePort();
  const url = `postgresql://postgres@127.0.0.1:${port}/postgres`;
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: folder,
    // The machine stays up: what the system was given, it keeps. Commits are no less certain, and ten times as fast.
    fsync: 'off',
    track_commit_timestamp: 'on',
    max_connections: '100',
    log_min_messages: 'panic',
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  let server: ChildProcess | undefined;

  async function answers(): Promise<boolean> {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1_000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return true;
    } catch {
      return false;
    } finally {
      client.end().catch(() => undefined);
    }
  }
  const start = async () => {
    server = spawn(join(bin, 'postgres'), ['-D', data, '-p', String(port), ...flags], {
      ...user,
      cwd: '/',
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    await untilAnswers('PostgreSQL', server, answers);
  };
  // What pg_ctl stop -m immediate sends.
  const stop = () => ended(server, 'SIGQUIT');
  await start();
  return {
    ...{ url, port, start, stop },
    async [Symbol.asyncDispose]() {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A Redis of its own; null where there is no redis-server. */
export async function startRedis(): Promise<Service | null> {
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  let server: ChildProcess | undefined;
  const answers = async () => {
    const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
    client.on('error', () => undefined);
    return client.connect().then(
      () => (client.disconnect(), true),
      () => false,
    );
  };
  const start = async () => {
    const flags = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
    server = spawn('redis-server', flags, { cwd: tmpdir(), stdio: 'ignore' });
    await untilAnswers('Redis', server, answers);
  };
  const stop = () => ended(server, 'SIGKILL');
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' });
  } catch {
    return null;
  }
  await start();
  return { ...{ url, port, start, stop }, [Symbol.asyncDispose]: stop };
}

async function untilAnswers(name: string, server: ChildProcess, answers: () => Promise<boolean>): Promise<void> {
  server.on('error', () => undefined);
  const kill = () => server.kill('SIGKILL');
  process.once('exit', kill);
  server.once('exit', () => process.off('exit', kill));
  for (const since = performance.now(); !(await answers()); await sleep(50)) {
    if (server.exitCode !== null) throw new Error(`${name} ended at its start with ${server.exitCode}.`);
    if (performance.now() - since > 30_000) throw new Error(`${name} did not answer within 30 seconds.`);
  }
}

async function ended(server: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
  if (!server || server.exitCode !== null || server.signalCode !== null) return;
  const end = once(server, 'exit');
  server.kill(signal);
  await end;
}
