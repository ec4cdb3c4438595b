-- AlterTable
ALTER TABLE "transfer_item" ADD COLUMN     "drain" INTEGER;

-- CreateTable
CREATE TABLE "transfer_drain" (
    "transfer_id" UUID NOT NULL,
    "number" INTEGER NOT NULL,
    "enterprise_id" UUID NOT NULL,
    "place" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "seats" JSONB NOT NULL,

    CONSTRAINT "transfer_drain_pkey" PRIMARY KEY ("transfer_id","number")
);

-- =====================================================================================================================
-- Written by hand: what the Prisma schema cannot say.
-- =====================================================================================================================

-- Who waits for somebody with room, rule by rule, the first of the transfer first. Holds open items only.
CREATE INDEX "transfer_item_queued_idx" ON "transfer_item" ("transfer_id", "rule_place", "position")
  WHERE "status" = 'QUEUED';
