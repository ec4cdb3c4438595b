import { Prisma } from '../../src/generated/prisma/client.js';
import type { Database } from '../../src/platform/db/database.js';
import { rulesAboutHolders } from './invariants-holders.js';
import { rulesAboutNotices } from './invariants-notices.js';
import { rulesAboutRules } from './invariants-rules.js';
import { rulesAboutTransfers } from './invariants-transfers.js';

/** Something that must always be true of an enterprise, and is not. */
export interface Broken {
  readonly rule: string;
  /** The row that breaks it, as far as it has a name. */
  readonly at: string;
}

/**
 * Everything in an enterprise that breaks a rule of the domain, at most 20 rows for each rule; empty is what a test wants.
 *
 * It reads tables and not the API, and counts all anew: customers and groups and their holders, items, notices, notifications, counters
 * and audit must tell the same story at every moment between two transactions. Call it outside a transaction.
 */
export async function brokenInvariants(db: Database, enterpriseId: string): Promise<readonly Broken[]> {
  await prepareInvariants(db);
  return db.query<Broken>(Prisma.sql`SELECT rule, at FROM test_broken_invariants(${enterpriseId}::uuid)`);
}

/** Each rule as a query that answers one column: what breaks it. It reads the lists below, which hold one enterprise. */
const rules = { ...rulesAboutHolders, ...rulesAboutTransfers, ...rulesAboutNotices, ...rulesAboutRules };

const lists = `
  r AS MATERIALIZED (SELECT * FROM relation WHERE enterprise_id = enterprise),
  g AS MATERIALIZED (SELECT * FROM customer_group WHERE enterprise_id = enterprise),
  m AS MATERIALIZED (SELECT * FROM member WHERE enterprise_id = enterprise),
  p AS MATERIALIZED (SELECT * FROM portfolio WHERE enterprise_id = enterprise),
  t AS MATERIALIZED (SELECT * FROM transfer WHERE enterprise_id = enterprise),
  y AS MATERIALIZED (SELECT * FROM transfer_tally WHERE enterprise_id = enterprise),
  z AS MATERIALIZED (SELECT * FROM transfer_delay WHERE enterprise_id = enterprise),
  s AS MATERIALIZED (SELECT * FROM transfer_successor WHERE enterprise_id = enterprise),
  i AS MATERIALIZED (
    SELECT item.*, transfer.leaver_id, transfer.kind AS transfer_kind, transfer.submitted_at, transfer.wait_hours, transfer.begun_at, transfer.retry_of_id,
           item.status IN ('WAITING', 'QUEUED') AS is_open, item.status IN ('COMPLETED', 'UNDONE') AS was_taken_over
    FROM transfer_item item LEFT JOIN transfer ON transfer.id = item.transfer_id WHERE item.enterprise_id = enterprise),
  e AS MATERIALIZED (
    SELECT event.id, event.recipient_id, event.type, event.fact_id, event.position, fact.transfer_id, fact.item_count,
           fact.successor_id, fact.leaver_id, fact.type AS fact_type, fact.enterprise_id
    FROM inbox_event event LEFT JOIN fact ON fact.id = event.fact_id WHERE event.enterprise_id = enterprise),
  f AS MATERIALIZED (SELECT fact.* FROM fact JOIN transfer ON transfer.id = fact.transfer_id WHERE transfer.enterprise_id = enterprise),
  k AS MATERIALIZED (SELECT * FROM transfer_rule WHERE enterprise_id = enterprise),
  q AS MATERIALIZED (SELECT * FROM assignment_rule WHERE enterprise_id = enterprise),
  v AS MATERIALIZED (SELECT * FROM assignment_rule_version WHERE enterprise_id = enterprise),
  w AS MATERIALIZED (SELECT * FROM rule_successor WHERE enterprise_id = enterprise),
  a AS MATERIALIZED (SELECT * FROM audit_event WHERE enterprise_id = enterprise AND outcome = 'SUCCESS')`;

const statement = Object.entries(rules)
  .map(
    ([rule, violations]) =>
      `(SELECT '${rule.replaceAll("'", "''")}', at::text FROM (${violations}) AS violation (at) ORDER BY 2 LIMIT 20)`,
  )
  .join('\nUNION ALL ');

// As a function, since it is asked after every step of thousands of runs: planned once, and always with hashes. There may be no
// statistics that advise against comparing each row of a list with each of another.
const definition = `
  CREATE OR REPLACE FUNCTION test_broken_invariants(enterprise uuid) RETURNS TABLE (rule text, at text)
  LANGUAGE plpgsql STABLE SET enable_nestloop = off SET enable_mergejoin = off SET jit = off SET plan_cache_mode = force_generic_plan
  AS $body$ #variable_conflict use_column
  BEGIN RETURN QUERY WITH ${lists} ${statement}; END $body$`;

const ready = new WeakMap<Database, Promise<void>>();

/** Makes the function that `brokenInvariants` asks, once for each database; for whoever asks it in a statement of their own. */
export function prepareInvariants(db: Database): Promise<void> {
  const known = ready.get(db) ?? db.script(definition);
  ready.set(db, known);
  return known;
}
