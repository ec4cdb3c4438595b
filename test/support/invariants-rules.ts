/** Of assignment rules (q), their versions (v) and the entries of their pools (w). */
export const rulesAboutRules: Readonly<Record<string, string>> = {
  'a rule says what its version keeps': `
    SELECT q.id FROM q LEFT JOIN v ON v.rule_id = q.id AND v.version = q.version
    WHERE v.rule IS DISTINCT FROM jsonb_build_object(
      'name', q.name, 'enabled', q.enabled, 'condition', coalesce(q.condition, 'null'), 'strategy', q.strategy::text, 'note', q.note,
      'successors', coalesce((
        SELECT jsonb_agg(jsonb_build_object('memberId', w.member_id, 'departmentId', w.department_id,
                                            'includeSubDepartments', w.include_subtree, 'weight', w.weight) ORDER BY w.position)
        FROM w WHERE w.rule_id = q.id), '[]'))`,
  'versions of a rule count from 1 without a gap': `
    SELECT rule_id FROM v GROUP BY rule_id HAVING min(version) <> 1 OR max(version) <> count(*)`,
  'rules stand in places from 0 without a gap': `
    SELECT id FROM (SELECT id, priority, row_number() OVER (ORDER BY priority) - 1 AS place FROM q WHERE NOT is_default) ordered
    WHERE priority <> place`,
  'the default assignment is on and holds for everybody': `
    SELECT id FROM q WHERE is_default AND NOT (enabled AND condition IS NULL)`,
  'a rule but the default has successors': `
    SELECT id FROM q WHERE NOT is_default AND id NOT IN (SELECT rule_id FROM w)`,
  'the entries of a pool stand in places from 0 without a gap': `
    SELECT rule_id FROM w GROUP BY rule_id HAVING min(position) <> 0 OR max(position) <> count(*) - 1`,
  'successors are of the enterprise': `
    SELECT w.id FROM w LEFT JOIN m ON m.id = w.member_id LEFT JOIN department d ON d.id = w.department_id
    WHERE coalesce(m.enterprise_id, d.enterprise_id) IS DISTINCT FROM w.enterprise_id`,
};
