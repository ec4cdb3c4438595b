import { Prisma } from '../../generated/prisma/client.js';
import type { MessageDirection } from '../../generated/prisma/enums.js';
import type { App } from '../../platform/app.js';
import { keyset, microsOf, type KeysetPage, type SortKey } from '../../platform/db/keyset.js';

/** A message as lists carry it. `sentAt` is in microseconds. */
export interface MessageRow {
  readonly id: string;
  /** The member of the conversation, whichever way the message went. */
  readonly memberId: string;
  readonly sentAt: number;
  readonly direction: MessageDirection;
  readonly text: string;
}

/** What a reader of a relation reads: what this member and the relation's customer wrote, until then. */
export interface MessageSpan {
  readonly relationId: string;
  readonly memberId: string;
  /** Messages sent later are not in; in microseconds. Null: all. */
  readonly until: number | null;
}

/** Messages by time; the id breaks ties. */
export const messageKeys = [
  { expression: Prisma.sql`x.sent_at`, kind: 'instant' },
  { expression: Prisma.sql`x.id`, kind: 'id' },
] as const satisfies readonly SortKey[];

/**
 * A page of the messages in these spans by relation, newest first, and one more each, in reading direction. One statement
 * for all relations; one without messages is left out. Whose spans may be read is the caller's to decide.
 */
export async function listMessages(
  app: Pick<App, 'db'>,
  enterpriseId: string,
  spans: readonly MessageSpan[],
  page: KeysetPage,
): Promise<Map<string, MessageRow[]>> {
  const { beyond, order, limit } = keyset(messageKeys, 'DESC', page);
  const rows = await app.db.query<MessageRow & { relationId: string }>(Prisma.sql`
    WITH span AS MATERIALIZED (
      SELECT s."relationId" AS relation_id, v.id AS conversation_id, coalesce(
          'epoch'::timestamptz + s.until * interval '1 microsecond', 'infinity') AS until
      FROM jsonb_to_recordset(${JSON.stringify(spans)}::jsonb) AS s("relationId" uuid, "memberId" uuid, until bigint)
      JOIN relation r ON r.id = s."relationId" AND r.enterprise_id = ${enterpriseId}::uuid
      JOIN conversation v ON v.enterprise_id = r.enterprise_id AND v.member_id = s."memberId" AND v.customer_id = r.customer_id
    )
    SELECT parent.relation_id AS "relationId", x.id, x.member_id AS "memberId", x.direction::text AS direction, x.text,
           ${microsOf(Prisma.sql`x.sent_at`)} AS "sentAt"
    FROM (SELECT DISTINCT relation_id FROM span) parent
    CROSS JOIN LATERAL (
      SELECT x.* FROM span JOIN archived_message x
        ON x.enterprise_id = ${enterpriseId}::uuid AND x.conversation_id = span.conversation_id AND x.sent_at <= span.until
      WHERE span.relation_id = parent.relation_id AND ${beyond} ORDER BY ${order} LIMIT ${limit}
    ) x
    ORDER BY ${order}`);
  const byRelation = new Map<string, MessageRow[]>();
  for (const { relationId, ...row } of rows) byRelation.set(relationId, [...(byRelation.get(relationId) ?? []), row]);
  return byRelation;
}

/**
 * Since when these customers agree to the archive, in microseconds. Left out: who does not, and those `c` for whom `visible` does
 * not hold, as a former customer in a member's history.
 */
export async function loadConsents(
  app: Pick<App, 'db'>,
  visible: Prisma.Sql,
  customerIds: readonly string[],
): Promise<Map<string, number>> {
  const rows = await app.db.query<{ id: string; at: number }>(Prisma.sql`
    SELECT c.id, ${microsOf(Prisma.sql`c.archive_consent_at`)} AS at FROM customer c
    WHERE ${visible} AND c.id = ANY(${[...customerIds]}::uuid[]) AND c.archive_consent_at IS NOT NULL`);
  return new Map(rows.map(({ id, at }) => [id, at]));
}
