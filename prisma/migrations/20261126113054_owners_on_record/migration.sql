-- CreateTable
CREATE TABLE "audit_item" (
    "audit_event_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "enterprise_id" UUID NOT NULL,
    "kind" "TransferItemKind" NOT NULL,
    "subject_id" UUID NOT NULL,
    "member_id" UUID NOT NULL,

    CONSTRAINT "audit_item_pkey" PRIMARY KEY ("audit_event_id","position")
);

-- =====================================================================================================================
-- Written by hand: what the Prisma schema cannot say.
-- =====================================================================================================================

CREATE TRIGGER "append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_item"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();

-- Who owns what by now: what is recorded from here on tells the rest.
WITH owned AS (
  SELECT enterprise_id, kind, subject_id, member_id,
         (row_number() OVER (PARTITION BY enterprise_id ORDER BY kind, subject_id) - 1)::int AS position
  FROM (
    SELECT enterprise_id, 'CUSTOMER'::"TransferItemKind" AS kind, id AS subject_id, member_id FROM "relation" WHERE status = 'ACTIVE'
    UNION ALL SELECT enterprise_id, 'GROUP', id, owner_id FROM "customer_group"
  ) held
), opened AS MATERIALIZED (
  SELECT gen_random_uuid() AS id, enterprise_id, count(*) AS items,
         encode(sha256(string_agg(int4send(position) || uuid_send(subject_id) || uuid_send(member_id), ''::bytea ORDER BY position)), 'hex') AS digest
  FROM owned GROUP BY enterprise_id
), items AS (
  INSERT INTO "audit_item" (audit_event_id, position, enterprise_id, kind, subject_id, member_id)
  SELECT opened.id, position, owned.enterprise_id, kind, subject_id, member_id FROM owned JOIN opened USING (enterprise_id)
)
INSERT INTO "audit_event" (id, enterprise_id, at, action, outcome, actor_kind, actor_name, detail)
SELECT id, enterprise_id, now(), 'openOwners', 'SUCCESS', 'SYSTEM', 'Baton', jsonb_build_object('items', items, 'digest', digest)
FROM opened;
