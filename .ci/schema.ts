// Keeps schema.graphql, what front-end teams and integrations read, equal to the schema that the code builds.
//   write             prints the built schema to schema.graphql
//   check             fails when the file is not what the code builds
//   breaking [<ref>]  fails when the file breaks callers of the schema at that git ref (default HEAD~1) unannounced
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { CriticalityLevel, diff } from '@graphql-inspector/core';
import { buildSchema, lexicographicSortSchema, printSchema } from 'graphql';

const file = new URL('../schema.graphql', import.meta.url);
const changelog = new URL('../CHANGELOG.md', import.meta.url);

async function builtSchema(): Promise<string> {
  // Here, because a comparison with an earlier commit needs no application.
  const { schema } = await import('../src/app/schema.js');
  // Sorted, so that moving code about does not show up as a change of the API.
  return `${printSchema(lexicographicSortSchema(schema))}\n`;
}

function git(...args: string[]): string | null {
  try {
    return execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return null;
  }
}

/** The text under "### Breaking" in the newest entry of the change log; empty when there is none. */
function announcedBreaks(): string {
  const newestEntry = readFileSync(changelog, 'utf8').split(/^## /m)[1] ?? '';
  return (
    newestEntry
      .split(/^### /m)
      .find((part) => /^Breaking\b/.test(part))
      ?.replace(/^.*$/m, '') ?? ''
  );
}

/** GraphQL's own notation of what a change touches: Type.field, Type.field(argument:), @directive(argument:). */
function coordinate(path: string): string {
  const [owner = '', member, argument] = path.split('.');
  if (member === undefined) return owner;
  if (owner.startsWith('@')) return `${owner}(${member}:)`;
  return argument === undefined ? `${owner}.${member}` : `${owner}.${member}(${argument}:)`;
}

function refuse(reason: string): number {
  console.error(reason);
  return 1;
}

async function check(): Promise<number> {
  let committed = '';
  try {
    committed = readFileSync(file, 'utf8');
  } catch {
    console.error('schema.graphql is missing.');
  }
  if (committed === (await builtSchema())) return 0;
  return refuse('schema.graphql is not what the code builds. Run `npm run generate` and commit the result.');
}

async function breaking(ref: string | undefined): Promise<number> {
  const base = ref ?? 'HEAD~1';
  if (git('rev-parse', '--verify', '--quiet', `${base}^{commit}`) === null) {
    if (ref !== undefined) return refuse(`There is no commit ${ref} to compare with: fetch it, or name another one.`);
    console.log('This is the first commit: there is no earlier schema to break.');
    return 0;
  }
  const before = git('show', `${base}:schema.graphql`);
  if (before === null) {
    console.log(`There is no schema.graphql at ${base}: nobody depends on it yet.`);
    return 0;
  }
  const changes = await diff(buildSchema(before), buildSchema(readFileSync(file, 'utf8')));
  const breaks = changes.filter((change) => change.criticality.level === CriticalityLevel.Breaking);
  const announced = announcedBreaks();
  const silent = breaks.filter((change) => !announced.includes(`\`${coordinate(change.path ?? '')}\``));
  console.log(`${changes.length} changes since ${base}: ${breaks.length} breaking, ${silent.length} unannounced.`);
  if (silent.length === 0) return 0;
  for (const change of silent) console.error(`  \`${coordinate(change.path ?? '')}\`: ${change.message}`);
  return refuse(
    'Callers would break. Keep what was there and mark it @deprecated with a reason and a date; or, when it has to go,\n' +
      'name each line above under "### Breaking" in the newest entry of CHANGELOG.md and say what to do instead.',
  );
}

const [command, ref] = process.argv.slice(2);
if (command === 'write') writeFileSync(file, await builtSchema());
else if (command === 'check') process.exitCode = await check();
else if (command === 'breaking') process.exitCode = await breaking(ref);
else process.exitCode = refuse('Say what to do: write, check, or breaking [<git ref>].');
