const taken = `status IN ('COMPLETED', 'UNDONE')`;
const aboutCustomers = `kind = 'CUSTOMER'`;
const aboutGroups = `kind = 'GROUP'`;
const calledOff = `status IN ('CANCELLED', 'FAILED', 'SUCCESSOR_FULL') AND successor_id IS NOT NULL`;
const announced = `wait_hours > 0 AND takeover_due_at IS NOT NULL`;

/** Which items a customer reads a notice about, by its type. */
const notices: Readonly<Record<string, string>> = {
  TAKEOVER_SCHEDULED: `${announced} AND status <> 'REJECTED' AND successor_id IS NOT NULL`,
  TAKEOVER_COMPLETED: taken,
  TAKEOVER_CANCELLED: `${announced} AND ${calledOff} AND reason IS DISTINCT FROM 'CUSTOMER_DELETED_MEMBER'`,
  TAKEOVER_UNDONE: `status = 'UNDONE'`,
};

/** Which items are counted in the notifications of a type, and whom these go to. */
const notifications: Readonly<Record<string, readonly [recipient: 'successor_id' | 'leaver_id', items: string]>> = {
  CUSTOMERS_SCHEDULED: [
    'successor_id',
    `${aboutCustomers} AND ${announced} AND status <> 'REJECTED' AND successor_id IS NOT NULL`,
  ],
  CUSTOMERS_ASSIGNED: ['successor_id', `${aboutCustomers} AND ${taken}`],
  CUSTOMERS_REFUSED: ['successor_id', `${aboutCustomers} AND status = 'REFUSED'`],
  CUSTOMERS_CANCELLED: ['successor_id', `${aboutCustomers} AND ${announced} AND ${calledOff}`],
  CUSTOMERS_UNDONE: ['successor_id', `${aboutCustomers} AND status = 'UNDONE'`],
  GROUPS_ASSIGNED: ['successor_id', `${aboutGroups} AND ${taken}`],
  GROUPS_UNDONE: ['successor_id', `${aboutGroups} AND status = 'UNDONE'`],
};

const rulesByNotice = Object.fromEntries(
  Object.entries(notices).map(([type, items]) => [
    `${type}: one for each item it is about, to its customer`,
    `SELECT coalesce(i.transfer_id || ' ' || i.position || ' has none', 'event ' || e.id || ' has no item')
     FROM (SELECT transfer_id, position, customer_id FROM i WHERE ${aboutCustomers} AND ${items}) i
     FULL JOIN (
       SELECT transfer_id, position, recipient_id, min(id) AS id, count(*) AS n FROM e WHERE type = '${type}' GROUP BY 1, 2, 3
     ) e ON e.transfer_id = i.transfer_id AND e.position = i.position AND e.recipient_id = i.customer_id
     WHERE i.transfer_id IS NULL OR e.n IS DISTINCT FROM 1`,
  ]),
);

const rulesByNotification = Object.fromEntries(
  Object.entries(notifications).map(([type, [recipient, items]]) => [
    `${type}: adds up to the items, for the ${recipient === 'leaver_id' ? 'leaver' : 'successor'}`,
    `SELECT coalesce(i.transfer_id, e.transfer_id) || ': ' || coalesce(e.n, 0) || ' told, ' || coalesce(i.n, 0) || ' there'
     FROM (SELECT transfer_id, ${recipient} AS recipient_id, count(*) AS n FROM i WHERE ${items} GROUP BY 1, 2) i
     FULL JOIN (SELECT transfer_id, recipient_id, sum(item_count) AS n FROM e WHERE type = '${type}' GROUP BY 1, 2) e
       ON e.transfer_id = i.transfer_id AND e.recipient_id = i.recipient_id
     WHERE coalesce(e.n, 0) <> coalesce(i.n, 0)`,
  ]),
);

/** What leavers who are here are told comes back with each undo; who has left has a pool instead. */
const rulesByReturn = Object.fromEntries(
  ['CUSTOMERS', 'GROUPS'].map((what) => [
    `${what}_RETURNED: adds up to the undos that gave back to a member who was here, for the leaver`,
    `SELECT coalesce(a.transfer_id, e.transfer_id) || ': ' || coalesce(e.n, 0) || ' told, ' || coalesce(a.n, 0) || ' there'
     FROM (SELECT transfer_id, subject_id, sum((detail ->> '${what.toLowerCase()}')::int) AS n FROM a
           WHERE action = 'undoTransfer' AND detail ->> 'returnedTo' = 'MEMBER' GROUP BY 1, 2) a
     FULL JOIN (SELECT transfer_id, recipient_id, sum(item_count) AS n FROM e WHERE type = '${what}_RETURNED' GROUP BY 1, 2) e
       ON e.transfer_id = a.transfer_id AND e.recipient_id = a.subject_id
     WHERE coalesce(e.n, 0) <> coalesce(a.n, 0)`,
  ]),
);

/** What was told to whom, and what is on the audit log. */
export const rulesAboutNotices: Readonly<Record<string, string>> = {
  ...rulesByNotice,
  ...rulesByNotification,
  ...rulesByReturn,
  'an event has a fact of the enterprise, and a recipient who is told of it once': `
    SELECT min(id) FROM e GROUP BY fact_id, type, recipient_id, position, enterprise_id HAVING count(*) > 1 OR enterprise_id IS NULL`,
  'GROUP_OWNER_CHANGED: to each customer in the group, at the takeover and at its undo': `
    SELECT coalesce(i.transfer_id || ' ' || i.position, 'event ' || e.id) FROM (
      SELECT i.transfer_id, i.position, inside.customer_id, CASE i.status WHEN 'UNDONE' THEN 2 ELSE 1 END AS n
      FROM i JOIN group_participant inside ON inside.group_id = i.group_id AND inside.customer_id IS NOT NULL
      WHERE i.kind = 'GROUP' AND i.was_taken_over
    ) i FULL JOIN (
      SELECT transfer_id, position, recipient_id, min(id) AS id, count(*) AS n FROM e WHERE type = 'GROUP_OWNER_CHANGED' GROUP BY 1, 2, 3
    ) e ON e.transfer_id = i.transfer_id AND e.position = i.position AND e.recipient_id = i.customer_id
    WHERE i.n IS DISTINCT FROM e.n`,
  'an approval or a disapproval is told once, to who submitted': `
    SELECT t.id FROM t LEFT JOIN e ON e.transfer_id = t.id AND e.type IN ('TRANSFER_APPROVED', 'TRANSFER_DISAPPROVED')
    GROUP BY t.id, t.decided_at, t.begun_at, t.created_by_id
    HAVING count(e.id) <> CASE WHEN t.decided_at IS NULL THEN 0 ELSE 1 END
      OR min(e.recipient_id::text) <> t.created_by_id::text
      OR min(e.type::text) <> CASE WHEN t.begun_at IS NULL THEN 'TRANSFER_DISAPPROVED' ELSE 'TRANSFER_APPROVED' END`,
  'a takeover has one notification, to its successor': `
    SELECT f.id FROM f LEFT JOIN e ON e.fact_id = f.id AND e.type IN ('CUSTOMERS_ASSIGNED', 'GROUPS_ASSIGNED')
    WHERE f.type IN ('TAKEOVER', 'GROUPS_TAKEOVER') GROUP BY f.id, f.successor_id HAVING count(e.id) <> 1 OR min(e.recipient_id::text) <> f.successor_id::text`,
  'a takeover counts its items, and names where they stand': `
    SELECT f.id FROM f LEFT JOIN i ON i.fact_id = f.id AND i.transfer_id = f.transfer_id AND i.successor_id = f.successor_id
      AND i.was_taken_over
    WHERE f.type = 'TAKEOVER' GROUP BY f.id, f.item_count, f.first_position, f.last_position
    HAVING count(i.position) <> f.item_count OR f.item_count = 0 OR min(i.position) < f.first_position OR max(i.position) > f.last_position`,
  'a fact names the leaver of its transfer': `
    SELECT f.id FROM f JOIN t ON t.id = f.transfer_id WHERE f.leaver_id IS DISTINCT FROM t.leaver_id`,
  'audit: a transfer is there once, with its numbers': `
    SELECT t.id FROM t LEFT JOIN a ON a.transfer_id = t.id AND a.action IN ('transferCustomers', 'transferGroups', 'retryTransfer', 'transferByRules')
    GROUP BY t.id, t.total, t.rejected, t.created_by_id
    HAVING count(a.id) <> 1 OR min((a.detail ->> 'total')::int) <> t.total
      OR min((a.detail ->> 'accepted')::int + coalesce((a.detail ->> 'queued')::int, 0)) <> t.total - t.rejected OR min(a.actor_id::text) IS DISTINCT FROM t.created_by_id::text
      OR min(a.actor_kind::text) <> CASE WHEN t.created_by_id IS NULL THEN 'SYSTEM' ELSE 'MEMBER' END`,
  'audit: what the rules took of a resignation adds up to its transfer': `
    SELECT a.transfer_id FROM a WHERE a.action IN ('transferByRules', 'assignByRule')
    GROUP BY a.transfer_id HAVING coalesce(sum((detail ->> 'accepted')::int) FILTER (WHERE action = 'transferByRules'), -1)
        <> coalesce(sum((detail ->> 'assigned')::int + (detail ->> 'groups')::int) FILTER (WHERE action = 'assignByRule'), 0)
      OR coalesce(sum((detail ->> 'queued')::int) FILTER (WHERE action = 'transferByRules'), 0)
        <> coalesce(sum((detail ->> 'queued')::int) FILTER (WHERE action = 'assignByRule'), 0)
      OR bool_or(action = 'assignByRule' AND actor_kind <> 'SYSTEM')`,
  'audit: takeovers add up to the items, successor by successor': `
    SELECT coalesce(a.transfer_id, i.transfer_id) FROM (
      SELECT transfer_id, subject_id, CASE WHEN detail ? 'groups' THEN 'GROUP' ELSE 'CUSTOMER' END AS kind,
        sum((detail ->> 'completed')::int) AS completed, sum((detail ->> 'ended')::int) AS ended
      FROM a WHERE action = 'takeOver' GROUP BY 1, 2, 3
    ) a FULL JOIN (
      SELECT transfer_id, successor_id, kind::text AS kind, count(*) FILTER (WHERE was_taken_over) AS completed, count(*) AS ended
      FROM i WHERE was_taken_over OR status = 'SUCCESSOR_FULL' OR (status = 'FAILED' AND reason LIKE 'SUCCESSOR%')
      GROUP BY 1, 2, 3
    ) i ON i.transfer_id = a.transfer_id AND i.successor_id = a.subject_id AND i.kind = a.kind
    WHERE a.completed IS DISTINCT FROM coalesce(i.completed, 0) OR a.ended < i.ended`,
  'audit: undos add up to the items': `
    SELECT coalesce(a.transfer_id, i.transfer_id) FROM (
      SELECT transfer_id, sum((detail ->> 'customers')::int) AS customers, sum((detail ->> 'groups')::int) AS groups
      FROM a WHERE action = 'undoTransfer' GROUP BY 1
    ) a FULL JOIN (
      SELECT transfer_id, count(*) FILTER (WHERE ${aboutCustomers}) AS customers, count(*) FILTER (WHERE ${aboutGroups}) AS groups
      FROM i WHERE status = 'UNDONE' GROUP BY 1
    ) i ON i.transfer_id = a.transfer_id
    WHERE coalesce(a.customers, 0) <> coalesce(i.customers, 0) OR coalesce(a.groups, 0) <> coalesce(i.groups, 0)`,
  'audit: one takeover for each fact': `
    SELECT 'facts ' || facts || ', audited ' || audited FROM (
      SELECT (SELECT count(*) FROM f WHERE type IN ('TAKEOVER', 'GROUPS_TAKEOVER')) AS facts,
             (SELECT count(*) FROM a WHERE action = 'takeOver' AND (detail ->> 'completed')::int > 0) AS audited) n
    WHERE facts <> audited`,
};
