import { once } from 'node:events';
import { StartupError } from '../platform/errors.js';
import { createApp } from './app.js';
import { readConfig } from './config.js';
import { findSamplePeople } from './sample-people.js';
import { issueToken } from './tokens.js';
import { describeSample } from './welcome.js';

/** Between the signal and the end, in milliseconds: those who stop processes kill after ten seconds or more. */
const stopWithinMs = 9000;

/**
 * Runs the process until it is told to stop: the server, or with `worker` the runner alone. Returns the exit code.
 *
 * A start that cannot succeed prints one message that says what to do. SIGTERM and SIGINT close the doors, finish the
 * chunk in hand and end with 0, also where they come while it starts; a second one ends at once.
 */
export async function run(args: readonly string[]): Promise<number> {
  const worker = args[0] === 'worker';
  // From the first moment on: whoever reads that it listens may stop it in the same instant.
  const stopped = untilStopped();
  try {
    if (args.length > (worker ? 1 : 0)) {
      throw new StartupError(
        `There is no command "${args.join(' ')}". Give "worker" to take over only, or nothing to serve.`,
      );
    }
    const config = readConfig();
    // The doors take as long to load as the database to open, and a worker needs none: they are loaded meanwhile.
    const loading = worker ? null : import('./serve.js');
    await using app = await createApp(worker ? { ...config, runner: true } : config);
    if (!loading) {
      app.log.info('The worker takes over what is due. Stop it with Ctrl-C.');
      return await stopped;
    }
    const sample = await findSamplePeople(app);
    const { serve } = await loading;
    await using doors = await serve(app);
    app.log.info({ url: doors.url }, `Listening on ${doors.url}/graphql`);
    if (sample) process.stdout.write(await describeSample(doors.url, sample, (person) => issueToken(app, person)));
    return await stopped;
  } catch (error) {
    if (!(error instanceof StartupError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
}

async function untilStopped(): Promise<number> {
  await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(1));
  // A database that does not answer must not hold the process: what it had in hand is rolled back there, and any other goes on.
  setTimeout(() => process.exit(0), stopWithinMs).unref();
  return 0;
}
