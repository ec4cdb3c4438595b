import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

const main = join(import.meta.dirname, '../../src/main.ts');

/** The product as a process of its own; killed at the end of the test if it still runs. */
export interface Process {
  readonly child: ChildProcess;
  /** All it wrote until now. */
  readonly stdout: string;
  readonly stderr: string;
  /** The first line of its output that has this text; throws with all of the output when it ends before. */
  line(text: string): Promise<string>;
  /** Sends the signal, waits for the end, and answers the exit code; null after a kill. */
  end(signal: NodeJS.Signals): Promise<number | null>;
  /** Waits for an end of its own, and answers the exit code. */
  readonly ended: Promise<number | null>;
}

/** Starts `src/main.ts` with these arguments and this environment only: nothing of the caller's settings reaches it. */
export function startProcess(args: readonly string[], env: Readonly<Record<string, string>>): Process {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, ['--import', 'tsx', main, ...args], {
    env: { PATH, HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const written = { stdout: '', stderr: '' };
  let stir: () => void = () => undefined;
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      written[name] += text;
      stir();
    });
  }
  const ended = once(child, 'close').then(() => {
    stir();
    return child.exitCode;
  });
  return {
    child,
    ended,
    get stdout() {
      return written.stdout;
    },
    get stderr() {
      return written.stderr;
    },
    async line(text) {
      for (;;) {
        const found = `${written.stdout}\n${written.stderr}`.split('\n').find((line) => line.includes(text));
        if (found !== undefined) return found;
        if (child.exitCode !== null || child.signalCode !== null) {
          throw new Error(`It ended before it said "${text}":\n${written.stdout}\n${written.stderr}`);
        }
        await new Promise<void>((resolve) => (stir = resolve));
      }
    },
    async end(signal) {
      child.kill(signal);
      return ended;
    },
  };
}
