import { once } from 'node:events';
import { StartupError } from '../platform/errors.js';
import { createApp } from './app.js';
import { readConfig } from './config.js';
import { serve } from './serve.js';
import { findSamplePeople } from './sample-people.js';
import { issueToken } from './tokens.js';
import { describeSample } from './welcome.js';

/**
 * Runs the process until it is told to stop: the server, or with `worker` the runner alone. Returns the exit code.
 *
 * A start that cannot succeed prints one message that says what to do. SIGTERM and SIGINT close the doors, finish the
 * chunk in hand and end with 0; a second one ends at once.
 */
export async function run(args: readonly string[]): Promise<number> {
  const worker = args[0] === 'worker';
  try {
    const config = readConfig();
    await using app = await createApp(worker ? { ...config, runner: true } : config);
    if (worker) {
      app.log.info('The worker takes over what is due. Stop it with Ctrl-C.');
      return await untilStopped();
    }
    const sample = await findSamplePeople(app);
    await using doors = await serve(app);
    app.log.info({ url: doors.url }, `Listening on ${doors.url}/graphql`);
    if (sample) process.stdout.write(await describeSample(doors.url, sample, (person) => issueToken(app, person)));
    return await untilStopped();
  } catch (error) {
    if (!(error instanceof StartupError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
}

async function untilStopped(): Promise<number> {
  await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(1));
  return 0;
}
