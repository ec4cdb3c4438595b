import { randomUUID } from 'node:crypto';
import { Prisma } from '../../../src/generated/prisma/client.js';
import type { InboxEventType } from '../../../src/generated/prisma/enums.js';
import type { Delivery } from '../../../src/features/inbox/follow-inbox.js';
import type { Recipient } from '../../../src/features/inbox/inbox.store.js';
import type { Database } from '../../../src/platform/db/database.js';

/** A recipient that no other test knows. */
export function someRecipient(): Recipient {
  return { enterpriseId: randomUUID(), recipientId: randomUUID() };
}

/** The statement of a transaction that records events for one recipient: note n tells them apart, from `first` on. */
export function occurrence(
  { enterpriseId, recipientId }: Recipient,
  { first, count = 1, type = 'CUSTOMERS_ASSIGNED' }: { first: number; count?: number; type?: InboxEventType },
): Prisma.Sql {
  return Prisma.sql`
    WITH happened AS (
      INSERT INTO fact (id, enterprise_id, type, occurred_at, transfer_id, transfer_kind, leaver_name, note, item_count)
      SELECT gen_random_uuid(), ${enterpriseId}::uuid, 'CustomersAssigned', now(), gen_random_uuid(), 'RESIGNED', 'Lea', n::text, 1
      FROM generate_series(${first}::int, ${first + count - 1}::int) n
      RETURNING id, note)
    INSERT INTO inbox_event (enterprise_id, recipient_id, type, fact_id)
    SELECT ${enterpriseId}::uuid, ${recipientId}::uuid, ${type}::"InboxEventType", id FROM happened ORDER BY note::int`;
}

/** Records events in a transaction of their own. */
export async function occur(
  db: Database,
  recipient: Recipient,
  what: { first: number; count?: number; type?: InboxEventType },
): Promise<void> {
  await db.prisma.$executeRaw(occurrence(recipient, what));
}

/** The next `count` deliveries, each as its note or `RESYNC_REQUIRED`-like reason. */
export async function take(deliveries: AsyncIterator<Delivery>, count: number): Promise<string[]> {
  const taken: string[] = [];
  while (taken.length < count) taken.push(nameOf(await takeOne(deliveries)));
  return taken;
}

/** The next delivery. */
export async function takeOne(deliveries: AsyncIterator<Delivery>): Promise<Delivery> {
  const taken = await deliveries.next();
  if (taken.done) throw new Error('The inbox ended.');
  return taken.value;
}

/** What a test compares: the note of an event, the reason of a resync. */
export function nameOf(delivery: Delivery): string {
  return delivery.kind === 'event' ? String(delivery.row.fact.note) : delivery.reason;
}

/** `first` … `last` as notes. */
export function notes(first: number, last: number): string[] {
  return Array.from({ length: last - first + 1 }, (_, index) => String(first + index));
}
