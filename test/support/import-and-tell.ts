/** Run as a process of its own: imports the folder in the first argument and tells of every chunk, until killed. */
import { createApp } from '../../src/app/app.js';
import { readConfig } from '../../src/app/config.js';
import { importCompany } from '../../src/cli/import/import-company.js';

const [, , folder = '', enterprise = ''] = process.argv;
await using app = await createApp({ ...readConfig(), runner: false, logLevel: 'error' });
await importCompany(app, {
  enterprise,
  folder,
  report: (bad) => {
    throw new Error(JSON.stringify(bad));
  },
  runSteps: async (steps) => {
    for (const { title, run } of steps) await run((progress) => process.send?.(`${title}: ${progress}`));
  },
});
