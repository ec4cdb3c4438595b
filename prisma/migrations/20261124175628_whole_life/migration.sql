-- AlterEnum


ALTER TYPE "InboxEventType" ADD VALUE 'CUSTOMERS_SCHEDULED';
ALTER TYPE "InboxEventType" ADD VALUE 'CUSTOMERS_REFUSED';
ALTER TYPE "InboxEventType" ADD VALUE 'CUSTOMERS_CANCELLED';
ALTER TYPE "InboxEventType" ADD VALUE 'CUSTOMERS_UNDONE';
ALTER TYPE "InboxEventType" ADD VALUE 'CUSTOMERS_RETURNED';
ALTER TYPE "InboxEventType" ADD VALUE 'GROUPS_ASSIGNED';
ALTER TYPE "InboxEventType" ADD VALUE 'GROUPS_UNDONE';
ALTER TYPE "InboxEventType" ADD VALUE 'GROUPS_RETURNED';
ALTER TYPE "InboxEventType" ADD VALUE 'TAKEOVER_CANCELLED';
ALTER TYPE "InboxEventType" ADD VALUE 'TAKEOVER_UNDONE';
ALTER TYPE "InboxEventType" ADD VALUE 'GROUP_OWNER_CHANGED';

-- AlterTable
ALTER TABLE "customer_group" ADD COLUMN     "revision" INTEGER NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "enterprise" ADD COLUMN     "on_job_completed_text" TEXT,
ADD COLUMN     "on_job_scheduled_text" TEXT;

-- AlterTable
ALTER TABLE "portfolio" ADD COLUMN     "groups_handed_over" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "groups_waiting" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "left_pool_xid" BIGINT,
ADD COLUMN     "xid" BIGINT NOT NULL DEFAULT ((pg_current_xact_id())::text)::bigint;

-- AlterTable
ALTER TABLE "relation" ADD COLUMN     "revision" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "touches" JSONB NOT NULL DEFAULT '{}';

-- AlterTable
ALTER TABLE "transfer" ADD COLUMN     "groups" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "retry_of_id" UUID;

-- AlterTable
ALTER TABLE "transfer_item" ADD COLUMN     "in_transfer_id" UUID,
ADD COLUMN     "kept_because" TEXT[],
ADD COLUMN     "revision" INTEGER;

-- CreateIndex
CREATE INDEX "portfolio_enterprise_id_xid_idx" ON "portfolio"("enterprise_id", "xid");

-- CreateIndex
CREATE INDEX "transfer_successor_enterprise_id_member_id_idx" ON "transfer_successor"("enterprise_id", "member_id");

-- =====================================================================================================================
-- Written by hand: what the Prisma schema cannot say.
-- =====================================================================================================================

-- Whoever changes what a member holds need not remember to say so to those who follow the pool. A handful of rows a chunk.
CREATE FUNCTION "portfolio_stamp_xid"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW."xid" := (pg_current_xact_id()::text)::bigint;
  RETURN NEW;
END $$;
CREATE TRIGGER "portfolio_stamp_xid" BEFORE UPDATE ON "portfolio" FOR EACH ROW EXECUTE FUNCTION "portfolio_stamp_xid"();

-- Relations that have ended: why a customer cannot be handed over, and who served whom on a day. Written only when one ends.
CREATE INDEX "relation_ended_by_customer_idx" ON "relation" ("enterprise_id", "customer_id", "member_id")
  WHERE "status" <> 'ACTIVE';
CREATE INDEX "relation_ended_by_member_idx" ON "relation" ("enterprise_id", "member_id", "ended_at")
  WHERE "status" <> 'ACTIVE';

-- Groups of a transfer that wait; what happened to a group. Rows about customers are in neither.
CREATE INDEX "transfer_item_group_due_idx" ON "transfer_item" ("transfer_id", "position")
  WHERE "kind" = 'GROUP' AND "status" = 'WAITING';
CREATE INDEX "transfer_item_group_idx" ON "transfer_item" ("enterprise_id", "group_id") WHERE "group_id" IS NOT NULL;
-- An item is tried again once; who tries it again must name the later one.
CREATE UNIQUE INDEX "transfer_item_follows_key" ON "transfer_item" ("follows_transfer", "follows_position")
  WHERE "follows_transfer" IS NOT NULL;

-- Groups of those who had left before groups could be handed over.
UPDATE "customer_group" g SET "status" = 'OWNER_RESIGNED' FROM "member" m
  WHERE m."id" = g."owner_id" AND m."status" = 'RESIGNED' AND g."status" = 'NORMAL';
