import { Prisma } from '../../generated/prisma/client.js';
import type { InboxEventType, TransferKind } from '../../generated/prisma/enums.js';
import type { Tx } from '../../platform/db/transaction.js';
import type { ToldShare } from './shares-of.js';
import { shareNote } from './transfers.store.js';

/** What is told of items, and of which. */
export interface News {
  /** Type of the fact: one for each successor. */
  readonly fact: 'SCHEDULED' | 'REFUSAL' | 'CALL_OFF';
  /** What the successor of the items reads. */
  readonly toSuccessors: InboxEventType;
  /** What the customer of each item reads; null: nothing. */
  readonly toCustomers: InboxEventType | null;
  /** A condition on the items `i` of the transfer. */
  readonly items: Prisma.Sql;
}

/** A takeover to come, of everybody who waits. */
export const scheduled: News = {
  fact: 'SCHEDULED',
  toSuccessors: 'CUSTOMERS_SCHEDULED',
  toCustomers: 'TAKEOVER_SCHEDULED',
  items: Prisma.sql`i.status = 'WAITING'`,
};

/** A takeover that does not come after all, of these items; `toCustomers` false: the customers know. */
export function calledOff(items: Prisma.Sql, toCustomers = true): News {
  return {
    fact: 'CALL_OFF',
    toSuccessors: 'CUSTOMERS_CANCELLED',
    toCustomers: toCustomers ? 'TAKEOVER_CANCELLED' : null,
    items,
  };
}

/** Of which transfer is told, with the names as they are, and the text that each successor's customers read. */
export interface Told {
  readonly transferId: string;
  readonly enterpriseId: string;
  readonly kind: TransferKind;
  readonly leaverId: string;
  readonly leaverName: string;
  readonly now: Date;
  readonly shares: readonly ToldShare[];
}

/**
 * Tells the successors of these customers' items the news, in one fact for each successor, and the customers where it is for
 * them. One who removed the leaver is told nothing: there is no contact any more. Groups have no part in it, nor has what was never
 * announced: an item has been exactly if it has a time when it is due.
 */
export async function tellOfItems(tx: Tx, told: Told, { fact, toSuccessors, toCustomers, items }: News): Promise<void> {
  const { transferId, enterpriseId } = told;
  const text = toCustomers === null ? Prisma.sql`NULL` : Prisma.sql`share.customer_text`;
  const notices =
    toCustomers === null
      ? Prisma.empty
      : Prisma.sql`notices AS (
      INSERT INTO inbox_event (enterprise_id, recipient_id, type, fact_id, position)
      SELECT ${enterpriseId}::uuid, customer_id, ${toCustomers}::"InboxEventType", fact_id, position
      FROM item WHERE reason IS DISTINCT FROM 'CUSTOMER_DELETED_MEMBER'
    ),`;
  await tx.$executeRaw`
    WITH share AS MATERIALIZED (
      SELECT * FROM jsonb_to_recordset(${JSON.stringify(told.shares)}::jsonb)
        AS s (fact_id uuid, successor_id uuid, successor_name text, contact text, customer_text text)
    ),
    item AS MATERIALIZED (
      SELECT i.position, i.reason, i.customer_id, i.successor_id, share.fact_id
      FROM transfer_item i JOIN share ON share.successor_id = i.successor_id
      WHERE i.transfer_id = ${transferId}::uuid AND i.kind = 'CUSTOMER' AND i.takeover_due_at IS NOT NULL
        AND ${items}
    ),
    ${notices}
    total AS MATERIALIZED (
      SELECT fact_id, successor_id, count(*)::int AS items, min(position) AS first, max(position) AS last
      FROM item GROUP BY fact_id, successor_id
    ),
    facts AS (
      INSERT INTO fact (id, enterprise_id, type, occurred_at, transfer_id, transfer_kind, leaver_id, leaver_name, successor_id,
                        successor_name, contact, note, customer_text, item_count, first_position, last_position)
      SELECT total.fact_id, ${enterpriseId}::uuid, ${fact}, ${told.now}, ${transferId}::uuid,
             ${told.kind}::"TransferKind", ${told.leaverId}::uuid, ${told.leaverName}, total.successor_id,
             share.successor_name, share.contact, ${shareNote(Prisma.sql`${transferId}::uuid`, Prisma.sql`total.successor_id`)}, ${text}, total.items, total.first, total.last
      FROM total JOIN share USING (fact_id)
    )
    INSERT INTO inbox_event (enterprise_id, recipient_id, type, fact_id)
    SELECT ${enterpriseId}::uuid, successor_id, ${toSuccessors}::"InboxEventType", fact_id FROM total`;
}
