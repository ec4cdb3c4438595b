import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './services.js';

const root = new URL('../..', import.meta.url).pathname;

/** One process of the compiled product, that is killed and comes back on the same port. */
export interface Instance {
  readonly name: string;
  /** Of the API; null for a worker. */
  readonly port: number | null;
  /** Of the process that runs now, or ran last. */
  readonly pid: number;
  /** Whether it may be sent clients: it says that it listens, and has not ended. */
  readonly isOpen: boolean;
  start(env: Readonly<Record<string, string>>): Promise<void>;
  /** Starts it once more with what it was started with. */
  restart(): Promise<void>;
  /** Sends the signal and waits for the end; answers the exit code, null after a kill. */
  end(signal: NodeJS.Signals): Promise<number | null>;
  /** What /readyz says; null when it does not answer. */
  readiness(): Promise<number | null>;
}

/** A server, or a worker. `onEnd` hears of every end that nobody asked for, with what the process wrote last. */
export async function createInstance(
  name: string,
  kind: 'server' | 'worker',
  onEnd: (told: string) => void,
): Promise<Instance> {
  const port = kind === 'server' ? await freePort() : null;
  let child: ChildProcess | undefined;
  let settings: Readonly<Record<string, string>> = {};
  let asked = false;
  let isOpen = false;
  let written = '';

  async function start(): Promise<void> {
    asked = false;
    written = '';
    const args = ['dist/main.js', ...(kind === 'worker' ? ['worker'] : [])];
    const { PATH = '' } = process.env;
    const mine = spawn(process.execPath, args, {
      cwd: root,
      env: {
        PATH,
        NODE_ENV: 'production',
        MOST_COST_PER_MINUTE: '0',
        ...(port !== null && { PORT: String(port) }),
        ...settings,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child = mine;
    const kill = () => mine.kill('SIGKILL');
    process.once('exit', kill);
    mine.once('exit', (code, signal) => {
      isOpen = false;
      process.off('exit', kill);
      if (!asked) onEnd(`${name} ended by itself with ${code ?? signal}:\n${written.slice(-4000)}`);
    });
    let up!: () => void;
    const ready = new Promise<void>((resolve) => (up = resolve));
    for (const stream of [mine.stdout, mine.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        written = (written + text).slice(-20_000);
        if (/Listening on|The worker takes over/.test(written)) up();
      });
    }
    void ready.then(() => (isOpen = true));
    await Promise.race([ready, once(mine, 'exit')]);
  }

  return {
    name,
    port,
    get pid() {
      return child?.pid ?? NaN;
    },
    get isOpen() {
      return isOpen;
    },
    async start(env) {
      settings = env;
      await start();
    },
    restart: start,
    async end(signal) {
      if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
      asked = true;
      isOpen = false;
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
      return child.exitCode;
    },
    async readiness() {
      try {
        const answer = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(6_000) });
        await answer.arrayBuffer();
        return answer.status;
      } catch {
        return null;
      }
    },
  };
}

/** Waits until it is so, looking often; throws what was waited for in vain. */
export async function until(
  what: string,
  withinMs: number,
  condition: () => Promise<boolean> | boolean,
): Promise<void> {
  for (const since = performance.now(); !(await condition()); await sleep(50)) {
    if (performance.now() - since > withinMs) throw new Error(`In vain for ${withinMs} ms: ${what}.`);
  }
}
