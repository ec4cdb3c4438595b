import { Prisma } from '../../src/generated/prisma/client.js';
import type { Database } from '../../src/platform/db/database.js';
import { ownItemsDigest } from '../../src/platform/db/item-digest.js';

/** Puts on record who owns what in a company that a test wrote past the application, as the migration did for those it found. */
export async function openOwners({ query }: Pick<Database, 'query'>, enterpriseId: string): Promise<void> {
  await query(Prisma.sql`
    WITH record AS MATERIALIZED (SELECT gen_random_uuid() AS id),
    items AS (
      INSERT INTO audit_item (audit_event_id, position, enterprise_id, kind, subject_id, member_id)
      SELECT record.id, row_number() OVER (ORDER BY kind, subject_id) - 1, ${enterpriseId}::uuid, kind, subject_id, member_id
      FROM record, (
        SELECT 'CUSTOMER'::"TransferItemKind" AS kind, id AS subject_id, member_id FROM relation
        WHERE enterprise_id = ${enterpriseId}::uuid AND status = 'ACTIVE'
        UNION ALL SELECT 'GROUP', id, owner_id FROM customer_group WHERE enterprise_id = ${enterpriseId}::uuid
      ) held RETURNING *
    )
    INSERT INTO audit_event (id, enterprise_id, at, action, outcome, actor_kind, actor_name, detail)
    SELECT record.id, ${enterpriseId}::uuid, now(), 'openOwners', 'SUCCESS', 'SYSTEM', 'Baton',
      (SELECT jsonb_build_object('items', count(*), 'digest', ${ownItemsDigest}) FROM items i) FROM record`);
}
