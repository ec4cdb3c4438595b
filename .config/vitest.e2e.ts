import { defineConfig } from 'vitest/config';

// Apart from `npm test`: these need a browser, see .ci/e2e.
export default defineConfig({
  root: `${import.meta.dirname}/..`,
  test: { include: ['test/e2e/**/*.test.ts'], testTimeout: 120_000, hookTimeout: 60_000, fileParallelism: false },
});
