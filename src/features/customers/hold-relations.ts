import { Prisma } from '../../generated/prisma/client.js';
import type { Actor } from '../../platform/actor.js';
import { allOf } from '../../platform/db/conditions.js';
import type { Tx } from '../../platform/db/transaction.js';
import { Refusal } from '../../platform/errors.js';
import { reachOf } from '../../platform/rights.js';
import { lockPortfolios } from '../members/members.js';
import { foundAll, noSuch, tagRelationsLimits } from './customers.errors.js';
import { mayEditRelation, sightOf } from './customers.policy.js';
import type { HeldRelation } from './put-tags.js';
import { relationFilterSql, type RelationFilter } from './relation-filter.js';
import { servingWithin } from './sight.store.js';

type MemberActor = Extract<Actor, { kind: 'member' }>;

/** Which relations by what is true of them. */
export interface RelationSelection {
  /** Whose. Left out: the caller's own, and all that ASSIGN reaches. */
  readonly memberId?: string | null;
  readonly filter: RelationFilter;
}

/**
 * The active relations of these ids, in order, held so that none moves to another member before the end of the transaction.
 *
 * Refuses NOT_FOUND for the first that there is not, or that is not the caller's to change.
 */
export async function holdRelations(tx: Tx, actor: MemberActor, ids: readonly string[]): Promise<HeldRelation[]> {
  const named = [
    Prisma.sql`r.enterprise_id = ${actor.enterpriseId}::uuid`,
    Prisma.sql`r.id = ANY(${[...ids]}::uuid[])`,
  ];
  const rows = await hold(tx, actor, Prisma.sql`relation r`, [...named, Prisma.sql`r.status = 'ACTIVE'`]);
  const editable = rows.filter((relation) => mayEditRelation(actor, relation));
  return foundAll(ids, editable, 'relation', 'relationIds');
}

/**
 * The active relations that the filter holds for, by id, held as well. Where and when the filter was true, it need not be
 * any more.
 *
 * Refuses NOT_FOUND for a member who is not there, or is not the caller and out of reach of their ASSIGN, and INVALID_INPUT
 * for more than one call can change.
 */
export async function holdSelectedRelations(
  tx: Tx,
  actor: MemberActor,
  selection: RelationSelection,
  now: Date,
): Promise<HeldRelation[]> {
  const { enterpriseId } = actor;
  const memberId = selection.memberId ?? null;
  if (memberId !== null) {
    const known = await tx.member.findFirst({ where: { id: memberId, enterpriseId }, select: { departmentId: true } });
    if (!known || !mayEditRelation(actor, { memberId, ...known })) throw noSuch('member', 'selection', 'memberId');
  }
  const reader = { enterpriseId, personalTagsOf: actor.id, now };
  const rows = await hold(tx, actor, Prisma.sql`relation r JOIN customer c ON c.id = r.customer_id`, [
    Prisma.sql`r.enterprise_id = ${enterpriseId}::uuid`,
    Prisma.sql`r.status = 'ACTIVE'`,
    ...(memberId === null
      ? servingWithin(sightOf(actor.id, reachOf(actor, 'ASSIGN')), Prisma.sql`r.member_id`)
      : [Prisma.sql`r.member_id = ${memberId}::uuid`]),
    relationFilterSql(selection.filter, reader, { relation: 'r', customer: 'c' }),
  ]);
  if (rows.length > tagRelationsLimits.selected) {
    throw new Refusal(
      'INVALID_INPUT',
      `The filter holds for more than ${tagRelationsLimits.selected} customers. Narrow it, or go member by member.`,
      { path: ['input', 'selection'] },
    );
  }
  return rows;
}

// Portfolios and then relations, each in id order, as takeovers lock theirs: a takeover of the same member's customers
// takes them as they come, and would wait for this one while this one waits for it.
async function hold(
  tx: Tx,
  actor: MemberActor,
  from: Prisma.Sql,
  conditions: readonly Prisma.Sql[],
): Promise<HeldRelation[]> {
  const where = allOf(conditions);
  const members = await tx.$queryRaw<{ id: string }[]>(
    Prisma.sql`SELECT DISTINCT r.member_id AS id FROM ${from} WHERE ${where}`,
  );
  await lockPortfolios(
    tx,
    actor.enterpriseId,
    members.map(({ id }) => id),
  );
  return tx.$queryRaw<HeldRelation[]>(Prisma.sql`
    SELECT r.id, r.member_id AS "memberId", (SELECT department_id FROM member WHERE id = r.member_id) AS "departmentId"
    FROM ${from} WHERE ${where}
    ORDER BY r.id LIMIT ${tagRelationsLimits.selected + 1} FOR NO KEY UPDATE OF r`);
}
