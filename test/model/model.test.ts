import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareOwners, verifyAudit } from '../../src/features/audit/audit.js';
import { openTestApp } from '../support/app.js';
import { openOwners } from '../support/open-owners.js';
import { beginnings, worldOf } from './beginnings.js';
import { forget, found } from './company.js';
import { stepsTaken, type Step } from './step.js';
import * as life from './steps-life.js';
import * as members from './steps-members.js';
import * as relations from './steps-relations.js';
import * as time from './steps-time.js';
import * as transfers from './steps-transfers.js';

const baton = await openTestApp();

// MODEL_SEED repeats what a failure prints, with MODEL_PATH one run of it, with MODEL_REPLAY that run's shortest form.
const runs = Number(process.env.MODEL_RUNS ?? 100);
const seed = Number(process.env.MODEL_SEED ?? Math.floor(Math.random() * 2 ** 31));
const path = process.env.MODEL_PATH;
const replayPath = process.env.MODEL_REPLAY;

/** What happens, and how often of all. */
const often = <Value>(times: number, what: fc.Arbitrary<Value>) => Array.from({ length: times }, () => what);
const steps: fc.Arbitrary<Step>[] = [
  ...often(5, transfers.transferCustomers),
  ...often(2, transfers.transferGroups),
  ...often(2, transfers.retryTransfer),
  ...often(3, life.undoTransfer),
  ...often(2, life.declineTakeover),
  ...often(2, life.acceptTakeover),
  ...often(2, life.cancelTransfer),
  ...often(2, life.endOfRelation),
  ...often(5, time.settleAll),
  ...often(4, time.wait),
  ...often(2, members.resignMember),
  members.reinstateMember,
  members.createMember,
  relations.createCustomer,
  ...often(2, relations.addRelation),
  relations.updateRelation,
  relations.tagRelations,
  members.updateSettings,
  ...often(2, members.updateMember),
];

test(`${runs} random companies are after every step what the rules say`, { timeout: 3_600_000 }, async () => {
  let run = 0;
  const began = process.cpuUsage();
  await fc.assert(
    fc.asyncProperty(
      beginnings,
      fc.commands(steps, { maxCommands: 30, size: 'max', ...(replayPath !== undefined && { replayPath }) }),
      async (start, commands) => {
        if (run++ % 20 === 0) await forget(baton);
        const world = worldOf(start);
        const company = await found(baton, world);
        try {
          await openOwners(baton.app.db, company.enterpriseId);
          await fc.asyncModelRun(() => ({ model: world, real: company }), commands);
          // The log alone tells who serves whom, and nothing of it is other than it was written.
          expect(await compareOwners(baton.app, company.enterpriseId)).toMatchObject({ differ: 0, differences: [] });
          expect((await verifyAudit(baton.app, company.enterpriseId)).bad).toBeNull();
        } catch (error) {
          const message = error instanceof Error ? error.message : String(error);
          throw new Error(`${message}\n\nafter\n${world.story.join('\n')}`, { cause: error });
        }
      },
    ),
    { numRuns: runs, seed, ...(path !== undefined && { path }) },
  );
  const { user, system } = process.cpuUsage(began);
  console.log(
    `seed ${seed}: ${run} runs, ${stepsTaken.count} steps, ${Math.round((user + system) / 1e6)} s of this process`,
  );
  if (path === undefined) expect(run).toBe(runs);
});
