-- It runs as the owner of the table, whom no policy holds, so it asks by itself what they ask: who is within an enterprise finds that
-- one's messages, and who is within none finds nothing. Before, who was within none found those of any enterprise that they named.
CREATE OR REPLACE FUNCTION "archive_found"("of_enterprise" uuid, "conversations" uuid[], "members" uuid[], "search" text)
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
    -- The role that was set, whoever runs the function.
    AND CASE WHEN current_setting('role') = 'baton_app'
      THEN "of_enterprise" = nullif(current_setting('baton.enterprise', true), '')::uuid ELSE true END
    AND ((SELECT texts FROM runs) IS NULL
      OR NOT EXISTS (SELECT FROM unnest((SELECT texts FROM runs)) run WHERE strpos(archive_folded(x.text), run) = 0));
END;
