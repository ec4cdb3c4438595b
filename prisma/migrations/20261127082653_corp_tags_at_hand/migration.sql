-- The CORP tags of a relation, on the relation: a plan by 20 rules asks about those of 100,000 customers, and to look them up and join
-- them took two fifths of its time.
ALTER TABLE "relation" ADD COLUMN "corp_tag_ids" UUID[] NOT NULL DEFAULT ARRAY[]::UUID[];

-- Whoever changes the tags of relations need not remember to say so on the relation. Once a statement, however many rows.
CREATE FUNCTION "keep_corp_tags"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- Held before they are read: of two who tag the same relation at once, the later one waits here and then sees what the other did.
  -- In the order of ids, like everybody. A PERSONAL tag changes nothing, and holds nothing.
  PERFORM FROM relation WHERE id IN (SELECT relation_id FROM changed JOIN tag ON tag.id = changed.tag_id AND tag.kind = 'CORP')
    ORDER BY id FOR NO KEY UPDATE;
  UPDATE relation r SET corp_tag_ids = worn.tag_ids
  FROM (
    SELECT touched.relation_id, ARRAY(
      SELECT rt.tag_id FROM relation_tag rt JOIN tag ON tag.id = rt.tag_id AND tag.kind = 'CORP'
      WHERE rt.relation_id = touched.relation_id ORDER BY rt.tag_id) AS tag_ids
    FROM (
      SELECT DISTINCT relation_id FROM changed JOIN tag ON tag.id = changed.tag_id AND tag.kind = 'CORP'
    ) touched
  ) worn WHERE r.id = worn.relation_id AND r.corp_tag_ids <> worn.tag_ids;
  RETURN NULL;
END $$;
-- No row is ever changed: a tag is put on or taken off.
CREATE TRIGGER "tagged" AFTER INSERT ON "relation_tag"
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION "keep_corp_tags"();
CREATE TRIGGER "untagged" AFTER DELETE ON "relation_tag"
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION "keep_corp_tags"();

UPDATE "relation" r SET "corp_tag_ids" = worn.tag_ids
FROM (
  SELECT rt.relation_id, array_agg(rt.tag_id ORDER BY rt.tag_id) AS tag_ids
  FROM "relation_tag" rt JOIN "tag" ON tag.id = rt.tag_id AND tag.kind = 'CORP' GROUP BY rt.relation_id
) worn WHERE r.id = worn.relation_id;
