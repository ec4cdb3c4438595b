// The compiled server, as production runs it: starts on an empty data folder, says it is ready, stops when told to.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const startWithinMs = 30_000;
const stopWithinMs = 10_000;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const port = await freePort();
const dataFolder = mkdtempSync(path.join(tmpdir(), 'baton-smoke-'));
const { PATH, HOME } = process.env;
const started = performance.now();
const server = spawn(process.execPath, ['dist/main.js'], {
  // Nothing of the caller's environment, and what production asks for.
  env: {
    PATH,
    HOME,
    NODE_ENV: 'production',
    PORT: String(port),
    DATA_DIR: path.join(dataFolder, 'data'),
    TOKEN_SECRET: randomBytes(32).toString('hex'),
  },
  stdio: ['ignore', 'pipe', 'pipe'],
});
let output = '';
for (const stream of [server.stdout, server.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));

async function isReady(): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null);
  return answer?.ok === true;
}

async function run(): Promise<string> {
  while (!(await isReady())) {
    if (server.exitCode !== null) throw new Error(`It ended with exit code ${server.exitCode} before it was ready.`);
    if (performance.now() - started > startWithinMs) throw new Error(`It was not ready within ${startWithinMs} ms.`);
    await delay(50);
  }
  const readyMs = performance.now() - started;
  server.kill('SIGTERM');
  if (server.exitCode === null) await once(server, 'exit', { signal: AbortSignal.timeout(stopWithinMs) });
  if (server.exitCode !== 0)
    throw new Error(`SIGTERM ended it with ${server.exitCode ?? server.signalCode ?? '?'}, not 0.`);
  return `ready after ${Math.round(readyMs)} ms, stopped with exit code 0`;
}

try {
  console.log(await run());
} catch (error) {
  server.kill('SIGKILL');
  console.error(output);
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(dataFolder, { recursive: true, force: true });
}
