-- Written by hand: what the Prisma schema cannot say.

-- To which department a record belongs, and so whose AUDIT shows it: where the leaver of its transfer worked when that was
-- submitted, else where the member it is about works, or all the members who serve the customer it is about. Never where works who did
-- it: what an administrator does is about others, whom the auditors of the administrator's department may not see. Null, for super
-- administrators alone: what is about nobody, about several departments, or about the whole company (settings, rules, corp tags).
CREATE OR REPLACE FUNCTION "department_of_record"("record" "audit_event") RETURNS uuid LANGUAGE sql STABLE AS $$
  SELECT CASE
    WHEN record.transfer_id IS NOT NULL THEN (SELECT t.department_id FROM transfer t WHERE t.id = record.transfer_id)
    ELSE CASE record.subject_type
      WHEN 'Transfer' THEN (SELECT t.department_id FROM transfer t WHERE t.id = record.subject_id)
      WHEN 'Member' THEN (SELECT m.department_id FROM member m WHERE m.id = record.subject_id)
      WHEN 'Relation' THEN
        (SELECT m.department_id FROM relation r JOIN member m ON m.id = r.member_id WHERE r.id = record.subject_id)
      WHEN 'CustomerGroup' THEN
        (SELECT m.department_id FROM customer_group g JOIN member m ON m.id = g.owner_id WHERE g.id = record.subject_id)
      WHEN 'Customer' THEN
        (SELECT CASE WHEN count(*) = count(m.department_id) AND count(DISTINCT m.department_id) = 1
                     THEN (array_agg(m.department_id))[1] END
         FROM relation r JOIN member m ON m.id = r.member_id
         WHERE r.enterprise_id = record.enterprise_id AND r.customer_id = record.subject_id AND r.status = 'ACTIVE')
      WHEN 'Tag' THEN (SELECT m.department_id FROM tag t JOIN member m ON m.id = t.member_id WHERE t.id = record.subject_id)
      WHEN 'Department' THEN record.subject_id
    END
  END
$$;

-- What was filed where works who did it. Where they worked then whom it is about is not known any more, so these are for super
-- administrators alone. Still right is what somebody did with their own inbox. No hash of the chain covers the place of these records.
ALTER TABLE "audit_event" DISABLE TRIGGER "append_only";
UPDATE "audit_event" SET "department_id" = NULL
  WHERE "department_id" IS NOT NULL AND "transfer_id" IS NULL AND "action" <> 'acknowledgeNotifications'
    AND coalesce("subject_type", '') NOT IN ('Member', 'Relation', 'CustomerGroup');
ALTER TABLE "audit_event" ENABLE TRIGGER "append_only";
