import type { AssignmentStrategy } from '../../generated/prisma/enums.js';
import type { Tx } from '../../platform/db/transaction.js';
import type { SeatedRule } from './seats-plan.js';

/** A member of a rule's pool as a transfer keeps it; `reason`: why they were passed over, null where they had a seat. */
export interface KeptSeat {
  readonly memberId: string;
  readonly weight: number;
  readonly load: number;
  readonly room: number;
  readonly reason: string | null;
}

/** Keeps the rules that a transfer ran with, as they were, with what each came to. One statement. */
export async function insertRules(
  tx: Tx,
  transfer: { readonly id: string; readonly enterpriseId: string },
  rules: readonly SeatedRule[],
  shared: { readonly rules: readonly { readonly place: number; readonly assigned: number; readonly left: number }[] },
): Promise<void> {
  const rows = rules.map(({ asked, place, strategy, seats, passedOver, whenFull }) => {
    const came = shared.rules.find((rule) => rule.place === place);
    const seatOf = new Map(seats.map((seat) => [seat.memberId, seat]));
    const reasonOf = new Map(passedOver.map(({ memberId, reason }) => [memberId, reason]));
    return {
      place,
      rule_id: asked.ruleId,
      version: asked.version,
      name: asked.name,
      note: asked.note,
      strategy,
      seats: asked.pool.map(({ memberId, weight }): KeptSeat => ({
        memberId,
        weight,
        load: seatOf.get(memberId)?.load ?? 0,
        room: seatOf.get(memberId)?.room ?? 0,
        reason: reasonOf.get(memberId) ?? null,
      })),
      assigned: came?.assigned ?? 0,
      queued: whenFull === 'QUEUE' ? (came?.left ?? 0) : 0,
    };
  });
  await tx.$executeRaw`
    INSERT INTO transfer_rule (transfer_id, place, enterprise_id, rule_id, version, name, strategy, note, seats, assigned, queued)
    SELECT ${transfer.id}::uuid, r.place, ${transfer.enterpriseId}::uuid, r.rule_id, r.version, r.name,
           r.strategy::"AssignmentStrategy", r.note, r.seats, r.assigned, r.queued
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      AS r (place int, rule_id uuid, version int, name text, strategy text, note text, seats jsonb, assigned int, queued int)`;
}

/** The named successors of a transfer, and how they shared; null where none were named. */
export async function findNamedRule(
  tx: Tx,
  transferId: string,
): Promise<{ ids: string[]; strategy: AssignmentStrategy; weights: number[] | null } | null> {
  const rule = await tx.transferRule.findUnique({ where: { transferId_place: { transferId, place: 0 } } });
  if (!rule) return null;
  const seats = rule.seats as unknown as KeptSeat[];
  const weights = rule.strategy === 'WEIGHTED' ? seats.map(({ weight }) => weight) : null;
  return { ids: seats.map(({ memberId }) => memberId), strategy: rule.strategy, weights };
}
