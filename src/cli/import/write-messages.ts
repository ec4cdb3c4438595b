import { Prisma } from '../../generated/prisma/client.js';
import type { RowOf } from './format.js';
import { asTable, writeCounted } from './write.js';
import type { Writing, Written } from './write.js';

/**
 * Adds messages to their conversations, and keeps the last one's time on the relation where member and customer have
 * one now. A message that is there is there once, however often it is imported: its id is made of what it says.
 */
export async function writeMessages(
  writing: Writing,
  rows: readonly (RowOf['messages'] & { id: string })[],
): Promise<Written> {
  const { tx, enterpriseId, find } = writing;
  await writeConversations(writing, rows);
  return writeCounted(
    tx,
    Prisma.sql`
    WITH keyed AS MATERIALIZED (
      SELECT g.*, ${find.member(Prisma.sql`g.user_id`)} AS member_id,
        ${find.customer(Prisma.sql`g.external_user_id`)} AS customer_id
      FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS g(
        id uuid, user_id text, external_user_id text, sent_at timestamptz, direction "MessageDirection", text text)
    ), given AS MATERIALIZED (
      SELECT k.*, ${find.conversation(Prisma.sql`k.member_id`, Prisma.sql`k.customer_id`)} AS conversation_id FROM keyed k
    ), added AS (
      INSERT INTO archived_message (id, enterprise_id, conversation_id, member_id, sent_at, direction, text)
      SELECT id, ${enterpriseId}::uuid, conversation_id, member_id, sent_at, direction, text FROM given
      WHERE conversation_id IS NOT NULL
      ON CONFLICT DO NOTHING RETURNING 1
    ), pairs AS MATERIALIZED (
      SELECT member_id, customer_id, max(sent_at) AS sent_at FROM given GROUP BY member_id, customer_id
    ), last AS MATERIALIZED (
      SELECT ${find.relation(Prisma.sql`p.member_id`, Prisma.sql`p.customer_id`)} AS relation_id, p.sent_at FROM pairs p
    ), noted AS (
      UPDATE relation r SET last_message_at = last.sent_at
      FROM last
      WHERE r.id = last.relation_id AND r.status = 'ACTIVE'
        AND (r.last_message_at IS NULL OR r.last_message_at < last.sent_at)
    )
    SELECT (SELECT count(*)::int FROM added) AS added, 0 AS changed`,
  );
}

async function writeConversations(writing: Writing, rows: readonly RowOf['messages'][]): Promise<void> {
  const { tx, enterpriseId, find } = writing;
  const pairs = new Map(
    rows.map(({ user_id, external_user_id }) => [`${user_id}\0${external_user_id}`, { user_id, external_user_id }]),
  );
  await tx.$executeRaw`
    INSERT INTO conversation (id, enterprise_id, member_id, customer_id)
    SELECT g.new_id, ${enterpriseId}::uuid, g.member_id, g.customer_id
    FROM (
      SELECT g.new_id, ${find.member(Prisma.sql`g.user_id`)} AS member_id,
        ${find.customer(Prisma.sql`g.external_user_id`)} AS customer_id
      FROM ${asTable(writing, [...pairs.values()])} AS g(new_id uuid, user_id text, external_user_id text) OFFSET 0
    ) g
    WHERE g.member_id IS NOT NULL AND g.customer_id IS NOT NULL
      AND ${find.conversation(Prisma.sql`g.member_id`, Prisma.sql`g.customer_id`)} IS NULL
    ON CONFLICT DO NOTHING`;
}
