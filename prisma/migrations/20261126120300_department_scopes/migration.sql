-- AlterTable
ALTER TABLE "audit_event" ADD COLUMN     "department_id" UUID;

-- CreateIndex
CREATE INDEX "audit_event_enterprise_id_department_id_at_id_idx" ON "audit_event"("enterprise_id", "department_id", "at" DESC, "id" DESC);

-- =====================================================================================================================
-- Written by hand: what the Prisma schema cannot say.
-- =====================================================================================================================

-- To which department a record belongs, and so whose AUDIT shows it: where the leaver of its transfer worked when that was
-- submitted, else where the member it is about works, else where works who did it. Here and not in the program, so that every way to
-- record has it, for one look-up by key.
CREATE FUNCTION "department_of_record"("record" "audit_event") RETURNS uuid LANGUAGE sql STABLE AS $$
  SELECT CASE
    WHEN record.transfer_id IS NOT NULL THEN (SELECT t.department_id FROM transfer t WHERE t.id = record.transfer_id)
    WHEN record.subject_type = 'Member' THEN (SELECT m.department_id FROM member m WHERE m.id = record.subject_id)
    WHEN record.subject_type = 'Relation' THEN
      (SELECT m.department_id FROM relation r JOIN member m ON m.id = r.member_id WHERE r.id = record.subject_id)
    WHEN record.subject_type = 'CustomerGroup' THEN
      (SELECT m.department_id FROM customer_group g JOIN member m ON m.id = g.owner_id WHERE g.id = record.subject_id)
    ELSE (SELECT m.department_id FROM member m WHERE m.id = record.actor_id)
  END
$$;
CREATE FUNCTION "place_record"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.department_id := department_of_record(NEW);
  RETURN NEW;
END $$;
CREATE TRIGGER "place_record" BEFORE INSERT ON "audit_event" FOR EACH ROW EXECUTE FUNCTION "place_record"();

-- What was recorded before gets its place as well. The place is no part of a record: no hash covers it.
ALTER TABLE "audit_event" DISABLE TRIGGER "append_only";
UPDATE "audit_event" SET "department_id" = department_of_record("audit_event") WHERE "department_id" IS NULL;
ALTER TABLE "audit_event" ENABLE TRIGGER "append_only";
