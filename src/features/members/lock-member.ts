import type { Actor } from '../../platform/actor.js';
import type { Tx } from '../../platform/db/transaction.js';
import { Refusal } from '../../platform/errors.js';
import type { Member } from '../../generated/prisma/client.js';
import { isSuper, reaches, type Right } from '../../platform/rights.js';

/**
 * The member's row, locked: whoever submits a transfer of theirs at the same time waits for the outcome. NO KEY, so that a
 * takeover, which holds their portfolio and gives them a relation, does not wait for us while we wait for the portfolio.
 *
 * Refuses NOT_FOUND, also where the actor's right does not reach the member.
 */
export async function lockMember(tx: Tx, actor: Actor, right: Right, memberId: string): Promise<Member> {
  const { enterpriseId } = actor;
  await tx.$queryRaw`
    SELECT 1 FROM member WHERE enterprise_id = ${enterpriseId}::uuid AND id = ${memberId}::uuid FOR NO KEY UPDATE`;
  const member = await tx.member.findUnique({ where: { id: memberId, enterpriseId } });
  if (!member || !reaches(actor, right, member.departmentId)) {
    throw new Refusal('NOT_FOUND', 'There is no such member.', { path: ['input', 'memberId'] });
  }
  return member;
}

/** Refuses FORBIDDEN where this member is a super administrator, whom only another one, or the system, disables or resigns. */
export async function requireMayShutOut(tx: Tx, actor: Actor, memberId: string): Promise<void> {
  if (actor.kind === 'system' || isSuper(actor)) return;
  const administrator = await tx.administrator.findUnique({ where: { memberId }, select: { role: true } });
  if (administrator?.role !== 'SUPER') return;
  throw new Refusal('FORBIDDEN', 'This is a super administrator: only a super administrator may do this.', {
    path: ['input', 'memberId'],
  });
}

/** Refuses LAST_ADMINISTRATOR where this member is the only super administrator left who may sign in. */
export async function requireAnotherAdministrator(tx: Tx, enterpriseId: string, memberId: string): Promise<void> {
  // Locked together, and only then looked at by a statement of its own: two administrators who remove each other at once must
  // not both succeed, and the statement that waited for the lock still sees the other one as they were.
  await tx.$queryRaw`
    SELECT 1 FROM administrator WHERE enterprise_id = ${enterpriseId}::uuid AND role = 'SUPER' ORDER BY member_id FOR UPDATE`;
  const administrators = await tx.$queryRaw<{ member_id: string }[]>`
    SELECT a.member_id FROM administrator a JOIN member m ON m.id = a.member_id
    WHERE a.enterprise_id = ${enterpriseId}::uuid AND a.role = 'SUPER' AND m.status = 'ACTIVE' LIMIT 2`;
  if (administrators.length === 1 && administrators[0]?.member_id === memberId) {
    throw new Refusal(
      'LAST_ADMINISTRATOR',
      'This is the only super administrator left. Make somebody else one first, with grantRights.',
      { path: ['input', 'memberId'] },
    );
  }
}
