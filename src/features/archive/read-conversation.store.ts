import { Prisma } from '../../generated/prisma/client.js';
import type { App } from '../../platform/app.js';
import { keyset, microsOf, type KeysetPage } from '../../platform/db/keyset.js';
import { messageKeys, type MessageRow } from './archive.store.js';
import { searchMessages } from './search-messages.store.js';

/** What decides whether a conversation may be read, beside who reads. */
export interface FoundConversation {
  /** Null: the two never wrote anything that was archived. */
  readonly id: string | null;
  /** Where the member works; null: nowhere. */
  readonly departmentId: string | null;
  readonly archiveEnabled: boolean;
  readonly agreed: boolean;
  /** Whether the two wrote to each other, or the one serves or served the other. */
  readonly knewEachOther: boolean;
}

/** The conversation of a member and a customer of this enterprise, whether or not the one serves the other now. */
export async function findConversation(
  app: Pick<App, 'db'>,
  enterpriseId: string,
  { memberId, customerId }: { readonly memberId: string; readonly customerId: string },
): Promise<FoundConversation | null> {
  const [found] = await app.db.query<FoundConversation>(Prisma.sql`
    SELECT v.id, m.department_id AS "departmentId", e.archive_enabled AS "archiveEnabled", c.archive_consent_at IS NOT NULL AS agreed,
      v.id IS NOT NULL OR EXISTS (
        SELECT FROM relation r WHERE r.enterprise_id = e.id AND r.customer_id = c.id AND r.member_id = m.id
      ) AS "knewEachOther"
    FROM enterprise e
    JOIN member m ON m.enterprise_id = e.id AND m.id = ${memberId}::uuid
    JOIN customer c ON c.enterprise_id = e.id AND c.id = ${customerId}::uuid
    LEFT JOIN conversation v ON v.enterprise_id = e.id AND v.member_id = m.id AND v.customer_id = c.id
    WHERE e.id = ${enterpriseId}::uuid`);
  return found ?? null;
}

/** A page of a conversation's messages, all or those in which the search is found; the newest first, and one more, in reading direction. */
export async function listConversation(
  app: Pick<App, 'db'>,
  enterpriseId: string,
  conversationId: string | null,
  { search, page }: { readonly search: string | null; readonly page: KeysetPage },
): Promise<MessageRow[]> {
  if (conversationId === null) return [];
  if (search !== null) {
    const spans = Prisma.sql`
      SELECT NULL::uuid AS relation_id, v.id AS conversation_id, v.member_id, NULL::timestamptz AS until FROM conversation v
      WHERE v.enterprise_id = ${enterpriseId}::uuid AND v.id = ${conversationId}::uuid`;
    return searchMessages(app, enterpriseId, { spans, text: search, page });
  }
  const { beyond, order, limit } = keyset(messageKeys, 'DESC', page);
  return app.db.query<MessageRow>(Prisma.sql`
    SELECT x.id, x.member_id AS "memberId", x.direction::text AS direction, x.text, ${microsOf(Prisma.sql`x.sent_at`)} AS "sentAt"
    FROM archived_message x
    WHERE x.enterprise_id = ${enterpriseId}::uuid AND x.conversation_id = ${conversationId}::uuid AND ${beyond}
    ORDER BY ${order} LIMIT ${limit}`);
}
