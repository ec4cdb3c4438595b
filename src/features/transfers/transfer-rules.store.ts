import { Prisma } from '../../generated/prisma/client.js';
import type { App } from '../../platform/app.js';
import type { Tx } from '../../platform/db/transaction.js';
import type { Takers } from './prepare-transfer.js';
import type { KeptRule, KeptSeat } from './seats-plan.js';
import { findSuccessorIds } from './transfers.store.js';

/** Keeps the rules that a transfer ran with, as they were, with what each came to. One statement. */
export async function insertRules(
  tx: Tx,
  transfer: { readonly id: string; readonly enterpriseId: string },
  rules: readonly KeptRule[],
): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO transfer_rule (transfer_id, place, enterprise_id, rule_id, version, name, strategy, note, seats, assigned, queued)
    SELECT ${transfer.id}::uuid, r.place, ${transfer.enterpriseId}::uuid, r."ruleId", r.version, r.name,
           r.strategy::"AssignmentStrategy", r.note, r.seats, r.assigned, r.queued
    FROM jsonb_to_recordset(${JSON.stringify(rules)}::jsonb)
      AS r (place int, "ruleId" uuid, version int, name text, strategy text, note text, seats jsonb, assigned int, queued int)`;
}

/** Who took over in a transfer: the named successors, and how they shared, or the rules. */
export async function findTakers(tx: Tx, transferId: string): Promise<Takers> {
  const rule = await tx.transferRule.findFirst({ where: { transferId }, orderBy: { place: 'asc' } });
  // Before rules were kept, successors were always named and shared evenly.
  if (!rule)
    return { by: 'NAMES', named: { ids: await findSuccessorIds(tx, transferId), strategy: 'EVEN', weights: null } };
  if (rule.place > 0) return { by: 'RULES' };
  const seats = rule.seats as unknown as KeptSeat[];
  const weights = rule.strategy === 'WEIGHTED' ? seats.map(({ weight }) => weight) : null;
  return { by: 'NAMES', named: { ids: seats.map(({ memberId }) => memberId), strategy: rule.strategy, weights } };
}

/** A rule of a transfer, as kept. */
export type TransferRuleRow = KeptRule & { readonly transferId: string };

/** The rules of these transfers, in order; by transfer. */
export async function loadRules(
  app: Pick<App, 'db'>,
  transferIds: readonly string[],
): Promise<Map<string, TransferRuleRow[]>> {
  const rows = await app.db.prisma.transferRule.findMany({
    where: { transferId: { in: [...transferIds] } },
    orderBy: [{ transferId: 'asc' }, { place: 'asc' }],
  });
  const byTransfer = new Map<string, TransferRuleRow[]>(transferIds.map((id) => [id, []]));
  for (const row of rows) {
    byTransfer.get(row.transferId)?.push({ ...row, seats: row.seats as unknown as KeptSeat[] });
  }
  return byTransfer;
}

/** The pools that the drains of these transfers shared queues out over, by number; by transfer. */
export async function loadDrains(
  app: Pick<App, 'db'>,
  transferIds: readonly string[],
): Promise<Map<string, { readonly number: number; readonly seats: readonly KeptSeat[] }[]>> {
  const rows = await app.db.prisma.transferDrain.findMany({
    where: { transferId: { in: [...transferIds] } },
    orderBy: [{ transferId: 'asc' }, { number: 'asc' }],
  });
  const byTransfer = new Map<string, { number: number; seats: KeptSeat[] }[]>(transferIds.map((id) => [id, []]));
  for (const { transferId, number, seats } of rows) {
    byTransfer.get(transferId)?.push({ number, seats: seats as unknown as KeptSeat[] });
  }
  return byTransfer;
}

/** How many customers a successor got by one rule of a transfer, at submit or in one drain, and the place of the last. */
export interface Filling {
  readonly memberId: string;
  readonly rulePlace: number;
  /** Number of the drain; null: at submit. */
  readonly drain: number | null;
  readonly taken: number;
  readonly last: number;
}

/** How the seats of these transfers were filled; by transfer. */
export async function loadFillings(
  app: Pick<App, 'db'>,
  transferIds: readonly string[],
): Promise<Map<string, Filling[]>> {
  const rows = await app.db.query<Filling & { transferId: string }>(Prisma.sql`
    SELECT transfer_id AS "transferId", successor_id AS "memberId", rule_place AS "rulePlace", drain,
           count(*)::int AS taken, max(position) AS last
    FROM transfer_item
    WHERE transfer_id = ANY(${[...transferIds]}::uuid[]) AND kind = 'CUSTOMER' AND rule_place IS NOT NULL AND successor_id IS NOT NULL
    GROUP BY 1, 2, 3, 4`);
  const byTransfer = new Map<string, Filling[]>(transferIds.map((id) => [id, []]));
  for (const { transferId, ...filling } of rows) byTransfer.get(transferId)?.push(filling);
  return byTransfer;
}
