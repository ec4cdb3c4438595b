import { StartupError } from '../platform/errors.js';

/**
 * Runs a command and sets the exit code it answers with. A StartupError is its message alone and exit code 1; anything
 * else is a fault of ours and shows where it happened.
 */
export async function runCommand(work: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await work();
  } catch (error) {
    process.exitCode = 1;
    process.stderr.write(`${error instanceof StartupError ? error.message : describe(error)}\n`);
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
