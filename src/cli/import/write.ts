import { Prisma } from '../../generated/prisma/client.js';
import type { Caller } from '../../platform/actor.js';
import type { App } from '../../platform/app.js';
import type { Tx } from '../../platform/db/transaction.js';
import { itemsOf, recordAudit } from '../../platform/events/audit.js';
import type { LookUp } from './look-up.js';

/** What every writing statement needs to know. */
export interface Writing {
  readonly app: Pick<App, 'clock' | 'ids'>;
  readonly tx: Tx;
  readonly enterpriseId: string;
  readonly find: LookUp;
}

/** Rows that came or changed; the others were as the file says already, and were not touched. */
export interface Written {
  readonly added: number;
  readonly changed: number;
  /** Members that stay RESIGNED though the file has them in service. */
  readonly stayedResigned?: number;
}

/** Sums two chunks up. */
export function plus(one: Written, other: Written): Written {
  return {
    added: one.added + other.added,
    changed: one.changed + other.changed,
    stayedResigned: (one.stayedResigned ?? 0) + (other.stayedResigned ?? 0),
  };
}

/**
 * Runs a statement that answers with one row of counts.
 *
 * The rows of a chunk travel as one JSON parameter. Statements look for what is there before they write: an
 * `ON CONFLICT DO UPDATE` would lock, and so rewrite, each row that it then finds unchanged.
 */
export async function writeCounted(tx: Tx, statement: Prisma.Sql): Promise<Written> {
  const [counts] = await tx.$queryRaw<[Written]>(statement);
  return counts;
}

/** Leaves a record of the relations or groups that a chunk gave somebody, which stand under it already; none where there are none. */
export async function recordOwners(
  { app, tx, enterpriseId }: Writing,
  id: string,
  action: 'importRelations' | 'importGroups',
): Promise<void> {
  if (await itemsOf(tx, id)) await recordAudit(app, tx, importing(enterpriseId), { id, action });
}

/** A table of a chunk's rows, each with an id in case it is new: `FROM ${asTable(…)} AS g(new_id uuid, …)`. */
export function asTable({ app }: Writing, rows: readonly object[]): Prisma.Sql {
  const withIds = rows.map((row) => ({ ...row, new_id: app.ids.next() }));
  return Prisma.sql`jsonb_to_recordset(${JSON.stringify(withIds)}::jsonb)`;
}

/** Who writes, as the audit log names it. */
export function importing(enterpriseId: string): Caller {
  return { actor: { kind: 'system', id: null, enterpriseId, name: 'import' }, requestId: null, address: null };
}
