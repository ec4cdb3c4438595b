/**
 * Keeps prisma/migrations and prisma/schema.prisma in step, without the network.
 *
 *   tsx .ci/migrations.ts write <name>   writes prisma/migrations/<timestamp>_<name>/migration.sql
 *   tsx .ci/migrations.ts check          fails, and prints the difference, when the two disagree
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { diff, migrationsPath, pgliteFactory, targets } from './schema-engine.js';

const [command, name] = process.argv.slice(2);

async function difference(): Promise<string> {
  const main = await PGlite.create('memory://');
  try {
    return await diff(targets.migrations(), targets.datamodel(), pgliteFactory(main));
  } finally {
    await main.close();
  }
}

async function write(migration: string): Promise<number> {
  const script = await difference();
  if (script === '') {
    console.log('Nothing to write: the migrations lead to schema.prisma already.');
    return 0;
  }
  const timestamp = new Date().toISOString().replaceAll(/\D/g, '').slice(0, 14);
  const folder = join(migrationsPath, `${timestamp}_${migration}`);
  mkdirSync(folder);
  const file = join(folder, 'migration.sql');
  writeFileSync(file, `${script}\n`);
  console.log(`Wrote ${relative(process.cwd(), file)}. Add by hand what Prisma cannot say (partial indexes, checks).`);
  return 0;
}

async function check(): Promise<number> {
  const script = await difference();
  if (script === '') {
    console.log('Migrations and schema.prisma agree.');
    return 0;
  }
  console.error('Migrations do not lead to schema.prisma. Missing:\n');
  console.error(script);
  console.error('\nRun: npx tsx .ci/migrations.ts write <name>');
  return 1;
}

if (command === 'write' && name !== undefined && /^[a-z0-9_]+$/.test(name)) process.exitCode = await write(name);
else if (command === 'check') process.exitCode = await check();
else {
  console.error('Usage: tsx .ci/migrations.ts write <name_in_lower_case> | check');
  process.exitCode = 2;
}
