import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const startWithinMs = 30_000;

/** The server as `npm start` runs it. */
export interface StartedServer extends AsyncDisposable {
  /** Its own address, as it printed it. */
  readonly url: string;
  /** All that it has written so far. */
  output(): string;
}

/**
 * Starts the server on a free port and a new data folder, with nothing of this process's environment but where programs
 * are. Disposing stops it, and fails unless it ended by itself with 0.
 */
export async function startServer(settings: Readonly<Record<string, string>> = {}): Promise<StartedServer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'baton-e2e-'));
  const { PATH, HOME } = process.env;
  const server = spawn(process.execPath, ['--import', 'tsx', 'src/main.ts'], {
    cwd: path.join(import.meta.dirname, '../..'),
    env: { PATH, HOME, PORT: '0', DATA_DIR: path.join(folder, 'data'), ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [server.stdout, server.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const urlOf = () => /http:\/\/127\.0\.0\.1:\d+(?=\/graphql)/.exec(output)?.[0];
  const latest = performance.now() + startWithinMs;
  while (!urlOf() && server.exitCode === null && performance.now() < latest) await delay(50);
  const url = urlOf();
  if (!url) {
    server.kill('SIGKILL');
    throw new Error(`The server did not come up:\n${output}`);
  }
  return {
    url,
    output: () => output,
    async [Symbol.asyncDispose]() {
      server.kill('SIGTERM');
      if (server.exitCode === null) await once(server, 'exit', { signal: AbortSignal.timeout(15_000) });
      await rm(folder, { recursive: true, force: true });
      if (server.exitCode !== 0) throw new Error(`The server ended with ${server.exitCode}:\n${output}`);
    },
  };
}
