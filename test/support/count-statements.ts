import { execute, parse, type ExecutionResult } from 'graphql';
import { schema } from '../../src/app/schema.js';
import type { Actor } from '../../src/platform/actor.js';
import type { App } from '../../src/platform/app.js';
import { withinEnterprise } from '../../src/platform/db/scope.js';

/** Executes an operation and counts what it asks of the database: statements on the driver, and operations of Prisma. */
export async function countStatements(
  app: App,
  actor: Actor,
  document: string,
  variables: Record<string, unknown> = {},
): Promise<{ statements: number; result: ExecutionResult }> {
  let statements = 0;
  const prisma = app.db.prisma.$extends({
    query: {
      $allOperations({ args, query }) {
        statements += 1;
        return query(args);
      },
    },
  }) as unknown as App['db']['prisma'];
  const db: App['db'] = {
    ...app.db,
    prisma,
    query(sql) {
      statements += 1;
      return app.db.query(sql);
    },
    each(sql, onRow) {
      statements += 1;
      return app.db.each(sql, onRow);
    },
  };
  const contextValue = { app: { ...app, db }, actor, requestId: 'counted', address: null, loaders: new Map() };
  const result = await withinEnterprise(actor.enterpriseId, () =>
    execute({ schema, document: parse(document), variableValues: variables, contextValue }),
  );
  return { statements, result };
}
