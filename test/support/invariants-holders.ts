const customer = `i.kind = 'CUSTOMER'`;
const group = `i.kind = 'GROUP'`;

/** Each counter of a portfolio, with what it counts, by member. */
const counters: Readonly<Record<string, string>> = {
  customers: `SELECT member_id, count(*) FROM r WHERE status = 'ACTIVE' GROUP BY 1`,
  groups: `SELECT owner_id, count(*) FROM g GROUP BY 1`,
  waiting: `SELECT leaver_id, count(*) FROM i WHERE ${customer} AND is_open GROUP BY 1`,
  incoming: `SELECT successor_id, count(*) FROM i WHERE ${customer} AND is_open AND successor_id IS NOT NULL GROUP BY 1`,
  handed_over: `SELECT leaver_id, count(*) FROM i WHERE ${customer} AND status = 'COMPLETED' GROUP BY 1`,
  refused: `SELECT leaver_id, count(*) FROM i WHERE ${customer} AND status = 'REFUSED' GROUP BY 1`,
  failed: `SELECT leaver_id, count(*) FROM i WHERE ${customer} AND status = 'FAILED' GROUP BY 1`,
  groups_waiting: `SELECT leaver_id, count(*) FROM i WHERE ${group} AND is_open GROUP BY 1`,
  groups_handed_over: `SELECT leaver_id, count(*) FROM i WHERE ${group} AND status = 'COMPLETED' GROUP BY 1`,
};

const rulesAboutCounters = Object.fromEntries(
  Object.entries(counters).map(([column, count]) => [
    `portfolio.${column}`,
    `SELECT coalesce(p.member_id, c.member_id) || ': ' || coalesce(p.${column}, 0) || ' counted, ' || coalesce(c.n, 0) || ' there'
     FROM p FULL JOIN (${count}) AS c (member_id, n) ON c.member_id = p.member_id
     WHERE coalesce(p.${column}, 0) <> coalesce(c.n, 0)`,
  ]),
);

/** The last takeover of each relation, or group, that moved it: times may go back, revisions do not. */
const lastMove = (what: 'relation_id' | 'group_id') => `
  SELECT DISTINCT ON (${what}) ${what}, CASE status WHEN 'COMPLETED' THEN successor_id ELSE leaver_id END AS holder, status
  FROM i WHERE was_taken_over AND outcome IS DISTINCT FROM 'MERGED' AND ${what} IS NOT NULL ORDER BY ${what}, revision DESC`;

/** Who holds what: relations, groups and what is counted of them. */
export const rulesAboutHolders: Readonly<Record<string, string>> = {
  'a relation knows its corp tags': `
    SELECT id FROM r WHERE corp_tag_ids <> ARRAY(
      SELECT tag_id FROM relation_tag JOIN tag ON tag.id = tag_id AND kind = 'CORP' WHERE relation_id = r.id ORDER BY tag_id)`,
  'a member serves a customer once': `
    SELECT customer_id FROM r WHERE status = 'ACTIVE' GROUP BY customer_id, member_id HAVING count(*) > 1`,
  'a customer whose relations ended by a takeover has a holder': `
    SELECT customer_id FROM r GROUP BY customer_id HAVING bool_and(status = 'MERGED')`,
  'holder and customer are of the enterprise': `
    SELECT r.id FROM r LEFT JOIN m ON m.id = r.member_id LEFT JOIN customer c ON c.id = r.customer_id
    WHERE m.id IS NULL OR c.enterprise_id IS DISTINCT FROM r.enterprise_id`,
  'a relation that is not active has ended, and no other': `
    SELECT id FROM r WHERE (status = 'ACTIVE') <> (ended_at IS NULL) OR (status = 'MERGED') <> (merged_into_id IS NOT NULL)`,
  'a merged relation ended in one of the same customer': `
    SELECT r.id FROM r LEFT JOIN r into_ ON into_.id = r.merged_into_id
    WHERE r.status = 'MERGED' AND (into_.customer_id IS DISTINCT FROM r.customer_id OR into_.id = r.id)`,
  'a relation is merged by one takeover that was not undone': `
    SELECT coalesce(r.id, i.relation_id) FROM (SELECT id, member_id FROM r WHERE status = 'MERGED') r FULL JOIN (
      SELECT relation_id, leaver_id, count(*) AS n FROM i WHERE outcome = 'MERGED' AND status = 'COMPLETED' GROUP BY 1, 2
    ) i ON i.relation_id = r.id WHERE i.n IS DISTINCT FROM 1 OR r.id IS NULL OR r.member_id <> i.leaver_id`,
  'a lost relation was refused after a resignation': `
    SELECT r.id FROM r LEFT JOIN i ON i.relation_id = r.id AND i.status = 'REFUSED' AND i.transfer_kind = 'RESIGNED'
    WHERE r.status = 'LOST' AND i.transfer_id IS NULL`,
  'a relation is with whom the last takeover or undo gave it to': `
    SELECT r.id FROM (${lastMove('relation_id')}) last JOIN r ON r.id = last.relation_id WHERE r.member_id <> last.holder`,
  'a group is with whom the last takeover or undo gave it to': `
    SELECT g.id FROM (${lastMove('group_id')}) last JOIN g ON g.id = last.group_id WHERE g.owner_id <> last.holder`,
  'a group is INHERITING while it waits, else as its owner is': `
    SELECT g.id || ' ' || g.status FROM g JOIN m ON m.id = g.owner_id LEFT JOIN i ON i.group_id = g.id AND i.is_open
    WHERE (g.status = 'INHERITING') <> (i.group_id IS NOT NULL) OR
      (g.status <> 'INHERITING' AND (g.status = 'OWNER_RESIGNED') <> (m.status = 'RESIGNED'))`,
  'an inherited group was handed to its owner': `
    SELECT g.id FROM g LEFT JOIN (${lastMove('group_id')}) last ON last.group_id = g.id
    WHERE g.status = 'INHERITED' AND last.status IS DISTINCT FROM 'COMPLETED'`,
  'the owner a takeover gave is in the group': `
    SELECT g.id FROM (${lastMove('group_id')}) last JOIN g ON g.id = last.group_id
    LEFT JOIN group_participant member ON member.group_id = g.id AND member.member_id = g.owner_id
    WHERE last.status = 'COMPLETED' AND member.id IS NULL`,
  'a touch is no later than the revision': `
    SELECT r.id FROM r, jsonb_each_text(r.touches) touch
    WHERE touch.value::int > r.revision OR touch.key NOT IN ('REMARK', 'DESCRIPTION', 'TAGS', 'CONVERSATION')`,
  'a takeover is no later than the revision': `
    SELECT i.transfer_id || ' ' || i.position FROM i LEFT JOIN r ON r.id = i.relation_id LEFT JOIN g ON g.id = i.group_id
    LEFT JOIN r into_ ON into_.id = r.merged_into_id AND i.outcome = 'MERGED'
    WHERE i.status = 'COMPLETED' AND i.revision > coalesce(into_.revision, g.revision, r.revision)`,
  'a conversation and its messages are of one enterprise, as member and customer are': `
    SELECT v.id FROM conversation v LEFT JOIN m ON m.id = v.member_id LEFT JOIN customer c ON c.id = v.customer_id
    WHERE v.enterprise_id = enterprise AND (m.id IS NULL OR c.enterprise_id IS DISTINCT FROM enterprise)
    UNION ALL SELECT x.id FROM archived_message x LEFT JOIN conversation v ON v.id = x.conversation_id
    WHERE x.enterprise_id = enterprise
      AND (v.enterprise_id IS DISTINCT FROM enterprise OR v.member_id IS DISTINCT FROM x.member_id)`,
  ...rulesAboutCounters,
};
