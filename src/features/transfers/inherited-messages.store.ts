import { Prisma } from '../../generated/prisma/client.js';
import type { App } from '../../platform/app.js';
import { microsOf } from '../../platform/db/keyset.js';
import type { MessageSpan } from '../archive/archive.js';

/**
 * Whose conversations came to the successor with these relations, which they serve: each leaver's, until the takeover. Nothing
 * where the enterprise archives no more, the customer agrees no more, the transfer left the archive behind, or it was undone.
 *
 * Worked out when somebody reads: a takeover writes nothing for it.
 */
export function listInheritedSpans(
  app: Pick<App, 'db'>,
  successor: { readonly id: string; readonly enterpriseId: string },
  relationIds: readonly string[],
): Promise<MessageSpan[]> {
  return app.db.query<MessageSpan>(Prisma.sql`
    SELECT r.id AS "relationId", t.leaver_id AS "memberId", max(${microsOf(Prisma.sql`i.taken_over_at`)}) AS until
    FROM relation r
    JOIN enterprise e ON e.id = r.enterprise_id AND e.archive_enabled
    JOIN customer c ON c.id = r.customer_id AND c.archive_consent_at IS NOT NULL
    JOIN transfer_item i ON i.enterprise_id = r.enterprise_id AND i.customer_id = r.customer_id AND i.kind = 'CUSTOMER'
      AND i.successor_id = r.member_id AND i.status = 'COMPLETED'
    JOIN transfer t ON t.id = i.transfer_id AND t.travel_archive
    WHERE r.enterprise_id = ${successor.enterpriseId}::uuid AND r.id = ANY(${[...relationIds]}::uuid[])
      AND r.member_id = ${successor.id}::uuid AND r.status = 'ACTIVE'
    GROUP BY r.id, t.leaver_id`);
}
