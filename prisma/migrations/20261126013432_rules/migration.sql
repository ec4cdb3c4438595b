-- AlterEnum
-- This migration adds more than one value to an enum.
-- With PostgreSQL versions 11 and earlier, this is not possible
-- in a single migration. This can be worked around by creating
-- multiple migrations, each migration adding only one value to
-- the enum.


ALTER TYPE "InboxEventType" ADD VALUE 'APPROVAL_REQUESTED';
ALTER TYPE "InboxEventType" ADD VALUE 'TRANSFER_APPROVED';
ALTER TYPE "InboxEventType" ADD VALUE 'TRANSFER_DISAPPROVED';

-- AlterTable
ALTER TABLE "assignment_rule" ADD COLUMN     "is_default" BOOLEAN NOT NULL DEFAULT false,
ALTER COLUMN "condition" DROP NOT NULL;

-- AlterTable
ALTER TABLE "rule_successor" ADD COLUMN     "position" INTEGER NOT NULL;

-- AlterTable
ALTER TABLE "transfer" DROP COLUMN "rule_id",
ADD COLUMN     "decided_at" TIMESTAMPTZ(3),
ADD COLUMN     "decided_by_id" UUID;

-- AlterTable
ALTER TABLE "transfer_item" ADD COLUMN     "chosen_because" TEXT,
ADD COLUMN     "load_before" INTEGER,
ADD COLUMN     "rule_place" SMALLINT;

-- CreateTable
CREATE TABLE "assignment_rule_version" (
    "rule_id" UUID NOT NULL,
    "version" INTEGER NOT NULL,
    "enterprise_id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "rule" JSONB NOT NULL,

    CONSTRAINT "assignment_rule_version_pkey" PRIMARY KEY ("rule_id","version")
);

-- CreateTable
CREATE TABLE "transfer_rule" (
    "transfer_id" UUID NOT NULL,
    "place" INTEGER NOT NULL,
    "enterprise_id" UUID NOT NULL,
    "rule_id" UUID,
    "version" INTEGER,
    "name" TEXT NOT NULL,
    "strategy" "AssignmentStrategy" NOT NULL,
    "note" TEXT,
    "seats" JSONB NOT NULL,
    "assigned" INTEGER NOT NULL DEFAULT 0,
    "queued" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "transfer_rule_pkey" PRIMARY KEY ("transfer_id","place")
);

-- CreateIndex
CREATE INDEX "transfer_rule_enterprise_id_rule_id_idx" ON "transfer_rule"("enterprise_id", "rule_id");

-- CreateIndex
CREATE UNIQUE INDEX "rule_successor_rule_id_position_key" ON "rule_successor"("rule_id", "position");

-- =====================================================================================================================
-- Written by hand: what the Prisma schema cannot say.
-- =====================================================================================================================

ALTER TABLE "rule_successor" ADD CONSTRAINT "rule_successor_one_of_member_department_check"
  CHECK (("member_id" IS NULL) <> ("department_id" IS NULL));
ALTER TABLE "rule_successor" ADD CONSTRAINT "rule_successor_weight_check" CHECK ("weight" BETWEEN 1 AND 1000);

-- One default assignment for each enterprise.
CREATE UNIQUE INDEX "assignment_rule_default_key" ON "assignment_rule" ("enterprise_id") WHERE "is_default";

-- Transfers whose customers wait for somebody with room; transfers that wait for a second administrator. A few rows.
CREATE INDEX "transfer_queued_idx" ON "transfer" ("enterprise_id", "submitted_at", "id") WHERE "queued" > 0;
CREATE INDEX "transfer_pending_idx" ON "transfer" ("enterprise_id", "submitted_at", "id") WHERE "status" = 'PENDING_APPROVAL';
