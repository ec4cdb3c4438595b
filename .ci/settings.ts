import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import type { z } from 'zod';
import { settings } from '../src/app/config.js';

/*
 * The table of settings in README.md, from src/app/config.ts:
 *
 *   settings.ts write   puts it in place
 *   settings.ts check   fails when it is not what the code says
 */

const readme = 'README.md';
const [from, to] = ['<!-- settings -->', '<!-- /settings -->'];

function defaultOf(type: z.ZodType): string {
  const { success, data } = type.safeParse(undefined);
  return success && ['string', 'number', 'boolean'].includes(typeof data) ? `\`${data as string | number}\`` : '';
}

const rows = Object.entries(settings).map(
  ([name, type]) => `| \`${name}\` | ${defaultOf(type)} | ${type.description ?? ''} |`,
);
const table = [from, '', '| setting | default | what it does |', '| --- | --- | --- |', ...rows, '', to].join('\n');

const written = readFileSync(readme, 'utf8');
const [head, rest] = written.split(from);
const tail = rest?.split(to)[1];
if (head === undefined || tail === undefined)
  throw new Error(`${readme} has no place for the settings: ${from} … ${to}`);
const wanted = await format(head + table + tail, { ...(await resolveConfig(readme)), parser: 'markdown' });

if (process.argv[2] === 'write') writeFileSync(readme, wanted);
else if (written !== wanted) {
  console.error(`${readme} does not list the settings of src/app/config.ts. Run: npm run generate`);
  process.exitCode = 1;
} else console.log(`${readme} lists the settings of src/app/config.ts.`);
