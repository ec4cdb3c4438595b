import { defineConfig } from 'prisma/config';

// The CLI would download its engine at start, and fail offline. None of the commands we run needs it.
process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath;

export default defineConfig({
  schema: '../prisma/schema.prisma',
  migrations: { path: '../prisma/migrations' },
  datasource: { url: process.env.DATABASE_URL ?? '' },
});
