import { Prisma } from '../../generated/prisma/client.js';
import type { TransferItemKind } from '../../generated/prisma/enums.js';

const columns = {
  waiting: Prisma.sql`waiting`,
  completed: Prisma.sql`completed`,
  refused: Prisma.sql`refused`,
  cancelled: Prisma.sql`cancelled`,
  successorFull: Prisma.sql`successor_full`,
  failed: Prisma.sql`failed`,
  undone: Prisma.sql`undone`,
} as const;

/** By how much each row changes a counter: an expression over its columns. A counter left out stays as it is. */
export type TallyChanges = Partial<Record<keyof typeof columns, Prisma.Sql>>;

/** Whose items a statement changes. */
interface TalliedTransfer {
  readonly id: string;
  readonly enterpriseId: string;
  /** All of this kind; null: `kind` is a column of the rows. */
  readonly kind: TransferItemKind | null;
}

/**
 * The part of a statement that counts what it does to items of a transfer, for the statistics: the expression `tallied`, to stand
 * after WITH. The caller holds the transfer's row.
 *
 * `rows` is what to read FROM: rows of `rule_place` and `successor_id`, items or sums of them, in any number. QUEUED counts as
 * waiting, with no successor; who gets one from the queue is two rows: one less for nobody, one more for the successor. What is
 * rejected is not counted.
 */
export function tallyItems(transfer: TalliedTransfer, rows: Prisma.Sql, changes: TallyChanges): Prisma.Sql {
  const changed = Object.keys(changes) as (keyof typeof columns)[];
  const names = changed.map((counter) => columns[counter]);
  const sums = changed.map((counter) => Prisma.sql`sum(${changes[counter]})::int`);
  const added = names.map((name) => Prisma.sql`${name} = transfer_tally.${name} + excluded.${name}`);
  return Prisma.sql`tallied AS (
      INSERT INTO transfer_tally (enterprise_id, transfer_id, kind, rule_place, successor_id, ${Prisma.join(names)})
      SELECT ${transfer.enterpriseId}::uuid, ${transfer.id}::uuid, ${placeOf(transfer)}, ${Prisma.join(sums)}
      FROM ${rows} GROUP BY 3, 4, 5
      ON CONFLICT (transfer_id, kind, rule_place, successor_id) DO UPDATE SET ${Prisma.join(added)}
    )`;
}

/** The same for takeovers, with how long they took, in full minutes: the expressions `tallied` and `delayed`. */
export function tallyTakeovers(
  transfer: TalliedTransfer & { readonly now: Date },
  rows: Prisma.Sql,
  changes: TallyChanges & { readonly completed: Prisma.Sql },
): Prisma.Sql {
  return Prisma.sql`${tallyItems(transfer, rows, changes)},
    delayed AS (
      INSERT INTO transfer_delay (enterprise_id, transfer_id, kind, rule_place, successor_id, minutes, takeovers)
      SELECT ${transfer.enterpriseId}::uuid, ${transfer.id}::uuid, ${placeOf(transfer)}, (
               SELECT greatest(0, floor(extract(epoch FROM ${transfer.now}::timestamptz - submitted_at) / 60))::int
               FROM transfer WHERE id = ${transfer.id}::uuid
             ), sum(${changes.completed})::int
      FROM ${rows} GROUP BY 3, 4, 5 HAVING sum(${changes.completed}) > 0
      ON CONFLICT (transfer_id, kind, rule_place, successor_id, minutes) DO UPDATE
      SET takeovers = transfer_delay.takeovers + excluded.takeovers
    )`;
}

function placeOf({ kind }: TalliedTransfer): Prisma.Sql {
  const kindSql = kind ? Prisma.sql`${kind}::"TransferItemKind"` : Prisma.sql`kind`;
  return Prisma.sql`${kindSql}, coalesce(rule_place, 0), successor_id`;
}
