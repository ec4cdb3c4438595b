import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { systemClock } from '../../src/platform/clock.js';
import { WebSocket } from 'ws';
import { readConfig } from '../../src/app/config.js';
import { issueToken } from '../../src/app/tokens.js';
import { company } from './company.js';

const secret = 'a-secret-that-only-the-benchmark-has-and-knows';
const root = new URL('../..', import.meta.url).pathname;

/** The product as it runs in production: compiled, in a process of its own, spoken to over HTTP. */
export interface Product extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  readonly token: string;
  /** A token of somebody else of the company. */
  tokenOf(kind: 'member' | 'customer', personId: string): Promise<string>;
  /** One operation by the administrator; throws when it answers errors. */
  ask<Data>(query: string, variables?: object): Promise<Data>;
  /** Forgets the highest memory use so far. */
  resetPeak(): void;
  /** Resident memory in MB now, and at its highest since `resetPeak`. Linux only; else NaN. */
  memory(): { now: number; peak: number };
}

/** Milliseconds of CPU that a process has used so far. Linux only; else NaN. */
export function cpuOf(pid: number): number {
  if (process.platform !== 'linux') return NaN;
  const [user, system] = (readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1) ?? '').split(' ').slice(11, 13);
  return 10 * (Number(user) + Number(system));
}

/**
 * Bytes that a process started with `--inspect=<port>` uses: what its heap and buffers hold after a collection, and what is
 * resident.
 */
export async function heapOf(port: number): Promise<{ used: number; rss: number }> {
  const [target] = (await (await fetch(`http://127.0.0.1:${port}/json`)).json()) as { webSocketDebuggerUrl: string }[];
  const socket = new WebSocket(target?.webSocketDebuggerUrl ?? '');
  await once(socket, 'open');
  const ask = async (method: string, params: object = {}): Promise<unknown> => {
    socket.send(JSON.stringify({ id: 1, method, params }));
    const [data] = (await once(socket, 'message')) as [Buffer];
    return (JSON.parse(data.toString()) as { result: unknown }).result;
  };
  await ask('HeapProfiler.collectGarbage');
  await ask('HeapProfiler.collectGarbage');
  const expression = '(({ heapUsed, external, rss }) => ({ used: heapUsed + external, rss }))(process.memoryUsage())';
  const { result } = (await ask('Runtime.evaluate', { expression, returnByValue: true })) as {
    result: { value: { used: number; rss: number } };
  };
  socket.terminate();
  return result.value;
}

/** Compiles the product. */
export async function buildProduct(): Promise<void> {
  const [code] = (await once(spawn('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' }), 'exit')) as [
    number,
  ];
  if (code !== 0) throw new Error('npm run build failed.');
}

/** A server in a process of its own, until disposed. */
export interface ServerProcess extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
}

/** Starts a server with these arguments of node, and waits until it prints its address. */
export async function startServer(args: readonly string[], env: Record<string, string>): Promise<ServerProcess> {
  const { PATH } = process.env;
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { PATH, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const stop = () => child.kill('SIGKILL');
  process.on('exit', stop);
  return {
    url: await listeningAt(child),
    pid: child.pid ?? NaN,
    async [Symbol.asyncDispose]() {
      process.off('exit', stop);
      const ended = once(child, 'exit');
      if (child.exitCode === null && child.signalCode === null && child.kill('SIGTERM')) await ended;
    },
  };
}

/** Starts the compiled product on a database. NODE_FLAGS go to its node, as `--cpu-prof`, beside the `flags` given. */
export async function startProduct(
  databaseUrl: string,
  more: Record<string, string> = {},
  nodeFlags: readonly string[] = [],
): Promise<Product> {
  const flags = [...nodeFlags, ...(process.env.NODE_FLAGS?.split(' ') ?? [])];
  const server = await startServer([...flags, 'dist/main.js'], {
    ...{
      NODE_ENV: 'production',
      DATABASE_URL: databaseUrl,
      TOKEN_SECRET: secret,
      PORT: '0',
      MOST_COST_PER_MINUTE: '0',
      ...more,
    },
  });
  const { url, pid } = server;
  const tokenOf = (kind: 'member' | 'customer', personId: string) =>
    issueToken(
      { config: readConfig({ TOKEN_SECRET: secret }), clock: systemClock },
      { kind, personId, enterpriseId: company.enterpriseId },
    );
  const token = await tokenOf('member', company.administratorId);
  const field = (name: string) => {
    const status = process.platform === 'linux' ? readFileSync(`/proc/${pid}/status`, 'utf8') : '';
    return Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? NaN) / 1024;
  };
  return {
    url,
    pid,
    token,
    tokenOf,
    async ask<Data>(query: string, variables: object = {}) {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ query, variables }),
      });
      const answer = (await response.json()) as { data: Data; errors?: unknown };
      if (answer.errors) throw new Error(`The product answered ${JSON.stringify(answer.errors)}`);
      return answer.data;
    },
    resetPeak: () => {
      if (process.platform === 'linux') writeFileSync(`/proc/${pid}/clear_refs`, '5');
    },
    memory: () => ({ now: field('VmRSS'), peak: field('VmHWM') }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function listeningAt(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error('The server was started without its output.');
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /"url":"(http[^"]+)"/.exec(line)?.[1];
    if (url !== undefined) {
      // Read on, or the server would wait for somebody to.
      child.stdout.resume();
      return url;
    }
    lines.push(line);
  }
  throw new Error(`The server did not start:\n${lines.join('\n')}`);
}
