import { Prisma } from '../../generated/prisma/client.js';
import type { App } from '../../platform/app.js';
import type { Tx } from '../../platform/db/transaction.js';
import type { RuleCondition } from './rule-condition.js';
import type { RuleRow, RuleSaid } from './rule-said.js';

/** Keeps everybody else from changing this enterprise's rules until the transaction ends. Readers do not wait. */
export async function lockRules(tx: Tx, enterpriseId: string): Promise<void> {
  // NO KEY: whoever adds a member or a customer of the enterprise need not wait for us.
  await tx.$queryRaw`SELECT 1 FROM enterprise WHERE id = ${enterpriseId}::uuid FOR NO KEY UPDATE`;
}

/** All rules of an enterprise in their order, the default assignment last where there is one. */
export async function findRules(
  prisma: Pick<App['db']['prisma'], 'assignmentRule'>,
  enterpriseId: string,
): Promise<RuleRow[]> {
  const rules = await prisma.assignmentRule.findMany({
    where: { enterpriseId },
    include: { successors: { orderBy: { position: 'asc' } } },
    orderBy: [{ isDefault: 'asc' }, { priority: 'asc' }],
  });
  return rules.map(({ priority: _, condition, successors, ...rule }, place) => ({
    ...rule,
    place,
    condition: condition as RuleCondition | null,
    successors: successors.map(({ memberId, departmentId, includeSubtree, weight }) => ({
      memberId,
      departmentId,
      includeSubDepartments: includeSubtree,
      weight,
    })),
  }));
}

/** What of these is there in the enterprise, by id: members with how they stand, departments, and CORP tags. */
export async function findNamed(
  prisma: Pick<App['db']['prisma'], 'member' | 'department' | 'tag'>,
  enterpriseId: string,
  ids: {
    readonly members: readonly string[];
    readonly departments: readonly string[];
    readonly tags: readonly string[];
  },
): Promise<{
  readonly members: ReadonlyMap<string, { readonly name: string; readonly status: string }>;
  readonly departments: ReadonlyMap<string, { readonly name: string }>;
  readonly tags: ReadonlyMap<string, { readonly name: string }>;
}> {
  const these = (list: readonly string[]) => ({ enterpriseId, id: { in: [...new Set(list)] } });
  const members = await prisma.member.findMany({
    where: these(ids.members),
    select: { id: true, name: true, status: true },
  });
  const departments = await prisma.department.findMany({
    where: these(ids.departments),
    select: { id: true, name: true },
  });
  const tags = await prisma.tag.findMany({
    where: { ...these(ids.tags), kind: 'CORP' },
    select: { id: true, name: true },
  });
  const byId = <Row extends { readonly id: string }>(rows: readonly Row[]) => new Map(rows.map((row) => [row.id, row]));
  return { members: byId(members), departments: byId(departments), tags: byId(tags) };
}

/** A rule, and the ids that its entries in the pool get. */
export interface WrittenRule extends RuleSaid {
  readonly id: string;
  readonly enterpriseId: string;
  readonly isDefault: boolean;
  readonly version: number;
  readonly successorIds: readonly string[];
}

/** Writes what a rule says from this version on, and the version beside it. The first one makes the rule, at this place. */
export async function writeRule(tx: Tx, rule: WrittenRule, now: Date, place: number): Promise<void> {
  const { id, enterpriseId, isDefault, version, successors, condition, name, enabled, strategy, note } = rule;
  const said = {
    name,
    enabled,
    strategy,
    note,
    version,
    updatedAt: now,
    condition: condition === null ? Prisma.DbNull : json(condition),
  };
  await (version === 1
    ? tx.assignmentRule.create({ data: { id, enterpriseId, isDefault, priority: place, createdAt: now, ...said } })
    : tx.assignmentRule.update({ where: { id }, data: said }));
  await tx.ruleSuccessor.deleteMany({ where: { ruleId: id } });
  const pool = successors.map((successor, position) => ({ ...successor, id: rule.successorIds[position], position }));
  await tx.$executeRaw`
    INSERT INTO rule_successor (id, enterprise_id, rule_id, position, member_id, department_id, include_subtree, weight)
    SELECT s.id, ${enterpriseId}::uuid, ${id}::uuid, s.position, s."memberId", s."departmentId", s."includeSubDepartments", s.weight
    FROM jsonb_to_recordset(${JSON.stringify(pool)}::jsonb)
      AS s (id uuid, position int, "memberId" uuid, "departmentId" uuid, "includeSubDepartments" boolean, weight int)`;
  const whole = json({ name, enabled, condition, successors, strategy, note });
  await tx.assignmentRuleVersion.create({ data: { ruleId: id, version, enterpriseId, at: now, rule: whole } });
}

/** Deletes a rule and its pool. Its versions stay: transfers that ran with them are explained by them. */
export async function removeRule(tx: Tx, ruleId: string): Promise<void> {
  await tx.ruleSuccessor.deleteMany({ where: { ruleId } });
  await tx.assignmentRule.delete({ where: { id: ruleId } });
}

/** Moves the rules from this place on by so many places; the default assignment needs none. */
export async function shiftRules(tx: Tx, enterpriseId: string, from: number, by: number): Promise<void> {
  await tx.$executeRaw`
    UPDATE assignment_rule SET priority = priority + ${by}::int
    WHERE enterprise_id = ${enterpriseId}::uuid AND NOT is_default AND priority >= ${from}::int`;
}

/** Puts these rules in this order. */
export async function orderRules(tx: Tx, enterpriseId: string, ruleIds: readonly string[]): Promise<void> {
  await tx.$executeRaw`
    UPDATE assignment_rule a SET priority = o.place - 1
    FROM unnest(${[...ruleIds]}::uuid[]) WITH ORDINALITY AS o (id, place)
    WHERE a.id = o.id AND a.enterprise_id = ${enterpriseId}::uuid`;
}

function json(value: object): Prisma.InputJsonObject {
  return value;
}
