import { run } from './app/run.js';

process.exitCode = await run(process.argv.slice(2));
