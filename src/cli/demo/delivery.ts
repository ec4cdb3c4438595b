import { Prisma } from '../../generated/prisma/client.js';
import type { App } from '../../platform/app.js';
import { withinEnterprise } from '../../platform/db/scope.js';
import type { Listener } from './listener.js';

/** What the database wrote down for these recipients, against what arrived with them. */
export interface Delivery {
  /** Customers whose takeover the database has as completed. */
  readonly handedOver: number;
  readonly recorded: number;
  readonly customerNotices: number;
  readonly assignmentNotifications: number;
  /** Recorded and not arrived. */
  readonly missed: number;
  /** Arrived more than once, or never recorded. */
  readonly surplus: number;
}

/**
 * Compares, recipient by recipient, with the rows themselves rather than with a list of the API, which would be wrong in
 * the same way as a subscription.
 */
export async function compareDelivery(
  { db }: Pick<App, 'db'>,
  enterpriseId: string,
  successors: readonly Listener[],
  customers: readonly Listener[],
): Promise<Delivery> {
  const listeners = [...successors, ...customers];
  const [rows, [items]] = await withinEnterprise(enterpriseId, () =>
    Promise.all([
      db.query<{ recipient_id: string; count: number }>(Prisma.sql`
        SELECT recipient_id, count(*)::int AS count FROM inbox_event
        WHERE enterprise_id = ${enterpriseId}::uuid GROUP BY recipient_id`),
      db.query<{ count: number }>(Prisma.sql`
        SELECT count(*)::int AS count FROM transfer_item
        WHERE enterprise_id = ${enterpriseId}::uuid AND status = 'COMPLETED'`),
    ]),
  );
  const written = new Map(rows.map((row) => [row.recipient_id, row.count]));
  const arrived = new Map(listeners.map(({ recipientId, received }) => [recipientId, received.size]));
  const recipients = [...new Set([...written.keys(), ...arrived.keys()])];
  const sum = (of: (recipient: string) => number) => recipients.reduce((total, each) => total + of(each), 0);
  const excess = (recipient: string) => (arrived.get(recipient) ?? 0) - (written.get(recipient) ?? 0);
  const repeats = listeners.reduce(
    (total, { received }) => total + [...received.values()].reduce((more, times) => more + times - 1, 0),
    0,
  );
  return {
    handedOver: items?.count ?? 0,
    recorded: sum((recipient) => written.get(recipient) ?? 0),
    customerNotices: countReceived(customers),
    assignmentNotifications: countReceived(successors),
    missed: sum((recipient) => Math.max(-excess(recipient), 0)),
    surplus: repeats + sum((recipient) => Math.max(excess(recipient), 0)),
  };
}

/** Different events that arrived with these listeners. */
export function countReceived(listeners: readonly Listener[]): number {
  return listeners.reduce((total, { received }) => total + received.size, 0);
}
