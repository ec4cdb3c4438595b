const statuses = [
  ...['REJECTED', 'QUEUED', 'WAITING', 'COMPLETED', 'REFUSED', 'CANCELLED', 'SUCCESSOR_FULL', 'FAILED', 'UNDONE'],
];

/** What statistics count beside those that wait. */
const tallied = ['COMPLETED', 'REFUSED', 'CANCELLED', 'SUCCESSOR_FULL', 'FAILED', 'UNDONE'];

/** Transfers, their counts and their items. */
export const rulesAboutTransfers: Readonly<Record<string, string>> = {
  'the counts of a transfer equal its items': `
    SELECT t.id FROM t LEFT JOIN (
      SELECT transfer_id, count(*) AS total, count(*) FILTER (WHERE kind = 'GROUP') AS groups,
        ${statuses.map((status) => `count(*) FILTER (WHERE status = '${status}') AS ${status.toLowerCase()}`).join()}
      FROM i GROUP BY 1) c ON c.transfer_id = t.id
    WHERE t.total = 0 OR ${['total', 'groups', ...statuses].map((column) => `t.${column} IS DISTINCT FROM c.${column}`).join(' OR ')}`,
  'what statistics count equals the items': `
    SELECT coalesce(y.transfer_id, c.transfer_id) FROM y FULL JOIN (
      SELECT transfer_id, kind, coalesce(rule_place, 0) AS rule_place, successor_id, count(*) FILTER (WHERE is_open) AS waiting,
        ${tallied.map((status) => `count(*) FILTER (WHERE status = '${status}') AS ${status.toLowerCase()}`).join()}
      FROM i WHERE status <> 'REJECTED' GROUP BY 1, 2, 3, 4
    ) c ON c.transfer_id = y.transfer_id AND c.kind = y.kind AND c.rule_place = y.rule_place
      AND coalesce(c.successor_id, c.transfer_id) = coalesce(y.successor_id, y.transfer_id)
    WHERE ${['waiting', ...tallied].map((column) => `coalesce(y.${column}, 0) <> coalesce(c.${column}, 0)`).join(' OR ')}`,
  'what statistics know of times equals the items': `
    SELECT coalesce(z.transfer_id, c.transfer_id) FROM z FULL JOIN (
      SELECT transfer_id, kind, coalesce(rule_place, 0) AS rule_place, successor_id,
        greatest(0, floor(extract(epoch FROM taken_over_at - submitted_at) / 60)) AS minutes, count(*) AS takeovers
      FROM i WHERE was_taken_over GROUP BY 1, 2, 3, 4, 5
    ) c ON c.transfer_id = z.transfer_id AND c.kind = z.kind AND c.rule_place = z.rule_place AND c.successor_id = z.successor_id
      AND c.minutes = z.minutes
    WHERE z.takeovers IS DISTINCT FROM c.takeovers`,
  'the items of a transfer stand in places 0 to total - 1': `
    SELECT t.id FROM t JOIN i ON i.transfer_id = t.id GROUP BY t.id, t.total HAVING min(i.position) <> 0 OR max(i.position) <> t.total - 1`,
  'a transfer runs while an item waits, and says how it ended': `
    SELECT id || ' ' || status FROM t WHERE (status IN ('RUNNING', 'PENDING_APPROVAL')) <> (finished_at IS NULL) OR status::text <> CASE
      WHEN waiting + queued > 0 THEN CASE WHEN begun_at IS NULL THEN 'PENDING_APPROVAL' ELSE 'RUNNING' END WHEN cancelled > 0 THEN 'CANCELLED'
      WHEN completed + undone = total THEN 'COMPLETED' ELSE 'COMPLETED_WITH_FAILURES' END`,
  'what has not begun moved nothing, and who decided is another than who submitted': `
    SELECT id FROM t WHERE (begun_at IS NULL AND completed + undone + refused + successor_full > 0)
      OR (decided_by_id IS NULL) <> (decided_at IS NULL) OR decided_by_id = created_by_id
      OR (decided_at IS NOT NULL AND begun_at IS NOT NULL AND begun_at <> decided_at)
      OR (decided_at IS NULL AND begun_at IS NOT NULL AND begun_at <> submitted_at)`,
  // After a full chunk it goes behind those that became due meanwhile.
  'the runner looks at a transfer when its first item is due, or was at it': `
    SELECT t.id FROM t LEFT JOIN (
      SELECT transfer_id, min(takeover_due_at) FILTER (WHERE status = 'WAITING') AS due, max(ended_at) AS at FROM i GROUP BY 1
    ) w ON w.transfer_id = t.id
    WHERE (w.due IS NULL) <> (t.run_at IS NULL) OR t.run_at > greatest(w.due, w.at)`,
  'the shares of a transfer equal its items': `
    SELECT s.transfer_id FROM s LEFT JOIN (
      SELECT transfer_id, successor_id, count(*) FILTER (WHERE status <> 'REJECTED') AS assigned,
             count(*) FILTER (WHERE status = 'COMPLETED') AS completed
      FROM i GROUP BY 1, 2) c ON c.transfer_id = s.transfer_id AND c.successor_id = s.member_id
    WHERE s.assigned <> coalesce(c.assigned, 0) OR s.completed <> coalesce(c.completed, 0)`,
  'an accepted item goes to a successor of its transfer, and none to the leaver; one that is queued has none': `
    SELECT i.transfer_id || ' ' || i.position FROM i LEFT JOIN s ON s.transfer_id = i.transfer_id AND s.member_id = i.successor_id
    WHERE i.successor_id = i.leaver_id OR (i.status = 'QUEUED' AND i.successor_id IS NOT NULL) OR s.member_id IS NULL AND
      (i.status NOT IN ('REJECTED', 'QUEUED', 'CANCELLED', 'FAILED') OR i.status IN ('CANCELLED', 'FAILED') AND i.successor_id IS NOT NULL)`,
  'a relation or group is in one open item at most, once in a transfer': `
    SELECT coalesce(relation_id, group_id) FROM i WHERE status <> 'REJECTED' GROUP BY 1
    HAVING count(*) FILTER (WHERE is_open) > 1 OR count(*) <> count(DISTINCT transfer_id)`,
  'an item is about a customer or a group': `
    SELECT transfer_id || ' ' || position FROM i
    WHERE (kind = 'GROUP' AND (relation_id IS NOT NULL OR customer_id IS NOT NULL)) OR (kind = 'CUSTOMER' AND group_id IS NOT NULL)
      OR (status <> 'REJECTED' AND CASE kind WHEN 'GROUP' THEN group_id IS NULL ELSE relation_id IS NULL OR customer_id IS NULL END)`,
  'an item says when it is due and how it ended': `
    SELECT transfer_id || ' ' || position || ' ' || status FROM i
    WHERE was_taken_over <> (taken_over_at IS NOT NULL) OR was_taken_over <> (revision IS NOT NULL)
      OR (was_taken_over AND fact_id IS NULL) OR (was_taken_over AND kind = 'CUSTOMER') <> (kind = 'CUSTOMER' AND outcome IS NOT NULL)
      OR (status IN ('REJECTED', 'FAILED')) <> (reason IS NOT NULL)
      OR (status IN ('WAITING', 'QUEUED', 'REJECTED')) <> (ended_at IS NULL)
      OR (status = 'REJECTED' OR successor_id IS NULL OR begun_at IS NULL) <> (takeover_due_at IS NULL) OR (status <> 'COMPLETED' AND cardinality(kept_because) > 0)`,
  'who is queued is a customer of a rule with a pool; a drain gives a successor, and is kept': `
    SELECT i.transfer_id || ' ' || i.position || ' ' || i.status FROM i LEFT JOIN k ON k.transfer_id = i.transfer_id AND k.place = i.rule_place
    LEFT JOIN transfer_drain d ON d.transfer_id = i.transfer_id AND d.number = i.drain
    WHERE (i.status = 'QUEUED' AND (i.kind <> 'CUSTOMER' OR k.place = 0 OR coalesce(jsonb_array_length(k.seats), 0) = 0))
      OR (i.drain IS NOT NULL AND (i.successor_id IS NULL OR i.load_before IS NULL OR d.place IS DISTINCT FROM i.rule_place))`,
  'the rules of a transfer count its items': `
    SELECT k.transfer_id || ' ' || k.place FROM k JOIN t ON t.id = k.transfer_id LEFT JOIN (
      SELECT transfer_id, rule_place, count(successor_id) AS assigned, count(*) FILTER (WHERE status = 'QUEUED') AS queued
      FROM i WHERE kind = 'CUSTOMER' GROUP BY 1, 2) c ON c.transfer_id = k.transfer_id AND c.rule_place = k.place
    WHERE k.assigned <> coalesce(c.assigned, 0) OR k.queued <> coalesce(c.queued, 0)`,
  'who waits is still with the leaver': `
    SELECT i.transfer_id || ' ' || i.position FROM i LEFT JOIN r ON r.id = i.relation_id LEFT JOIN g ON g.id = i.group_id
    WHERE i.is_open AND CASE i.kind WHEN 'GROUP' THEN g.owner_id IS DISTINCT FROM i.leaver_id
      ELSE r.member_id IS DISTINCT FROM i.leaver_id OR r.customer_id IS DISTINCT FROM i.customer_id OR r.status <> 'ACTIVE' END`,
  'who was refused while in another transfer names that one, and no other': `
    SELECT i.transfer_id || ' ' || i.position FROM i LEFT JOIN t other ON other.id = i.in_transfer_id
    WHERE (i.status = 'REJECTED' AND i.reason IN ('ALREADY_IN_TRANSFER', 'GROUP_IN_PROGRESS')) <> (other.id IS NOT NULL)`,
  'a later try follows one that ended without a takeover that stands, of the same customer or group': `
    SELECT later.transfer_id || ' ' || later.position FROM i later
    LEFT JOIN i earlier ON earlier.transfer_id = later.follows_transfer AND earlier.position = later.follows_position
    WHERE later.attempt <> coalesce(earlier.attempt, 0) + 1 OR (later.follows_transfer IS NULL) <> (earlier.transfer_id IS NULL)
      OR later.retry_of_id IS DISTINCT FROM later.follows_transfer OR earlier.is_open OR earlier.status = 'COMPLETED'
      OR (earlier.kind, coalesce(earlier.customer_id, earlier.group_id)) IS DISTINCT FROM
         (CASE WHEN earlier.kind IS NOT NULL THEN later.kind END,
          CASE WHEN earlier.kind IS NOT NULL THEN coalesce(later.customer_id, later.group_id) END)`,
  'an item is tried again once': `
    SELECT follows_transfer || ' ' || follows_position FROM i WHERE follows_transfer IS NOT NULL
    GROUP BY follows_transfer, follows_position HAVING count(*) > 1`,
};
