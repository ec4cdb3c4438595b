import { Prisma } from '../../generated/prisma/client.js';
import type { App } from '../../platform/app.js';
import { keyset, microsOf, type KeysetPage } from '../../platform/db/keyset.js';
import { messageKeys, type MessageRow } from './archive.store.js';

/** A message in which all was found that was searched for. */
export interface FoundMessage extends MessageRow {
  /** The relation through which the reader reads it; null where there is none. */
  readonly relationId: string | null;
  /** What of it was found, as `snippetOf` takes it. */
  readonly hits: readonly string[];
}

/** What is searched for, and where. */
export interface MessageSearch {
  /**
   * A query of what may be read, the caller's to decide: `relation_id`, `conversation_id`, `member_id` (the conversation's) and
   * `until` (a time, null for no end), each conversation once.
   */
  readonly spans: Prisma.Sql;
  readonly text: string;
  readonly page: KeysetPage;
}

/**
 * A page of the messages in these spans that have every word of the text, in any form of it, and every run of Chinese as it
 * stands; the newest first, and one more, in reading direction. One statement, by the index archived_message_search_idx: it costs
 * what is found among the messages of the spans' members, and does not grow from page to page.
 */
export function searchMessages(
  app: Pick<App, 'db'>,
  enterpriseId: string,
  { spans, text, page }: MessageSearch,
): Promise<FoundMessage[]> {
  const { beyond, order, limit } = keyset(messageKeys, 'DESC', page);
  return app.db.query<FoundMessage>(Prisma.sql`
    WITH span AS MATERIALIZED (${spans}), found AS MATERIALIZED (
      SELECT x.id, x.sent_at, span.relation_id
      FROM archive_found(${enterpriseId}::uuid, ARRAY(SELECT conversation_id FROM span),
        ARRAY(SELECT DISTINCT member_id FROM span), ${text}) x
      JOIN span ON span.conversation_id = x.conversation_id AND x.sent_at <= coalesce(span.until, 'infinity')
      WHERE ${beyond} ORDER BY ${order} LIMIT ${limit}
    )
    SELECT x.id, x.member_id AS "memberId", x.direction::text AS direction, x.text, ${microsOf(Prisma.sql`x.sent_at`)} AS "sentAt",
           found.relation_id AS "relationId", archive_hits(x.text, ${text}) AS hits
    FROM found JOIN archived_message x ON x.id = found.id AND x.enterprise_id = ${enterpriseId}::uuid
    ORDER BY ${order}`);
}
