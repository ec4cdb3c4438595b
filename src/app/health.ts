import type { ServerResponse } from 'node:http';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { isMigrated } from '../platform/db/migrate.js';
import { acrossEnterprises } from '../platform/db/scope.js';
import type { Baton } from './app.js';

/** Answers what operators and their machines ask; true when the path was one of these. */
export type HealthChecks = (path: string, res: ServerResponse) => boolean;

/**
 * `/livez` says that the process runs; `/readyz` that it may be sent requests: the database answers and has the migrations of this
 * version, and wake-ups reach other instances. While the server goes, it takes no connections, and answers 503 on those it has.
 * `/metrics` tells Prometheus of the process and of what waits. None of them tells anything of a company.
 */
export function createHealthChecks(app: Baton): HealthChecks {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'baton_transfers_due',
    help: 'Transfers that the runner should be working on now.',
    registers: [registry],
    async collect() {
      const due = await acrossEnterprises('counts what is due, of everyone', () =>
        app.db.prisma.transfer.count({ where: { runAt: { lte: app.clock.now() } } }),
      );
      this.set(due);
    },
  });

  return (path, res) => {
    if (path === '/livez') answer(res, 200, 'alive');
    else if (path === '/readyz')
      void readiness(app).then((problem) => answer(res, problem ? 503 : 200, problem ?? 'ready'));
    else if (path === '/metrics') {
      registry.metrics().then(
        (text) => res.writeHead(200, { 'content-type': registry.contentType }).end(text),
        () => answer(res, 503, 'the database does not answer'),
      );
    } else return false;
    return true;
  };
}

async function readiness(app: Baton): Promise<string | null> {
  try {
    await app.db.ping();
    if (!(await isMigrated(app.db))) return 'the database lacks migrations of this version: start it again';
  } catch {
    return 'the database does not answer';
  }
  return app.wakeup.healthy ? null : 'wake-ups do not reach other instances';
}

function answer(res: ServerResponse, status: number, text: string): void {
  res.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
}
