import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './longest-first.js';

export default defineConfig({
  root: resolve(import.meta.dirname, '..'),
  // Node and every library load graphql's CommonJS files; vite would give our own code the other copy, and an error of one
  // copy is no GraphQLError to the other.
  resolve: { alias: [{ find: /^graphql$/, replacement: createRequire(import.meta.url).resolve('graphql') }] },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/bench/**', 'test/e2e/**'],
    globalSetup: ['test/support/database-template.ts'],
    // The embedded database blocks its thread while it works: more files at once than cores only wait for each other. A server has
    // a hundred connections for all of them.
    pool: 'forks',
    maxWorkers: process.env.TEST_DATABASE_URL ? 2 : availableParallelism(),
    // The libraries take four seconds to load: once for each worker instead of once for each file. Files share no state but theirs.
    isolate: false,
    sequence: { sequencer: LongestFirst },
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
