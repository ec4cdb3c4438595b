import { Prisma } from '../../generated/prisma/client.js';
import type { App } from '../../platform/app.js';
import { microsOf } from '../../platform/db/keyset.js';
import type { MessageSpan } from '../archive/archive.js';

/**
 * Whose conversations came to the successor with these relations, which they serve: each leaver's, until the takeover, and
 * what that leaver had inherited by then in the same way. Nothing where the enterprise archives no more or the customer agrees
 * no more; and the chain ends at a transfer that left the archive behind, or was undone.
 *
 * Worked out when somebody reads: a takeover writes nothing for it.
 */
export function listInheritedSpans(
  app: Pick<App, 'db'>,
  successor: Reader,
  relationIds: readonly string[],
): Promise<MessageSpan[]> {
  return app.db.query<MessageSpan>(Prisma.sql`
    SELECT relation_id AS "relationId", leaver_id AS "memberId", ${microsOf(Prisma.sql`until`)} AS until
    FROM (${inherited(successor, relationIds)}) inherited`);
}

/**
 * A query of all that a member may search: their own conversations with the customers they serve, and those that came with
 * them, as the archive room's `searchMessages` takes it. Of one relation, or of all.
 */
export function readableSpans(reader: Reader, relationId: string | null): Prisma.Sql {
  const relationIds = relationId === null ? null : [relationId];
  return Prisma.sql`
    SELECT r.id AS relation_id, v.id AS conversation_id, v.member_id, NULL::timestamptz AS until
    FROM relation r
    JOIN conversation v ON v.enterprise_id = r.enterprise_id AND v.member_id = r.member_id AND v.customer_id = r.customer_id
    WHERE ${servedBy(reader, relationIds)}
    UNION ALL
    SELECT inherited.relation_id, v.id, v.member_id, inherited.until
    FROM (${inherited(reader, relationIds)}) inherited
    JOIN conversation v ON v.enterprise_id = ${reader.enterpriseId}::uuid AND v.member_id = inherited.leaver_id
      AND v.customer_id = inherited.customer_id`;
}

interface Reader {
  readonly id: string;
  readonly enterpriseId: string;
}

/** The relations `r` that the reader serves now: these, or all. */
function servedBy(reader: Reader, relationIds: readonly string[] | null): Prisma.Sql {
  const these = relationIds === null ? Prisma.empty : Prisma.sql`AND r.id = ANY(${[...relationIds]}::uuid[])`;
  return Prisma.sql`r.enterprise_id = ${reader.enterpriseId}::uuid AND r.member_id = ${reader.id}::uuid AND r.status = 'ACTIVE' ${these}`;
}

function inherited(reader: Reader, relationIds: readonly string[] | null): Prisma.Sql {
  return Prisma.sql`
    WITH RECURSIVE came AS (
      SELECT r.id AS relation_id, r.enterprise_id, r.customer_id, t.leaver_id, i.taken_over_at
      FROM relation r
      JOIN enterprise e ON e.id = r.enterprise_id AND e.archive_enabled
      JOIN customer c ON c.id = r.customer_id AND c.archive_consent_at IS NOT NULL
      ${takeoverTo(Prisma.sql`r.member_id`, Prisma.sql`r`)}
      WHERE ${servedBy(reader, relationIds)}
      -- Not ALL: whoever got a customer back would be walked through for ever.
      UNION
      SELECT came.relation_id, came.enterprise_id, came.customer_id, t.leaver_id, i.taken_over_at
      FROM came ${takeoverTo(Prisma.sql`came.leaver_id`, Prisma.sql`came`)} AND i.taken_over_at <= came.taken_over_at
    )
    SELECT relation_id, customer_id, leaver_id, max(taken_over_at) AS until
    FROM came WHERE leaver_id <> ${reader.id}::uuid
    GROUP BY relation_id, customer_id, leaver_id`;
}

/** Joins the takeovers `i`, in transfers `t` that carried the archive, that gave this member the customer of the row `of`. */
function takeoverTo(memberId: Prisma.Sql, of: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`JOIN transfer_item i ON i.enterprise_id = ${of}.enterprise_id AND i.customer_id = ${of}.customer_id
        AND i.kind = 'CUSTOMER' AND i.status = 'COMPLETED' AND i.successor_id = ${memberId}
      JOIN transfer t ON t.id = i.transfer_id AND t.travel_archive`;
}
