-- CreateTable
CREATE TABLE "inbox_pruning" (
    "enterprise_id" UUID NOT NULL,
    "pruned_xid" BIGINT NOT NULL,
    "cleared_xid" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "inbox_pruning_pkey" PRIMARY KEY ("enterprise_id")
);

-- CreateTable
CREATE TABLE "inbox_mark" (
    "xid" BIGINT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "inbox_mark_pkey" PRIMARY KEY ("xid")
);

-- CreateIndex
CREATE INDEX "inbox_mark_at_idx" ON "inbox_mark"("at");

ALTER TABLE "inbox_pruning" ADD CONSTRAINT "inbox_pruning_xids" CHECK ("cleared_xid" BETWEEN 0 AND "pruned_xid");
