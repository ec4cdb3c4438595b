-- AlterTable
ALTER TABLE "transfer" ADD COLUMN     "department_id" UUID;

-- CreateTable
CREATE TABLE "transfer_tally" (
    "id" BIGSERIAL NOT NULL,
    "enterprise_id" UUID NOT NULL,
    "transfer_id" UUID NOT NULL,
    "kind" "TransferItemKind" NOT NULL,
    "rule_place" SMALLINT NOT NULL,
    "successor_id" UUID,
    "waiting" INTEGER NOT NULL DEFAULT 0,
    "completed" INTEGER NOT NULL DEFAULT 0,
    "refused" INTEGER NOT NULL DEFAULT 0,
    "cancelled" INTEGER NOT NULL DEFAULT 0,
    "successor_full" INTEGER NOT NULL DEFAULT 0,
    "failed" INTEGER NOT NULL DEFAULT 0,
    "undone" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "transfer_tally_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "transfer_delay" (
    "enterprise_id" UUID NOT NULL,
    "transfer_id" UUID NOT NULL,
    "kind" "TransferItemKind" NOT NULL,
    "rule_place" SMALLINT NOT NULL,
    "successor_id" UUID NOT NULL,
    "minutes" INTEGER NOT NULL,
    "takeovers" INTEGER NOT NULL,

    CONSTRAINT "transfer_delay_pkey" PRIMARY KEY ("transfer_id","kind","rule_place","successor_id","minutes")
);

-- CreateIndex
-- By hand: NULLS NOT DISTINCT, so that those without a successor are counted in one row as well.
CREATE UNIQUE INDEX "transfer_tally_transfer_id_kind_rule_place_successor_id_key"
  ON "transfer_tally"("transfer_id", "kind", "rule_place", "successor_id") NULLS NOT DISTINCT;

-- =====================================================================================================================
-- Written by hand: what there is already, counted. The department a leaver was in then is not known; the one of now stands in.
-- =====================================================================================================================

UPDATE "transfer" SET "department_id" = "member"."department_id" FROM "member" WHERE "member"."id" = "transfer"."leaver_id";

INSERT INTO "transfer_tally" ("enterprise_id", "transfer_id", "kind", "rule_place", "successor_id", "waiting", "completed", "refused",
                              "cancelled", "successor_full", "failed", "undone")
SELECT "enterprise_id", "transfer_id", "kind", coalesce("rule_place", 0), "successor_id",
       count(*) FILTER (WHERE "status" IN ('WAITING', 'QUEUED')), count(*) FILTER (WHERE "status" = 'COMPLETED'),
       count(*) FILTER (WHERE "status" = 'REFUSED'), count(*) FILTER (WHERE "status" = 'CANCELLED'),
       count(*) FILTER (WHERE "status" = 'SUCCESSOR_FULL'), count(*) FILTER (WHERE "status" = 'FAILED'),
       count(*) FILTER (WHERE "status" = 'UNDONE')
FROM "transfer_item" WHERE "status" <> 'REJECTED' GROUP BY 1, 2, 3, 4, 5;

INSERT INTO "transfer_delay" ("enterprise_id", "transfer_id", "kind", "rule_place", "successor_id", "minutes", "takeovers")
SELECT i."enterprise_id", i."transfer_id", i."kind", coalesce(i."rule_place", 0), i."successor_id",
       greatest(0, floor(extract(epoch FROM i."taken_over_at" - t."submitted_at") / 60)), count(*)
FROM "transfer_item" i JOIN "transfer" t ON t."id" = i."transfer_id"
WHERE i."taken_over_at" IS NOT NULL GROUP BY 1, 2, 3, 4, 5, 6;
