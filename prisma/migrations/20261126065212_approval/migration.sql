-- AlterTable
ALTER TABLE "fact" ADD COLUMN     "actor_id" UUID,
ADD COLUMN     "actor_name" TEXT,
ADD COLUMN     "group_count" INTEGER NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "transfer" ADD COLUMN     "begun_at" TIMESTAMPTZ(3);

-- =====================================================================================================================
-- Written by hand: what the Prisma schema cannot say.
-- =====================================================================================================================

-- Until now nothing waited for an approval: every transfer began when it was submitted.
UPDATE "transfer" SET "begun_at" = "submitted_at";

-- What waits for an approval has not begun, and the runner does not look at it.
ALTER TABLE "transfer" ADD CONSTRAINT "transfer_pending_check"
  CHECK ("status" <> 'PENDING_APPROVAL' OR ("begun_at" IS NULL AND "run_at" IS NULL));
