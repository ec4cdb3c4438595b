-- AlterTable
ALTER TABLE "archived_message" ADD COLUMN     "member_id" UUID;
UPDATE "archived_message" x SET "member_id" = v."member_id" FROM "conversation" v WHERE v."id" = x."conversation_id";
ALTER TABLE "archived_message" ALTER COLUMN "member_id" SET NOT NULL;

-- =====================================================================================================================
-- Written by hand: full-text search in Chinese and English, with nothing but what every PostgreSQL has.
-- =====================================================================================================================

-- A text as it is compared: width, ligatures and case folded; joiners, variation selectors and skin tones left out.
CREATE FUNCTION "archive_folded"("given" text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN regexp_replace(lower(normalize("given", NFKC)),
  '[\u00ad\u200b-\u200f\u2060\ufe00-\ufe0f\U0001f3fb-\U0001f3ff]', '', 'g');

-- The pieces of a text in their order: words, and runs of what is written without spaces (Chinese, Japanese, Korean, Thai and
-- their neighbours, symbols, emoji). All else parts them. By code points, so that no locale has a say.
CREATE FUNCTION "archive_pieces"("given" text) RETURNS TABLE ("piece" text, "is_word" boolean, "place" bigint)
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
  SELECT coalesce(m[1], m[2]), m[1] IS NOT NULL, n
  FROM regexp_matches(archive_folded("given"),
    '([0-9a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u0dff\u0f00-\u0fff\u10a0-\u10ff\u1200-\u177f\u1800-\u1fff'
    '\u2c00-\u2dff\ua490-\uabff\ufb1d-\ufdff\ufe70-\ufefc\U00010000-\U0001efff]+)'
    '|([\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2190-\u2bff\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029'
    '\u3031-\u3035\u303b\u3041-\u30fa\u30fc-\u318f\u31a0-\u31ff\u3400-\ua48f\uac00-\ud7ff\uf900-\ufaff'
    '\U0001f000-\U0001faff\U00020000-\U0003ffff]+)', 'g') WITH ORDINALITY g(m, n);
END;

-- What a word is found by: its English stem. Stop words, which have none, and what is not English stand for themselves. Cut,
-- since an entry of the index has to fit on a page.
CREATE FUNCTION "archive_stem"("word" text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN coalesce((ts_lexize('pg_catalog.english_stem', left("word", 100)))[1], left("word", 100));

-- What a message is found by: the stems of its words; of a run each character, and each two that stand together. Some more than
-- once, which the index does not mind. Walked through, since a statement took twice the time, and up to a hundred times where
-- the server thinks it worth compiling. With the path of now: a restore builds the index under none.
CREATE FUNCTION "archive_terms"("given" text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 5000
SET search_path FROM CURRENT AS $$
DECLARE
  next_piece text;
  is_next_word boolean;
  this text;
  last text;
  terms text[] := '{}';
BEGIN
  FOR next_piece, is_next_word IN SELECT piece, is_word FROM archive_pieces("given") LOOP
    IF is_next_word THEN
      terms := terms || archive_stem(next_piece);
      CONTINUE;
    END IF;
    last := NULL;
    FOREACH this IN ARRAY string_to_array(next_piece, NULL) LOOP
      terms := terms || this;
      IF last IS NOT NULL THEN terms := terms || (last || this); END IF;
      last := this;
    END LOOP;
  END LOOP;
  RETURN terms;
END $$;

-- Which terms a message must have for a search, cut the same way; of a run of several characters only the pairs, which say
-- more than the characters.
CREATE FUNCTION "archive_wanted"("search" text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
  SELECT coalesce(array_agg(DISTINCT term), '{}') FROM (
    SELECT archive_stem(piece) AS term FROM archive_pieces("search") WHERE is_word
    UNION ALL
    SELECT CASE WHEN char_length(piece) = 1 THEN c ELSE c || next END FROM (
      SELECT piece, c, lead(c) OVER (PARTITION BY place ORDER BY n) AS next
      FROM archive_pieces("search"), unnest(string_to_array(piece, NULL)) WITH ORDINALITY run(c, n) WHERE NOT is_word
    ) pairs
  ) terms WHERE term IS NOT NULL;
END;

-- By whose message it is, in which conversation, and by what it says, in one index. No column for the terms: they would make
-- each message four times as long. What is not yet in its order is looked through by each search: a quarter of the usual 4 MB.
CREATE INDEX "archived_message_search_idx" ON "archived_message"
  USING gin ((ARRAY["member_id", "conversation_id"]), (archive_terms("text"))) WITH (gin_pending_list_limit = 1024);

-- The messages in which all is found that is searched for: of these conversations where they are few, else of these members,
-- whose conversations the caller picks out. As the owner of the table: policies on rows let no index be used by comparisons that
-- are not leakproof, and these are none. So whoever calls gives what they may read, reads the messages themselves under the
-- policies, and learns nothing else here.
CREATE FUNCTION "archive_found"("of_enterprise" uuid, "conversations" uuid[], "members" uuid[], "search" text)
RETURNS TABLE ("id" uuid, "conversation_id" uuid, "sent_at" timestamptz)
LANGUAGE sql STABLE STRICT SECURITY DEFINER SET work_mem = '32MB' SET jit = off
SET max_parallel_workers_per_gather = 0 ROWS 1000
BEGIN ATOMIC
  WITH runs AS MATERIALIZED (
    -- Pairs of characters may stand apart: a run of three and more has to be there as a whole.
    SELECT array_agg(piece) AS texts FROM archive_pieces("search") WHERE NOT is_word AND char_length(piece) > 2
  )
  SELECT x.id, x.conversation_id, x.sent_at FROM archived_message x
  -- An index entry is opened for each key and looked at for each message: hundreds of conversations cost more than their member.
  WHERE ARRAY[x.member_id, x.conversation_id] && CASE WHEN cardinality("conversations") <= 100 THEN "conversations" ELSE "members" END
    AND archive_terms(x.text) @> archive_wanted("search") AND archive_wanted("search") <> '{}'
    AND x.enterprise_id = "of_enterprise"
    AND "of_enterprise" = coalesce(nullif(current_setting('baton.enterprise', true), '')::uuid, "of_enterprise")
    AND ((SELECT texts FROM runs) IS NULL
      OR NOT EXISTS (SELECT FROM unnest((SELECT texts FROM runs)) run WHERE strpos(archive_folded(x.text), run) = 0));
END;

-- What of a message a search has found, as archive_folded writes it: its words with a stem in common, and the runs.
CREATE FUNCTION "archive_hits"("given" text, "search" text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
  SELECT coalesce(array_agg(DISTINCT piece), '{}') FROM (
    SELECT piece FROM archive_pieces("given") WHERE is_word AND archive_stem(piece) = ANY((SELECT archive_wanted("search"))::text[])
    UNION ALL SELECT piece FROM archive_pieces("search") WHERE NOT is_word
  ) found;
END;
