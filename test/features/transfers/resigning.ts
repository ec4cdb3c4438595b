import { expect } from 'vitest';
import type { Answer, TestApp } from '../../support/app.js';
import { brokenInvariants } from '../../support/invariants.js';
import { departing, ownGroup, type Departing, type Person } from '../../support/seed.js';
import { change } from './change.js';

/**
 * A company whose leaver is still here, with two customers in the North, two elsewhere and two groups. The rule "North" gives
 * the first to Ben, the default all else to Ana.
 */
export async function ruled(test: TestApp, story: { readonly waitHours?: number } = {}): Promise<Departing> {
  const made = await departing(test, { customers: 4, resigned: false, ...story });
  const { enterpriseId, admin, leaver, ana, ben, customers } = made;
  for (const customer of customers.slice(0, 2)) {
    await test.app.db.prisma.customer.update({ where: { id: customer.uuid }, data: { region: 'North' } });
  }
  for (const name of ['A', 'B']) await ownGroup(test, { enterpriseId, member: leaver, name, customers: [] });
  const done = { userErrors: [] };
  const north = { condition: { customers: { region: { eq: 'North' } } }, successors: [{ memberId: ben.id }] };
  expect(await change(test, admin, 'createAssignmentRule', { name: 'North', ...north })).toEqual(done);
  expect(await change(test, admin, 'setDefaultAssignment', { successors: [{ memberId: ana.id }] })).toEqual(done);
  return made;
}

export async function resign(test: TestApp, by: Person, input: object): Promise<Answer> {
  const payload = 'member { status resignedAt lastDay leavesAt autoAssignOnLeave } transfer { id status }';
  return (await change(test, by, 'resignMember', input, payload)) as unknown as Answer;
}

/** Each item of the enterprise's transfers: what it is, where it stands, whose it is to be. */
export async function itemsOf({ app }: TestApp, { enterpriseId, ana, ben }: Departing): Promise<string[]> {
  const items = await app.db.prisma.transferItem.findMany({
    where: { enterpriseId },
    orderBy: [{ transferId: 'asc' }, { position: 'asc' }],
  });
  const nameOf = (id: string | null) => [ana, ben].find(({ uuid }) => uuid === id)?.name ?? 'nobody';
  return items.map(({ kind, status, reason, successorId }) => `${kind} ${reason ?? status} ${nameOf(successorId)}`);
}

/** Who works here still, and what they hold: customers, groups and those that wait. */
export async function holdingOf({ app }: TestApp, member: Person): Promise<string> {
  const { status, portfolio } = await app.db.prisma.member.findUniqueOrThrow({
    where: { id: member.uuid },
    include: { portfolio: true },
  });
  return `${status} ${portfolio?.customers} customers, ${portfolio?.groups} groups, ${portfolio?.waiting} and ${portfolio?.groupsWaiting} wait`;
}

/** The audit log about the leaver since `after`, oldest first, but for takeovers. */
export async function auditOf({ app }: TestApp, { enterpriseId, leaver }: Departing) {
  const events = await app.db.prisma.auditEvent.findMany({
    where: { enterpriseId, subjectId: leaver.uuid, action: { not: 'takeOver' } },
    orderBy: { id: 'asc' },
  });
  return events.map(({ action, outcome, code, actorKind, actorName, detail }) => ({
    said: [action, outcome, code, actorKind, actorName].filter((part) => part !== null).join(' '),
    detail: detail as Record<string, unknown>,
  }));
}

export async function expectWhole({ app }: TestApp, { enterpriseId }: Departing): Promise<void> {
  expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
}
