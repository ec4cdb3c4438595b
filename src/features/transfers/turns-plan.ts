/** What one successor gets of one lot of a rule's customers; see `Helping`. */
export interface HelpingRow {
  readonly rule: number;
  readonly lot: string;
  readonly member_id: string;
  readonly seat: number;
  readonly tier: number;
  readonly because: string | null;
  readonly load: number;
  readonly count: number;
  readonly first_turn: number;
  readonly turn_step: number;
}

/** A customer's turn: who gets them, their load before, and what put them first. */
export interface Turn {
  readonly memberId: string;
  readonly loadBefore: number;
  readonly because: string | null;
}

/** The first `upTo` turns of a lot, in order: what `insertItems` gives to its first customers. */
export function turnsOf(helpings: readonly HelpingRow[], rule: number, lot: string, upTo: number): Turn[] {
  return helpings
    .filter((helping) => helping.rule === rule && helping.lot === lot)
    .flatMap(({ member_id, because, load, count, tier, first_turn, turn_step, seat }) =>
      Array.from({ length: Math.min(count, upTo) }, (_, k) => ({
        ...{ memberId: member_id, loadBefore: load + k, because, tier, seat },
        turn: first_turn + k * turn_step,
      })),
    )
    .sort((a, b) => a.tier - b.tier || a.turn - b.turn || a.seat - b.seat)
    .slice(0, upTo)
    .map(({ memberId, loadBefore, because }) => ({ memberId, loadBefore, because }));
}
