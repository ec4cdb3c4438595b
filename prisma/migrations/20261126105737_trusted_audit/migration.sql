-- AlterTable
ALTER TABLE "audit_event" DROP COLUMN "hash",
DROP COLUMN "previous_hash";

-- CreateTable
CREATE TABLE "audit_link" (
    "enterprise_id" UUID NOT NULL,
    "sequence" INTEGER NOT NULL,
    "audit_event_id" UUID NOT NULL,
    "hash" BYTEA NOT NULL,

    CONSTRAINT "audit_link_pkey" PRIMARY KEY ("enterprise_id","sequence")
);

-- CreateTable
CREATE TABLE "audit_unsealed" (
    "number" BIGSERIAL NOT NULL,
    "enterprise_id" UUID NOT NULL,
    "audit_event_id" UUID NOT NULL,

    CONSTRAINT "audit_unsealed_pkey" PRIMARY KEY ("number")
);

-- CreateIndex
CREATE UNIQUE INDEX "audit_link_audit_event_id_key" ON "audit_link"("audit_event_id");

-- CreateIndex
CREATE INDEX "audit_unsealed_enterprise_id_number_idx" ON "audit_unsealed"("enterprise_id", "number");

-- =====================================================================================================================
-- Written by hand: what the Prisma schema cannot say.
-- =====================================================================================================================

-- What was recorded before gets its place in the chain as well, in the order of time.
INSERT INTO "audit_unsealed" ("enterprise_id", "audit_event_id")
  SELECT "enterprise_id", "id" FROM "audit_event" ORDER BY "at", "id";

-- Once a statement, however many records it adds: a takeover of 5,000 customers adds one for each successor.
CREATE FUNCTION "await_seal"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO audit_unsealed (enterprise_id, audit_event_id) SELECT enterprise_id, id FROM recorded ORDER BY at, id;
  RETURN NULL;
END $$;
CREATE TRIGGER "await_seal" AFTER INSERT ON "audit_event"
  REFERENCING NEW TABLE AS recorded FOR EACH STATEMENT EXECUTE FUNCTION "await_seal"();

-- Also for the owner of the tables, whom rights do not bind.
CREATE FUNCTION "refuse_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'Table % is only added to: nothing of the audit log is changed or removed.', TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER "append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_event"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_link"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();
